"""Python processes that have the program imported already: a test that starts a command waits for the command alone.

Importing takes half a second of computing, and tests start commands some hundred times. So one process
(`python -m tests.warm`) imports all of it once and waits; each command is forked from it, and from there on lives,
writes, is killed and ends as any other process. A start that is to be as cold as a user's is subprocess.Popen's:
tests/test_cli_main.py and tests/test_packaging.py have it for each command.

Who starts python by itself, as benchmarks do, gets the same with `children=True`: its `sys.executable` is then a small
script that has a process forked, lends it what it was started with, passes signals on, and ends as that one does.

A `Warm` is a Popen in all but how it begins and how its end is told: three inner methods of Popen, which are the same
in Python 3.11 to 3.13. What python is told by its options, and what must be done between fork and exec, is none of its.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import click

from publisher import cli
from tests.once import compile_templates_once, migrate_once, read_catalogs_once

TOP = Path(__file__).parent.parent
MOST_BYTES = 1 << 18  # of a question: arguments and environment
_ENDED = 8  # bytes that tell how a process ended


class Warm(subprocess.Popen[str]):
    """`python ARGUMENTS`: `-m MODULE …`, `-c PROGRAM …` or `FILE …`."""

    def __init__(self, arguments: list[str], *, strict: bool = False, children: bool = False, **given: Any) -> None:
        self._strict = strict  # like python -W error
        self._children = children  # whether those that it starts are warm, too
        self._told = -1
        super().__init__(arguments, text=True, **given)

    def _execute_child(self, args: list[str], *given: Any) -> None:
        cwd, env, pipes = given[4], given[5], given[9:15]  # each pipe: the end to read from, the end to write to
        self._told, tells = os.pipe()
        asked = {
            "arguments": [str(argument) for argument in args],
            "strict": self._strict,
            "children": self._children,
            "cwd": str(cwd or Path.cwd()),
            "environ": dict(os.environ if env is None else env),
        }
        theirs = [fd if fd >= 0 else own for own, fd in enumerate((pipes[0], pipes[3], pipes[5]))]
        try:
            self.pid = _nursery().fork(asked, [*theirs, tells])
            self._child_created = True
        finally:
            os.close(tells)
            self._close_pipe_fds(*pipes)

    def _internal_poll(self, *_given: Any, **_more: Any) -> int | None:
        if self.returncode is None:
            self._look(0)
        return self.returncode

    def _wait(self, timeout: float | None) -> int:
        if self.returncode is None:
            self._look(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return self.returncode

    def _look(self, seconds: float | None) -> None:
        """Whether it ended, within so many seconds (None: however long it takes)."""
        with self._waitpid_lock:
            if self.returncode is None and select.select([self._told], [], [], seconds)[0]:
                self.returncode = int(os.read(self._told, _ENDED) or b"-9")  # nothing: the nursery itself is gone
                os.close(self._told)


def run(arguments: list[str], *, seconds: float = 60, **given: Any) -> subprocess.CompletedProcess[str]:
    """To its end, which comes by force where it takes longer; what it printed, and what it said on stderr."""
    with Warm(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **given) as process:
        try:
            out, err = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


# What stands for python: a line for sh, which Python reads as words of no use, then what Python does at once.
_STUB = """#!/bin/sh
"exec" "{python}" "-IS" "$0" "$@"
import json, os, signal, socket, sys
nursery = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
nursery.connect({door!r})
asked = dict(arguments=sys.argv[1:], strict=False, children=True, cwd=os.getcwd(), environ=dict(os.environ))
socket.send_fds(nursery, [json.dumps(asked).encode()], [0, 1, 2])
pid = int(nursery.recv(16))
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda number, _frame: os.kill(pid, number))
for own in (0, 1, 2):
    os.close(own)  # whoever is at their other end waits for the other's end alone
code = int(nursery.recv(16) or b"-9")
if code < 0:
    os.kill(os.getpid(), signal.SIGKILL)
os._exit(code)
"""


class _Nursery:
    """This process's end of the process that all are forked from."""

    def __init__(self) -> None:
        self._socket, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._folder = tempfile.TemporaryDirectory(prefix="warm-")
        with its:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.warm", str(its.fileno()), self._folder.name], cwd=TOP,
                pass_fds=[its.fileno()], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            )  # fmt: skip
        atexit.register(self.close)

    def fork(self, asked: dict[str, Any], fds: list[int]) -> int:
        """The process id of what was begun."""
        socket.send_fds(self._socket, [json.dumps(asked).encode()], fds)
        return int(self._socket.recv(16))

    def close(self) -> None:
        self._socket.close()
        self._process.wait(10)
        self._folder.cleanup()


@functools.cache
def _nursery() -> _Nursery:
    return _Nursery()


# The other side


def import_all() -> None:
    for name in cli.COMMANDS:
        cli.group.get_command(click.Context(cli.group), name)
    compile_templates_once(keeps=False)
    read_catalogs_once()
    migrate_once(keeps=False)  # the first command on a site makes its database
    gc.collect()
    gc.freeze()  # pages that stay as they are need not be copied


def open_door(folder: Path) -> socket.socket:
    """Where stubs come to; the stub beside it."""
    door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    door.bind(str(folder / "door"))
    door.listen(64)
    stub = stub_in(folder)
    stub.write_text(_STUB.format(python=sys.executable, door=str(folder / "door")), "utf-8")
    stub.chmod(0o700)
    return door


def stub_in(folder: Path) -> Path:
    return folder / "python"


def serve(asking: socket.socket, door: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Forks as it is asked, and tells how each ended. Returns in what was forked, and at the end of all questions."""
    born: dict[int, tuple[int, int]] = {}  # what shows its end: its id, and where that is told
    while True:
        for ready in select.select([asking, door, *born], [], [])[0]:
            if isinstance(ready, int):
                pid, tells = born.pop(ready)
                code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                with contextlib.suppress(BrokenPipeError):
                    os.write(tells, str(code).encode())
                os.close(tells)
                os.close(ready)
                continue
            with contextlib.ExitStack() as kept:
                conn = kept.enter_context(door.accept()[0]) if ready is door else asking
                question, fds, _, _ = socket.recv_fds(conn, MOST_BYTES, 4)
                if not question and conn is asking:
                    return None
                if not question:  # a stub that was killed before it asked
                    continue
                if conn is not asking:
                    fds.append(os.dup(conn.fileno()))
                if not (pid := os.fork()):
                    asking.close()
                    door.close()
                    for pidfd, (_, tells) in born.items():
                        os.close(pidfd)
                        os.close(tells)
                    return json.loads(question), fds
                with contextlib.suppress(BrokenPipeError):
                    conn.send(str(pid).encode())
                for fd in fds[:3]:
                    os.close(fd)
                born[os.pidfd_open(pid)] = pid, fds[3]


def become(asked: dict[str, Any], fds: list[int], folder: Path) -> None:
    """What python would be, started so."""
    if asked["children"]:
        sys.executable = str(stub_in(folder))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for own, fd in enumerate(fds[:3]):
        os.dup2(fd, own)
    for fd in fds:
        os.close(fd)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["environ"])
    time.tzset()
    if asked["strict"]:
        warnings.simplefilter("error")
    kind, *rest = asked["arguments"]
    if kind == "-m":
        sys.argv, sys.path[0] = rest, str(Path.cwd())
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif kind == "-c":
        sys.argv, sys.path[0] = ["-c", *rest[1:]], ""
        exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})  # a test's own words
    else:
        sys.argv, sys.path[0] = [kind, *rest], str(Path(kind).parent)
        runpy.run_path(kind, run_name="__main__")


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for those who ask
    import_all()
    folder = Path(sys.argv[2])
    with socket.socket(fileno=int(sys.argv[1])) as asking, open_door(folder) as door:
        begun = serve(asking, door)
    if begun:
        become(*begun, folder)


if __name__ == "__main__":
    main()
