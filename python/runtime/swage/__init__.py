# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs transformer models that swage compiled, and compiles them.

    module = swage.Module("llama.swg")
    for text in swage.generate(module, "Once upon a time", max_tokens=64):
        print(text, end="", flush=True)

Compiling needs the package swage-compiler beside this one, swage-runtime.
"""

from swage._runtime import (
    Decoder,
    Device,
    EntryPoint,
    Module,
    Result,
    Sampler,
    Sequence,
    Session,
    Tokenizer,
    Weight,
)
from swage.compiling import CompileError, CompileResult, compile
from swage.errors import Error
from swage.generation import Generation, generate

__all__ = [
    "CompileError",
    "CompileResult",
    "Decoder",
    "Device",
    "EntryPoint",
    "Error",
    "Generation",
    "Module",
    "Result",
    "Sampler",
    "Sequence",
    "Session",
    "Tokenizer",
    "Weight",
    "compile",
    "generate",
]
