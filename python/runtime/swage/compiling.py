# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The compiler, where the package swage-compiler is installed."""

from __future__ import annotations

import collections.abc
import dataclasses
import os

from swage.errors import Error


@dataclasses.dataclass(frozen=True)
class CompileResult:
    """What compile did."""

    output: str
    compile_seconds: float
    """From the import to code."""
    weight_seconds: float
    """Packing and writing weights."""
    code_bytes: int
    weight_bytes: int
    file_bytes: int
    goldens: int
    """Prompts that were stored with their results."""
    warnings: tuple[str, ...]


class CompileError(Error):
    """A compilation that failed; its text is all that the compiler said."""


def compile(
    model: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    targets: collections.abc.Sequence[str] = (),
    emit: str = "swg",
    activations: str = "auto",
    recipe: str | os.PathLike[str] = "none",
    kv_cache_types: collections.abc.Sequence[str] = (),
    random_seed: int | None = None,
    goldens: int | None = None,
    stop_after: str | None = None,
    dump_ir: str | os.PathLike[str] | None = None,
    report: str | os.PathLike[str] | None = None,
    threads: int = 0,
    progress: collections.abc.Callable[[str, int, int], object] | None = None,
    diagnostic: collections.abc.Callable[[str, str], object] | None = None,
) -> CompileResult:
    """Compiles a model: what ``swage compile`` does, with its options.

    ``progress`` gets what is under way and, of weights, bytes done and in all;
    ``diagnostic`` gets a severity, ``warning`` or ``error``, and a message. An
    exception in either is raised again when the compilation is over. On failure
    the output file is as it was before.
    """
    try:
        import swage_compiler
    except ModuleNotFoundError as error:
        if error.name != "swage_compiler":
            raise
        raise ModuleNotFoundError(
            "swage.compile needs the package swage-compiler, which is not "
            "installed",
            name=error.name,
        ) from None
    diagnostics: list[tuple[str, str]] = []

    def keep(severity: str, message: str) -> None:
        diagnostics.append((severity, message))
        if diagnostic is not None:
            diagnostic(severity, message)

    result = swage_compiler.compile(
        model=os.fspath(model),
        output=os.fspath(output),
        targets=list(targets),
        emit=emit,
        activations=activations,
        recipe=os.fspath(recipe),
        kv_cache_types=list(kv_cache_types),
        random_seed=random_seed,
        goldens=goldens,
        stop_after=stop_after or "",
        dump_ir="" if dump_ir is None else os.fspath(dump_ir),
        report="" if report is None else os.fspath(report),
        threads=threads,
        progress=progress,
        diagnostic=keep,
    )
    if isinstance(result, str):
        errors = [message for severity, message in diagnostics if severity == "error"]
        raise CompileError("\n".join(errors), result)
    return CompileResult(
        os.fspath(output),
        *result,
        warnings=tuple(text for severity, text in diagnostics if severity == "warning"),
    )
