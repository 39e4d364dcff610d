"""`publisher subscribers`: import with its look beforehand, stopped and gone on; export, show, suppress."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import select
import signal
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from publisher.cli import run
from publisher.store import pauses, subscribers
from tests import lists
from tests.letter_stand import house_of
from tests.lives import wait_for
from tests.warm import Warm

ROWS = 45_000  # three transactions


@pytest.fixture
def site(courier: Path) -> Path:
    """The courier's site, without its readers."""
    for path in courier.glob("var/publisher.db*"):
        path.unlink()
    return courier


def typed(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    named = "--newsletter" in arguments or "whole.csv" in arguments or arguments[0] not in ("import", "add")
    code = run(["subscribers", *arguments, *(() if named else ("--newsletter", "morning"))])
    out, err = capsys.readouterr()
    return code, out, err


def readers_of(site: Path) -> int:
    with closing(sqlite3.connect(site / "var" / "publisher.db")) as database:
        ((number,),) = database.execute("SELECT count(*) FROM subscribers")
    return int(number)


def exported(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    code, out, err = typed(capsys, "export", *arguments)
    assert (code, err) == (0, "")
    return out


def test_an_import_shows_how_it_reads_the_file_and_masks_addresses(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (site / "list.csv").write_text(lists.GHOST + "4,nobody,Flo,,true,,,,,,\n", encoding="utf-8")
    code, out, err = typed(capsys, "import", "list.csv", "--newsletter", "morning")
    assert (code, out) == (1, "list.csv: 2 added, 1 unsubscribed there, not joined, 1 not usable\n")
    assert "list.csv: Ghost’s export, UTF-8, parted by commas" in err
    assert "  subscribed_to_emails → whether mail is wanted" in err
    assert "  not read: id, note, complimentary_plan, stripe_customer_id, tiers" in err
    assert "  4 rows: 2 look good, 1 unsubscribed, 1 not usable" in err
    assert "  for example: a…@r.example · Ada Lind · daily" in err
    assert "ada@r.example" not in err
    assert "list.csv:5: 'nobody' is not an address" in err
    (bad,) = (site / "var" / "imports").iterdir()
    assert str(bad) in err
    assert "nobody,Flo" in bad.read_text(encoding="utf-8")


def test_a_dry_run_says_the_same_and_changes_nothing(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "list.csv").write_text(lists.BUTTONDOWN + "ADA@r.example,,{},,regular,,\nx,,,,,,\n", encoding="utf-8")
    before = exported(capsys)
    code, out, _ = typed(capsys, "import", "list.csv", "--dry-run")
    told = "2 added, 1 already a reader, 1 unsubscribed there, not joined, 1 bounced or cleaned there, not joined, "
    told += "1 complained there, not joined, 1 never confirmed there, not joined, 1 not usable\n"
    assert (code, out) == (1, f"list.csv: would be: {told}")
    assert exported(capsys) == before
    assert not (site / "var" / "imports").exists()
    assert typed(capsys, "import", "list.csv", "--yes")[:2] == (1, f"list.csv: {told}")
    assert typed(capsys, "import", "list.csv", "--dry-run", "--bad", "bad.csv")[0] == 1
    assert "publisher:line" in (site / "bad.csv").read_text(encoding="utf-8")


def test_programs_get_the_numbers_and_the_mapping(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "list.csv").write_text(lists.GENERIC, encoding="utf-8")
    code, out, err = typed(capsys, "import", "list.csv", "--json")
    told = json.loads(out)
    assert (code, err) == (0, "")
    assert (told["added"], told["not_subscribed"]["unsubscribed"], told["bad"], told["rows"]) == (2, 1, 0, 3)
    assert told["lists"][0]["columns"]["address"] == "E-Mail-Adresse"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--encoding", "klingon"), "'klingon' is no encoding"),
        (("--encoding", "base64"), "'base64' is no encoding"),
        (("--bad", "list.csv"), "--bad list.csv is the file that is imported"),
        (("--cadence", "hourly"), "has no cadence 'hourly'; it offers: daily"),
        (("--newsletter", "evening"), "there is no newsletter 'evening'"),
    ],
)
def test_what_cannot_be_meant_is_told(
    site: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], says: str
) -> None:
    (site / "list.csv").write_text(lists.MAILCHIMP, encoding="utf-8")
    code, _, err = typed(capsys, "import", "list.csv", *arguments)
    assert code in (1, 2)
    assert says in err


@pytest.mark.parametrize(("answer", "joined"), [(b"y\n", 2), (b"n\n", 0)])
def test_at_a_terminal_it_asks_first(
    site: Path, capsys: pytest.CaptureFixture[str], answer: bytes, joined: int
) -> None:
    (site / "list.csv").write_text(lists.GHOST, encoding="utf-8")
    ours, theirs = pty.openpty()
    command = ["-m", "publisher", "subscribers", "import", "list.csv", "--newsletter", "morning"]
    with Warm(command, stdin=theirs, stderr=theirs, stdout=subprocess.PIPE, cwd=site) as process:
        seen = b""
        while b"Import them?" not in seen and select.select([ours], [], [], 20)[0]:
            seen += os.read(ours, 4096)
        assert b"Import them?" in seen
        os.write(ours, answer)
        process.wait(20)
    os.close(ours)
    os.close(theirs)
    assert process.returncode == (0 if joined else 130)
    assert exported(capsys).count("active") == joined


def test_an_import_killed_half_way_goes_on_and_counts_as_if_it_never_was(
    site: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"reader{number}@r.example" if number % 20 else f"nobody {number}" for number in range(ROWS)]
    (site / "list.csv").write_text("email\n" + "\n".join(rows) + "\n", encoding="utf-8")
    typed(capsys, "list")  # the database is there
    process = Warm(
        ["-m", "publisher", "subscribers", "import", "list.csv", "--yes", "--newsletter", "morning"],
        cwd=site, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for(lambda: readers_of(site), "the first transaction")
    process.send_signal(signal.SIGKILL)
    assert process.wait(10) == -signal.SIGKILL
    assert 0 < readers_of(site) < ROWS * 0.95, "stopped half way"
    code, out, err = typed(capsys, "import", "list.csv", "--yes")
    assert (code, out) == (1, "list.csv: 42,750 added, 2,250 not usable\n")
    assert "list.csv: went on where it was stopped, after " in err
    assert exported(capsys).count("active") == 42_750
    assert typed(capsys, "import", "list.csv", "--yes")[1] == "list.csv: 42,750 already a reader, 2,250 not usable\n"


def test_what_is_exported_is_imported_without_loss(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile = 'email,name\nada@r.example,"=cmd|\' /C calc\'!A0"\n+bo@r.example,\'=x\ncy@r.example,"Cy ""the"", Lind"\n'
    (site / "list.csv").write_text(hostile, encoding="utf-8")
    for arguments in (
        ("import", "list.csv"), ("remove", "cy@r.example"), ("suppress", "+bo@r.example", "--why", "asked"),
        ("suppress", "di@r.example", "--why", "a complaint"),
        ("add", "ed@r.example", "--name", "Ed", "--column", "night-desk", "--consent", "a card, at the market"),
        ("tag", "ed@r.example", "=press", 'a "quoted, one"', "x;y"), ("tag", "cy@r.example", "x"),
    ):  # fmt: skip
        assert typed(capsys, *arguments)[0] == 0
    whole = exported(capsys)
    cells = list(csv.reader(io.StringIO(whole)))
    assert not [cell for row in cells for cell in row if cell.startswith(("=", "+", "-", "@"))]
    objects = json.loads(exported(capsys, "--format", "json"))
    names = {one["email"]: one["name"] for one in objects}
    assert {one["email"]: one["tags"] for one in objects if one["tags"]} == {
        "ed@r.example": ["=press", 'a "quoted, one"', "x;y"],
        "cy@r.example": ["x"],
    }
    assert (names["ada@r.example"], names["+bo@r.example"]) == ("=cmd|' /C calc'!A0", "'=x")
    assert run(["suppressions", "list", "--json"]) == 0
    on_the_list = capsys.readouterr().out
    assert on_the_list.count('"email"') == 2
    for path in site.glob("var/publisher.db*"):
        path.unlink()
    (site / "whole.csv").write_text(whole, encoding="utf-8", newline="")
    code, out, _ = typed(capsys, "import", "whole.csv")
    assert (code, out) == (
        0,
        "whole.csv: 2 added, 1 unsubscribed there, not joined, 2 blocked or removed there, not joined\n",
    )
    assert sorted(exported(capsys).splitlines()) == sorted(whole.splitlines())
    assert exported(capsys, "--newsletter", "morning").count("\n") == 5
    assert run(["suppressions", "list", "--json"]) == 0
    assert capsys.readouterr().out == on_the_list


def test_show_tells_all_of_one_reader(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (site / "list.csv").write_text(lists.MAILCHIMP, encoding="utf-8")
    for command in (
        ["subscribers", "import", "list.csv", "--newsletter", "morning"],
        ["run", "--once"],
        ["subscribers", "remove", "bo@r.example"],
    ):
        assert run(command) == 0
    capsys.readouterr()
    code, out, _ = typed(capsys, "show", "Ada@R.example")
    assert code == 0
    assert out.startswith("ada@r.example  Ada Lind  confirmed\n")
    assert "consent:      import of list.csv (Mailchimp) on " in out
    assert "; opted in 2019-03-04 11:22:33; confirmed 2019-03-04 11:25:01 from 192.0.2.7\n" in out
    assert "newsletter:   morning, daily, all columns, since " in out
    assert "issue 1 of morning, “" in out
    assert out.endswith("”: sent\n")
    assert "; left on " in typed(capsys, "show", "bo@r.example")[1]
    told = json.loads(typed(capsys, "show", "ada@r.example", "--json")[1])
    assert [letter["state"] for letter in told["letters"]] == ["sent"]
    assert (told["tags"], told["paused_until"]) == ([], None)
    assert typed(capsys, "show", "nobody@r.example")[0] == 2
    assert run(["subscribers", "tag", "ada@r.example", "patron", "founding member"]) == 0
    with house_of(site) as house, house.store.write() as conn:
        ada = subscribers.find(conn, "ada@r.example")
        assert ada
        pauses.pause(conn, ada.id, until=datetime(2126, 12, 1, 7, tzinfo=UTC))
    capsys.readouterr()
    out = typed(capsys, "show", "ada@r.example")[1]
    assert "tags:         founding member, patron\n" in out
    assert "paused:       until 2126-12-01 " in out


def test_who_is_suppressed_stays_so_whoever_imports_them(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        typed(capsys, "suppress", "ada@r.example", "--why", "a complaint")[1]
        == "ada@r.example: gets no mail any more\n"
    )
    assert "nothing is changed" in typed(capsys, "suppress", "ada@r.example", "--why", "again")[1]
    (site / "list.csv").write_text(lists.GHOST, encoding="utf-8")
    assert "1 must not get mail any more" in typed(capsys, "import", "list.csv")[1]
    told = typed(capsys, "show", "ada@r.example")[1]
    assert "  suppressed; nobody reads with it\nsuppressed:   since " in told
    assert told.endswith(", by hand: a complaint\n")
    shown = json.loads(typed(capsys, "show", "ada@r.example", "--json")[1])
    assert (shown["state"], shown["reader"], shown["suppressed"]["detail"]) == ("suppressed", False, "a complaint")
    assert "a complaint" not in typed(capsys, "list")[1]
    assert typed(capsys, "suppress", "no address", "--why", "x")[0] == 2
    assert typed(capsys, "suppress", "ada@r.example", "--why", "  ")[0] == 2
