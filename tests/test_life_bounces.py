"""Bounces that come while a site is served, and what a kill leaves: all of it taken in, each of them once."""

from __future__ import annotations

import hashlib
import hmac
import json
import smtplib
import socket
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

import httpx2
import pytest

from publisher.bounce.hearing import Hearing
from publisher.bounce.imap import ImapMailbox
from publisher.bounce.webhooks.event import Keys
from publisher.errors import MailboxError
from publisher.house.mailboxes import open_mailbox
from publisher.store import messages
from publisher.store.database import Store
from publisher.web.hooks import MOST_TURNED_AN_HOUR
from tests.conftest import NOW
from tests.dying_store import Dies
from tests.letter_stand import house_of
from tests.lives import Site, a_site, assert_clear, wait_for
from tests.returned_mail import address_of, bounce_of
from tests.serving import free_port
from tests.test_life_serve import serving
from tests.test_send_session import CA, server_tls
from tests.token_servers import token_server
from tests.web_site import site_of, visiting

EDDA, TOM = "edda.lunn@example.org", "tom.vale@example.org"
WITHIN_SECONDS = 20.0  # it is two where nobody else is busy
MANY = 150


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Letters went out; a Maildir is looked into each second."""
    site = a_site(tmp_path / "site")
    for part in ("new", "cur", "tmp"):
        (site.folder / "mail" / part).mkdir(parents=True)
    site.prepare("subscribers", "import", "readers.csv")
    site.prepare("run", "--once", "--now")
    add(site, '[bounces.box]\nurl = "maildir:mail"\nevery = "1s"')
    return site


def add(site: Site, table: str) -> None:
    site.config.write_text(f"{site.config.read_text()}\n{table}\n")


def bounce_for(site: Site, email: str) -> bytes:
    sql = (
        "SELECT deliveries.id FROM deliveries JOIN subscriptions ON subscriptions.id = deliveries.subscription "
        f"JOIN subscribers ON subscribers.id = subscriptions.subscriber WHERE email = '{email}'"
    )
    ((delivery,),) = site.ask(sql)
    assert isinstance(delivery, int)
    with house_of(site.folder) as house:
        return bounce_of(0, email, to=address_of(delivery, house.keys))


def put(site: Site, name: str, octets: bytes) -> Path:
    """As an MTA delivers it."""
    there = site.folder / "mail" / "tmp" / name
    there.write_bytes(octets)
    return there.rename(site.folder / "mail" / "new" / name)


def suppressed(site: Site) -> list[object]:
    return [email for (email,) in site.ask("SELECT email FROM suppressions ORDER BY email")]


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_a_bounce_in_a_maildir_or_by_lmtp_is_acted_on_within_seconds_whatever_else_cannot_be_opened(site: Site) -> None:
    port = free_port()
    add(site, '[bounces.far]\nurl = "imaps://b@mail.example/INBOX"\npassword = { env = "NO_SUCH_VARIABLE" }')
    add(site, f'[bounces.mta]\nurl = "lmtp://127.0.0.1:{port}"\nlargest = 2048')
    first, second = bounce_for(site, EDDA), bounce_for(site, TOM)
    with socket.create_server(("127.0.0.1", port)) as taken, serving(site) as up:
        told = up.told_until("cannot listen there")
        path = put(site, "1.first", first)
        wait_for(lambda: suppressed(site) == [EDDA], "what the bounce means", seconds=WITHIN_SECONDS)
        wait_for(lambda: not path.exists(), "the end of what is stored", seconds=WITHIN_SECONDS)

        taken.close()  # whoever had the port has gone
        told += up.told_until("bounces.mta: listening at")
        with smtplib.LMTP("127.0.0.1", port) as mta:
            mta.sendmail("", ["bounces@gazette.example"], second)
            assert suppressed(site) == [EDDA, TOM], "250 is said after that"
            with pytest.raises(smtplib.SMTPSenderRefused) as too_long:
                mta.sendmail("", ["bounces@gazette.example"], second + b"x" * 3000)
            assert too_long.value.smtp_code == 552
        assert up.get("/healthz")[0] == 200
        told += up.stop()
    assert not listens(port)
    assert told.count("NO_SUCH_VARIABLE") == 2, "once, where a sentence names it twice"
    assert [came_by for (came_by,) in site.ask("SELECT came_by FROM messages ORDER BY id")] == [
        "maildir box", "lmtp mta",
    ]  # fmt: skip


def test_a_mailbox_that_is_added_while_it_serves_is_read_and_one_that_is_taken_out_is_not(site: Site) -> None:
    with_box = site.config.read_text()
    site.edit('[bounces.box]\nurl = "maildir:mail"\nevery = "1s"\n', "")
    path = put(site, "1.first", bounce_for(site, EDDA))
    with serving(site) as up:
        site.config.write_text(with_box)
        wait_for(lambda: suppressed(site) == [EDDA], "the new table", seconds=WITHIN_SECONDS)
        wait_for(lambda: not path.exists(), "the end of what is stored", seconds=WITHIN_SECONDS)
        up.stop()


def test_a_server_that_says_nothing_keeps_nobody_from_stopping(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        (site.folder / "key").write_text("sesame")
        url = f"imap://b@127.0.0.1:{silent.getsockname()[1]}/INBOX"
        add(site, f'[bounces.silent]\nurl = "{url}"\npassword = {{ file = "key" }}\ntimeout = "60s"')
        with serving(site) as up, silent.accept()[0]:
            told = up.stop()
    assert "bounces.silent still waits for its server" in told


def test_a_mailbox_gets_its_tokens_as_a_relay_does_and_their_trouble_is_its_own(site: Site) -> None:
    (site.folder / "grant").write_text("hidden-refresh")
    with token_server(tls=server_tls()) as tokens:
        add(site, '[bounces.far]\nurl = "imaps://b@mail.example/INBOX"')
        oauth = ('client_id = "desk"', 'refresh_token = { file = "grant" }', f'ca_file = "{CA}"')
        add(site, "\n".join(("[bounces.far.oauth]", f'token_url = "{tokens.url}"', *oauth)))
        with house_of(site.folder) as house:
            box = open_mailbox(house, "far")
            assert isinstance(box, ImapMailbox)
            token = box.account.token
            assert token
            assert [token(""), token(""), token("token-1")] == ["token-1", "token-1", "token-2"]
            tokens.status = 400
            tokens.says = {"error": "invalid_grant"}
            with pytest.raises(MailboxError, match=r"mailbox bounces\.far: no token .* invalid_grant") as trouble:
                token("token-2")
    assert trouble.value.permanent
    assert "hidden" not in str(trouble.value)


def test_a_kill_while_many_come_loses_none_and_takes_none_twice(site: Site) -> None:
    octets = bounce_for(site, EDDA)
    for number in range(MANY):
        put(site, f"{number:03}.one", octets + b"\nX%d\n" % number)
    for least in (20, 80):
        with serving(site) as up:
            wait_for(partial(has_taken, site, least), "some of them", seconds=WITHIN_SECONDS)
            up.process.kill()
            up.process.wait()
    with serving(site) as up:
        wait_for(lambda: not any((site.folder / "mail" / "new").iterdir()), "the rest", seconds=WITHIN_SECONDS)
        up.stop()
    assert count(site) == MANY
    assert site.ask("SELECT count(*) FROM messages WHERE acted = ''") == [(0,)]
    assert suppressed(site) == [EDDA]


def count(site: Site) -> int:
    ((number,),) = site.ask("SELECT count(*) FROM messages")
    assert isinstance(number, int)
    return number


def test_a_mailbox_can_be_fetched_from_by_hand(site: Site) -> None:
    add(site, '[bounces.mta]\nurl = "lmtp+unix:var/lmtp"')
    put(site, "1.first", bounce_for(site, EDDA))
    put(site, "2.long", b"x" * 10)
    done = site.typed("bounces", "fetch")
    assert (done.code, done.err) == (0, "")
    assert "box: 2 stored, from " in done.out
    assert "mta: a mail server hands messages over at lmtp+unix:" in done.out
    assert suppressed(site) == [EDDA]

    (site.folder / "mail" / "new" / "odd").mkdir()
    add(site, '[bounces.gone]\nurl = "maildir:nowhere"')
    done = site.typed("bounces", "fetch", "--json")
    box, mta, gone = json.loads(done.out)
    assert done.code == 1
    assert (box["stored"], box["problem"], [one["place"] for one in box["left"]]) == (0, "", ["new/odd"])
    assert mta["listens"]
    assert "name a Maildir" in gone["problem"]
    assert site.typed("bounces", "fetch", "box").code == 0
    assert_clear(site.typed("bounces", "fetch", "gone"), code=1, saying=("gone: ", "name a Maildir"))
    assert_clear(site.typed("bounces", "fetch", "nobody"), code=2, saying=("there are: box, mta, gone",))


def has_taken(site: Site, least: int) -> bool:
    return count(site) >= least


SECRET = "a secret of ours"


def signed(
    events: list[dict[str, str]], *, secret: str = SECRET, now: float | None = None
) -> tuple[bytes, dict[str, str]]:
    body, at = json.dumps(events).encode(), str(int(now or time.time()))
    mac = hmac.new(secret.encode(), at.encode() + b"." + body, hashlib.sha256).hexdigest()
    return body, {"X-Publisher-Timestamp": at, "X-Publisher-Signature": f"sha256={mac}"}


def event_of(site: Site, number: str, email: str) -> dict[str, str]:
    (address,) = (line[4:] for line in bounce_for(site, email).decode().splitlines() if line.startswith("To: "))
    return {
        "id": number,
        "event": "bounce",
        "recipient": email,
        "text": "550 5.1.1 no such user",
        "status": "5.1.1",
        "return_path": address,
    }


def test_what_a_provider_tells_by_http_is_proved_kept_once_and_acted_on(site: Site) -> None:
    (site.folder / "hook").write_text(f"{SECRET}\n")
    add(site, '[webhooks.ours]\nprovider = "generic"\nsecret = { file = "hook" }')
    add(site, '[webhooks.unset]\nprovider = "postmark"\nsecret = { env = "NO_SUCH_VARIABLE" }')
    edda, tom = event_of(site, "e1", EDDA), event_of(site, "e2", TOM)
    nobodys = {"id": "e3", "event": "complaint", "recipient": TOM}
    with serving(site) as up, httpx2.Client(base_url=up.address) as client:

        def post(content: bytes, headers: dict[str, str], name: str = "ours") -> int:
            return client.post(f"/hooks/{name}", content=content, headers=headers).status_code

        assert post(*signed([edda], secret="another one")) == 403
        assert post(b"[]", {}) == 403
        assert post(*signed([{"event": "bounce"}])) == 400
        assert post(*signed([edda]), name="nobodys") == 404
        assert post(*signed([edda]), name="unset") == 503
        assert post(b"x" * (5 * 2**20 + 1), {}) == 413
        assert client.get("/hooks/ours").status_code == 405
        assert (suppressed(site), count(site)) == ([], 0)

        body, headers = signed([edda, nobodys])
        answer = client.post("/hooks/ours", content=body, headers=headers)
        assert (answer.status_code, answer.text) == (200, "2 events stored\n")
        assert answer.headers["cache-control"] == "no-store"
        assert "set-cookie" not in answer.headers
        assert suppressed(site) == [EDDA], "who names no letter of ours is only heard"
        assert post(*signed([nobodys, edda, tom])) == 200
        told = up.stop()
    assert suppressed(site) == [EDDA, TOM]
    assert site.ask("SELECT came_by, kind, acted FROM messages ORDER BY id") == [
        ("webhook ours", "bounce", "suppressed"),
        ("webhook ours", "complaint", "not ours"),
        ("webhook ours", "bounce", "suppressed"),
    ]
    assert "[webhooks.unset]" in told
    assert SECRET not in told


def test_an_address_that_proves_nothing_again_and_again_is_not_listened_to(sqlite_store: Store, tmp_path: Path) -> None:
    hearing = Hearing(provider="generic", keys=Keys(secrets=(SECRET,)), visit=lambda _: b"")
    facts = replace(site_of(tmp_path / "feeds"), hooks={"ours": hearing})
    with visiting(sqlite_store, tmp_path, site=facts) as visit:
        answers = [visit.client.post("/hooks/ours", content=b"[]") for _ in range(MOST_TURNED_AN_HOUR + 2)]
        other = visit.client.post("/hooks/ours", content=b"[]", headers={"X-Forwarded-For": "198.51.100.7"})
    assert {answer.status_code for answer in answers[:-1]} == {403}
    assert (answers[-1].status_code, answers[-1].headers["retry-after"]) == (429, "300")
    assert other.status_code == 403


def test_where_the_database_is_away_a_provider_is_asked_to_tell_again(sqlite_store: Store, tmp_path: Path) -> None:
    hearing = Hearing(provider="generic", keys=Keys(secrets=(SECRET,)), visit=lambda _: b"")
    facts = replace(site_of(tmp_path / "feeds"), hooks={"ours": hearing})
    events = [{"id": name, "event": "bounce", "recipient": EDDA} for name in ("e1", "e2")]
    body, headers = signed(events, now=NOW.timestamp())
    for store, status in ((Dies(sqlite_store, 1), 503), (Dies(sqlite_store, 2), 503), (sqlite_store, 200)):
        with visiting(store, tmp_path, site=facts) as visit:
            answer = visit.client.post("/hooks/ours", content=body, headers=headers)
            assert answer.status_code == status
            assert ("retry-after" in answer.headers) == (status == 503)
    with sqlite_store.read() as conn:
        assert len(messages.newest(conn, limit=0)) == 2
