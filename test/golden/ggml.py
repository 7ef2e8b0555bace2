# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Random blocks of GGML's quantized types, and the 32-bit floats that they stand for.

The formats are those of ggml-quants.c of llama.cpp; values are rounded to 32 bits after each operation, as there. Blocks of
other types come, with their values, from test/data/quant. Standard library alone.
"""

import array
import os
import random
import struct

import safetensors

# Number in GGUF files, elements and bytes of a block, offsets of its 16-bit floats.
TYPES = {
    "Q4_0": (2, 32, 18, (0,)),
    "Q4_1": (3, 32, 20, (0, 2)),
    "Q5_0": (6, 32, 22, (0,)),
    "Q5_1": (7, 32, 24, (0, 2)),
    "Q8_0": (8, 32, 34, (0,)),
    "Q2_K": (10, 256, 84, (80, 82)),
    "Q3_K": (11, 256, 110, (108,)),
    "Q4_K": (12, 256, 144, (0, 2)),
    "Q5_K": (13, 256, 176, (0, 2)),
    "Q6_K": (14, 256, 210, (208,)),
}

# Number in GGUF files, and elements of a block, of types whose blocks are in test/data/quant.
KNOWN_TYPES = {
    "IQ2_XXS": (16, 256),
    "IQ2_XS": (17, 256),
    "IQ3_XXS": (18, 256),
    "IQ1_S": (19, 256),
    "IQ4_NL": (20, 32),
    "IQ3_S": (21, 256),
    "IQ2_S": (22, 256),
    "IQ4_XS": (23, 256),
    "IQ1_M": (29, 256),
    "TQ1_0": (34, 256),
    "TQ2_0": (35, 256),
    "MXFP4": (39, 32),
    "NVFP4": (40, 64),
}
KNOWN = {}


def known_blocks(kind, count, seed):
    """Blocks of the file, in a random order, and their values."""
    if not KNOWN:
        path = os.path.join(os.path.dirname(__file__), "..", "data", "quant", "gguf_blocks.safetensors")
        KNOWN.update(safetensors.read(path))
    elements = KNOWN_TYPES[kind][1]
    all_values, all_blocks = KNOWN[kind + ".float32"][1], KNOWN[kind + ".blocks"][1]
    size = len(all_blocks) * elements // len(all_values)
    source = random.Random(seed)
    data, values = bytearray(), array.array("f")
    for _ in range(count):
        at = source.randrange(len(all_blocks) // size)
        data += all_blocks[at * size : (at + 1) * size]
        values += all_values[at * elements : (at + 1) * elements]
    return bytes(data), values


def f32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def random_blocks(kind, count, seed, scale):
    """Blocks whose values are of the order of `scale`."""
    _, elements, size, floats = TYPES[kind]
    source = random.Random(seed)
    # The largest codes, times the largest codes of scales.
    reach = {"Q8_0": 128, "Q6_K": 32 * 128, "Q3_K": 4 * 32, "Q2_K": 3 * 15, "Q4_K": 15 * 63, "Q5_K": 31 * 63}
    data = bytearray(source.randbytes(count * size))
    for block in range(count):
        for number, offset in enumerate(floats):
            value = scale * (0.5 + source.random()) / reach.get(kind, 16)
            if number == 1 and elements == 32:
                value *= -8
            data[block * size + offset : block * size + offset + 2] = struct.pack("<e", value)
    return bytes(data)


def half(block, at):
    return struct.unpack_from("<e", block, at)[0]


def nibbles(block, at):
    return [b & 15 for b in block[at : at + 16]] + [b >> 4 for b in block[at : at + 16]]


def fifth_bits(block, at):
    (bits,) = struct.unpack_from("<I", block, at)
    return [(bits >> i & 1) << 4 for i in range(32)]


def pairs(block, at):
    return [block[at + i // 128 * 32 + i % 32] >> i % 128 // 32 * 2 & 3 for i in range(256)]


def scales_and_minima(block):
    s = block[4:16]
    scales = [s[j] & 63 for j in range(4)] + [s[j + 8] & 15 | s[j] >> 6 << 4 for j in range(4)]
    minima = [s[j + 4] & 63 for j in range(4)] + [s[j + 8] >> 4 | s[j + 4] >> 6 << 4 for j in range(4)]
    return scales, minima


def decode_block(kind, block):
    if kind == "Q8_0":
        d = half(block, 0)
        return [f32(d * q) for q in struct.unpack_from("<32b", block, 2)]
    if kind in ("Q4_0", "Q5_0"):
        codes = nibbles(block, 2 if kind == "Q4_0" else 6)
        if kind == "Q5_0":
            codes = [low | high for low, high in zip(codes, fifth_bits(block, 2))]
        return [f32(half(block, 0) * (q - (8 if kind == "Q4_0" else 16))) for q in codes]
    if kind in ("Q4_1", "Q5_1"):
        codes = nibbles(block, 4 if kind == "Q4_1" else 8)
        if kind == "Q5_1":
            codes = [low | high for low, high in zip(codes, fifth_bits(block, 4))]
        return [f32(f32(half(block, 0) * q) + half(block, 2)) for q in codes]
    if kind == "Q2_K":
        d, low = half(block, 80), half(block, 82)
        scales, minima = [b & 15 for b in block[:16]], [b >> 4 for b in block[:16]]
        codes, group = pairs(block, 16), 16
    elif kind == "Q3_K":
        d, low, minima, group = half(block, 108), 0, [0] * 16, 16
        s = block[96:108]
        scales = [(s[i % 8] >> i // 8 * 4 & 15 | (s[8 + i % 4] >> i // 4 * 2 & 3) << 4) - 32 for i in range(16)]
        codes = [q + (0 if block[i % 32] >> i // 32 & 1 else -4) for i, q in enumerate(pairs(block, 32))]
    elif kind == "Q6_K":
        d, low, minima, group = half(block, 208), 0, [0] * 16, 16
        scales = struct.unpack_from("<16b", block, 192)
        codes = [
            (block[i // 128 * 64 + i % 64] >> i % 128 // 64 * 4 & 15
             | (block[128 + i // 128 * 32 + i % 32] >> i % 128 // 32 * 2 & 3) << 4) - 32
            for i in range(256)
        ]
    else:
        d, low, group = half(block, 0), half(block, 2), 32
        scales, minima = scales_and_minima(block)
        at = 16 if kind == "Q4_K" else 48
        codes = [block[at + i // 64 * 32 + i % 32] >> i % 64 // 32 * 4 & 15 for i in range(256)]
        if kind == "Q5_K":
            codes = [q | (block[16 + i % 32] >> i // 32 & 1) << 4 for i, q in enumerate(codes)]
    scales = [f32(d * s) for s in scales]
    minima = [f32(low * m) for m in minima]
    return [f32(f32(scales[i // group] * q) - minima[i // group]) for i, q in enumerate(codes)]


def decode(kind, data):
    """The values of blocks, as an array of floats."""
    _, _, size, _ = TYPES[kind]
    values = array.array("f")
    for at in range(0, len(data), size):
        values.extend(decode_block(kind, data[at : at + size]))
    return values
