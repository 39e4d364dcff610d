"""A Maildir that letters are put into whole.

Responsible for one thing: after `put` returns, the letter is on the disk under `new/`,
also through a power cut. The name of its file is unique by time, process and a counter,
as the Maildir format asks. Lines end in LF there, as mail programs expect of a Maildir.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import socket
import time
from pathlib import Path

from publisher.errors import Unwritable


class Maildir:
    """A folder with `tmp`, `new` and `cur`; made where it is missing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._counter = itertools.count(1)
        # The format reserves `/` and `:` in names.
        self._host = socket.gethostname().replace("/", "\\057").replace(":", "\\072")
        try:
            for name in ("tmp", "new", "cur"):
                (folder / name).mkdir(parents=True, exist_ok=True)
        except OSError as wrong:
            raise Unwritable(path=folder, problem=wrong.strerror or str(wrong)) from wrong

    def put(self, message: bytes) -> Path:
        """Write one message with CRLF or LF line ends. Raises OSError; then nothing is left behind."""
        seconds, nanoseconds = divmod(time.time_ns(), 10**9)  # looked at once: names sort by time
        name = f"{seconds}.M{nanoseconds:09}P{os.getpid()}Q{next(self._counter)}.{self._host}"
        part, whole = self.folder / "tmp" / name, self.folder / "new" / name
        try:
            with part.open("xb") as file:
                file.write(message.replace(b"\r\n", b"\n"))
                file.flush()
                os.fsync(file.fileno())
            part.rename(whole)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink()
            raise
        descriptor = os.open(self.folder / "new", os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        return whole
