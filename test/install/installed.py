# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of the installed package share."""

import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))
import common  # noqa: E402


class Checks(common.Checks):
    """Tells details of what failed alone."""

    def check(self, name, good, detail=""):
        super().check(name, good, "" if good else detail)


SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MODEL = os.path.join(SOURCE, "test", "models", "tinytext-6m")
with open(os.path.join(SOURCE, "CMakeLists.txt")) as _file:
    VERSION = re.search(r"project\(swage VERSION (\S+)", _file.read()).group(1)
# What the shared libraries are called by programs: until version 1, a minor
# version may break them.
MAJOR, MINOR, _ = VERSION.split(".")
SOVERSION = MAJOR if MAJOR != "0" else MAJOR + "." + MINOR
# The licence, and those of what is linked in, as the sources have them.
LICENCES = ("LICENSE", "THIRD_PARTY_NOTICES")


def run(*command, env=None, cwd=None, status=0):
    """Runs a command that must end with `status`; returns what it printed."""
    result = subprocess.run(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=cwd,
        env=dict(os.environ, **(env or {})),
    )
    if result.returncode != status:
        sys.exit(
            "exit status %d, expected %d: %s\n%s"
            % (result.returncode, status, " ".join(map(str, command)), result.stdout)
        )
    return result.stdout


def dynamic(path):
    """What a library or program tells the dynamic linker: lists by tag."""
    listing = run("readelf", "--wide", "--dynamic", path)
    found = {"NEEDED": [], "RUNPATH": [], "SONAME": []}
    for tag, value in re.findall(r"\((\w+)\) +[\w ]+: \[(.*)\]", listing):
        found["RUNPATH" if tag == "RPATH" else tag] += value.split(":")
    return found


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        file.write(text)


def files_under(folder):
    """Every file below a folder, as paths relative to it."""
    return sorted(
        os.path.relpath(os.path.join(where, name), folder)
        for where, _, names in os.walk(folder)
        for name in names
    )
