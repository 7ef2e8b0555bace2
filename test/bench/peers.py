#!/usr/bin/env python3
"""Swage beside its peers on the same work, in one run.

usage: peers.py --peers DIR [--swage PATH] [--work DIR] [--model NAME]...
                [--threads N]... [--context N]... [--batch N]... [--rounds N]
                [--markdown FILE] [--plot FILE.svg]

DIR holds what set_up_peers.sh built and made of the peers; those that are not
there are left out and named:
  llamacpp/build/bin/llama-bench, llama-batched-bench   llama.cpp
  venv/bin/python with openvino-genai                   OpenVINO GenAI
  venv/bin/iree-benchmark-module, iree/MODEL-bf16.vmfb  IREE
  models/MODEL-F16.gguf, models/MODEL-ov-fp16/          models of the first two
  models/MODEL-hf/                                      the same for Swage

The context is how many tokens stand before those that are generated, and how
many the prompt has whose speed is measured; with 0 there is no prompt. Every round measures each contender once, in turn, so that a slow spell of the
machine meets all of them; figures are medians over the rounds. All are warm:
llama-bench and OpenVINO run once before they measure, and of Swage it is the
median of three. Swage's own measurement of the machine's limits is in the same
turn.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

GENERATE = 32
PROMPT = 512  # of IREE's functions


def run(command, **environment):
    return subprocess.run(command, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True,
                          env={**os.environ, **environment})


def output(command, **environment):
    done = run(command, **environment)
    if done.returncode:
        sys.exit(f"{' '.join(command)}: status {done.returncode}\n{done.stderr}")
    return done.stdout


def pinned(threads, command):
    return ["taskset", "-c", f"0-{threads - 1}", *command]


class Swage:
    name = "Swage bf16"

    def __init__(self, options, model):
        self.tool = options.swage
        self.artifact = os.path.join(options.work, f"{model}.swg")
        self.limits = []
        if not os.path.exists(self.artifact):
            source = os.path.join(options.peers, "models", f"{model}-hf")
            output([self.tool, "compile", source, "-o", self.artifact])

    def measure(self, threads, context, batch):
        report = json.loads(output(pinned(threads, [
            self.tool, "bench", self.artifact, "--json",
            "--threads", str(threads), "--batch", str(batch),
            "--prompt-tokens", str(context or 1),
            "--generate-tokens", str(GENERATE), "--repetitions", "3"])))
        self.limits.append((threads, report["limits"]))
        return {"prefill": context and report["prefill_tokens_per_second"],
                "decode": report["decode_tokens_per_second"]}


class LlamaCpp:
    name = "llama.cpp F16"

    def __init__(self, options, model):
        self.tools = os.path.join(options.peers, "llamacpp", "build", "bin")
        self.gguf = os.path.join(options.peers, "models", f"{model}-F16.gguf")
        for needed in (os.path.join(self.tools, "llama-bench"), self.gguf):
            if not os.path.exists(needed):
                raise FileNotFoundError(needed)

    def measure(self, threads, context, batch):
        if batch > 1:
            return self.measure_batch(threads, context or 1, batch)
        runs = {"decode": ["-p", "0", "-n", str(GENERATE), "-d", str(context)]}
        if context:
            runs["prefill"] = ["-p", str(context), "-n", "0"]
        return {key: self.measure_one(threads, shape)
                for key, shape in runs.items()}

    def measure_one(self, threads, shape):
        line = output(pinned(threads, [
            os.path.join(self.tools, "llama-bench"), "-m", self.gguf, *shape,
            "-r", "1", "-t", str(threads), "-o", "jsonl"]))
        return json.loads(line)["avg_ts"]

    def measure_batch(self, threads, prompt, batch):
        tool = os.path.join(self.tools, "llama-batched-bench")
        if not os.path.exists(tool):
            return {}
        lines = output(pinned(threads, [
            tool, "-m", self.gguf, "-t", str(threads), "-tb", str(threads),
            "-c", str(batch * (prompt + GENERATE)), "-npp", str(prompt),
            "-ntg", str(GENERATE), "-npl", str(batch),
            "--output-format", "jsonl"]))
        row = json.loads([l for l in lines.splitlines()
                          if l.startswith("{")][-1])
        return {"prefill": row["speed_pp"], "decode": row["speed_tg"]}


class OpenVino:
    name = "OpenVINO GenAI"

    def __init__(self, options, model):
        self.python = os.path.join(options.peers, "venv", "bin", "python")
        self.model = os.path.join(options.peers, "models", f"{model}-ov-fp16")
        for needed in (self.python, self.model):
            if not os.path.exists(needed):
                raise FileNotFoundError(needed)
        # On some virtual machines its AMX code ends by a signal.
        self.environment = {}
        if run(self.command(1, 16, 1)).returncode < 0:
            self.environment = {"ONEDNN_MAX_CPU_ISA": "AVX512_CORE_BF16"}
            print("OpenVINO crashes here with all instruction sets; it is "
                  "measured without AMX", file=sys.stderr)

    def command(self, threads, prompt, generate):
        script = os.path.join(os.path.dirname(__file__), "openvino_peer.py")
        return [self.python, script, self.model, str(threads), str(prompt),
                str(generate)]

    def measure(self, threads, context, batch):
        if batch > 1:
            return {}
        return json.loads(output(
            pinned(threads, self.command(threads, context or 1, GENERATE)),
            **self.environment))


class Iree:
    name = "IREE bf16"

    def __init__(self, options, model):
        self.tool = os.path.join(options.peers, "venv", "bin",
                                 "iree-benchmark-module")
        self.module = os.path.join(options.peers, "iree", f"{model}-bf16")
        folder = os.path.join(options.peers, "models", f"{model}-hf")
        for needed in (self.tool, self.module + ".vmfb"):
            if not os.path.exists(needed):
                raise FileNotFoundError(needed)
        with open(os.path.join(folder, "config.json"),
                  encoding="utf-8") as file:
            config = json.load(file)
        self.cache = "x".join(str(config[key]) for key in (
            "num_hidden_layers", "num_key_value_heads")) + \
            f"x{PROMPT}x{config['head_dim']}xbf16=0.01"

    def seconds(self, threads, function, inputs):
        report = json.loads(output(pinned(threads, [
            self.tool, f"--module={self.module}.vmfb",
            f"--parameters=model={self.module}.irpa", "--device=local-task",
            f"--task_topology_group_count={threads}", f"--function={function}",
            *(f"--input={i}" for i in inputs), "--benchmark_format=json",
            "--benchmark_min_time=3x"])))
        one = report["benchmarks"][0]
        return one["real_time"] * {"ns": 1e-9, "us": 1e-6, "ms": 1e-3,
                                   "s": 1}[one["time_unit"]]

    def measure(self, threads, context, batch):
        # Its functions have the sizes that they were compiled for.
        if batch > 1 or context != PROMPT:
            return {}
        prefill = self.seconds(threads, "prefill", [f"{PROMPT}xi64=1"])
        decode = self.seconds(threads, "decode",
                              ["1xi64=1", self.cache, self.cache])
        return {"prefill": PROMPT / prefill, "decode": 1 / decode}


def find_contenders(options, model):
    found = []
    for kind in (Swage, LlamaCpp, OpenVino, Iree):
        try:
            found.append(kind(options, model))
        except FileNotFoundError as error:
            print(f"{kind.name} is left out: no {error}", file=sys.stderr)
    return found


def median(values):
    return statistics.median(values) if values else None


def measure(options):
    """Rows of the table: (model, threads, context, batch, {name: medians})."""
    rows, limits = [], {}
    for model in options.model:
        contenders = find_contenders(options, model)
        for threads in options.threads:
            for context in options.context:
                for batch in options.batch:
                    samples = {c.name: [] for c in contenders}
                    for turn in range(options.rounds):
                        for contender in contenders:
                            print(f"{model}, {threads} threads, context "
                                  f"{context}, batch {batch}, round {turn + 1}"
                                  f": {contender.name}", file=sys.stderr)
                            found = contender.measure(threads, context, batch)
                            print(json.dumps(found), file=sys.stderr)
                            samples[contender.name].append(found)
                    medians = {
                        name: {key: median([r[key] for r in runs if r.get(key)])
                               for key in runs[0] if context or key == "decode"}
                        for name, runs in samples.items()}
                    rows.append((model, threads, context, batch, medians))
        for contender in contenders:
            for threads, limit in getattr(contender, "limits", []):
                limits.setdefault(threads, []).append(limit)
    return rows, limits


def markdown(rows, limits):
    lines = []
    for threads, samples in sorted(limits.items()):
        one = {key: median([s[key] for s in samples]) for key in samples[0]}
        lines.append(
            f"{threads} thread{'s' if threads > 1 else ''}: "
            f"{one['read_bytes_per_second'] / 1e9:.1f} GB/s, "
            f"{one['f32_operations_per_second'] / 1e9:.0f} GFLOP/s f32, "
            f"{one['bf16_operations_per_second'] / 1e9:.0f} GFLOP/s bf16.")
    names = list(dict.fromkeys(n for row in rows for n in row[4]))
    for key, title in (("prefill", "prefill"), ("decode", "decode")):
        lines += ["", f"| {title}, tokens/s | threads | context | batch | "
                  + " | ".join(names) + " | Swage to the best peer |",
                  "| --- |" + " ---: |" * (len(names) + 4)]
        for model, threads, context, batch, medians in rows:
            values = [medians.get(n, {}).get(key) for n in names]
            if not any(values):
                continue
            peers = [v for v in values[1:] if v]
            ratio = f"{values[0] / max(peers):.2f}" if peers else ""
            cells = [f"{v:.1f}" if v else "" for v in values]
            lines.append(f"| {model} | {threads} | {context} | {batch} | "
                         + " | ".join(cells) + f" | {ratio} |")
    return "\n".join(lines) + "\n"


def plot(rows, path):
    """A group of bars for each row of the table, a bar for each contender."""
    names = list(dict.fromkeys(n for row in rows for n in row[4]))
    colors = ["#1f6feb", "#999999", "#d29922", "#8250df"]  # a contender each
    left, width, height, gap = 60, 26, 160, 30
    group = len(names) * width + gap
    total = left + len(rows) * group + 20
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{total}" '
             f'height="{2 * (height + 70) + 40}" font-family="sans-serif" '
             'font-size="11">']
    for i, name in enumerate(names):
        parts.append(f'<rect x="{left + 150 * i}" y="8" width="10" height="10" '
                     f'fill="{colors[i]}"/><text x="{left + 150 * i + 14}" '
                     f'y="17">{name}</text>')
    for panel, key in enumerate(("prefill", "decode")):
        top = 40 + panel * (height + 70)
        best = max((m.get(key) or 0) for r in rows for m in r[4].values())
        parts.append(f'<text x="4" y="{top - 4}">{key}, tokens/s</text>')
        for g, (model, threads, context, batch, medians) in enumerate(rows):
            x = left + g * group
            for i, name in enumerate(names):
                value = medians.get(name, {}).get(key) or 0
                bar = height * value / best if best else 0
                parts.append(
                    f'<rect x="{x + i * width}" y="{top + height - bar:.1f}" '
                    f'width="{width - 4}" height="{bar:.1f}" '
                    f'fill="{colors[i]}"/>')
                if value:
                    parts.append(f'<text x="{x + i * width}" y="'
                                 f'{top + height - bar - 2:.1f}">{value:.0f}'
                                 '</text>')
            for line, text in enumerate((
                    f"{model}, {threads} thr", f"{context} x {batch}")):
                parts.append(f'<text x="{x}" y="{top + height + 14 + 13 * line}'
                             f'">{text}</text>')
    parts.append("</svg>")
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(parts) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", required=True)
    parser.add_argument("--swage", default="build/bin/swage")
    parser.add_argument("--work", default="build/bench")
    parser.add_argument("--model", action="append")
    parser.add_argument("--threads", action="append", type=int)
    parser.add_argument("--context", action="append", type=int)
    parser.add_argument("--batch", action="append", type=int)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--markdown")
    parser.add_argument("--plot")
    options = parser.parse_args()
    options.model = options.model or ["llama1b", "qwen05b"]
    options.threads = options.threads or [1, 2]
    options.context = options.context or [0, 512, 4096]
    options.batch = options.batch or [1, 4, 16]
    os.makedirs(options.work, exist_ok=True)
    rows, limits = measure(options)
    text = markdown(rows, limits)
    sys.stdout.write(text)
    if options.markdown:
        with open(options.markdown, "w", encoding="utf-8") as file:
            file.write(text)
    if options.plot:
        plot(rows, options.plot)


if __name__ == "__main__":
    main()
