"""What the sender is measured against, and which others have written or which does no more than must be.

floor         a process for each core that hashes a body, signs with both keys and writes to the server,
              pipelined, and nothing else: no letter is made, none is written down
smtp-source   Postfix's generator: one process, 16 sessions, builds and signs nothing
nodemailer    its pool with DKIM; it has no Ed25519 and signs by RSA alone

Each gives letters a second and its own CPU a letter. What is not installed is None.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path

from parts.signing_keys import DOMAIN, SIGNED_OCTETS, bare_signatures, keys, keys_for_dkimpy
from parts.table import seconds_of
from publisher.send.multibuffer import BatchSigner
from publisher.send.workshop import BATCH

TOP = Path(__file__).resolve().parents[2]
NODEMAILER = TOP / "tests" / "npm" / "node_modules" / "nodemailer"
SCRIPT = Path(__file__).parent / "nodemailer.mjs"
Found = dict[str, float]
_GROUP = b"MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nDATA\r\n"


def signatures_alone(count: int) -> Found:
    """Both signatures in this process, one after the other."""
    sign = bare_signatures(keys())
    cpu = time.process_time()
    seconds = seconds_of(lambda: [sign() for _ in range(count)])
    return {"rate": count / seconds, "cpu": (time.process_time() - cpu) / count}


def signatures_together(count: int) -> Found | None:
    """The same by as many letters at a time as our sender makes; None where nothing makes them together."""
    sign, signing, data = BatchSigner(), keys(), [os.urandom(SIGNED_OCTETS)] * BATCH
    if any(sign.at_a_time(key) == 1 for key in signing):
        return None
    cpu, batches = time.process_time(), max(1, count // BATCH)
    seconds = seconds_of(lambda: [sign(key, data) for _ in range(batches) for key in signing])
    return {"rate": batches * BATCH / seconds, "cpu": (time.process_time() - cpu) / (batches * BATCH)}


def floor(port: int, letters: int, size: int) -> Found:
    """A process for each core, each with a share of the letters."""
    cores = os.cpu_count() or 1
    shares = [letters // cores + (at < letters % cores) for at in range(cores)]
    commands = [[sys.executable, "-m", "parts.yardsticks", str(port), str(share), str(size)] for share in shares]
    # Starting Python and making keys is not counted: each says when it is ready, and is told to go.
    running = [
        subprocess.Popen(
            command, cwd=Path(__file__).parents[1], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for command in commands
    ]
    for process in running:
        assert process.stdout
        process.stdout.readline()
    begun, own = time.perf_counter(), 0.0
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in running:
        told, _ = process.communicate()
        own += float(told)
    return {"rate": letters / (time.perf_counter() - begun), "cpu": own / letters}


def _one_floor(port: int, letters: int, size: int) -> None:
    sign, line = bare_signatures(keys()), b"x" * 70 + b"\r\n"
    body = line * (size // len(line))
    with closing(socket.create_connection(("127.0.0.1", port))) as server:
        reader = server.makefile("rb")
        server.sendall(b"EHLO floor.example\r\n")
        while not reader.readline().startswith(b"250 "):
            pass
        print("ready", flush=True)
        sys.stdin.readline()
        cpu = time.process_time()
        server.sendall(_GROUP)
        for left in range(letters, 0, -1):
            sha256(body)
            sign()
            while not reader.readline().startswith(b"354"):
                pass
            server.sendall(b"".join((body, b".\r\n", _GROUP if left > 1 else b"QUIT\r\n")))
        reader.read()
        print(time.process_time() - cpu)


def smtp_source(port: int, letters: int, size: int, connections: int) -> Found | None:
    program = shutil.which("smtp-source", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if not program:
        return None
    command = [program, "-s", str(connections), "-d", "-m", str(letters), "-l", str(size)]
    command += ["-f", f"desk@{DOMAIN}", "-t", "ann@readers.example", f"127.0.0.1:{port}"]
    before, begun = cpu_of_children(), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return {"rate": letters / (time.perf_counter() - begun), "cpu": (cpu_of_children() - before) / letters}


@contextmanager
def running_smtp_sink() -> Iterator[int | None]:
    """Postfix's sink on a port of its own; None where it is not installed."""
    program = shutil.which("smtp-sink", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if not program:
        yield None
        return
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port: int = free.getsockname()[1]
    user = ["-u", "nobody"] if os.geteuid() == 0 else []
    with subprocess.Popen([program, *user, f"127.0.0.1:{port}", "512"], stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield port
        finally:
            process.terminate()


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("smtp-sink does not listen")


def nodemailer(port: int, letters: int, connections: int, letter: Mapping[str, str]) -> Found | None:
    node = shutil.which("node")
    if not node or not NODEMAILER.is_dir():
        return None
    secret = keys_for_dkimpy(keys())[0].secret.decode()
    facts = {"port": port, "letters": letters, "connections": connections, "domain": DOMAIN, "key": secret}
    told = subprocess.run(
        [node, str(SCRIPT), str(NODEMAILER)],
        check=True,
        input=json.dumps({**facts, **letter}),
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    found: Found = json.loads(told)
    return found


def cpu_of_children() -> float:
    """Of those that have ended, in seconds."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


if __name__ == "__main__":
    _one_floor(*(int(word) for word in sys.argv[1:]))
