"""A real Postfix between us and whoever catches the letters: it takes them by our own session and passes them on.

Needs Postfix installed, and root, which its master wants. It has a configuration, queue and log of its own, listens on
loopback alone and knows one way on: to the catcher. Everything else is as Debian ships it.
"""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from publisher.mail import headers
from publisher.model.outcome import Verdict
from publisher.send.aside import send_aside
from publisher.send.commands import Parcel
from publisher.send.relay import Relay, read_relay
from tests import smtp_servers
from tests.many_letters.made import Made

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
myhostname = relay.fernmoor.example
mydestination =
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject
relayhost = [127.0.0.1]:{next_hop}
smtp_dns_support_level = disabled
message_size_limit = 20000000
default_process_limit = 20
alias_maps =
local_recipient_maps =
smtpd_client_connection_rate_limit = 0
anvil_rate_time_unit = 60s
"""
_MASTER = """127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
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
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""
_TOKEN = re.compile(r"<b\+([0-9a-v]{32})@")
PATIENCE_SECONDS = 300.0

Relayed = Callable[[Sequence[Made]], list[Made]]


def is_installed() -> bool:
    return shutil.which("postfix", path="/usr/sbin:/usr/bin") is not None


@contextmanager
def postfix(next_hop: int) -> Iterator[int]:
    """A Postfix that passes all on to this port of our machine; the port it listens on."""
    with tempfile.TemporaryDirectory(prefix="postfix-", dir="/tmp") as name:  # its owner must be able to go in
        folder = Path(name)
        folder.chmod(0o755)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        for below in ("etc", "queue", "data"):
            (folder / below).mkdir()
        shutil.chown(folder / "data", "postfix")
        (folder / "etc" / "main.cf").write_text(_MAIN.format(folder=folder, next_hop=next_hop))
        (folder / "etc" / "master.cf").write_text(_MASTER.format(port=port))
        command = ["/usr/sbin/postfix", "-c", str(folder / "etc")]
        subprocess.run([*command, "start"], check=True, capture_output=True, timeout=60)
        try:
            _wait_for(port)
            yield port
        finally:
            subprocess.run([*command, "abort"], check=False, capture_output=True, timeout=60)


def _wait_for(port: int) -> None:
    for _ in range(100):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=5):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("Postfix does not listen")


def parcel_of(made: Made, key: int) -> Parcel:
    return Parcel(
        key=key,
        sender=made.sender,
        recipient=headers.address_on_the_wire(made.reader.address),
        envelope_id=made.reader.token,
        message=made.message,
        utf8_header=made.issue.compiled.smtputf8_needed(made.reader),
        plain_lines=True,
    )


@contextmanager
def through_postfix() -> Iterator[Relayed]:
    """A way through Postfix: letters that go in come out, in the same order, or AssertionError says what happened."""
    with smtp_servers.Relay() as catcher, postfix(catcher.port) as port:
        relay = read_relay(f"smtp://127.0.0.1:{port}", name="postfix", timeout=timedelta(seconds=60))
        yield partial(_relayed, catcher, relay)


def _relayed(catcher: smtp_servers.Relay, relay: Relay, letters: Sequence[Made]) -> list[Made]:
    catcher.letters.clear()
    done = send_aside(relay, [parcel_of(made, key) for key, made in enumerate(letters)])
    refused = [str(one) for one in done.outcomes if one.verdict is not Verdict.SENT]
    assert not refused, refused[:5]
    ends = time.monotonic() + PATIENCE_SECONDS
    while len(catcher.letters) < len(letters) and time.monotonic() < ends:
        time.sleep(0.1)
    came = {found[1]: one for one in list(catcher.letters) if (found := _TOKEN.search(one.mail))}
    assert len(catcher.letters) == len(came) == len(letters), f"{len(letters)} went in, {len(catcher.letters)} came out"
    return [_as_it_came(made, came[made.reader.token]) for made in letters]


def _as_it_came(made: Made, caught: smtp_servers.Caught) -> Made:
    wanted = headers.address_on_the_wire(made.reader.address)
    assert caught.recipient.lower() == wanted.lower(), (caught.recipient, wanted)
    assert f"ENVID={made.reader.token}" in caught.mail, caught.mail
    return replace(made, message=caught.body)
