"""Each kind of value: what is taken, its one normal form, what is refused."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, timedelta
from email.utils import parseaddr
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.config import addresses, values
from publisher.config.refused import Refused
from publisher.model.slug import slug_of

ANY_TEXT = st.text(max_size=40)
READERS = [
    values.line, values.prose, values.slug, values.bcp47, values.time_zone, values.schedule, values.holiday,
    values.duration, values.tagging_entity, values.domain, values.backlog, values.environment_name, addresses.web_url,
    addresses.base_url, addresses.mail_address, addresses.mailbox, addresses.relay_url, addresses.database_url,
    addresses.network, values.hours, values.day,
]  # fmt: skip
NAMED = [pytest.param(reader, id=reader.__name__) for reader in READERS]


@pytest.mark.parametrize("reader", NAMED)
@settings(max_examples=60)
@given(value=st.one_of(ANY_TEXT, st.integers(), st.booleans(), st.none(), st.lists(ANY_TEXT, max_size=2)))
def test_a_reader_takes_a_value_or_refuses_it_and_never_breaks(reader, value) -> None:
    with contextlib.suppress(Refused):
        reader(value)  # any other error would come through


@pytest.mark.parametrize(
    ("reader", "text"),
    [
        (values.slug, "harbour-notes"), (values.bcp47, "zh-hant-tw"), (values.time_zone, " Europe/Berlin "),
        (values.schedule, "0  7 * * MON-FRI"), (values.schedule, "EVERY 2 weeks  fri at 7:00"),
        (values.holiday, "12-24 / 01-01"), (values.tagging_entity, "desk@lantern.example,2026-11-22"),
        (values.domain, "Bounces.Lantern.Example."), (values.backlog, "newest  3"), (values.prose, "a\r\nb"),
        (values.hours, "8:00 – 24:00"), (values.day, " 2026-12-01"), (values.domain, "Bücher.Example."),
        (addresses.web_url, "HTTPS://Bücher.example:8080/größe?q=ä#x"), (addresses.base_url, "https://x.example/a/"),
        (addresses.mail_address, "desk@bücher.example"), (addresses.mailbox, 'Lantern, The <desk@lantern.example>'),
        (addresses.relay_url, "smtps://desk@mail.example/"), (addresses.database_url, "postgresql://a@b:5432/c"),
    ],
)  # fmt: skip
def test_the_normal_form_is_read_as_itself(reader, text) -> None:
    once = reader(text)
    assert reader(once) == once


@given(st.integers(1, 366 * 86400).map(lambda seconds: timedelta(seconds=seconds)))
def test_a_length_of_time_is_written_as_it_is_read(length: timedelta) -> None:
    assert values.duration(values.duration_text(length)) == length


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("15m", 900), ("6h", 21600), ("1h 30m", 5400), ("1h30m", 5400), ("2 d", 172800), ("1w", 604800), (" 30s ", 30)],
)
def test_lengths_of_time_are_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert values.duration(text).total_seconds() == seconds


@pytest.mark.parametrize("wrong", ["", "15", 15, "m", "1.5h", "-1h", "0s", "400d", "1h and 2m", "9" * 5000 + "s", "٣h"])
def test_what_is_no_length_of_time_is_refused(wrong: object) -> None:
    with pytest.raises(Refused):
        values.duration(wrong)


@pytest.mark.parametrize(
    ("text", "normal"), [("8:00-20:00", "08:00-20:00"), ("20:00 - 6:30", "20:00-06:30"), ("06:00–24:00", "06:00-00:00")]
)
def test_hours_are_two_times_of_a_day_and_may_go_over_midnight(text: str, normal: str) -> None:
    assert values.hours(text) == normal


@pytest.mark.parametrize(
    "wrong", ["8-20", "08:00", "24:00-08:00", "08:60-09:00", "0:00-24:00", "8:00-8:00", 8, "٨:00-9:00"]
)
def test_what_are_no_hours_is_refused(wrong: object) -> None:
    with pytest.raises(Refused):
        values.hours(wrong)


def test_a_date_may_stand_in_quotes_or_without() -> None:
    assert values.day("2026-12-01") == values.day(date(2026, 12, 1)) == date(2026, 12, 1)


@pytest.mark.parametrize("wrong", ["2026-02-30", "tomorrow", "", 20261201, datetime(2026, 12, 1, tzinfo=UTC)])
def test_what_is_no_date_is_refused(wrong: object) -> None:
    with pytest.raises(Refused):
        values.day(wrong)


def test_the_domain_of_readers_is_told_apart_from_an_address() -> None:
    with pytest.raises(Refused, match=r"leave out what stands before it: `gmail\.com`"):
        values.domain("ada@gmail.com")


@given(ANY_TEXT)
def test_every_slug_we_make_is_one_we_take(title: str) -> None:
    assert values.slug(slug_of(title)) == slug_of(title)


@pytest.mark.parametrize("wrong", ["Harbour", "a_b", "-a", "a-", "a--b", "", "a/b", "..", "ä", "a" * 61])
def test_what_cannot_stand_in_an_address_is_no_slug(wrong: str) -> None:
    with pytest.raises(Refused):
        values.slug(wrong)


NAMES = st.text(
    alphabet=st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"], exclude_characters="<>"), max_size=30
)


@given(NAMES)
def test_a_mailbox_keeps_its_name_and_its_address(name: str) -> None:
    read = addresses.mailbox(addresses.mailbox(f"{name} <desk@lantern.example>"))
    found_name, found_address = parseaddr(read)
    assert found_address == "desk@lantern.example"
    stripped = name.strip()
    if '"' not in stripped and "\\" not in stripped:
        assert " ".join(found_name.split()) == " ".join(stripped.split())


def test_a_name_with_a_comma_or_quotes_is_quoted() -> None:
    assert addresses.mailbox("Lantern, The <desk@lantern.example>") == '"Lantern, The" <desk@lantern.example>'
    assert addresses.mailbox(r'"The \"Lantern\"" <a@b.example>') == r'"The \"Lantern\"" <a@b.example>'
    assert addresses.mailbox('"Plain" <a@b.example>') == "Plain <a@b.example>"
    assert addresses.mailbox("<a@b.example>") == "a@b.example"


@pytest.mark.parametrize(
    "wrong",
    ["The Lantern", "a@b@c.example", "A <a@b.example> B", "A <a@b.example", "a@b.example\r\nBcc: x@y.example", "A <>"],
)
def test_what_is_no_mailbox_is_refused(wrong: str) -> None:
    with pytest.raises(Refused):
        addresses.mailbox(wrong)


@settings(max_examples=60)
@given(st.text(min_size=1, max_size=30))
def test_an_address_of_a_page_comes_out_as_a_uri(path: str) -> None:
    try:
        url = addresses.web_url(f"https://lantern.example/{path}")
    except Refused:
        return
    assert url.isascii()
    assert urlsplit(url).netloc == "lantern.example"
    assert not set(url) & set(' "<>\\^`{|}')


def test_an_international_host_becomes_a_labels() -> None:
    assert addresses.web_url("https://Bücher.example/größe") == "https://xn--bcher-kva.example/gr%C3%B6%C3%9Fe"
    assert addresses.web_url("http://[::1]:8080/") == "http://[::1]:8080/"
    assert addresses.mail_address("desk@bücher.example") == "desk@xn--bcher-kva.example"
    assert values.domain("Bounces.Bücher.example.") == "bounces.xn--bcher-kva.example"
    with pytest.raises(Refused, match="is not a domain"):
        values.domain("bü cher.example")


@pytest.mark.parametrize(
    "wrong",
    [
        "lantern.example", "ftp://lantern.example", "https://", "https:///x", "https://a b.example", "https://[::1",
        "https://lantern.example:0/", "https://lantern.example:99999/", "https://u:p@lantern.example/",
        "javascript:alert(1)", "https://x.example/<script>", "https://xn--\u2603.example/", "https://x\n.example",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_page_is_refused(wrong: str) -> None:
    with pytest.raises(Refused):
        addresses.web_url(wrong)


@pytest.mark.parametrize(
    "right",
    [
        "catcher://", "smtp://localhost", "smtp://127.0.0.1:2525", "smtp+starttls://desk@mail.example:587",
        "smtps://desk%40lantern.example@mail.example",
    ],
)  # fmt: skip
def test_addresses_of_relays(right: str) -> None:
    assert addresses.relay_url(right) == right


@pytest.mark.parametrize(
    "wrong",
    [
        "mail.example:587", "smtp://", "catcher://var", "smtps://a:b@mail.example", "smtp://mail.example:0",
        "smtp://mail.example/x", "smtp://mail.example?x=1", "smtp+tls://mail.example", "smtp://mail\r\n.example",
    ],
)  # fmt: skip
def test_what_is_no_relay_is_refused(wrong: str) -> None:
    with pytest.raises(Refused):
        addresses.relay_url(wrong)


@pytest.mark.parametrize(
    "wrong",
    [
        "sqlite://var/x.db", "sqlite:///", "sqlite:///:memory:", "var/x.db", "mysql://a/b", "postgresql://host",
        "postgresql://a:b@host/name", "postgresql://host:99999/name", "sqlite:///x.db?mode=ro",
        "sqlite:///x.db?timeout=soon",
    ],
)  # fmt: skip
def test_what_is_no_database_is_refused(wrong: str) -> None:
    with pytest.raises(Refused):
        addresses.database_url(wrong)


@pytest.mark.parametrize(
    "right",
    ["sqlite:///var/x.db", "sqlite:///x.db?timeout=2.5", "sqlite:////srv/x.db", "postgresql://a@host:5432/name"],
)
def test_addresses_of_databases(right: str) -> None:
    assert addresses.database_url(right) == right


def test_languages_are_written_in_their_customary_case() -> None:
    assert [values.bcp47(tag) for tag in ("EN", "de-at", "ZH-hant-tw", "es-419")] == [
        "en", "de-AT", "zh-Hant-TW", "es-419",
    ]  # fmt: skip
