"""Feeds every example of the td files to swage-opt.

Usage: doc_examples.py SWAGE_OPT ROOT FILE.td...

An example is a ```mlir block or the code after `Example:`. It names values and
symbols that it does not define; the declarations that it needs are made up from
the types that its operations print.
"""

import os
import re
import subprocess
import sys
import textwrap

SIZE = "affine_map<()[s0, s1, s2, s3, s4] -> (s0)>"
KERNEL = """schedule.kernel @norm variant one {
^bb0(%a: tensor<?x256xf32>):
  %b = transformer.activation relu %a : tensor<?x256xf32>
  schedule.yield %b : tensor<?x256xf32>
}
"""
PHASES = (
    "schedule.phases @qkv #transformer.rope<dims = 32, theta = 1.0e+04>"
    " positions 1024 step 256\n"
)
# Where an operation may stand, from the outside in; `@` is the example.
PROGRAM = 'schedule.program @cpu target #swage_cpu.target<"cpu:x86-64-v3"> {\n@\n}'
ENTRY = PROGRAM.replace("@\n", "schedule.entry_point @f {\n@\n}\n")
VARIANT = ENTRY.replace(
    "schedule.entry_point", KERNEL + PHASES + "schedule.entry_point"
).replace("@f {\n@", "@f {\nschedule.variant one cache f16 rows 1 to 1 {\n@\n}")
BODY = PROGRAM.replace(
    "@\n", "schedule.kernel @k variant one {\n^bb0(%n: tensor<?x256xf32>):\n@\n}\n"
)
PLACES = {
    "schedule.program": "@\n",
    "schedule.weight": PROGRAM,
    "schedule.phases": PROGRAM,
    "schedule.kernel": PROGRAM,
    "schedule.entry_point": PROGRAM,
    "schedule.variant": ENTRY,
    "schedule.yield": BODY,
    "transformer.weight": "@\n",
    "transformer.cache": "@\n",
}


def examples(text):
    """Pairs of line number and code."""
    for match in re.finditer(r"```mlir\n(.*?)```|Example: `([^`]*)`", text, re.S):
        code = match.group(1) or match.group(2)
        yield text.count("\n", 0, match.start()) + 1, textwrap.dedent(code).strip()


def split_types(text):
    """Splits at commas outside of brackets."""
    types, depth, current = [], 0, ""
    for char in text.replace("->", "\0"):
        depth += (char in "<([{") - (char in ">)]}")
        if char == "," and depth == 0:
            types.append(current.strip())
            current = ""
        else:
            current += char
    return types + [current.strip()] if current.strip() else types


def statements(code):
    """Joins the lines of each operation."""
    joined = re.sub(r"\n\s+(?=[:{-]|layout|scalars|grid|tensor<)", " ", code)
    return [line for line in joined.split("\n") if line.strip()]


def undefined_values(code):
    """Types of the values that the example uses but does not define."""
    types, defined = {}, set()
    for line in statements(code):
        results, rest = line.split(" = ", 1) if line[0] == "%" else ("", line)
        names = re.findall(r"%[\w.]+", rest)
        if rest.startswith("schedule."):
            operands = {n: "!schedule.buffer" for n in names}
        else:
            signature = rest.rpartition(" : ")[2].split(" -> ")[0].strip()
            if signature.startswith("("):
                signature = signature[1:-1]
            listed = split_types(signature)
            if len(listed) < len(names) and "%batch" in names:
                listed.insert(names.index("%batch"), "!transformer.batch")
            operands = dict(zip(names, listed))
        for name, type_ in operands.items():
            if name not in defined:
                types.setdefault(name, type_)
        defined.update(re.findall(r"%[\w.]+", results))
    return types


def undefined_symbols(code):
    """Declarations of the symbols that the example reads."""
    for kind, name, type_ in re.findall(
        r"transformer\.get_(weight|cache) (@[\w.]+) : (\S+(?: x \S+)*)", code
    ):
        yield "transformer.%s %s : %s\n" % (kind, name, type_)


def wrap(code):
    """The example in a module with what it needs."""
    if code.startswith("#"):
        return "func.func private @f() attributes {swage.example = %s}" % code
    if code.startswith("!"):
        return "func.func private @f(%s)" % code
    first = re.search(r"\b(transformer|compression|schedule)\.\w+", code).group(0)
    if first in PLACES:
        return PLACES[first].replace("@\n", code + "\n", 1)
    if first.startswith("schedule."):
        values = "".join(
            '%s = schedule.arena "%s" size %s\n' % (name, name[1:], SIZE)
            for name in undefined_values(code)
        )
        return VARIANT.replace("@\n", values + code + "\n", 1)
    arguments = ", ".join("%s: %s" % item for item in undefined_values(code).items())
    return "%sfunc.func @f(%s) {\n%s\nreturn\n}" % (
        "".join(undefined_symbols(code)),
        arguments,
        code,
    )


def main():
    tool, root, files = sys.argv[1], sys.argv[2], sys.argv[3:]
    count, failures = 0, 0
    for file in files:
        with open(os.path.join(root, file), encoding="utf-8") as stream:
            text = stream.read()
        for line, code in examples(text):
            count += 1
            module = wrap(code)
            result = subprocess.run(
                [tool, "-"], input=module, capture_output=True, text=True, check=False
            )
            if result.returncode:
                failures += 1
                print("%s:%d: does not parse\n%s\n%s" % (file, line, module, result.stderr))
    print("%d examples, %d failures" % (count, failures))
    return 1 if failures or not count else 0


if __name__ == "__main__":
    sys.exit(main())
