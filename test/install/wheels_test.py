#!/usr/bin/env python3
# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Looks into the wheels, and installs each group of them into an environment
that has nothing else.

Usage: wheels_test.py BUILD WORK

WORK/wheels has the groups: `installed`, two wheels linked to an installed tree;
`repository`, two that built Swage themselves; `both`, the one of `pip install .`.
The environments lie in WORK and have the groups' names.
"""

import glob
import json
import os
import re
import sys
import zipfile

from installed import LICENCES, MODEL, SOURCE, SOVERSION, VERSION, Checks, dynamic, run

# For each package: what a wheel holds, all of these and nothing else but
# metadata, and the libraries that it needs.
RUNTIME = [
    r"swage/(__init__|compiling|errors|generation)\.py", r"swage/_runtime\.cpython-\S+\.so",
    r"swage/_runtime\.pyi", r"swage/py\.typed",
]
COMPILER = [
    r"swage_compiler/__init__\.py", r"swage_compiler/_compiler\.cpython-\S+\.so",
    r"swage_compiler/_compiler\.pyi", r"swage_compiler/py\.typed",
    r"swage_compiler/libswage_compiler\.so\." + re.escape(SOVERSION),
]
PACKAGES = {"swage_runtime": RUNTIME, "swage_compiler": COMPILER, "swage": RUNTIME + COMPILER}
GROUPS = {
    "installed": {"swage_runtime", "swage_compiler"},
    "repository": {"swage_runtime", "swage_compiler"},
    "both": {"swage"},
}
SYSTEM = re.compile(r"lib(c|m|stdc\+\+|gcc_s|z|zstd)\.so\.\d+|ld-linux-.*|lib(MLIR|LLVM)\.so\.22\.1")

# What each environment must be able to do.
PROGRAM = """
import sys, swage
model, artifact = sys.argv[1:]
swage.compile(model, artifact, activations="f32")
print("".join(swage.generate(swage.Module(artifact), "And it came to pass", max_tokens=16)))
"""
WITHOUT_COMPILER = """
import sys, swage
print("".join(swage.generate(swage.Module(sys.argv[2]), "And it came to pass", max_tokens=16)))
try: swage.compile("model", "artifact")
except ModuleNotFoundError as error: print(error)
"""
TEXT = ", that, that, when the LORD had commanded him, and said, I"


def check_wheel(checks, work, group, package, path):
    name = "%s of %s" % (package, group)
    folder = os.path.join(work, "contents", group, package)
    with zipfile.ZipFile(path) as wheel:
        wheel.extractall(folder)
        files = wheel.namelist()
    information = "%s-%s.dist-info/" % (package, VERSION)
    known = [r + "$" for r in PACKAGES[package]]
    strange = [f for f in files if not f.startswith(information) and not any(re.match(r, f) for r in known)]
    missing = [r for r in known if not any(re.match(r, f) for f in files)]
    checks.check(name + ": contents", not strange and not missing,
                 "not expected: %s; missing: %s" % (strange, missing))
    metadata = open(os.path.join(folder, information, "METADATA")).read()
    for licence in LICENCES:
        held = os.path.join(folder, information, "licenses", licence)
        same = os.path.exists(held) and open(held).read() == open(os.path.join(SOURCE, licence)).read()
        checks.check("%s: %s" % (name, licence), same and "License-File: " + licence in metadata, metadata)
    for file in files:
        path = os.path.join(folder, file)
        checks.check("%s: %s tells nothing of where it was built" % (name, file),
                     SOURCE.encode() not in open(path, "rb").read())
        if ".so" not in file:
            continue
        tags = dynamic(path)
        strange = [n for n in tags["NEEDED"] if not SYSTEM.fullmatch(n) and n not in map(os.path.basename, files)]
        checks.check("%s: %s needs the system alone" % (name, file), not strange, str(strange))
        checks.check("%s: %s has no strange search path" % (name, file),
                     set(tags["RUNPATH"]) <= {"$ORIGIN", "/usr/lib/llvm-22/lib"}, str(tags))
        symbols = run("nm", "--dynamic", "--defined-only", "--format=posix", path).splitlines()
        strange = [s for s in symbols if not re.match(r"PyInit_|swage_", s)]
        checks.check("%s: %s exports its own alone" % (name, file), symbols and not strange, str(strange[:5]))


def environment(work, name, wheels):
    """A fresh environment with the wheels and what they ask for; its Python, and
    the packages it has."""
    folder = os.path.join(work, name)
    run(sys.executable, "-m", "venv", "--without-pip", "--clear", folder)
    python = os.path.join(folder, "bin", "python")
    pip = [sys.executable, "-m", "pip", "--python", python]
    run(*pip, "install", "-q", *wheels)
    listing = run(*pip, "list", "--format", "json")
    return python, {package["name"].replace("-", "_") for package in json.loads(listing[listing.index("["):])}


def main(build, work):
    checks = Checks()
    artifact = os.path.join(work, "model.swg")
    run(os.path.join(build, "bin", "swage"), "compile", MODEL, "-o", artifact, "--activations", "f32")
    for group, packages in GROUPS.items():
        wheels = {os.path.basename(p).split("-")[0]: p
                  for p in glob.glob(os.path.join(work, "wheels", group, "*.whl"))}
        checks.check("the wheels of " + group, set(wheels) == packages, str(wheels))
        for package in sorted(packages):
            check_wheel(checks, work, group, package, wheels[package])
        python, found = environment(work, group, wheels.values())
        checks.check("%s needs NumPy alone" % group, found == packages | {"numpy"}, str(found))
        compiled = os.path.join(work, group + ".swg")
        text = run(python, "-I", "-c", PROGRAM, MODEL, compiled, cwd=work)
        checks.check("%s compiles and runs" % group, text == TEXT + "\n", text)
        checks.check("%s compiles to the same bytes" % group,
                     open(compiled, "rb").read() == open(artifact, "rb").read())
    runtime = glob.glob(os.path.join(work, "wheels", "repository", "swage_runtime*.whl"))
    python, found = environment(work, "runtime", runtime)
    checks.check("the runtime's wheel needs NumPy alone", found == {"swage_runtime", "numpy"}, str(found))
    text = run(python, "-I", "-c", WITHOUT_COMPILER, MODEL, artifact, cwd=work)
    checks.check("the runtime's wheel alone", text.startswith(TEXT + "\n") and "needs the package swage-compiler" in text, text)
    checks.finish()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
