"""A real Dovecot on loopback for tests: IMAP and POP3 over Maildirs in a folder of the test.

It runs as who runs the tests, with a configuration of its own. Every user has the password `harbour`.
"""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from publisher.send.maildir import Maildir
from tests.serving import free_port

PASSWORD = "harbour"
CERTIFICATES = Path(__file__).parent / "cases" / "send" / "tls"
STARTS_WITHIN_SECONDS = 20.0

_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap pop3
listen = 127.0.0.1
mail_location = maildir:{folder}/mail/%u
first_valid_uid = 0
first_valid_gid = 0
mail_uid = {uid}
mail_gid = {gid}
{whose}
disable_plaintext_auth = yes
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{certificate}
auth_failure_delay = 0
{more}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
service imap-login {{
  {chroot}
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service pop3-login {{
  {chroot}
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
  {chroot}
}}
service stats {{
  {chroot}
}}
"""

_WHOSE = """
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
"""


@dataclass(frozen=True, kw_only=True)
class Dovecot:
    """Where it listens; a folder of each user is a Maildir."""

    folder: Path
    whose: pwd.struct_passwd
    imap: int
    imaps: int
    pop3: int
    pop3s: int

    def inbox(self, user: str) -> Maildir:
        inbox = Maildir(self.folder / "mail" / user)
        for folder in (inbox.folder, *inbox.folder.iterdir()):
            os.chown(folder, self.whose.pw_uid, self.whose.pw_gid)
        return inbox

    def log(self) -> str:
        return (self.folder / "log").read_text(encoding="utf-8", errors="replace")


@contextmanager
def dovecot(more: str = "") -> Iterator[Dovecot]:
    """`more`: lines of its configuration."""
    with tempfile.TemporaryDirectory(prefix="dovecot-") as name:
        Path(name).chmod(0o755)  # it reads mail as somebody else, where root runs the tests
        with _running(Path(name), more) as running:
            yield running


@contextmanager
def _running(folder: Path, more: str) -> Iterator[Dovecot]:
    program = shutil.which("dovecot")
    assert program, "there is no dovecot here; type `./dev test`, which fetches it, or apt-get install dovecot-imapd"
    (folder / "mail").mkdir(parents=True)
    ports = {name: free_port() for name in ("imap", "imaps", "pop3", "pop3s")}
    root = os.geteuid() == 0  # then it becomes its own users by itself, and reads no mail as root
    whose = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.geteuid())
    os.chown(folder / "mail", whose.pw_uid, whose.pw_gid)
    config = folder / "dovecot.conf"
    config.write_text(
        _CONFIG.format(
            folder=folder,
            uid=whose.pw_uid,
            gid=whose.pw_gid,
            whose="" if root else _WHOSE.format(user=whose.pw_name, group=grp.getgrgid(whose.pw_gid).gr_name),
            chroot="" if root else "chroot =",  # that is for root alone
            certificate=CERTIFICATES / "localhost.pem",
            password=PASSWORD,
            more=more,
            **ports,
        )
    )
    with subprocess.Popen([program, "-F", "-c", config], stderr=subprocess.PIPE) as process:
        try:
            _wait_for(process, ports["pop3s"], folder / "log")
            yield Dovecot(folder=folder, whose=whose, **ports)
        finally:
            process.terminate()
            process.communicate()


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    ends = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < ends:
        if process.poll() is not None:
            assert process.stderr
            raise AssertionError(f"dovecot ended: {process.stderr.read().decode()}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"dovecot does not listen: {log.read_text() if log.exists() else ''}")
