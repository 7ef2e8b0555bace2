#!/usr/bin/env python3
"""A Llama or Qwen2 folder as an IREE module in bf16, for peers.py.

usage: iree_export.py DIR OUT

Writes OUT.irpa with the weights and OUT.vmfb with two functions that
iree-benchmark-module can call: `prefill` of 512 tokens, and `decode` of one
token behind 512. Needs torch, safetensors, iree-turbine and
iree-base-compiler. A gated feed-forward network, rotary halves and grouped
heads are all there is to these models.
"""

import json
import os
import subprocess
import sys

import iree.turbine.aot as aot
import torch
from safetensors import safe_open
from torch.nn import functional

PROMPT = 512


def linear(weight, bias, rows):
    result = functional.linear(rows, weight)
    return result if bias is None else result + bias


def norm(rows, weight, epsilon):
    wide = rows.float()
    scale = torch.rsqrt(wide.pow(2).mean(-1, keepdim=True) + epsilon)
    return (wide * scale).to(rows.dtype) * weight


def rotate(heads, cosines, sines):
    left, right = heads.chunk(2, -1)
    return torch.cat((left * cosines - right * sines,
                      right * cosines + left * sines), -1)


class Layer(torch.nn.Module):
    """One block; its weights are buffers so that they become parameters."""

    PARTS = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
             "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj",
             "mlp.down_proj", "input_layernorm", "post_attention_layernorm")

    def __init__(self, config, tensors, names, prefix):
        super().__init__()
        self.config = config
        for part in self.PARTS:
            key = part.rsplit(".", 1)[-1]
            self.register_buffer(key, tensors(f"{prefix}{part}.weight"))
            bias = f"{prefix}{part}.bias"
            self.register_buffer(key + "_bias",
                                 tensors(bias) if bias in names else None)

    def product(self, part, rows):
        return linear(getattr(self, part), getattr(self, part + "_bias"), rows)

    def heads(self, part, rows):
        split = self.product(part, rows)
        return split.view(rows.shape[0], -1, self.config["head_dim"]
                          ).transpose(0, 1)

    def forward(self, rows, cosines, sines, past):
        count = rows.shape[0]
        x = norm(rows, self.input_layernorm, self.config["rms_norm_eps"])
        queries = rotate(self.heads("q_proj", x), cosines, sines)
        keys = rotate(self.heads("k_proj", x), cosines, sines)
        values = self.heads("v_proj", x)
        new = keys, values
        group = queries.shape[0] // keys.shape[0]
        if past is None:
            mixed = functional.scaled_dot_product_attention(
                queries[None], keys.repeat_interleave(group, 0)[None],
                values.repeat_interleave(group, 0)[None], is_causal=True)[0]
            mixed = mixed.transpose(0, 1).reshape(count, -1)
        else:
            # One query a head: those of a group are the rows of one product.
            keys = torch.cat((past[0], keys), 1)
            values = torch.cat((past[1], values), 1)
            scores = queries.reshape(keys.shape[0], group, -1) \
                @ keys.transpose(1, 2)
            weights = torch.softmax(
                scores.float() * self.config["head_dim"] ** -0.5, -1)
            mixed = (weights.to(values.dtype) @ values).reshape(count, -1)
        rows = rows + self.product("o_proj", mixed)
        x = norm(rows, self.post_attention_layernorm,
                 self.config["rms_norm_eps"])
        gated = functional.silu(self.product("gate_proj", x)) \
            * self.product("up_proj", x)
        return rows + self.product("down_proj", gated), new


class Model(torch.nn.Module):
    def __init__(self, config, tensors, names):
        super().__init__()
        self.config = config
        self.register_buffer("embedding", tensors("model.embed_tokens.weight"))
        self.register_buffer("norm", tensors("model.norm.weight"))
        self.layers = torch.nn.ModuleList(
            Layer(config, tensors, names, f"model.layers.{i}.")
            for i in range(config["num_hidden_layers"]))
        half = torch.arange(0, config["head_dim"], 2).float()
        angles = torch.arange(PROMPT + 1)[:, None].float() * \
            config["rope_theta"] ** (-half / config["head_dim"])[None]
        self.register_buffer("cosines", angles.cos().bfloat16())
        self.register_buffer("sines", angles.sin().bfloat16())

    def run(self, tokens, first, past):
        rows, keys, values = self.embedding[tokens], [], []
        end = first + tokens.shape[0]
        for i, layer in enumerate(self.layers):
            rows, new = layer(rows, self.cosines[first:end],
                              self.sines[first:end],
                              past and (past[0][i], past[1][i]))
            keys.append(new[0])
            values.append(new[1])
        last = norm(rows[-1:], self.norm, self.config["rms_norm_eps"])
        logits = functional.linear(last, self.embedding).float()
        return logits, torch.stack(keys), torch.stack(values)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folder, out = sys.argv[1:]
    with open(os.path.join(folder, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    weights = safe_open(os.path.join(folder, "model.safetensors"), "pt")
    with torch.no_grad():
        model = Model(config, weights.get_tensor, set(weights.keys())).eval()
    aot.externalize_module_parameters(model)
    programs = aot.FxProgramsBuilder(model)
    cache = torch.zeros(config["num_hidden_layers"],
                        config["num_key_value_heads"], PROMPT,
                        config["head_dim"], dtype=torch.bfloat16)

    @programs.export_program(args=(torch.arange(PROMPT),), name="prefill",
                             strict=False)
    def _prefill(module, tokens):
        return module.run(tokens, 0, None)

    @programs.export_program(args=(torch.tensor([7]), cache, cache.clone()),
                             name="decode", strict=False)
    def _decode(module, token, keys, values):
        return module.run(token, PROMPT, (keys, values))

    aot.export(programs).save_mlir(out + ".mlir")
    aot.save_module_parameters(out + ".irpa", model)
    subprocess.run(
        [os.path.join(os.path.dirname(sys.executable), "iree-compile"),
         out + ".mlir", "--iree-hal-target-device=local",
         "--iree-hal-local-target-device-backends=llvm-cpu",
         "--iree-llvmcpu-target-cpu=host", "--iree-opt-level=O3",
         "-o", out + ".vmfb"], check=True)


if __name__ == "__main__":
    main()
