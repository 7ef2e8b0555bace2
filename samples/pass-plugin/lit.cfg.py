"""Tests of the plugin; CMakeLists.txt gives the parameters."""

import os

import lit.formats

config.name = "swage-pass-plugin"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(lit_config.params["output"], "test")
config.environment["PATH"] = lit_config.params["path"] + ":" + os.environ["PATH"]
config.substitutions.append(("%{plugin}", lit_config.params["plugin"]))
