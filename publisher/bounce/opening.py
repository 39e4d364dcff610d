"""The mailbox that an address in config.toml names, ready to be visited; or where to listen.

Responsible for choosing among the transports by the scheme, and for paths, which are relative to
config.toml. Secrets are read by who hands them in.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit

from publisher.bounce.account import AccessToken, read_account
from publisher.bounce.imap import ImapMailbox
from publisher.bounce.lmtp import Listening
from publisher.bounce.mailbox import Mailbox
from publisher.bounce.maildir import MaildirMailbox
from publisher.bounce.mbox import MboxMailbox
from publisher.bounce.pop3 import Pop3Mailbox
from publisher.config.incoming import BouncesTable


def open_bounces(
    table: BouncesTable, root: Path, *, password: str = "", token: AccessToken | None = None
) -> Mailbox | Listening:
    """What `[bounces.NAME]` names; nothing is connected yet. Raises MailboxError where it cannot be used."""
    parts = urlsplit(table.url)
    path = root / Path(unquote(parts.path)).expanduser()
    match parts.scheme:
        case "maildir":
            return MaildirMailbox(folder=path, keep=table.keep, largest_bytes=table.largest)
        case "mbox":
            return MboxMailbox(path=path, largest_bytes=table.largest)
        case "lmtp+unix":
            return Listening(path=path)
        case "lmtp":
            return Listening(port=parts.port or 0)
        case _:
            return _on_server(table, root, password=password, token=token)


def _on_server(table: BouncesTable, root: Path, *, password: str, token: AccessToken | None) -> Mailbox:
    account = read_account(
        table.url,
        password=password,
        token=token,
        mechanism=(table.oauth.mechanism or "") if table.oauth else "",
        keep_in=table.folder if table.keep else "",
        ca_file=root / Path(table.ca_file).expanduser() if table.ca_file else None,
        timeout_seconds=table.timeout.total_seconds(),
        largest_bytes=table.largest,
    )
    return ImapMailbox(account=account) if account.scheme.is_imap else Pop3Mailbox(account=account)
