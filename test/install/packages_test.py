#!/usr/bin/env python3
# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes the Debian packages, looks into them, and works with their contents.

Usage: packages_test.py BUILD WORK
"""

import glob
import os
import re
import shutil
import sys

from installed import LICENCES, MODEL, SOURCE, SOVERSION, VERSION, Checks, dynamic, files_under, run

# For each package: what it needs, what it must not need, what it holds.
PACKAGES = {
    "swage-runtime": (
        ["libc6", "libstdc++6"],
        ["swage", "llvm", "mlir", "pcre", "utf8proc"],
        ["./usr/lib/libswage_runtime.so." + SOVERSION, "./usr/lib/libswage_text.so." + SOVERSION],
    ),
    "swage-runtime-dev": (
        ["swage-runtime (= %s)" % VERSION, "libpcre2-dev", "libutf8proc-dev"],
        ["llvm", "mlir", "swage-compiler"],
        ["./usr/lib/libswage_runtime.a", "./usr/include/swage/swage.h", "./usr/include/swage/text.h",
         "./usr/lib/cmake/Swage/SwageConfig.cmake", "./usr/lib/pkgconfig/swage-runtime.pc"],
    ),
    "swage-compiler": (
        ["libmlir-22", "libllvm22", "libc6"],
        ["swage"],
        ["./usr/bin/swage", "./usr/lib/libswage_compiler.so." + SOVERSION],
    ),
    "swage-compiler-dev": (
        ["swage-compiler (= %s)" % VERSION, "swage-runtime-dev (= %s)" % VERSION],
        ["libmlir-22-dev", "llvm-22-dev"],
        ["./usr/include/swage/compiler.h", "./usr/lib/libswage_compiler.so",
         "./usr/include/swage-mlir/dialects/transformer/Transformer.h"],
    ),
}


def check_package(checks, name, path):
    needs, not_needs, holds = PACKAGES[name]
    fields = run("dpkg-deb", "-I", path)
    depends = re.search(r"^ Depends: (.*)$", fields, re.MULTILINE)
    depends = depends.group(1) if depends else ""
    entries = depends.split(", ")
    missing = [n for n in needs if not any(e == n or e.startswith(n + " ") for e in entries)]
    strange = [n for n in not_needs if any(n in e for e in entries)]
    checks.check("%s: dependencies" % name, not missing and not strange,
                 "have '%s', missing %s, should not be there %s" % (depends, missing, strange))
    for library in [f for f in holds if re.search(r"/libswage_\w+\.so\.", f)]:
        # What packages that link the library will depend on.
        line = "%s %s %s " % (re.search(r"(libswage_\w+)", library).group(1), SOVERSION, name)
        shlibs = run("dpkg-deb", "-I", path, "shlibs")
        checks.check("%s: shlibs of %s" % (name, library), line in shlibs, shlibs)
    listing = run("dpkg-deb", "-c", path)
    contents = [line.split()[5] for line in listing.splitlines()]
    missing = [f for f in holds if f not in contents]
    checks.check("%s: contents" % name, not missing, "missing %s" % missing)
    owners = {line.split()[1] for line in listing.splitlines()}
    checks.check("%s: owners" % name, owners == {"root/root"}, str(owners))
    files = {f for f in contents if not f.endswith("/")}
    documents = {"./usr/share/doc/%s/%s" % (name, f) for f in ("copyright", "THIRD_PARTY_NOTICES")}
    checks.check("%s: licences" % name, documents <= files, str(sorted(files)))
    return files


def check_files(checks, name, root):
    """Nothing leads back to where it was built, and links lead somewhere."""
    for file in files_under(root):
        path = os.path.join(root, file)
        if os.path.islink(path):
            target = os.readlink(path)
            checks.check("%s: %s" % (name, file), "/" not in target, target)
            continue
        with open(path, "rb") as stream:
            content = stream.read()
        checks.check("%s: %s tells nothing of where it was built" % (name, file), SOURCE.encode() not in content)
        if content.startswith(b"\x7fELF"):
            tags = dynamic(path)
            checks.check("%s: %s: search path" % (name, file),
                         set(tags["RUNPATH"]) <= {"/usr/lib/llvm-22/lib"}, str(tags))
            checks.check("%s: %s is stripped" % (name, file), ".symtab" not in run("readelf", "--wide", "-S", path))


def main(build, work):
    checks = Checks()
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    run("cpack", "-G", "DEB", "--config", os.path.join(build, "CPackConfig.cmake"), "-B", work)
    paths = {os.path.basename(p).split("_")[0]: p for p in glob.glob(os.path.join(work, "*.deb"))}
    checks.check("the packages", set(paths) == set(PACKAGES), str(sorted(paths)))
    contents = {name: check_package(checks, name, paths[name]) for name in PACKAGES}
    synopses = {run("dpkg-deb", "--show", "--showformat", "${binary:Synopsis}", p) for p in paths.values()}
    checks.check("each package says what it is", len(synopses) == len(PACKAGES), str(synopses))
    shared = [f for a in contents for b in contents if a < b for f in contents[a] & contents[b]]
    checks.check("no file is in two packages", not shared, str(shared))

    for name in PACKAGES:
        root = os.path.join(work, "files", name)
        os.makedirs(root)
        run("dpkg-deb", "-x", paths[name], root)
        check_files(checks, name, root)

    # The runtime's packages alone: a program is built and run.
    root = os.path.join(work, "root")
    for name in ("swage-runtime", "swage-runtime-dev"):
        run("dpkg-deb", "-x", paths[name], root)
    library = os.path.join(root, "usr", "lib")
    program = os.path.join(work, "generate")
    run("gcc", "-std=c11", os.path.join(SOURCE, "samples/c/generate.c"), "-o", program,
        "-I", os.path.join(root, "usr/include"), "-L", library, "-lswage_runtime", "-lswage_text")
    # The compiler's alone, in a root of its own, make an artifact.
    compiler = os.path.join(work, "compiler")
    run("dpkg-deb", "-x", paths["swage-compiler"], compiler)
    artifact = os.path.join(work, "model.swg")
    run(os.path.join(compiler, "usr/bin/swage"), "compile", MODEL, "-o", artifact, "--activations", "f32")
    text = run(program, artifact, "And it came to pass", "8", env={"LD_LIBRARY_PATH": library})
    checks.check("what one package compiles runs with the other", "that" in text, text)
    checks.finish()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
