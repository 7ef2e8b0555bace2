"""Runs the programs of docs/embedding.md and compares them with the tool.

programs_test.py SWAGE PROGRAM1 PROGRAM2 ARTIFACT
"""

import json
import subprocess
import sys

swage, text_program, token_program, artifact = sys.argv[1:]
PROMPT = "And it came to pass"


def run(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def expect(what, found, wanted):
    if found != wanted:
        sys.exit("%s: have %r, require %r, as swage run gives" % (what, found, wanted))


def generated(*arguments):
    return json.loads(run(swage, "run", artifact, "--json", *arguments))


expect("text", run(text_program, artifact, PROMPT), generated("--prompt", PROMPT, "-n", "32")["text"])
tokens = generated("--tokens", "1", "-n", "16", "--ignore-eos")["tokens"]
expect("tokens", run(token_program, artifact), "".join("%d " % token for token in tokens))

failed = subprocess.run([text_program, "/nonexistent", PROMPT], stderr=subprocess.PIPE, text=True)
expect("status", failed.returncode, 1)
expect("message", failed.stderr, "cannot open '/nonexistent': No such file or directory\n")
