"""Configuration of the lit tests: which files are tests and what they may run."""

import os
import platform
import shutil

import lit.formats

config.name = "swage"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "bench", "fuzz", "golden", "models", "unit"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = config.swage_test_exec_root

# Tools: ours first, then LLVM's.
path = [config.swage_bin_dir, config.llvm_tools_dir, os.environ.get("PATH", "")]
config.environment["PATH"] = os.pathsep.join(path)
# A test's cache and configuration never leave the build folder.
config.environment["XDG_CACHE_HOME"] = os.path.join(config.test_exec_root, "cache")
config.environment["LC_ALL"] = "C.UTF-8"

config.available_features.add("host-" + platform.machine().replace("_", "-"))
if platform.machine() == "x86_64" and shutil.which("qemu-x86_64"):
    config.available_features.add("qemu-x86-64")

# Lowers a module whose function `main` prints what it computes, and runs it.
LOWER = (
    "swage-opt --swage-lower-decompose --canonicalize"
    " --convert-elementwise-to-linalg"
    " '--one-shot-bufferize=bufferize-function-boundaries'"
    " --convert-linalg-to-loops --expand-strided-metadata --lower-affine"
    " --convert-scf-to-cf --convert-math-to-llvm --convert-math-to-libm"
    " '--arith-expand=include-bf16=true' --convert-to-llvm"
    " --reconcile-unrealized-casts"
)
RUNNER = (
    "mlir-runner -e main -entry-point-result=void"
    " -shared-libs={0}/libmlir_runner_utils.so,{0}/libmlir_c_runner_utils.so"
).format(config.mlir_lib_dir)

config.substitutions += [
    ("%{models}", os.path.join(config.test_source_root, "models")),
    ("%{golden}", os.path.join(config.test_source_root, "golden")),
    ("%{data}", os.path.join(config.test_source_root, "data")),
    ("%{source}", config.swage_source_root),
    ("%{build}", config.swage_build_root),
    ("%{mlir_lib_dir}", config.mlir_lib_dir),
    ("%{mlir_include_dir}", config.mlir_include_dir),
    ("%{python}", '"%s"' % config.python),
    ("%{lower}", LOWER),
    ("%{runner}", RUNNER),
]
