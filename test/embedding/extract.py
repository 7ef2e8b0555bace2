"""Makes C sources of the code in docs/embedding.md.

extract.py PAGE FOLDER

A block with a main function is a program: program1.c, program2.c and so on. All
others go to fragments.c, each in a function of its own; functions that a block
begins with stand before it. No program may have more than 25 lines of code or
three objects.
"""

import os
import re
import sys

PRELUDE = """#include <stdio.h>
#include <stdlib.h>
#include <swage/swage.h>

/* What the fragments find around them. */
extern swage_status_t status;
extern swage_device_t *device;
extern swage_session_t *session;
extern swage_sequence_t sequence;
extern swage_matrix_t logits;
extern int32_t tokens[], prefix[];
extern size_t count, prefix_count, columns;
extern float pooled[];
extern FILE *file;
int fail(const swage_status_t *status);
int later(void);
"""

page, folder = sys.argv[1:]
with open(page) as stream:
    blocks = re.findall(r"^```c\n(.*?)^```$", stream.read(), re.M | re.S)
programs = [block for block in blocks if "int main(" in block]
fragments = [block for block in blocks if "int main(" not in block]
if len(programs) < 2 or len(fragments) < 4:
    sys.exit("%s: found %d programs and %d fragments, want all of them" % (page, len(programs), len(fragments)))

os.makedirs(folder, exist_ok=True)
for number, program in enumerate(programs, 1):
    lines = sum(bool(line.strip()) for line in program.splitlines())
    objects = re.findall(r"swage_(?:device|module|session|generator|tokenizer)_t \*?\w+ =", program)
    if lines > 25 or len(objects) > 3:
        sys.exit("%s: program %d has %d lines and %d objects, want at most 25 and 3" % (page, number, lines, len(objects)))
    with open(os.path.join(folder, "program%d.c" % number), "w") as stream:
        stream.write(program)

text = PRELUDE
for number, fragment in enumerate(fragments, 1):
    functions, end, body = fragment.rpartition("\n}\n\n")
    text += "\n%sint fragment%d(void);\nint fragment%d(void) {\n%sreturn 0;\n}\n" % (
        functions + end,
        number,
        number,
        body,
    )
with open(os.path.join(folder, "fragments.c"), "w") as stream:
    stream.write(text)
