#!/usr/bin/env python3
# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs a GGUF file with a matrix of every quantized type, as it is stored.

Usage: gguf_quant_test.py SWAGE WORK_DIRECTORY SAME_BITS

Next to it the test writes a folder with the decoded weights in 32-bit floats. With f32 activations both give the same
bits: a weight has one value, and the order of sums is one.
"""

import array
import json
import os
import shutil
import struct
import sys

import ggml
import gguf
import safetensors
from common import Checks, Swage
from golden_test import check_same_bits

HIDDEN, WIDTH, HEADS, KV_HEADS, VOCABULARY = 256, 512, 4, 2, 288
# Parts of one product in different types: V, as llama.cpp's mixes have it.
LAYERS = [
    {"attn_q": "Q4_K", "attn_k": "Q4_K", "attn_v": "Q6_K", "attn_output": "Q5_K", "ffn_gate": "Q3_K",
     "ffn_up": "Q3_K", "ffn_down": "Q2_K"},
    {"attn_q": "Q4_0", "attn_k": "Q4_0", "attn_v": "Q4_0", "attn_output": "Q5_0", "ffn_gate": "Q4_1",
     "ffn_up": "Q4_1", "ffn_down": "Q5_1"},
    {"attn_q": "Q8_0", "attn_k": "Q8_0", "attn_v": "Q8_0", "attn_output": "Q8_0", "ffn_gate": "Q4_K",
     "ffn_up": "Q4_K", "ffn_down": "F32"},
    {"attn_q": "IQ4_NL", "attn_k": "IQ4_NL", "attn_v": "IQ4_XS", "attn_output": "MXFP4", "ffn_gate": "NVFP4",
     "ffn_up": "NVFP4", "ffn_down": "TQ1_0"},
    {"attn_q": "IQ2_XXS", "attn_k": "IQ2_XXS", "attn_v": "TQ2_0", "attn_output": "IQ3_S", "ffn_gate": "IQ1_M",
     "ffn_up": "IQ1_M", "ffn_down": "IQ2_S"},
    {"attn_q": "IQ1_S", "attn_k": "IQ1_S", "attn_v": "IQ3_XXS", "attn_output": "IQ4_XS", "ffn_gate": "IQ2_XS",
     "ffn_up": "IQ2_XS", "ffn_down": "MXFP4"},
]
NAMES = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "attn_v": "self_attn.v_proj",
         "attn_output": "self_attn.o_proj", "ffn_gate": "mlp.gate_proj", "ffn_up": "mlp.up_proj",
         "ffn_down": "mlp.down_proj"}
TOKENS = [5, 7, 280, 3, 1, 99, 200, 45, 45, 12, 8, 16, 250, 31, 2, 77, 154]
# Of int8 activations beside f32 ones, over the logits' root mean square. Both sides of a product are rounded to
# 1/254 of the largest of 32 or 64, which is some 1% of a typical value; three layers add it up.
MAX_ERROR = 0.15
# What is compiled and compared at once: a name, layers, and how the encoding of the queries of the second one starts.
MODELS = (
    ("integers", LAYERS[:3], "!compression.group<i4, 32, scale = f16>"),
    ("tables", LAYERS[3:], "!compression.group<!compression.grid<iq2_xxs>, 32,"),
)


def shape_of(name):
    head_dim = HIDDEN // HEADS
    return {"attn_q": (HIDDEN, HIDDEN), "attn_k": (KV_HEADS * head_dim, HIDDEN),
            "attn_v": (KV_HEADS * head_dim, HIDDEN), "attn_output": (HIDDEN, HIDDEN), "ffn_gate": (WIDTH, HIDDEN),
            "ffn_up": (WIDTH, HIDDEN), "ffn_down": (HIDDEN, WIDTH)}[name]


def unpermuted(values, rows, columns, heads):
    """Undoes the order of query and key rows of llama.cpp's converter."""
    half = rows // heads // 2
    result = array.array("f")
    for row in range(rows):
        head, part, at = row // (2 * half), row // half % 2, row % half
        stored = head * 2 * half + 2 * at + part
        result.extend(values[stored * columns : (stored + 1) * columns])
    return result


class Model:
    def __init__(self, layers=LAYERS):
        self.layers = layers
        self.tensors = []  # as of gguf.File
        self.folder = {}

    def add(self, stored, name, kind, shape, heads=0, scale=None):
        rows, columns = shape
        scale = scale or columns**-0.5
        if kind == "F32":
            values = array.array("f", (ggml.f32(scale * ((i * 7919) % 2003 / 1001 - 1)) for i in range(rows * columns)))
            data, number = values.tobytes(), 0
        elif kind in ggml.KNOWN_TYPES:
            number, elements = ggml.KNOWN_TYPES[kind]
            data, values = ggml.known_blocks(kind, rows * columns // elements, stored)
        else:
            number, elements, _, _ = ggml.TYPES[kind]
            data = ggml.random_blocks(kind, rows * columns // elements, stored, scale)
            values = ggml.decode(kind, data)
        self.tensors.append((stored, (columns, rows), number, data))
        self.folder[name] = shape, unpermuted(values, rows, columns, heads) if heads else values

    def add_norm(self, stored, name):
        ones = array.array("f", [1.0] * HIDDEN)
        self.tensors.append((stored, (HIDDEN,), 0, ones.tobytes()))
        self.folder[name] = (HIDDEN,), ones

    def fill(self):
        self.add("token_embd.weight", "model.embed_tokens.weight", "Q6_K", (VOCABULARY, HIDDEN), scale=1)
        for index, kinds in enumerate(self.layers):
            blk, layer = "blk.%d." % index, "model.layers.%d." % index
            self.add_norm(blk + "attn_norm.weight", layer + "input_layernorm.weight")
            self.add_norm(blk + "ffn_norm.weight", layer + "post_attention_layernorm.weight")
            for part, kind in kinds.items():
                heads = {"attn_q": HEADS, "attn_k": KV_HEADS}.get(part, 0)
                self.add(blk + part + ".weight", layer + NAMES[part] + ".weight", kind, shape_of(part), heads)
        self.add_norm("output_norm.weight", "model.norm.weight")
        self.add("output.weight", "lm_head.weight", "Q5_K", (VOCABULARY, HIDDEN))

    def write_gguf(self, path):
        keys = [("general.architecture", "llama"), ("llama.block_count", len(self.layers)),
                ("llama.context_length", 512), ("llama.embedding_length", HIDDEN),
                ("llama.feed_forward_length", WIDTH), ("llama.attention.head_count", HEADS),
                ("llama.attention.head_count_kv", KV_HEADS), ("llama.vocab_size", VOCABULARY),
                ("llama.attention.layer_norm_rms_epsilon", 1e-5), ("llama.rope.freq_base", 10000.0)]
        metadata = b""
        for key, value in keys:
            metadata += struct.pack("<Q", len(key)) + key.encode()
            if isinstance(value, str):
                metadata += struct.pack("<IQ", 8, len(value)) + value.encode()
            elif isinstance(value, float):
                metadata += struct.pack("<If", 6, value)
            else:
                metadata += struct.pack("<II", 4, value)
        file = gguf.File.__new__(gguf.File)
        file.version, file.keys, file.metadata, file.tensors = 3, len(keys), metadata, self.tensors
        file.write(path)

    def write_folder(self, path):
        os.makedirs(path)
        config = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": HIDDEN,
                  "intermediate_size": WIDTH, "num_attention_heads": HEADS, "num_key_value_heads": KV_HEADS,
                  "num_hidden_layers": len(self.layers), "vocab_size": VOCABULARY, "max_position_embeddings": 512,
                  "rms_norm_eps": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": False, "hidden_act": "silu"}
        with open(os.path.join(path, "config.json"), "w") as file:
            json.dump(config, file)
        tensors = {name: (shape, values) for name, (shape, values) in self.folder.items()}
        safetensors.write(os.path.join(path, "model.safetensors"), tensors, "F32")


def check_model(swage, checks, work, same_bits, layers, wanted):
    os.makedirs(work)
    model = Model(layers)
    model.fill()
    file, folder = os.path.join(work, "mixed.gguf"), os.path.join(work, "decoded")
    model.write_gguf(file)
    model.write_folder(folder)

    def logits(name, source, activations):
        artifact = os.path.join(work, name + ".swg")
        swage("compile", source, "--activations", activations, "-o", artifact)
        tokens, outputs = ",".join(map(str, TOKENS)), os.path.join(work, name + ".safetensors")
        inputs = os.path.join(work, "inputs.safetensors")
        safetensors.write(inputs, {"input_ids": ((len(TOKENS),), array.array("i", TOKENS))}, "I32")
        swage("run", artifact, "--inputs", inputs, "--outputs", outputs)
        found = swage.json("run", artifact, "--tokens", tokens, "-n", 24, "--ignore-eos")["tokens"]
        return artifact, safetensors.read(outputs)["logits"][1], found

    stored, exact, text = logits("stored", file, "f32")
    _, decoded, decoded_text = logits("decoded", folder, "f32")
    checks.check("same bits as the decoded weights", array.array("f", exact) == array.array("f", decoded))
    checks.check("same text as the decoded weights", text == decoded_text, "" if text == decoded_text else str(text))

    whole = swage.json("inspect", stored)
    encodings = {part: weight["encoding"] for weight in whole["weights"] for part in weight["sources"]}
    found = encodings["model.layers.1.self_attn.q_proj.weight"]
    checks.check("inspect shows the stored encoding", found.startswith(wanted), found)
    size, limit = os.path.getsize(stored), 1.05 * os.path.getsize(file) + (1 << 20)
    checks.check("the artifact is not larger than what it holds", size <= limit, "%d of %d bytes" % (size, limit))

    quantized, rounded, _ = logits("int8", file, "int8")
    scale = (sum(v * v for v in exact) / len(exact)) ** 0.5
    error = max(abs(a - b) for a, b in zip(exact, rounded)) / scale
    checks.check("int8 activations stay near f32 ones", error <= MAX_ERROR, "%.3f of %.3f" % (error, MAX_ERROR))
    checks.check("int8 activations are used", error > 0)
    verified = swage("verify", quantized)
    checks.check("verify accepts int8 activations", True, verified.strip().splitlines()[-1])
    golden = os.path.join(work, "golden")
    os.makedirs(golden)
    ids = {"ids_%d" % n: ((n,), (TOKENS * 8)[:n]) for n in (1, 7, 64, 130)}
    ids["batch2_ids"] = (2, 24), (TOKENS * 8)[:48]
    safetensors.write(os.path.join(golden, "golden.safetensors"), ids)
    check_same_bits(checks, same_bits, golden, quantized)
    _, auto_logits, _ = logits("auto", file, "auto")
    checks.check("auto takes int8 activations", list(auto_logits) == list(rounded))


def main(program, work, same_bits):
    swage, checks = Swage(program), Checks()
    shutil.rmtree(work, ignore_errors=True)
    for name, layers, wanted in MODELS:
        check_model(swage, checks, os.path.join(work, name), same_bits, layers, wanted)
    checks.finish()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main(*sys.argv[1:])
