#!/usr/bin/env python3
"""Writes chat.json: texts of conversations by the templates in chat/.

Needs transformers and jinja2 (pip install transformers jinja2), whose
render_jinja_template is what apply_chat_template calls; the versions are
written down in chat.json. Run it in its folder after adding a template, a file
chat/NAME.jinja, or a conversation, a line below.
"""

import glob
import json
import os

import jinja2
import transformers
from transformers.utils.chat_template_utils import render_jinja_template

CONVERSATIONS = [
    [("user", "Hi there ")],
    [("system", "Be  brief.\n"), ("user", "1+1?")],
    [("user", "one"), ("assistant", " two \n"), ("user", "thrée 🦙")],
    [
        ("system", "S"),
        ("user", "a"),
        ("assistant", "<think>\nhmm\n</think>\n\nb"),
        ("user", "c"),
        ("assistant", "<think>\nx</think>d"),
    ],
    [("user", "a"), ("user", "b")],
    [("tool", "x")],
    [("system", "only this")],
]


def render(template, messages, generate):
    """The text, or what the template itself says is wrong."""
    try:
        texts, _ = render_jinja_template(
            [[{"role": role, "content": content} for role, content in messages]],
            chat_template=template,
            add_generation_prompt=generate,
            bos_token="<s>",
            eos_token="</s>",
        )
        return {"text": texts[0]}
    except jinja2.exceptions.TemplateError as error:
        return {"error": str(error)}


def main():
    cases = []
    for path in sorted(glob.glob("chat/*.jinja")):
        with open(path, encoding="utf-8", newline="") as file:
            template = file.read()
        name = os.path.splitext(os.path.basename(path))[0]
        for messages in CONVERSATIONS:
            for generate in (True, False):
                cases.append(
                    {"template": name, "messages": messages, "generate": generate}
                    | render(template, messages, generate)
                )
    comment = (
        "Texts of the templates in chat/, which are in the manner of model "
        f"families, by transformers {transformers.__version__} and jinja2 "
        f"{jinja2.__version__}; written by make_chat.py."
    )
    with open("chat.json", "w", encoding="utf-8") as file:
        lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
        file.write(f'{{"comment": {json.dumps(comment)},\n"cases": [\n{lines}\n]}}\n')


main()
