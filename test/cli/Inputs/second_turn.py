"""second_turn.py ARTIFACT ANSWERS LOG: two answers of a conversation, computed
turn by turn, against the second computed from nothing; and how many tokens were
computed for it."""

import re
import subprocess
import sys

artifact, answers, log = sys.argv[1:]
text = open(answers).read()
computed = [int(n) for n in re.findall(r"prompt: (\d+) tokens", open(log).read())]


def run(prompt):
    done = subprocess.run(
        ["swage", "run", artifact, "--prompt", prompt, "-n", "10"],
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout, int(re.search(r"prompt: (\d+) tokens", done.stderr)[1])


first, first_count = run("\nuser: And it came\nassistant:")
assert text.startswith(first), (first, text)
second, whole = run(
    f"\nuser: And it came\nassistant:{first[:-1]}\nuser: And he\nassistant:"
)
assert text == first + second, (first, second, text)
assert computed[0] == first_count, (computed, first_count)
# Ten tokens were generated; the last of them is not held.
assert computed[1] == whole - first_count - 9, (computed, whole, first_count)
