#!/usr/bin/env python3
# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds a trained model to its reference perplexity, and to its own bits.

Usage: perplexity_test.py SWAGE WORK_DIRECTORY F32.swg BF16.swg
"""

import os
import sys

from common import TEST, TOLERANCES, Checks, Swage

# Of the text for comparisons of bits; token by token is slow.
EXCERPT_BYTES = 6000


def check_perplexity(swage, checks, artifact, text):
    for protocol, wanted in TOLERANCES["perplexity"]["tinytext-6m"].items():
        result = swage.json("eval", artifact, "--text", text, "--protocol", protocol)
        found = "%.4f" % result["perplexity"]
        checks.check("perplexity by protocol " + protocol, found == wanted,
                     "%s, expected %s" % (found, wanted))
        count = {"windows": 44457, "llama.cpp": 22185}[protocol]
        checks.check("predictions by protocol " + protocol, result["tokens"] == count,
                     "%d, expected %d" % (result["tokens"], count))


def check_same_bits(swage, checks, name, artifact, text):
    """One nll to the last digit, however the text is cut and computed."""
    results = {}
    for chunk in (1, 7, 512):
        for threads in (1, 2):
            printed = swage("eval", artifact, "--text", text, "--chunk", chunk,
                            "--threads", threads, "--json")
            results["chunk %d, %d threads" % (chunk, threads)] = printed
    checks.check("%s: same bits in any chunks, with any threads" % name,
                 len(set(results.values())) == 1, str(results))


def main(program, work, f32, bf16):
    swage, checks = Swage(program), Checks()
    os.makedirs(work, exist_ok=True)
    text = os.path.join(TEST, "data", "eval.txt")
    excerpt = os.path.join(work, "excerpt.txt")
    with open(text, "rb") as source, open(excerpt, "wb") as target:
        target.write(source.read(EXCERPT_BYTES))
    check_perplexity(swage, checks, f32, text)
    check_same_bits(swage, checks, "f32", f32, excerpt)
    check_same_bits(swage, checks, "bf16", bf16, excerpt)
    checks.finish()


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
