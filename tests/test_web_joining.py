"""Joining: the form asks for what is needed, tells what is wrong, and one letter goes out; nobody learns more."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from publisher.subscribe.tickets import LIFETIME
from tests.join_stand import FRIEND, Stand, hidden, join_stand
from tests.web_site import own_store


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("site")
    with own_store(folder) as store, join_stand(store, folder) as stand:
        yield stand


@pytest.fixture
def stand(shared: Stand) -> Stand:
    """An hour later than the test before: the addresses of tests have nothing to do with each other."""
    shared.clock.pass_by(hours=1)
    return shared


def test_who_fills_in_the_form_is_told_to_look_into_the_mailbox_and_one_letter_goes_there(stand: Stand) -> None:
    got = stand.send(email=" Mira@Readers.Example ")
    assert got.status_code == 200
    assert "Look into your mailbox" in got.text
    assert "desk@courier.example" in got.text
    assert "set-cookie" not in got.headers
    assert got.headers["cache-control"] == "no-store"
    reader = stand.reader("mira@readers.example")
    assert (reader.email, reader.state, reader.name) == ("Mira@readers.example", "pending", "")
    assert [(wish.newsletter, wish.state) for wish in reader.subscriptions] == [("noon", "pending")]
    assert [who for who, _, _ in stand.letters()].count("Mira@readers.example") == 1
    assert stand.queued[-1] == stand.letters()[-1][2]


def test_newsletters_cadence_and_columns_are_kept_until_they_are_confirmed(stand: Stand) -> None:
    chosen = {
        "newsletter": ["morning", "briefe"],
        "cadence-morning": "weekly",
        "columns-morning": "some",
        "column-morning": ["school", "council"],
        "cadence-noon": "daily",  # of one that is not chosen
    }
    assert stand.send("/subscribe", email="ada@readers.example", **chosen).status_code == 200
    link = stand.link("ada@readers.example")
    page = stand.client.get(link).text
    assert "The Morning Tide" in page
    assert "School &lt;Bell&gt;" in page
    assert "Die Briefe" in page
    done = stand.client.post(link, data={"confirm": "1", "newsletter": ["morning", "briefe"]})
    assert "Sie haben abonniert" in done.text  # the first by name is in German
    wishes = stand.reader("ada@readers.example").subscriptions
    assert [(one.newsletter, one.cadence, one.columns, one.state) for one in wishes] == [
        ("briefe", "daily", (), "active"),
        ("morning", "weekly", ("council", "school"), "active"),
    ]


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("", "Please write your mail address here."),
        ("mira.readers.example", "There is no @ in it."),
        ("mira@readers", "This is not a mail address."),
        ("mira@@readers.example", "This is not a mail address."),
        ("mira@readers.example\r\nBcc: all@readers.example", "This is not a mail address."),
        ("mira@readers.example, ada@readers.example", "This is not a mail address."),
        ('"><script>alert(1)</script>@readers.example', "This is not a mail address."),
        ("a" * 65 + "@readers.example", "This is not a mail address."),
        ("mira@" + "long." * 60 + "example", "This is not a mail address."),
        ("mira\0@readers.example", "This is not a mail address."),
        ("mira@readers.example\u2028x", "This is not a mail address."),
    ],
)
def test_what_is_no_address_is_told_at_its_field_and_kept_to_be_mended(stand: Stand, typed: str, told: str) -> None:
    before = stand.count("subscribers")
    got = stand.send("/subscribe/morning", email=typed, **{"cadence-morning": "weekly"})
    assert got.status_code == 422
    assert told in got.text
    assert 'aria-invalid="true" aria-describedby="fault-email" autofocus' in got.text
    assert 'value="weekly" checked' in got.text
    assert "<script>alert" not in got.text
    assert stand.count("subscribers") == before


def test_no_newsletter_no_column_and_a_cadence_that_is_not_offered_are_told_at_their_fields(stand: Stand) -> None:
    chosen = {"newsletter": ["morning", "briefe"], "columns-morning": "some", "cadence-briefe": "weekly"}
    got = stand.send("/subscribe", email="mira@elsewhere.example", **chosen)
    assert got.status_code == 422
    assert "tick at least one column" in got.text
    assert "choose how often" in got.text
    assert 'aria-describedby="fault-columns-morning"' in got.text
    assert 'aria-describedby="fault-cadence-briefe"' in got.text
    none = stand.send("/subscribe", email="mira@elsewhere.example", newsletter="unknown")
    assert none.status_code == 422
    assert "choose at least one newsletter" in none.text
    assert 'value="mira@elsewhere.example"' in none.text
    assert stand.reader("mira@elsewhere.example") is None


def test_what_is_not_offered_cannot_be_joined(stand: Stand) -> None:
    assert stand.client.get("/subscribe/staff").status_code == 404
    assert stand.client.get("/subscribe/unknown").status_code == 404
    assert stand.client.post("/subscribe/staff", data={"email": "x@readers.example"}).status_code == 404
    assert "For the Staff" not in stand.client.get("/subscribe").text
    got = stand.send("/subscribe", email="x@readers.example", newsletter=["staff", "noon"])
    assert got.status_code == 200
    assert [one.newsletter for one in stand.reader("x@readers.example").subscriptions] == ["noon"]


def test_the_page_speaks_the_newsletter_s_language_and_leads_to_what_becomes_of_data(stand: Stand) -> None:
    page = stand.client.get("/subscribe/briefe").text
    assert '<html lang="de" dir="ltr">' in page
    assert "„Die Briefe“ abonnieren" in page
    assert 'href="https://courier.example/privacy"' in page
    assert 'value="daily" checked' in page  # a choice is made already
    assert "Unsere Newsletter" not in page


def test_a_newsletter_may_be_chosen_by_the_link_that_leads_to_the_form(stand: Stand) -> None:
    page = stand.client.get("/subscribe?newsletter=noon").text
    assert 'value="noon" checked' in page
    assert 'value="morning" checked' not in page


def test_only_its_own_script_may_run_there_and_none_elsewhere(stand: Stand) -> None:
    policy = stand.client.get("/subscribe/noon").headers["content-security-policy"]
    assert policy.endswith("; script-src 'self'")
    assert "frame-ancestors 'none'" in policy
    assert stand.client.get("/subscribe/noon").headers["x-frame-options"] == "DENY"
    assert "script-src" not in stand.client.get("/unsubscribe").headers["content-security-policy"]
    script = stand.client.get("/subscribe.js")
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["x-content-type-options"] == "nosniff"


def test_in_a_frame_it_is_shown_by_the_sites_that_are_named_alone(stand: Stand) -> None:
    got = stand.client.get("/subscribe/noon/embed")
    assert f"frame-ancestors {FRIEND};" in got.headers["content-security-policy"]
    assert "x-frame-options" not in got.headers
    assert "masthead" not in got.text
    sent = stand.send("/subscribe/noon/embed", email="framed@readers.example")
    assert "Look into your mailbox" in sent.text
    assert f"frame-ancestors {FRIEND};" in sent.headers["content-security-policy"]
    assert stand.reader("framed@readers.example")


def test_a_form_of_another_site_is_shown_again_here_with_what_was_filled_in(stand: Stand) -> None:
    """No page but ours makes us send a letter; who comes from elsewhere presses the button once more."""
    before = stand.count("subscribers")
    bare = stand.client.post("/subscribe/morning", data={"email": "elsewhere@readers.example"})
    ticket = stand.ticket()
    foreign = [
        stand.send(email="elsewhere@readers.example", ticket=ticket, headers=headers)
        for headers in (
            {"Sec-Fetch-Site": "cross-site", "Origin": "https://stranger.example"},
            {"Sec-Fetch-Site": "cross-site", "Origin": "null"},
            {"Sec-Fetch-Site": "same-site", "Origin": "https://other.courier.example"},
        )
    ]
    for got in (bare, *foreign):
        assert got.status_code == 200
        assert "press the button once more" in got.text
        assert 'value="elsewhere@readers.example"' in got.text
    assert stand.count("subscribers") == before
    again = stand.send(email="elsewhere@readers.example", ticket=hidden(foreign[0].text, "ticket"))
    assert "Look into your mailbox" in again.text
    friend = {"Sec-Fetch-Site": "cross-site", "Origin": FRIEND}
    assert "Look into your mailbox" in stand.send(email="friend@readers.example", headers=friend).text


def test_a_ticket_that_is_forged_old_or_used_brings_the_form_back(stand: Stand) -> None:
    ticket = stand.ticket()
    assert "Look into your mailbox" in stand.send(email="first@readers.example", ticket=ticket).text
    twice = stand.send(email="first@readers.example", ticket=ticket)
    assert "Look into your mailbox" in twice.text  # the button was pressed twice
    assert len([who for who, _, _ in stand.letters() if who == "first@readers.example"]) == 1
    other = stand.send(email="second@readers.example", ticket=ticket)
    assert "press the button once more" in other.text
    for forged in ("", "x", ticket[:-1] + ("0" if ticket[-1] != "0" else "1"), "é" * 32, ticket * 2):
        got = stand.client.post("/subscribe/noon", data={"email": "second@readers.example", "ticket": forged})
        assert "press the button once more" in got.text
    old = stand.ticket()
    stand.clock.pass_by(seconds=LIFETIME.total_seconds())
    assert "press the button once more" in stand.send(email="second@readers.example", ticket=old).text
    assert stand.reader("second@readers.example") is None


def test_who_fills_in_what_nobody_sees_is_asked_once_more(stand: Stand) -> None:
    got = stand.send(email="robot@readers.example", homepage="https://pills.example")
    assert "press the button once more" in got.text
    assert hidden(got.text, "homepage") == ""
    assert stand.reader("robot@readers.example") is None


def test_without_script_the_form_works_but_not_within_the_first_seconds(stand: Stand) -> None:
    ticket = hidden(stand.client.get("/subscribe/noon").text, "ticket")
    stand.clock.pass_by(seconds=2)
    quick = stand.send(email="scriptless@readers.example", ticket=ticket, work=False)
    assert "press the button once more" in quick.text
    stand.clock.pass_by(seconds=2)
    slow = stand.send(email="scriptless@readers.example", ticket=ticket, work=False)
    assert "Look into your mailbox" in slow.text


@pytest.mark.parametrize("path", ["/subscribe", "/subscribe/noon", "/subscribe/noon/embed", "/api/subscribe"])
def test_getting_changes_nothing_and_other_methods_are_not_understood(stand: Stand, path: str) -> None:
    before = [stand.count(table) for table in ("subscribers", "consents", "deliveries", "uses", "consent_texts")]
    for query in ("", "?email=got@readers.example&newsletter=noon&confirm=1"):
        assert stand.client.get(path + query).status_code == 200
    for method in ("PUT", "DELETE", "PATCH"):
        assert stand.client.request(method, path).status_code == 405
    assert before == [
        stand.count(table) for table in ("subscribers", "consents", "deliveries", "uses", "consent_texts")
    ]


def test_no_address_and_no_ticket_stands_in_the_log(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        stand.send(email="private@readers.example")
        link = stand.link("private@readers.example")
        stand.client.get(link)
        stand.client.get(f"{link}/more")
        stand.client.post(link, data={"confirm": "1", "newsletter": "noon", "name": "Privata"})
        assert "POST /confirm/… 200" in caplog.messages
    ours = [record for record in caplog.records if record.name.startswith(("publisher", "uvicorn", "starlette"))]
    token = link.rpartition("/")[2]
    told = " ".join(str(record.__dict__) for record in ours)
    assert not [word for word in (token[:20], "private@", "Privata") if word in told]
