"""A real Postfix on loopback for tests, with a configuration, queue and log of its own.

Its master wants root. What it does with mail is for who starts it: lines of main.cf. Everything else is as
Debian ships it.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.serving import free_port

STARTS_WITHIN_SECONDS = 30.0

_MAIN = """compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
mydestination =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
smtp_dns_support_level = disabled
message_size_limit = 20000000
default_process_limit = 20
alias_maps =
local_recipient_maps =
smtpd_client_connection_rate_limit = 0
anvil_rate_time_unit = 60s
"""
_MASTER = """pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, kw_only=True)
class Postfix:
    """Where it listens, at each port with settings of that port's own."""

    folder: Path
    ports: tuple[int, ...]

    @property
    def port(self) -> int:
        return self.ports[0]

    def log(self) -> str:
        return (self.folder / "mail.log").read_text(encoding="utf-8", errors="replace")


def is_installed() -> bool:
    return shutil.which("postfix", path="/usr/sbin:/usr/bin") is not None


@contextmanager
def postfix(main: str, *, listens: Sequence[str] = ("",), files: Mapping[str, str] | None = None) -> Iterator[Postfix]:
    """`main`: lines of main.cf, where `{etc}` is the folder of `files`; `listens`: options of each port's server."""
    assert is_installed(), "there is no Postfix here; type `./dev test`, which fetches it, or apt-get install postfix"
    assert os.geteuid() == 0, "Postfix runs for root alone; type `./dev test` as root, in a container for example"
    with tempfile.TemporaryDirectory(prefix="postfix-", dir="/tmp") as name:  # its owner must be able to go in
        folder = Path(name)
        folder.chmod(0o755)
        for below in ("etc", "queue", "data"):
            (folder / below).mkdir()
        shutil.chown(folder / "data", "postfix")
        ports = tuple(free_port() for _ in listens)
        servers = [f"127.0.0.1:{port} inet n - n - - smtpd {more}\n" for port, more in zip(ports, listens, strict=True)]
        (folder / "etc" / "master.cf").write_text("".join(servers) + _MASTER)
        (folder / "etc" / "main.cf").write_text(_MAIN.format(folder=folder) + main.replace("{etc}", f"{folder}/etc"))
        for file, text in (files or {}).items():
            (folder / "etc" / file).write_text(text)
        command = ["/usr/sbin/postfix", "-c", str(folder / "etc")]
        subprocess.run([*command, "start"], check=True, capture_output=True, timeout=60)
        try:
            running = Postfix(folder=folder, ports=ports)
            _wait_for(running)
            yield running
        finally:
            subprocess.run([*command, "abort"], check=False, capture_output=True, timeout=60)


def _wait_for(running: Postfix) -> None:
    ends = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < ends:
        try:
            socket.create_connection(("127.0.0.1", running.port), timeout=5).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"Postfix does not listen: {running.log()}")
