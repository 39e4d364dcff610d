"""Captured pages: each case is NAME.txt with what must come out of it in NAME.expected.json."""

from __future__ import annotations

import codecs
import json
import os
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.collect.capture.blocks import Block
from publisher.collect.capture.byline import date_of, names_of_byline
from publisher.collect.capture.contacts import contacts_in
from publisher.collect.capture.page import Page, read_page
from publisher.collect.capture.related import is_related_heading
from publisher.collect.capturesource import decode, read_captures
from publisher.errors import SourceError

CASES = Path(__file__).parent / "cases" / "collect" / "capture"
UTC = ZoneInfo("UTC")
LIMIT = 100_000


def plain(page: Page) -> dict[str, Any]:
    """The page as the expectation files write it: what is empty is left out."""
    whole = {
        "column_name": page.column_name,
        "column_tagline": page.column_tagline,
        "title": page.title,
        "summary": page.head.summary,
        "byline": page.head.names,
        "published": page.head.published and page.head.published.isoformat(),
        "updated": page.head.updated and page.head.updated.isoformat(),
        "paragraphs": page.paragraphs,
        "authors": [without_empty(asdict(author)) for author in page.authors],
        "related": [without_empty(asdict(story)) for story in page.related],
    }
    loaded: dict[str, Any] = json.loads(json.dumps(without_empty(whole)))
    return loaded


def without_empty(value: dict[str, Any]) -> dict[str, Any]:
    return {key: without_empty(inner) if isinstance(inner, dict) else inner for key, inner in value.items() if inner}


@pytest.mark.parametrize("case", sorted(CASES.glob("*.txt")), ids=lambda path: path.stem)
def test_a_captured_page_comes_out_as_expected(case: Path) -> None:
    page = read_page(decode(case.read_bytes()), UTC)
    expected = case.with_suffix(".expected.json")
    if os.environ.get("WRITE_EXPECTED"):
        expected.write_text(json.dumps(plain(page), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    assert plain(page) == json.loads(expected.read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", sorted(CASES.glob("*.txt")), ids=lambda path: path.stem)
def test_line_ends_and_encoding_change_nothing(case: Path) -> None:
    text = decode(case.read_bytes())
    page = read_page(text, UTC)
    assert read_page(text.replace("\n", "\r\n"), UTC) == page
    assert read_page(decode(codecs.BOM_UTF8 + text.encode()), UTC) == page
    assert read_page(decode(text.encode("utf-16")), UTC) == page


@pytest.mark.parametrize("case", sorted(CASES.glob("*.txt")), ids=lambda path: path.stem)
def test_every_paragraph_stands_in_the_capture_as_it_is(case: Path) -> None:
    text = "\n".join(line.strip() for line in decode(case.read_bytes()).splitlines())
    for paragraph in read_page(text, UTC).paragraphs:
        assert paragraph in text


@pytest.mark.parametrize("case", sorted(CASES.glob("refused/*.txt")), ids=lambda path: path.stem)
def test_what_is_no_captured_page_is_told_in_a_sentence(case: Path) -> None:
    with pytest.raises(SourceError) as caught:
        read_captures("cable", case, zone=UTC, max_bytes=LIMIT)
    assert caught.value.problem == case.with_suffix(".expected").read_text(encoding="utf-8").rstrip("\n")
    assert str(caught.value) == f"source 'cable' ({case}): {caught.value.problem}"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"x" * (LIMIT + 1), "larger than 100,000 bytes; make it smaller or raise `collect.max_bytes`"),
        (b"Line.\n\n" * 14_000, "more than 10,000 paragraphs; save one page to a file"),
        (codecs.BOM_UTF16_LE + b"\x00\xd8", "starts like UTF-16 text and is damaged"),
        (b" \r\n\t\n", "is empty"),
        (b"Only a title", "one paragraph alone"),
    ],
)
def test_a_hostile_file_is_told_in_a_sentence(tmp_path: Path, content: bytes, told: str) -> None:
    file = tmp_path / "page.txt"
    file.write_bytes(content)
    with pytest.raises(SourceError, match=told):
        read_captures("cable", file, zone=UTC, max_bytes=LIMIT)


def test_windows_1252_is_read_as_such() -> None:
    assert decode("“Naïve” – it’s".encode("cp1252")) == "“Naïve” – it’s"


def test_a_folder_gives_a_post_a_file_and_a_bad_one_stops_no_other(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes((CASES / "tide-table.txt").read_bytes())
    (tmp_path / "b.txt").write_bytes(b"\0\0")
    (tmp_path / "c.txt").write_bytes((CASES / "no-bio.txt").read_bytes())
    (tmp_path / ".d.txt").write_bytes(b"\0")
    found = read_captures("cable", tmp_path, zone=UTC, max_bytes=LIMIT)
    assert [post.title[:9] for post in found.posts] == ["The ferry", "Why old a"]
    assert found.column_name == "Tide Table"
    assert len(found.problems) == 1
    assert "b.txt" in found.problems[0]


def test_a_correction_in_the_text_keeps_the_identity_of_the_post() -> None:
    one = read_page("A title\n\nThe first text.\n\nMore of it.", UTC).as_post()
    two = read_page("A  Title\n\nThe corrected text.\n\nMore of it.", UTC).as_post()
    assert one.guid == two.guid


PARTS = (
    "A title", "By Ada Brook", "3 May 2026", "Ada Brook covers ports.", "More from us", "A picture\nA picture",
    "He lives there, too.", "A sentence that is text.", "A sentence ...", "About the author", "Read more", "@x", "@",
    "By", ",", "Ada,", "and and", "- ", "https://x.example", "Ada Brook, a,", "© 2026", "...", "..",
    "Wörter \u2028 mit\u2029Ende", "Edda Lunn is", "Two\nlines",
)  # fmt: skip


@settings(max_examples=60)
@given(st.lists(st.sampled_from(PARTS), max_size=12))
def test_any_order_of_parts_is_read_or_refused_in_words(parts: list[str]) -> None:
    try:
        page = read_page("\n\n".join(parts), UTC)
    except ValueError as refused:
        assert str(refused)  # noqa: PT017  both ends are good ones
    else:
        assert page.title
        assert page.paragraphs


@settings(max_examples=60)
@given(st.text(max_size=400))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    try:
        assert read_page(text, UTC).paragraphs
    except ValueError as refused:
        assert str(refused)  # noqa: PT017  both ends are good ones


@pytest.mark.parametrize(
    "hostile",
    ["Ada Brook and a word, and @handle, 3 May, more from us ...\n\n", "Read more\n\n", "By ", "a", " ", "Ada, ",
     "Ada Brook, ", "Ada Brook covers it.\n\n", "x\nx\n\n", "Bo said.\n\nAda Bo covers Bo.\n\n", ". . . ", "@a@b."],
)  # fmt: skip
def test_a_hostile_page_is_read_or_refused_in_no_time(hostile: str) -> None:
    text = "A title\n\nA text.\n\nAda Brook is a writer. " + hostile * (500_000 // len(hostile))
    start = process_time()
    with suppress(ValueError):
        read_page(text, UTC)
    assert process_time() - start < 5


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("By Jane Roe", ("Jane Roe",)),
        ("by A. B. Roe and Li Wei", ("A. B. Roe", "Li Wei")),
        ("By Ada Brook, Tom Vale and Mary-Jane O’Neil", ("Ada Brook", "Tom Vale", "Mary-Jane O’Neil")),
        ("By Jane Roe, a columnist at the Gazette", ("Jane Roe",)),
        ("Von Jörg Säuberlich und Ute de Boer", ("Jörg Säuberlich", "Ute de Boer")),
        ("Par Hélène d’Arc", ("Hélène d’Arc",)),
        ("By the end of the year, nothing was left", ()),
        ("Bystanders Saw Nothing", ()),
    ],
)
def test_a_byline_names_people(line: str, names: tuple[str, ...]) -> None:
    assert names_of_byline(line) == names


@pytest.mark.parametrize(
    ("line", "moment"),
    [
        ("May 3, 2026", "2026-05-03T00:00:00+02:00"),
        ("Published on 3rd May 2026 at 6:45 PM", "2026-05-03T18:45:00+02:00"),
        ("Sunday, 3 May 2026, 18:45", "2026-05-03T18:45:00+02:00"),
        ("2026-01-09", "2026-01-09T00:00:00+01:00"),
        ("4. März 2026", "2026-03-04T00:00:00+01:00"),
        ("le 14 juillet 2025", "2025-07-14T00:00:00+02:00"),
        ("12 de octubre de 2025", "2025-10-12T00:00:00+02:00"),
        ("October 17, 2011 | 12:05 a.m.", "2011-10-17T00:05:00+02:00"),
    ],
)
def test_a_date_line_is_a_moment_in_the_newsrooms_time_zone(line: str, moment: str) -> None:
    found = date_of(line, ZoneInfo("Europe/Berlin"))
    assert found is not None
    assert found.isoformat() == moment


@pytest.mark.parametrize(
    "line", ["On May 3, 2026 the ferry sank", "May 2026", "31 June 2026", "1984 was a year", "Chapter 3, 2026", ""]
)
def test_a_sentence_with_a_date_in_it_is_no_date_line(line: str) -> None:
    assert date_of(line, UTC) is None


@pytest.mark.parametrize(
    ("text", "address", "links"),
    [
        ("Write to ada@x.example.", "ada@x.example", []),
        ("On Twitter: @ada_b", "", ["https://twitter.com/ada_b"]),
        ("Follow @ada on Twitter and @ada.pics on Instagram.", "", ["https://twitter.com/ada"]),
        ("Instagram @ada, Twitter @adab", "", ["https://www.instagram.com/ada", "https://twitter.com/adab"]),
        ("Find her at @ada@social.example.", "", ["https://social.example/@ada"]),
        ("Bluesky: @ada.bsky.social", "", ["https://bsky.app/profile/ada.bsky.social"]),
        ("Follow @nobody.", "", []),
        ("Her site (https://ada.example/).", "", ["https://ada.example/"]),
        ("a@b and x@y and @", "", []),
    ],
)
def test_addresses_and_accounts_are_found_in_running_text(text: str, address: str, links: list[str]) -> None:
    found_address, found_links = contacts_in(text)
    assert found_address == address
    assert [link.url for link in found_links] == links


@pytest.mark.parametrize(
    "line",
    ["More from Foreign Shores", "More by Ada Brook", "Read more", "READ NEXT", "Related Stories:", "Similar posts",
     "Mehr zum Thema", "Lesen Sie auch", "À lire aussi", "Sur le même sujet", "Más de El Puerto", "Te puede interesar",
     "Leggi anche", "Leia também", "Lees ook", "You might also like", "Editor’s picks"],
)  # fmt: skip
def test_a_heading_over_other_stories_is_known_in_many_wordings(line: str) -> None:
    assert is_related_heading(Block(lines=(line,)))


@pytest.mark.parametrize(
    "line", ["More than forty people came", "Read my lips", "Related or not, they married.", "Moreover", "Relativity"]
)
def test_a_line_of_text_is_no_such_heading(line: str) -> None:
    assert not is_related_heading(Block(lines=(line,)))
