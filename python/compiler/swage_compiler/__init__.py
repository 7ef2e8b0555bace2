# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The compiler behind swage.compile, which is how to call it."""

from swage_compiler._compiler import compile, version

__all__ = ["compile", "version"]
