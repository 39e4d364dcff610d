"""Where one newsletter's people end: nothing of another one, no way around a right; and what no database keeps."""

from __future__ import annotations

import io
import re
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx2
import pytest

from publisher.config.edits import value_at, values_of
from publisher.house.configsaving import digest_of, text_now
from publisher.house.readeruploads import Choice, Uploads
from publisher.house.scheduledeeds import bring_in_line
from publisher.model.schedule import Slot
from publisher.model.subscriber import Cadence
from publisher.model.user import Role
from publisher.store import audit, destinations, dueissues, posts, schedules, sources, subscribers
from publisher.store.audit import Only
from publisher.web.desk.issuegrounds import read_moment
from publisher.web.desk.newsletterdates import foresee
from publisher.web.desk.newsletterfields import shown
from publisher.web.desk.unnamed import unnamed
from tests.desk_people import proof_in
from tests.desk_stand import Stand, desk_stand, let_in
from tests.desk_things import CONFIG, put_things
from tests.writers import put_readers

ALL_OF_IT = '[newsletters.everything]\nname = "All of It"\nschedule = { daily = "daily 12:00" }\n'


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with desk_stand(tmp_path_factory.mktemp("bounds"), CONFIG + ALL_OF_IT) as opened:
        put_things(opened)
        bring_in_line(opened.house)
        let_in(opened, {"morning-viewer": {"morning": Role.VIEWER}})
        yield opened


def columns_in(stand: Stand, slug: str, *columns: str) -> dict[str, str]:
    """The form of a newsletter, as it stands but for its columns."""
    text = text_now(stand.house)
    table = value_at(values_of(text), ("newsletters", slug))
    assert isinstance(table, Mapping)
    named = {f"column-{column}": str(place) for place, column in enumerate(columns, 1)}
    return {**shown(table), **named, "digest": digest_of(text)}


def test_no_column_is_taken_into_a_newsletter_to_get_at_its_posts(stand: Stand) -> None:
    before = text_now(stand.house)
    for columns in (("harbour-notes", "night-desk"), ("night-desk",), ()):  # none: all that there are
        form = columns_in(stand, "morning", *columns)
        answer = stand.send("morning-sender", "/newsletters/morning/edit", form)
        assert (answer.status_code, "no newsletter of yours has that" in answer.text) == (422, True), columns
        assert text_now(stand.house) == before
    assert stand.send("morning-sender", "/posts/2/hold").status_code == 403


def test_who_may_edit_the_site_gives_a_newsletter_any_column(tmp_path: Path) -> None:
    with desk_stand(tmp_path, CONFIG) as stand:
        form = columns_in(stand, "morning", "harbour-notes", "night-desk")
        assert stand.send("editor", "/newsletters/morning/edit", form).status_code == 303
        assert 'columns = ["harbour-notes", "night-desk"]' in text_now(stand.house)


def test_today_tells_of_the_own_newsletters_alone_and_names_no_reader(stand: Stand) -> None:
    now, quoted = stand.clock(), "421 4.7.0 <ada@readers.example>: too much mail for ada+news@readers.example; later"
    with stand.house.store.write() as conn:
        for slug in ("morning", "evening"):
            name, slot = f"newsletter:{slug}:daily", Slot(key="2026-11-01", at=now - timedelta(hours=1))
            schedules.add_run(conn, name, slot)
            run = schedules.claim_run(conn, name, slot.key, now=now)
            assert run
            schedules.fail_run(conn, run.id, now=now, note=f"the {slug} letter has no sender")
        feed = next(iter(stand.house.config.sources))
        state = sources.get_state(conn, feed)
        sources.put(conn, replace(state, problem="the night desk's source is down", failures=5))
        destinations.pause(conn, "readers.example", why=quoted, until=now + timedelta(hours=1), now=now)
    mine = stand.get("morning-viewer").text
    assert "the morning letter has no sender" in mine
    assert "the evening letter" not in mine
    for path in ("", "/delivery"):
        assert "too much mail for …@…; later" in stand.get("morning-viewer", path).text
        assert "ada" not in stand.get("morning-viewer", path).text
        assert "ada@readers.example" in stand.get("editor", path).text
    assert "the evening letter has no sender" in stand.get("editor").text


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("550 <ada@readers.example>... no", "550 <…@…>... no"),
        ("rcpt=ada@[192.0.2.1], “b”@x.example", "rcpt=…@…, …@…"),
        ("@" * 50_000, "…@…"),
        ("no address at all", "no address at all"),
    ],
)
def test_what_may_be_an_address_is_hidden(words: str, shown: str) -> None:
    assert unnamed(words) == shown


def test_what_holds_for_a_reader_everywhere_is_changed_by_who_may_edit_everywhere(stand: Stand) -> None:
    with stand.house.store.write() as conn:
        put_readers(conn, 1, newsletter="morning", start=50)
        put_readers(conn, 1, newsletter="evening", start=50)
        reader = subscribers.find(conn, "reader50@readers.example")
    assert reader
    assert len(reader.subscriptions) == 2
    path = f"/readers/{reader.id}"
    assert stand.send("morning-sender", f"{path}/describe", {"name": "x", "tags": "patron"}).status_code == 403
    page = stand.get("morning-sender", path).text
    assert "/describe" not in page
    assert "/newsletters/morning" in page
    assert stand.send("editor", f"{path}/describe", {"name": "Known"}).status_code == 303


def bring(stand: Stand, who: str, name: str, content: bytes) -> str:
    with stand.client(who) as client:
        proof = proof_in(client.get("/desk/about").text)
        answer = client.post(
            "/desk/readers/import", data={"proof": proof}, files={"list": (name, content)},
            headers={"Sec-Fetch-Site": "same-origin"},
        )  # fmt: skip
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"]).rpartition("/")[2]


def test_our_own_export_is_not_smuggled_in_beside_another_list(stand: Stand) -> None:
    export = stand.send("owner", "/readers/export", {"newsletter": ""}).content
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as folder:
        folder.writestr("friends.csv", "email,name\nzoe@lists.example,Zoe\n")
        folder.writestr("readers.csv", export)
    job = bring(stand, "morning-sender", "both.zip", packed.getvalue())
    fields = {"newsletter": "morning", "consent": "they said so"}
    answer = stand.send("morning-sender", f"/readers/import/{job}/look", fields)
    assert (answer.status_code, "Somebody who may send for the whole site" in answer.text) == (422, True)


def test_a_list_is_taken_in_for_what_it_was_looked_at_whatever_the_form_says(stand: Stand) -> None:
    number = bring(stand, "morning-sender", "friends.csv", b"email,name\nzoe@lists.example,Zoe\n")
    uploads = Uploads(stand.house.var)
    job = uploads.find(number)
    assert job
    uploads.put(replace(job, choice=Choice(newsletter="evening", consent="x")))  # by a right that was lost meanwhile
    for deed in ("take-in", "go-on"):
        answer = stand.send("morning-sender", f"/readers/import/{number}/{deed}", {"newsletter": "morning"})
        assert answer.status_code == 403


def raw(stand: Stand, who: str, path: str, parts: dict[str, bytes], charset: str) -> httpx2.Response:
    """A form whose fields say in which coding they are."""
    with stand.client(who) as client:
        page = client.get("/desk/about" if who else "/desk/login").text
        fields = {"proof": proof_in(page).encode()} if who else {}
        body = b"".join(
            b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value)
            for name, value in (fields | parts).items()
        )
        kind = f"multipart/form-data; boundary=b; charset={charset}"
        headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": kind}
        return client.post(f"/desk{path}", content=body + b"--b--\r\n", headers=headers)


@pytest.mark.parametrize(("value", "charset"), [(b"a\0b", "utf-8"), (b"a+2AA-b", "utf-7")])
def test_a_character_that_is_none_is_told_and_changes_nothing(stand: Stand, value: bytes, charset: str) -> None:
    for path, name in (
        ("/issues/1/pause", "why"),
        ("/readers/1/suppress", "why"),
        ("/posts/1/edit", "body"),
        ("/account/name", "name"),
        ("/sources/try", "url"),
        ("/config/text/look", "text"),
        ("/newsletters/morning/edit", "subject"),
    ):
        answer = raw(stand, "owner", path, {name: value}, charset)
        assert (answer.status_code, "a character that is none" in answer.text) == (422, True), path
    assert raw(stand, "", "/login", {"email": value, "password": value, "next": value}, charset).status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/issues/" + "9" * 5000,
        "/posts/" + "9" * 4301,
        "/readers/99999999999999999999",
    ],
)
def test_a_number_without_end_leads_nowhere(stand: Stand, path: str) -> None:
    assert stand.get("owner", path).status_code == 404
    assert stand.get("", path).status_code in (303, 404)


@pytest.mark.parametrize(
    "path",
    [
        "/posts?from=1.99999999999999999999999999",
        "/posts?from=1.-99999999999999999999999999",
        "/posts?q=%00&author=%00&column=%00",
        "/issues/1/recipients?address=%00&after=%00&after=%00",
        "/issues/1/preview?as=%00&columns=%00",
        "/readers?q=%00&tag=%00&after=%00",
    ],
)
def test_what_no_address_of_ours_says_is_answered_all_the_same(stand: Stand, path: str) -> None:
    assert stand.get("owner", path).status_code == 200


def test_a_list_is_not_even_read_of_who_may_bring_none(stand: Stand) -> None:
    with stand.client("viewer") as client:
        proof = proof_in(client.get("/desk/about").text)
        answer = client.post(
            "/desk/readers/import", data={"proof": proof}, files={"list": ("x.csv", b"email\n" * 1000)},
            headers={"Sec-Fetch-Site": "same-origin"},
        )  # fmt: skip
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00+14:00", "9999-12-31T23:59-14:00", "9999-12-31T23:59", "0001-01-01T00:00"]
)
def test_no_issue_goes_at_a_time_that_no_calendar_has(at: str) -> None:
    with pytest.raises(ValueError, match="no year of ours"):
        read_moment(at, ZoneInfo("Asia/Tokyo"))


def test_a_preview_says_of_nobody_that_they_read_another_newsletter(stand: Stand) -> None:
    with stand.house.store.write() as conn:
        put_readers(conn, 1, newsletter="evening", start=70)
    told = []
    for address in ("reader70@readers.example", "nobody@readers.example"):
        page = stand.get("morning-editor", f"/issues/1/preview?as={address}").text
        assert f"nobody at {address} reads this newsletter" in page.lower()
        assert "`publisher" not in page
        told.append(page.replace(address, "").replace(address.replace("@", "%40"), ""))
    assert told[0] == told[1]


def test_a_word_about_what_was_done_fits_into_its_cookie_in_any_script(stand: Stand) -> None:
    with stand.client("owner") as client:
        page = client.get("/desk/about").text
        data = {"proof": proof_in(page), "of": "morning:daily", "relay": "\u05e9" * 5000}
        answer = client.post("/desk/delivery/try", data=data, headers={"Sec-Fetch-Site": "same-origin"})
        assert answer.status_code == 303
        assert len(answer.headers["set-cookie"]) < 4096
        assert "There is no relay" in client.get("/desk/about").text


def test_of_two_edits_at_once_the_second_is_told(database_url: str, tmp_path: Path) -> None:
    config = re.sub(r'database = "[^"]*"', f'database = "{database_url.replace("postgres:@", "postgres@")}"', CONFIG)
    with desk_stand(tmp_path, config) as stand:
        put_things(stand)
        answers: list[int] = []
        start = threading.Barrier(6)

        def edit(number: int) -> None:
            start.wait()
            answers.append(
                stand.send("editor", "/posts/1/edit", {"revision": "1", "title": f"By {number}"}).status_code
            )

        threads = [threading.Thread(target=edit, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(answers) == [303, 422, 422, 422, 422, 422]
        with stand.house.store.read() as conn:
            changes = audit.newest(conn, only=Only(act="post.edit"), limit=10)
            post = posts.with_seqs(conn, [1])[1]
        assert [one.after for one in changes] == [f"title: {post.title}"]


def test_a_year_of_holidays_with_a_date_each_minute_is_foreseen_at_once() -> None:
    first = date(2027, 1, 1)
    days = (first + timedelta(days=number) for number in range(364))  # all but the last of the year
    now, begun = datetime(2026, 12, 31, 23, 59, tzinfo=UTC), time.perf_counter()
    found = foresee("* * * * *", "UTC", "\n".join(f"{day:%m-%d}" for day in days), site_zone="UTC", now=now)
    assert [one.at.day for one in found.dates if not one.why] == ["Fri 31 Dec 2027"] * 5
    assert time.perf_counter() - begun < 15  # it was minutes; the bound leaves room for a busy machine


def test_a_calendar_has_a_month_with_a_date_each_minute(tmp_path: Path) -> None:
    with desk_stand(tmp_path, CONFIG.replace('"daily 19:00"', '"* * * * *"')) as stand:
        assert "to come" in stand.get("owner", "/calendar?month=2199-12&newsletter=evening").text
        with stand.house.store.read() as conn:
            keys = [f"{number}" for number in range(80_000)]  # more than a statement of PostgreSQL or SQLite may name
            assert dueissues.slots_made(conn, "evening", Cadence.DAILY, keys) == set()


def test_a_reader_is_asked_about_posts_of_columns_that_one_sees(stand: Stand) -> None:
    seen = stand.get("morning-editor", "/readers/1").text
    assert "harbour-notes/" in seen
    assert "night-desk/" not in seen
    assert "night-desk/" in stand.get("editor", "/readers/1").text


def test_a_column_with_a_number_without_end_is_none(stand: Stand) -> None:
    job = bring(stand, "sender", "friends.csv", b"email,name\nzoe@lists.example,Zoe\n")
    fields = {"newsletter": "morning", "consent": "they said so", "column-" + "9" * 5000: "EMAIL"}
    answer = stand.send("sender", f"/readers/import/{job}/look", fields)
    assert (answer.status_code, "Say which column holds the addresses" in answer.text) == (422, True)
