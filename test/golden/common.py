# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the drivers of the golden tests share."""

import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TEST = os.path.dirname(HERE)

with open(os.path.join(HERE, "tolerances.json")) as file:
    TOLERANCES = json.load(file)


class Checks:
    """Counts checks, tells of those that fail, and gives the exit status."""

    def __init__(self):
        self.failed = 0
        self.passed = 0

    def check(self, name, good, detail=""):
        if good:
            self.passed += 1
        else:
            self.failed += 1
        print("%s %s%s" % ("ok    " if good else "FAILED", name, detail and ": " + detail))

    def finish(self):
        print("%d passed, %d failed" % (self.passed, self.failed))
        sys.exit(1 if self.failed or not self.passed else 0)


class Swage:
    """The command line under test."""

    def __init__(self, program):
        self.program = program

    def __call__(self, *arguments):
        """Runs a command that must succeed; returns what it printed."""
        command = [self.program] + [str(a) for a in arguments]
        result = subprocess.run(command, capture_output=True, text=True)
        if result.returncode:
            print(result.stderr, file=sys.stderr)
            sys.exit("exit status %d: %s" % (result.returncode, " ".join(command)))
        return result.stdout

    def json(self, *arguments):
        return json.loads(self(*arguments, "--json"))
