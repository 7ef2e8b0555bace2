#!/usr/bin/env python3
# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds one model, compiled for each level of an architecture, to its reference.

Usage: level_test.py SWAGE MODEL_DIRECTORY WORK_DIRECTORY RUN_INPUTS SAME_BITS
           [!]LEVEL[@PROCESSOR]... [-- EMULATOR...]

A level is a target without `cpu:`. In the words of the emulator's command, PROCESSOR
stands for @: one that has no more than the level needs, where there is one.
A level after ! must be refused with the reason; without an emulator, also one
that this machine lacks.
"""

import array
import math
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))

import safetensors
from common import TOLERANCES, Checks, Swage
from golden_test import worst_excess

LENGTHS = (7, 64)
# Names of results in artifacts and in the references.
RESULTS = (("last_hidden_state", "last_hidden"), ("logits", "logits"))
# Of decoders in f32: the first is exact, the others hold codes.
CACHES = ("f32", "int8", "int4", "fp8")


def to_bf16(values):
    """The bits of the nearest bf16 of each f32."""
    bits = array.array("I", array.array("f", values).tobytes())
    return array.array("H", [(b + 0x7FFF + (b >> 16 & 1)) >> 16 for b in bits])


def copy_in_bf16(model, folder):
    """The model folder with every weight rounded to bf16."""
    os.makedirs(folder)
    shutil.copy(os.path.join(model, "config.json"), folder)
    tensors = safetensors.read(os.path.join(model, "model.safetensors"))
    rounded = {name: (shape, to_bf16(values)) for name, (shape, values) in tensors.items()}
    safetensors.write(os.path.join(folder, "model.safetensors"), rounded, dtype="BF16")


class LevelTest:
    """In f32, the reference is the golden. In bf16, it is what the first level
    computes with the same weights and f32 activations: rounded weights are
    another model, whose experts may differ."""

    def __init__(self, swage, model, work, programs, emulator):
        self.swage, self.work, self.emulator = swage, work, emulator
        self.run_inputs, self.same_bits = programs
        self.file = os.path.join(model, "golden.safetensors")
        self.golden = safetensors.read(self.file)
        self.caches = CACHES if "greedy_7" in self.golden else CACHES[:1]
        self.checks = Checks()
        self.folders = {"f32": model, "bf16": os.path.join(work, "bf16")}
        if os.path.exists(os.path.join(model, "model.safetensors")):
            copy_in_bf16(model, self.folders["bf16"])
        else:  # in shards, and in bf16 already
            self.folders["bf16"] = model
        self.rounded = {}
        self.exact = {}

    def compile(self, weights, level, activations):
        artifact = os.path.join(self.work, "%s-%s-%s.swg" % (level, weights, activations))
        caches = ["--kv-cache", ",".join(self.caches)] if weights == "f32" else []
        self.swage(
            "compile", self.folders[weights], "-o", artifact,
            "--target", "cpu:" + level, "--activations", activations, *caches,
        )
        return artifact

    def call(self, processor, *command):
        prefix = [e.replace("@", processor) for e in self.emulator]
        return subprocess.run(prefix + list(command), capture_output=True, text=True)

    def write_inputs(self, length):
        inputs = {"input_ids": self.golden["ids_%d" % length]}
        if "types_%d" % length in self.golden:
            inputs["token_type_ids"] = self.golden["types_%d" % length]
        source = os.path.join(self.work, "inputs.safetensors")
        safetensors.write(source, inputs)
        return source

    def run(self, processor, artifact, length, *cache):
        """The finished process, and the results by name."""
        source = self.write_inputs(length)
        target = os.path.join(self.work, "outputs.safetensors")
        ran = self.call(processor, self.run_inputs, artifact, source, target, *cache)
        return ran, {} if ran.returncode else safetensors.read(target)

    def compute_rounded(self, level, processor):
        artifact = self.compile("bf16", level, "f32")
        for length in LENGTHS:
            self.rounded[length] = self.run(processor, artifact, length)[1]

    def check_f32(self, title, found, wanted):
        excess = worst_excess(found, wanted, TOLERANCES["logits"])
        self.checks.check(title, excess <= 1, "%.3f of the tolerance" % excess)

    def check_bf16(self, title, found, wanted):
        error = math.sqrt(sum((a - b) ** 2 for a, b in zip(found, wanted)) / len(wanted))
        bound = TOLERANCES["logits_bf16_activations"]["rms"]
        # An error of nothing would mean that nothing was rounded.
        exact = TOLERANCES["logits"]["relative"]
        self.checks.check(
            title,
            exact < error <= bound,
            "root mean square error %.6f, expected %g to %g" % (error, exact, bound),
        )

    def check_results(self, name, kind, length, results):
        for result, reference in RESULTS:
            if result not in results:
                continue
            found = results[result]
            wanted = self.golden["%s_%d" % (reference, length)]
            if kind == "bf16":
                wanted = self.rounded[length].get(result, ([], []))
            title = "%s, %d tokens, %s" % (name, length, result)
            if found[0] != wanted[0]:
                self.checks.check(title, False, "shape %s, expected %s" % (found[0], wanted[0]))
            else:
                (self.check_f32 if kind == "f32" else self.check_bf16)(title, found[1], wanted[1])

    def check_bits(self, name, length, results, *cache):
        """That f32 results are the bits that this machine's first level gives,
        as the goldens in artifacts rely on."""
        key = (length,) + cache
        if key not in self.exact:
            artifact = self.compile("f32", "x86-64-v3", "f32")
            target = os.path.join(self.work, "exact.safetensors")
            self.swage(
                "run", artifact, "--inputs", self.write_inputs(length), "--outputs", target,
                *(["--kv-cache", *cache] if cache else []),
            )
            self.exact[key] = safetensors.read(target)
        wanted = self.exact[key]
        differing = [
            name
            for name in wanted
            if name not in results or wanted[name][1].tobytes() != results[name][1].tobytes()
        ]
        title = "%s, %d tokens%s, the bits of x86-64-v3" % (
            name, length, "".join(", cache in " + type for type in cache),
        )
        self.checks.check(title, wanted and not differing, ", ".join(differing))

    def check_refused(self, level, ran):
        """That a processor says what it lacks."""
        wanted = r"have .+ without [a-z0-9-]+, require it for 'cpu:%s'" % re.escape(level)
        message = ran.stderr.strip()
        self.checks.check(
            level + " is refused", ran.returncode == 1 and re.match(wanted, message), message
        )

    def check_level(self, level, processor, kind):
        name = "%s, %s" % (level, kind)
        artifact = self.compile(kind, level, kind)
        for length in LENGTHS:
            ran, results = self.run(processor, artifact, length)
            if ran.returncode and not self.emulator and level != "x86-64-v3":
                return self.check_refused(level, ran)
            self.checks.check(name + " runs", ran.returncode == 0, ran.stderr.strip())
            if ran.returncode:
                return
            self.check_results(name, kind, length, results)
            if kind == "f32":
                self.check_bits(name, length, results)
        for cache in self.caches[1:] if kind == "f32" else ():
            results = self.run(processor, artifact, LENGTHS[-1], cache)[1]
            self.check_bits(name, LENGTHS[-1], results, cache)
        picked = ran.stdout.strip()
        self.checks.check(name + ", level", picked.startswith("cpu:%s on " % level), picked)
        ran = self.call(processor, self.same_bits, artifact, self.file, "quick")
        summary = ran.stdout + ran.stderr if ran.returncode else ran.stdout.splitlines()[-1]
        self.checks.check(name + ", same bits", ran.returncode == 0, summary)


def main(program, model, work, run_inputs, same_bits, *rest):
    split = rest.index("--") if "--" in rest else len(rest)
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    test = LevelTest(Swage(program), model, work, (run_inputs, same_bits), rest[split + 1 :])
    for item in rest[:split]:
        level, _, processor = item.lstrip("!").partition("@")
        if item.startswith("!"):
            test.check_refused(level, test.run(processor, test.compile("f32", level, "f32"), 7)[0])
            continue
        if not test.rounded:
            test.compute_rounded(level, processor)
        for kind in ("f32", "bf16"):
            test.check_level(level, processor, kind)
    test.checks.finish()


if __name__ == "__main__":
    if len(sys.argv) < 7:
        sys.exit(__doc__)
    main(*sys.argv[1:])
