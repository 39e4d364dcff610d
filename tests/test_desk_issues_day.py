"""A day of an issue in a real browser: drafted, moved, previewed, tested, sent, paused, gone on, tried again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import func, select, update

from publisher.house.relaying import engine_of, send
from publisher.house.routing import open_traffic
from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.send.traffic import Told
from publisher.store import schema
from tests.browsing import AROUND_FRAMES, told_by_axe, whole
from tests.browsing import browser as browser
from tests.desk_issues import clear, fill, let_happen, put_draft, put_issue
from tests.desk_stand import TOP, Stand, desk_stand

READERS = 21
A_SECOND = 3  # letters that the relay takes: there is time to look


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    text = (TOP / "config.toml").read_text("utf-8")
    text = text.replace('url = "catcher://"', f'url = "catcher://"\nlimit = {{ second = {A_SECOND} }}')
    with desk_stand(tmp_path_factory.mktemp("day"), text) as opened:
        fill(opened.house, READERS - 1)
        yield opened


@pytest.fixture(autouse=True)
def clean(stand: Stand) -> Iterator[None]:
    """Each test has its own issues and letters."""
    yield
    clear(stand.house)


@contextmanager
def sending(stand: Stand) -> Iterator[None]:
    """The sender of `serve`, as another thread that knows of the database alone."""
    stopped = threading.Event()
    with open_traffic(stand.house) as traffic:

        def until(stop: threading.Event) -> bool:
            return not send(stand.house, traffic, stop=stop.is_set, told=Told()).problem

        worker = threading.Thread(target=engine_of(stand.house, until).run_worker, args=(stopped,))
        worker.start()
        try:
            yield
        finally:
            stopped.set()
            worker.join()


def page_of(browser: Browser, stand: Stand, who: str, *, width: int = 1280, scripts: bool = True) -> Page:
    dark = "dark" if width < 600 else "light"
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=dark, java_script_enabled=scripts
    )
    context.add_cookies([stand.cookie(who)])
    page = context.new_page()
    page.on("console", lambda message: pytest.fail(f"{page.url}: {message.text}"))
    return page


def letters(stand: Stand) -> list[str]:
    """Who the catcher has letters for."""
    kept = stand.house.outbox / "new"
    names = [path.read_text("utf-8", "replace") for path in kept.iterdir()] if kept.is_dir() else []
    return [text.partition("Delivered-To: ")[2].partition("\n")[0].strip() for text in names]


def titles(page: Page) -> list[str]:
    return page.locator(".order li > div > a").all_inner_texts()


def test_an_issue_from_its_draft_to_its_last_letter(browser: Browser, stand: Stand) -> None:
    editor = page_of(browser, stand, "editor", scripts=False)  # all of it works without
    editor.goto(f"{stand.url}/issues")
    editor.get_by_text("Make a draft now").click()
    editor.get_by_role("button", name="Make the draft").click()
    expect(editor.get_by_text("This is the draft.")).to_be_visible()
    first = titles(editor)
    editor.get_by_role("button", name=f"Down: {first[0]}").click()
    editor.get_by_role("button", name=f"Leave out: {first[-1]}").click()
    assert titles(editor) == [first[1], first[0], *first[2:-1]]
    assert not editor.get_by_role("button", name="Send…").count()

    editor.get_by_role("button", name="Preview and test").click()
    editor.get_by_label("As this reader gets it").fill("ada@quay.example")
    editor.get_by_role("button", name="Show").click()
    frame = editor.frame_locator("iframe")
    expect(frame.get_by_text("Bread, in the order it is baked").first).to_be_visible()
    assert not frame.get_by_text("What a crane driver sees").count()  # she reads the night desk alone
    editor.get_by_label("To").fill("proof@courier.example")
    editor.get_by_role("button", name="Send a test…").click()
    expect(editor.get_by_text("1 letter goes to:")).to_be_visible()
    assert letters(stand) == []
    editor.get_by_role("button", name="Send it").click()
    expect(editor.get_by_text("proof@courier.example: taken")).to_be_visible()
    assert letters(stand) == ["proof@courier.example"]

    sender = page_of(browser, stand, "sender")
    sender.goto(editor.url.partition("/preview")[0])
    with sending(stand):
        sender.get_by_role("button", name="Send…").click()
        sender.get_by_label("Now").check()
        sender.get_by_role("button", name=f"Send to {READERS} readers").click()
        expect(sender.get_by_text(f"{READERS} letters on the way")).to_be_visible()
        expect(sender.locator("#progress")).to_contain_text("sent", timeout=15_000)
        sender.get_by_role("button", name="Pause").click()
        expect(sender.get_by_text("Paused. No more letters go")).to_be_visible()
        sender.wait_for_timeout(1_500)
        gone = len(letters(stand))
        sender.wait_for_timeout(700)
        assert len(letters(stand)) == gone < READERS
        sender.get_by_role("button", name="Resume").click()
        expect(sender.get_by_text("letters a minute")).to_be_visible(timeout=15_000)
        expect(sender.locator("p.row .badge")).to_have_text("sent", timeout=20_000)  # by itself
    assert len(letters(stand)) == len(set(letters(stand))) == READERS + 1
    expect(sender.locator("#progress")).to_contain_text(f"100 % of {READERS} letters")
    expect(sender.locator("#progress")).to_contain_text("quay.example")

    with stand.house.store.write() as conn:
        table = schema.deliveries
        one = select(func.min(table.c.id)).scalar_subquery()
        conn.execute(update(table).where(table.c.id == one).values(state=DeliveryState.FAILED, reason="mailbox-full"))
    sender.reload()
    sender.get_by_label("Reason").select_option(label="mailbox full (1)")
    sender.get_by_role("button", name="Try again").click()
    expect(sender.get_by_text("1 letter to be tried again.")).to_be_visible()
    with sending(stand):
        expect(sender.locator("p.row .badge")).to_have_text("sent", timeout=15_000)
    assert len(letters(stand)) == READERS + 2


@pytest.mark.parametrize("width", [390, 1280])
def test_pages_of_a_draft_and_of_a_paused_issue_are_whole(browser: Browser, stand: Stand, width: int) -> None:
    """What is no draft and goes by itself is looked at in tests/test_desk_tour.py, lists and questions, too."""
    house = stand.house
    draft, going = put_draft(house), put_issue(house)
    happened = [(DeliveryState.FAILED, "mailbox-full"), (DeliveryState.IN_DOUBT, ""), (DeliveryState.DUE, "")]
    let_happen(house, going, happened, then=IssueState.PAUSED)
    page = page_of(browser, stand, "owner", width=width)
    for path in (
        f"/issues/{draft}",
        f"/issues/{going}",
        f"/issues/{going}/cancel",
        f"/issues/{draft}/preview?view=headers",
    ):
        page.goto(f"{stand.url}{path}")
        whole(page, width)
    for view in ("phone", "dark"):
        page.goto(f"{stand.url}/issues/{draft}/preview?view={view}&columns=night-desk")
        expect(page.frame_locator("iframe").get_by_text("Night Desk").first).to_be_visible()
        assert told_by_axe(page, AROUND_FRAMES) == []


def test_a_letter_in_a_frame_runs_nothing_and_asks_nobody(stand: Stand) -> None:
    house = stand.house
    draft = put_draft(house, key="2026-12-20")
    answer = stand.get("editor", f"/issues/{draft}/frame?view=desktop")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "form-action 'none'" in policy
    assert policy.endswith("sandbox")
    assert answer.headers["x-frame-options"] == "SAMEORIGIN"
    assert stand.get("viewer", f"/issues/{draft}/frame").status_code == 403
    assert stand.get("", f"/issues/{draft}/frame").status_code == 303
    assert "It cannot be shown" in stand.get("editor", f"/issues/{draft}/frame?as=nobody@quay.example").text
    assert (
        "nobody at nobody@quay.example reads"
        in stand.get("editor", f"/issues/{draft}/preview?as=nobody@quay.example").text.lower()
    )


def test_test_letters_are_few_and_go_to_whom_the_page_said(stand: Stand) -> None:
    house = stand.house
    issue = put_draft(house, key="2026-12-21")
    asked = stand.send("editor", f"/issues/{issue}/test", {"to": "a@courier.example, b@courier.example"})
    assert asked.status_code == 200
    assert "2 letters go to:" in asked.text
    for typed in ("", "no address", " ".join(f"a{number}@courier.example" for number in range(21))):
        answer = stand.send("editor", f"/issues/{issue}/test", {"to": typed, "sure": "yes"})
        assert answer.status_code == 422
        assert 'aria-describedby="wrong-to"' in answer.text
    assert stand.send("viewer", f"/issues/{issue}/test", {"to": "a@courier.example"}).status_code == 403
    whom = " ".join(f"a{number}@courier.example" for number in range(20))
    codes = [
        stand.send("morning-editor", f"/issues/{issue}/test", {"to": whom, "sure": "yes"}).status_code for _ in range(4)
    ]
    assert codes == [303, 303, 303, 422]
    assert len(letters(stand)) == 60


def test_the_word_about_what_was_done_outlives_the_page_that_asks_for_itself_anew(
    browser: Browser, stand: Stand
) -> None:
    draft = put_draft(stand.house)
    page = page_of(browser, stand, "sender")
    page.goto(f"{stand.url}/issues/{draft}/send")
    page.get_by_label("Now").check()
    page.get_by_role("button", name="Send to").click()
    word = page.get_by_text("letters on the way")
    expect(word).to_be_visible()
    let_happen(stand.house, draft, [], then=IssueState.SENT)
    expect(page.get_by_role("button", name="Pause")).to_have_count(0, timeout=10_000)
    expect(word).to_be_visible()
    page.reload()
    expect(word).to_have_count(0)
