"""What keeps a letter from going out, and what is only told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.letter.lint import Severity, lint
from publisher.model.letter import Letter, Slot

ADDRESS = "1 Quay Lane\nFernmoor"
URL = Slot.UNSUBSCRIBE_URL.mark
GOOD = Letter(
    subject="Tides",
    html=f'<html><body><h1>T</h1><a href="{URL}">leave</a><p>1 Quay Lane<br>Fernmoor</p></body></html>',
    text=f"Tides\n\nLeave: {URL}\n\n1 Quay Lane\nFernmoor\n",
)


def problems(letter: Letter, severity: Severity, address: str = ADDRESS) -> list[str]:
    return [finding.problem for finding in lint(letter, postal_address=address) if finding.severity is severity]


def test_a_good_letter_has_no_findings() -> None:
    assert lint(GOOD, postal_address=ADDRESS) == ()


@pytest.mark.parametrize(
    ("letter", "address", "said"),
    [
        (replace(GOOD, subject="  "), ADDRESS, "subject is empty"),
        (replace(GOOD, subject="a\r\nBcc: b"), ADDRESS, "more than one line"),
        (replace(GOOD, html=GOOD.html.replace(URL, "https://a.example/")), ADDRESS, "HTML has no link to unsubscribe"),
        (replace(GOOD, html=GOOD.html.replace("href", "title")), ADDRESS, "HTML has no link to unsubscribe"),
        (replace(GOOD, text=GOOD.text.replace(URL, "")), ADDRESS, "text has no link to unsubscribe"),
        (GOOD, " ", "no postal address"),
        (GOOD, "9 Hill Street", "does not show the postal address"),
        (replace(GOOD, text=GOOD.text + "\ue000colour\ue001"), ADDRESS, "no reader can fill the slot 'colour'"),
        (replace(GOOD, html=GOOD.html + "\ue000name"), ADDRESS, "slot mark is broken"),
    ],
)
def test_what_the_law_or_the_wire_forbids_is_an_error(letter: Letter, address: str, said: str) -> None:
    assert any(said in problem for problem in problems(letter, Severity.ERROR, address))


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ("<img src='https://a.example/x.png'>", "'https://a.example/x.png' has no description"),
        ("<a href='../minutes'>m</a>", "'../minutes' leads nowhere"),
        ("<a href='http://[broken'>m</a>", "leads nowhere"),
        ("<img alt='' src='media:x.png'>", "'media:x.png' leads nowhere"),
        ("<h1>again</h1>", "2 h1 headings"),
        ("é" * 50_000, "100,1"),
    ],
)
def test_what_is_only_ugly_is_a_warning(added: str, said: str) -> None:
    letter = replace(GOOD, html=GOOD.html.replace("</body>", f"{added}</body>"))
    assert problems(letter, Severity.ERROR) == []
    assert any(said in problem for problem in problems(letter, Severity.WARNING))


def test_a_long_subject_is_told() -> None:
    assert problems(replace(GOOD, subject="x" * 121), Severity.WARNING) == [
        "the subject has 121 characters; mailboxes show about 60"
    ]
