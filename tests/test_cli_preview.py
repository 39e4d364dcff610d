"""`publisher preview`: just what would be sent, to be looked at; nothing is sent and nothing changes."""

from __future__ import annotations

import email
import email.policy
import json
import re
import shutil
import webbrowser
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from publisher.assemble.assembly import Assembled
from publisher.assemble.drafting import draft
from publisher.cli import run
from publisher.house.making import assembly_of
from publisher.house.opened import House, utc_now
from publisher.model.issue import IssueKind
from publisher.model.schedule import Slot
from publisher.model.subscriber import Cadence
from publisher.store import posts, schema, subscribers
from publisher.tokens import Purpose, row_of
from tests.letter_stand import edit, house_of, override


@pytest.fixture
def shown(capsys: pytest.CaptureFixture[str]) -> Any:
    """What a preview tells, as programs get it."""

    def tell(*arguments: str) -> Any:
        capsys.readouterr()
        assert run(["preview", *arguments, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return tell


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run(["preview", *arguments]) == 2
    return capsys.readouterr().err


def message_in(told: Any) -> EmailMessage:
    return email.message_from_bytes(Path(told["files"]["message"]).read_bytes(), policy=email.policy.default)


def everything(folder: Path) -> dict[str, list[Any]]:
    """All rows but those that only say when something was read."""
    with house_of(folder) as house, house.store.read() as conn:
        return {
            table.name: [tuple(row) for row in conn.execute(table.select())]
            for table in (schema.issues, schema.variants, schema.deliveries, schema.subscriptions, schema.posts)
        }


def a_draft(house: House) -> Assembled:
    return draft(
        house.store,
        assembly_of(house, "morning"),
        cadence=Cadence.DAILY,
        slot=Slot(key="2099-01-01", at=datetime(2099, 1, 1, 7, tzinfo=UTC)),
        now=utc_now(),
        templates=house.templates,
    )


def test_it_writes_what_would_be_sent_and_changes_nothing(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = everything(courier)
    assert run(["preview", "morning"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    folder = courier / "var" / "preview" / "morning-daily"
    assert told.out == (
        f"page  {folder}/index.html\nHTML  {folder}/letter.html\ntext  {folder}/letter.txt\nmail  {folder}/letter.eml\n"
    )
    assert everything(courier) == before
    assert not (courier / "var" / "outbox").exists()
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.glob("letter.*"))


def test_the_message_is_that_of_the_letter_but_for_its_personal_links(courier: Path, shown: Any) -> None:
    told = shown("morning")
    message = message_in(told)
    assert str(message["Subject"]) == told["subject"]
    assert str(message["To"]) == "Robin Reader <robin.reader@readers.example>"
    assert message["X-Publisher-Test"] is None
    assert str(message["Feedback-ID"]).startswith("daily-")
    html, text = message.get_body(("html",)), message.get_body(("plain",))
    assert html is not None
    assert text is not None
    assert html.get_content().replace("\r\n", "\n") == Path(told["files"]["html"]).read_text(encoding="utf-8")
    assert text.get_content().replace("\r\n", "\n") == Path(told["files"]["text"]).read_text(encoding="utf-8")
    assert told["findings"] == []


def test_its_links_to_leave_change_nothing(courier: Path, shown: Any) -> None:
    told = shown("morning", "--as", "ada@readers.example")
    link = str(message_in(told)["List-Unsubscribe"]).strip("<>")
    place, _, token = link.rpartition("/")
    assert place == "https://courier.example/test-letter"
    with house_of(courier) as house:
        assert row_of(house.keys, Purpose.UNSUBSCRIBE, token) is None
        assert row_of(house.keys, Purpose.TEST, token) is not None
    html = Path(told["files"]["html"]).read_text(encoding="utf-8")
    assert html.count(link) == 2  # to leave, and to preferences
    assert "courier.example/unsubscribe/" not in html
    assert "courier.example/preferences/" not in html


def test_as_a_reader_it_is_that_readers_own(courier: Path, shown: Any) -> None:
    with house_of(courier) as house, house.store.write() as conn:
        bo = subscribers.find(conn, "bo@readers.example")
        assert bo is not None
        table = schema.subscriptions
        conn.execute(table.update().where(table.c.id == bo.subscriptions[0].id).values(columns="night-desk"))
    message = message_in(told := shown("morning", "--as", "bo@readers.example"))
    assert str(message["To"]) == "bo@readers.example"
    assert "bo@readers.example" in Path(told["files"]["text"]).read_text(encoding="utf-8")
    assert "Harbour Notes" not in Path(told["files"]["text"]).read_text(encoding="utf-8")
    fullest = shown("morning")
    assert "There are 2 different letters" in fullest["notes"][0]
    assert "Harbour Notes" in Path(fullest["files"]["text"]).read_text(encoding="utf-8")


def test_as_it_happens_it_is_the_post_that_goes_next(courier: Path, shown: Any) -> None:
    assert (
        run(["subscribers", "add", "cy@readers.example", "--newsletter", "morning", "--cadence", "as-it-happens"]) == 0
    )
    with house_of(courier) as house, house.store.write() as conn:
        table = schema.subscriptions
        conn.execute(table.update().where(table.c.cadence == "as-it-happens").values(seen_seq=0))
        oldest = posts.with_seqs(conn, [1])[1]
    told = shown("morning", "--cadence", "as-it-happens")
    assert told["subject"] == oldest.title
    assert told["cadence"] == "as-it-happens"
    assert told["notes"] == []
    assert shown("morning", "--as", "cy@readers.example")["subject"] == oldest.title


def test_where_nothing_is_new_the_newest_posts_are_a_sample_and_it_says_so(courier: Path, shown: Any) -> None:
    told = shown("weekend")
    assert told["notes"] == ["This is a sample, of the newest 6 posts: nobody gets it yet."]
    page = Path(told["files"]["page"]).read_text(encoding="utf-8")
    assert "This is a sample, of the newest 6 posts" in page
    told = shown("morning", "--cadence", "as-it-happens")
    assert told["notes"] == ["This is a sample, of the newest post: nobody gets it yet."]


def test_for_a_reader_who_has_had_all_it_is_a_sample_too(courier: Path, shown: Any) -> None:
    with house_of(courier) as house, house.store.write() as conn:
        conn.execute(schema.subscriptions.update().values(seen_seq=99))
    told = shown("morning", "--as", "ada@readers.example")
    assert told["notes"] == ["This is a sample, of the newest 6 posts: nothing is new for ada@readers.example."]


def test_who_gets_nothing_is_said_to(courier: Path, shown: Any) -> None:
    with house_of(courier) as house, house.store.write() as conn:
        conn.execute(schema.subscribers.update().values(state="suppressed"))
    assert shown("morning", "--as", "ada@readers.example")["notes"] == [
        "ada@readers.example is suppressed, and gets none of this."
    ]
    assert run(["subscribers", "remove", "ada@readers.example"]) == 0
    told = shown("morning", "--as", "ada@readers.example")
    assert told["notes"][0] == "ada@readers.example has left morning, and gets none of this."


def test_a_draft_that_waits_is_pointed_at_and_can_be_looked_at(courier: Path, shown: Any) -> None:
    with house_of(courier) as house:
        made = a_draft(house)
    told = shown("morning")
    assert told["notes"] == [
        f"Issue {made.issue} is a draft already; look at it with: publisher preview morning --issue {made.issue}"
    ]
    told = shown("morning", "--issue", str(made.issue), "--as", "ada@readers.example")
    assert told["subject"] == made.subject
    assert told["notes"] == [f"This is issue {made.issue}, draft."]


def test_without_any_post_the_letter_says_that_nothing_is_new(courier: Path, shown: Any) -> None:
    with house_of(courier) as house, house.store.write() as conn:
        conn.execute(schema.posts.update().values(withdrawn=schema.posts.c.first_seen))
    told = shown("weekend")
    assert told["notes"][0].startswith("This is a sample: there is no post yet")
    assert told["subject"] == "Nothing new in Weekend Courier"


def test_an_issue_that_was_sent_is_shown_as_it_was_made(courier: Path, shown: Any) -> None:
    assert run(["assemble", "morning"]) == 0
    assert run(["send"]) == 0
    with house_of(courier) as house, house.store.read() as conn:
        issue = conn.execute(schema.issues.select().where(schema.issues.c.newsletter == "morning")).mappings().one()
        kept = conn.execute(schema.letters.select()).mappings().first()
    assert kept is not None
    told = shown("morning", "--issue", str(issue["id"]), "--as", "ada@readers.example")
    assert told["subject"] == kept["subject"]
    assert told["issue"] == issue["id"]
    assert told["notes"] == [f"This is issue {issue['id']}, sent."]
    assert told["files"]["page"].endswith(f"morning-issue-{issue['id']}/index.html")
    assert str(message_in(told)["To"]) == "Ada Winter <ada@readers.example>"


def test_who_gets_no_letter_of_an_issue_is_told(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["assemble", "morning"]) == 0
    assert run(["subscribers", "add", "late@readers.example", "--newsletter", "morning"]) == 0
    capsys.readouterr()
    assert "issue 1 has no letter for late@readers.example" in refused(
        capsys, "morning", "--issue", "1", "--as", "late@readers.example"
    )
    assert "issue 1 is of morning, daily; name that" in refused(capsys, "weekend", "--issue", "1")
    assert "there is no issue 77" in refused(capsys, "morning", "--issue", "77")


def test_what_cannot_be_shown_is_told_with_what_there_is(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "there is no newsletter 'evening'" in refused(capsys, "evening")
    assert "there are: morning, weekend" in refused(capsys, "evening")
    assert "weekend has no cadence daily; it offers weekly" in refused(capsys, "weekend", "--cadence", "daily")
    assert "there is no reader eve@readers.example" in refused(capsys, "morning", "--as", "eve@readers.example")
    assert "ada@readers.example does not get weekend" in refused(capsys, "weekend", "--as", "ada@readers.example")


def test_a_template_with_a_mistake_is_named_by_file_line_and_variable(
    courier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    override(courier, "letter/digest.txt", ("loop.first %}", "vew_url %}"))
    assert run(["preview", "morning"]) == 1
    told = capsys.readouterr().err
    assert f"{courier}/templates/letter/digest.txt:" in told
    assert "`vew_url` is not known here; known are: view_url" in told


def test_findings_are_told_with_the_letter_and_on_its_page(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(courier, 'name = "Morning Courier"', 'name = "Morning Courier"\nsubject = "Re: {{ lead.title }} {{ \'{{\' }}"')
    assert run(["preview", "morning"]) == 0
    told = capsys.readouterr()
    assert "Error: the subject says “{{”; look into `newsletters.morning.subject`" in told.err
    assert "Warning: the subject “Re: " in told.err
    assert "An issue with this letter would be held" in told.err
    page = (courier / "var/preview/morning-daily/index.html").read_text(encoding="utf-8")
    assert "the subject says “{{”" in page
    assert "An issue with an error is held" in page


def test_it_is_written_where_one_likes(courier: Path, tmp_path: Path, shown: Any) -> None:
    told = shown("morning", "--to", str(tmp_path / "a" / "b"))
    assert Path(told["files"]["page"]) == tmp_path / "a" / "b" / "index.html"
    assert {path.name for path in (tmp_path / "a" / "b").iterdir()} >= {"index.html", "letter.html", "letter.eml"}


def test_a_folder_nobody_may_write_into_is_told(
    courier: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert run(["preview", "morning", "--to", str(tmp_path / "file" / "below")]) == 1
    assert str(tmp_path / "file") in capsys.readouterr().err


def test_the_browser_is_opened_at_the_page(
    courier: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = tmp_path / "seen"
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {seen}.part\nmv {seen}.part {seen}\n')
    browser.chmod(0o755)
    monkeypatch.setattr(webbrowser, "_tryorder", None)  # it remembers what it found first
    monkeypatch.setattr(webbrowser, "_browsers", {})
    monkeypatch.setenv("BROWSER", str(browser))
    assert run(["preview", "morning", "--open"]) == 0
    assert seen.read_text().strip() == (courier / "var/preview/morning-daily/index.html").as_uri()


def test_where_no_browser_can_be_started_the_page_is_named(
    courier: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(webbrowser, "_tryorder", [])
    assert run(["preview", "morning", "--open"]) == 0
    assert (
        f"no browser could be started; open {courier}/var/preview/morning-daily/index.html" in capsys.readouterr().err
    )


def test_a_letter_that_no_mail_can_hold_is_told(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    override(courier, "letter/digest.txt", ("{% block letter %}", "{% block letter %}\ue000colour\ue001"))
    for command in (["preview", "morning"], ["test-send", "morning", "desk@courier.example"]):
        assert run(command) == 1
        assert "cannot be written" in (told := capsys.readouterr().err)
        assert "no reader can fill the slot 'colour'" in told


def test_who_had_no_place_in_a_draft_is_told(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with house_of(courier) as house:
        made = a_draft(house)
        with house.store.write() as conn:
            conn.execute(schema.subscriptions.update().values(seen_seq=99))
    told = refused(capsys, "morning", "--issue", str(made.issue), "--as", "ada@readers.example")
    assert f"issue {made.issue} has no letter for ada@readers.example" in told


def test_a_draft_whose_template_broke_says_why_it_has_no_letter(
    courier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    override(courier, "letter/digest.txt", ("loop.first %}", "vew_url %}"))
    with house_of(courier) as house:
        made = a_draft(house)
    told = refused(capsys, "morning", "--issue", str(made.issue))
    assert f"issue {made.issue} has no letter: " in told
    assert "`vew_url` is not known here" in told


def test_a_picture_of_ours_that_is_gone_stops_nothing(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(courier / "var" / "media")
    assert run(["preview", "morning"]) == 0
    assert not list((courier / "var/preview/morning-daily").glob("media/*"))


@pytest.mark.parametrize("kind", [kind for kind in IssueKind if kind is not IssueKind.ISSUE])
def test_letters_of_service_are_shown_with_links_that_change_nothing(
    courier: Path, shown: Any, kind: IssueKind
) -> None:
    before = everything(courier)
    told = shown("morning", "--kind", kind.value)
    assert (told["kind"], told["findings"], told["issue"]) == (kind, [], None)
    assert Path(told["files"]["page"]).parent == courier / "var" / "preview" / f"morning-{kind}"
    html = Path(told["files"]["html"]).read_text(encoding="utf-8")
    link = str(message_in(told)["List-Unsubscribe"]).strip("<>")
    assert "/test-letter/" in link
    assert set(re.findall(r'href="(https://courier[^"]+)"', html)) == {link}
    assert everything(courier) == before
    page = Path(told["files"]["page"]).read_text(encoding="utf-8")
    assert f"Morning Courier · {kind}" in page


def test_a_welcome_shows_the_latest_letter_where_the_newsletter_wants_it(courier: Path, shown: Any) -> None:
    edit(courier, 'name = "Morning Courier"', 'name = "Morning Courier"\nwelcome = "latest"')
    assert "Below is the latest letter" not in Path(shown("morning", "--kind", "welcome")["files"]["text"]).read_text()
    assert run(["assemble", "morning"]) == 0
    text = Path(shown("morning", "--kind", "welcome")["files"]["text"]).read_text(encoding="utf-8")
    assert "Below is the latest letter" in text
    assert shown("morning", "--kind", "welcome")["findings"] == []


def test_a_letter_of_service_is_the_same_for_everybody(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for more in (("--cadence", "daily"), ("--as", "ada@readers.example"), ("--issue", "1")):
        assert "leave out --cadence, --as and --issue" in refused(capsys, "morning", "--kind", "link", *more)


def test_a_letter_of_service_with_an_error_is_not_said_to_be_held(
    courier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    override(courier, "letter/service.txt", ("slot.service_url", "slot.name"))
    assert run(["preview", "morning", "--kind", "confirm"]) == 0
    err = capsys.readouterr().err
    assert "Error: the text has no link to the page that it is about" in err
    assert "It goes out like this until it is mended" in err
