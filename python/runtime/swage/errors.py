# Part of Swage, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What calls of Swage raise."""


class Error(RuntimeError):
    """A call that failed; its text is the message of the C API.

    ``code`` says coarsely what went wrong: ``invalid_argument``,
    ``out_of_memory``, ``not_found``, ``data_loss`` (a file is damaged or cut
    short), ``unsupported`` (sound, but not on this device or version), ``io``,
    ``cancelled``, ``deadline_exceeded`` or ``internal`` (a bug in Swage).
    """

    code: str

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code
