# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tokenizers, sampling and generation."""

import json
import subprocess
import unittest

import numpy
from common import BERT, PROMPT, TINYTEXT, artifact, command_line, module

import swage


class TokenizerTest(unittest.TestCase):
    def test_round_trip(self):
        tokenizer = swage.Tokenizer(module())
        tokens = tokenizer.encode(PROMPT)
        self.assertEqual(tokens.dtype, numpy.int32)
        self.assertEqual(tokens[0], tokenizer.bos_token)
        self.assertEqual(tokenizer.decode(tokens), PROMPT)
        plain = tokenizer.encode(PROMPT, add_special=False)
        self.assertEqual(list(tokens[1:]), list(plain))
        decoder = swage.Decoder(tokenizer)
        text = "".join(decoder.push(int(t)) for t in tokens) + decoder.flush()
        self.assertEqual(text, PROMPT)
        self.assertTrue(tokenizer.is_eos(tokenizer.eos_tokens[0]))
        self.assertEqual(len(tokenizer), module().vocab_size)
        with self.assertRaises(swage.Error) as raised:
            tokenizer.token(10**6)
        self.assertEqual(raised.exception.code, "not_found")

    def test_none(self):
        with self.assertRaisesRegex(swage.Error, "no section 'tokenizer'"):
            swage.Tokenizer(module(BERT))

    def test_sampler(self):
        logits = numpy.array([0.0, 3.0, 2.0], numpy.float32)
        self.assertEqual(swage.Sampler().sample(logits), 1)
        self.assertEqual(swage.Sampler(repetition_penalty=2.0).sample(logits, [1]), 2)
        draws = [[swage.Sampler(temperature=1.0, seed=s).sample(logits) for s in range(50)] for _ in range(2)]
        self.assertEqual(draws[0], draws[1])
        self.assertGreater(len(set(draws[0])), 1)
        with self.assertRaises(swage.Error):
            swage.Sampler().sample(numpy.array([numpy.nan], numpy.float32))
        with self.assertRaisesRegex(ValueError, "one row"):
            swage.Sampler().sample(numpy.zeros((2, 3), numpy.float32))


class GenerationTest(unittest.TestCase):
    def test_text_is_that_of_the_command_line(self):
        printed = subprocess.run(
            [command_line(), "run", artifact(TINYTEXT), "--prompt", PROMPT, "-n", "32", "--json"],
            check=True, capture_output=True, text=True,
        ).stdout
        expected = json.loads(printed)
        generation = swage.generate(module(), PROMPT, max_tokens=32)
        pieces = list(generation)
        self.assertEqual(generation.tokens, expected["tokens"])
        self.assertEqual("".join(pieces), expected["text"])
        self.assertGreater(len(pieces), 16)  # It comes in pieces.

    def test_it_streams(self):
        session = module().session()
        with swage.generate(module(), PROMPT, session=session) as generation:
            next(generation)
            self.assertEqual(len(generation.tokens), 1)
            with self.assertRaises(swage.Error):
                session.create_sequence()  # The session's only one is in use.
        self.assertEqual(list(generation), [])
        session.create_sequence()

    def test_context_ends_it(self):
        session = module().session(context=16)
        tokens = swage.Tokenizer(module()).encode(PROMPT)
        generation = swage.generate(module(), tokens, session=session, ignore_eos=True)
        list(generation)
        self.assertEqual(len(generation.tokens), 16 - len(tokens) + 1)

    def test_seeds(self):
        def run(seed):
            sampler = swage.Sampler(temperature=0.9, top_p=0.95, seed=seed)
            return "".join(swage.generate(module(), PROMPT, max_tokens=16, sampler=sampler))

        self.assertEqual(run(3), run(3))
        self.assertNotEqual(run(3), run(4))


if __name__ == "__main__":
    unittest.main()
