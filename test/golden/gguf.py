# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Stores a GGUF file of 32-bit floats, and the folder that it was made of, in 16 bits.

The files in test/models/gguf are what llama.cpp's converter writes with `--outtype f32`. With `f16` or `bf16` it stores
matrices in that type, vectors and a few small matrices still as F32. Standard library alone.
"""

import array
import struct

ALIGNMENT = 32
F32 = 0
TYPES = {"F32": 0, "F16": 1, "BF16": 30}
# Matrices that are F32 in all files.
ALWAYS_F32 = ("ffn_gate_inp.weight", "position_embd.weight", "token_types.weight")
# Bytes of metadata values by type; strings and arrays have none.
SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
STRING, ARRAY = 8, 9


def to_16_bits(values, dtype):
    """The bytes of 32-bit floats rounded to nearest even."""
    if dtype == "F16":
        return struct.pack("<%de" % len(values), *values)
    bits = array.array("I", array.array("f", values).tobytes())
    return array.array("H", ((b + 0x7FFF + (b >> 16 & 1)) >> 16 for b in bits)).tobytes()


def rounded(values, dtype):
    """32-bit floats that have the values of 16-bit ones."""
    packed = to_16_bits(values, dtype)
    if dtype == "F16":
        return array.array("f", struct.unpack("<%de" % len(values), packed))
    return array.array("f", array.array("I", (b << 16 for b in array.array("H", packed))).tobytes())


def add(values, number):
    """The 32-bit sums of 32-bit floats and a number."""
    return array.array("f", (value + number for value in values))


class File:
    """A GGUF file: its metadata as it is, its tensors with their bytes."""

    def __init__(self, path):
        with open(path, "rb") as file:
            self.data = file.read()
        self.at = 4
        self.version, count, self.keys = self.take("<IQQ")
        begin = self.at
        for _ in range(self.keys):
            self.skip_string()
            self.skip_value(*self.take("<I"))
        self.metadata = self.data[begin : self.at]
        infos = [self.read_info() for _ in range(count)]
        start = -(-self.at // ALIGNMENT) * ALIGNMENT
        # (name, dimensions, type, bytes)
        self.tensors = []
        for name, dimensions, kind, offset in infos:
            if kind != F32:
                raise ValueError("%s: tensor %s is not F32" % (path, name))
            size = 4
            for dimension in dimensions:
                size *= dimension
            self.tensors.append((name, dimensions, kind, self.data[start + offset :][:size]))

    def take(self, form):
        values = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return values

    def skip_string(self):
        (length,) = self.take("<Q")
        self.at += length

    def skip_value(self, kind):
        if kind == STRING:
            self.skip_string()
        elif kind == ARRAY:
            element, count = self.take("<IQ")
            for _ in range(count):
                self.skip_value(element)
        else:
            self.at += SIZES[kind]

    def read_info(self):
        (length,) = self.take("<Q")
        (name,) = self.take("<%ds" % length)
        (rank,) = self.take("<I")
        dimensions = self.take("<%dQ" % rank)
        return (name.decode(), dimensions) + self.take("<IQ")

    def write(self, path):
        infos, data = b"", b""
        for name, dimensions, kind, values in self.tensors:
            text = name.encode()
            infos += struct.pack("<Q", len(text)) + text
            infos += struct.pack("<I%dQIQ" % len(dimensions), len(dimensions), *dimensions, kind, len(data))
            data += values + bytes(-len(values) % ALIGNMENT)
        head = b"GGUF" + struct.pack("<IQQ", self.version, len(self.tensors), self.keys)
        head += self.metadata + infos
        with open(path, "wb") as file:
            file.write(head + bytes(-len(head) % ALIGNMENT) + data)

    def round(self, dtype, plus_one):
        """As the converter stores a model of that type. `plus_one` says whether it added one to a tensor."""
        tensors = []
        for name, dimensions, kind, data in self.tensors:
            values = array.array("f", data)
            if name.startswith("rope_f"):
                # The converter computes these.
                tensors.append((name, dimensions, kind, data))
                continue
            if len(dimensions) > 1 and not name.endswith(ALWAYS_F32):
                tensors.append((name, dimensions, TYPES[dtype], to_16_bits(values, dtype)))
                continue
            if plus_one(name):
                values = add(rounded(add(values, -1), dtype), 1)
            else:
                values = rounded(values, dtype)
            tensors.append((name, dimensions, kind, values.tobytes()))
        self.tensors = tensors
