# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of the Python packages share."""

import functools
import os
import pathlib
import tempfile

import swage

SOURCE = pathlib.Path(__file__).resolve().parents[2]
TINYTEXT = SOURCE / "test" / "models" / "tinytext-6m"
BERT = SOURCE / "test" / "golden" / "bert"
WORK = pathlib.Path(tempfile.mkdtemp(prefix="swage-python-"))

PROMPT = "And it came to pass"


@functools.cache
def artifact(model: pathlib.Path) -> pathlib.Path:
    """The artifact of a model with f32 activations, compiled once."""
    path = WORK / (model.name + ".swg")
    swage.compile(model, path, activations="f32")
    return path


@functools.cache
def module(model: pathlib.Path = TINYTEXT) -> swage.Module:
    return swage.Module(artifact(model))


def command_line() -> str:
    """The program `swage` that the same sources made."""
    return os.environ["SWAGE_PROGRAM"]
