"""A real Postfix sends real notices back, and a real Dovecot serves them: each is put down to its own letter.

Readers live at a domain of Postfix's own, where one of them is unknown, and at one far away, whose server refuses
each for another reason. All mail to the domains of return addresses comes into one mailbox.
"""

from __future__ import annotations

import email
import email.policy
import re
import smtplib
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from publisher.bounce.classify import classify
from publisher.bounce.lmtp import Listening
from publisher.bounce.mailbox import Received
from publisher.errors import StorageError
from publisher.house.mailboxes import open_mailbox, store_of
from publisher.model.incoming import Place
from publisher.store import messages
from tests.dovecot import CERTIFICATES, PASSWORD, Dovecot, dovecot
from tests.letter_stand import house_of
from tests.lives import Site, a_site
from tests.postfix import Postfix, postfix
from tests.smtp_servers import Relay

HERE, GONE, MOVED = "here@readers.example", "gone@readers.example", "moved@readers.example"
FULL, SPAM, LATE = "full@far.example", "spam@far.example", "late@far.example"
VERP, PLAIN = "bounces.gazette.example", "plain.gazette.example"
WITHIN_SECONDS = 30.0  # it takes three, where nobody else is busy

_MAIN = """myhostname = relay.gazette.example
recipient_delimiter = +
smtpd_reject_unlisted_recipient = no
virtual_mailbox_domains = readers.example, {verp}, {plain}
virtual_mailbox_base = {mail}
virtual_mailbox_maps = texthash:{{etc}}/mailboxes
virtual_alias_maps = texthash:{{etc}}/aliases
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
transport_maps = texthash:{{etc}}/transport
default_transport = error:no other way
sender_canonical_maps = regexp:{{etc}}/senders
sender_canonical_classes = envelope_sender
notify_classes =
delay_warning_time = 1s
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
smtp_destination_rate_delay = 0s
"""
_FILES = {
    "mailboxes": f"{HERE} here/\n@{VERP} desk/\n@{PLAIN} desk/\n",
    "aliases": f"{MOVED} inner@far.example\n",
    # What some hosts do: the address to return to is theirs, and one for all.
    "senders": f"/^b\\+.*@{re.escape(PLAIN)}$/ desk@{PLAIN}\n",
}
_REFUSED = {
    "full@": b"552 5.2.2 The mailbox is over its quota",
    "spam@": b"554 5.7.1 Message rejected as spam by content scanning",
    "late@": b"451 4.7.1 Greylisted, please come back in some minutes",
    "inner@": b"550 5.1.1 No such user here",
}


def far_away(verb: str, argument: str, taken: int) -> bytes | None:
    if verb != "RCPT":
        return None
    return next((reply for start, reply in _REFUSED.items() if f"<{start}" in argument), None)


@dataclass(frozen=True, kw_only=True)
class Post:
    """A mail server, and the mailboxes it delivers into."""

    postfix: Postfix
    dovecot: Dovecot

    def lies(self, user: str) -> list[Path]:
        box = self.dovecot.folder / "mail" / user
        return sorted(path for part in ("new", "cur") for path in (box / part).glob("*"))


@pytest.fixture(scope="module")
def post() -> Iterator[Post]:
    with ExitStack() as stack:
        served = stack.enter_context(dovecot())
        far = stack.enter_context(Relay(answer=far_away))
        main = _MAIN.format(
            mail=served.folder / "mail", uid=served.whose.pw_uid, gid=served.whose.pw_gid, verp=VERP, plain=PLAIN
        )
        files = _FILES | {"transport": f"far.example smtp:[127.0.0.1]:{far.port}\n"}
        listens = ("", "-o smtpd_discard_ehlo_keywords=dsn")
        yield Post(postfix=stack.enter_context(postfix(main, listens=listens, files=files)), dovecot=served)


@pytest.fixture
def site(post: Post, tmp_path: Path) -> Iterator[Site]:
    """An issue waits to be sent by Postfix; what comes back of it is in a mailbox of Dovecot's."""
    site = a_site(tmp_path / "site")
    (site.folder / "password").write_text(PASSWORD)
    site.edit('url = "catcher://"', f'url = "smtp://127.0.0.1:{post.postfix.port}"')
    site.edit('from = "Ormsund', f'bounce_domain = "{VERP}"\nfrom = "Ormsund')
    url = f"imap+starttls://desk@localhost:{post.dovecot.imap}/INBOX"
    table = f'url = "{url}"\npassword = {{ file = "password" }}\nca_file = "{CERTIFICATES / "ca.pem"}"'
    site.config.write_text(f"{site.config.read_text()}\n[bounces.desk]\n{table}\n")
    yield site
    for path in post.lies("desk") + post.lies("here"):
        path.unlink()


def assemble_for(site: Site, *readers: str) -> None:
    (site.folder / "readers.csv").write_text("email\n" + "".join(f"{one}\n" for one in readers))
    for command in (("subscribers", "import", "readers.csv"), ("collect",), ("assemble",)):
        site.prepare(*command)


def send(site: Site, readers: int) -> None:
    site.prepare("send")
    assert site.states() == {"sent": readers}


def came(post: Post, number: int, user: str = "desk") -> list[Path]:
    end = time.monotonic() + WITHIN_SECONDS
    while len(found := post.lies(user)) < number:
        assert time.monotonic() < end, f"{len(found)} of {number} came: {post.postfix.log()}"
        time.sleep(0.05)
    return found


def fetched(site: Site, number: int) -> None:
    done = site.typed("bounces", "fetch")
    assert (done.code, done.err) == (0, "")
    assert f"desk: {number} stored" in done.out


def taken_in(site: Site) -> dict[object, tuple[object, ...]]:
    """What came back of each reader's letter: kind, reason, what was done."""
    sql = (
        "SELECT email, messages.kind, messages.reason, messages.acted FROM messages "
        "JOIN deliveries ON deliveries.id = messages.delivery "
        "JOIN subscriptions ON subscriptions.id = deliveries.subscription "
        "JOIN subscribers ON subscribers.id = subscriptions.subscriber"
    )
    return {email: tuple(rest) for email, *rest in site.ask(sql)}


def standings(site: Site) -> dict[object, tuple[object, ...]]:
    sql = "SELECT email, standings.state, points FROM standings JOIN subscribers ON subscribers.id = subscriber"
    return {email: tuple(rest) for email, *rest in site.ask(sql)}


def places(site: Site) -> set[Place | None]:
    """Where the token stood by which each message was known."""
    with house_of(site.folder) as house, house.store.read() as conn:
        numbers = [one.id for one in messages.newest(conn, limit=0)]
        found = [messages.find(conn, number) for number in numbers]
        return {classify(one.raw or b"", keys=house.keys).place for one in found if one}


def test_each_notice_is_put_down_to_its_letter_and_leaves_the_mailbox_when_it_is_stored(site: Site, post: Post) -> None:
    readers = (HERE, GONE, MOVED, FULL, SPAM, LATE)
    assemble_for(site, *readers)
    send(site, len(readers))
    came(post, 1, "here")
    came(post, 5)
    kept: list[bool] = []

    with house_of(site.folder) as house:
        mailbox = open_mailbox(house, "desk")
        assert not isinstance(mailbox, Listening)
        take = store_of(house, "desk", say=print, stop=lambda: False)

        def refuse(received: Received) -> None:
            raise StorageError("no room on the disk", retry=True)

        def store(received: Received) -> None:
            take(received)
            kept.append(len(post.lies("desk")) == 5)

        with pytest.raises(StorageError):
            mailbox.visit(refuse)
        assert len(post.lies("desk")) == 5
        assert site.ask("SELECT count(*) FROM messages") == [(0,)]
        assert mailbox.visit(store).stored == 5
        mailbox.close()
    assert kept == [True] * 5
    assert post.lies("desk") == []

    assert taken_in(site) == {
        GONE: ("bounce", "user-unknown", "suppressed"),
        MOVED: ("bounce", "user-unknown", "counted"),
        FULL: ("bounce", "mailbox-full", "counted"),
        SPAM: ("bounce", "spam", "nothing"),
        LATE: ("delay", "greylisted", "nothing"),
    }
    assert standings(site) == {
        GONE: ("dead", 0.0),
        MOVED: ("well", 1.0),
        FULL: ("well", 1.0),
    }
    assert site.ask("SELECT email, why FROM suppressions") == [(GONE, "gone")]
    assert site.states() == {"sent": len(readers)}, "the ledger keeps what it saw"
    assert places(site) == {Place.RETURN_ADDRESS}


@pytest.mark.parametrize(("port", "place"), [(0, Place.ENVELOPE_ID), (1, Place.MESSAGE_ID)], ids=["dsn", "no-dsn"])
def test_a_notice_that_comes_to_another_address_is_known_by_the_envelopes_id_or_the_letters(
    site: Site, post: Post, port: int, place: Place
) -> None:
    site.edit(VERP, PLAIN)
    site.edit(f"127.0.0.1:{post.postfix.ports[0]}", f"127.0.0.1:{post.postfix.ports[port]}")
    assemble_for(site, GONE, MOVED, FULL)
    send(site, 3)
    for path in came(post, 3):
        assert f"To: desk@{PLAIN}" in path.read_text()
    fetched(site, 3)
    assert places(site) == {place}
    assert taken_in(site) == {
        GONE: ("bounce", "user-unknown", "suppressed"),
        MOVED: ("bounce", "user-unknown", "counted"),
        FULL: ("bounce", "mailbox-full", "counted"),
    }
    assert site.ask("SELECT email FROM suppressions") == [(GONE,)]


def test_who_mails_to_the_address_that_a_letter_names_has_left_and_is_sent_no_more(site: Site, post: Post) -> None:
    assemble_for(site, HERE)
    send(site, 1)
    (path,) = came(post, 1, "here")
    letter = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    page, mail = re.findall(r"<([^<>]*)>", str(letter["List-Unsubscribe"]))
    assert page.startswith("https://gazette.example/unsubscribe/")
    address, subject = unquote(urlsplit(mail).path), urlsplit(mail).query.removeprefix("subject=")
    away = "Auto-Submitted: auto-replied\nSubject: Automatic reply: Tides\n\nBack on Monday.\n"
    with smtplib.SMTP("127.0.0.1", post.postfix.port) as sender:
        sender.sendmail("", [address], f"From: {HERE}\nTo: {address}\n{away}")
        came(post, 1)
        fetched(site, 1)
        assert site.ask("SELECT state, left_how FROM subscriptions") == [("active", "")]
        sender.sendmail(HERE, [address], f"From: {HERE}\nTo: {address}\nSubject: {subject}\n\n")
    came(post, 1)
    fetched(site, 1)
    assert site.ask("SELECT state, left_how FROM subscriptions") == [("left", "mail")]
    site.write_post("2026-03-01-another", "Another tide", "It came and went.")
    site.prepare("collect")
    assert site.typed("assemble").code == 0
    assert site.states() == {"sent": 1}
