"""Why something was refused: the cases stand in cases/reasons/, a file for each kind of server."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.mail.reason import of_sender, reason_of
from publisher.mail.reason.case import Case
from publisher.mail.reason.order import LESS_SURE, SURE
from publisher.mail.reason.phrase import GAP, Phrases
from publisher.mail.reason.status import loose, trusted
from publisher.mail.reason.vocabulary import CLASSES
from publisher.mail.reason.words import MOST_CHARACTERS, status_in, words_of
from publisher.model.reason import MEANINGS, About, Reason, in_words, reason_named

FOLDER = Path(__file__).parent / "cases" / "reasons"
REPLY = re.compile(r"(?:([45]\d\d)(?: |$))?(?:([45]\.\d{1,3}\.\d{1,3})(?: |$))?(.*)")
ALL_CASES = (*SURE, *LESS_SURE)


def cases_in(file: Path) -> Iterator[tuple[Reason, str]]:
    """Lines of `reason  reply`; those that begin with `#` say whose they are."""
    for line in file.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            reason, _, reply = line.partition(" ")
            yield Reason(reason), reply.strip()


def reason_for(reply: str) -> Reason:
    """Of a whole reply, with or without a code and a status."""
    found = REPLY.fullmatch(reply)
    assert found
    return reason_of(code=int(found[1] or 0), enhanced=found[2] or "", text=found[3])


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.txt")), ids=lambda file: file.stem)
def test_what_servers_say_has_its_reason(file: Path) -> None:
    wrong = [
        f"{reply[:100]}: {found}, not {wanted}"
        for wanted, reply in cases_in(file)
        if (found := reason_for(reply)) is not wanted
    ]
    assert not wrong


def test_there_are_cases_of_every_reason() -> None:
    cases = [case for file in FOLDER.glob("*.txt") for case in cases_in(file)]
    assert len(cases) >= 650
    assert {reason for reason, _ in cases} == set(Reason)
    assert len({reply for _, reply in cases}) >= len(cases) - 10  # a few are said by several


def test_every_reason_is_about_somebody_and_has_a_meaning() -> None:
    assert set(MEANINGS) == set(Reason)
    assert {reason.about for reason in Reason} == set(About)
    assert len({reason.meaning for reason in Reason}) == len(Reason)
    assert not [reason for reason in Reason if reason.about_us and reason.about_relay]


def test_the_docs_have_every_reason_with_what_it_means() -> None:
    page = (Path(__file__).parent.parent / "docs" / "operations.md").read_text(encoding="utf-8")
    told = page.partition("## Why a letter was not taken")[2].partition("\n## ")[0]
    rows = [line for line in told.splitlines() if line.startswith("| `")]
    assert rows == [f"| `{reason}` | {reason.meaning} | {reason.about} |" for reason in Reason]


def test_only_a_mailbox_or_a_domain_can_be_gone() -> None:
    gone = {reason for reason in Reason if reason.gone}
    assert gone == {Reason.USER_UNKNOWN, Reason.DISABLED, Reason.MOVED, Reason.DOMAIN_DEAD}
    assert {reason.about for reason in gone} == {About.MAILBOX, About.DOMAIN}


def test_a_reason_for_people_has_no_hyphens() -> None:
    assert in_words(Reason.USER_UNKNOWN) == "user unknown"
    assert in_words("of-a-newer-program") == "of a newer program"


def test_a_reason_is_known_by_its_value() -> None:
    assert [reason_named(reason.value) for reason in Reason] == list(Reason)
    assert reason_named("") is reason_named("of-a-newer-program") is None


@given(st.text(max_size=600), st.sampled_from(["", "4.7.0", "5.7.1", "5.1.1", "9.9.9", "x"]), st.integers(-1, 999))
@example(text="<" * 500, enhanced="", code=550)
@example(text="@" * 500, enhanced="", code=0)
@example(text="\x00\ud800", enhanced="5.1.1", code=550)
def test_any_words_have_a_reason(text: str, enhanced: str, code: int) -> None:
    assert isinstance(reason_of(code=code, enhanced=enhanced, text=text), Reason)


_VOCABULARY = sorted({word for case in ALL_CASES for phrase in case.phrases for word in re.findall(r"[a-z]+", phrase)})


@given(st.lists(st.sampled_from([*_VOCABULARY, ".", ":", "@", "<a@b.example>"]), max_size=80), st.integers(400, 599))
def test_any_order_of_their_own_words_has_a_reason(words: list[str], code: int) -> None:
    assert isinstance(reason_of(code=code, enhanced="", text=" ".join(words)), Reason)


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "<",
        "<<@",
        "a.",
        "a-1.",
        "5.1.",
        "not ",
        "user is not ",
        "mailbox mailbox over over ",
        "://",
        "1.",
        "'",
        "ß",
    ],
)
def test_no_text_takes_long(piece: str) -> None:
    text = (piece * 200_000)[:200_000]
    started = time.process_time()
    reason_of(code=550, enhanced="", text=text)
    assert time.process_time() - started < 0.5


def test_what_stands_far_behind_is_not_read() -> None:
    assert reason_for("550 " + "x " * MOST_CHARACTERS + "User unknown") is Reason.UNCLEAR


def test_neither_addresses_nor_hosts_tell_anything() -> None:
    assert words_of("<no-such-user@spam.example>: reached host mx-1.blacklist.example") == ("@", ".", "reached")
    assert reason_for("450 <spam-report@greylist.example>: see 203.0.113.7") is Reason.BUSY


def test_block_lists_are_known_by_their_hosts_and_links_by_what_stands_behind() -> None:
    assert words_of("see zen.spamhaus.org") == ("see", "spamhaus")
    assert words_of("at https://support.mail.example/?p=NoSuchUser.") == ("at", "p", "nosuchuser", ".")
    assert words_of("http://spam.example") == ()


def test_what_is_said_behind_an_address_is_read() -> None:
    assert words_of("(anna@readers.example:mailbox full)") == ("@", "mailbox", "full")


def test_a_part_of_exchange_is_no_host() -> None:
    assert words_of("RESOLVER.ADR.RecipientNotFound; not found")[:3] == ("resolver", "adr", "recipientnotfound")


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("no mailbox here (#5.1.1)", "5.1.1"),
        ("5.7.26 no", "5.7.26"),
        ("from 5.1.1.4", ""),
        ("at 1.5.1.1", ""),
        ("", ""),
    ],
)
def test_a_status_is_found_in_the_text(text: str, status: str) -> None:
    assert status_in(text) == status


@pytest.mark.parametrize(
    ("phrase", "text", "stands"),
    [
        ("user unknown", "a user unknown to us", True),
        ("user unknown", "user is unknown", False),
        ("user .. unknown", "user is unknown", True),
        ("user .. unknown", "user of whom we know is unknown", False),
        ("user .. unknown", "no user. Unknown command", True),
        ("user .. unknown", "no user here. Unknown command", False),
        ("mailbox|inbox full", "Inbox full", True),
        ("greylist*", "Greylisting in effect", True),
        ("greylist*", "greyhound", False),
        ("NOT .. FOUND", "it couldn't be found", True),
        ("quota .. over .. limit", "quota is over its limit", True),
        ("quota .. over .. limit", "quota is over", False),
    ],
)
def test_a_phrase_stands_in_a_text_or_not(phrase: str, text: str, *, stands: bool) -> None:
    assert bool(Phrases([phrase]).found_in(words_of(text))) is stands


@pytest.mark.parametrize("phrase", ["", "..", ".. user", "user ..", "abc* def"])
def test_a_phrase_that_could_not_be_found_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="phrase"):
        Phrases([phrase])


def written_out(phrase: str) -> list[str]:
    """A text that says it in the plainest way."""
    choices = (part.split("|")[0] for part in phrase.split() if part != GAP)
    return [min(CLASSES.get(choice, {choice.rstrip("*")})) for choice in choices]


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: f"{case.reason}: {case.said_by[:20]}")
def test_every_phrase_is_found_in_a_text_that_says_it(case: Case) -> None:
    known = Phrases(case.phrases)
    assert case.phrases
    for rank, phrase in enumerate(case.phrases):
        assert rank in known.found_in(written_out(phrase)), phrase


def test_no_phrase_stands_twice() -> None:
    seen = [(phrase, case.kinds, case.statuses) for case in ALL_CASES for phrase in case.phrases]
    assert not {one for one in seen if seen.count(one) > 1}


def test_a_refused_sender_says_nothing_about_a_reader() -> None:
    assert of_sender(Reason.USER_UNKNOWN) is Reason.BAD_SENDER
    assert of_sender(Reason.DOMAIN_DEAD) is Reason.BAD_SENDER
    assert of_sender(Reason.REPUTATION) is Reason.REPUTATION
    told = "host mx.readers.example said: 550 5.1.1 User unknown (in reply to MAIL FROM command)"
    assert reason_of(code=550, enhanced="5.1.1", text=told) is Reason.BAD_SENDER


@pytest.mark.parametrize("status", ["1.1", "1.2", "1.3", "1.6", "2.1"])
def test_what_is_so_for_now_is_not_gone(status: str) -> None:
    for_good, for_now = trusted(f"5.{status}"), trusted(f"4.{status}")
    assert for_good
    assert for_now
    assert not for_now.gone


@given(st.integers(0, 999), st.text(max_size=12))
def test_any_status_and_code_mean_something(code: int, status: str) -> None:
    assert isinstance(trusted(status), Reason | None)
    assert isinstance(loose(code, status), Reason)


def test_a_temporary_status_alone_never_says_that_somebody_is_gone() -> None:
    statuses = [f"4.{subject}.{detail}" for subject in range(8) for detail in range(800)]
    assert not [status for status in statuses if reason_of(code=450, enhanced=status, text="").gone]
