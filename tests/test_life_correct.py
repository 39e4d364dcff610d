"""What was sent and is not right, from outside: page, letter by SMTP, death on the way. A reader who chooses anew."""

from __future__ import annotations

import contextlib
import email
import email.policy
import json
import re
from collections import Counter
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest

from publisher.cli import run as program
from tests import smtp_servers
from tests.lives import Done, Site, a_site, assert_clear, copy_of, part_of
from tests.test_life_serve import serving

READERS = 3
NOTE = "We wrote that there are eleven lamps. There are twelve."
LAMPS = "tide-table/2026-02-10-eleven-lamps"


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site whose first issue went to three readers; then a post of it was edited, and one reader left."""
    site = a_site(tmp_path_factory.mktemp("life") / "sent")
    with smtp_servers.Relay() as relay:
        name_relay(site, relay.url())
        site.prepare("subscribers", "import", "readers.csv")
        site.prepare("run", "--once")
        assert len(relay.recipients()) == READERS
    site.prepare("posts", "edit", the_post(site), "--title", "Twelve lamps", "--note", NOTE)
    site.prepare("publish")
    return site


@pytest.fixture
def site(sent: Site, tmp_path: Path) -> Site:
    return copy_of(sent, tmp_path / "site")


def the_post(site: Site) -> str:
    return str(site.ask("SELECT id FROM posts WHERE title LIKE '%amps%'")[0][0])


def name_relay(site: Site, url: str) -> None:
    line = next(
        line for line in site.config.read_text().splitlines() if line.startswith("url = ") and "gazette" not in line
    )
    site.edit(line, f'url = "{url}"')


@dataclass(frozen=True)
class Desk:
    """Where commands are typed: in this process, which has all imported already."""

    site: Site
    capsys: pytest.CaptureFixture[str]

    def correct(self, *arguments: str) -> Done:
        return self.typed("issues", "correct", *arguments)

    def typed(self, *arguments: str) -> Done:
        self.capsys.readouterr()
        with contextlib.chdir(self.site.folder):
            code = program([*arguments])
        said = self.capsys.readouterr()
        return Done(code, said.out, said.err)


@pytest.fixture
def desk(site: Site, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(site, capsys)


def read(body: bytes) -> EmailMessage:
    letter = email.message_from_bytes(body, policy=email.policy.default)
    assert isinstance(letter, EmailMessage)
    return letter


def issue_page(site: Site, name: str = "") -> str:
    found = [
        path for path in (site.folder / "feeds/newsletters/tides").glob("daily-*.html") if "correction" not in path.name
    ]
    assert len(found) == 1
    return (found[0].with_name(found[0].stem + name + ".html")).read_text()


def test_the_page_list_and_feed_of_the_issue_say_what_was_corrected(site: Site) -> None:
    page = issue_page(site)
    assert "Twelve lamps" in page
    assert NOTE in page
    assert "Corrected on" in page
    folder = site.folder / "feeds/newsletters/tides"
    assert "Corrected on" in (folder / "index.html").read_text()
    assert "Corrected on" in (folder / "atom.xml").read_text()
    site.prepare("check", "feeds")  # and it is well-formed
    sent_then = site.ask("SELECT html, page FROM letters")[0]
    assert "Twelve lamps" not in str(sent_then[0])
    assert "Twelve lamps" in str(sent_then[1])


def test_the_letter_goes_to_those_who_got_the_issue_and_stayed(desk: Desk, site: Site) -> None:
    places = site.ask("SELECT seen_seq, ahead FROM subscriptions ORDER BY id")
    gone = site.ask("SELECT s.email FROM subscribers s ORDER BY id LIMIT 1")[0][0]
    site.prepare("subscribers", "remove", str(gone))
    site.prepare("subscribers", "add", "new@readers.example")
    shown = desk.correct("1", "--note", NOTE, "--dry-run")
    assert shown.code == 0
    assert "to 2 of those who got issue 1; nothing is sent" in shown.out
    assert "Subject: Correction: Twelve lamps" in shown.out
    assert "https://gazette.example/unsubscribe" in shown.out
    assert "\ue000" not in shown.out
    assert NOTE.partition(".")[0] in shown.out
    assert site.ask("SELECT count(*) FROM issues") == [(1,)]
    asked = site.run("issues", "correct", "1", "--note", NOTE)  # with nobody there to answer
    assert asked.code == 2
    assert "nobody answered, and nothing is sent; --yes sends without asking" in asked.err
    assert "2 letters, “Correction: Twelve lamps”, to those who got issue 1. Send?" in asked.err
    assert site.ask("SELECT count(*) FROM issues") == [(1,)]
    with smtp_servers.Relay() as relay:
        name_relay(site, relay.url())
        made = desk.correct("1", "--note", NOTE, "--yes")
        assert made.code == 0, made.err
        assert "issue 2: 2 letters, “Correction: Twelve lamps”" in made.out
        site.prepare("send")
        taken = relay.letters
    assert len(taken) == 2
    assert str(gone) not in {one.recipient for one in taken}
    letter = read(taken[0].body)
    assert letter["Subject"] == "Correction: Twelve lamps"
    assert letter["List-Unsubscribe"].startswith("<https://gazette.example/unsubscribe/")
    for kind in ("plain", "html"):
        said = " ".join(part_of(letter, kind).split())
        assert "Twelve lamps" in said
        assert "https://gazette.example/preferences/" in said
        assert "\ue000" not in said
    assert site.states() == {"sent": READERS + 2}
    assert site.ask("SELECT seen_seq, ahead FROM subscriptions ORDER BY id")[:READERS] == places
    assert "A correction" in issue_page(site, "-correction-1")
    assert "Correction: Twelve lamps" in (site.folder / "feeds/newsletters/tides/index.html").read_text()
    assert "  corrected by issue 2\n" in desk.typed("issues", "show", "1").out
    assert "  corrects issue 1\n" in desk.typed("issues", "show", "2").out
    again = json.loads(desk.correct("1", "--note", NOTE, "--dry-run", "--json").out)
    assert (again["readers"], again["corrects"], len(again["posts"])) == (2, 1, 1)


@pytest.mark.parametrize(
    ("arguments", "code", "saying"),
    [
        (("1",), 2, ("--note",)),
        (("1", "--note", " \n "), 2, ("--note is empty: say what was wrong, and what is right",)),
        (("7", "--note", NOTE), 2, ("there is no issue 7; `publisher issues` lists them",)),
        (("1", "--note", NOTE, "--post", "no-such-story"), 2, ("there is no post 'no-such-story'",)),
    ],
)
def test_wrong_use_is_told_with_what_to_do(
    desk: Desk, arguments: tuple[str, ...], code: int, saying: tuple[str, ...]
) -> None:
    assert_clear(desk.correct(*arguments), code=code, saying=saying)
    assert desk.site.ask("SELECT count(*) FROM issues") == [(1,)]


def test_who_tries_failed_letters_of_a_corrected_issue_again_is_warned(desk: Desk, site: Site) -> None:
    site.change("UPDATE deliveries SET state = 'failed' WHERE id = 1")
    assert "2 letters" in desk.correct("1", "--note", NOTE, "--yes").out
    tried = desk.typed("issues", "retry-failed", "1")
    assert "1 letter to be tried again" in tried.out
    assert "go with the mistake that issue 2 corrects" in tried.err
    assert "publisher issues cancel 1" in tried.err


def test_killed_at_any_step_it_is_there_whole_or_not_at_all(sent: Site, tmp_path: Path) -> None:
    """Then typed again: each reader gets one letter of each correction that was made, and no half one."""
    whole = copy_of(sent, tmp_path / "whole")
    command = ("issues", "correct", "1", "--note", NOTE, "--yes")
    steps = whole.run_doomed(*command, number=0)
    made = set()
    for number in range(steps // 8, steps, steps // 4):
        site = copy_of(sent, tmp_path / f"step-{number}")
        assert site.run_doomed(*command, number=number) == -1
        deliveries = [
            int(str(count)) for (count,) in site.ask("SELECT count(*) FROM deliveries WHERE issue > 1 GROUP BY issue")
        ]
        letters = site.ask("SELECT count(*) FROM issues WHERE corrects = 1")[0][0]
        assert deliveries == [READERS] * int(str(letters))
        made.add(letters)
    assert made == {0, 1}, "some were killed before, some after"
    with smtp_servers.Relay() as relay:
        name_relay(site, relay.url())
        site.prepare("send")
        assert set(Counter(relay.recipients()).values()) == {1}
        assert len(relay.recipients()) == READERS


def test_pages_are_the_same_at_the_end_wherever_publishing_was_killed(sent: Site, tmp_path: Path) -> None:
    edited = copy_of(sent, tmp_path / "edited")
    edited.prepare(
        "posts", "edit", "tide-table/the-second-boat", "--title", "The third boat", "--note", "We miscounted."
    )
    whole = copy_of(edited, tmp_path / "whole")
    steps = whole.run_doomed("publish", number=0)
    assert "The third boat" in issue_page(whole)
    for number in range(steps // 6, steps, steps // 3):
        site = copy_of(edited, tmp_path / f"step-{number}")
        assert site.run_doomed("publish", number=number) == -1
        site.prepare("publish")
        assert site.feeds() == whole.feeds()
        assert site.ask("SELECT change, corrected FROM issues") == whole.ask("SELECT change, corrected FROM issues")


def test_a_reader_chooses_anew_by_the_link_of_a_letter(sent: Site, tmp_path: Path) -> None:
    site = copy_of(sent, tmp_path / "chooses")
    site.edit('schedule = { daily = "0 7 * * *" }', 'schedule = { daily = "daily 07:00", weekly = "Fri 12:00" }')
    with smtp_servers.Relay() as relay:
        name_relay(site, relay.url())
        site.prepare("issues", "correct", "1", "--note", NOTE, "--yes")
        site.prepare("send")
        link = re.search(r"https://gazette\.example(/preferences/\w+)", part_of(read(relay.letters[0].body), "plain"))
    assert link
    places = site.ask("SELECT seen_seq, ahead FROM subscriptions ORDER BY id")
    with serving(site) as up:
        status, page = up.get(link[1])
        assert (status, 'value="daily" required checked' in page) == (200, True)
        assert "Weekly" in page
        status, page = up.get(link[1], form=b"cadence=weekly")
        assert (status, "Your choice is saved" in page) == (200, True)
        told = up.stop()
    assert link[1].rpartition("/")[2] not in told
    assert site.ask("SELECT count(*) FROM subscriptions WHERE cadence = 'weekly'") == [(1,)]
    assert site.ask("SELECT seen_seq, ahead FROM subscriptions ORDER BY id") == places
