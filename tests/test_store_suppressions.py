"""The list of addresses that get no mail: put down in one way, whoever says so; many at once as one by one."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from publisher.model.subscriber import Cadence, SubscriberState
from publisher.model.suppression import Grounds, Suppression
from publisher.store import columns, pauses, schema, subscribers, suppressions
from publisher.store.database import Store, open_store
from publisher.store.erasing import erase
from publisher.store.joining import Joiner
from publisher.store.roll import roll
from publisher.store.scratch import Scratch
from publisher.subscribe.candidates import Wanted
from publisher.subscribe.exporting import write_csv
from publisher.subscribe.importing import import_readers
from publisher.subscribe.listfile import lists_in
from publisher.subscribe.survey import AT_A_TIME, HowToRead, lists_among, survey
from tests.conftest import NOW

ADA = Joiner(email="ada@r.example", newsletter="morning", cadence=Cadence.DAILY, consent="a card, at the market")
HOW = HowToRead(
    papers={"morning": Wanted(newsletter="morning", newsletter_name="Morning", cadence=Cadence.DAILY, consent="import")}
)
LONG_AGO = NOW - timedelta(days=700, microseconds=1)
TOLD = (
    Suppression(email="ada@r.example", since=LONG_AGO, why=Grounds.COMPLAINT, detail="abuse", delivery=7, message=3),
    Suppression(email="Bo@r.example", since=NOW, why=Grounds.GONE, detail='=550 5.1.1 "Bo"; who?\n  no, nobody'),
    Suppression(email="cy@r.example", since=NOW, why=Grounds.BY_HAND, detail="asked by telephone"),
    Suppression(email="di@r.example", since=NOW, why=Grounds.BY_HAND),
)


def listed(store: Store) -> list[tuple[str, datetime, Grounds, str]]:
    with store.read() as conn:
        return sorted((one.email, one.since, one.why, one.detail) for one in suppressions.newest(conn, limit=0))


def new_house(tmp_path: Path, name: str) -> Store:
    store = open_store(f"sqlite:///{name}.db", root=tmp_path)
    with store.write() as conn:
        columns.put_newsletters(conn, [("morning", "Morning")], now=NOW)
    return store


def exported(store: Store) -> str:
    out = io.StringIO(newline="")
    with store.read() as conn:
        write_csv(roll(conn), out)
    return out.getvalue()


def rows_of(store: Store) -> list[list[str]]:
    return sorted(csv.reader(io.StringIO(exported(store))))


def take_in(store: Store, path: Path) -> None:
    with lists_in(path) as parts, Scratch() as away:
        found = survey(lists_among(parts), HOW, away=away, bad_path=None, progress=lambda _done, _of: None)
        assert found.bad == 0, found.first_bad
        import_readers(store, found, HOW, away=away, now=NOW + timedelta(days=9), progress=lambda _done, _of: None)


def test_what_is_exported_is_the_same_list_in_a_new_house(store: Store, tmp_path: Path) -> None:
    with store.write() as conn:
        columns.put_newsletters(conn, [("morning", "Morning")], now=NOW)
        for name in ("ada", "di", "ed", "gus", "hal"):
            subscribers.join(conn, ADA._replace(email=f"{name}@r.example"), now=NOW)
        suppressions.put_all(conn, TOLD, now=NOW)
        suppressions.put(conn, "flo@r.example", why=Grounds.BY_HAND, detail="a slip", now=NOW)
        suppressions.lift(conn, "flo@r.example", why="it was one", now=NOW)
        suppressions.put(conn, "gus@r.example", why=Grounds.COMPLAINT, detail="spam", now=NOW)
        gus, hal = (subscribers.find(conn, f"{name}@r.example") for name in ("gus", "hal"))
        assert gus
        assert hal
        assert erase(conn, gus.id, now=NOW)
        pauses.pause(conn, hal.id, until=NOW + timedelta(days=30))
    whole = exported(store)
    (tmp_path / "whole.csv").write_text(whole, encoding="utf-8", newline="")
    other = new_house(tmp_path, "other")
    take_in(other, tmp_path / "whole.csv")
    assert rows_of(other) == rows_of(store)
    assert listed(other) == [one for one in listed(store) if one[0]]
    assert [one[0] for one in listed(other)] == ["Bo@r.example", "ada@r.example", "cy@r.example", "di@r.example"]
    with other.read() as conn:
        ada, bo, hal = (subscribers.find(conn, f"{name}@r.example") for name in ("ada", "bo", "hal"))
        assert hal
        assert pauses.paused_until(conn, hal.id) == NOW + timedelta(days=30)
    assert ada
    assert (ada.consent, ada.state, bo) == ("a card, at the market", SubscriberState.SUPPRESSED, None)
    take_in(other, tmp_path / "whole.csv")
    assert rows_of(other) == rows_of(store)
    other.close()


def test_an_export_of_before_brings_its_suppressed_people_to_the_list(tmp_path: Path) -> None:
    lines = [
        "email,name,language,state,consent,joined,newsletter,cadence,columns,subscription,subscribed,left_at,left_how",
        f"ada@r.example,,,suppressed,a list; a complaint,{LONG_AGO.isoformat()},morning,daily,,active,,,",
        f"bo@r.example,,,suppressed,asked by telephone,{NOW.isoformat()},,,,,,,",
    ]
    (tmp_path / "old.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    store = new_house(tmp_path, "new")
    take_in(store, tmp_path / "old.csv")
    assert listed(store) == [
        ("ada@r.example", LONG_AGO, Grounds.BY_HAND, "a list; a complaint"),
        ("bo@r.example", NOW, Grounds.BY_HAND, "asked by telephone"),
    ]
    assert [row[3] for row in csv.reader(io.StringIO(exported(store)))] == ["state", "suppressed", "suppressed"]
    store.close()


def test_a_row_that_says_an_address_is_suppressed_keeps_all_others_of_it_away_wherever_it_stands(
    tmp_path: Path,
) -> None:
    heading = "email,state,consent,joined,newsletter,subscription,left_how,suppressed_since"
    joining = [f"reader{number}@r.example,confirmed,,,morning,active,," for number in range(AT_A_TIME + 1)]
    (tmp_path / "list.csv").write_text("\n".join([heading, *joining, "Reader7@r.example,suppressed,,,,,,2026-11-22\n"]))
    store = new_house(tmp_path, "new")
    take_in(store, tmp_path / "list.csv")
    assert [one[0] for one in listed(store)] == ["Reader7@r.example"]
    with store.read() as conn:
        assert subscribers.count(conn) == AT_A_TIME
        assert subscribers.find(conn, "reader7@r.example") is None
    store.close()


def test_a_word_that_is_no_reason_is_told_and_its_row_may_be_mended(tmp_path: Path) -> None:
    whole = "email,state,consent,joined,newsletter,subscription,left_how,suppressed_since,suppressed_why\n"
    (tmp_path / "list.csv").write_text(whole + "ada@r.example,suppressed,,,,,,2026-11-22,bored\n", encoding="utf-8")
    with lists_in(tmp_path / "list.csv") as parts, Scratch() as away:
        found = survey(lists_among(parts), HOW, away=away, bad_path=None, progress=lambda _done, _of: None)
    assert [one.problem for one in found.first_bad] == [
        "why it is suppressed is 'bored'; there are: gone, complaint, by hand"
    ]


def test_a_reader_who_is_suppressed_keeps_where_the_consent_came_from(store: Store) -> None:
    with store.write() as conn:
        columns.put_newsletters(conn, [("morning", "Morning")], now=NOW)
        subscribers.join(conn, ADA, now=NOW)
        assert suppressions.put_all(conn, TOLD, now=NOW) == {
            "ada@r.example",
            "bo@r.example",
            "cy@r.example",
            "di@r.example",
        }
        again = [replace(TOLD[0], email="ADA@r.example", detail="again"), replace(ADA_LATER, detail="new")]
        assert suppressions.put_all(conn, again, now=NOW) == {"hal@r.example"}
        ada, stands = subscribers.find(conn, "ada@r.example"), suppressions.find(conn, "Ada@R.example")
        assert suppressions.put_all(conn, [], now=NOW) == set()
    assert ada
    assert (ada.consent, ada.state) == ("a card, at the market", SubscriberState.SUPPRESSED)
    assert stands == replace(TOLD[0], id=stands.id if stands else 0)


ADA_LATER = Suppression(email="hal@r.example", since=NOW, why=Grounds.BY_HAND)
addresses = st.sampled_from(["ada@r.example", "ADA@r.example", "bo@r.example", "cy@r.example"])
words = st.builds(Suppression, email=addresses, since=st.just(NOW), why=st.sampled_from(Grounds), detail=st.text("ab"))


@pytest.mark.parametrize("lifted", [True, False])
@given(said=st.lists(words, max_size=8))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_many_at_once_are_as_one_after_the_other(
    sqlite_store: Store, said: Sequence[Suppression], lifted: bool
) -> None:
    outcomes = []
    for at_once in (True, False):
        with sqlite_store.write() as conn:
            conn.execute(schema.suppressions.delete())
            suppressions.put(conn, "Bo@r.example", why=Grounds.GONE, detail="first", now=NOW)
            if lifted:
                suppressions.lift(conn, "bo@r.example", why="a mistake", now=NOW)
            if at_once:
                suppressions.put_all(conn, said, now=NOW)
            else:
                for one in said:
                    suppressions.put_all(conn, [one], now=NOW)
        outcomes.append(listed(sqlite_store))
    assert outcomes[0] == outcomes[1]
