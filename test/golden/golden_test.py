#!/usr/bin/env python3
# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds one model to the logits and greedy texts of its reference.

Usage: golden_test.py SWAGE MODEL_DIRECTORY WORK_DIRECTORY [SAME_BITS]

With the program SAME_BITS, also in every chunking, batch and number of threads.
"""

import filecmp
import json
import math
import os
import shutil
import statistics
import subprocess
import sys

import safetensors
from common import TOLERANCES, Checks, Swage

# The first is exact.
CACHES = ("f32", "f16", "bf16", "fp8", "int8", "int4")


def worst_excess(found, wanted, tolerance):
    """How far beyond its tolerance the worst value is; at most 1 is good."""
    absolute, relative = tolerance["absolute"], tolerance["relative"]
    worst = 0.0
    for a, b in zip(found, wanted):
        excess = abs(a - b) / (absolute + relative * abs(b))
        # A NaN is never good.
        worst = max(worst, excess) if excess == excess else float("inf")
    return worst


class GoldenModel:
    def __init__(self, swage, checks, golden, work, is_mixture):
        self.swage, self.checks, self.golden, self.work = swage, checks, golden, work
        self.is_mixture = is_mixture

    def run_logits(self, artifact, inputs, *options):
        """Logits of `run --inputs --outputs`: (shape, values)."""
        source = os.path.join(self.work, "inputs.safetensors")
        target = os.path.join(self.work, "outputs.safetensors")
        safetensors.write(source, inputs)
        self.swage("run", artifact, "--inputs", source, "--outputs", target, *options)
        return safetensors.read(target)["logits"]

    def check_logits(self, name, artifact, inputs, wanted, mask=None):
        shape, values = self.run_logits(artifact, inputs)
        if shape != wanted[0]:
            self.checks.check(name, False, "shape %s, expected %s" % (shape, wanted[0]))
            return
        found, expected = values, wanted[1]
        if mask:
            columns = shape[-1]
            rows = [r for r, m in enumerate(mask) if m]
            padding = [r for r, m in enumerate(mask) if not m]
            self.checks.check(
                name + ", rows of padding are zeros",
                all(values[r * columns + c] == 0 for r in padding for c in range(columns)),
            )
            found = [values[r * columns + c] for r in rows for c in range(columns)]
            expected = [wanted[1][r * columns + c] for r in rows for c in range(columns)]
        excess = worst_excess(found, expected, TOLERANCES["logits"])
        self.checks.check(name, excess <= 1, "%.3f of the tolerance" % excess)

    def check_lengths(self, artifact):
        for length in (1, 7, 64, 130):
            ids = self.golden["ids_%d" % length]
            wanted = self.golden["logits_%d" % length]
            self.check_logits("%d tokens" % length, artifact, {"input_ids": ids}, wanted)

    def check_batches(self, artifact):
        golden = self.golden
        self.check_logits(
            "batch", artifact, {"input_ids": golden["batch2_ids"]}, golden["batch2_logits"]
        )
        padded = {"input_ids": golden["leftpad_ids"], "attention_mask": golden["leftpad_mask"]}
        mask = golden["leftpad_mask"][1]
        wanted = golden["leftpad_logits"]
        self.check_logits("left padding", artifact, padded, wanted, mask=mask)
        padded["position_ids"] = golden["leftpad_position_ids"]
        self.check_logits("left padding and positions", artifact, padded, wanted, mask=mask)

    def check_greedy(self, artifact):
        for length in (7, 64):
            prompt = ",".join(map(str, self.golden["greedy_prompt_%d" % length][1]))
            wanted = list(self.golden["greedy_%d" % length][1])
            found = self.swage.json(
                "run", artifact, "--tokens", prompt, "-n", len(wanted), "--ignore-eos"
            )["tokens"]
            self.checks.check(
                "greedy text after %d tokens" % length,
                found == wanted,
                "" if found == wanted else "found %s, expected %s" % (found, wanted),
            )

    def check_caches(self, artifact):
        """Caches in fewer bits: the error over all logits is that of rounding."""
        for cache in CACHES[1:]:
            inputs = {"input_ids": self.golden["ids_64"]}
            shape, found = self.run_logits(artifact, inputs, "--kv-cache", cache)
            wanted = self.golden["logits_64"][1]
            columns = shape[-1]
            rows = [
                math.sqrt(
                    sum((a - b) ** 2 for a, b in zip(found[at : at + columns], wanted[at : at + columns])) / columns
                )
                for at in range(0, len(wanted), columns)
            ]
            # Rounding may choose another expert for a token, which is an error of its own.
            error = statistics.median(rows) if self.is_mixture else math.sqrt(statistics.fmean(e * e for e in rows))
            bound = TOLERANCES["logits_%s_cache" % cache]["rms"]
            # An error of nothing would mean that the type was not used.
            exact = TOLERANCES["logits"]["relative"]
            self.checks.check(
                "cache in %s, 64 tokens" % cache,
                len(found) == len(wanted) and exact < error <= bound,
                "root mean square error %.6f, expected %g to %g" % (error, exact, bound),
            )


def copy_with_config(model, config, folder):
    """A model folder that has `config` as its config.json."""
    os.makedirs(folder)
    for name in os.listdir(model):
        if name.startswith("model") or name == "generation_config.json":
            os.symlink(os.path.join(model, name), os.path.join(folder, name))
    shutil.copyfile(os.path.join(model, config), os.path.join(folder, "config.json"))


def compile_both_configs(swage, checks, model, work, *options):
    """Compiles a model in old and new keys; returns its folders and artifacts.

    Both must be the same to the byte, so what holds of one holds of the other.
    """
    folders, artifacts = [], []
    for config in ("config.json", "config.v4.json"):
        folders.append(os.path.join(work, config.replace(".json", "")))
        artifacts.append(folders[-1] + ".swg")
        copy_with_config(os.path.abspath(model), config, folders[-1])
        swage("compile", folders[-1], "-o", artifacts[-1], "--activations", "f32", *options)
    checks.check("both configs give the same bytes", filecmp.cmp(*artifacts, shallow=False))
    return folders, artifacts


def check_same_bits(checks, same_bits, model, artifact):
    """One result in every chunking, batch and number of threads."""
    result = subprocess.run(
        [same_bits, artifact, os.path.join(model, "golden.safetensors")],
        capture_output=True, text=True,
    )
    good = result.returncode == 0
    summary = result.stdout.splitlines()[-1] if good else result.stdout + result.stderr
    checks.check("same bits in " + os.path.basename(artifact), good, summary)


def check_determinism(swage, checks, folders, work):
    """Two compilations for a named target give the same bytes."""
    artifacts = []
    for threads, folder in enumerate(folders, start=1):
        artifact = os.path.join(work, "same%d.swg" % threads)
        swage("compile", folder, "-o", artifact, "--target", "cpu:x86-64-v3", "--threads", threads)
        artifacts.append(artifact)
    checks.check("two compilations give the same bytes", filecmp.cmp(*artifacts, shallow=False))


def main(program, model, work, same_bits=None):
    shutil.rmtree(work, ignore_errors=True)
    swage, checks = Swage(program), Checks()
    with open(os.path.join(model, "config.json")) as file:
        is_mixture = any("experts" in key for key in json.load(file))
    golden = GoldenModel(
        swage, checks, safetensors.read(os.path.join(model, "golden.safetensors")), work, is_mixture
    )
    folders, (artifact, _) = compile_both_configs(
        swage, checks, model, work, "--kv-cache", ",".join(CACHES)
    )
    golden.check_lengths(artifact)
    golden.check_batches(artifact)
    golden.check_greedy(artifact)
    golden.check_caches(artifact)
    if same_bits:
        check_same_bits(checks, same_bits, model, artifact)
    # Another folder, the same model.
    shutil.copytree(folders[0], folders[0] + "-again", symlinks=True)
    check_determinism(swage, checks, [folders[0], folders[0] + "-again"], work)
    checks.finish()


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    main(*sys.argv[1:])
