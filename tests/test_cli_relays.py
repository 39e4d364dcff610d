"""`publisher relays`: how relays stand, and what a person does about them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from publisher.cli import run
from publisher.house.opened import House
from publisher.house.relaystate import destination_standings, relay_standings
from publisher.house.relaywords import destination_lines, relay_lines
from publisher.model.limit import Limit
from publisher.store import destinations, relays, uses
from tests import smtp_servers
from tests.letter_stand import edit, house_of
from tests.smtp_servers import CHUNKS
from tests.test_send_session import CA, server_tls

NOW = datetime(2026, 11, 23, 9, 0, 30, tzinfo=UTC)  # Monday, 10:00:30 in Berlin
HOUR = timedelta(hours=1)

THREE = """
[relays.post]
url = "smtp+starttls://hidden-desk@mail.example"
password = { env = "POST_PASSWORD" }
newsletters = ["morning"]
limit = { minute = 100, hour = 1000 }
hours = "08:00-20:00"
weight = 3

[relays.fresh]
url = "smtps://mail.fresh.example:4650"
newsletters = ["morning"]
warm_up = { since = 2026-11-20, first_day = 100, growth = 1.5, days = 30 }

[relays.spare]
url = "smtp://[::1]:2525"
weight = 0

[destinations."gmail.com"]
also = ["googlemail.com"]
limit = { second = 5 }
connections = 4
"""


@pytest.fixture
def site(courier: Path) -> Path:
    edit(courier, 'relay = "tryout"\n', "")
    edit(courier, '[relays.tryout]\nurl = "catcher://"\n', THREE)
    return courier


def lines_about(house: House, *, now: datetime = NOW) -> str:
    with house.store.read() as conn:
        ours, theirs = relay_standings(conn, house, now=now), destination_standings(conn, house, now=now)
    told = [line for one in ours for line in relay_lines(one, now=now, zone=house.zone)]
    return "\n".join([*told, *(line for one in theirs for line in destination_lines(one, now=now, zone=house.zone))])


def done(*arguments: str) -> int:
    return run(["relays", *arguments])


def test_relays_are_shown_as_they_are_configured_and_without_their_login(site: Path) -> None:
    with house_of(site) as house:
        assert lines_about(house) == (
            """\
post  smtp+starttls://mail.example:587
  state       carries letters
  carries     morning; weight 3
  hours       08:00-20:00
  in a minute ░░░░░░░░░░░░░░░░░░░░  0 of 100
  in an hour  ░░░░░░░░░░░░░░░░░░░░  0 of 1,000
  today       nothing yet
fresh  smtps://mail.fresh.example:4650
  state       carries letters
  carries     morning
  warm-up     day 4 of 30; without it from 2026-12-20
  in a day    ░░░░░░░░░░░░░░░░░░░░  0 of 337 (warm-up)
  today       nothing yet
spare  smtp://[::1]:2525
  state       stands by for letters that no other relay can take
  today       nothing yet
gmail.com (and googlemail.com)
  state       takes letters
  at a time   ░░░░░░░░░░░░░░░░░░░░  0 of 4
  in a second ░░░░░░░░░░░░░░░░░░░░  0 of 5"""
        )


def test_limits_show_what_is_used_and_when_there_is_room_again(site: Path) -> None:
    minute, hour = Limit(letters=100, seconds=60), Limit(letters=1000, seconds=3600)
    with house_of(site) as house:
        with house.store.write() as conn:
            uses.count(conn, "relay:post", [minute, hour], 100, now=NOW - timedelta(seconds=20))
            uses.count(conn, "relay:fresh", [Limit(letters=1, seconds=86400)], 1, now=NOW - 2 * HOUR)
        told = lines_about(house)
    assert "  state       has no room until 10:01:11 CET" in told
    assert "  in a minute ████████████████████  100 of 100, room again 10:01:11 CET" in told
    assert "  in an hour  ██░░░░░░░░░░░░░░░░░░  100 of 1,000" in told
    assert "  in a day    █░░░░░░░░░░░░░░░░░░░  1 of 337 (warm-up)" in told


def test_what_is_parked_paused_or_outside_its_hours_says_until_when_and_why(site: Path) -> None:
    with house_of(site) as house:
        with house.store.write() as conn:
            relays.park(conn, "fresh", why="535 5.7.8 no", until=NOW + HOUR, now=NOW - HOUR / 2)
            relays.park(conn, "spare", why="by hand", until=None, now=NOW - 24 * HOUR)
            destinations.pause(conn, "googlemail.com", why="421 later", until=NOW + HOUR, now=NOW)
            destinations.pause(conn, "gmail.com", why="421 4.7.0 later", until=NOW + HOUR, now=NOW)
        told = lines_about(house)
        in_the_night = lines_about(house, now=NOW + 12 * HOUR)
    resume = "use it again with: publisher relays resume"
    assert f"parked since 09:30:30 CET until 11:00:30 CET: 535 5.7.8 no; {resume} fresh" in told
    assert f"parked since Sun 2026-11-22 10:00 CET: by hand; {resume} spare" in told
    assert "paused since 10:00:30 CET, until 11:00:30 CET: 421 4.7.0 later; go on with: " in told
    assert "\ngooglemail.com\n  state       paused" in told
    assert "  state       rests outside its hours, until Tue 2026-11-24 08:00 CET" in in_the_night
    assert "was parked, and is given a few letters until it takes one" in in_the_night
    assert "was paused, and is given a few letters until it takes one" in in_the_night


def test_a_relay_beside_the_one_of_mail_is_not_used(site: Path) -> None:
    edit(site, "[mail]\n", '[mail]\nrelay = "post"\n')
    edit(site, '\nnewsletters = ["morning"]\nlimit', "\nlimit")
    with house_of(site) as house:
        assert lines_about(house).count("not used: `mail.relay` names another one") == 2


def test_programs_get_the_same(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with house_of(site) as house, house.store.write() as conn:
        relays.park(conn, "post", why="by hand", until=None, now=NOW)
    capsys.readouterr()
    assert done("--json") == 0
    told = capsys.readouterr().out
    found = json.loads(told)
    assert [one["relay"] for one in found["relays"]] == ["post", "fresh", "spare"]
    assert found["relays"][0]["url"] == "smtp+starttls://mail.example:587"
    assert found["relays"][0]["parked"] == {"since": NOW.isoformat(), "until": None, "why": "by hand"}
    assert found["relays"][0]["limits"][1] == {"window": "hour", "used": 0, "allowed": 1000, "again": None}
    assert found["destinations"][0]["also"] == ["googlemail.com"]
    assert "hidden" not in told


def test_a_relay_is_parked_for_a_time_or_until_resumed(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert done("park", "spare", "--for", "2h", "--why", "they  mend\nit") == 0
    assert capsys.readouterr().out.startswith("spare: parked until ")
    with house_of(site) as house, house.store.read() as conn:
        parked = relays.states(conn)["spare"]
    assert parked.parked_since is not None
    assert parked.parked_until == parked.parked_since + 2 * HOUR
    assert parked.why == "they mend it"
    assert done("park", "spare") == 0
    assert "publisher relays resume spare" in capsys.readouterr().out
    assert done("resume", "spare") == 0
    assert done("resume", "spare") == 0
    assert capsys.readouterr().out == "spare: used again\nspare: it was not parked\n"
    with house_of(site) as house, house.store.read() as conn:
        assert not relays.states(conn)["spare"].is_parked(datetime.now(UTC))


def test_parking_says_whose_letters_wait(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert done("park", "spare") == 0
    assert capsys.readouterr().err == "Warning: no other relay may carry weekend; their letters wait\n"
    assert done("park", "fresh") == 0
    assert capsys.readouterr().err == ""
    assert done("park", "post", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"relay": "post", "parked_until": None, "waiting": ["morning"]}


def test_a_paused_domain_is_resumed_by_any_of_its_names(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with house_of(site) as house, house.store.write() as conn:
        destinations.pause(conn, "gmail.com", why="421 later", until=NOW + HOUR, now=NOW)
        destinations.pause(conn, "quay.example", why="451 later", until=NOW + HOUR, now=NOW)
    capsys.readouterr()
    assert done("resume", "googlemail.com") == 0
    assert capsys.readouterr().out == "gmail.com: used again\n"
    assert done("resume", "quay.example", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"destination": "quay.example", "resumed": True}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("park", "pots"), "there is no relay 'pots' in {config}; did you mean post?"),
        (("park", "nobody-at-all"), "there is no relay 'nobody-at-all' in {config}; there are: post, fresh, spare"),
        (("check", "pots"), "there is no relay 'pots' in {config}; did you mean post?"),
        (("resume", "pots"), "'pots' is no relay of {config}, and no domain that is paused; did you mean post?"),
        (("park", "post", "--why", "a \x1b[31mbell"), "holds a line break or a control character"),
        (("park", "post", "--for", "soon"), "is not a length of time; write a number and a unit"),
    ],
)
def test_a_name_or_time_that_means_nothing_is_told(
    site: Path, arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert done(*arguments) == 2
    assert told.format(config=site / "config.toml") in capsys.readouterr().err


def with_relays(folder: Path, **urls: str) -> None:
    edit(folder, 'relay = "tryout"\n', "")
    tables = [f'[relays.{name}]\nurl = "{url}"\nca_file = "{CA}"\n' for name, url in urls.items()]
    edit(folder, '[relays.tryout]\nurl = "catcher://"\n', "\n".join(tables))


def test_check_logs_in_to_each_relay_and_sends_nothing(
    courier: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POST_PASSWORD", "hidden-password")
    offer = ("PIPELINING", "SIZE 5000000", "STARTTLS", "AUTH PLAIN")
    with (
        smtp_servers.Relay(tls=server_tls(), offer=offer) as careful,
        smtp_servers.Relay(offer=(*CHUNKS, "XANYTHING")) as plain,
    ):
        with_relays(courier, careful=careful.url("smtp+starttls", "hidden-desk"), plain=plain.url())
        edit(
            courier,
            f'{careful.url("smtp+starttls", "hidden-desk")}"\n',
            (f'{careful.url("smtp+starttls", "hidden-desk")}"\npassword = {{ env = "POST_PASSWORD" }}\n'),
        )
        assert done("check") == 0
        told = capsys.readouterr().out
        assert done("check", "careful", "--json") == 0
        (found,) = json.loads(capsys.readouterr().out)
    assert f"careful  smtp+starttls://localhost:{careful.port}: takes letters after " in told
    assert ", TLSv1.3, logged in by PLAIN\n" in told
    assert "  offers      SIZE (letters of 5,000,000 bytes at most), PIPELINING\n" in told
    assert "  lacks       DSN: " in told
    assert "  its certificate ends " in told
    assert f"plain  smtp://localhost:{plain.port}: takes letters after " in told
    assert ", not encrypted, no login\n" in told
    assert "PIPELINING, CHUNKING, DSN, SMTPUTF8, 8BITMIME\n" in told
    assert "hidden" not in told
    assert (found["works"], found["tls"], found["login"]) == (True, "TLSv1.3", "PLAIN")
    assert found["offers"] == {
        "SIZE": 5_000_000, "PIPELINING": True, "CHUNKING": False, "DSN": False, "SMTPUTF8": False, "8BITMIME": False,
    }  # fmt: skip
    assert careful.letters == plain.letters == []


def test_check_fails_where_one_relay_does_and_tells_of_all(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def refuse(verb: str, argument: str, taken: int) -> bytes | None:
        return b"535 5.7.8 no" if verb == "AUTH" else None

    with (
        smtp_servers.Relay(tls=server_tls(), implicit_tls=True, offer=("AUTH PLAIN",), answer=refuse) as refusing,
        smtp_servers.Relay() as plain,
    ):
        with_relays(
            courier, refusing=refusing.url("smtps", "desk"), secretless=plain.url("smtp", "desk"), plain=plain.url()
        )
        text = (courier / "config.toml").read_text(encoding="utf-8")
        for name, file in (("refusing", "word"), ("secretless", "none")):
            text = text.replace(f"[relays.{name}]\n", f'[relays.{name}]\npassword = {{ file = "{file}" }}\n')
        (courier / "config.toml").write_text(text, encoding="utf-8")
        (courier / "word").write_text("hidden-password", encoding="utf-8")
        assert done("check") == 1
    told = capsys.readouterr().out
    assert "it refuses the login of 'desk' (535 5.7.8 no); check user and password" in told
    assert "relays.secretless.password: " in told
    assert "plain  smtp://localhost" in told
    assert "hidden" not in told


def test_check_says_of_a_parked_relay_that_works_how_to_use_it_again(
    courier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert done("park", "tryout") == 0
    capsys.readouterr()
    assert done("check") == 0
    assert "  parked      it is left alone still; use it again with: publisher relays resume tryout\n" in (
        capsys.readouterr().out
    )
    assert done("check", "--json") == 0
    assert json.loads(capsys.readouterr().out)[0]["parked"] is True


def test_we_greet_a_relay_with_the_domain_of_return_addresses_or_as_it_is_told(courier: Path) -> None:
    with smtp_servers.Relay() as usual, smtp_servers.Relay() as strict:
        with_relays(courier, usual=usual.url(), strict=strict.url())
        edit(courier, "[relays.strict]\n", '[relays.strict]\nhello = "Desk7.Courier.example"\n')
        assert done("check") == 0
    assert usual.commands[0] == "EHLO courier.example"
    assert strict.commands[0] == "EHLO desk7.courier.example"


def test_the_catcher_can_be_tried_too(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert done("check") == 0
    assert capsys.readouterr().out.startswith("tryout  catcher://: takes letters after ")
