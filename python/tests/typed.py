# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Uses the packages as a typed program does; mypy --strict checks it."""

import pathlib

import numpy
import numpy.typing

import swage


def likeliest(logits: numpy.typing.NDArray[numpy.float32]) -> int:
    return int(logits[0].argmax())


def continue_text(path: pathlib.Path, prompt: str) -> str:
    device = swage.Device(threads=1)
    module = swage.Module(path, device=device)
    tokenizer = swage.Tokenizer(module)
    session = module.session(max_sequences=2, kv_cache="f32")
    with session.create_sequence() as sequence:
        tokens = [likeliest(sequence.append(tokenizer.encode(prompt)))]
        fork: swage.Sequence = sequence.fork()
        logits = session.forward([(sequence, tokens), (fork, numpy.array([1]))])
        tokens.append(likeliest(logits))
    return tokenizer.decode(tokens)


def stream(module: swage.Module) -> list[str]:
    sampler = swage.Sampler(temperature=0.7, seed=1)
    pieces: list[str] = []
    with swage.generate(module, "text", max_tokens=4, sampler=sampler) as text:
        pieces.extend(text)
    return pieces


def embed(module: swage.Module) -> numpy.typing.NDArray[numpy.float32]:
    return module.session(entry_point="encode").encode([[1, 2, 3]])["pooler_output"]


def build(model: pathlib.Path) -> int:
    try:
        result = swage.compile(model, "a.swg", targets=["cpu"], progress=print)
    except swage.CompileError as error:
        return len(error.code)
    return result.file_bytes
