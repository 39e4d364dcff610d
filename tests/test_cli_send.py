"""`publisher send` from outside: stopping an issue while it goes out, how it is shown, what goes wrong."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, timedelta
from pathlib import Path

import pytest

from publisher.cli import run as program
from publisher.cli.letters import held_up_told
from publisher.cli.pacewords import duration, held_up_in_words, pace_for_programs, pace_in_words
from publisher.cli.progress import LINE_SECONDS, SURELY_SECONDS, Lines
from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.model.outcome import Outcome, Verdict
from publisher.send.blocks import LEAST
from publisher.send.deferrals import IN_A_ROW
from publisher.send.pace import MOST_DOMAINS, OTHERS, Pace, state_of
from publisher.send.report import HeldUp, SendReport, Stop
from publisher.store import backlog, troubles
from publisher.store.database import Store
from tests import smtp_servers
from tests.conftest import NOW
from tests.lives import TOP, Site, a_site, assert_clear, copy_of, wait_for
from tests.test_life_relay import name_relay
from tests.test_send_deliver import relay_of, send
from tests.writers import put_issue_on_its_way

READERS = 150
EFFECTIVE_SECONDS = 2.0
DOMAINS = ("north.example", "south.example", "east.example")


@pytest.fixture(scope="module")
def assembled(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with an issue that waits to be sent to many readers."""
    site = a_site(tmp_path_factory.mktemp("sending") / "assembled")
    rows = [f"reader{number}@{DOMAINS[number % 3]},Reader {number}" for number in range(READERS)]
    (site.folder / "many.csv").write_text("\n".join(["email,name", *rows]) + "\n")
    for command in (("subscribers", "import", "many.csv"), ("collect",), ("assemble",)):
        site.prepare(*command)
    return site


@pytest.fixture
def site(assembled: Site, tmp_path: Path) -> Site:
    return copy_of(assembled, tmp_path / "site")


def slowly(verb: str, argument: str, taken: int) -> None:
    if verb == "END":
        time.sleep(0.05)


@contextmanager
def running(site: Site, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = site.start(*arguments)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=60)
        assert "Traceback" not in out + err, err


def assert_silent(relay: smtp_servers.Relay) -> int:
    """From two seconds after a command has ended on, nothing more comes; how many letters came."""
    time.sleep(EFFECTIVE_SECONDS)
    came = len(relay.commands)
    time.sleep(0.5)
    assert len(relay.commands) == came
    return len(relay.letters)


def state_of_issue(site: Site) -> IssueState:
    ((state,),) = site.ask("SELECT state FROM issues")
    return IssueState(str(state))


def test_an_issue_is_paused_resumed_and_cancelled_while_another_process_sends_it(site: Site) -> None:
    with smtp_servers.Relay(answer=slowly) as relay:
        name_relay(site, relay.url())
        with running(site, "run"):
            wait_for(lambda: len(relay.letters) >= 10, "the first letters")
            site.prepare("issues", "pause", "1")
            first = assert_silent(relay)
            assert first < READERS
            assert site.states() == {"sent": first, "due": READERS - first}

            site.prepare("issues", "resume", "1")
            wait_for(lambda: len(relay.letters) > first, "letters of the resumed issue", seconds=EFFECTIVE_SECONDS + 2)
            wait_for(lambda: len(relay.letters) > first + 10, "more of them")
            site.prepare("issues", "cancel", "1")
            second = assert_silent(relay)
            assert second < READERS
            assert site.states() == {"sent": second, "skipped": READERS - second}
        assert state_of_issue(site) is IssueState.CANCELLED
        assert max(Counter(relay.recipients()).values()) == 1


def test_send_ends_when_its_issue_is_paused_and_the_rest_goes_later_and_once(site: Site) -> None:
    with smtp_servers.Relay(answer=slowly) as relay:
        name_relay(site, relay.url())
        with running(site, "send") as process:
            wait_for(lambda: len(relay.letters) >= 10, "the first letters")
            site.prepare("issues", "pause", "1")
            assert process.wait(timeout=EFFECTIVE_SECONDS + 2) == 0
        assert site.states() == {"sent": len(relay.letters), "due": READERS - len(relay.letters)}
    with smtp_servers.Relay() as rest:
        name_relay(site, rest.url())
        site.prepare("issues", "resume", "1")
        site.prepare("send")
    both = Counter(relay.recipients() + rest.recipients())
    assert len(both) == READERS
    assert max(both.values()) == 1
    assert state_of_issue(site) is IssueState.SENT


def spam_for(domain: str) -> smtp_servers.Answer:
    def answer(verb: str, argument: str, taken: int) -> bytes | None:
        if verb == "RCPT" and f"@{domain}>" in argument:
            return b"550 5.7.1 [bold]Our system[/bold] takes this for spam"
        return None

    return answer


def test_an_issue_that_goes_wrong_pauses_itself_and_every_command_says_why(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with smtp_servers.Relay(answer=spam_for("south.example")) as relay:
        name_relay(site, relay.url())
        done = site.run("send", "--json")
    assert done.code == 1
    (paused,) = json.loads(done.out)["paused"]
    assert paused["issue"] == 1
    assert "about us and not about readers: 550 5.7.1" in paused["why"]
    assert json.loads(done.out)["skipped"] == 0, "the others wait"
    monkeypatch.chdir(site.folder)
    capsys.readouterr()

    def said(*arguments: str) -> str:
        assert program(list(arguments)) == 0
        return capsys.readouterr().out

    assert "nothing to send" in said("send"), "it is paused"
    for command in (("issues",), ("issues", "show", "1")):
        told = said(*command)
        assert "paused: " in told
        assert "takes this for spam; go on with: publisher issues resume 1" in told
    shown = said("issues", "show", "1")
    assert re.search(r"\d+  deferred: spam \d+\n", shown)
    assert re.search(r"\d+  deferred  south\.example: 550 5\.7\.1 \[bold\]Our system", shown)
    assert "failed" not in shown
    found = json.loads(said("issues", "show", "1", "--json"))
    assert [(one["domain"], one["reason"]) for one in found["troubles"]] == [("south.example", "spam")]
    assert found["reasons"] == {"deferred": {"spam": found["letters"]["deferred"]}}


def test_the_reason_is_said_on_stderr_where_people_look(site: Site) -> None:
    with smtp_servers.Relay(answer=spam_for("south.example")) as relay:
        name_relay(site, relay.url())
        done = site.run("send")
    assert_clear(done, code=1, saying=("issue 1 paused itself: ", "takes this for spam", "publisher issues resume 1"))


def test_a_config_may_say_how_much_is_too_much(site: Site) -> None:
    site.edit("[mail]", "[mail]\npause_at = { refused = 100, blamed = 200 }")
    with smtp_servers.Relay(answer=spam_for("south.example")) as relay:
        name_relay(site, relay.url())
        done = site.run("send", "--json")
    told = json.loads(done.out)
    assert told["paused"] == []
    assert [(one["what"], one["name"], one["state"]) for one in told["held_up"]] == [
        ("destination", "south.example", "paused")
    ]
    states = site.states()
    assert states["sent"] == READERS * 2 // 3
    assert states["deferred"] >= LEAST, "then the domain that blocks us is asked no further"
    assert states["deferred"] + states["due"] == READERS // 3


def test_at_a_terminal_the_display_shows_rate_time_and_domains(site: Site) -> None:
    with smtp_servers.Relay(answer=slowly) as relay:
        name_relay(site, relay.url())
        shown = at_a_terminal(site, "send")
    assert re.search(rf"[━╸╺]\s*\nsending: \d+ of {READERS}, \d+ sent, [\d.]+ a second, \d+ s left", shown)
    assert re.search(r"north\.example +\d+ of \d+ +takes all", shown)


def test_the_display_names_what_is_left_alone_until_when_and_why(site: Site) -> None:
    def answer(verb: str, argument: str, taken: int) -> bytes | None:
        if verb == "RCPT" and "south.example" in argument:
            return b"451 4.7.1 not so fast"
        return slowly(verb, argument, taken)

    with smtp_servers.Relay(answer=answer) as relay:
        name_relay(site, relay.url())
        site.edit("[web]\n", f'[relays.spare]\nurl = "{relay.url()}"\n\n[web]\n')
        site.prepare("relays", "park", "spare", "--for", "2h", "--why", "they move")
        shown = at_a_terminal(site, "send")
    assert re.search(r"relay spare is parked until [^:]+:[\d:]+ \w+: they move", shown)
    *_, asked = re.findall(r"south\.example +0 of (\d+) +paused +451 4\.7\.1 not so fast", shown)
    # What was on the wire when the twentieth answer came is answered too; how much that is, is a matter of time.
    assert IN_A_ROW <= int(asked) < READERS // 3
    assert re.search(r"south\.example is paused until [^:]+:[\d:]+ \w+: 451 4\.7\.1 not so fast", shown)


def test_at_the_end_is_told_what_was_left_alone_though_all_went_well(site: Site) -> None:
    def refuse_login(verb: str, argument: str, taken: int) -> bytes | None:
        return b"535 5.7.8 no such account" if verb == "AUTH" else None

    with smtp_servers.Relay() as relay, smtp_servers.Relay(answer=refuse_login, offer=("AUTH PLAIN",)) as strict:
        name_relay(site, relay.url())
        table = f'[relays.strict]\nurl = "{strict.url(user="desk")}"\npassword = {{ env = "STRICT" }}\n'
        site.edit("[web]\n", f"{table}\n[web]\n")
        done = site.run("send", STRICT="wrong")
    assert_clear(done, code=0, saying=("relay strict (", "is parked until", "no such account", "relays resume strict"))
    assert f"{READERS} sent" in done.out


def at_a_terminal(site: Site, *arguments: str) -> str:
    """What a person sees of a command that goes well."""
    master, slave = os.openpty()
    environ = {**os.environ, "PYTHONPATH": str(TOP), "COLUMNS": "140", "TERM": "xterm"}
    process = subprocess.Popen(
        [sys.executable, "-m", "publisher", *arguments], cwd=site.folder, env=environ, stderr=slave, stdout=slave
    )
    os.close(slave)
    screen = everything_from(master)
    assert process.wait(timeout=60) == 0, screen
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", screen)


def everything_from(terminal: int) -> str:
    found = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the other side is closed
            break
        if not piece:
            break
        found += piece
    os.close(terminal)
    return found.decode()


# The numbers.

SENT = Outcome(verdict=Verdict.SENT, code=250)
LATER = Outcome(verdict=Verdict.LATER, code=450, enhanced="4.2.1", text="a rate that is too high " * 5)
NEVER = Outcome(verdict=Verdict.NEVER, code=550, enhanced="5.1.1", text="nobody here")


def a_pace(*, letters: int = 1000, answers: int = 0, each: float = 0.01) -> Pace:
    pace = Pace(letters=letters, started=100.0)
    for number in range(answers):
        pace.saw(f"reader{number}@north.example", SENT, now=100.0 + number * each)
    return pace


def test_the_rate_is_that_of_the_last_seconds_and_the_time_left_follows_it() -> None:
    pace = a_pace(letters=3000, answers=2000)  # 100 a second for 20 s
    assert pace.rate(120.0) == pytest.approx(100, rel=0.15)
    assert pace.seconds_left(120.0, passed=2000) == pytest.approx(10, rel=0.15)
    assert pace.rate(125.0) < 60, "a relay that stands still is soon seen"
    assert pace.rate(140.0) == 0
    assert pace.seconds_left(140.0, passed=2000) is None


def test_domains_are_told_by_what_they_answer() -> None:
    pace = a_pace(answers=3)
    for outcome in (LATER, LATER):
        pace.saw("one@South.example", outcome, now=101)
    pace.saw("two@east.example", NEVER, now=101)
    assert [(name, domain.answers, state_of(domain)) for name, domain in pace.busiest(3)] == [
        ("north.example", 3, "takes all"),
        ("south.example", 2, "puts all off"),
        ("east.example", 1, "refuses all"),
    ]
    pace.saw("three@east.example", SENT, now=101)
    assert state_of(pace.domains["east.example"]) == "takes some"
    told = json.loads(json.dumps(pace_for_programs(pace, passed=7, now=102)))
    assert [one["domain"] for one in told["domains"]] == ["north.example", "east.example", "south.example"]
    assert told["domains"][2]["last_answer"].endswith("…")


def test_a_list_with_very_many_domains_costs_no_more_than_one_with_some() -> None:
    pace = a_pace()
    for number in range(MOST_DOMAINS + 500):
        pace.saw(f"reader@d{number}.example", SENT, now=101)
    assert len(pace.domains) == MOST_DOMAINS + 1
    assert pace.domains[OTHERS].answers == 500


def test_the_line_says_what_is_not_nothing() -> None:
    pace = a_pace(letters=1234, answers=50, each=0.1)
    assert pace_in_words(pace, passed=50, now=105.0) == "sending: 50 of 1,234, 50 sent, 10 a second, 1 min 58 s left"
    assert pace_in_words(a_pace(), passed=0, now=100.0) == "sending: 0 of 1,000, 0.0 a second, nothing moves"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (725, "12 min 05 s"), (12_000, "3 h 20 min")],
)
def test_times_are_told_as_people_say_them(seconds: float, words: str) -> None:
    assert duration(seconds) == words


class Ticks:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def lines_of(pace: Pace, *, as_json: bool = False) -> tuple[Callable[[float], None], list[str]]:
    told: list[str] = []
    ticks = Ticks()
    lines = Lines(pace, as_json=as_json, tell=told.append, zone=UTC, clock=ticks)

    def look_at(moment: float) -> None:
        ticks.now = moment
        lines.look(SendReport(sent=pace.answers))

    return look_at, told


def test_away_from_a_terminal_a_line_is_written_when_there_is_something_to_tell() -> None:
    pace = a_pace(letters=1000, answers=99)
    look_at, told = lines_of(pace)
    look_at(LINE_SECONDS - 1)
    assert told == [], "short runs are silent"
    look_at(LINE_SECONDS + 1)
    assert told == [], "less than a tenth is new"
    look_at(SURELY_SECONDS + 1)
    assert len(told) == 1, "but after a minute it is told"
    for _ in range(100):
        pace.saw("reader@north.example", SENT, now=130)
    look_at(SURELY_SECONDS + LINE_SECONDS)
    look_at(SURELY_SECONDS + LINE_SECONDS + 2)
    assert len(told) == 2
    assert told[1].startswith("sending: 199 of 1,000, 199 sent")


def test_for_programs_the_lines_are_objects() -> None:
    look_at, told = lines_of(a_pace(letters=20, answers=20), as_json=True)
    look_at(LINE_SECONDS + 1)
    (line,) = told
    assert "\n" not in line
    assert json.loads(line)["passed"] == 20


PARKED = HeldUp(stop=Stop.PARKED, name="bulk", until=NOW + timedelta(minutes=30), why="535 5.7.8 no")
BY_HAND = HeldUp(stop=Stop.PARKED, name="spare", until=None, why="")
DOWN = HeldUp(stop=Stop.RESTING, name="post", until=None, why="relay post (smtp://mail.example:25): no answer")
PAUSED = HeldUp(stop=Stop.PAUSED, name="north.example", until=NOW + timedelta(days=1), why="451 4.7.1 later")


@pytest.mark.parametrize(
    ("held_up", "words"),
    [
        (PARKED, "relay bulk is parked until 07:30:00 UTC: 535 5.7.8 no"),
        (BY_HAND, "relay spare is parked"),
        (DOWN, "relay post (smtp://mail.example:25): no answer; it rests, and is tried again"),
        (PAUSED, "north.example is paused until Mon 2026-11-23 07:00 UTC: 451 4.7.1 later"),
    ],
)
def test_what_is_left_alone_is_told_in_a_sentence(held_up: HeldUp, words: str) -> None:
    assert held_up_in_words(held_up, now=NOW, zone=UTC) == words


def test_that_something_is_left_alone_is_worth_a_line_and_stands_in_it() -> None:
    told: list[str] = []
    ticks = Ticks()
    lines = Lines(a_pace(answers=1), as_json=False, tell=told.append, zone=UTC, clock=ticks)
    for moment, held_up in ((11.0, ()), (22.0, (DOWN,)), (33.0, (DOWN,)), (44.0, (DOWN, BY_HAND))):
        ticks.now = moment
        lines.look(SendReport(sent=1, held_up=held_up))
    assert [line.count(";") for line in told] == [2, 3], "a line for each thing that is new"
    assert told[1].endswith("no answer; it rests, and is tried again; relay spare is parked")


def test_a_server_logs_what_is_left_alone_once_and_that_it_is_over() -> None:
    told: list[str] = []
    look = held_up_told(told.append, UTC)
    for held_up in ((), (PARKED,), (PARKED, DOWN), (PARKED, PAUSED), (PAUSED,), (PAUSED,), ()):
        look(SendReport(held_up=held_up))
    assert [line.partition(" until ")[0] for line in told] == [
        "relay bulk is parked",
        "relay post (smtp://mail.example:25): no answer; it rests, and is tried again",
        "north.example is paused",
        "relay bulk is used again",
        "north.example is tried again",
    ]


def test_programs_are_told_what_is_left_alone_too() -> None:
    found = pace_for_programs(a_pace(answers=1), passed=1, now=101, held_up=[PARKED, PAUSED])
    assert json.loads(json.dumps(found["held_up"])) == [
        {
            "what": "relay", "name": "bulk", "state": "parked", "until": "2026-11-22T07:30:00+00:00",
            "why": "535 5.7.8 no",
        },
        {
            "what": "destination", "name": "north.example", "state": "paused", "until": "2026-11-23T07:00:00+00:00",
            "why": "451 4.7.1 later",
        },
    ]  # fmt: skip
    assert json.loads(json.dumps(found["domains"]))[0]["state"] == "paused"


def test_domains_of_one_destination_are_counted_as_one() -> None:
    pace = Pace(letters=2, started=100, names={"gmail.com": "gmail.com", "googlemail.com": "gmail.com"})
    pace.saw("ada@gmail.com", SENT, now=101)
    pace.saw("bo@googlemail.com", SENT, now=101)
    assert [(name, domain.answers) for name, domain in pace.busiest(5)] == [("gmail.com", 2)]


# In the ledger.


def test_what_is_deferred_or_failed_is_counted_by_domain_with_the_last_answer(store: Store) -> None:
    issue = put_issue_on_its_way(store, 10)

    def answer(verb: str, argument: str, taken: int) -> bytes | None:
        if verb != "RCPT":
            return None
        number = int(argument.partition("<reader")[2].partition("@")[0])
        return {0: b"450 4.2.1 slow down", 1: b"550 5.1.1 nobody", 2: b"550 5.1.1 nobody at all"}.get(number)

    with smtp_servers.Relay(answer=answer) as server:
        send(store, relay_of(server, connections=1))
    with store.read() as conn:
        found = troubles.by_domain(conn, issue, limit=10)
        assert backlog.waiting(conn, now=NOW) == 0
    assert [(one.domain, one.state, one.letters) for one in found] == [
        ("readers.example", DeliveryState.FAILED, 2),
        ("readers.example", DeliveryState.DEFERRED, 1),
    ]
    assert (found[0].reply, found[1].reply) == ("nobody at all", "slow down")


def test_what_is_deferred_failed_or_in_doubt_is_counted_by_reason_most_first(store: Store) -> None:
    issue = put_issue_on_its_way(store, 10)
    answers = {0: b"450 4.2.0 greylisted", 1: b"550 5.1.1 nobody", 2: b"550 no such user", 3: b"550 mailbox closed"}

    def answer(verb: str, argument: str, taken: int) -> bytes | smtp_servers.Fault | None:
        number = int(argument.partition("reader")[2].partition("@")[0] or -1)
        if verb == "END" and number == 9:  # the last one: no other is on the wire then
            return smtp_servers.Fault.CUT
        return answers.get(number) if verb == "RCPT" else None

    with smtp_servers.Relay(answer=answer) as server:
        send(store, relay_of(server, connections=1))
    with store.read() as conn:
        found = troubles.by_reason(conn, issue)
    assert found == {
        DeliveryState.DEFERRED: {"greylisted": 1},
        DeliveryState.FAILED: {"user-unknown": 2, "disabled": 1},
        DeliveryState.IN_DOUBT: {"lost-connection": 1},
    }
    assert list(found[DeliveryState.FAILED]) == ["user-unknown", "disabled"]
