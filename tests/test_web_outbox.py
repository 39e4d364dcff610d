"""What was caught, as pages: for who sits at this machine alone, whatever a letter holds, without script or mouse."""

from __future__ import annotations

import logging
import re
import shutil
import socket
from base64 import b64decode
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from playwright.sync_api import Browser

from publisher.send.caught import LETTERS_A_PAGE
from publisher.send.maildir import Maildir
from publisher.store.database import Store
from publisher.web.loopback import is_from_here
from publisher.web.outbox import for_frame
from tests.browsing import AROUND_FRAMES, told_by_axe
from tests.browsing import browser as browser
from tests.web_site import Visit, own_store, site_of, visiting

PNG = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
HTML = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Tide</title></head><body>
<h1>High at noon</h1><p>Tea with <a href="https://courier.example/harbour/tea.html">Zoë</a>.</p>
<img src="https://courier.example/media/dot.png" alt="A dot"></body></html>"""
BOTH = f"""\
Return-Path: <b+1@courier.example>
Delivered-To: mira@readers.example
From: The Courier <desk@courier.example>
To: Mira <mira@readers.example>
Subject: =?utf-8?q?High_at_noon_=E2=98=83?=
List-Unsubscribe: <https://courier.example/unsubscribe/0a1b>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=xx

--xx
Content-Type: text/plain; charset=utf-8

High at noon. Tea with Zoë.
--xx
Content-Type: text/html; charset=utf-8

{HTML}
--xx--
""".encode()
EVIL = b"""\
Delivered-To: "><script>document.title='broken'</script>@readers.example
From: =?utf-8?b?PHNjcmlwdD5ldmlsPC9zY3JpcHQ+?= <evil@evil.example>
Subject: </title><script>document.title='broken'</script>
X-"><script>document.title='broken'</script>: x
Content-Type: text/html; charset=utf-8

<html><head><meta http-equiv="refresh" content="0;url=https://evil.example/">
<link rel=stylesheet href=//evil.example/a.css><script>top.document.title='broken'; fetch('https://evil.example/')</script>
</head><body onload="top.document.title='broken'">
</iframe></textarea>"'><h1>out</h1><img src=https://evil.example/a.png onerror="top.document.title='broken'">
<form action="/outbox/delete" method="post"><button id="go">go</button></form><iframe src="/outbox"></iframe>
<object data="/outbox"></object><svg><script>top.document.title='broken'</script></svg>
<a href="javascript:top.document.title='broken'" id="js" target="_self">js</a>
<a href="/outbox" id="top" target="_top">top</a>
"""


def letter(subject: str, recipient: str = "mira@readers.example", body: str = "Tea at five.") -> bytes:
    return f"Delivered-To: {recipient}\nSubject: {subject}\n\n{body}\n".encode()


@pytest.fixture(scope="module")
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def store(stack: ExitStack, tmp_path_factory: pytest.TempPathFactory) -> Store:
    return stack.enter_context(own_store(tmp_path_factory.mktemp("store")))


@pytest.fixture(scope="module")
def place(stack: ExitStack, store: Store, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Visit]:
    """The folder of a site that catches, and the site."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "feeds" / "media").mkdir(parents=True)
    (folder / "feeds" / "media" / "dot.png").write_bytes(PNG)
    styles = Path(__file__).parent.parent / "templates" / "web" / "site.css"
    shutil.copy(styles, folder / "feeds" / "site.css")
    site = replace(site_of(folder / "feeds"), outbox=folder / "outbox")
    return folder, stack.enter_context(visiting(store, folder, site=site))


@pytest.fixture
def outbox(place: tuple[Path, Visit]) -> Path:
    """Empty for each test."""
    folder = place[0] / "outbox"
    shutil.rmtree(folder, ignore_errors=True)
    return folder


@pytest.fixture
def visit(place: tuple[Path, Visit]) -> Visit:
    return place[1]


def put(outbox: Path, *messages: bytes) -> list[str]:
    """The addresses of letters, once they are caught."""
    maildir = Maildir(outbox)
    return [f"/outbox/letters/{quote(maildir.put(message).name, safe='')}" for message in messages]


def shown(page: str) -> str:
    """The words of a page."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def test_the_list_shows_whom_each_letter_was_for_and_leads_to_it(outbox: Path, visit: Visit) -> None:
    assert "No letter has been caught yet." in visit.client.get("/outbox").text
    paths = put(outbox, BOTH, letter("Second <b>"))
    for path, up in (("/outbox", "."), ("/outbox/", "..")):
        got = visit.client.get(path)
        assert got.status_code == 200
        assert got.text.index("Second &lt;b&gt;") < got.text.index("High at noon ☃")
        assert "to mira@readers.example" in shown(got.text)
        assert "1 to 2 of 2" in shown(got.text)
        assert all(f'href="{up}{path}"' in got.text for path in paths)
    assert got.headers["cache-control"] == "no-store"
    assert "noindex" in got.headers["x-robots-tag"]
    assert got.headers["cross-origin-resource-policy"] == "same-origin"
    assert visit.client.head("/outbox").status_code == 200


def links(page: str) -> dict[str, str]:
    return {shown(words): unescape(href) for href, words in re.findall(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', page)}


def test_pages_of_fifty_lead_back_and_forth(outbox: Path, visit: Visit) -> None:
    count = LETTERS_A_PAGE * 2 + 1
    maildir = Maildir(outbox)
    for number in range(count):
        (maildir.folder / "new" / f"{1795000000 + number}.M1P1Q1.host").write_bytes(letter(f"Number {number}."))
    first = visit.client.get("/outbox").text
    assert [f"Number {number}." in first for number in (100, 51, 50)] == [True, True, False]
    second = visit.client.get(links(first)["Older"].removeprefix(".")).text
    assert [f"Number {number}." in second for number in (51, 50, 1, 0)] == [False, True, True, False]
    third = visit.client.get(links(second)["Older"].removeprefix(".")).text
    assert "Number 0." in third
    assert "101 to 101 of 101" in shown(third)
    assert "Older" not in links(third)
    back = visit.client.get(links(third)["Newer"].removeprefix(".")).text
    assert back == second
    assert visit.client.get(links(back)["Newest"].removeprefix(".")).text == first
    assert "There are no older letters." in visit.client.get("/outbox?before=0").text


def test_a_search_finds_recipients_and_subjects(outbox: Path, visit: Visit) -> None:
    put(outbox, letter("The harbour", "zoë+1@readers.example"), letter("The market"), letter("The harbour"))
    found = visit.client.get("/outbox", params={"search": "HARBOUR zoë+1@"})
    assert "1 letter with HARBOUR zoë+1@" in shown(found.text)
    assert 'value="HARBOUR zoë+1@"' in found.text
    assert found.text.count("/outbox/letters/") == 1
    none = visit.client.get("/outbox", params={"search": '"><b>'})
    assert 'No letter with "><b>' in shown(none.text)
    assert "<b>" not in none.text
    assert links(none.text)["Show all"] == "./outbox"
    assert visit.client.get("/outbox?search=+&before=%00%ff").status_code == 200


def test_a_letter_s_page_shows_all_of_it(outbox: Path, visit: Visit) -> None:
    (path,) = put(outbox, BOTH)
    page = visit.client.get(path)
    words = shown(page.text)
    for said in (
        "High at noon ☃",  # decoded
        "Subject: =?utf-8?q?High_at_noon_=E2=98=83?=",  # and as it was sent
        "To mira@readers.example",
        "From The Courier <desk@courier.example>",
        "List-Unsubscribe <https://courier.example/unsubscribe/0a1b>",
        "High at noon. Tea with Zoë.",
        "<h1>High at noon</h1>",  # in the source
    ):
        assert said in words
    assert page.text.count("<iframe") == 2
    assert page.text.count("/letter.html") == 2
    raw = visit.client.get(f"{path}/letter.eml")
    assert raw.content == BOTH
    assert raw.headers["content-type"] == "message/rfc822"
    assert raw.headers["content-disposition"] == 'attachment; filename="letter.eml"'


def test_a_letter_s_html_stands_in_a_document_of_its_own_that_can_do_nothing(outbox: Path, visit: Visit) -> None:
    (path,) = put(outbox, BOTH)
    got = visit.client.get(f"{path}/letter.html")
    policy = got.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "img-src 'self' data: https://courier.example;" in policy
    assert "script" not in policy
    assert "allow-same-origin" not in policy
    assert "frame-ancestors 'self'" in policy
    assert got.headers["x-frame-options"] == "SAMEORIGIN"
    assert got.headers["content-type"] == "text/html; charset=utf-8"
    assert 'href="../../../harbour/tea.html"' in got.text
    assert 'src="../../../media/dot.png"' in got.text
    assert "frame-src 'self'" in visit.client.get(path).headers["content-security-policy"]


@pytest.mark.parametrize(
    ("html", "there"),
    [
        ("<p>x", '<base target="_blank"><p>x'),
        ("<HEAD lang=x><p>x", '<HEAD lang=x><base target="_blank"><p>x'),
        ("<a href=https://c.example>", '<base target="_blank"><a href=https://c.example>'),
        ("<a href='https://c.example/n'>", "<base target=\"_blank\"><a href='..'>"),
        ("<a HREF = \"https://c.example/n/a?b\">", '<base target="_blank"><a HREF = "../a?b">'),
        ("<a href=https://c.example/news>", '<base target="_blank"><a href=https://c.example/news>'),
        ("p { background: url(https://c.example/n/a) }", '<base target="_blank">p { background: url(../a) }'),
        ("https://c.example/n/a", '<base target="_blank">https://c.example/n/a'),  # words, and no link
    ],
)  # fmt: skip
def test_what_leads_to_our_site_leads_to_this_server(html: str, there: str) -> None:
    assert for_frame(html, "https://c.example/n", "..") == there


def test_a_letter_without_html_or_text_is_shown_without(outbox: Path, visit: Visit) -> None:
    plain, html, bare = put(outbox, letter("Plain"), b"Content-Type: text/html\n\n<p>x", b"Subject:\n\n")
    assert "<iframe" not in visit.client.get(plain).text
    assert "As text" not in shown(visit.client.get(html).text)
    page = visit.client.get(bare)
    assert page.status_code == 200
    assert "(no subject)" in page.text


def test_hostile_letters_are_text_on_every_page(outbox: Path, visit: Visit) -> None:
    huge = b"X-Long: " + b"<b>" * 2**19 + b"\n\n"
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3000))
    attached = (
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/x<b>\n"
        b'Content-Disposition: attachment; filename="../../<b>.html"\n\nx\n--x--\n'
    )
    paths = put(outbox, EVIL, huge, deep, attached, bytes(range(256)), b"")
    got = [visit.client.get("/outbox"), *(visit.client.get(path) for path in paths)]
    for page in got:
        assert page.status_code == 200
        assert "<script" not in page.text
        assert "<b>" not in page.text.replace("<b>Desktop</b>", "").replace("<b>Phone</b>", "")
        assert len(page.content) < 2_000_000
    assert "too large or too intricate" in got[3].text
    assert "There is more of it" in got[2].text
    assert "../../<b>.html" in shown(got[4].text)
    for path in paths:
        assert visit.client.get(f"{path}/letter.html").status_code == 200


def test_a_letter_that_is_not_there_is_no_page(outbox: Path, visit: Visit) -> None:
    put(outbox, letter("x"))
    (outbox / "secret").write_text("secret")
    for key in ("none", "%2e%2e", "%2e%2e%2fsecret", "..%2fsecret", "%00", "%ff", "x" * 1000):
        for end in ("", "/letter.html", "/letter.eml"):
            got = visit.client.get(f"/outbox/letters/{key}{end}")
            assert got.status_code == 404, key
            assert "secret" not in got.text


def test_all_can_be_deleted_by_the_form_alone(outbox: Path, visit: Visit) -> None:
    put(outbox, letter("one"), letter("two"))
    form = visit.client.get("/outbox/delete").text
    assert "Delete 2 letters" in form
    hidden = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    for wrong in (
        {},
        {"proof": ""},
        {"through": "~"},
        hidden | {"proof": hidden["proof"][:-1]},
        hidden | {"proof": "ü"},
    ):
        assert visit.client.post("/outbox/delete", data=wrong).status_code == 400
    assert visit.client.get("/outbox/delete", params=hidden).status_code == 200
    assert visit.client.delete("/outbox/delete").status_code == 405
    assert len(list((outbox / "new").iterdir())) == 2
    put(outbox, letter("came since"))
    done = visit.client.post("/outbox/delete", data=hidden)
    assert (done.status_code, done.headers["location"]) == (303, "../outbox?deleted=2")
    after = visit.client.get("/outbox?deleted=2").text
    assert "2 letters were deleted." in after
    assert "came since" in after
    assert "deleted" not in visit.client.get("/outbox?deleted=<b>").text
    visit.client.post("/outbox/delete", data=hidden | {"through": "~"})
    assert "No letter has been caught yet." in visit.client.get("/outbox/delete").text


PATHS = ("/outbox", "/outbox/", "/outbox/delete", "/outbox/letters/x", "/outbox/letters/x/letter.eml")
STRANGERS: list[dict[str, str]] = [
    {"X-Forwarded-For": "203.0.113.5"},
    {"X-Forwarded-For": "127.0.0.1"},  # anybody can say so
    {"X-Forwarded-For": "127.0.0.1, 203.0.113.5"},
    {"Forwarded": "for=127.0.0.1"},
    {"X-Real-IP": "127.0.0.1"},
    {"X-Forwarded-Proto": "https"},
    {"Via": "1.1 proxy.example"},
    {"CF-Connecting-IP": "203.0.113.5"},
    {"Host": "courier.example"},
    {"Host": "127.0.0.1.evil.example"},  # a name made to lead here
    {"Host": "evil.example:8080"},
    {"Host": "[::1"},
    {"Host": "0.0.0.0"},
]


@pytest.mark.parametrize("headers", STRANGERS, ids=str)
def test_who_comes_by_a_proxy_or_by_another_name_finds_no_such_page(
    outbox: Path, visit: Visit, headers: dict[str, str]
) -> None:
    (path,) = put(outbox, letter("Secret"))
    for asked in (path, f"{path}/letter.eml", f"{path}/letter.html", *PATHS):
        got = visit.client.get(asked, headers=headers)
        assert got.status_code == 404
        assert_like_nowhere(got, visit, headers)
    assert visit.client.post("/outbox/delete", headers=headers).status_code == 405  # as everywhere
    assert visit.client.post("/nowhere", headers=headers).status_code == 405


def assert_like_nowhere(got: httpx2.Response, visit: Visit, headers: dict[str, str]) -> None:
    nowhere = visit.client.get(str(got.url.path).replace("outbox", "nowhere"), headers=headers)
    assert got.text == nowhere.text
    told, known = (dict(one.headers) for one in (got, nowhere))
    assert told.pop("date")
    assert known.pop("date")
    assert told == known


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LOCALHOST", "courier.localhost", "[::1]", "127.8.8.8"])
def test_names_of_this_machine_are_welcome(outbox: Path, visit: Visit, name: str) -> None:
    put(outbox, letter("Welcome"))
    assert "Welcome" in visit.client.get("/outbox", headers={"Host": f"{name}:{visit.port}"}).text


def scope(peer: str | None, *hosts: str, version: str = "1.1") -> dict[str, Any]:
    headers = [(b"host", host.encode()) for host in hosts]
    client = None if peer is None else (peer, 50_000)
    return {"type": "http", "client": client, "headers": headers, "http_version": version}


@pytest.mark.parametrize(
    ("peer", "is_welcome"),
    [
        ("127.0.0.1", True), ("127.9.9.9", True), ("::1", True), ("::ffff:127.0.0.1", True),
        ("203.0.113.5", False), ("10.0.0.1", False), ("192.168.1.7", False), ("172.17.0.1", False),
        ("2001:db8::1", False), ("fe80::1", False), ("::ffff:203.0.113.5", False),
        ("0.0.0.0", False), ("localhost", False), ("", False),
        (None, False),
    ],
)  # fmt: skip
def test_only_a_connection_from_loopback_is_from_here(peer: str | None, is_welcome: bool) -> None:
    assert is_from_here(scope(peer, "localhost:8080")) is is_welcome


def test_a_request_names_one_host_and_speaks_as_browsers_do() -> None:
    assert not is_from_here(scope("127.0.0.1"))
    assert not is_from_here(scope("127.0.0.1", "localhost", "localhost"))
    assert not is_from_here(scope("127.0.0.1", "localhost", version="1.0"))


def test_a_proxy_that_was_told_nothing_shows_nothing(outbox: Path, visit: Visit) -> None:
    """nginx's `proxy_pass` alone: HTTP/1.0, our own address as the host, not a word about the client."""
    put(outbox, letter("Secret"))
    with socket.create_connection(("127.0.0.1", visit.port), timeout=10) as line:
        line.sendall(f"GET /outbox HTTP/1.0\r\nHost: 127.0.0.1:{visit.port}\r\nConnection: close\r\n\r\n".encode())
        heard = b"".join(iter(lambda: line.recv(65536), b""))
    assert b" 404 " in heard.splitlines()[0]
    assert b"Secret" not in heard


def test_where_letters_are_sent_there_is_no_such_page(
    stack: ExitStack, store: Store, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("sending")
    visit = stack.enter_context(visiting(store, folder))
    put(folder / "outbox", letter("Of yesterday"))
    for path in PATHS:
        got = visit.client.get(path)
        assert got.status_code == 404
        assert_like_nowhere(got, visit, {})


def test_below_a_path_and_in_the_language_of_the_site(
    stack: ExitStack, store: Store, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("below")
    site = replace(
        site_of(folder / "feeds", url="https://courier.example/news"), outbox=folder / "outbox", language="ar"
    )
    visit = stack.enter_context(visiting(store, folder, site=site))
    (path,) = put(folder / "outbox", BOTH)
    for start in ("", "/news"):
        page = visit.client.get(f"{start}/outbox").text
        assert 'lang="ar" dir="rtl"' in page
        assert "الرسائل المحتجزة" in page
        assert visit.client.get(f"{start}{path}").status_code == 200
    assert visit.client.get("/news/outbox", headers={"X-Forwarded-For": "203.0.113.5"}).status_code == 404


def test_the_log_tells_nothing_of_letters(outbox: Path, visit: Visit, caplog: pytest.LogCaptureFixture) -> None:
    (path,) = put(outbox, BOTH)
    with caplog.at_level(logging.DEBUG):
        visit.client.get("/outbox", params={"search": "mira@readers.example"})
        visit.client.get(path)
    ours = [record for record in caplog.records if record.name.startswith(("publisher", "uvicorn", "starlette"))]
    assert "GET /outbox 200" in [record.getMessage() for record in ours]
    assert not [record for record in ours if "mira" in str(record.__dict__) or "noon" in str(record.__dict__)]


def test_it_works_on_a_phone_by_keyboard_and_without_script(browser: Browser, outbox: Path, visit: Visit) -> None:
    put(outbox, letter("The market"), BOTH)
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 640})
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{visit.port}/outbox")
    page.get_by_label("Recipient or subject").focus()
    page.keyboard.type("noon mira")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="High at noon").focus()
    page.keyboard.press("Enter")
    page.get_by_text("As they were sent").focus()
    assert not page.get_by_text("=?utf-8?q?High_at_noon").first.is_visible()
    page.keyboard.press("Enter")
    assert page.get_by_text("=?utf-8?q?High_at_noon").first.is_visible()
    page.get_by_role("link", name="Caught letters").first.press("Enter")
    page.get_by_role("link", name="Delete all").press("Enter")
    page.get_by_role("button", name="Delete 2 letters").press("Enter")
    assert page.get_by_role("status").first.inner_text() == "2 letters were deleted."
    assert list((outbox / "new").iterdir()) == []
    context.close()


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_axe_finds_nothing_and_it_fits_the_screen(
    browser: Browser, outbox: Path, visit: Visit, width: int, scheme: Any
) -> None:
    attached = b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: a/b; name=c\n\nx\n--x--\n"
    paths = put(outbox, BOTH, letter("w" * 300, "v" * 300, body="u" * 300), attached, EVIL)
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if "policy" in message.text.lower() else None)
    base = f"http://127.0.0.1:{visit.port}"
    for path in ("/outbox", "/outbox?search=noon", "/outbox?search=none", *paths[:3], "/outbox/delete"):
        page.goto(base + path)
        for summary in page.query_selector_all("summary"):
            summary.click()
        assert told_by_axe(page, AROUND_FRAMES) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    assert said == []
    shutil.rmtree(outbox)
    for path in ("/outbox", "/outbox/delete"):
        page.goto(base + path)
        assert told_by_axe(page, AROUND_FRAMES) == []
    page.close()


def test_a_letter_is_shown_at_two_widths_with_our_pictures_and_its_links_open_elsewhere(
    browser: Browser, outbox: Path, visit: Visit
) -> None:
    (path,) = put(outbox, BOTH)
    (visit.feeds / "harbour").mkdir(exist_ok=True)
    (visit.feeds / "harbour" / "tea.html").write_text("<title>Tea</title>")
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"http://127.0.0.1:{visit.port}{path}")
    frames = page.frames[1:]
    for frame in frames:
        frame.wait_for_selector("h1")
        frame.wait_for_function("[...document.images].every((one) => one.complete && one.naturalWidth)")
    widths = [frame.evaluate("document.documentElement.clientWidth") for frame in frames]
    assert 640 <= widths[0] <= 660
    assert 375 <= widths[1] <= 395
    with page.expect_popup() as popup:
        frames[0].get_by_role("link", name="Zoë").click()
    assert popup.value.title() == "Tea"
    assert popup.value.evaluate("window.opener") is None
    page.close()


def test_a_letter_from_hell_stays_in_its_frame(browser: Browser, outbox: Path, visit: Visit) -> None:
    (path,) = put(outbox, EVIL)
    page = browser.new_page()
    left: list[str] = []
    page.on("response", lambda answer: left.append(answer.url) if "evil" in answer.url else None)
    for address in (path, f"{path}/letter.html"):  # in its frame, and opened by itself
        page.goto(f"http://127.0.0.1:{visit.port}{address}")
        letter_in = page.frames[1] if address == path else page.main_frame
        letter_in.wait_for_selector("text=out")
        letter_in.click("#go")
        letter_in.click("#js")
        if address == path:
            letter_in.click("#top")
        page.wait_for_timeout(200)
        assert page.url.endswith(address)
        assert page.title() != "broken"
        assert letter_in.evaluate("window.origin") == "null"
    assert left == []
    assert len(list((outbox / "new").iterdir())) == 1
    page.close()
