"""`publisher check letters`: our own example has no finding, and what is wrong is named by newsletter and cadence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from publisher.cli import run
from publisher.store import schema, subscribers
from tests.letter_stand import edit, house_of, override


def check(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = run(["check", "letters", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.mark.parametrize("design", ["digest", "column", "plain"])
def test_the_letters_of_the_example_have_no_finding(
    courier: Path, capsys: pytest.CaptureFixture[str], design: str
) -> None:
    edit(
        courier,
        'columns = ["harbour-notes", "night-desk"]',
        f'columns = ["harbour-notes", "night-desk"]\ntemplate = "{design}"',
    )
    assert check(capsys) == (
        0,
        "morning, daily: 1 letter; nothing is wrong\n"
        "morning, as-it-happens: a sample, since nobody gets it yet; nothing is wrong\n"
        "morning, letters of service: 4 letters; nothing is wrong\n"
        "weekend, weekly: a sample, since nobody gets it yet; nothing is wrong\n"
        "weekend, letters of service: 4 letters; nothing is wrong\n"
        "11 letters: 0 errors, 0 warnings\n",
        "",
    )


@pytest.mark.parametrize("language", ["de", "fr", "es", "ar"])
def test_letters_in_the_languages_we_ship_have_no_finding(
    courier: Path, capsys: pytest.CaptureFixture[str], language: str
) -> None:
    edit(
        courier,
        'columns = ["harbour-notes", "night-desk"]',
        f'columns = ["harbour-notes", "night-desk"]\nlanguage = "{language}"',
    )
    code, out, _ = check(capsys)
    assert (code, out.splitlines()[-1]) == (0, "11 letters: 0 errors, 0 warnings"), out


def test_why_there_is_no_letter_is_told(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(courier, 'name = "Morning Courier"', 'name = "Morning Courier"\nminimum = 7')
    assert (
        "morning, daily: a sample, since fewer posts are new than its `minimum`; nothing is wrong" in check(capsys)[1]
    )
    with house_of(courier) as house, house.store.write() as conn:
        conn.execute(schema.subscriptions.update().values(seen_seq=99))
    assert "morning, daily: a sample, since nothing is new; nothing is wrong" in check(capsys)[1]


def test_an_error_is_named_and_fails(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    override(courier, "letter/digest.txt", ("{% block letter %}", "{% block letter %}{{ '{%' }}"))
    code, out, _ = check(capsys, "morning")
    assert code == 1
    assert "  Error: line " in out
    assert "weekend" not in out
    code, out, _ = check(capsys, "morning", "--json")
    told = json.loads(out)
    assert code == 1
    assert [(one["newsletter"], one["cadence"], one["sample"]) for one in told] == [
        ("morning", "daily", None),
        ("morning", "as-it-happens", "nobody gets it yet"),
        ("morning", "letters of service", None),
    ]
    assert told[0]["letters"][0]["variant"] == "all"
    assert told[0]["letters"][0]["findings"][0]["severity"] == "error"


def test_a_warning_is_told_and_does_not_fail(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(courier, 'name = "Weekend Courier"', 'name = "Weekend Courier"\nsubject = "Fwd: {{ lead.title }}"')
    code, out, _ = check(capsys, "weekend")
    assert code == 0
    assert "  Warning: the subject “Fwd: " in out
    assert out.endswith("5 letters: 0 errors, 1 warning\n")


def test_a_finding_of_some_letters_names_them(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with house_of(courier) as house, house.store.write() as conn:
        bo = subscribers.find(conn, "bo@readers.example")
        assert bo is not None
        table = schema.subscriptions
        conn.execute(table.update().where(table.c.id == bo.subscriptions[0].id).values(columns="night-desk"))
        first = conn.execute(schema.posts.select().where(schema.posts.c.column == "harbour-notes")).mappings().first()
        assert first is not None
        body = first["body"] + '<p><a href="https://example.org/later">more</a></p>'
        conn.execute(schema.posts.update().where(schema.posts.c.seq == first["seq"]).values(body=body))
    code, out, _ = check(capsys, "morning")
    assert code == 0
    assert "morning, daily: 2 letters\n" in out
    assert f"it comes with the post “{first['title']}”" in out
    assert "(in variant all)" in out


def test_a_broken_template_is_named_and_the_other_newsletters_are_still_looked_at(
    courier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(courier, 'name = "Morning Courier"', 'name = "Morning Courier"\nsubject = "{{ led.title }}"')
    code, out, _ = check(capsys)
    assert code == 1
    assert "morning, daily: no letter can be made\n  Error: newsletters.morning.subject: `led` is not known" in out
    assert "weekend, weekly: a sample, since nobody gets it yet; nothing is wrong" in out


def test_a_newsletter_that_is_not_there_is_told(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = check(capsys, "evening")
    assert (code, "there is no newsletter 'evening'" in err, "morning, weekend" in err) == (2, True, True)


def test_letters_of_service_are_looked_at_too(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(courier, 'name = "Weekend Courier"', 'name = "Weekend Courier"\nwelcome = "none"')
    assert "weekend, letters of service: 3 letters; nothing is wrong\n" in check(capsys, "weekend")[1]
    override(courier, "letter/service.html", ("slot.service_url", "slot.unsubscribe_url"))
    code, out, _ = check(capsys, "weekend")
    assert code == 1
    assert "  Error: the HTML has no link to the page that it is about; write href=" in out
    assert "in letter/service.html\n4 letters: 3 errors, 0 warnings\n" in out
    override(courier, "letter/service.txt", ("slot.service_url", "slot.service"))
    code, out, _ = check(capsys, "weekend")
    assert code == 1
    assert "weekend, letters of service: no letter can be made\n" in out
    assert "weekend, weekly: a sample, since nobody gets it yet; nothing is wrong\n" in out
