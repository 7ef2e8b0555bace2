# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Text as it comes."""

from __future__ import annotations

import collections.abc

import numpy
import numpy.typing

from swage._runtime import Decoder, Module, Sampler, Session, Tokenizer

Tokens = collections.abc.Sequence[int] | numpy.typing.NDArray[numpy.integer]


class Generation(collections.abc.Iterator[str]):
    """Pieces of text, each computed when it is asked for.

    Made by generate. ``tokens`` has the tokens so far, without the prompt's.
    The sequence behind it is closed at the end of the text, by close, or at the
    end of a with block.
    """

    tokens: list[int]

    def __init__(
        self,
        session: Session,
        tokenizer: Tokenizer,
        prompt: Tokens,
        sampler: Sampler,
        max_tokens: int,
        ignore_eos: bool,
    ) -> None:
        self.tokens = []
        self._prompt = [int(token) for token in prompt]
        self._tokenizer = tokenizer
        self._decoder = Decoder(tokenizer)
        self._sampler = sampler
        self._max_tokens = max_tokens
        self._ignore_eos = ignore_eos
        self._pending = self._prompt
        self._ended = False
        self._sequence = session.create_sequence()

    def __next__(self) -> str:
        if self._ended:
            raise StopIteration
        if len(self.tokens) < self._max_tokens:
            logits = self._sequence.append(self._pending)
            token = self._sampler.sample(logits, self._prompt + self.tokens)
            if self._ignore_eos or not self._tokenizer.is_eos(token):
                self.tokens.append(token)
                self._pending = [token]
                return self._decoder.push(token)
        self.close()
        rest = self._decoder.flush()
        if not rest:
            raise StopIteration
        return rest

    def close(self) -> None:
        """Ends the text and gives the sequence's memory back."""
        self._ended = True
        self._sequence.close()

    def __enter__(self) -> Generation:
        return self

    def __exit__(self, *args: object) -> None:
        self.close()


def generate(
    module: Module,
    prompt: str | Tokens,
    *,
    max_tokens: int | None = None,
    sampler: Sampler | None = None,
    session: Session | None = None,
    ignore_eos: bool = False,
) -> Generation:
    """Continues a prompt, a text or its tokens, and gives the text in pieces.

    Without a sampler, the likeliest token is taken each time. Without a
    session, one is made for this text. It ends at a token that ends a text,
    unless ignore_eos, after max_tokens, or when the session's context is full.
    """
    tokenizer = Tokenizer(module)
    tokens: Tokens
    tokens = tokenizer.encode(prompt) if isinstance(prompt, str) else prompt
    if session is None:
        session = module.session()
    # The last token that is drawn takes no position.
    room = session.context - len(tokens) + 1
    if max_tokens is None or max_tokens > room:
        max_tokens = max(room, 0)
    return Generation(
        session, tokenizer, tokens, sampler or Sampler(), max_tokens, ignore_eos
    )
