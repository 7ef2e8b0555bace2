#!/usr/bin/env python3
# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Holds a packed checkpoint to the logits and the greedy text of the library that packed it.

Usage: packed_test.py SWAGE CHECKPOINT_DIRECTORY WORK_DIRECTORY SAME_BITS

CHECKPOINT_DIRECTORY has what is packed. The rest is that of the model llama, of which all were made, in 16 bits.
"""

import array
import json
import os
import shutil
import struct
import sys

import safetensors
from common import HERE, Checks, Swage
from golden_test import check_same_bits

MAX_ERROR = 1e-3
MEAN_ERROR = 0.04
# The encodings of each checkpoint's matrices.
ENCODINGS = {
    "awq_w4g32": ["ui4, 32, scale = f16, zero = ui4"],
    "bitnet": ["!compression.codebook<ternary>, %d, scale = f32" % k for k in (128, 256)],
    "bnb_nf4_double": ["!compression.codebook<nf4>, 64, scale = !compression.group<!compression.codebook<dynamic>, "
                       "%d, scale = f32, min = f32>" % size for size in (2, 4)],
    "ct_sparse24_bitmask": [],
    "ct_w4a16_g32": ["i4, 32, scale = f16"],
    "ct_w8a8": ["i8, %d, scale = f16" % k for k in (128, 256)],
    "gptq_w4g32": ["ui4, 32, scale = f16, zero = ui4"],
    "gptq_w4g32_actorder": ["i4, 32, scale = f16"],
}


def narrow(values, dtype):
    if dtype == "float16":
        return struct.pack("<%de" % len(values), *values)
    bits = array.array("I", array.array("f", values).tobytes())
    return array.array("H", ((b + 0x7FFF + (b >> 16 & 1)) >> 16 for b in bits)).tobytes()


def kept(values, mask):
    """The values whose bit is set."""
    return [v for i, v in enumerate(values) if mask[i // 8] >> i % 8 & 1]


def read_bytes(path):
    with open(path, "rb") as file:
        data = file.read()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    return {name: data[8 + length :][slice(*entry["data_offsets"])] for name, entry in header.items()}


def assemble(source, folder):
    """A folder of two shards: what is packed, and what is not."""
    os.makedirs(folder)
    with open(os.path.join(source, "config.json")) as file:
        dtype = json.load(file)["dtype"]
    shutil.copyfile(os.path.join(source, "config.json"), os.path.join(folder, "config.json"))
    shutil.copyfile(os.path.join(source, "packed.safetensors"), os.path.join(folder, "packed.safetensors"))
    packed = read_bytes(os.path.join(source, "packed.safetensors"))
    modules = {name[: name.rindex("_proj") + 5] for name in packed}
    plain = {}
    for name, (shape, values) in safetensors.read(os.path.join(HERE, "llama", "model.safetensors")).items():
        module = name[: -len(".weight")]
        if module + ".bitmask" in packed:
            mask = packed[module + ".bitmask"]
            plain[module + ".compressed"] = [shape[0], shape[1] // 2], narrow(kept(values, mask), dtype)
        elif module not in modules:
            plain[name] = shape, narrow(values, dtype)
    header, data = {}, b""
    for name, (shape, values) in plain.items():
        header[name] = {"dtype": {"float16": "F16", "bfloat16": "BF16"}[dtype], "shape": shape,
                        "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    with open(os.path.join(folder, "plain.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)
    shards = {name: "packed.safetensors" for name in packed}
    shards.update({name: "plain.safetensors" for name in plain})
    with open(os.path.join(folder, "model.safetensors.index.json"), "w") as file:
        json.dump({"metadata": {}, "weight_map": shards}, file)
    return sum(map(len, packed.values())) + len(data)


def main(program, source, work, same_bits):
    swage, checks, name = Swage(program), Checks(), os.path.basename(source)
    shutil.rmtree(work, ignore_errors=True)
    folder, artifact = os.path.join(work, "model"), os.path.join(work, "exact.swg")
    stored = assemble(source, folder)
    golden = safetensors.read(os.path.join(source, "golden.safetensors"))
    swage("compile", folder, "--activations", "f32", "-o", artifact)

    def logits(artifact, length):
        inputs, outputs = (os.path.join(work, n + ".safetensors") for n in ("inputs", "outputs"))
        safetensors.write(inputs, {"input_ids": golden["ids_%d" % length]})
        swage("run", artifact, "--inputs", inputs, "--outputs", outputs)
        return safetensors.read(outputs)["logits"][1]

    for length in (7, 130):
        wanted = golden["logits_%d" % length][1]
        found = logits(artifact, length)[-len(wanted) :]
        error = max(abs(a - b) for a, b in zip(found, wanted))
        checks.check("%d tokens" % length, error <= MAX_ERROR, "off by %g, at most %g" % (error, MAX_ERROR))
    prompt = ",".join(map(str, golden["ids_7"][1]))
    wanted = list(golden["greedy_7"][1])
    found = swage.json("run", artifact, "--tokens", prompt, "-n", len(wanted), "--ignore-eos")["tokens"]
    checks.check("greedy text", found == wanted, "" if found == wanted else "found %s, expected %s" % (found, wanted))

    encodings = sorted({w["encoding"] for w in swage.json("inspect", artifact)["weights"] if "_proj" in w["name"]})
    encodings = [e for e in encodings if e.startswith("!compression")]
    wanted = ENCODINGS[name]
    good = len(encodings) == len(wanted) and all(w in e for e, w in zip(encodings, wanted))
    checks.check("inspect shows the stored encoding", good, "" if good else str(encodings))
    size, limit = os.path.getsize(artifact), 1.05 * stored + (1 << 20)
    checks.check("the artifact is not larger than what it holds", size <= limit, "%d of %d bytes" % (size, limit))

    fastest, batches = os.path.join(work, "auto.swg"), os.path.join(work, "golden")
    swage("compile", folder, "-o", fastest)
    swage("verify", fastest)
    os.makedirs(batches)
    tokens = list(golden["ids_130"][1])
    ids = {"ids_%d" % n: ((n,), tokens[:n]) for n in (1, 7, 64, 130)}
    ids["batch2_ids"] = (2, 24), tokens[:48]
    safetensors.write(os.path.join(batches, "golden.safetensors"), ids)
    # Rows quantized as the checkpoint says. A code of a row changes with the last bit of what is rounded, and each
    # change is a 127th of a row's largest value; so libraries in 32 bits differ by up to 0.04 in the mean.
    rounded = os.path.join(work, "rounded.swg")
    for name in sorted(n for n in golden if n[:5] in ("w8a8_", "act8_")):
        if not os.path.exists(rounded):
            swage("compile", folder, "--kv-cache", "f32", "-o", rounded)
        wanted = golden[name][1]
        found = logits(rounded, int(name[name.rindex("_") + 1 :]))[-len(wanted) :]
        error = sum(abs(a - b) for a, b in zip(found, wanted)) / len(wanted)
        checks.check(name, error <= MEAN_ERROR, "off by %g in the mean, at most %g" % (error, MEAN_ERROR))
    for each in (artifact, fastest):
        check_same_bits(checks, same_bits, batches, each)
    checks.finish()


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:])
