"""Keeps an artifact of this version for the tests of all later ones.

keep.py SWAGE FOLDER

Compiles a small model for x86-64-v3 with random weights, runs it, and writes
FOLDER/VERSION.tar.xz with VERSION/model.swg and VERSION/logits.txt: numbers of
tokens and logits, the tokens, and the logits behind the last one. VERSION is
that of Swage with those of schema and kernel ABI. An archive that exists is left
alone: what a version gave does not change.
"""

import json
import lzma
import os
import struct
import subprocess
import sys
import tarfile
import tempfile

CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_act": "silu",
    "hidden_size": 32,
    "intermediate_size": 32,
    "num_attention_heads": 2,
    "num_hidden_layers": 2,
    "num_key_value_heads": 1,
    "head_dim": 16,
    "vocab_size": 64,
    "max_position_embeddings": 128,
    "rms_norm_eps": 1e-06,
    "rope_theta": 10000.0,
    "tie_word_embeddings": True,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "torch_dtype": "bfloat16",
}
TOKENS = 70  # more than a page of the cache


def last_logits(path):
    """The last row of the F32 tensor `logits` in a safetensors file."""
    with open(path, "rb") as stream:
        size = struct.unpack("<Q", stream.read(8))[0]
        header = json.loads(stream.read(size))["logits"]
        columns = header["shape"][-1]
        stream.seek(8 + size + header["data_offsets"][1] - 4 * columns)
        return struct.unpack("<%df" % columns, stream.read(4 * columns))


def version_of(artifact):
    abi = artifact["programs"][0]["executables"][0]["abi_version"]
    return "%s-schema%d-abi%d" % (artifact["producer"].split()[-1], artifact["header"]["schema_version"], abi)


def main():
    swage, folder = sys.argv[1:]
    with tempfile.TemporaryDirectory() as work:
        config, artifact, outputs = (os.path.join(work, n) for n in ("config.json", "model.swg", "outputs"))
        with open(config, "w") as stream:
            json.dump(CONFIG, stream)
        subprocess.run(
            [swage, "compile", config, "--weights", "random:1", "--target", "cpu:x86-64-v3", "-o", artifact],
            check=True,
        )
        inspected = subprocess.run([swage, "inspect", artifact, "--json"], check=True, stdout=subprocess.PIPE)
        version = version_of(json.loads(inspected.stdout))
        archive = os.path.join(folder, version + ".tar.xz")
        if os.path.exists(archive):
            sys.exit("'%s' exists; an archive is never made again" % archive)
        tokens = [3 + 37 * i % (CONFIG["vocab_size"] - 3) for i in range(TOKENS)]
        subprocess.run(
            [swage, "run", artifact, "--tokens", ",".join(map(str, tokens)), "--outputs", outputs],
            check=True,
        )
        logits = last_logits(outputs)
        with open(os.path.join(work, "logits.txt"), "w") as stream:
            print(len(tokens), len(logits), file=stream)
            print(*tokens, file=stream)
            print(*("%.9g" % logit for logit in logits), file=stream)

        def plain(info):
            info.uid = info.gid = info.mtime = 0
            info.uname = info.gname = ""
            info.mode = 0o644
            return info

        with tarfile.open(archive, "w:xz", preset=9 | lzma.PRESET_EXTREME) as tar:
            for name in ("model.swg", "logits.txt"):
                tar.add(os.path.join(work, name), os.path.join(version, name), filter=plain)
    print("%s: %d bytes" % (archive, os.path.getsize(archive)))


if __name__ == "__main__":
    main()
