#!/usr/bin/env python3
"""A model of a real shape with random weights, as the peers read it.

usage: peer_models.py SHAPE_DIR DIR/NAME

From SHAPE_DIR/config.json (Llama or Qwen2) come DIR/NAME-hf, a Hugging Face
folder in bf16, and DIR/NAME-F16.gguf with the same weights. Its vocabulary has
the real size, so that loading costs what it costs, and no meaning: all bytes,
all pairs of them, and triples. Needs numpy, torch, safetensors and gguf.
"""

import json
import os
import shutil
import sys

import gguf
import numpy
import torch
from safetensors.torch import save_file

GGUF_NAMES = {
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down"}


def make_weights(config):
    generator = torch.Generator().manual_seed(7)

    def random(*shape):
        return (torch.randn(*shape, generator=generator) * 0.02).bfloat16()

    def ones():
        return torch.ones(config["hidden_size"], dtype=torch.bfloat16)

    width, inner = config["hidden_size"], config["intermediate_size"]
    queries = config["num_attention_heads"] * config["head_dim"]
    keys = config["num_key_value_heads"] * config["head_dim"]
    weights = {"model.embed_tokens.weight": random(config["vocab_size"], width)}
    for layer in range(config["num_hidden_layers"]):
        prefix = f"model.layers.{layer}."
        weights[prefix + "input_layernorm.weight"] = ones()
        weights[prefix + "post_attention_layernorm.weight"] = ones()
        for name, rows in (("q", queries), ("k", keys), ("v", keys)):
            stem = f"{prefix}self_attn.{name}_proj"
            weights[stem + ".weight"] = random(rows, width)
            if config["model_type"] == "qwen2":
                weights[stem + ".bias"] = random(rows)
        weights[prefix + "self_attn.o_proj.weight"] = random(width, queries)
        weights[prefix + "mlp.gate_proj.weight"] = random(inner, width)
        weights[prefix + "mlp.up_proj.weight"] = random(inner, width)
        weights[prefix + "mlp.down_proj.weight"] = random(width, inner)
    weights["model.norm.weight"] = ones()
    return weights


def make_vocabulary(size):
    """Tokens and merges of a byte-level BPE."""
    shown = [chr(b) for b in (*range(33, 127), *range(161, 173),
                              *range(174, 256))]
    alphabet = shown + [chr(256 + i) for i in range(256 - len(shown))]
    tokens, merges = list(alphabet), []
    for x in alphabet:
        for y in alphabet:
            tokens.append(x + y)
            merges.append(f"{x} {y}")
    for pair in tokens[256:]:
        for z in alphabet:
            if len(tokens) >= size - 2:
                return tokens[:size - 2] + ["<s>", "</s>"], merges
            tokens.append(pair + z)
            merges.append(f"{pair} {z}")
    sys.exit(f"a vocabulary of {size} is too large")


def write_folder(folder, shape, weights, tokens, merges):
    os.makedirs(folder, exist_ok=True)
    shutil.copyfile(os.path.join(shape, "config.json"),
                    os.path.join(folder, "config.json"))
    save_file(weights, os.path.join(folder, "model.safetensors"),
              metadata={"format": "pt"})
    level = {"type": "ByteLevel", "add_prefix_space": False,
             "trim_offsets": True, "use_regex": True}
    tokenizer = {
        "version": "1.0", "added_tokens": [], "normalizer": None,
        "pre_tokenizer": level, "post_processor": None, "decoder": level,
        "model": {"type": "BPE", "dropout": None, "unk_token": None,
                  "continuing_subword_prefix": None,
                  "end_of_word_suffix": None, "fuse_unk": False,
                  "byte_fallback": False, "merges": merges,
                  "vocab": {token: i for i, token in enumerate(tokens)}}}
    settings = {"tokenizer_class": "PreTrainedTokenizerFast",
                "bos_token": "<s>", "eos_token": "</s>"}
    for name, content in (("tokenizer.json", tokenizer),
                          ("tokenizer_config.json", settings)):
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            json.dump(content, file, ensure_ascii=False)


def gguf_name(name):
    if name == "model.embed_tokens.weight":
        return "token_embd.weight"
    if name == "model.norm.weight":
        return "output_norm.weight"
    layer, rest = name.removeprefix("model.layers.").split(".", 1)
    stem, kind = rest.rsplit(".", 1)
    return f"blk.{layer}.{GGUF_NAMES[stem]}.{kind}"


def write_gguf(path, config, weights, tokens, merges):
    writer = gguf.GGUFWriter(path, config["model_type"])
    head_dim, width = config["head_dim"], config["hidden_size"]
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(width)
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(head_dim)
    writer.add_value_length(head_dim)
    writer.add_rope_dimension_count(head_dim)
    writer.add_rope_freq_base(config["rope_theta"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_merges(merges)
    writer.add_token_types([1] * (len(tokens) - 2) + [3, 3])
    writer.add_bos_token_id(len(tokens) - 2)
    writer.add_eos_token_id(len(tokens) - 1)
    for name, weight in weights.items():
        name, weight = gguf_name(name), weight.float()
        # llama.cpp rotates neighbours where Llama rotates halves.
        if config["model_type"] == "llama" and \
                name.endswith(("attn_q.weight", "attn_k.weight")):
            rows = weight.shape[0]
            weight = weight.reshape(rows // head_dim, 2, head_dim // 2, width)
            weight = weight.swapaxes(1, 2).reshape(rows, width)
        values = weight.numpy()
        writer.add_tensor(name, values.astype(numpy.float16)
                          if values.ndim == 2 else values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    shape, prefix = sys.argv[1:]
    with open(os.path.join(shape, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    weights = make_weights(config)
    tokens, merges = make_vocabulary(config["vocab_size"])
    write_folder(prefix + "-hf", shape, weights, tokens, merges)
    write_gguf(prefix + "-F16.gguf", config, weights, tokens, merges)


if __name__ == "__main__":
    main()
