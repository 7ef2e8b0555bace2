#!/usr/bin/env python3
# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds recipes to what they may cost a trained model.

Usage: recipe_test.py SWAGE WORK_DIRECTORY

The bounds, in tolerances.json, are factors of the perplexity in f32. A recipe's
weights are multiplied with f32 rows, so the factor is that of the weights alone.
"""

import os
import sys

from common import TEST, TOLERANCES, Checks, Swage


def main(program, work):
    swage, checks = Swage(program), Checks()
    os.makedirs(work, exist_ok=True)
    model = os.path.join(TEST, "models", "tinytext-6m")
    text = os.path.join(TEST, "data", "eval.txt")
    reference = float(TOLERANCES["perplexity"]["tinytext-6m"]["llama.cpp"])
    for recipe, factor in TOLERANCES["recipes"].items():
        artifact = os.path.join(work, recipe + ".swg")
        swage("compile", model, "-o", artifact, "--recipe", recipe, "--activations", "f32", "--golden=0")
        found = swage.json("eval", artifact, "--text", text, "--protocol", "llama.cpp")["perplexity"]
        checks.check(recipe, found <= factor * reference, "%.4f, at most %.4f" % (found, factor * reference))
        os.remove(artifact)
    checks.finish()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
