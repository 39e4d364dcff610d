"""Letters for the tests of lint: one that is good, and how to spoil it."""

from __future__ import annotations

from dataclasses import replace

from publisher.letter.edition import Edition
from publisher.letter.lint import Severity, lint
from publisher.model.letter import Letter, Slot
from tests.letter_editions import SITE, TIDES, edition

ADDRESS = "1 Quay Lane\nFernmoor"
LEAVE, PREFER = Slot.UNSUBSCRIBE_URL.mark, Slot.PREFERENCES_URL.mark
SAID = "High water at the quay comes an hour later than the tables say."
MADE_OF = replace(edition(TIDES), postal_address=ADDRESS)
GOOD = Letter(
    subject="Tides of the week",
    html=(
        '<!DOCTYPE html><html lang="en" dir="ltr"><head><title>Tides</title></head><body>'
        '<table role="presentation" lang="en" dir="ltr"><tr><td>'
        f'<p>Why the harbour master stopped believing the tables. <a href="{SITE}/v">View in browser</a></p>'
        "<h1>The Courier</h1></td></tr><tr><td>"
        f'<h2><a href="{SITE}/tides">Tides of the week</a></h2><p>{SAID}</p></td></tr><tr><td>'
        f'<p><a href="{LEAVE}">Unsubscribe</a> <a href="{PREFER}">Preferences</a></p><p>1 Quay Lane<br>Fernmoor</p>'
        "</td></tr></table></body></html>"
    ),
    text=(
        "Why the harbour master stopped believing the tables.\nView in browser: https://fernmoor.example/v\n\n"
        f"The Courier\n\nTides of the week\n{SITE}/tides\n\n{SAID}\n\n"
        f"Unsubscribe: {LEAVE}\nPreferences: {PREFER}\n1 Quay Lane\nFernmoor\n"
    ),
)


def spoiled(old: str, new: str) -> Letter:
    """The good letter with its HTML changed."""
    assert old in GOOD.html
    return replace(GOOD, html=GOOD.html.replace(old, new))


def added(piece: str) -> Letter:
    """The good letter with this in the cell of its story."""
    return spoiled(f"<p>{SAID}</p>", f"<p>{SAID}</p>{piece}")


def errors(letter: Letter, made_of: Edition = MADE_OF) -> list[str]:
    return [one.problem for one in lint(letter, made_of) if one.severity is Severity.ERROR]


def warnings(letter: Letter, made_of: Edition = MADE_OF) -> list[str]:
    return [one.problem for one in lint(letter, made_of) if one.severity is Severity.WARNING]


def with_body(body: str) -> Edition:
    """What a letter is made of whose one post says this."""
    return replace(MADE_OF, posts=(replace(TIDES, body=body),))
