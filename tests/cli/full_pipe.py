# SPDX-License-Identifier: MIT
import os


def full_pipe():
    """A pipe whose reader has read nothing: its two ends. The next write blocks."""
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 4096)
    except BlockingIOError:
        pass
    os.set_blocking(writer, True)
    return reader, writer
