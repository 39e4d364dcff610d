"""The mailboxes of config.toml, ready to be visited, and what becomes of a message that lies there.

Visiting them is for who calls: `receiving.py` does as long as it serves, `fetchbounces.py` once.
"""

from __future__ import annotations

from collections.abc import Callable

from publisher.bounce.account import AccessToken
from publisher.bounce.intake import TakenIn
from publisher.bounce.lmtp import Listening
from publisher.bounce.mailbox import Mailbox, Received, Store
from publisher.bounce.opening import open_bounces
from publisher.config.relays import OauthTable
from publisher.errors import MailboxError, PublisherError, StorageError
from publisher.house.grants import secret_at, tokens_of
from publisher.house.opened import House
from publisher.house.pausing import pause_in_words
from publisher.house.returning import taker_of
from publisher.send.actions import Trouble
from publisher.send.oauth import Tokens


def open_mailbox(house: House, name: str) -> Mailbox | Listening:
    """What `[bounces.NAME]` names; nothing is connected yet. Raises ConfigError and MailboxError."""
    table = house.config.bounces[name]
    password = secret_at(house, table.password, f"bounces.{name}.password")
    token = _access_token(house, name, table.oauth) if table.oauth else None
    return open_bounces(table, house.file.root, password=password, token=token)


def store_of(
    house: House,
    name: str,
    *,
    say: Callable[[str], None],
    stop: Callable[[], bool],
    stored: Callable[[TakenIn], None] = lambda _: None,
) -> Store:
    """Takes messages in that came by `[bounces.NAME]`, until `stop`; one that it does not keep is a StorageError."""
    scheme = house.config.bounces[name].url.partition(":")[0]
    take = taker_of(house, f"{scheme} {name}", paused=lambda one: say(pause_in_words(one)))

    def store(received: Received) -> None:
        if stop():
            raise StorageError(f"bounces.{name}: we stop; what is not stored yet stays there", retry=True)
        try:
            stored(take(received))
        except StorageError:
            raise
        except PublisherError as wrong:  # whoever hands us messages knows no other: they stay where they are
            raise StorageError(f"bounces.{name}: a message is taken in later: {wrong}", retry=True) from wrong

    return store


def _access_token(house: House, name: str, table: OauthTable) -> AccessToken:
    # In a folder of its own, since a relay may have the same name.
    kept = house.var / "oauth" / "bounces" / f"{name}.json"
    tokens = tokens_of(house, table, place=f"bounces.{name}.oauth", kept=kept)
    return lambda refused: _text(name, tokens, refused)


def _text(name: str, tokens: Tokens, refused: str) -> str:
    found = tokens.get(refused=refused)
    if isinstance(found, Trouble):
        raise MailboxError(mailbox=f"bounces.{name}", problem=found.problem, permanent=found.permanent)
    return found.text
