"""Compares the IR in a page with what the compiler prints.

check_excerpts.py PAGE SWAGE ARGUMENTS...

Runs `SWAGE ARGUMENTS --stop-after STAGE` for each block that starts with
```mlir STAGE. White space does not count, and a line `...` stands for anything.
"""

import re
import subprocess
import sys

page, command = sys.argv[1], sys.argv[2:]
with open(page) as file:
    blocks = re.findall(r"^```mlir (\w+)\n(.*?)^```$", file.read(), re.M | re.S)
if not blocks:
    sys.exit("no excerpt in " + page)
for stage, block in blocks:
    run = subprocess.run(command + ["--stop-after", stage], stdout=subprocess.PIPE, text=True, check=True)
    ir = " ".join(run.stdout.split())
    at = 0
    for part in re.split(r"^\.\.\.$", block, flags=re.M):
        text = " ".join(part.split())
        found = ir.find(text, at)
        if found < 0:
            sys.exit("%s: stage %s does not print, here or at all: %s" % (page, stage, text))
        at = found + len(text)
