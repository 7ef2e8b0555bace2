# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Modules, sessions and sequences."""

import gc
import json
import os
import pathlib
import resource
import struct
import subprocess
import threading
import unittest

import numpy
from common import BERT, PROMPT, TINYTEXT, WORK, artifact, command_line, module

import swage


def read_safetensors(path):
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8 : 8 + size])
    types = {"F32": "<f4", "I32": "<i4", "I64": "<i8"}
    return {
        name: numpy.frombuffer(
            data[8 + size :][slice(*entry["data_offsets"])], types[entry["dtype"]]
        ).reshape(entry["shape"])
        for name, entry in header.items()
        if name != "__metadata__"
    }


def write_safetensors(path, name, values):
    header = json.dumps(
        {name: {"dtype": "I32", "shape": list(values.shape), "data_offsets": [0, values.nbytes]}}
    ).encode()
    path.write_bytes(struct.pack("<Q", len(header)) + header + values.tobytes())


def command_line_outputs(model, tokens, *options):
    """What `swage run --inputs --outputs` gives for the same tokens."""
    source, target = WORK / "inputs.safetensors", WORK / "outputs.safetensors"
    write_safetensors(source, "input_ids", numpy.asarray(tokens, numpy.int32))
    subprocess.run(
        [command_line(), "run", artifact(model), "--inputs", source, "--outputs", target, *options],
        check=True,
        capture_output=True,
    )
    return read_safetensors(target)


class ModuleTest(unittest.TestCase):
    def test_properties(self):
        m = module()
        self.assertEqual(m.architecture, "llama")
        self.assertTrue(m.target.startswith("cpu:"))
        self.assertEqual(m.metadata["activations"], "f32")
        self.assertIn("tokenizer", m.sections)
        self.assertEqual([e.name for e in m.entry_points], ["forward"])
        self.assertEqual(m.entry_points[0].kv_cache_types, ["f32"])
        self.assertEqual(sum(w.bytes for w in m.weights), m.weight_bytes)
        self.assertIn(m.weights[0].encoding, ("f16", "f32"))
        m.verify()

    def test_section_is_a_read_only_view(self):
        table = swage.Module(artifact(TINYTEXT)).section("tokenizer")
        gc.collect()  # The view keeps the module.
        self.assertFalse(table.flags.writeable)
        self.assertFalse(table.flags.owndata)
        self.assertGreater(int(table.sum()), 0)

    def test_device(self):
        device = swage.Device(threads=2)
        self.assertEqual((device.driver, device.threads), ("cpu", 2))
        self.assertTrue(device.name)
        m = swage.Module(str(artifact(TINYTEXT)), device=device)
        del device
        self.assertEqual(m.session().columns, m.vocab_size)

    def test_errors(self):
        with self.assertRaisesRegex(swage.Error, "cannot open '/no/such.swg'") as raised:
            swage.Module("/no/such.swg")
        self.assertEqual(raised.exception.code, "not_found")
        with self.assertRaisesRegex(swage.Error, "cannot open '/no/\ufffd.swg': No such file"):
            swage.Module(os.fsdecode(b"/no/\xff.swg"))
        damaged = WORK / "damaged.swg"
        damaged.write_bytes(artifact(TINYTEXT).read_bytes()[:-1])
        with self.assertRaisesRegex(swage.Error, "have a file of [0-9]+ bytes, require") as raised:
            swage.Module(damaged)
        self.assertEqual(raised.exception.code, "data_loss")
        with self.assertRaisesRegex(swage.Error, "have driver 'tpu', require 'cpu'"):
            swage.Device(driver="tpu")
        with self.assertRaisesRegex(swage.Error, "has no section 'nothing'"):
            module().section("nothing")
        with self.assertRaisesRegex(swage.Error, "f16"):
            module().session(kv_cache="f16")


class SessionTest(unittest.TestCase):
    def test_logits_are_those_of_the_command_line(self):
        tokens = swage.Tokenizer(module()).encode(PROMPT)
        session = module().session(max_logit_rows=64)
        logits = session.forward(
            [(session.create_sequence(), tokens)], logit_rows=range(len(tokens))
        )
        expected = command_line_outputs(TINYTEXT, tokens)["logits"]
        self.assertEqual(logits.tobytes(), expected.tobytes())

    def test_view(self):
        session = module().session()
        sequence = session.create_sequence()
        logits = sequence.append([1, 2, 3])
        self.assertEqual(logits.shape, (1, module().vocab_size))
        self.assertEqual(logits.dtype, numpy.float32)
        self.assertFalse(logits.flags.writeable)
        self.assertFalse(logits.flags.owndata)
        before = logits.copy()
        sequence.append([4])
        # The next call has overwritten what the view shows.
        self.assertTrue((logits != before).any())
        del session, sequence
        gc.collect()
        self.assertTrue(numpy.isfinite(logits).all())

    def test_arrays_are_read_where_they_lie(self):
        """Where there is no memory for a copy, a large array can still be given."""
        tokens = numpy.zeros(2**26, numpy.int32)
        session = module().session()
        sequence = session.create_sequence()
        encoder = module(BERT).session(entry_point="encode")
        pages = int(pathlib.Path("/proc/self/statm").read_text().split()[0])
        limits = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(
            resource.RLIMIT_AS, (pages * resource.getpagesize() + tokens.nbytes // 2, limits[1])
        )
        try:
            with self.assertRaisesRegex(swage.Error, str(len(tokens))):
                sequence.append(tokens)
            with self.assertRaisesRegex(swage.Error, str(len(tokens))):
                session.forward([(sequence, tokens)])
            with self.assertRaises(swage.Error):
                encoder.encode([tokens], [], token_types=[tokens])
        finally:
            resource.setrlimit(resource.RLIMIT_AS, limits)

    def test_fork_and_truncate(self):
        session = module().session(max_sequences=2)
        first = session.create_sequence()
        first.append([1, 2, 3])
        second = first.fork()
        self.assertEqual((len(first), len(second)), (3, 3))
        other = first.append([9]).copy()
        self.assertEqual(len(second), 3)
        same = second.append([9])
        self.assertEqual(same.tobytes(), other.tobytes())
        second.append([5, 6])
        second.truncate(3)
        self.assertEqual(second.append(numpy.array([9])).tobytes(), other.tobytes())
        with self.assertRaisesRegex(swage.Error, "2"):
            first.fork()
        second.close()
        self.assertEqual(len(first.fork()), 4)
        with self.assertRaisesRegex(ValueError, "closed"):
            second.append([1])

    def test_batch(self):
        session = module().session(max_sequences=2, max_logit_rows=4)
        a, b = session.create_sequence(), session.create_sequence()
        together = session.forward([(a, [1, 2]), (b, numpy.array([7, 8, 9], numpy.int64))])
        self.assertEqual(together.shape[0], 2)
        alone = [row.tobytes() for row in together]
        for index, tokens in enumerate(([1, 2], [7, 8, 9])):
            with module().session().create_sequence() as sequence:
                self.assertEqual(sequence.append(tokens).tobytes(), alone[index])
        self.assertEqual(session.forward([(a, [3])], logit_rows=[]).shape[0], 0)
        with self.assertRaisesRegex(ValueError, "another session"):
            module().session().forward([(a, [1])])
        with self.assertRaisesRegex(TypeError, "tokens must be"):
            a.append("text")
        with self.assertRaises(TypeError):
            a.append([2**40])
        with self.assertRaisesRegex(swage.Error, "token"):
            a.append([-1])
        self.assertEqual(len(a), 3)  # A failed call changes nothing.

    def test_save_and_load(self):
        session = module().session(max_sequences=2)
        sequence = session.create_sequence()
        sequence.append([1, 2, 3])
        saved = session.save([sequence])
        expected = sequence.append([4]).copy()
        other = module().session()
        (copy,) = other.load(saved)
        self.assertEqual(len(copy), 3)
        self.assertEqual(copy.append([4]).tobytes(), expected.tobytes())
        copy.close()
        with self.assertRaises(swage.Error):
            other.load(saved[:-1])

    def test_cancel_and_deadline(self):
        session = module().session()
        sequence = session.create_sequence()
        session.cancel()
        with self.assertRaises(swage.Error) as raised:
            sequence.append([1])
        self.assertEqual(raised.exception.code, "cancelled")
        session.set_deadline(1e-6)
        with self.assertRaises(swage.Error) as raised:
            sequence.append([1])
        self.assertEqual(raised.exception.code, "deadline_exceeded")
        session.set_deadline(None)
        self.assertEqual(len(sequence), 0)
        sequence.append([1])
        with self.assertRaises(ValueError):
            session.set_deadline(-1)

    def test_memory_limit(self):
        device = swage.Device(threads=1, memory_limit=4 * 10**6)
        self.assertLess(device.memory, 4 * 10**6)
        with self.assertRaises(swage.Error) as raised:
            swage.Module(artifact(TINYTEXT), device=device).session()
        self.assertEqual(raised.exception.code, "out_of_memory")

    def test_threads(self):
        """Threads with their own sessions get what each gets alone."""
        expected = {}

        def run(seed, results):
            session = module().session()
            sequence = session.create_sequence()
            tokens = [1 + seed]
            for _ in range(20):
                logits = sequence.append(tokens[-1:])
                tokens.append(int(logits.argmax()))
            results[seed] = tokens

        for seed in range(8):
            run(seed, expected)
        found = {}
        threads = [threading.Thread(target=run, args=(s, found)) for s in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(found, expected)

    def test_threads_on_one_session_take_turns(self):
        session = module().session(max_sequences=4)

        def run():
            for _ in range(20):
                with session.create_sequence() as sequence:
                    sequence.append([1, 2, 3])

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(session.create_sequence()), 0)

    def test_interpreter_runs_while_computing(self):
        session = module().session()
        started, ended = threading.Event(), threading.Event()
        counted = 0

        def compute():
            started.set()
            try:
                session.create_sequence().append([1] * 1000)
            finally:
                ended.set()

        thread = threading.Thread(target=compute)
        thread.start()
        started.wait()
        while not ended.wait(0.001):
            counted += 1
        thread.join()
        # The whole call takes a hundred milliseconds and more.
        self.assertGreater(counted, 5)


class EncoderTest(unittest.TestCase):
    def test_results_are_those_of_the_command_line(self):
        session = module(BERT).session(entry_point="encode", max_sequences=2)
        self.assertTrue(session.whole_sequences)
        info = {r.name: r for r in session.results}
        texts = [[2, 17, 31, 3], numpy.array([2, 99, 3], numpy.int32)]
        found = session.encode(texts)
        self.assertEqual(set(found), set(info))
        hidden = found["last_hidden_state"]
        self.assertEqual(hidden.shape, (7, info["last_hidden_state"].columns))
        self.assertTrue(hidden.flags.writeable)
        for text, rows in ((texts[0], hidden[:4]), (texts[1], hidden[4:])):
            expected = command_line_outputs(BERT, text, "--entry", "encode")
            self.assertEqual(rows.tobytes(), expected["last_hidden_state"].tobytes())
        only = session.encode(texts[:1], ["last_hidden_state"], token_types=[[0, 0, 0, 0]])
        self.assertEqual(list(only), ["last_hidden_state"])
        self.assertEqual(only["last_hidden_state"].tobytes(), hidden[:4].tobytes())
        with self.assertRaisesRegex(KeyError, "no result 'nothing'"):
            session.encode(texts, ["nothing"])
        with self.assertRaises(swage.Error):
            session.encode([[]])


if __name__ == "__main__":
    unittest.main()
