"""Writes the reference page of the C API from the public headers.

Usage: c_api.py [--check | OUTPUT_DIR]

With --check nothing is written: a page of this folder that differs from what
the headers say is an error.
"""

import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
PAGE = "c-api.md"
NOTE = (
    "<!-- Generated from the headers in runtime/include/swage and compiler/include/swage by docs/reference/c_api.py; "
    "edit these instead. -->\n\n# The C API\n\n"
    "What each function does, as its header says. docs/embedding.md tells how to use them together.\n\n"
)
HEADERS = ["base", "device", "module", "session", "linked", "text", "generate", "compiler", "cpu_kernel"]

COMMENT = re.compile(r"/\*(.*?)\*/[ \t]*\n?", re.S)
SECTION = re.compile(r"^ ---- (.*?) -+ $")
SKIPPED = re.compile(r"#(ifndef|ifdef|endif|else|include|if)\b[^\n]*\n")
BOILERPLATE = re.compile(
    r"#define SWAGE_\w+_H\n|#ifdef __cplusplus\n(extern \"C\" \{|\})\n#endif\n"
    r"|#if defined\(_WIN32\)\n.*?#endif\n",
    re.S,
)
LABEL = re.compile(r"([A-Z]\w+): ")


def fail(header, message):
    sys.exit("%s.h: %s" % (header, message))


def text_of(comment):
    """The lines of a comment as Markdown."""
    lines = [re.sub(r"^ \* ?", "", line).rstrip() for line in ("*" + comment).split("\n")]
    lines[0] = lines[0].lstrip("* ")
    blocks, inside = [], None
    for line in "\n".join(lines).strip().split("\n"):
        item = re.match(r" +(\*|\d+\.) ", line)
        kind = "" if not line else "item" if item else "code" if line.startswith("  ") else "text"
        if kind == "code" and inside in ("item", "text"):
            kind = inside  # goes on
        if LABEL.match(line):
            line, inside = LABEL.sub(r"**\1:** ", line), None
        if not kind:
            inside = None
        elif kind == "item" and inside == "item" and blocks:
            blocks[-1][1].append(re.sub(r"^ +\* ", "- ", line))
        elif kind == inside and blocks:
            blocks[-1][1].append(line)
        else:
            blocks.append((kind, [re.sub(r"^ +\* ", "- ", line)]))
            inside = kind
    out = []
    for kind, block in blocks:
        if kind == "code":
            out.append("```c\n%s\n```" % "\n".join(line[2:] for line in block))
        elif kind == "item":
            items = re.sub(r"\n +(?! |- |\d+\. )", " ", "\n".join(block))
            out.append("\n".join(line.strip() for line in items.split("\n")))
        else:
            out.append(" ".join(line.strip() for line in block))
    return "\n\n".join(out)


def declaration_at(source, at):
    """The declaration or definition that begins at `at`, and its end."""
    if source.startswith("#define", at):
        end = source.find("\n", at)
        while source[end - 1] == "\\":
            end = source.find("\n", end + 1)
        return source[at:end], end + 1
    depth = 0
    for i in range(at, len(source)):
        if source[i] == "{":
            depth += 1
        elif source[i] == "}":
            depth -= 1
            if depth == 0 and source.startswith("static inline", at):
                return source[at : source.find("{", at)].strip() + ";", i + 1
        elif source[i] == ";" and depth == 0:
            return source[at : i + 1], i + 1
    raise ValueError


def name_of(declaration):
    define = re.match(r"#define (\w+)", declaration)
    typedef = re.match(r"typedef .*?(\w+);$", declaration, re.S)
    callback = re.match(r"typedef [^;{]*?\(\*(\w+)\)", declaration, re.S)
    function = re.match(r"[^({]*?\b(\w+)\s*\(", declaration, re.S)
    for found in (define, callback, typedef, function):
        if found:
            return found.group(1)
    values = re.findall(r"^\s*(SWAGE_\w+)\s*=", declaration, re.M)
    return ", ".join(values) if values else None


def page_of(header):
    room = "compiler" if header == "compiler" else "runtime"
    path = os.path.join(SOURCE, room, "include", "swage", header + ".h")
    with open(path, encoding="utf-8") as stream:
        source = BOILERPLATE.sub("", stream.read())
    first = COMMENT.match(source)
    head = re.sub(r"\n \*\n \* Part of Swage.*?exception\n", "\n", first.group(1), flags=re.S)
    title, _, rest = text_of(head).partition("\n\n")
    title = re.match(r"\w+\.h - (.*)", title)
    if not title:
        fail(header, "the first line has no title")
    out = ["## swage/%s.h\n" % header, title.group(1)[0].upper() + title.group(1)[1:] + "\n"]
    out += [rest + "\n"] if rest else []
    at, comment, shown = first.end(), None, set()
    while True:
        at += len(source[at:]) - len(source[at:].lstrip())
        if at == len(source):
            return "\n".join(out)
        found = SKIPPED.match(source, at)
        if found:
            at = found.end()
            continue
        found = COMMENT.match(source, at)
        if found:
            section = SECTION.match(found.group(1))
            if section:
                out.append("### %s\n" % section.group(1).strip())
            comment = None if section else text_of(found.group(1))
            at = found.end()
            continue
        try:
            declaration, at = declaration_at(source, at)
        except ValueError:
            fail(header, "what begins with %r does not end" % source[at : at + 60])
        declaration = re.sub(r"^SWAGE_API\s+", "", declaration)
        name = name_of(declaration)
        if not name:
            fail(header, "%r has no name" % declaration[:60])
        if name not in shown:  # another form of the same, for C++
            out += ["#### `%s`\n" % name, "```c\n%s\n```\n" % declaration]
            out += [comment + "\n"] if comment else []
        shown.add(name)
        comment = None


def main():
    output = sys.argv[1] if len(sys.argv) > 1 else "--check"
    text = NOTE + "\n".join(page_of(header) for header in HEADERS).rstrip() + "\n"
    if output != "--check":
        os.makedirs(output, exist_ok=True)
        with open(os.path.join(output, PAGE), "w", encoding="utf-8") as stream:
            stream.write(text)
        return 0
    with open(os.path.join(HERE, PAGE), encoding="utf-8") as stream:
        if stream.read() == text:
            return 0
    print("docs/reference/%s differs from the headers; run docs/reference/c_api.py docs/reference" % PAGE)
    return 1


if __name__ == "__main__":
    sys.exit(main())
