"""Lists of other programs: recognised, read as they mean it, and whatever is hostile about them told."""

from __future__ import annotations

import csv
import io
import os
import tracemalloc
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.config.addresses import mail_address
from publisher.errors import PublisherError
from publisher.model.subscriber import Cadence
from publisher.store import subscribers, tags
from publisher.store.columns import put_newsletters
from publisher.store.database import Store
from publisher.store.scratch import Scratch
from publisher.store.subscribers import Joined
from publisher.subscribe.addressing import address_of
from publisher.subscribe.csvrows import Row, Rows
from publisher.subscribe.headings import Field
from publisher.subscribe.layout import layout_of
from publisher.subscribe.listfile import lists_in
from publisher.subscribe.receipt import Receipt
from publisher.subscribe.spreadsheets import as_it_was, kept_from_running
from publisher.subscribe.survey import HowToRead, lists_among, survey
from tests import lists
from tests.conftest import NOW
from tests.test_subscribe_importing import HOW, WANTED, Taken, readers, take_in, write


def zipped(tmp_path: Path, files: dict[str, str]) -> Path:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def consents(store: Store) -> dict[str, str]:
    with store.read() as conn:
        return {person.email.partition("@")[0]: person.consent for person in subscribers.get_all(conn)}


@pytest.mark.parametrize("name", lists.LISTS)
def test_each_programs_list_is_recognised_and_only_who_gets_mail_is_joined(
    sqlite_store: Store, tmp_path: Path, name: str
) -> None:
    content, away = lists.LISTS[name]
    taken = take_in(sqlite_store, write(tmp_path, content))
    assert [found.layout.format.name for found in taken.found.lists if found.layout] == [name]
    assert taken.bad == []
    assert taken.joined == {Joined.ADDED: 2}
    assert taken.told.away == away
    assert readers(sqlite_store).keys() == {"ada", "bo"}


def test_consent_has_what_the_list_knows_of_it(sqlite_store: Store, tmp_path: Path) -> None:
    take_in(sqlite_store, write(tmp_path, lists.MAILCHIMP))
    assert consents(sqlite_store) == {
        "ada": "import of readers.csv; opted in 2019-03-04 11:22:33; confirmed 2019-03-04 11:25:01 from 192.0.2.7",
        "bo": "import of readers.csv; opted in 2020-01-01 00:00:00 from 2001:db8::7",
    }
    assert readers(sqlite_store) == {"ada": "Ada Lind", "bo": "Bo"}


def test_mailchimps_zip_joins_the_subscribed_and_counts_the_others(sqlite_store: Store, tmp_path: Path) -> None:
    path = zipped(
        tmp_path,
        {
            "subscribed_members_export_0f.csv": lists.MAILCHIMP + "cy@r.example,Cy,,,2,,,,,9,z,,\n",
            "unsubscribed_members_export_0f.csv": lists.MAILCHIMP_LEFT,
            "cleaned_members_export_0f.csv": lists.MAILCHIMP_CLEANED,
            "nonsubscribed_members_export_0f.csv": lists.MAILCHIMP.replace("@r", "@shop"),
            "granular_activity/opens.csv": "Campaign,Opens\nNews,4\n",
            "__MACOSX/._x.csv": "\0\0",
        },
    )
    for dry in (True, False):
        taken = take_in(sqlite_store, path, dry=dry)
        assert taken.joined == {Joined.ADDED: 2}, "Cy is in the list of those who left, whatever another list says"
        assert taken.told.away == {Receipt.UNSUBSCRIBED: 3, Receipt.BOUNCED: 1, Receipt.UNCONFIRMED: 2}
        assert taken.bad == []
    assert readers(sqlite_store).keys() == {"ada", "bo"}


def test_one_row_that_says_no_is_enough_wherever_it_stands(sqlite_store: Store, tmp_path: Path) -> None:
    content = "email,status\nada@r.example,active\nbo@r.example,active\nADA@r.example,unsubscribed\n"
    taken = take_in(sqlite_store, write(tmp_path, content))
    assert (taken.joined, taken.told.away) == ({Joined.ADDED: 1}, {Receipt.UNSUBSCRIBED: 2})
    assert readers(sqlite_store).keys() == {"bo"}


def tags_of(store: Store) -> dict[str, tuple[str, ...]]:
    with store.read() as conn:
        return {
            person.email.partition("@")[0]: tags.of(conn, [person.id]).get(person.id, ())
            for person in subscribers.get_all(conn)
        }


@pytest.mark.parametrize(
    ("headings", "cell", "found"),
    [
        (lists.MAILCHIMP.partition("\n")[0], '"VIP","Customer, old"', ("Customer, old", "VIP")),
        ("email,subscribed_to_emails,labels", "early, VIP,vip", ("VIP", "early")),
        ("email,subscriber_type,creation_date,tags", "patron", ("patron",)),
        ("email,Tags", " a  b ;c", ("a b", "c")),
        ("email,tag", "a|b|", ("a", "b")),
        ("email,tags", "a\u202e\x07b", ("ab",)),
        ("email,notes", "patron", ()),
        ("uuid,email,status,attributes", '{"tags": "x"}', ()),
    ],
)
def test_tags_come_with_their_reader_where_the_list_has_a_column_of_them(
    sqlite_store: Store, tmp_path: Path, headings: str, cell: str, found: tuple[str, ...]
) -> None:
    named = headings.split(",")
    row = {"email": "ada@r.example", "Email Address": "ada@r.example", "status": "enabled", named[-1]: cell}
    row |= {"subscribed_to_emails": "true", "subscriber_type": "regular"}
    line = io.StringIO()
    csv.writer(line).writerow([row.get(heading, "") for heading in named])
    assert take_in(sqlite_store, write(tmp_path, f"{headings}\n{line.getvalue()}")).bad == []
    assert tags_of(sqlite_store) == {"ada": found}


def test_our_own_list_joins_nobody_who_had_not_confirmed(store: Store, tmp_path: Path) -> None:
    content = (
        "email,state,consent,joined,newsletter,subscription,left_how\n"
        "ada@r.example,confirmed,a\0 list,,morning,active,\n"
        "lou@r.example,pending,,2026-11-01T00:00:00+00:00,morning,pending,\n"
        "mia@r.example,confirmed,a card,,morning,pending,\n"
        "nil@r.example,confirmed,,,morning,perhaps,\n"
        "oda@r.example,erased,,,,,\n"
    )
    with store.write() as conn:
        put_newsletters(conn, [("morning", "Morning")], now=NOW)
    taken = take_in(store, write(tmp_path, content))
    assert (taken.joined, taken.told.away) == (
        {Joined.ADDED: 1},
        {Receipt.UNCONFIRMED: 1, Receipt.UNSUBSCRIBED: 1},
    )
    assert [problem.partition(";")[0] for _, problem in taken.bad] == [
        "its subscription is 'perhaps'",
        "its status is 'erased', and nobody here knows whether that means subscribed",
    ]
    with store.read() as conn:
        people = {
            one.email[:3]: (one.state, one.consent, one.subscriptions[0].state) for one in subscribers.get_all(conn)
        }
    assert people == {
        "ada": ("confirmed", "a list", "active"),
        "lou": ("pending", "", "pending"),
        "mia": ("confirmed", "a card", "pending"),
    }


def test_what_cannot_be_a_tag_is_told_with_its_row(sqlite_store: Store, tmp_path: Path) -> None:
    content = f"email,tags\nada@r.example,{'x' * 101}\nbo@r.example,{';'.join(map(str, range(101)))}\ncy@r.example,ok\n"
    assert [problem for _, problem in take_in(sqlite_store, write(tmp_path, content)).bad] == [
        f"its tag '{'x' * 40}'… is longer than 100 characters",
        "has 101 tags; at most 100 are taken",
    ]
    assert tags_of(sqlite_store) == {"cy": ("ok",)}


def test_who_is_there_already_keeps_the_tags_they_had(sqlite_store: Store, tmp_path: Path) -> None:
    take_in(sqlite_store, write(tmp_path, "email,tags\nada@r.example,patron\n"))
    taken = take_in(sqlite_store, write(tmp_path, "email,tags\nada@r.example,press\nbo@r.example,press\n"))
    assert taken.joined == {Joined.ALREADY: 1, Joined.ADDED: 1}
    assert tags_of(sqlite_store) == {"ada": ("patron",), "bo": ("press",)}


@pytest.mark.parametrize(
    ("headings", "row"),
    [
        ("email,unsubscribed_at", "ada@r.example,2020-01-01"),
        ("email,Opted out", "ada@r.example,yes"),
        ("email,subscribed", "ada@r.example,0"),
        ("email,subscribed", "ada@r.example,"),
        ("email,bounced", "ada@r.example,1"),
        ("email,status,complained", "ada@r.example,active,x"),
        ("email,estado", "ada@r.example,Dado de baja"),
    ],
)
def test_there_are_many_ways_to_say_no(sqlite_store: Store, tmp_path: Path, headings: str, row: str) -> None:
    taken = take_in(sqlite_store, write(tmp_path, f"{headings}\n{row}\n"))
    assert (taken.joined, taken.told.away.total(), taken.bad) == ({}, 1, [])


def test_a_word_that_nobody_knows_is_no_consent(sqlite_store: Store, tmp_path: Path) -> None:
    taken = take_in(sqlite_store, write(tmp_path, "email,status\nada@r.example,purple\nbo@r.example,active\n"))
    ((line, problem),) = taken.bad
    assert (line, problem) == (2, "its status is 'purple', and nobody here knows whether that means subscribed")


@pytest.mark.parametrize(
    ("first", "field"),
    [
        ("Adresse e-mail", Field.EMAIL),
        ("CORREO ELECTRÓNICO", Field.EMAIL),
        ("E‑Mail", Field.EMAIL),
        ("メールアドレス", Field.EMAIL),
        ("Электронная почта", Field.EMAIL),
    ],
)
def test_columns_are_named_in_many_languages(first: str, field: Field) -> None:
    layout = layout_of([f"Nom,{first}\n", "Ada,ada@r.example\n"], file_name="x.csv")
    assert layout
    assert layout.places == {Field.NAME: 0, field: 1}


@pytest.mark.parametrize(
    ("lines", "delimiter", "places", "skipped"),
    [
        (["sep=;\r\n", "name;email\r\n"], ";", {Field.NAME: 0, Field.EMAIL: 1}, 2),
        (["\n", "name|email\n"], "|", {Field.NAME: 0, Field.EMAIL: 1}, 2),
        (["Ada Lind;ada@r.example\n", "Bo;bo@r.example\n"], ";", {Field.NAME: 0, Field.EMAIL: 1}, 0),
        (["Wer,Kontakt,x\n", "Ada,ada@r.example,1\n"], ",", {Field.EMAIL: 1}, 1),
        (["email,Email,name,name\n", "a@r.example,b@r.example,A,B\n"], ",", {Field.EMAIL: 0, Field.NAME: 2}, 1),
    ],
)
def test_how_a_list_is_laid_out_is_told_by_its_first_lines(
    lines: list[str], delimiter: str, places: dict[Field, int], skipped: int
) -> None:
    layout = layout_of(lines, file_name="x.csv")
    assert layout
    assert (layout.delimiter, layout.places, layout.skipped) == (delimiter, places, skipped)
    assert layout.doubled == (("email", "name") if "Email" in lines[0] else ())


def test_cadence_and_columns_are_taken_from_the_list_where_it_names_them(sqlite_store: Store, tmp_path: Path) -> None:
    paper = replace(
        WANTED, columns=(), offered=(Cadence.DAILY, Cadence.WEEKLY),
        known_columns={"harbour notes": "harbour", "harbour": "harbour", "night": "night"},
    )  # fmt: skip
    content = (
        "email,frequency,columns\nada@r.example,Weekly,Harbour Notes\nbo@r.example,,night; harbour\n"
        "cy@r.example,hourly,\ndi@r.example,daily,sports\n"
    )
    taken = take_in(sqlite_store, write(tmp_path, content), how=HowToRead(papers={"morning": paper}))
    assert [problem for _, problem in taken.bad] == [
        "wants 'hourly', which morning does not offer; it offers: daily, weekly",
        "wants the column 'sports', which morning has not; it has: harbour, night",
    ]
    with sqlite_store.read() as conn:
        chosen = [person.subscriptions[0] for person in subscribers.get_all(conn)]
    assert [(wish.cadence, wish.columns) for wish in chosen] == [
        (Cadence.WEEKLY, ("harbour",)),
        (Cadence.DAILY, ("harbour", "night")),
    ]


def test_bad_rows_are_written_to_be_mended_and_come_again(sqlite_store: Store, tmp_path: Path) -> None:
    content = (
        'name,email,note\nAda,ada@r.example,\n=cmd|x,bo r.example,"two\nlines"\n"Cy,cy@r.example,\nDi,di@r.example,x\n'
    )
    bad = tmp_path / "bad.csv"
    with lists_in(write(tmp_path, content)) as parts, Scratch() as away:
        found = survey(lists_among(parts), HOW, away=away, bad_path=bad, progress=lambda _done, _of: None)
    assert (found.bad, list(found.bad_files)) == (2, [bad])
    assert bad.stat().st_mode & 0o777 == 0o600
    rows = list(csv.reader(io.StringIO(bad.read_text(encoding="utf-8"))))
    assert rows[0] == ["publisher:line", "publisher:problem", "name", "email", "note"]
    assert [row[0] for row in rows] == ["publisher:line", "3", "5"]
    assert rows[1][2:] == ["'=cmd|x", "bo r.example", "two\nlines"]
    assert rows[2][2:] == ['"Cy,cy@r.example,']
    mended = bad.read_text(encoding="utf-8").replace("bo r.example", "bo@r.example")
    again = take_in(sqlite_store, write(tmp_path, mended))
    assert (again.joined, len(again.bad)) == ({Joined.ADDED: 1}, 1)
    assert readers(sqlite_store) == {"bo": "=cmd|x"}


def test_a_line_without_end_is_told_and_never_held_whole(sqlite_store: Store, tmp_path: Path) -> None:
    path = tmp_path / "readers.csv"
    with path.open("wb") as file:
        file.write(b"email,name\nada@r.example,Ada Lind\n")
        file.seek(32 << 20, os.SEEK_CUR)  # NULs, and none of them on the disk
        file.write(b"\nbo@r.example,Bo\n")
    tracemalloc.start()
    taken = take_in(sqlite_store, path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken.bad == [(3, "is longer than 131,072 characters; is a quote missing?")]
    assert readers(sqlite_store) == {"ada": "Ada Lind", "bo": "Bo"}
    assert peak < 16 << 20


def test_a_line_without_end_after_a_missing_quote_costs_no_third_one(sqlite_store: Store, tmp_path: Path) -> None:
    content = f'email,name\n"cy@r.example,Cy\n{"x" * 300_000}\nada@r.example,Ada Lind\nbo@r.example,Bo\n'
    assert [line for line, _ in take_in(sqlite_store, write(tmp_path, content)).bad] == [2, 3]
    assert readers(sqlite_store) == {"ada": "Ada Lind", "bo": "Bo"}


@given(
    text=st.lists(st.sampled_from(['a,b"', ",", '"', '"x"', '""', "\n", "\r", "\r\n", "a,b\n", " "]), max_size=60).map(
        "".join
    ),
    broken=st.integers(0, 3),
)
def test_rows_are_the_same_however_many_lines_are_read_at_once(text: str, broken: int) -> None:
    def read(at_once: int) -> Iterator[Row]:
        rows = Rows(io.StringIO(text, newline="").readline, delimiter=",", skipped=0, at_once=at_once)
        for number, row in enumerate(rows):
            yield row
            if not row.problem and any("\n" in cell for cell in row.cells) and number % 4 == broken:
                yield rows.only_its_first_line("is none")

    assert list(read(1)) == list(read(100)) == list(read(1 << 16))


def test_quotes_made_to_swallow_everything_cost_little(sqlite_store: Store, tmp_path: Path) -> None:
    content = "email,name\n" + 'x",""",\n' * 4000 + "ada@r.example,Ada\n"
    taken = take_in(sqlite_store, write(tmp_path, content))
    assert taken.found.bad <= 4000
    assert taken.joined in ({Joined.ADDED: 1}, {})


def bomb(tmp_path: Path) -> Path:
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("readers.csv", "w") as file:
        for _ in range(40):
            file.write(b"a" * (1 << 20))
    return path


def test_a_zip_that_grows_out_of_all_proportion_is_not_opened(sqlite_store: Store, tmp_path: Path) -> None:
    with pytest.raises(PublisherError, match=r"readers\.csv would grow from .* to 41,943,040 bytes"):
        take_in(sqlite_store, bomb(tmp_path))


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ({"xl/workbook.xml": "<x/>"}, "is an Excel workbook; save it as CSV"),
        ({"notes.pdf": "x"}, "there is no list in this zip"),
        ({f"{number}.csv": "email\n" for number in range(201)}, "201 lists in one zip"),
        ({"posts.csv": "title\nx\n"}, "no column holds mail addresses"),
    ],
)
def test_what_is_no_zip_of_lists_is_told(sqlite_store: Store, tmp_path: Path, files: dict[str, str], says: str) -> None:
    with pytest.raises(PublisherError, match=says):
        take_in(sqlite_store, zipped(tmp_path, files))


def test_a_damaged_zip_is_told_and_keeps_what_was_done(sqlite_store: Store, tmp_path: Path) -> None:
    path = zipped(tmp_path, {"a.csv": lists.GHOST})
    octets = bytearray(path.read_bytes())
    octets[60] ^= 0xFF
    path.write_bytes(octets)
    with pytest.raises(PublisherError, match=r"the zip is damaged"):
        take_in(sqlite_store, path)


def test_a_file_that_grows_meanwhile_is_told(sqlite_store: Store, tmp_path: Path) -> None:
    path = write(tmp_path, "email\nada@r.example\n")

    def grow(_done: int, _of: int) -> None:
        with path.open("a") as file:
            file.write("bo@r.example\n")

    with pytest.raises(PublisherError, match=r"was changed while it was read; import it once more"):
        take_in(sqlite_store, path, progress=grow)
    assert readers(sqlite_store).keys() >= {"ada"}


LOCALS = st.text("abzAZ019_+.-!#~", min_size=1, max_size=70)
LABELS = st.text("abzAZ019-", min_size=1, max_size=66)
ENDS = st.sampled_from(
    ["example", "com", "test", "local", "invalid", "onion", "arpa", "LOCALHOST", "xn--p1ai", "c0m", "c"]
)


@given(
    st.builds(
        lambda local, labels, end: f"{local}@{'.'.join([*labels, end])}", LOCALS, st.lists(LABELS, max_size=4), ENDS
    )
)
def test_what_is_plainly_an_address_is_what_the_careful_reader_takes(text: str) -> None:
    try:
        quick = address_of(text)
    except ValueError:
        quick = ""
    try:
        careful = mail_address(text)
    except ValueError:
        careful = ""
    assert quick == careful


@given(st.text("'=+-@\t\r\n＝ab", max_size=8))
def test_a_cell_kept_from_running_comes_back_as_it_was(cell: str) -> None:
    kept = kept_from_running(cell)
    assert not kept.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))
    assert as_it_was(kept) == cell


def test_a_taken_list_tells_its_rows(sqlite_store: Store, tmp_path: Path) -> None:
    taken: Taken = take_in(sqlite_store, write(tmp_path, lists.GENERIC))
    assert taken.told.rows == taken.found.rows == 3
    with sqlite_store.read() as conn:
        assert [person.language for person in subscribers.get_all(conn)] == ["de", ""]
