"""The main job from outside: a new site, `run --once`, and what feeds and letters hold."""

from __future__ import annotations

import json
import re
import shutil
import xml.etree.ElementTree as ElementTree
from email.message import EmailMessage
from pathlib import Path

from tests.lives import TOP, Site, a_site, part_of, words, words_of_html, words_of_text

CAPTURES = TOP / "tests" / "cases" / "collect" / "capture"
ATOM = "{http://www.w3.org/2005/Atom}"


def test_a_new_site_does_its_whole_job_at_the_first_try_and_nothing_at_the_second(tmp_path: Path) -> None:
    made = Site(tmp_path).typed("init", "site")
    assert made.code == 0, made.err
    site = Site(tmp_path / "site")
    imported = site.typed("subscribers", "import", "readers.csv", "--newsletter", "morning")
    assert (imported.code, imported.out) == (0, "readers.csv: 4 added\n")
    assert "4 rows: 4 look good" in imported.err

    first = site.run("run", "--once")
    assert (first.code, first.err) == (0, "")
    for path in (site.outbox, site.folder / "feeds"):
        assert str(path) in first.out, "the summary says where to look"
        assert path.is_dir()
    assert "http://127.0.0.1:8080/outbox" in first.out
    assert "4 sent" in first.out
    assert_readers_have(site.letters(), site.folder)
    assert_feeds_hold(site)

    before, times = site.feeds(), site.times()
    second = site.run("run", "--once")
    assert (second.code, second.err) == (0, "")
    assert "nothing to send" in second.out
    assert len(site.letters()) == 4
    assert site.feeds() == before
    assert site.times() == times, "nothing was written again"


def assert_readers_have(letters: list[EmailMessage], folder: Path) -> None:
    lines = (folder / "readers.csv").read_text().splitlines()[1:]
    assert [str(letter["Delivered-To"]) for letter in letters] == sorted(line.partition(",")[0] for line in lines)
    assert len({letter["Message-ID"] for letter in letters}) == len(letters)
    assert len({letter["List-Unsubscribe"] for letter in letters}) == len(letters), "each has a link of his own"
    for letter in letters:
        assert not letter.defects
        assert re.fullmatch(r"<https://courier\.example/unsubscribe/[0-9a-v]+>", str(letter["List-Unsubscribe"]))
        assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        for shown in (words_of_html(part_of(letter, "html")), words_of_text(part_of(letter, "plain"))):
            assert words("The Courier, 1 Quay Street, 20457 Portside") in shown
            assert words("Reach her at mira@courier.example") in shown
            for said in everything_said_in(folder / "columns"):
                assert said in shown


def everything_said_in(columns: Path) -> list[str]:
    """The title, summary and each paragraph of every post, as words."""
    said = []
    for path in columns.glob("*/*.md"):
        head, _, body = path.read_text().removeprefix("---\n").partition("\n---\n")
        said += [words(line.partition(":")[2]) for line in head.splitlines() if re.match(r"title|summary", line)]
        without_addresses = re.sub(r"\]\([^)]*\)", "", body)
        blocks = re.split(r"\n\s*\n|^\d+\. ", without_addresses, flags=re.MULTILINE)
        said += [words(block) for block in blocks if block.strip()]
    assert len(said) > 20
    return said


def assert_feeds_hold(site: Site) -> None:
    written = "\n".join(
        words_of_html("".join(ElementTree.parse(site.folder / "feeds" / name / "atom.xml").getroot().itertext()))
        for name in ("harbour-notes", "night-desk")
    )
    for said in everything_said_in(site.folder / "columns"):
        assert said in written
    assert words("Reach her at mira@courier.example") in written
    for name in ("harbour-notes/rss.xml", "night-desk/rss.xml", "atom.xml", "rss.xml", "index.html"):
        assert (site.folder / "feeds" / name).stat().st_size > 1000


def test_captured_pages_reach_feeds_and_letter_whole(tmp_path: Path) -> None:
    site = a_site(tmp_path / "site")
    cases = sorted(CAPTURES.glob("*.txt"))
    shutil.rmtree(site.folder / "columns")
    (site.folder / "captures").mkdir()
    for case in cases:
        shutil.copy(case, site.folder / "captures")
    site.edit('kind = "folder"\npath = "columns/tide-table"', 'kind = "capture"\npath = "captures"')
    site.prepare("subscribers", "add", "edda.lunn@example.org", "--newsletter", "tides")

    done = site.typed("run", "--once", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["sent"] == 1
    (letter,) = site.letters()
    feed = ElementTree.parse(site.folder / "feeds" / "tide-table" / "atom.xml").getroot()
    entries = {entry.findtext(f"{ATOM}title", ""): entry for entry in feed.iter(f"{ATOM}entry")}
    assert len(entries) == len(cases)
    for case in cases:
        expected = json.loads(case.with_suffix(".expected.json").read_text())
        entry = entries[expected["title"]]
        in_feed = words_of_html("".join(entry.itertext()))
        page = words_of_html(page_of(site, entry))
        for said in told_by(expected):
            assert said in words_of_html(part_of(letter, "html")), case.name
            assert said in words_of_text(part_of(letter, "plain")), case.name
            assert said in page, case.name
        for said in told_by(expected, with_bio=False):  # the feed's own page of an author has no room for it
            assert said in in_feed, case.name


def page_of(site: Site, entry: ElementTree.Element) -> str:
    """The published page that an entry leads to."""
    link = next(
        link.get("href", "") for link in entry.iter(f"{ATOM}link") if link.get("rel", "alternate") == "alternate"
    )
    return (site.folder / "feeds" / link.removeprefix("https://gazette.example/")).read_text()


def told_by(expected: dict[str, object], *, with_bio: bool = True) -> list[str]:
    """Everything a captured page tells: headline, body, who writes, other stories; as words."""
    texts = [expected["title"], *expected["paragraphs"]]
    for author in expected.get("authors", []):
        texts += [author["name"], author.get("blurb", "")]
        texts += author.get("bio", "").split("\n\n") if with_bio else []
    for story in expected.get("related", []):
        texts += [story["title"], story.get("summary", ""), story.get("image", {}).get("alt", "")]
    return [words(str(text)) for text in texts]
