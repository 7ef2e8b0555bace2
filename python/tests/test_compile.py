# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""swage.compile."""

import subprocess
import sys
import threading
import unittest

from common import TINYTEXT, WORK, artifact, command_line

import swage


class CompileTest(unittest.TestCase):
    def test_same_bytes_as_the_command_line(self):
        expected = WORK / "command-line.swg"
        subprocess.run(
            [command_line(), "compile", TINYTEXT, "-o", expected, "--activations", "f32"],
            check=True, capture_output=True,
        )
        self.assertEqual(artifact(TINYTEXT).read_bytes(), expected.read_bytes())

    def test_progress_and_result(self):
        reports = []
        path = WORK / "progress.swg"
        result = swage.compile(
            TINYTEXT, path, activations="f32", threads=2,
            progress=lambda what, done, total: reports.append((what, done, total)),
        )
        self.assertEqual(result.file_bytes, path.stat().st_size)
        self.assertGreater(result.weight_bytes, 10**7)
        self.assertGreater(result.compile_seconds, 0)
        self.assertEqual(result.warnings, ())
        self.assertEqual(result.goldens, 3)
        stages = [what for what, _, total in reports if not total]
        self.assertEqual(stages[0], "import")
        self.assertIn("fuse", stages)
        self.assertEqual(reports[-1][1:], (result.weight_bytes, result.weight_bytes))

    def test_errors(self):
        said = []
        path = WORK / "none.swg"
        with self.assertRaisesRegex(swage.CompileError, "there is no '/no/model'") as raised:
            swage.compile("/no/model", path, diagnostic=lambda *d: said.append(d))
        self.assertEqual(raised.exception.code, "not_found")
        self.assertEqual(said, [("error", str(raised.exception))])
        with self.assertRaisesRegex(swage.CompileError, "unknown target 'gpu'") as raised:
            swage.compile(TINYTEXT, path, targets=["gpu"])
        self.assertEqual(raised.exception.code, "invalid_argument")
        for options, message in (
            ({"emit": "exe"}, "kinds are swg"),
            ({"activations": "f8"}, "unknown activations 'f8'"),
            ({"recipe": "q9"}, "unknown recipe 'q9'"),
            ({"kv_cache_types": ["f8"]}, "unknown cache type 'f8'"),
            ({"stop_after": "never"}, "unknown stage 'never'"),
            ({"emit": "static-lib"}, "cannot name a static library"),
            ({"goldens": 65}, "at most 64"),
        ):
            with self.assertRaisesRegex(swage.CompileError, message) as raised:
                swage.compile(TINYTEXT, path, **options)
            self.assertEqual(raised.exception.code, "invalid_argument")
        folder = WORK / "model"
        folder.mkdir()
        (folder / "config.json").write_text('{"model_type": "newest"}')
        with self.assertRaisesRegex(swage.CompileError, 'found "newest", supported are'):
            swage.compile(folder, path)
        self.assertFalse(path.exists())

    def test_goldens(self):
        sizes = []
        for count in (0, 1):
            path = WORK / ("goldens%d.swg" % count)
            result = swage.compile(TINYTEXT, path, activations="f32", goldens=count)
            self.assertEqual(result.goldens, count)
            sizes.append(path.stat().st_size)
        self.assertLess(sizes[0], sizes[1])

    def test_exception_in_a_callback(self):
        def stop(what, done, total):
            raise KeyError(what)

        with self.assertRaises(KeyError):
            swage.compile(TINYTEXT, WORK / "callback.swg", progress=stop)

    def test_threads(self):
        """Compilations at the same time give what each gives alone."""
        paths = [WORK / ("thread%d.swg" % i) for i in range(3)]
        threads = [
            threading.Thread(target=swage.compile, args=(TINYTEXT, p), kwargs={"activations": "f32"})
            for p in paths
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for path in paths:
            self.assertEqual(path.read_bytes(), artifact(TINYTEXT).read_bytes())

    def test_without_the_compiler(self):
        code = (
            "import sys; sys.modules['swage_compiler'] = None\n"
            "import swage\n"
            "try: swage.compile('a', 'b')\n"
            "except ModuleNotFoundError as error: print(error)\n"
        )
        printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
        self.assertIn("needs the package swage-compiler", printed)

    def test_no_framework(self):
        code = "import swage, sys; print([m for m in ('torch', 'tensorflow', 'jax', 'swage_compiler') if m in sys.modules])"
        printed = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
        self.assertEqual(printed.strip(), "[]")


if __name__ == "__main__":
    unittest.main()
