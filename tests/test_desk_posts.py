"""Posts at the desk: looked for, looked at as readers see them, corrected, withdrawn, held."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser
from sqlalchemy import delete, update

from publisher.house.opened import utc_now
from publisher.house.press import publish
from publisher.house.steps import collect
from publisher.model.author import Author
from publisher.model.post import Post
from publisher.store import audit, posts, schema
from publisher.web.desk.posts import MOST
from tests.browsing import browser as browser
from tests.browsing import told_by_axe
from tests.desk_day import make_day
from tests.desk_stand import Stand, desk_stand
from tests.writers import a_post, freeze_for_all, put_posts, put_readers

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>"


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with desk_stand(tmp_path_factory.mktemp("posts")) as opened:
        collect(opened.house, now=utc_now())
        publish(opened.house)
        with opened.house.store.write() as conn:
            evil = replace(
                a_post(1, column="night-desk", title=EVIL),
                body=f"<p>{EVIL}</p>", tags=(EVIL,), summary=EVIL, note=EVIL, source=EVIL,
                authors=(Author(key="evil", name=EVIL, blurb=EVIL),),
            )  # fmt: skip
            put_posts(conn, [evil])
        yield opened


def seq_of(stand: Stand, slug: str) -> int:
    with stand.house.store.read() as conn:
        return next(post.seq for post in posts.with_seqs(conn, list(range(1, 20))).values() if post.slug == slug)


def the_post(stand: Stand, seq: int) -> Post:
    with stand.house.store.read() as conn:
        return posts.with_seqs(conn, [seq])[seq]


def form(stand: Stand, seq: int, **typed: str) -> dict[str, str]:
    post = the_post(stand, seq)
    kept = {"title": post.title, "summary": post.summary, "tags": ", ".join(post.tags), "note": post.note}
    return {**kept, "body": post.body.replace("\n", "\r\n"), "revision": str(post.revision), **typed}


def titles(stand: Stand, query: str, who: str = "viewer") -> list[str]:
    page = stand.get(who, f"/posts?{query}").text
    return re.findall(r'<a href="[^"]*/posts/\d+" dir="auto">([^<]*)<', page)


def test_posts_are_found_by_words_column_author_and_day(stand: Stand) -> None:
    assert len(titles(stand, "")) >= 7
    assert titles(stand, "q=FERRY") == ["The ferry that waits"]
    by_ilse = {"Bread, in the order it is baked", "The sound of the 4.15"}
    assert set(titles(stand, "column=night-desk&author=ilse okafor")) == by_ilse
    assert titles(stand, "since=2026-01-12&until=2026-01-12") == ["The ferry that waits"]
    assert titles(stand, "author=nobody") == []
    assert "No post fits" in stand.get("viewer", "/posts?q=zebra").text
    assert "is no day" in stand.get("viewer", "/posts?since=soon").text
    assert stand.get("viewer", "/posts?from=%C3%A9.x&state=odd&until=9999-12-31").status_code == 200


def test_what_a_source_wrote_runs_nowhere(stand: Stand) -> None:
    seq = seq_of(stand, "post-1")
    for path in ("/posts", f"/posts/{seq}", f"/posts/{seq}?as=feed", f"/posts/{seq}?as=letter"):
        page = stand.get("editor", path).text
        assert "alert(1)</script>" not in page
        assert "<img src=x" not in page
    for frame in ("page", "feed", "letter"):
        answer = stand.get("viewer", f"/posts/{seq}/{frame}")
        assert answer.status_code == 200
        policy = answer.headers["content-security-policy"]
        assert "sandbox" in policy
        assert "script-src" not in policy
        assert "default-src 'none'" in policy
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"


def test_a_post_is_shown_as_page_feed_and_letter(stand: Stand) -> None:
    seq = seq_of(stand, "the-ferry-that-waits")
    assert "The ferry that waits" in stand.get("viewer", f"/posts/{seq}/page").text
    assert "The timetable on the quay" in stand.get("viewer", f"/posts/{seq}/feed").text
    letter = stand.get("viewer", f"/posts/{seq}/letter?newsletter=morning&light=dark").text
    assert "Morning Courier" in letter
    assert "What a crane driver sees" not in letter.partition("Related")[0].partition("<body")[2][:3000]
    feed = stand.get("viewer", f"/posts/{seq}?as=feed").text
    assert "&lt;feed " in feed
    assert stand.get("viewer", "/posts/999").status_code == 404
    assert stand.get("viewer", "/posts/99999999999999999999/page").status_code == 404


def test_a_post_of_a_column_that_was_never_published_is_in_no_feed_yet(tmp_path: Path) -> None:
    with desk_stand(make_day(tmp_path).parent) as fresh:
        with fresh.house.store.write() as conn:
            for table in (schema.feed_entries, schema.feed_pages, schema.feed_versions):
                conn.execute(delete(table))
            conn.execute(delete(schema.feeds))
        answer = fresh.get("viewer", f"/posts/{seq_of(fresh, 'the-ferry-that-waits')}/feed")
    assert answer.status_code == 404


def test_an_edit_holds_just_what_was_changed(stand: Stand) -> None:
    seq = seq_of(stand, "what-a-crane-driver-sees")
    answer = stand.send("morning-editor", f"/posts/{seq}/edit", form(stand, seq, title="What a crane driver saw"))
    assert answer.status_code == 303
    assert the_post(stand, seq).title == "What a crane driver saw"
    page = stand.get("viewer", f"/posts/{seq}").text
    assert 'name="field"' not in page  # who may not edit gets no form
    page = stand.get("editor", f"/posts/{seq}").text
    assert re.findall(r'name="field" value="(\w+)"', page) == ["title"]
    with stand.house.store.read() as conn:
        change = audit.newest(conn, only=audit.Only(act="post.edit"), limit=1)[0]
    assert (change.who, change.newsletter) == ("Morning-Editor", "morning")
    assert (change.before, change.after) == ("title: What a crane driver sees", "title: What a crane driver saw")
    assert "edited it" in stand.get("viewer", f"/posts/{seq}").text
    again = stand.send("editor", f"/posts/{seq}/edit", form(stand, seq))
    assert again.status_code == 303
    assert the_post(stand, seq).revision == 2
    stand.send("editor", f"/posts/{seq}/let-go", {"field": "title"})
    collect(stand.house, now=utc_now())
    assert the_post(stand, seq).title == "What a crane driver sees"


def test_a_form_that_cannot_be_taken_comes_back_as_it_was_typed(stand: Stand) -> None:
    seq = seq_of(stand, "the-sound-of-the-4-15")
    answer = stand.send("editor", f"/posts/{seq}/edit", form(stand, seq, title=" ", summary="Mine & yours"))
    assert answer.status_code == 422
    assert "the title is empty" in answer.text
    assert "Mine &amp; yours" in answer.text
    assert 'aria-describedby="wrong-title"' in answer.text
    answer = stand.send("editor", f"/posts/{seq}/edit", form(stand, seq, revision="7", title="Other"))
    assert answer.status_code == 422
    assert "changed meanwhile" in answer.text
    assert 'value="Other"' in answer.text
    for when, problem in (("", "is no date"), ("2999-01-01T10:00", "future"), ("1066-10-14", "before there were web")):
        answer = stand.send("editor", f"/posts/{seq}/redate", {"when": when})
        assert answer.status_code == 422
        assert problem in answer.text
    assert the_post(stand, seq).revision == 1


def as_shown(page: str) -> dict[str, str]:
    """The form of a post as a browser would send it again."""
    (fields,) = re.findall(r'action="[^"]*/edit">(.*?)</form>', page, re.DOTALL)
    found = {}
    for tag in re.findall(r"<input[^>]*>", fields):
        told = dict(re.findall(r'(name|value)="([^"]*)"', tag))
        found[told["name"]] = html.unescape(told.get("value", ""))
    for name, text in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>(.*?)</textarea>', fields, re.DOTALL):
        found[name] = html.unescape(text.removeprefix("\n")).replace("\n", "\r\n")
    return found


def test_two_who_edit_a_post_take_nothing_of_each_other_back(stand: Stand) -> None:
    seq = seq_of(stand, "the-smallest-customs-office-on-the-coast")
    ada, bo = (as_shown(stand.get(who, f"/posts/{seq}").text) for who in ("owner", "editor"))
    ada |= {"summary": "Two rooms, and a stamp.", "tags": "customs"}
    bo |= {"note": "It has two rooms.", "tags": "harbour, stamps"}
    assert stand.send("owner", f"/posts/{seq}/edit", ada).status_code == 303
    answer = stand.send("editor", f"/posts/{seq}/edit", bo)
    assert answer.status_code == 422
    assert re.findall(r'id="theirs-(\w+)"', answer.text) == ["tags"]  # both wrote these
    assert ">customs</pre>" in answer.text
    assert stand.send("editor", f"/posts/{seq}/edit", as_shown(answer.text)).status_code == 303
    post = the_post(stand, seq)
    assert (post.note, post.summary) == ("It has two rooms.", "Two rooms, and a stamp.")
    assert post.tags == ("harbour", "stamps")


def test_a_text_is_cleaned(stand: Stand) -> None:
    seq = seq_of(stand, "fog-and-the-people-who-like-it")
    stand.send("editor", f"/posts/{seq}/edit", form(stand, seq, body=f"<p onclick='x()'>Fog. {EVIL}</p>"))
    body = the_post(stand, seq).body
    assert "Fog." in body
    assert not re.search(r"script|onclick|onerror", body)


def test_a_post_is_withdrawn_brought_back_and_dated_anew(stand: Stand) -> None:
    seq = seq_of(stand, "bread-in-the-order-it-is-baked")
    stand.send("editor", f"/posts/{seq}/withdraw")
    assert the_post(stand, seq).withdrawn
    assert titles(stand, "state=withdrawn") == ["Bread, in the order it is baked"]
    page = stand.get("viewer", f"/posts/{seq}?as=feed").text
    assert "Feeds say that it was deleted" in page
    assert stand.get("viewer", f"/posts/{seq}/feed").status_code == 404
    stand.send("editor", f"/posts/{seq}/restore")
    assert the_post(stand, seq).withdrawn is None
    stand.send("editor", f"/posts/{seq}/redate", {"when": "2026-01-05T07:30"})
    assert the_post(stand, seq).published.isoformat() == "2026-01-05T06:30:00+00:00"


def test_a_post_is_held_and_let_go_and_unsent_issues_are_told(stand: Stand) -> None:
    seq = seq_of(stand, "the-smallest-customs-office-on-the-coast")
    answer = stand.send("morning-sender", f"/posts/{seq}/hold")
    assert answer.status_code == 303
    assert titles(stand, "state=held") == ["The smallest customs office on the coast"]
    assert "goes into no letter" in stand.get("viewer", f"/posts/{seq}").text
    stand.send("editor", f"/posts/{seq}/release")
    assert the_post(stand, seq).held is None
    with stand.house.store.write() as conn:
        put_readers(conn, 1)
        issue = freeze_for_all(conn, seqs=(seq,))
    assert f'/issues/{issue}">Issue {issue}</a> is about to be sent' in stand.get("viewer", f"/posts/{seq}").text


@pytest.mark.parametrize("deed", ["edit", "let-go", "withdraw", "restore", "hold", "release", "redate"])
def test_who_may_only_look_changes_nothing(stand: Stand, deed: str) -> None:
    seq = seq_of(stand, "the-ferry-that-waits")
    before = the_post(stand, seq)
    assert stand.send("viewer", f"/posts/{seq}/{deed}", form(stand, seq, title="Mine")).status_code == 403
    assert the_post(stand, seq) == before


def test_an_archive_is_walked_page_by_page(stand: Stand) -> None:
    with stand.house.store.write() as conn:
        many = [a_post(number, column="night-desk", title=f"Note {number}") for number in range(100, 220)]
        first = put_posts(conn, many)[0]
        conn.execute(update(schema.posts).where(schema.posts.c.seq.in_([first, first + 1])).values(edited=["title"]))
    pages = list(walk(stand, "q=note"))
    assert [len(page) for page in pages] == [MOST, MOST, 120 - 2 * MOST]
    assert [title for page in pages for title in page] == [f"Note {number}" for number in reversed(range(100, 220))]
    assert [title for page in walk(stand, "state=edited&q=Note") for title in page] == ["Note 101", "Note 100"]


def walk(stand: Stand, query: str) -> Iterator[list[str]]:
    address = f"/posts?{query}"
    while address:
        page = stand.get("viewer", address).text
        yield re.findall(r'<a href="[^"]*/posts/\d+" dir="auto">([^<]*)<', page)
        older = re.search(r'<a href="[^"]*(/posts\?[^"]*from=[^"]*)"(?: rel="next">Older|>Look further back)', page)
        address = older[1].replace("&amp;", "&") if older else ""


@pytest.mark.parametrize("shape", [(390, "dark"), (1280, "light")])
def test_the_pages_are_for_everybody(stand: Stand, browser: Browser, shape: tuple[int, str]) -> None:
    width, scheme = shape
    seq = seq_of(stand, "the-ferry-that-waits")
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    context.add_cookies([stand.cookie("editor")])
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text))
    # What stands at the addresses without a question is looked at in tests/test_desk_tour.py.
    for path in ("/posts?q=zebra", f"/posts/{seq}?as=letter&width=phone", f"/posts/{seq}?as=feed"):
        page.goto(stand.url + path)
        assert told_by_axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.goto(f"{stand.url}/posts/{seq}")
    frame = page.frame_locator("iframe.frame")
    assert frame.locator("h1").inner_text() == "The ferry that waits"
    assert (
        frame.locator("h1")
        .evaluate("one => getComputedStyle(one).fontFamily")
        .startswith(('"Iowan', "Georgia", "Charter", "ui-serif", '"'))
    )
    assert said == []
    context.close()


def test_times_in_the_list_are_the_newsroom_s(stand: Stand) -> None:
    assert "12 Jan, 06:30" in stand.get("viewer", "/posts?q=ferry").text
