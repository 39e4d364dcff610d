"""Pictures of an issue: had once when it is released, and in its letters for good; what cannot be had stays a link."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import select

from publisher.assemble.assembly import Assembly, Result
from publisher.assemble.gallery import LARGEST_BYTES, MOST_PICTURES, Gallery
from publisher.fetch.web import Limits
from publisher.letter.lint import Finding
from publisher.mail.inline import MOST_BYTES, wire_bytes
from publisher.model.delivery import Delivery
from publisher.model.issue import IssueState
from publisher.model.letter import Letter
from publisher.model.picture import name_for
from publisher.send.parcels import Packer
from publisher.store import archive, issues, pictures, schema
from publisher.store.database import Store
from publisher.store.findings import findings_of
from tests.morning import ASSEMBLY, SITE, make
from tests.test_mail_inline import STARTS, related
from tests.test_mail_wire import body_of, read
from tests.test_send_deliver import CONTEXT
from tests.web_stand import Answer, Stand, web_stand
from tests.writers import a_post, put_posts, put_readers

TIDE, CRANE = STARTS["png"] + b"the tide" * 99, STARTS["jpg"] + b"a crane" * 99
SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"


def limits(*hosts: str) -> Limits:
    return Limits(
        max_bytes=1, timeout=timedelta(seconds=5), site_url=SITE, private_hosts=frozenset(hosts or ("127.0.0.1",))
    )


def gallery(folder: Path, clock: Callable[[], float] = time.monotonic) -> Gallery:
    return Gallery(folder, SITE, limits(), clock=clock)


def showing(*addresses: str) -> Letter:
    return Letter(subject="Tides", html="".join(f'<img alt="" src="{one}">' for one in addresses), text="Tides\n")


def problems(found: Sequence[Finding]) -> list[str]:
    return [finding.problem for finding in found]


def linked(found: Sequence[Finding]) -> list[str]:
    """What is said of pictures that stay links, of all that is said."""
    return [problem for problem in problems(found) if "stay" in problem and "link" in problem]


# ── An issue with pictures ───────────────────────────────────────────────────────────


def with_pictures(folder: Path) -> Assembly:
    return replace(ASSEMBLY, gallery=gallery(folder))


def fill(store: Store, *addresses: str) -> None:
    shown = "".join(f'<p><img src="{address}" alt="A picture"></p>' for address in addresses)
    with store.write() as conn:
        put_posts(conn, [replace(a_post(1, title="High tide"), body=f"<p>Words.</p>{shown}")])
        put_readers(conn, 2)


def letters_of(store: Store, folder: Path | None) -> list[bytes]:
    """All letters of the first issue, as they would go out."""
    packer = Packer(replace(CONTEXT, media=folder))
    with store.read() as conn:
        variant = conn.execute(select(schema.variants.c.id)).scalars().one()
        deliveries = [
            Delivery(id=number, issue=1, variant=variant, subscription=number, email=f"{name}@readers.example",
                     name=name, attempts=0)
            for number, name in enumerate(("ada", "bo"), 1)
        ]  # fmt: skip
        return [packer.stencil_of(conn, delivery).pack(delivery).message for delivery in deliveries]


def test_pictures_are_had_once_and_travel_with_each_letter_while_its_page_keeps_links(
    sqlite_store: Store, tmp_path: Path
) -> None:
    kept = name_for(CRANE, "jpg")
    (tmp_path / kept).write_bytes(CRANE)
    with web_stand(tide=Answer(TIDE, headers={"Content-Type": "text/html"})) as stand:
        fill(sqlite_store, stand.url("/tide"), f"media:{kept}", stand.url("/tide"))
        assert make(sqlite_store, with_pictures(tmp_path)).result is Result.QUEUED
        assert [asked["accept"].partition(",")[0] for asked in stand.asked] == ["image/png"]
        address = stand.url("/tide")
    for message in letters_of(sqlite_store, tmp_path):
        page, *parts = related(read(message))
        assert [part.get_content() for part in parts] == [TIDE, CRANE]
        assert 'src="http' not in str(page.get_content())
    with sqlite_store.read() as conn:
        assert pictures.names_of(conn, 1) == {address: name_for(TIDE, "png"), f"{SITE}/media/{kept}": kept}
        assert linked(findings_of(conn, 1)) == []
        ((_, shown),) = archive.pages_of(conn, 1)
    assert address in shown
    assert "cid:" not in shown


def test_a_letter_made_again_is_the_same_whatever_stands_at_the_address_by_then(
    sqlite_store: Store, tmp_path: Path
) -> None:
    with web_stand(tide=Answer(TIDE)) as stand:
        fill(sqlite_store, stand.url("/tide"))
        make(sqlite_store, with_pictures(tmp_path))
        first = letters_of(sqlite_store, tmp_path)
        stand.answers["/tide"] = Answer(CRANE)
        assert letters_of(sqlite_store, tmp_path) == first
        assert len(stand.asked) == 1


def test_a_draft_tells_which_pictures_stay_links_and_its_release_has_them_anew(
    sqlite_store: Store, tmp_path: Path
) -> None:
    with web_stand(tide=Answer(SVG)) as stand:
        fill(sqlite_store, stand.url("/tide"))
        assembly = replace(with_pictures(tmp_path), approve=True)
        assert make(sqlite_store, assembly).result is Result.DRAFT
        with sqlite_store.read() as conn:
            (told,) = linked(findings_of(conn, 1))
            assert pictures.names_of(conn, 1) == {}
        assert told == f"the picture {stand.url('/tide')} stays a link: it is no PNG, JPEG, GIF, WebP or AVIF"
        stand.answers["/tide"] = Answer(TIDE)
        assert make(sqlite_store, replace(with_pictures(tmp_path), approve=False)).result is Result.QUEUED
    with sqlite_store.read() as conn:
        assert linked(findings_of(conn, 1)) == []
        assert issues.get_issue(conn, 1).state is IssueState.QUEUED
    assert all(b"multipart/related" in message for message in letters_of(sqlite_store, tmp_path))


@pytest.mark.parametrize("wrong", ["gone", "changed", "elsewhere"])
def test_a_picture_that_is_no_longer_kept_is_a_link_and_that_is_said(
    sqlite_store: Store, tmp_path: Path, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    with web_stand(tide=Answer(TIDE)) as stand:
        fill(sqlite_store, stand.url("/tide"))
        make(sqlite_store, with_pictures(tmp_path))
        address = stand.url("/tide")
    name = name_for(TIDE, "png")
    if wrong == "changed":
        (tmp_path / name).write_bytes(TIDE + b"!")
    elif wrong == "gone":
        (tmp_path / name).unlink()
    folder = tmp_path / "another host" if wrong == "elsewhere" else tmp_path
    for message in letters_of(sqlite_store, folder):
        assert b"multipart/related" not in message
        assert address in body_of(message, "html")
    assert caplog.messages == [f"issue 1: picture {name} is not in {folder}, and is a link in letters"]


def test_a_newsletter_that_wants_links_fetches_nothing(sqlite_store: Store, tmp_path: Path) -> None:
    with web_stand(tide=Answer(TIDE)) as stand:
        fill(sqlite_store, stand.url("/tide"))
        make(sqlite_store)
        assert stand.asked == []
    assert all(b"multipart/related" not in message for message in letters_of(sqlite_store, tmp_path))


# ── What strangers' servers do ───────────────────────────────────────────────────────


def trouble(stand: Stand, folder: Path, path: str = "/tide") -> str:
    found = gallery(folder).pictures_for([showing(stand.url(path))])
    assert found.names == {}
    (told,) = problems(found.findings)
    assert told.startswith(f"the picture {stand.url(path)} stays a link: ")
    assert list(folder.glob("*")) == []
    return told.partition("stays a link: ")[2]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Answer(status=404), "the server answers 404 Not Found: there is nothing at this address"),
        (Answer(b"<html>log in</html>"), "it is no PNG, JPEG, GIF, WebP or AVIF"),
        (Answer(SVG, headers={"Content-Type": "image/png"}), "it is no PNG, JPEG, GIF, WebP or AVIF"),
        (Answer(b""), "it is no PNG, JPEG, GIF, WebP or AVIF"),
        (Answer(TIDE + b"x" * LARGEST_BYTES), f"it is larger than {LARGEST_BYTES:,} bytes"),
        (Answer(TIDE, headers={"Content-Encoding": "br"}), "it is packed as 'br', which was not asked for"),
        (Answer(status=302, headers={"Location": "file:///etc/passwd"}), "only http:// and https:// addresses"),
    ],
    ids=["nothing", "a page", "script in svg", "empty", "too large", "packed", "another scheme"],
)
def test_what_is_no_picture_stays_a_link_and_why_is_told(tmp_path: Path, answer: Answer, told: str) -> None:
    with web_stand(tide=answer) as stand:
        assert trouble(stand, tmp_path).startswith(told)


def test_no_picture_is_fetched_from_a_private_network(tmp_path: Path) -> None:
    found = Gallery(tmp_path, SITE, limits("elsewhere.example")).pictures_for([showing("http://127.0.0.1:9/x.png")])
    (told,) = problems(found.findings)
    assert "is in a private network" in told


def test_all_pictures_of_an_issue_together_have_a_minute(tmp_path: Path) -> None:
    clock = count(0, 25).__next__  # each look at it is 25 s later
    with web_stand(a=Answer(TIDE), b=Answer(CRANE), c=Answer(TIDE), d=Answer(TIDE)) as stand:
        addresses = [stand.url(f"/{name}") for name in "abcd"]
        found = gallery(tmp_path, clock=clock).pictures_for([showing(*addresses)])
    assert list(found.names) == addresses[:2]
    assert problems(found.findings) == [
        f"the picture {address} stays a link: the time for all pictures of an issue, 60 s, was over"
        for address in addresses[2:]
    ]


def test_a_server_that_drips_is_left_when_the_time_of_one_picture_is_over(tmp_path: Path) -> None:
    clock = iter([0.0, 59.5]).__next__
    with web_stand(tide=Answer(TIDE, pause_seconds=0.05)) as stand:
        found = gallery(tmp_path, clock=clock).pictures_for([showing(stand.url("/tide"))])
    assert found.names == {}
    assert "it took longer than 0.5 s" in problems(found.findings)[0]


def test_an_issue_takes_so_many_pictures_along_and_findings_of_one_kind_are_few(tmp_path: Path) -> None:
    name = name_for(TIDE, "png")
    (tmp_path / name).write_bytes(TIDE)
    addresses = [f"{SITE}/media/{name}?{number}" for number in range(MOST_PICTURES + 7)]
    found = gallery(tmp_path).pictures_for([showing(*addresses)])
    assert list(found.names) == addresses[:MOST_PICTURES]
    told = problems(found.findings)
    assert told[0].endswith(f"stays a link: an issue takes {MOST_PICTURES} along at most")
    assert told[-1] == "and 2 more pictures that stay links"


def test_a_letter_grows_so_much_and_which_picture_is_the_largest_is_told(tmp_path: Path) -> None:
    contents = [STARTS["gif"] + bytes([number]) * (LARGEST_BYTES // 3 + number * 1000) for number in range(4)]
    names = [name_for(content, "gif") for content in contents]
    for name, content in zip(names, contents, strict=True):
        (tmp_path / name).write_bytes(content)
    addresses = [f"{SITE}/media/{name}" for name in names]
    found = gallery(tmp_path).pictures_for([showing(*addresses), showing(addresses[0])])
    assert list(found.names) == addresses
    (told,) = problems(found.findings)
    sizes = [wire_bytes(len(content)) for content in contents]
    assert told == (
        f"2 of 4 pictures stay links: together they would make the letter {sum(sizes):,} bytes longer, and it may "
        f"grow by {MOST_BYTES:,}; make them smaller (the largest is {addresses[3]}, {sizes[3]:,} bytes), "
        'or set `images = "linked"`'
    )


@pytest.mark.parametrize("name", ["../secret.png", "0" * 20 + ".png", "x.svg"])
def test_what_is_not_in_our_folder_is_not_looked_for_elsewhere_in_it(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.png").write_bytes(TIDE)
    folder = tmp_path / "media"
    folder.mkdir()
    found = gallery(folder).pictures_for([showing(f"{SITE}/media/{name}")])
    assert found.names == {}
    assert len(found.findings) == 1
