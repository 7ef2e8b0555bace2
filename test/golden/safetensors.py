# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Reads and writes small SafeTensors files with the standard library alone."""

import array
import json
import struct

# Those of 16 bits are read as their bits.
CODES = {"F32": "f", "I64": "q", "I32": "i", "F16": "H", "BF16": "H", "U8": "B"}


def read(path):
    """All tensors as {name: (shape, array)}."""
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = array.array(CODES[entry["dtype"]])
        values.frombytes(data[8 + length + begin : 8 + length + end])
        tensors[name] = (entry["shape"], values)
    return tensors


def write(path, tensors, dtype="I64"):
    """Writes {name: (shape, values)}, all of one element type."""
    header, data = {}, b""
    for name, (shape, values) in tensors.items():
        packed = array.array(CODES[dtype], values).tobytes()
        header[name] = {
            "dtype": dtype,
            "shape": list(shape),
            "data_offsets": [len(data), len(data) + len(packed)],
        }
        data += packed
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
