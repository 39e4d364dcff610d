"""A small site of pages of every kind, made by the page functions alone; texts and people are invented."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from publisher.feed.atom import atom_bytes
from publisher.feed.rss import rss_bytes
from publisher.model.issue import Newsletter
from publisher.model.media import Enclosure
from publisher.model.post import Post
from publisher.publish.pages import (
    Setting,
    author_page,
    card_of,
    column_page,
    index_page,
    month_page,
    post_page,
    tag_page,
)
from publisher.publish.place import (
    Place,
    author_place,
    column_place,
    feed_links,
    newsletter_place,
    tag_place,
    whole_place,
)
from publisher.publish.view import Moment
from publisher.templating import open_templates
from tests.shelves import COLUMN, ILSE, MIRA, SITE, a_channel, a_full_post

TEMPLATES = open_templates(None)
SETTING = Setting(
    name=SITE.name,
    url=SITE.url,
    language="en",
    zone=ZoneInfo("Europe/Berlin"),
    render=TEMPLATES.render,
    speak=TEMPLATES.wording,
    joinable=("morning",),
)
COLUMNS = {COLUMN.slug: COLUMN}
MONTHS = ("2026-03", "2026-02-2", "2026-02", "2025-12")
FEEDS = feed_links(column_place(COLUMN), SITE.url)
NEWSLETTER = Newsletter(
    slug="morning", name="Morning Post", columns=(COLUMN.slug,), from_name="The Harbour Post",
    from_address="desk@post.example", subject="{{ lead.title }}",
)  # fmt: skip
TOP = whole_place(SITE.name, "en")
BODY = """<p>The pilot boat left at four, as it <a href="https://tides.example/">does</a>.</p>
<p><img src="media:quay.png" alt="The quay"></p>
<h2>Two gates</h2>
<blockquote><p>I also have a face to look at on the way home.</p></blockquote>
<ul><li>a dark line from the west;</li><li>gulls on the breakwater.</li></ul>
<table><tr><th>Year</th><th>Ships</th></tr><tr><td>2025</td><td>10,880</td></tr></table>
<pre>a line of code that is far too long to fit on the screen of any phone that anybody has ever had</pre>"""
RECORDINGS = (
    Enclosure(
        url="https://post.example/lock.mp3", type="audio/mpeg", length_bytes=12_400_000, seconds=1861, title="The lock"
    ),
    Enclosure(url="https://post.example/lock.mp4", type="video/mp4"),
    Enclosure(url="https://post.example/tides.pdf", length_bytes=240_000, title="The tide table"),
)


def posts() -> list[Post]:
    """Newest first: one with everything, one in Arabic, plain ones, one with hardly anything."""
    return [
        a_full_post(
            5, body=BODY, note="She has counted since 1994, not since 1949.", enclosures=RECORDINGS,
            updated=a_full_post(5).published + timedelta(days=2), tags=("tides", "people of the quay"),
        ),
        a_full_post(4, language="ar", title="ليلة في الميناء", summary="المنارة والريح", body="<p>غادر القارب.</p>"),
        a_full_post(3, image=None),
        a_full_post(2, title="Donaudampfschifffahrtsgesellschaft" * 3, url="https://a.example/" + "x" * 200),
        a_full_post(1, authors=(ILSE,), image=None, summary="", related=(), tags=(), body="<p>Short.</p>"),
    ]  # fmt: skip


def pages() -> Mapping[str, bytes]:
    """The files by name."""
    shown = posts()
    thread = {"before": shown[2], "after": [shown[1]]}
    files = {f"harbour-notes/{post.slug}.html": post_page(post, COLUMN, FEEDS, SETTING) for post in shown[1:]}
    files["harbour-notes/post-5.html"] = post_page(shown[0], COLUMN, FEEDS, SETTING, **thread)
    files["harbour-notes/index.html"] = column_page(
        COLUMN, FEEDS, newest=shown, authors=[MIRA], months=MONTHS, setting=SETTING
    )
    for author in (MIRA, ILSE):
        place = author_place(author, "en")
        files[f"{place.folder}/index.html"] = author_page(
            author, feed_links(place, SITE.url), newest=shown, columns=COLUMNS, months=MONTHS[:1], setting=SETTING
        )
    for tag in ("tides", "people of the quay", "locks"):
        place = tag_place(tag, "en")
        files[f"{place.folder}/index.html"] = tag_page(
            tag, feed_links(place, SITE.url), newest=shown, columns=COLUMNS, setting=SETTING
        )
    for place in (column_place(COLUMN), author_place(MIRA, "en"), author_place(ILSE, "en")):
        files |= _months(place, shown)
    top = feed_links(TOP, SITE.url)
    empty = replace(COLUMN, slug="night-desk", name="Night Desk", tagline="")
    files["night-desk/index.html"] = column_page(empty, FEEDS, newest=(), authors=(), setting=SETTING)
    cards = [card_of(COLUMN, FEEDS, shown, SETTING), card_of(empty, FEEDS, (), SETTING)]
    files["index.html"] = index_page(top, cards, SETTING)
    return files


def _months(place: Place, shown: list[Post]) -> dict[str, bytes]:
    links = feed_links(place, SITE.url)
    return {
        f"{place.folder}/archive/{name}.html": month_page(
            place, links, name, posts=shown, columns=COLUMNS, setting=SETTING,
            earlier=MONTHS[at + 1] if at + 1 < len(MONTHS) else "", later=MONTHS[at - 1] if at else "",
        )
        for at, name in enumerate(MONTHS)
    }  # fmt: skip


def letter_lists() -> Mapping[str, bytes]:
    """What a newsletter has sent: its list, and one of a year that is over."""
    place = newsletter_place(NEWSLETTER)
    links = feed_links(place, SITE.url)
    shared = {
        "site": {"name": SITE.name, "url": SITE.url, "language": "en"},
        "language": "en", "direction": "ltr", "root": "../..", "feeds": links, "newsletter": NEWSLETTER,
        "jsonld": "{}", "canonical": links.html_url, "subscribe": "../../subscribe/morning",
        "issues": [
            {"subject": subject, "href": f"daily-{number}/", "day": Moment(iso="2026-03-14", day="14 March 2026"),
             "cadence": "daily", "corrected": "", "corrections": ()}
            for number, subject in enumerate(("Eleven minutes & an egg", "ليلة في الميناء"))
        ],
    }  # fmt: skip
    pages = {"index": shared | {"years": ["2025", "2024"], "year": ""}, "2025": shared | {"years": [], "year": "2025"}}
    return {
        f"{place.folder}/{name}.html": SETTING.render("web/newsletter.html", values).encode()
        for name, values in pages.items()
    }


def write_site(folder: Path) -> None:
    """All pages, with stylesheets, pictures, and two feeds."""
    channel = a_channel(*posts())
    files = {**pages(), **letter_lists()} | {
        "site.css": SETTING.render("web/site.css", {}).encode(),
        "feed.css": SETTING.render("feed/feed.css", {}).encode(),
        "harbour-notes/atom.xml": atom_bytes(channel),
        "harbour-notes/rss.xml": rss_bytes(channel),
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    (folder / "media").mkdir()
    for name in ("mira", "quay", "lock", "wall"):
        shutil.copy(Path(__file__).parent / "cases" / "feed" / "dot.png", folder / "media" / f"{name}.png")
