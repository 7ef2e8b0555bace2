#!/usr/bin/env python3
# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds one encoder to the outputs of its reference.

Usage: encoder_test.py SWAGE MODEL_DIRECTORY WORK_DIRECTORY [SAME_BITS]

With the program SAME_BITS, also in every batch, padding and number of threads.
"""

import os
import shutil
import sys

import safetensors
from common import TOLERANCES, Checks, Swage
from golden_test import check_same_bits, compile_both_configs, worst_excess

# Names of outputs in artifacts and in the references.
OUTPUTS = (("last_hidden_state", "last_hidden"), ("logits", "logits"))


class GoldenEncoder:
    def __init__(self, swage, checks, golden, work):
        self.swage, self.checks, self.golden, self.work = swage, checks, golden, work

    def run(self, artifact, inputs, *options):
        source = os.path.join(self.work, "inputs.safetensors")
        target = os.path.join(self.work, "outputs.safetensors")
        safetensors.write(source, inputs)
        self.swage("run", artifact, "--inputs", source, "--outputs", target, *options)
        return safetensors.read(target)

    def check_values(self, name, found, wanted, mask=None):
        if found[0] != wanted[0]:
            self.checks.check(name, False, "shape %s, expected %s" % (found[0], wanted[0]))
            return
        values, expected = found[1], wanted[1]
        if mask and len(found[0]) == 3:
            columns = found[0][-1]
            rows = [r for r, m in enumerate(mask) if m]
            padding = [r for r, m in enumerate(mask) if not m]
            self.checks.check(
                name + ", rows of padding are zeros",
                all(values[r * columns + c] == 0 for r in padding for c in range(columns)),
            )
            values = [values[r * columns + c] for r in rows for c in range(columns)]
            expected = [expected[r * columns + c] for r in rows for c in range(columns)]
        excess = worst_excess(values, expected, TOLERANCES["logits"])
        self.checks.check(name, excess <= 1, "%.3f of the tolerance" % excess)

    def check_lengths(self, artifact):
        for length in (1, 7, 64, 130):
            inputs = {
                "input_ids": self.golden["ids_%d" % length],
                "token_type_ids": self.golden["types_%d" % length],
            }
            found = self.run(artifact, inputs)
            for output, reference in OUTPUTS:
                self.check_values(
                    "%d tokens, %s" % (length, output),
                    found[output],
                    self.golden["%s_%d" % (reference, length)],
                )

    def check_batch(self, artifact):
        golden = self.golden
        inputs = {
            "input_ids": golden["batch2_ids"],
            "attention_mask": golden["batch2_mask"],
            "token_type_ids": golden["batch2_types"],
        }
        found = self.run(artifact, inputs)
        for output, reference in OUTPUTS:
            self.check_values(
                "batch with padding, %s" % output,
                found[output],
                golden["batch2_" + reference],
                mask=golden["batch2_mask"][1],
            )
        self.checks.check(
            "the same bits with 1 and 2 threads",
            found == self.run(artifact, inputs, "--threads", "1")
            == self.run(artifact, inputs, "--threads", "2"),
        )
        # The first text has no padding: alone, it must give the same bits.
        length = golden["batch2_ids"][0][1]
        alone = self.run(
            artifact,
            {
                "input_ids": ([length], golden["batch2_ids"][1][:length]),
                "token_type_ids": ([length], golden["batch2_types"][1][:length]),
            },
        )
        for output, _ in OUTPUTS:
            values = alone[output][1]
            self.checks.check(
                "alone and in the batch, %s" % output,
                list(values) == list(found[output][1][: len(values)]),
            )


def main(program, model, work, same_bits=None):
    shutil.rmtree(work, ignore_errors=True)
    swage, checks = Swage(program), Checks()
    golden = GoldenEncoder(
        swage, checks, safetensors.read(os.path.join(model, "golden.safetensors")), work
    )
    _, (artifact, _) = compile_both_configs(swage, checks, model, work)
    golden.check_lengths(artifact)
    golden.check_batch(artifact)
    if same_bits:
        check_same_bits(checks, same_bits, model, artifact)
    checks.finish()


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    main(*sys.argv[1:])
