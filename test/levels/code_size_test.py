#!/usr/bin/env python3
# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds the code of four x86 levels of a model of 1B parameters to 2 MiB.

Usage: code_size_test.py SWAGE CONFIG WORK_DIRECTORY

Layers share kernels, so one layer and few words have the code of all of them.
"""

import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))

from common import Checks, Swage

LEVELS = ("x86-64-v3", "x86-64-v4", "x86-64-v4+avx512bf16", "x86-64-v4+amx-bf16+avx512bf16")
LIMIT = 2 << 20


def main(program, config, work):
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    with open(config) as file:
        shape = json.load(file)
    shape.update(num_hidden_layers=1, vocab_size=1024, bos_token_id=1, eos_token_id=2)
    with open(os.path.join(work, "config.json"), "w") as file:
        json.dump(shape, file)
    swage, checks = Swage(program), Checks()
    artifact = os.path.join(work, "model.swg")
    targets = [word for level in LEVELS for word in ("--target", "cpu:" + level)]
    swage(
        "compile", os.path.join(work, "config.json"), "--weights", "random:1", "-o", artifact,
        *targets,
    )
    executables = swage.json("inspect", artifact)["programs"][0]["executables"]
    names = [executable["target"] for executable in executables]
    checks.check("all levels", names == ["cpu:" + level for level in reversed(LEVELS)], str(names))
    size = sum(executable["code_bytes"] for executable in executables)
    checks.check("code", size < LIMIT, "%d bytes, expected below %d" % (size, LIMIT))
    os.remove(artifact)
    checks.finish()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
