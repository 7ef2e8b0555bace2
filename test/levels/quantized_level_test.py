#!/usr/bin/env python3
# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds a model of quantized weights to the same bits on each level of an architecture.

Usage: quantized_level_test.py SWAGE WORK_DIRECTORY RUN_INPUTS LEVEL[@PROCESSOR]... [-- EMULATOR...]

Levels and the emulator are those of level_test.py. What all levels are compared with is what this machine computes with
x86-64-v3: sums of integers are exact, and floats are added in one order, so there is no tolerance.
"""

import array
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))

import safetensors
from common import Checks, Swage
from gguf_quant_test import TOKENS, Model


def main(program, work, run_inputs, *rest):
    split = rest.index("--") if "--" in rest else len(rest)
    levels, emulator = rest[:split], rest[split + 1 :]
    swage, checks = Swage(program), Checks()
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    file, inputs = os.path.join(work, "mixed.gguf"), os.path.join(work, "inputs.safetensors")
    model = Model()
    model.fill()
    model.write_gguf(file)
    safetensors.write(inputs, {"input_ids": ((len(TOKENS),), array.array("i", TOKENS))}, "I32")

    def compile(level):
        artifact = os.path.join(work, level + ".swg")
        swage("compile", file, "-o", artifact, "--target", "cpu:" + level, "--activations", "int8", "--golden=0")
        return artifact

    exact = os.path.join(work, "exact.safetensors")
    swage("run", compile("x86-64-v3"), "--inputs", inputs, "--outputs", exact)
    wanted = safetensors.read(exact)["logits"]
    for item in levels:
        level, _, processor = item.partition("@")
        if item.startswith("!"):
            continue
        artifact, outputs = compile(level), os.path.join(work, level + ".safetensors")
        prefix = [word.replace("@", processor) for word in emulator]
        ran = subprocess.run(prefix + [run_inputs, artifact, inputs, outputs], capture_output=True, text=True)
        if ran.returncode and not emulator and "require it for 'cpu:" in ran.stderr:
            print("not on this machine: " + ran.stderr.strip())
            continue
        checks.check(level + " runs", ran.returncode == 0, ran.stderr.strip())
        if ran.returncode == 0:
            found = safetensors.read(outputs)["logits"]
            checks.check(level + ", the bits of x86-64-v3", found == wanted)
    checks.finish()


if __name__ == "__main__":
    if len(sys.argv) < 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
