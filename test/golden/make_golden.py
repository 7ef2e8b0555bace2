#!/usr/bin/env python3
# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes tiny models with random weights and what the reference gives for them.

Usage: make_golden.py OUTPUT_DIRECTORY [NAME...]

Needs the packages transformers 5.23.0, torch 2.13.0 and safetensors, which no
test needs. The same versions give the same files.
"""

import copy
import json
import os
import shutil
import sys
import tempfile

# The test drivers beside this file have a module `safetensors` of their own.
sys.path = [p for p in sys.path if os.path.abspath(p or ".") != os.path.dirname(os.path.abspath(__file__))]

import torch
import transformers
from safetensors.torch import save_file

LENGTHS = (1, 7, 64, 130)
# No step of a greedy text may be closer to a tie.
MARGIN = 0.03

SMALL = dict(
    vocab_size=256, hidden_size=64, intermediate_size=160, num_hidden_layers=2,
    num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=256,
    bos_token_id=1, eos_token_id=2, pad_token_id=0, tie_word_embeddings=False,
)

# Longrope's factors of the 12 pairs that are rotated: near one, and growing.
SHORT = [round(1.0 + 0.05 * i, 2) for i in range(12)]
LONG = [round(1.0 + 0.35 * i + 0.02 * i * i, 2) for i in range(12)]

CASES = {
    "rope_linear": ("LlamaForCausalLM", 101, dict(
        SMALL, rope_parameters={"rope_type": "linear", "rope_theta": 1e4, "factor": 2.5})),
    # Up to 104 tokens as trained, beyond that for 130.
    "rope_dynamic": ("LlamaForCausalLM", 102, dict(
        SMALL, max_position_embeddings=104,
        rope_parameters={"rope_type": "dynamic", "rope_theta": 1e4, "factor": 1.25})),
    "rope_yarn": ("Qwen2ForCausalLM", 103, dict(
        SMALL, rope_parameters={"rope_type": "yarn", "rope_theta": 1e4, "factor": 4.0,
                                "original_max_position_embeddings": 64})),
    "rope_yarn_mscale": ("LlamaForCausalLM", 104, dict(
        SMALL, head_dim=32, rope_parameters={
            "rope_type": "yarn", "rope_theta": 5e4, "factor": 8.0,
            "original_max_position_embeddings": 32, "beta_fast": 12.0, "beta_slow": 0.5,
            "mscale": 1.5, "mscale_all_dim": 0.5, "truncate": False})),
    # Up to 100 tokens by the short factors, beyond that by the long ones.
    "rope_longrope": ("Phi3ForCausalLM", 105, dict(
        SMALL, hidden_size=128, original_max_position_embeddings=100,
        rope_parameters={"rope_type": "longrope", "rope_theta": 1e4, "partial_rotary_factor": 0.75,
                         "short_factor": SHORT, "long_factor": LONG})),
    # Layers that differ in their heads and widths.
    "llama_layers": ("LlamaForCausalLM", 108, dict(
        SMALL, num_hidden_layers=3, rope_parameters={"rope_type": "default", "rope_theta": 1e4},
        per_layer_config={"0": {"num_attention_heads": 8, "num_key_value_heads": 1},
                          "2": {"num_key_value_heads": 4, "intermediate_size": 96}})),
    # Two groups of query heads, and a norm each for attention and network.
    "falcon_groups": ("FalconForCausalLM", 3301, dict(
        vocab_size=128, hidden_size=32, num_hidden_layers=2, num_attention_heads=4, num_kv_heads=2,
        ffn_hidden_size=128, max_position_embeddings=256, bos_token_id=1, eos_token_id=2, pad_token_id=0,
        tie_word_embeddings=True, new_decoder_architecture=True, multi_query=False, parallel_attn=True, bias=False,
        alibi=False, rope_parameters={"rope_type": "default", "rope_theta": 1e4})),
    "olmoe": ("OlmoeForCausalLM", 106, dict(
        SMALL, intermediate_size=48, num_experts=8, num_experts_per_tok=3, norm_topk_prob=False,
        rope_parameters={"rope_type": "default", "rope_theta": 1e4})),
    "qwen2_moe": ("Qwen2MoeForCausalLM", 107, dict(
        SMALL, num_hidden_layers=3, mlp_only_layers=[1], moe_intermediate_size=48,
        shared_expert_intermediate_size=80, num_experts=6, num_experts_per_tok=2, norm_topk_prob=False,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6})),
}


def initialize(model, seed):
    """Weights that let every part of the model show in the logits."""
    generator = torch.Generator().manual_seed(seed)

    def normal(shape, scale):
        return torch.randn(shape, generator=generator) * scale

    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            shape = parameter.shape
            is_norm = "norm" in name or ("ln_" in name and name.endswith("weight"))
            if is_norm and parameter.dim() == 1:
                parameter.copy_(1 + normal(shape, 0.1))
            elif parameter.dim() == 1:
                parameter.copy_(normal(shape, 0.2))
            elif "embed" in name:
                parameter.copy_(normal(shape, 1.0))
            elif "lm_head" in name:
                parameter.copy_(normal(shape, 2.0 / shape[-1] ** 0.5))
            else:
                scale = 1.7 if "q_proj" in name or "k_proj" in name or "qkv" in name else 1.2
                parameter.copy_(normal(shape, scale / shape[-1] ** 0.5))


def old_config(config):
    """The same in the key names from before transformers 5."""
    old = dict(config, torch_dtype=config["dtype"], transformers_version="4.51.3")
    del old["dtype"]
    rope = dict(old.pop("rope_parameters"))
    old["rope_theta"] = rope.pop("rope_theta")
    if "partial_rotary_factor" in rope:
        old["partial_rotary_factor"] = rope.pop("partial_rotary_factor")
    kind = rope.pop("rope_type")
    if kind == "longrope":
        rope.pop("original_max_position_embeddings", None)
    old["rope_scaling"] = None
    if kind != "default":
        # Phi-3's own files say `type`, others `rope_type`.
        old["rope_scaling"] = dict(rope, **{"type" if kind == "longrope" else "rope_type": kind})
    return old


def greedy(model, prompt, count):
    """The continuation without a cache, and its smallest gap to a tie."""
    ids, margin = prompt.clone(), float("inf")
    for _ in range(count):
        top = model(ids[None]).logits[0, -1].topk(2)
        margin = min(margin, (top.values[0] - top.values[1]).item())
        if margin < MARGIN:
            return None, margin
        ids = torch.cat([ids, top.indices[:1]])
    return ids[len(prompt):], margin


def collect_activations(model, ids):
    """Outputs of all modules outside of layers 1 and later."""
    found, hooks = {}, []

    def hook(name):
        def record(module, inputs, output):
            outputs = output if isinstance(output, tuple) else (output,)
            tensors = [o for o in outputs if torch.is_tensor(o)]
            for i, tensor in enumerate(tensors):
                key = "act_7." + name + (".%d" % i if len(tensors) > 1 else "")
                found[key] = tensor.detach().float().clone().contiguous()
        return record

    for name, module in model.named_modules():
        parts = name.split(".")
        inner = "layers" in parts and parts.index("layers") + 1 < len(parts) and parts[parts.index("layers") + 1] != "0"
        if name and not inner and "rotary" not in name:
            hooks.append(module.register_forward_hook(hook(name)))
    model(ids[None])
    for handle in hooks:
        handle.remove()
    return found


def set_layers(model, config, per_layer):
    """Gives layers the sizes of their own."""
    for number, sizes in per_layer.items():
        own = copy.deepcopy(config)
        for key, value in sizes.items():
            setattr(own, key, value)
        layer_class = type(model.model.layers[int(number)])
        model.model.layers[int(number)] = layer_class(own, int(number)).eval()


def make(folder, class_name, seed, settings):
    model_class = getattr(transformers, class_name)
    per_layer = settings.get("per_layer_config", {})
    settings = {key: value for key, value in settings.items() if key != "per_layer_config"}
    config = model_class.config_class(**settings, attn_implementation="eager")
    # The fused form of mixtures of experts has no float64.
    config._experts_implementation = "eager"
    model = model_class(config).eval()
    set_layers(model, config, per_layer)
    initialize(model, seed)
    model.save_pretrained(folder)
    with open(os.path.join(folder, "config.json")) as file:
        new = json.load(file)
    if per_layer:
        new["per_layer_config"] = per_layer
        with open(os.path.join(folder, "config.json"), "w") as file:
            json.dump(new, file, indent=2)
    with open(os.path.join(folder, "config.v4.json"), "w") as file:
        json.dump(old_config(new), file, indent=2)

    generator = torch.Generator().manual_seed(seed)
    vocabulary = settings["vocab_size"]

    def tokens(*shape):
        return torch.randint(3, vocabulary, shape, generator=generator)

    golden, meta = {}, {
        "arch": new["model_type"], "model_class": class_name, "transformers": transformers.__version__,
        "torch": torch.__version__, "seed": seed, "parameters": sum(p.numel() for p in model.parameters())}
    for length in LENGTHS:
        ids = tokens(length)
        golden["ids_%d" % length] = ids
        golden["logits_%d" % length] = model(ids[None]).logits[0].contiguous()
    golden.update(collect_activations(model, golden["ids_7"]))
    meta["logits_std"] = golden["logits_130"].std().item()
    for length in (7, 64):
        for _ in range(200):
            prompt = tokens(length)
            text, margin = greedy(model, prompt, 32)
            if text is not None:
                break
        else:
            sys.exit("%s: every prompt of %d tokens meets a near tie" % (folder, length))
        golden["greedy_prompt_%d" % length], golden["greedy_%d" % length] = prompt, text
        meta["greedy_%d_min_margin" % length] = margin
    golden["batch2_ids"] = tokens(2, 24)
    golden["batch2_logits"] = model(golden["batch2_ids"]).logits.contiguous()
    mask = torch.ones(2, 24, dtype=torch.int64)
    mask[1, :9] = 0
    positions = (mask.cumsum(-1) - 1).clamp(min=0)
    ids = torch.where(mask == 1, tokens(2, 24), settings["pad_token_id"])
    golden.update(leftpad_ids=ids, leftpad_mask=mask, leftpad_position_ids=positions)
    golden["leftpad_logits"] = model(ids, attention_mask=mask, position_ids=positions).logits.contiguous()

    with tempfile.TemporaryDirectory() as old:
        shutil.copyfile(os.path.join(folder, "model.safetensors"), os.path.join(old, "model.safetensors"))
        with open(os.path.join(old, "config.json"), "w") as file:
            json.dump({k: v for k, v in old_config(new).items() if k != "per_layer_config"}, file)
        if per_layer:
            again = model_class(model_class.config_class.from_pretrained(old, attn_implementation="eager")).eval()
            set_layers(again, again.config, per_layer)
            again.load_state_dict(model.state_dict())
        else:
            again = model_class.from_pretrained(old, attn_implementation="eager").eval()
    meta["v4_config_max_abs"] = max(
        (again(golden["ids_%d" % n][None]).logits[0] - golden["logits_%d" % n]).abs().max().item() for n in LENGTHS)
    double = model.double()
    meta["fp32_vs_fp64_max_abs"] = max(
        (double(golden["ids_%d" % n][None]).logits[0] - golden["logits_%d" % n]).abs().max().item() for n in LENGTHS)
    save_file({k: v.contiguous() for k, v in golden.items()}, os.path.join(folder, "golden.safetensors"))
    with open(os.path.join(folder, "meta.json"), "w") as file:
        json.dump(meta, file, indent=2)
    print(folder, json.dumps(meta))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    torch.set_grad_enabled(False)
    for name in sys.argv[2:] or CASES:
        make(os.path.join(sys.argv[1], name), *CASES[name])
