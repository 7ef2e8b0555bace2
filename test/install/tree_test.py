#!/usr/bin/env python3
# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Installs each component, and uses the tree as a program that is not Swage's.

Usage: tree_test.py BUILD WORK

Leaves the whole tree in WORK/prefix, moved there after it was installed.
"""

import os
import re
import shutil
import sys

from installed import SOURCE, Checks, files_under, run, write

# What each component holds: all of these, and nothing else.
PARTS = {
    "runtime": [r"lib/libswage_runtime\.so\.[0-9.]+", r"share/doc/swage-runtime/copyright"],
    "runtime-dev": [
        r"include/swage/(base|device|module|session|linked|swage|cpu_kernel)\.h",
        r"include/swage/swage\.hpp",
        r"lib/libswage_runtime\.(a|so)",
        r"lib/cmake/Swage/(SwageConfig|SwageConfigVersion|Swage-runtime(-release)?)\.cmake",
        r"lib/pkgconfig/swage-runtime\.pc",
        r"share/doc/swage-runtime-dev/copyright",
    ],
    "text": [r"lib/libswage_text\.so\.[0-9.]+"],
    "text-dev": [
        r"include/swage/text\.(h|hpp)",
        r"include/swage/generate\.h",
        r"lib/libswage_text\.(a|so)",
        r"lib/cmake/Swage/(SwageTextDependencies|Swage-text(-release)?)\.cmake",
        r"lib/pkgconfig/swage-text\.pc",
    ],
    "compiler": [
        r"bin/swage(-[a-z-]+)?",
        r"lib/libswage_compiler\.so\.[0-9.]+",
        r"share/doc/swage-compiler/copyright",
    ],
    "compiler-dev": [
        r"include/swage/compiler\.(h|hpp)",
        r"lib/libswage_compiler\.so",
        r"lib/cmake/Swage/Swage-compiler(-release)?\.cmake",
        r"lib/pkgconfig/swage-compiler\.pc",
        r"share/doc/swage-compiler-dev/copyright",
    ],
}
# Whose functions the shared libraries may export.
SYMBOLS = re.compile(r"swage_[a-z_]+(@@.*)?$")


def check_components(checks, build, work):
    for component, patterns in PARTS.items():
        prefix = os.path.join(work, "components", component)
        run("cmake", "--install", build, "--prefix", prefix, "--component", component)
        found = files_under(prefix)
        known = re.compile("|".join("(?:%s)$" % p for p in patterns))
        strange = [f for f in found if not known.match(f)]
        missing = [p for p in patterns if not any(re.match(p + "$", f) for f in found)]
        checks.check(
            "component %s" % component,
            not strange and not missing,
            "not expected: %s; missing: %s" % (strange, missing),
        )


def check_headers(checks, prefix):
    """Each header alone, by the system's compiler, with nothing to complain of."""
    include = os.path.join(prefix, "include")
    flags = ["-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I", include]
    for header in files_under(include):
        languages = ["c++ -std=c++17"] if header.endswith(".hpp") else ["c -std=c11", "c++ -std=c++17"]
        for language in languages:
            source = os.path.join(prefix, "..", "header." + ("cc" if "++" in language else "c"))
            write(source, '#include <%s>\nint main(void) { return 0; }\n' % header)
            compiler = "g++" if "++" in language else "gcc"
            run(compiler, language.split()[1], *flags, source)
            checks.check("%s as %s" % (header, language), True)


def check_symbols(checks, prefix):
    for name in ("runtime", "text", "compiler"):
        library = os.path.join(prefix, "lib", "libswage_%s.so" % name)
        listing = run("nm", "--dynamic", "--defined-only", "--format=posix", library)
        symbols = [line.split()[0] for line in listing.splitlines()]
        strange = [s for s in symbols if not SYMBOLS.match(s)]
        checks.check(
            "libswage_%s.so exports the C API alone" % name,
            symbols and not strange,
            "%d symbols, strange ones: %s" % (len(symbols), strange[:5]),
        )


def configure(prefix, work, name, lists, status=0):
    folder = os.path.join(work, name)
    write(os.path.join(folder, "CMakeLists.txt"), lists)
    write(os.path.join(folder, "main.c"), open(os.path.join(SOURCE, "samples/embed/embed.c")).read())
    return folder, run(
        "cmake", "-S", folder, "-B", folder + "/build", "-Wno-dev",
        "-DSwage_ROOT=" + prefix, status=status,
    )


def check_find_package(checks, prefix, work):
    head = "cmake_minimum_required(VERSION 3.25)\nproject(p LANGUAGES C)\n"
    # A project in C links the static runtime, which is C++ inside.
    folder, _ = configure(prefix, work, "static", head + "find_package(Swage 0.1 REQUIRED COMPONENTS runtime)\n"
        "add_executable(main main.c)\ntarget_link_libraries(main PRIVATE Swage::runtime_static)\n")
    run("cmake", "--build", folder + "/build")
    needed = run("readelf", "-d", folder + "/build/main")
    checks.check("the static runtime in a C program", "libswage" not in needed, needed)

    for name, call, wanted in (
        ("part", "find_package(Swage REQUIRED COMPONENTS runtime cuda)", "Swage has no part 'cuda'; its parts are runtime, text and compiler"),
        ("version", "find_package(Swage 9.0 REQUIRED)", "version: 0.1.0"),
    ):
        _, log = configure(prefix, work, name, head + call + "\n", status=1)
        checks.check("find_package and a wrong " + name, wanted in " ".join(log.split()), log)

    # Without a part's files, the message says which component has them.
    partial = os.path.join(work, "partial")
    shutil.copytree(os.path.join(work, "components", "runtime"), partial, symlinks=True)
    shutil.copytree(os.path.join(work, "components", "runtime-dev"), partial, symlinks=True, dirs_exist_ok=True)
    _, log = configure(partial, work, "missing", head + "find_package(Swage REQUIRED COMPONENTS text)\n", status=1)
    checks.check("find_package without a part", "install its component text-dev" in " ".join(log.split()), log)
    folder, _ = configure(partial, work, "all", head + "find_package(Swage REQUIRED)\nif(TARGET Swage::text)\n  message(FATAL_ERROR text)\nendif()\n"
        "add_executable(main main.c)\ntarget_link_libraries(main PRIVATE Swage::runtime)\n")
    run("cmake", "--build", folder + "/build")
    checks.check("find_package with the runtime alone", True)


def check_pkg_config(checks, prefix, work):
    """make and pkg-config, shared and static."""
    env = {"PKG_CONFIG_PATH": os.path.join(prefix, "lib", "pkgconfig")}
    folder = os.path.join(work, "pkg-config")
    shutil.copytree(os.path.join(SOURCE, "samples", "c"), folder)
    run("make", "-C", folder, "generate", env=env)
    usage = run(
        os.path.join(folder, "generate"), status=2,
        env={"LD_LIBRARY_PATH": os.path.join(prefix, "lib")},
    )
    checks.check("make and pkg-config", "usage:" in usage)
    checks.check("its version", run("pkg-config", "--modversion", "swage-runtime", env=env).strip() == "0.1.0")
    flags = run("pkg-config", "--static", "--cflags", "--libs", "swage-runtime", "swage-text", env=env).split()
    program = os.path.join(folder, "generate-static")
    run("gcc", "-std=c11", "-static", os.path.join(folder, "generate.c"), "-o", program, *flags)
    checks.check("pkg-config --static", "usage:" in run(program, status=2))


def main(build, work):
    checks = Checks()
    shutil.rmtree(work, ignore_errors=True)
    check_components(checks, build, work)
    installed, prefix = os.path.join(work, "installed"), os.path.join(work, "prefix")
    run("cmake", "--install", build, "--prefix", installed)
    os.rename(installed, prefix)
    everything = {f for c in PARTS for f in files_under(os.path.join(work, "components", c))}
    strange = set(files_under(prefix)) ^ everything
    checks.check("the components are the whole", not strange, str(strange))
    checks.check("the tools start", "0.1.0" in run(os.path.join(prefix, "bin", "swage"), "--version"))
    check_headers(checks, prefix)
    check_symbols(checks, prefix)
    check_find_package(checks, prefix, work)
    check_pkg_config(checks, prefix, work)
    checks.finish()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
