#!/usr/bin/env python3
# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds the code of each level to the instructions that the level has.

Usage: instructions_test.py SWAGE GNU_AS LLVM_OBJDUMP WORK_DIRECTORY MODEL_DIRECTORY...

The code is what artifacts carry. AArch64's disassembler knows features: what a
level lacks is not decoded. x86's decodes everything, so what it prints goes
through GNU's assembler, which refuses what a level lacks (LLVM's does not). It
would take an instruction that AVX2 has, too, in the encoding of AVX-512, so
below AVX-512 the byte that begins these is looked for.
"""

import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))

from common import Checks, Swage

# Each level, and the next lower one, which must not do for the code of all models.
X86 = (
    ("x86-64-v3", None),
    ("x86-64-v4", "x86-64-v3"),
    ("x86-64-v4+avx512vnni", None),
    ("x86-64-v4+avx512bf16", "x86-64-v4"),
    ("x86-64-v4+amx-bf16+avx512bf16", "x86-64-v4+avx512bf16"),
    ("x86-64-v4+amx-int8+avx512vnni", None),
)
AARCH64 = (
    ("aarch64", None),
    ("aarch64+dotprod", None),
    ("aarch64+dotprod+i8mm", None),
    ("aarch64+bf16+dotprod+i8mm", "aarch64+dotprod+i8mm"),
)
# What the assembler calls these. What it takes at generic64, every level has.
GNU = {
    "x86-64-v3": "sse4.2+avx2+fma+f16c+bmi+bmi2+lzcnt+movbe+popcnt",
    "amx-bf16": "amx_tile+amx_bf16",
    "amx-int8": "amx_tile+amx_int8",
    "avx512bf16": "avx512_bf16",
    "avx512vnni": "avx512_vnni",
}
GNU["x86-64-v4"] = GNU["x86-64-v3"] + "+avx512f+avx512bw+avx512cd+avx512dq+avx512vl"
ALIGNMENT = 65536  # of segments in the file
EVEX = re.compile(r"(?:(?:2e|36|3e|26|64|65|67) )*62 ")
LINE = re.compile(r"\s*[0-9a-f]+: ([0-9a-f ]+)\t(.*)")


def code_of(artifact, executables):
    """The images in an artifact, in the order of its executables."""
    with open(artifact, "rb") as file:
        data = file.read()
    starts = range(0, len(data), ALIGNMENT)
    images = [at for at in starts if data[at : at + 4] == b"\x7fELF"]
    assert len(images) == len(executables), "%d images, %d executables" % (
        len(images), len(executables),
    )
    return {
        executable["target"]: data[at : at + executable["code_bytes"]]
        for at, executable in zip(images, executables)
    }


class Instructions:
    def __init__(self, assembler, objdump, work):
        self.assembler, self.objdump, self.work = assembler, objdump, work

    def disassemble(self, image, *options):
        """(bytes, text) of each instruction."""
        path = os.path.join(self.work, "image.elf")
        with open(path, "wb") as file:
            file.write(image)
        command = [self.objdump, "--disassemble", *options, path]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        lines = [LINE.match(line) for line in text.splitlines()]
        return [(line.group(1), line.group(2)) for line in lines if line]

    def outside_x86(self, image, level):
        cpu, *features = level.split("+")
        lines = self.disassemble(image)
        texts = [re.sub(r"<.*?>|#.*", "", text) for _, text in lines]
        march = "+".join(["generic64", GNU[cpu]] + [GNU[feature] for feature in features])
        assembled = subprocess.run(
            [self.assembler, "-march=" + march, "-o", os.devnull, "-"],
            input="\n".join(texts) + "\n", capture_output=True, text=True,
        )
        found = re.findall(r":(\d+): Error: (.*)", assembled.stderr)
        outside = ["%s: %s" % (texts[int(line) - 1].strip(), why) for line, why in found]
        if cpu == "x86-64-v3":
            outside += [text for encoded, text in lines if EVEX.match(encoded)]
        return len(lines), outside

    def outside_aarch64(self, image, level):
        features = ["+" + feature for feature in ["neon"] + level.split("+")[1:]]
        lines = self.disassemble(image, "--mcpu=generic", "--mattr=" + ",".join(features))
        return len(lines), [encoded for encoded, text in lines if "<unknown>" in text]

    def outside(self, image, level):
        """How many instructions there are, and those that the level lacks."""
        return (self.outside_x86 if level.startswith("x86") else self.outside_aarch64)(image, level)


def main(program, assembler, objdump, work, *models):
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    swage, checks = Swage(program), Checks()
    instructions = Instructions(assembler, objdump, work)
    for levels in (X86, AARCH64):
        beyond = {level: 0 for level, below in levels if below}
        for model in models:
            artifact = os.path.join(work, "model.swg")
            targets = [word for level, _ in levels for word in ("--target", "cpu:" + level)]
            swage("compile", model, "-o", artifact, "--activations", "bf16", *targets)
            executables = swage.json("inspect", artifact)["programs"][0]["executables"]
            images = code_of(artifact, executables)
            for level, below in levels:
                image = images["cpu:" + level]
                count, outside = instructions.outside(image, level)
                checks.check(
                    "%s, %s" % (os.path.basename(model), level),
                    count > 100 and not outside,
                    "%d instructions, outside are %s" % (count, outside[:5]),
                )
                if below:
                    beyond[level] += len(instructions.outside(image, below)[1])
        # Without these, the levels are not used, or the check sees nothing.
        for level, below in levels:
            if below:
                checks.check(
                    "%s uses more than %s" % (level, below),
                    beyond[level] > 0,
                    "%d instructions" % beyond[level],
                )
    checks.finish()


if __name__ == "__main__":
    if len(sys.argv) < 6:
        sys.exit(__doc__)
    main(*sys.argv[1:])
