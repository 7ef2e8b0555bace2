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

from installed import LICENCES, SOURCE, SOVERSION, VERSION, Checks, dynamic, files_under, run, write

# What each component holds: all of these, licences, and nothing else.
PARTS = {
    "runtime": [r"lib/libswage_runtime\.so\.[0-9.]+"],
    "runtime-dev": [
        r"include/swage/(base|device|module|session|linked|swage|cpu_kernel)\.h",
        r"include/swage/swage\.hpp",
        r"lib/libswage_runtime\.(a|so)",
        r"lib/cmake/Swage/(SwageConfig|SwageConfigVersion|Swage-runtime(-release)?)\.cmake",
        r"lib/pkgconfig/swage-runtime\.pc",
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
        r"bin/swage",
        r"bin/swage-lsp-server",
        r"bin/swage-opt",
        r"bin/swage-reduce",
        r"lib/libswage_compiler\.so\.[0-9.]+",
    ],
    "compiler-dev": [
        r"include/swage/compiler\.(h|hpp)",
        r"include/swage-mlir/dialects/(transformer|compression|schedule)/\w+\.h(\.inc)?",
        r"lib/libswage_compiler\.so",
        r"lib/cmake/Swage/Swage-compiler(-release)?\.cmake",
        r"lib/pkgconfig/swage-compiler\.pc",
    ],
}
# Whose functions the shared libraries may export.
SYMBOLS = re.compile(r"swage_[a-z_]+(@@.*)?$")


def check_components(checks, build, work):
    for component, patterns in PARTS.items():
        prefix = os.path.join(work, "components", component)
        run("cmake", "--install", build, "--prefix", prefix, "--component", component)
        found = files_under(prefix)
        patterns = patterns + [r"share/doc/swage-%s/(copyright|THIRD_PARTY_NOTICES)" % component]
        known = re.compile("|".join("(?:%s)$" % p for p in patterns))
        strange = [f for f in found if not known.match(f)]
        missing = [p for p in patterns if not any(re.match(p + "$", f) for f in found)]
        checks.check(
            "component %s" % component,
            not strange and not missing,
            "not expected: %s; missing: %s" % (strange, missing),
        )
        for installed, licence in zip(("copyright", "THIRD_PARTY_NOTICES"), LICENCES):
            path = os.path.join(prefix, "share", "doc", "swage-" + component, installed)
            same = os.path.exists(path) and open(path).read() == open(os.path.join(SOURCE, licence)).read()
            checks.check("component %s: %s" % (component, licence), same)


def check_notices(checks):
    """Whatever docs/dependencies.md says is part of something that is installed
    has a heading in the notices."""
    with open(os.path.join(SOURCE, "THIRD_PARTY_NOTICES")) as file:
        headings = re.findall(r"^=+\n(.+)\n=+$", file.read(), re.MULTILINE)
    with open(os.path.join(SOURCE, "docs", "dependencies.md")) as file:
        rows = [line.strip("| \n").split(" | ") for line in file if line.startswith("| ")]
    column = rows[0].index("part of")
    shipped = [row[0] for row in rows[2:] if row[column] != "-"]
    missing = [s for s in shipped if not any(h.startswith(s.split(" ")[0].rstrip(",")) for h in headings)]
    checks.check("notices of all that is linked in", len(shipped) > 5 and not missing, str(missing))


def check_places(checks, prefix):
    """Sonames, and nothing that leads back to where it was built."""
    for file in files_under(prefix):
        path = os.path.join(prefix, file)
        with open(path, "rb") as stream:
            checks.check("%s tells nothing of where it was built" % file, SOURCE.encode() not in stream.read())
        if re.match(r"bin/|lib/.*\.so", file):
            tags = dynamic(path)
            checks.check("%s: search path" % file, set(tags["RUNPATH"]) <= {"/usr/lib/llvm-22/lib"}, str(tags))
    for part in ("runtime", "text", "compiler"):
        soname = "libswage_%s.so.%s" % (part, SOVERSION)
        found = dynamic(os.path.join(prefix, "lib", "libswage_%s.so" % part))["SONAME"]
        checks.check("soname " + soname, found == [soname], str(found))


def check_headers(checks, prefix):
    """Each header alone, by the system's compiler, with nothing to complain of."""
    include = os.path.join(prefix, "include")
    flags = ["-pedantic", "-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-I", include]
    for header in files_under(include):
        if header.startswith("swage-mlir/"):
            continue  # They need MLIR; the sample of a plugin uses them.
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


def check_static_runtime(checks, prefix, work):
    """The archive is Swage's own code, and all that a program in C needs."""
    archive = os.path.join(prefix, "lib", "libswage_runtime.a")
    listing = run("nm", "--defined-only", "--extern-only", "--format=posix", archive)
    symbols = [line.split() for line in listing.splitlines() if " " in line]
    # Weak ones are instances of templates; the rest has a name of Swage's.
    strange = [s[0] for s in symbols if s[1] not in "VWu" and not re.match(r"swage_|_Z.*5swage", s[0])]
    strange += [s[0] for s in symbols if re.search(r"4llvm|4mlir|3lld", s[0])]
    checks.check("libswage_runtime.a defines its own alone", len(symbols) > 50 and not strange, str(strange[:5]))
    program = os.path.join(work, "embed-static")
    run("cc", "-std=c11", os.path.join(SOURCE, "samples/embed/embed.c"), "-I", os.path.join(prefix, "include"),
        archive, "-o", program)
    needed = dynamic(program)["NEEDED"]
    checks.check("cc links the static runtime", needed == ["libc.so.6"], str(needed))


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
        ("part", "find_package(Swage REQUIRED COMPONENTS runtime cuda)", "Swage has no part 'cuda': its parts are runtime, text and compiler"),
        ("version", "find_package(Swage 9.0 REQUIRED)", "version: " + VERSION),
    ):
        _, log = configure(prefix, work, name, head + call + "\n", status=1)
        checks.check("find_package and a wrong " + name, wanted in " ".join(log.split()), log)

    # Without a part's files, the message says which component has them.
    partial = os.path.join(work, "partial")
    shutil.copytree(os.path.join(work, "components", "runtime"), partial, symlinks=True)
    shutil.copytree(os.path.join(work, "components", "runtime-dev"), partial, symlinks=True, dirs_exist_ok=True)
    _, log = configure(partial, work, "missing", head + "find_package(Swage REQUIRED COMPONENTS text)\n", status=1)
    checks.check("find_package without a part",
                 "install its component text-dev (Debian package swage-runtime-dev)" in " ".join(log.split()), log)
    # A search in vain leaves nothing behind, and a part that may lack does not matter.
    _, log = configure(partial, work, "vain", head + "find_package(Swage 0.1 QUIET COMPONENTS runtime compiler)\n"
        "if(Swage_FOUND OR TARGET Swage::runtime)\n  message(FATAL_ERROR found)\nendif()\n"
        "message(STATUS \"${Swage_NOT_FOUND_MESSAGE}\")\n"
        "find_package(Swage REQUIRED COMPONENTS runtime OPTIONAL_COMPONENTS compiler)\n"
        "if(NOT TARGET Swage::runtime OR Swage_compiler_FOUND)\n  message(FATAL_ERROR parts)\nendif()\n")
    checks.check("find_package in vain", "compiler-dev (Debian package swage-compiler-dev)" in " ".join(log.split()), log)
    folder, _ = configure(partial, work, "all", head + "find_package(Swage REQUIRED)\nif(TARGET Swage::text)\n  message(FATAL_ERROR text)\nendif()\n"
        "add_executable(main main.c)\ntarget_link_libraries(main PRIVATE Swage::runtime)\n")
    run("cmake", "--build", folder + "/build")
    checks.check("find_package with the runtime alone", True)
    _, log = configure(prefix, work, "folder", head + "enable_language(CXX)\nset(SWAGE_BUILD_COMPILER OFF)\n"
        "set(SWAGE_BUILD_TESTS OFF)\nadd_subdirectory(\"%s\" swage)\n" % SOURCE +
        "add_executable(main main.c)\ntarget_link_libraries(main PRIVATE Swage::runtime Swage::text_static)\n")
    checks.check("Swage as a folder of another project", "Generating done" in log, log)


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
    checks.check("its version", run("pkg-config", "--modversion", "swage-runtime", env=env).strip() == VERSION)
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
    checks.check("the tools start", VERSION in run(os.path.join(prefix, "bin", "swage"), "--version"))
    check_notices(checks)
    check_places(checks, prefix)
    check_headers(checks, prefix)
    check_static_runtime(checks, prefix, work)
    check_symbols(checks, prefix)
    check_find_package(checks, prefix, work)
    check_pkg_config(checks, prefix, work)
    checks.finish()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]))
