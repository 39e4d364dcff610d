"""Who presses Send says what they saw: what was changed since the page was made is told, and nothing goes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from publisher.assemble.releasing import UNLIKE
from publisher.house.issuedrafts import hold_unlike, posts_in
from publisher.house.making import assemble_issue, correct_issue
from publisher.model.delivery import DeliveryState
from publisher.model.galley import galley_from
from publisher.model.issue import IssueState
from publisher.model.schedule import Slot
from publisher.model.subscriber import Cadence
from publisher.store import audit, drafts, edits, issues, ledger
from tests.desk_issues import clear, fill, let_happen, put_draft, seen_by
from tests.desk_stand import TOP, Stand, desk_stand


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    config = (TOP / "config.toml").read_text("utf-8")
    config = config.replace("[newsletters.morning]\n", "[newsletters.morning]\napprove = true\n")
    with desk_stand(tmp_path_factory.mktemp("sending"), config) as opened:
        fill(opened.house)
        yield opened


@pytest.fixture(autouse=True)
def clean(stand: Stand) -> Iterator[None]:
    """Each test has its own issues."""
    yield
    clear(stand.house)


def in_it(stand: Stand, issue: int) -> list[tuple[int, str]]:
    with stand.house.store.read() as conn:
        return [(post.seq, post.title) for post in posts_in(conn, stand.house, issues.get_issue(conn, issue))]


def state(stand: Stand, issue: int) -> IssueState:
    with stand.house.store.read() as conn:
        return issues.get_issue(conn, issue).state


def edit(stand: Stand, seq: int, title: str, who: str = "editor") -> None:
    page = stand.get(who, f"/posts/{seq}").text
    revision = re.search(r'name="revision" value="(\d+)"', page)
    assert revision, page
    answer = stand.send(who, f"/posts/{seq}/edit", {"revision": revision[1], "title": title})
    assert answer.status_code == 303, answer.text


def test_what_was_edited_left_out_or_moved_since_is_said_and_nothing_goes(stand: Stand) -> None:
    issue = put_draft(stand.house)
    posts = in_it(stand, issue)
    before = seen_by(stand, "sender", issue)
    edit(stand, posts[0][0], "<b>Other</b> words")
    stand.send("editor", f"/issues/{issue}/posts/out", {"post": str(posts[-1][0])})
    stand.send("editor", f"/issues/{issue}/posts/lead", {"post": str(posts[1][0])})
    for when in ("now", "slot"):
        answer = stand.send("sender", f"/issues/{issue}/send", {"when": when, "readers": "4", **before})
        assert answer.status_code == 422
        page = answer.text
        assert "Nothing went yet" in page
        assert "“&lt;b&gt;Other&lt;/b&gt; words” was edited by Editor." in page
        assert "is not in it any more." in page
        assert "The lead is “" in page
        assert 'role="alert"' in page
        assert state(stand, issue) is IssueState.DRAFT
    with stand.house.store.read() as conn:
        assert not audit.newest(conn, only=audit.Only(act="issue.send"), limit=5)
    again = re.search(r'name="seen" value="([^"]+)"', page)
    assert again
    answer = stand.send("sender", f"/issues/{issue}/send", {"when": "now", "readers": "4", "seen": again[1]})
    assert answer.status_code == 303
    assert state(stand, issue) is IssueState.QUEUED


def test_a_button_without_what_was_seen_or_with_nonsense_asks_first(stand: Stand) -> None:
    issue = put_draft(stand.house)
    for seen in ({}, {"seen": ""}, {"seen": "1.1-zz"}, {"seen": "9" * 5000}):
        answer = stand.send("sender", f"/issues/{issue}/send", {"when": "now", "readers": "4"} | seen)
        assert answer.status_code == 422
        assert "look at it here" in answer.text
    assert state(stand, issue) is IssueState.DRAFT


def test_where_it_is_not_what_was_seen_its_time_stays_as_it_was(stand: Stand) -> None:
    issue = put_draft(stand.house)
    with stand.house.store.read() as conn:
        due = issues.get_issue(conn, issue).due
    before = seen_by(stand, "sender", issue)
    edit(stand, in_it(stand, issue)[0][0], "Words of Tuesday")
    then = (stand.clock() + timedelta(days=2)).astimezone(stand.house.zone)
    fields = {"when": "then", "at": f"{then:%Y-%m-%dT%H:%M}", "readers": "4", **before}
    assert stand.send("sender", f"/issues/{issue}/send", fields).status_code == 422
    with stand.house.store.read() as conn:
        assert issues.get_issue(conn, issue).due == due


def test_an_editor_who_may_not_send_does_not_change_what_a_sender_approved_unseen(stand: Stand) -> None:
    issue = put_draft(stand.house)
    fields = {"when": "slot", "readers": "4", **seen_by(stand, "sender", issue)}
    assert stand.send("sender", f"/issues/{issue}/send", fields).status_code == 303
    assert state(stand, issue) is IssueState.APPROVED
    edit(stand, in_it(stand, issue)[0][0], "Words that nobody approved")
    why = "“Words that nobody approved” was edited after it was approved"
    for who in ("sender", "editor"):
        assert why in stand.get(who, f"/issues/{issue}").text
        assert why in stand.get(who).text  # Today
    with stand.house.store.read() as conn:
        kept = issues.get_issue(conn, issue)
    slot = Slot(key=kept.slot, at=kept.due)
    assemble_issue(stand.house, "morning", Cadence.DAILY, slot, now=kept.due)
    assert state(stand, issue) is IssueState.HELD
    fields = {"when": "now", "readers": "4", **seen_by(stand, "sender", issue)}
    assert stand.send("sender", f"/issues/{issue}/send", fields).status_code == 303
    assert state(stand, issue) is IssueState.QUEUED


def test_an_edit_by_who_may_send_holds_it_as_well_and_they_approve_again(stand: Stand) -> None:
    issue = put_draft(stand.house)
    fields = {"when": "slot", "readers": "4", **seen_by(stand, "sender", issue)}
    stand.send("sender", f"/issues/{issue}/send", fields)
    edit(stand, in_it(stand, issue)[0][0], "A comma, at last", "sender")
    assert state(stand, issue) is IssueState.HELD
    fields = {"when": "slot", "readers": "4", **seen_by(stand, "sender", issue)}
    assert stand.send("sender", f"/issues/{issue}/send", fields).status_code == 303
    assert state(stand, issue) is IssueState.APPROVED


def test_a_correction_goes_at_another_time_with_the_letters_that_were_seen(stand: Stand) -> None:
    house = stand.house
    first = put_draft(house)
    stand.send("sender", f"/issues/{first}/send", {"when": "now", **seen_by(stand, "sender", first)})
    let_happen(house, first, [], then=IssueState.SENT)
    with house.store.write() as conn:
        edits.edit(conn, in_it(stand, first)[0][0], {"summary": "Put right."}, now=stand.clock())
        sent = issues.get_issue(conn, first)
    made = correct_issue(house, sent, note=["Put right."], about=None)
    then = (stand.clock() + timedelta(days=2)).astimezone(house.zone)
    fields = {"when": "then", "at": f"{then:%Y-%m-%dT%H:%M}", **seen_by(stand, "sender", made.issue)}
    assert stand.send("sender", f"/issues/{made.issue}/send", fields).status_code == 303
    assert state(stand, made.issue) is IssueState.APPROVED
    with house.store.read() as conn:
        assert ledger.counts(conn, made.issue).get(DeliveryState.DUE, 0) == 0
        assert issues.get_issue(conn, made.issue).due == then.replace(second=0, microsecond=0)


def test_what_was_approved_under_another_config_is_held_when_the_site_opens(stand: Stand) -> None:
    house, issue = stand.house, put_draft(stand.house)
    fields = {"when": "slot", "readers": "4", **seen_by(stand, "sender", issue)}
    assert stand.send("sender", f"/issues/{issue}/send", fields).status_code == 303
    assert hold_unlike(house, now=stand.clock()) == []
    with house.store.write() as conn:
        approved = galley_from(drafts.find_galley(conn, issue))
        assert approved
        drafts.put_galley(conn, issue, str(replace(approved, letter="0" * 16)))
    assert hold_unlike(house, now=stand.clock()) == [f"issue {issue} is held: {UNLIKE}"]
    assert state(stand, issue) is IssueState.HELD
    assert hold_unlike(house, now=stand.clock()) == []
