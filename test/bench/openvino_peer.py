#!/usr/bin/env python3
"""Speed of an OpenVINO GenAI model, for peers.py: one JSON object on stdout.

usage: openvino_peer.py DIR THREADS PROMPT_TOKENS GENERATE_TOKENS

Runs in an environment that has openvino-genai. Precision and cache type are
OpenVINO's defaults for this processor.
"""

import json
import sys

import numpy
import openvino
import openvino_genai


def main():
    directory, threads, prompt, generate = sys.argv[1], *map(int, sys.argv[2:])
    pipeline = openvino_genai.LLMPipeline(
        directory, "CPU", INFERENCE_NUM_THREADS=threads, NUM_STREAMS=1,
        ENABLE_CPU_PINNING=True, ATTENTION_BACKEND="SDPA")
    ids = (numpy.arange(prompt, dtype=numpy.int64) % 1000 + 5)[None]
    inputs = openvino_genai.TokenizedInputs(
        openvino.Tensor(ids), openvino.Tensor(numpy.ones_like(ids)))
    config = openvino_genai.GenerationConfig()
    config.max_new_tokens = config.min_new_tokens = generate + 1
    config.ignore_eos = True
    config.do_sample = False
    pipeline.generate(inputs, config)  # the first run compiles
    metrics = pipeline.generate(inputs, config).perf_metrics
    json.dump({"prefill": prompt / metrics.get_ttft().mean * 1e3,
               "decode": 1e3 / metrics.get_tpot().mean}, sys.stdout)


if __name__ == "__main__":
    main()
