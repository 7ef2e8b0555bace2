#!/usr/bin/env python3
# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints docs/quantization.md's table of recipes: what each preset makes of a
model, in Markdown.

Usage: quantization_table.py SWAGE [--model FOLDER] [--text FILE] [RECIPE...]

Without recipes, all that `swage recipes` lists. Perplexity is by llama.cpp's
rule, with the rows that the recipe names or, if it names none, f32.
"""

import argparse
import json
import os
import subprocess
import tempfile

TEST = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def measure(swage, model, text, folder, recipe, activations):
    """The report's sums and the perplexity."""
    artifact, report = os.path.join(folder, "m.swg"), os.path.join(folder, "m.json")
    run(swage, "compile", model, "-o", artifact, "--recipe", recipe, "--activations", activations,
        "--golden=0", "--report", report)
    result = json.loads(run(swage, "eval", artifact, "--text", text, "--protocol", "llama.cpp", "--json"))
    with open(report) as file:
        return json.load(file)["total"], result["perplexity"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("swage")
    parser.add_argument("recipes", nargs="*")
    parser.add_argument("--model", default=os.path.join(TEST, "models", "tinytext-6m"))
    parser.add_argument("--text", default=os.path.join(TEST, "data", "eval.txt"))
    args = parser.parse_args()
    known = json.loads(run(args.swage, "recipes", "--json"))["recipes"]
    activations = {recipe["name"]: recipe["activations"] for recipe in known}
    print("| recipe | bits a weight | MB | relative squared error | rows | perplexity |")
    print("| --- | ---: | ---: | ---: | --- | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        for recipe in args.recipes or activations:
            rows = activations.get(recipe, "auto").replace("auto", "f32")
            total, perplexity = measure(args.swage, args.model, args.text, folder, recipe, rows)
            error = total["relative_squared_error"]
            print("| `%s` | %.2f | %.2f | %s | %s | %.4f |" % (
                recipe, total["bits"], total["bytes"] / 1e6, "%.2e" % error if error else "", rows,
                perplexity), flush=True)


if __name__ == "__main__":
    main()
