#!/usr/bin/env python3
# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds one GGUF file to the Hugging Face folder that it was made of.

Usage: gguf_test.py SWAGE GGUF_FILE MODEL_DIRECTORY WORK_DIRECTORY DTYPE [SAME_BITS]

Both must give the same program and the same bits: as they are stored, in 32
bits, and stored in DTYPE, which is F16 or BF16. With the program SAME_BITS, the
latter also in every chunking, batch and number of threads.
"""

import array
import json
import os
import shutil
import sys

import gguf
import safetensors
from common import TOLERANCES, Checks, Swage
from golden_test import check_same_bits, worst_excess

TOKENIZERS = os.path.join("tokenizers", "byte_level")
PROMPT = "the tin and the hat, at noon"
# Architectures whose files hold no head for every class; the golden model that
# has such a head is read as the model without it.
WITHOUT_HEAD = {"bert": "BertModel"}


def is_plus_one(model, tensor):
    """Whether the converter adds one to a tensor, by either of its names."""
    return os.path.basename(model).startswith("gemma") and tensor.endswith("norm.weight")


def make_folder(model, folder, dtype):
    """The golden model as a folder, its weights rounded to `dtype`."""
    os.makedirs(folder)
    with open(os.path.join(model, "config.json")) as file:
        config = json.load(file)
    name = os.path.basename(model)
    if name in WITHOUT_HEAD:
        config["architectures"] = [WITHOUT_HEAD[name]]
    with open(os.path.join(folder, "config.json"), "w") as file:
        json.dump(config, file)
    tensors = safetensors.read(os.path.join(model, "model.safetensors"))
    if name in WITHOUT_HEAD:
        tensors = {key: value for key, value in tensors.items() if not key.startswith("cls.")}
    if dtype != "F32":
        for key, (shape, values) in tensors.items():
            # What is left of the value where a file has one plus it.
            if is_plus_one(model, key):
                values = gguf.add(gguf.add(values, 1), -1)
            tensors[key] = shape, array.array("H", gguf.to_16_bits(values, dtype))
    safetensors.write(os.path.join(folder, "model.safetensors"), tensors, dtype)


def describe_program(swage, artifact):
    """All that `inspect` says of what is computed and with which weights."""
    whole = swage.json("inspect", artifact)
    # A tokenizer, which the folders do not have, moves what follows it, and
    # makes the prompts of the goldens.
    for weight in whole["weights"]:
        del weight["segment"]
    return {key: value for key, value in whole.items() if key not in ("header", "sections", "goldens")}


def differing(a, b):
    return ", ".join(key for key in a if a[key] != b.get(key))


class GgufTest:
    def __init__(self, program, file, model, work):
        self.swage, self.checks, self.work = Swage(program), Checks(), work
        self.file, self.model = file, model
        self.golden = safetensors.read(os.path.join(model, "golden.safetensors"))
        self.is_encoder = "types_7" in self.golden

    def compile(self, source, target, *options):
        self.swage("compile", source, "-o", target, *options)
        return target

    def run(self, artifact, inputs):
        source = os.path.join(self.work, "inputs.safetensors")
        target = os.path.join(self.work, "outputs.safetensors")
        safetensors.write(source, inputs)
        self.swage("run", artifact, "--inputs", source, "--outputs", target)
        return safetensors.read(target)

    def list_inputs(self):
        golden, names = self.golden, {"ids": "input_ids", "mask": "attention_mask", "types": "token_type_ids"}
        for length in (1, 7, 64, 130):
            yield str(length), {
                names[kind]: golden["%s_%d" % (kind, length)]
                for kind in names
                if "%s_%d" % (kind, length) in golden
            }
        padded = "batch2" if self.is_encoder else "leftpad"
        yield padded, {names[kind]: golden["%s_%s" % (padded, kind)] for kind in names if padded + "_" + kind in golden}

    def compare(self, name, folder, file, *options):
        """Checks that both compile to the same; returns the file's artifact."""
        left = self.compile(folder, os.path.join(self.work, name + "-folder.swg"), *options)
        right = self.compile(file, os.path.join(self.work, name + "-gguf.swg"), *options)
        a, b = describe_program(self.swage, left), describe_program(self.swage, right)
        self.checks.check(name + ": the same dispatches and weights", a == b, differing(a, b))
        for case, inputs in self.list_inputs():
            found, wanted = self.run(right, inputs), self.run(left, inputs)
            self.checks.check("%s, %s tokens: the same bits" % (name, case), bool(found) and found == wanted)
        return right

    def check_golden(self, artifact):
        outputs = {"last_hidden_state": "last_hidden", "logits": "logits"}
        for length in (1, 7, 64, 130):
            found = self.run(artifact, dict(self.list_inputs())[str(length)])
            for output, values in found.items():
                shape, wanted = self.golden.get("%s_%d" % (outputs.get(output), length), (None, None))
                if shape:
                    excess = worst_excess(values[1], wanted, TOLERANCES["logits"])
                    self.checks.check(
                        "%d tokens, %s of the reference" % (length, output),
                        shape == values[0] and excess <= 1,
                        "%.3f of the tolerance" % excess,
                    )
        if self.is_encoder:
            return
        for length in (7, 64):
            prompt = ",".join(map(str, self.golden["greedy_prompt_%d" % length][1]))
            wanted = list(self.golden["greedy_%d" % length][1])
            found = self.swage.json("run", artifact, "--tokens", prompt, "-n", len(wanted), "--ignore-eos")
            self.checks.check(
                "greedy text after %d tokens" % length, found["tokens"] == wanted,
                "found %s, expected %s" % (found["tokens"], wanted) if found["tokens"] != wanted else "",
            )

    def check_prompt(self, folder):
        """A text goes through either's tokenizer to the same text."""
        artifact = os.path.join(self.work, "F32-gguf.swg")
        sections = self.swage.json("inspect", artifact)["sections"]
        if all(section["name"] != "tokenizer" for section in sections):
            return
        os.environ["XDG_CACHE_HOME"] = os.path.join(self.work, "cache")
        tokenizer = os.path.join(os.path.dirname(self.file), TOKENIZERS)
        for name in os.listdir(tokenizer):
            shutil.copyfile(os.path.join(tokenizer, name), os.path.join(folder, name))
        found, wanted = (
            self.swage.json("run", source, "--prompt", PROMPT, "-n", 24, "--ignore-eos")
            for source in (self.file, folder)
        )
        good = found == wanted and len(found["tokens"]) == 24 and bool(found["text"])
        self.checks.check("text after a prompt", good, "" if good else "found %s, expected %s" % (found, wanted))

    def main(self, dtype, same_bits=None):
        shutil.rmtree(self.work, ignore_errors=True)
        folder = os.path.join(self.work, "F32")
        make_folder(self.model, folder, "F32")
        self.check_golden(self.compare("F32", folder, self.file, "--activations", "f32"))
        if not self.is_encoder:
            self.check_prompt(folder)
        # As the converter stores 16 bits; also the older version of the format.
        folder, file = os.path.join(self.work, dtype), os.path.join(self.work, dtype + ".gguf")
        make_folder(self.model, folder, dtype)
        rounded = gguf.File(self.file)
        rounded.round(dtype, lambda name: is_plus_one(self.model, name))
        rounded.version = 2
        rounded.write(file)
        artifact = self.compare(dtype, folder, file)
        if same_bits:
            check_same_bits(self.checks, same_bits, self.model, artifact)
        self.checks.finish()


if __name__ == "__main__":
    if len(sys.argv) not in (6, 7):
        sys.exit(__doc__)
    GgufTest(sys.argv[1], sys.argv[2], os.path.abspath(sys.argv[3]), sys.argv[4]).main(*sys.argv[5:])
