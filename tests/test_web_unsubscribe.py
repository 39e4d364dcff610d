"""Leaving: GET changes nothing, POST does at once, and nothing stands before it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.model.subscriber import SubscriptionState
from publisher.store import schema, subscribers
from publisher.store.database import Store
from publisher.tokens import Purpose, token_for
from publisher.web.unsubscribe import Leaving, leaving_in, masked
from tests.web_site import KEYS, Visit, own_store, unsubscribe_path, visiting
from tests.writers import put_readers

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


ALL_STAY = [("active", "")] * 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """Three readers of the running site's newsletter, new for each test."""

    store: Store
    first: int  # the number in the first one's address
    subscriptions: tuple[int, ...]

    def path(self, which: int) -> str:
        return unsubscribe_path(self.subscriptions[which])

    def standing(self) -> list[tuple[str, str]]:
        """For each of them, whether and how they left."""
        table = schema.subscriptions
        with self.store.read() as conn:
            rows = conn.execute(table.select().where(table.c.id.in_(self.subscriptions)).order_by(table.c.id))
            return [(row["state"], row["left_how"]) for row in rows.mappings()]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Store, Visit]]:
    folder = tmp_path_factory.mktemp("site")
    with own_store(folder) as store, visiting(store, folder) as visit:
        yield store, visit


@pytest.fixture
def visit(site: tuple[Store, Visit]) -> Visit:
    return site[1]


@pytest.fixture
def readers(site: tuple[Store, Visit]) -> Readers:
    store = site[0]
    with store.write() as conn:
        first = sum(1 for _ in subscribers.get_all(conn))
        put_readers(conn, 3, start=first)
        found = [subscribers.find(conn, f"reader{first + number}@readers.example") for number in range(3)]
    return Readers(store=store, first=first, subscriptions=tuple(one.subscriptions[0].id for one in found if one))


def test_opening_the_link_shows_a_button_and_changes_nothing(readers: Readers, visit: Visit) -> None:
    got = visit.client.get(readers.path(0))
    assert got.status_code == 200
    assert "<button" in got.text
    assert "The Morning Tide" in got.text
    assert "r…@readers.example" in got.text
    assert f"reader{readers.first}@" not in got.text
    assert got.headers["cache-control"] == "no-store"
    assert readers.standing() == ALL_STAY


def test_hundreds_of_visits_by_link_checkers_change_nothing(readers: Readers, visit: Visit) -> None:
    path = readers.path(0)
    for number in range(200):
        method = ("GET", "HEAD")[number % 2]
        query = ("", "?confirm=1", "?List-Unsubscribe=One-Click")[number % 3]
        assert visit.client.request(method, path + query).status_code == 200
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        got = visit.client.request(method, path)
        assert got.status_code == 405
        assert set(got.headers["allow"].split(", ")) == {"GET", "HEAD", "POST"}
    assert readers.standing() == ALL_STAY


@pytest.mark.parametrize("form", ["urlencoded", "multipart"])
def test_one_click_leaves_at_once_without_cookie_login_or_redirect(readers: Readers, visit: Visit, form: str) -> None:
    """RFC 8058 §3.2: either encoding. RFC 8058 §3.1: no redirect."""
    path = readers.path(1)
    body = {"data": ONE_CLICK} if form == "urlencoded" else {"files": {"List-Unsubscribe": (None, "One-Click")}}
    for _ in range(2):  # mail programs try again; it stays done
        got = httpx2.post(f"http://127.0.0.1:{visit.port}{path}", **body)
        assert (got.status_code, got.text) == (200, "You have left The Morning Tide.\n")
        assert got.history == []
        assert "set-cookie" not in got.headers
    assert readers.standing() == [("active", ""), ("left", "one-click"), ("active", "")]


def test_the_button_of_the_page_leaves_and_says_so(readers: Readers, visit: Visit) -> None:
    path = readers.path(2)
    got = visit.client.post(path, data={"confirm": "1"}, headers={"Origin": "https://elsewhere.example"})
    assert got.status_code == 200
    assert "You have left The Morning Tide" in got.text
    assert readers.standing()[2] == ("left", "page")
    again = visit.client.get(path)
    assert "<button" not in again.text
    assert "You have left" in again.text


def test_leaving_counts_for_the_store_as_left(readers: Readers, visit: Visit) -> None:
    row = readers.subscriptions[0]
    visit.client.post(unsubscribe_path(row), data=ONE_CLICK)
    with readers.store.read() as conn:
        found = subscribers.find_of_subscription(conn, row)
    assert found
    assert found[1].state is SubscriptionState.LEFT


def test_a_link_of_an_older_key_still_works(readers: Readers, visit: Visit) -> None:
    path = unsubscribe_path(readers.subscriptions[0], keys=KEYS[1:])
    assert visit.client.post(path, data=ONE_CLICK).status_code == 200
    assert visit.client.post(path.upper().replace("/UNSUBSCRIBE", "/unsubscribe"), data=ONE_CLICK).status_code == 200


def test_a_link_that_is_not_ours_is_told_kindly_and_changes_nothing(readers: Readers, visit: Visit) -> None:
    row = readers.subscriptions[0]
    good = unsubscribe_path(row)
    foreign = unsubscribe_path(row, keys=(b"somebody else's key",))
    other_purpose = f"/unsubscribe/{token_for(KEYS, Purpose.DELIVERY, row)}"
    nobody = unsubscribe_path(99_999)
    for path in (good[:-1], good + "0", foreign, other_purpose, nobody, "/unsubscribe/1", "/unsubscribe/%F0%9F%8C%8A"):
        for got in (visit.client.get(path), visit.client.post(path, data=ONE_CLICK)):
            assert got.status_code == 404
            assert "This link is not complete" in got.text
            assert "desk@courier.example" in got.text
    assert readers.standing() == ALL_STAY


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/x-www-form-urlencoded"),
        (b"List-Unsubscribe=Two-Clicks", "application/x-www-form-urlencoded"),
        (b"confirm=0", "application/x-www-form-urlencoded"),
        (b"\xff\xfe\x00", "application/x-www-form-urlencoded"),
        (b"&".join(b"a=1" for _ in range(50)) + b"&confirm=1", "application/x-www-form-urlencoded"),
        (b"no boundary at all", "multipart/form-data"),
        (b"--x\r\ngarbage", "multipart/form-data; boundary=x"),
        (b"--x\r\n\r\nno header\r\n--x--\r\n", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="confirm"; filename="f"\r\n\r\n1\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
        (b'{"confirm": 1}', "application/json"),
    ],
)
def test_a_body_that_asks_for_nothing_changes_nothing(readers: Readers, visit: Visit, body: bytes, kind: str) -> None:
    path = readers.path(0)
    got = visit.client.post(path, content=body, headers={"Content-Type": kind})
    assert got.status_code == 400
    assert "cannot be understood" in got.text
    assert readers.standing() == ALL_STAY


def test_a_mail_program_that_tells_no_type_is_understood(readers: Readers, visit: Visit) -> None:
    path = readers.path(0)
    assert visit.client.post(path, content=b"List-Unsubscribe=One-Click").status_code == 200
    assert readers.standing()[0] == ("left", "one-click")


@pytest.mark.parametrize("told", [True, False])
def test_a_body_that_is_too_large_is_refused(readers: Readers, visit: Visit, told: bool) -> None:
    path = readers.path(0)
    large = b"confirm=1&x=" + b"x" * 100_000
    content = large if told else iter([large[:50_000], large[50_000:]])
    got = visit.client.post(path, content=content, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert got.status_code == 413
    assert readers.standing() == ALL_STAY


def test_a_page_without_a_link_of_ones_own_explains_how_to_leave(visit: Visit) -> None:
    got = visit.client.get("/unsubscribe")
    assert got.status_code == 200
    assert "How to leave a newsletter" in got.text
    assert visit.client.post("/unsubscribe", data=ONE_CLICK).status_code == 405


def test_no_token_and_no_address_stands_in_the_log(
    readers: Readers, visit: Visit, caplog: pytest.LogCaptureFixture
) -> None:
    path = readers.path(0)
    token = path.rpartition("/")[2]
    with caplog.at_level(logging.DEBUG):
        visit.client.get(path)
        visit.client.get(f"/x/{token}")
        visit.client.get(f"{path}/more")
        visit.client.post(path, data=ONE_CLICK)
        visit.client.get(path + "x")
    ours = [record for record in caplog.records if record.name.startswith(("publisher", "uvicorn", "starlette"))]
    assert "GET /unsubscribe/… 200" in [record.getMessage() for record in ours]
    assert not [
        record.__dict__
        for record in ours
        if token in str(record.__dict__) or f"reader{readers.first}@" in str(record.__dict__)
    ]


@given(st.emails())
def test_an_address_is_masked_to_its_first_letter_and_domain(email: str) -> None:
    local, _, domain = email.rpartition("@")
    assert masked(email) == f"{local[0]}…@{domain}"


@given(st.dictionaries(st.sampled_from(["confirm", "List-Unsubscribe", "other"]), st.text(max_size=12)))
def test_only_the_two_known_wishes_are_wishes(fields: dict[str, str]) -> None:
    how = leaving_in(fields)
    assert (how is Leaving.ONE_CLICK) == (fields.get("List-Unsubscribe", "").strip().lower() == "one-click")
    assert how is not Leaving.PAGE or fields["confirm"] == "1"
