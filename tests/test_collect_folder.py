"""A folder of Markdown and HTML files as a source."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.collect.foldersource import read_folder
from publisher.collect.found import Found, FoundPost
from publisher.collect.frontmatter import split_front_matter
from publisher.errors import SourceError
from publisher.model.media import Image

PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
BERLIN = ZoneInfo("Europe/Berlin")

FULL_YAML = """---
title: "Fog, mostly"
date: 2026-02-03 07:30
updated: 2026-02-04T08:00:00Z
authors:
  - Ada Brook
  - name: Tom Vale
    blurb: Tom Vale covers fog.
    email: tom@gazette.example
    links:
      "@tom": https://social.example/@tom
summary: You cannot see it.
tags: [fog, "3"]
image: fog.png
image_alt: Fog, and a boat in it
related:
  - Horns
  - https://gazette.example/horns
  - title: The Bell
    url: https://gazette.example/bell
    summary: It rang.
    image_alt: A bell
language: en
url: https://gazette.example/fog
---
# Fog, mostly

It **came** in [at four](/four).

| a | b |
|---|---|
| 1 | 2 |

![The boat](fog.png)<script>x()</script>
"""

FULL_TOML = """+++
title = "Fog, in TOML"
date = 2026-02-03
authors = "Ada Brook"
tags = "fog, sea"
[image]
src = "fog.png"
alt = "Fog"
[[related]]
title = "The Bell"
+++
It came in at four.
"""


def read(folder: Path) -> Found:
    return read_folder("notes", folder, zone=BERLIN, base_url="https://post.example/notes/", max_bytes=100_000)


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.md").write_text(text, encoding="utf-8")


def one(folder: Path, text: str, name: str = "a.md") -> FoundPost:
    (folder / name).write_text(text, encoding="utf-8")
    (post,) = read(folder).posts
    return post


def test_front_matter_in_yaml_tells_everything_about_a_post(tmp_path: Path) -> None:
    (tmp_path / "fog.png").write_bytes(PNG)
    post = one(tmp_path, FULL_YAML)
    assert post.title == "Fog, mostly"
    assert post.published == datetime(2026, 2, 3, 6, 30, tzinfo=UTC)
    assert post.updated == datetime(2026, 2, 4, 8, tzinfo=UTC)
    assert [author.name for author in post.authors] == ["Ada Brook", "Tom Vale"]
    assert post.authors[1].email == "tom@gazette.example"
    assert post.authors[1].links[0].label == "@tom"
    assert post.summary == "You cannot see it."
    assert post.tags == ("fog", "3")
    assert post.image is not None
    assert post.image.alt == "Fog, and a boat in it"
    assert [story.title for story in post.related] == ["Horns", "https://gazette.example/horns", "The Bell"]
    assert post.related[2].image == Image(url="", alt="A bell")
    assert (post.language, post.url, post.guid) == ("en", "https://gazette.example/fog", "file:a.md")


def test_the_text_is_markdown_without_the_heading_that_repeats_the_title(tmp_path: Path) -> None:
    (tmp_path / "fog.png").write_bytes(PNG)
    post = one(tmp_path, FULL_YAML)
    assert post.image is not None
    assert post.body_html.startswith(
        '<p>It <strong>came</strong> in <a href="https://gazette.example/four">at four</a>.'
    )
    assert "<td>1</td>" in post.body_html
    assert f'<img src="{post.image.url}" alt="The boat">' in post.body_html
    assert "script" not in post.body_html


def test_front_matter_in_toml_tells_the_same(tmp_path: Path) -> None:
    (tmp_path / "fog.png").write_bytes(PNG)
    post = one(tmp_path, FULL_TOML)
    assert post.title == "Fog, in TOML"
    assert post.published == datetime(2026, 2, 2, 23, tzinfo=UTC)
    assert post.tags == ("fog", "sea")
    assert post.image is not None
    assert post.image.alt == "Fog"
    assert post.related[0].title == "The Bell"


def test_a_picture_is_published_under_the_name_of_its_content(tmp_path: Path) -> None:
    (tmp_path / "b c.jpg").write_bytes(PNG)  # what it is, is told by its bytes
    write(tmp_path, a="One ![x](<b c.jpg>)", b='Two <img src="./b%20c.jpg?v=2" alt="y">')
    found = read(tmp_path)
    (media,) = found.media
    assert media.name.endswith(".png")
    assert all(f"media:{media.name}" in post.body_html for post in found.posts)
    assert not found.problems


@pytest.mark.parametrize(
    ("reference", "told"),
    [("none.png", "No such file"), ("../secret.png", "outside"), ("link.png", "outside"), ("fake.png", "no PNG"),
     ("drawing.svg", "no PNG"), ("%00.png", "null")],
)  # fmt: skip
def test_a_picture_that_cannot_be_used_is_told_and_left_out(tmp_path: Path, reference: str, told: str) -> None:
    folder = tmp_path / "posts"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(PNG)
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    (folder / "fake.png").write_bytes(b"<html>")
    (folder / "drawing.svg").write_bytes(b"<svg/>")
    write(folder, a=f"Text ![x]({reference})")
    found = read(folder)
    assert found.media == ()
    assert "media:" not in found.posts[0].body_html
    assert len(found.problems) == 1
    assert told in found.problems[0]
    assert "a.md" in found.problems[0]


def test_a_title_is_found_in_the_heading_or_the_name_of_the_file(tmp_path: Path) -> None:
    assert one(tmp_path, "# From the *heading*\n\nText.").title == "From the heading"
    (tmp_path / "a.md").unlink()
    assert one(tmp_path, "<html><head><title>A &amp; B</title></head><p>T.</p></html>", "a.html").title == "A & B"
    (tmp_path / "a.html").unlink()
    post = one(tmp_path, "Text.", "2026-11-22-what_the-tide_left.md")
    assert post.title == "What the tide left"
    assert post.published == datetime(2026, 11, 21, 23, tzinfo=UTC)


def test_an_html_file_is_a_post_too(tmp_path: Path) -> None:
    post = one(tmp_path, "<!doctype html><title>A page</title><body><h1>A page</h1><p onclick=x>Text.</p>", "a.html")
    assert (post.title, post.body_html) == ("A page", "<p>Text.</p>")


def test_a_footnote_stands_at_the_end_without_an_arrow_to_nowhere(tmp_path: Path) -> None:
    post = one(tmp_path, "Text.[^1]\n\n[^1]: A note.\n")
    assert "A note." in post.body_html
    assert "↩" not in post.body_html


def test_half_written_hidden_and_foreign_files_are_not_posts(tmp_path: Path) -> None:
    for name in (".a.md", "b.md~", "c.md.part", "#d.md", "e.jpg", "README.md", "link.md"):
        if name != "link.md":
            (tmp_path / name).write_text("Text.")
    outside = tmp_path.parent / f"{tmp_path.name}-outside.md"
    outside.write_text("Secret.")
    (tmp_path / "link.md").symlink_to(outside)
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "f.md").write_text("Text.")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "g.md").write_text("Text.")
    assert [post.guid for post in read(tmp_path).posts] == ["file:sub/g.md"]


def test_a_draft_is_no_post_yet(tmp_path: Path) -> None:
    write(tmp_path, a="---\ndraft: true\n---\nText.", b="Text.")
    assert [post.guid for post in read(tmp_path).posts] == ["file:b.md"]


BOMB = "---\na: &a [x, x]\nb: &b [*a, *a]\ntitle: x\n---\nText."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("---\ntitle: x\n", "line 1: `---` opens front matter that nothing closes"),
        ("---\ntitle: Fog: a story\n---\nText.", "line 2: the front matter is no YAML"),
        ("+++\n\ntitle = Fog\n+++\nText.", "line 3: the front matter is no TOML"),
        ("---\ntags: [a]\ndate: soon\n---\nText.", "line 3: `date` is no date: 'soon'"),
        ("---\ntitle: A\ndate: 2026-13-45\n---\nText.", "line 3: `date` is no date: '2026-13-45'; write"),
        ("---\ntitle: [a, b]\n---\nText.", "line 2: `title` must be text"),
        ("---\ntitle: no\n---\nText.", "line 2: `title` must be text; put it in quotes"),
        ("---\ntags: {a: b}\n---\nText.", "line 2: `tags` must be a list"),
        ("---\nauthors: [3]\n---\nText.", "line 2: `authors` must be names"),
        ("---\nrelated: [{url: x}]\n---\nText.", "line 2: `related` must be titles"),
        ("---\nimage: [x]\n---\nText.", "line 2: `image` must be"),
        ("---\n- a\n---\nText.", "line 2: the front matter is no list of facts"),
        (BOMB, "line 3: aliases"),
        ("---\na: " + "[" * 50 + "]" * 50 + "\n---\nText.", "nested more than 10 deep"),
        ("---\na: " + "x" * 70_000 + "\n---\nText.", "longer than 65,536"),
        ("+++\na = " + "[" * 5000 + "\n+++\nText.", "no TOML"),
        ("---\ntitle: x\n---\n  \n", "no text in it"),
        ("Text\0", "binary"),
    ],
    ids=range(18),
)
def test_a_bad_file_is_told_with_its_line_and_stops_no_other(tmp_path: Path, text: str, told: str) -> None:
    write(tmp_path, bad=text, good="Good text.")
    found = read(tmp_path)
    assert [post.guid for post in found.posts] == ["file:good.md"]
    (problem,) = found.problems
    assert "bad.md" in problem
    assert told in problem


def test_a_missing_or_empty_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file or folder"):
        read(tmp_path / "none")
    with pytest.raises(SourceError, match="holds no"):
        read(tmp_path)


def test_a_file_that_is_too_large_is_told(tmp_path: Path) -> None:
    write(tmp_path, a="x" * 100_001)
    with pytest.raises(SourceError, match="larger than 100,000 bytes"):
        read(tmp_path)


@settings(max_examples=40)
@given(st.sampled_from(["---\n", "+++\n"]), st.text(max_size=80), st.booleans())
def test_any_front_matter_is_read_or_refused_in_words(fence: str, text: str, closed: bool) -> None:
    try:
        matter = split_front_matter(fence + text + ("\n" + fence if closed else ""))
        matter.moment(BERLIN, "date")
    except ValueError as refused:
        assert str(refused)  # noqa: PT017  both ends are good ones


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("2026-01-05-fog.md", "file:2026/2026-01-05-fog.md"),
        ("../2025/horns.html", "file:2025/horns.html"),
        ("../../elsewhere.md", "file:../elsewhere.md"),
        ("tag:gazette.example,2026:fog/1", "tag:gazette.example,2026:fog/1"),
        ("https://gazette.example/fog.html", "https://gazette.example/fog.html"),
        ("fog-1", "fog-1"),
    ],
)
def test_what_a_post_follows_up_is_named_by_its_file(tmp_path: Path, told: str, meant: str) -> None:
    (tmp_path / "2026").mkdir()
    (tmp_path / "2026" / "more-fog.md").write_text(f"---\nfollows: {told}\n---\nIt came back.\n")
    found = read_folder("fog", tmp_path, zone=BERLIN, base_url="", max_bytes=9999)
    assert [post.follows for post in found.posts] == [meant]
