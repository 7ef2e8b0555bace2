#!/usr/bin/env python3
# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Finds the edges of sliding windows by what a changed token changes.

Usage: window_test.py SWAGE WORK_DIRECTORY SAME_BITS

In a model of L layers with a window of W, a row depends on its own token and on
L * (W - 1) before it. So after one token has changed, the rows before it and
those beyond that reach have the same bits, and the row at the reach's end has
others. No reference is needed, and the texts are longer than the goldens'.
"""

import json
import os
import random
import shutil
import subprocess
import sys

import safetensors
from common import Checks, Swage

VOCABULARY = 64
LENGTH = 330
# In pages of 64: inside of one, one less, whole, one more; several pages.
WINDOWS = ((1, 1), (2, 1), (40, 2), (63, 1), (64, 2), (65, 1), (127, 1), (128, 1), (129, 1), (200, 1), (400, 1))
# Of tokens that change: at, before and behind the ends of pages and inside.
CHANGED = (0, 1, 37, 63, 64, 65, 127, 128, 200, 255)


def write_config(path, window, layers):
    config = {
        "model_type": "mistral", "architectures": ["MistralForCausalLM"], "vocab_size": VOCABULARY,
        "hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": layers, "num_attention_heads": 2,
        "num_key_value_heads": 1, "head_dim": 16, "max_position_embeddings": 512, "rms_norm_eps": 1e-6,
        "sliding_window": window, "tie_word_embeddings": False, "hidden_act": "silu",
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e4},
    }
    with open(path, "w") as file:
        json.dump(config, file)


class WindowTest:
    def __init__(self, program, work, same_bits):
        self.swage, self.checks, self.work, self.same_bits = Swage(program), Checks(), work, same_bits
        self.random = random.Random(1)

    def tokens(self, count):
        return [self.random.randrange(VOCABULARY) for _ in range(count)]

    def run(self, artifact, inputs):
        """The rows of logits as bytes, all texts of a batch one after the other."""
        source = os.path.join(self.work, "inputs.safetensors")
        target = os.path.join(self.work, "outputs.safetensors")
        safetensors.write(source, inputs)
        self.swage("run", artifact, "--inputs", source, "--outputs", target)
        shape, values = safetensors.read(target)["logits"]
        data, width = values.tobytes(), 4 * shape[-1]
        return [data[i : i + width] for i in range(0, len(data), width)]

    def check_reach(self, name, artifact, reach):
        ids = self.tokens(LENGTH)
        before = self.run(artifact, {"input_ids": ([LENGTH], ids)})
        wrong = []
        for place in CHANGED:
            changed = list(ids)
            changed[place] = (ids[place] + 1 + self.random.randrange(VOCABULARY - 1)) % VOCABULARY
            after = self.run(artifact, {"input_ids": ([LENGTH], changed)})
            differing = [row for row in range(LENGTH) if before[row] != after[row]]
            last = min(place + reach, LENGTH - 1)
            if not differing or (differing[0], differing[-1]) != (place, last):
                wrong.append(
                    "token %d changes rows %s, expected %d to %d"
                    % (place, "%d to %d" % (differing[0], differing[-1]) if differing else "none", place, last)
                )
        self.checks.check(name + ": what a token changes", not wrong, "; ".join(wrong))
        return ids, before

    def check_padding(self, name, artifact, ids, rows):
        """The end of the text after padding, beside the whole."""
        padding = 101
        first = self.run(artifact, {"input_ids": ([LENGTH - padding], ids[: LENGTH - padding])})
        inputs = {
            "input_ids": ([2, LENGTH], ids + [0] * padding + ids[: LENGTH - padding]),
            "attention_mask": ([2, LENGTH], [1] * LENGTH + [0] * padding + [1] * (LENGTH - padding)),
        }
        found = self.run(artifact, inputs)
        good = found[:LENGTH] == rows and found[LENGTH + padding :] == first
        self.checks.check(name + ": the same bits beside padding", good)

    def check_same_bits(self, name, artifact):
        """In chunks, after truncation and forks, by the program for goldens."""
        golden = os.path.join(self.work, "texts.safetensors")
        texts = {"ids_%d" % n: ([n], self.tokens(n)) for n in (1, 7, 64, 130)}
        texts["batch2_ids"] = ([2, 24], self.tokens(48))
        safetensors.write(golden, texts)
        result = subprocess.run([self.same_bits, artifact, golden], capture_output=True, text=True)
        good = result.returncode == 0
        self.checks.check(name + ": the same bits in every cut", good, "" if good else result.stdout)

    def main(self):
        shutil.rmtree(self.work, ignore_errors=True)
        os.makedirs(self.work)
        config, artifact = os.path.join(self.work, "config.json"), os.path.join(self.work, "model.swg")
        for window, layers in WINDOWS:
            name = "window of %d in %d layers" % (window, layers)
            write_config(config, window, layers)
            # Codes where a window begins inside of a page, and behind one.
            caches = "f32,fp8,int8,int4" if window in (40, 65) else "f32"
            self.swage(
                "compile", config, "--weights", "random:7", "--activations", "f32", "-o", artifact,
                "--kv-cache", caches,
            )
            ids, rows = self.check_reach(name, artifact, layers * (window - 1))
            self.check_padding(name, artifact, ids, rows)
            self.check_same_bits(name, artifact)
        self.checks.finish()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    WindowTest(*sys.argv[1:]).main()
