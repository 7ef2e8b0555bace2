#!/usr/bin/env python3
# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes the reference in docs/python.md from the installed package.

Usage: reference.py docs/python.md [--check]

What stands behind the marker comes from the docstrings of the package's sources
and of its extension's stub. With --check, says whether it is current.
"""

import ast
import importlib.util
import pathlib
import re
import sys

MARKER = "<!-- What follows is written by python/reference.py. -->\n"
# The order in which a reader needs them.
NAMES = (
    "Device Module Session Sequence Tokenizer Decoder Sampler generate Generation "
    "compile CompileResult CompileError Error EntryPoint Result Weight"
).split()


def definitions(package):
    """All functions and classes of the package, by name."""
    found = {}
    for path in sorted(package.glob("*.py*")):
        if path.suffix in (".py", ".pyi"):
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
                    found.setdefault(node.name, node)
    return found


def short(text):
    """Types without the modules that everybody knows."""
    for module in ("collections.abc.", "numpy.typing.", "typing.", "numpy.", "os.", "pathlib."):
        text = text.replace(module, "")
    text = re.sub(r"Annotated\[(NDArray\[\w+\]), dict\([^[]*?\)\]", r"\1", text)
    return text.replace("_Sequence[int] | NDArray[integer]", "Tokens").replace("_Sequence", "Sequence")


def doc(node):
    text = ast.get_docstring(node) or ""
    # Docstrings of extensions begin with the signature where there is no stub.
    return " ".join(text.split("\n")).replace("``", "`").replace("  ", " ").strip()


def signature(node, name, method):
    arguments = ast.unparse(node.args)
    if method:
        arguments = arguments.removeprefix("self").removeprefix(", ").removeprefix("/").removeprefix(", ")
    returns = " -> " + ast.unparse(node.returns) if node.returns and node.name != "__init__" else ""
    return short("%s(%s)%s" % (name, arguments, returns))


def is_property(node):
    return any(isinstance(d, ast.Name) and d.id == "property" for d in node.decorator_list)


def describe_class(node):
    constructor, properties, methods = None, [], []
    body = node.body
    for index, child in enumerate(body):
        if isinstance(child, ast.AnnAssign):
            following = body[index + 1] if index + 1 < len(body) else None
            text = ""
            if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant):
                text = following.value.value
            properties.append((child.target.id, short(ast.unparse(child.annotation)), text))
        if not isinstance(child, ast.FunctionDef):
            continue
        if child.name == "__init__" and doc(child):
            constructor = child
        elif is_property(child):
            properties.append((child.name, short(ast.unparse(child.returns)), doc(child)))
        elif child.name == "__len__" or not child.name.startswith("_"):
            methods.append(child)
    yield doc(node)
    if constructor:
        yield "\n`%s`: %s" % (signature(constructor, node.name, True), doc(constructor))
    if properties:
        yield "\n| property | type | |\n| --- | --- | --- |"
        for name, kind, text in properties:
            yield "| `%s` | `%s` | %s |" % (name, kind.replace("|", "\\|"), text)
    if methods:
        yield ""
    for method in methods:
        text = doc(method)
        yield "* `%s`%s" % (signature(method, method.name, True), ": " + text if text else "")


def reference():
    spec = importlib.util.find_spec("swage")
    if spec is None:
        sys.exit("reference.py: the package swage is not installed")
    found = definitions(pathlib.Path(spec.origin).parent)
    lines = ["## Reference", ""]
    lines += ["`Tokens` stands for a sequence of `int` or a one-dimensional array of integers.", ""]
    for name in NAMES:
        node = found[name]
        lines += ["### swage." + name, ""]
        if isinstance(node, ast.ClassDef):
            lines += list(describe_class(node))
        else:
            lines += ["`%s`" % signature(node, name, False), "", doc(node)]
        lines.append("")
    return "\n".join(lines)


def main(path, *options):
    document = pathlib.Path(path)
    text = document.read_text()
    head = text.split(MARKER)[0]
    current = head + MARKER + "\n" + reference()
    if "--check" not in options:
        document.write_text(current)
    elif text != current:
        sys.exit("%s is not current; run python/reference.py %s" % (path, path))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
