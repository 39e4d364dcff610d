"""Issues at the desk: in lists, one by one, a draft changed by buttons, what is done about them and by whom."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from publisher.cli.run_ import do_all
from publisher.house.issuedrafts import let_moved_go, move_to, posts_in
from publisher.house.making import assemble_issue
from publisher.house.opened import House, utc_now
from publisher.model.arrangement import AS_COMPOSED
from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.model.schedule import Slot
from publisher.model.subscriber import Cadence
from publisher.store import audit, drafts, issues, ledger, schema
from tests.desk_issues import clear, fill, join, let_happen, put_draft, put_issue, seen_by, send_all
from tests.desk_stand import Stand, desk_stand

FAILED, IN_DOUBT, DEFERRED, SENT = (
    DeliveryState.FAILED,
    DeliveryState.IN_DOUBT,
    DeliveryState.DEFERRED,
    DeliveryState.SENT,
)


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with desk_stand(tmp_path_factory.mktemp("issues")) as opened:
        fill(opened.house)
        yield opened


@pytest.fixture(autouse=True)
def clean(stand: Stand) -> Iterator[None]:
    """Each test has its own issues."""
    yield
    clear(stand.house)


def titles(house: House, issue: int) -> list[str]:
    with house.store.read() as conn:
        return [post.title for post in posts_in(conn, house, issues.get_issue(conn, issue))]


def state(house: House, issue: int) -> IssueState:
    with house.store.read() as conn:
        return issues.get_issue(conn, issue).state


def acts(house: House) -> list[str]:
    with house.store.read() as conn:
        return [one.act for one in audit.newest(conn, only=audit.Only(), limit=50)]


def seq_of(page: str, title: str) -> str:
    found = re.search(rf'<li id="post-(\d+)">(?:(?!<li).)*{re.escape(title)}', page, re.DOTALL)
    assert found, page
    return found[1]


def press(stand: Stand, who: str, issue: int, deed: str, **fields: str) -> str:
    """Press a button of an issue's page; the page that comes then."""
    seen = seen_by(stand, who, issue) if deed == "send" else {}
    answer = stand.send(who, f"/issues/{issue}/{deed}", seen | fields)
    assert answer.status_code == 303, answer.text
    with stand.client(who) as client:
        client.cookies.update(answer.cookies)
        return client.get(f"/desk/issues/{issue}").text


def test_what_wants_a_hand_comes_first_and_what_is_over_comes_in_pages(stand: Stand) -> None:
    house = stand.house
    old = put_issue(house, key="2026-11-01")
    let_happen(house, old, [(IN_DOUBT, "")], then=IssueState.SENT)
    with house.store.write() as conn:
        conn.execute(update(schema.subscriptions).values(seen_seq=0, ahead=""))
    draft = put_draft(house)
    page = stand.get("viewer", "/issues").text
    assert page.index("Wants a hand") < page.index(f'issues/{draft}"')
    assert ">Past<" not in page
    assert page.count(f'issues/{old}"') == 1  # it is over, and stands where somebody has to decide about its letter
    today = stand.get("viewer").text
    assert today.count("1 letter may have arrived or not: somebody has to decide") == 1
    with house.store.write() as conn:
        conn.execute(
            update(schema.issues).where(schema.issues.c.id == old).values(state="paused", why="too many refusals")
        )
    today = stand.get("viewer").text
    assert today.count(f'issues/{old}"') == 1
    assert "too many refusals; 1 letter may have arrived or not: somebody has to decide" in today
    with house.store.write() as conn:
        conn.execute(update(schema.issues).where(schema.issues.c.id == old).values(state="sent", why=""))
    assert "3 sent · 1 in doubt" in page
    with house.store.write() as conn:
        rows = [
            {"newsletter": "morning", "cadence": "daily", "slot": f"s{number}", "state": "cancelled"}
            | {"created": stand.clock(), "due": stand.clock() - timedelta(days=2), "expires": stand.clock()}
            | {"through_seq": 0}
            for number in range(60)
        ]
        conn.execute(schema.issues.insert(), rows)
    page = stand.get("viewer", "/issues").text
    assert page.index("Wants a hand") < page.index(f'issues/{old}"') < page.index(">Past<")
    assert page.count(f'issues/{old}"') == 1
    seen: list[str] = []
    path = "/issues"
    for _ in range(3):
        page = stand.get("viewer", path).text
        seen += re.findall(r"· (s\d+)<", page)
        older = re.search(r'href="[^"]*/(issues\?[^"]+)" rel="next"', page)
        path = "/" + older[1].replace("&amp;", "&") if older else ""
    assert not path
    assert sorted(seen) == sorted(f"s{number}" for number in range(60))
    newer = re.search(r'href="[^"]*/(issues\?[^"]+)" rel="prev"', page)
    assert newer
    assert len(re.findall(r"· s\d+<", stand.get("viewer", "/" + newer[1]).text)) == 25
    assert "Wants a hand" not in stand.get("viewer", "/issues?state=sent").text
    assert stand.get("viewer", "/issues?before=nonsense_9&newsletter=morning").status_code == 200
    assert stand.get("viewer", "/issues?newsletter=evening").status_code == 404


def test_an_editor_moves_leaves_out_and_adds_posts_and_it_goes_like_that(stand: Stand) -> None:
    house, issue = stand.house, put_draft(stand.house)
    first = titles(house, issue)
    page = stand.get("editor", f"/issues/{issue}").text
    lead, last = seq_of(page, first[0]), seq_of(page, first[-1])
    assert "Moved down." in press(stand, "editor", issue, "posts/down", post=lead)
    assert titles(house, issue) == [first[1], first[0], *first[2:]]
    assert "It is the lead now." in press(stand, "editor", issue, "posts/lead", post=last)
    assert titles(house, issue) == [first[-1], first[1], first[0], *first[2:-1]]
    assert "comes with the next issue" in press(stand, "editor", issue, "posts/out", post=lead)
    assert first[0] not in titles(house, issue)
    found = stand.get(
        "editor",
        f"/issues/{issue}/add",
    ).text
    assert first[0] in found
    assert first[1] not in found
    assert first[0] in stand.get("editor", f"/issues/{issue}/add?words={first[0].split()[0].upper()}").text
    assert "No post that could be added" in stand.get("editor", f"/issues/{issue}/add?words=zeppelin").text
    assert "Added at the end." in press(stand, "editor", issue, "posts/add", post=lead)
    wanted = [first[-1], first[1], *first[2:-1], first[0]]
    assert titles(house, issue) == wanted
    press(stand, "editor", issue, "posts/out", post=lead)
    assert "on the way" in press(stand, "sender", issue, "send", when="now", readers="4")
    assert titles(house, issue) == wanted[:-1]
    with house.store.read() as conn:
        assert drafts.find(conn, issue) == AS_COMPOSED
        read = issues.find_letter(conn, issue)
    assert read
    assert read.subject == first[-1]
    again = put_issue(house, key="2026-12-02")
    assert titles(house, again) == [first[0]]  # what was left out comes with the next issue, and nothing else
    done = acts(house)
    assert done.index("issue.send") < done.index("issue.add") < done.index("issue.lead") < done.index("issue.down")


def test_a_full_letter_gives_way_to_what_an_editor_adds(stand: Stand) -> None:
    house = stand.house
    issue = put_draft(house)
    first = titles(house, issue)
    with house.store.read() as conn:
        seqs = {post.title: post.seq for post in posts_in(conn, house, issues.get_issue(conn, issue))}
    newest, table = max(seqs.values()), house.config.newsletters["morning"]
    with house.store.write() as conn:  # drafted when there was less
        conn.execute(update(schema.issues).values(through_seq=newest - 1))
    assert table.maximum > len(first)
    press(stand, "editor", issue, "anew")
    press(stand, "editor", issue, "posts/up", post=str(sorted(seqs.values())[0]))
    late = next(title for title, seq in seqs.items() if seq == newest)
    assert late not in titles(house, issue)
    press(stand, "editor", issue, "posts/add", post=str(newest))
    assert titles(house, issue)[-1] == late
    press(stand, "sender", issue, "send", when="now")
    with house.store.read() as conn:
        assert issues.get_issue(conn, issue).through_seq == newest - 1  # what stood between was not looked at


def test_who_approved_it_approved_something_else(stand: Stand) -> None:
    house, issue = stand.house, put_draft(stand.house)
    assert "Approved. It goes" in press(stand, "sender", issue, "send", when="slot", readers="4")
    assert state(house, issue) is IssueState.APPROVED
    page = stand.get("editor", f"/issues/{issue}").text
    told = press(stand, "editor", issue, "posts/lead", post=seq_of(page, titles(house, issue)[2]))
    assert "It is held now, because its posts were changed after it was approved." in told
    assert state(house, issue) is IssueState.HELD


def test_the_last_post_is_not_left_out_and_nothing_moves_that_is_gone(stand: Stand) -> None:
    house, issue = stand.house, put_draft(stand.house)
    for _ in titles(house, issue)[1:]:
        page = stand.get("editor", f"/issues/{issue}").text
        press(stand, "editor", issue, "posts/out", post=seq_of(page, titles(house, issue)[0]))
    page = stand.get("editor", f"/issues/{issue}").text
    seq = seq_of(page, titles(house, issue)[0])
    answer = stand.send("editor", f"/issues/{issue}/posts/out", {"post": seq})
    assert answer.status_code == 422
    assert "cancel the issue instead" in answer.text
    assert stand.send("editor", f"/issues/{issue}/posts/sideways", {"post": seq}).status_code == 422
    assert stand.send("editor", f"/issues/{issue}/posts/up", {"post": "1e9"}).status_code == 422
    assert "as it was composed" in press(stand, "editor", issue, "anew")
    press(stand, "sender", issue, "cancel")
    assert stand.send("editor", f"/issues/{issue}/posts/up", {"post": seq}).status_code == 422


def test_how_many_get_it_is_said_before_it_goes_and_asked_again(stand: Stand) -> None:
    house, issue = stand.house, put_draft(stand.house)
    page = stand.get("sender", f"/issues/{issue}/send").text
    assert "<button>Send to 4 readers</button>" in page
    assert "At its time" in page
    assert stand.get("editor", f"/issues/{issue}/send").status_code == 403
    assert stand.send("editor", f"/issues/{issue}/send", {"when": "now"}).status_code == 403
    assert "Send…" not in stand.get("editor", f"/issues/{issue}").text
    for number in range(6):
        join(house, f"zoe{number}")
    answer = stand.send(
        "sender", f"/issues/{issue}/send", {"when": "now", "readers": "4", **seen_by(stand, "sender", issue)}
    )
    assert answer.status_code == 422
    assert "more readers would get it" in answer.text
    assert "<button>Send to 10 readers</button>" in answer.text
    assert state(house, issue) is IssueState.DRAFT
    assert "on the way" in press(stand, "sender", issue, "send", when="now", readers="10")
    assert state(house, issue) is IssueState.QUEUED
    assert stand.get("sender", f"/issues/{issue}/send").status_code == 422


@pytest.mark.parametrize("typed", ["", "soon", "2020-01-01T07:00", "2027-03-28T02:30"])
def test_a_time_that_is_none_is_asked_for_again(stand: Stand, typed: str) -> None:
    issue = put_draft(stand.house)
    answer = stand.send("sender", f"/issues/{issue}/send", {"when": "then", "at": typed})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert f'value="{typed}"' in answer.text
    assert state(stand.house, issue) is IssueState.DRAFT


def test_an_issue_goes_at_the_time_that_somebody_gave_it_and_not_at_its_slot(stand: Stand) -> None:
    house, issue = stand.house, put_draft(stand.house)
    then = (stand.clock() + timedelta(days=2)).astimezone(house.zone)
    told = press(stand, "sender", issue, "send", when="then", at=f"{then:%Y-%m-%dT%H:%M}", readers="4")
    assert "Approved. It goes" in told
    assert "moved there by hand" in told
    with house.store.read() as conn:
        due = issues.get_issue(conn, issue).due
    assert put_again(house, issue) is IssueState.APPROVED  # its slot comes, and it waits
    assert let_moved_go(house, now=due - timedelta(minutes=1)) == []
    assert "4 letters" in let_moved_go(house, now=due + timedelta(seconds=1))[0]
    assert state(house, issue) is IssueState.QUEUED
    assert let_moved_go(house, now=due + timedelta(seconds=2)) == []


def test_one_pass_of_run_lets_what_was_moved_go(stand: Stand) -> None:
    house, issue = stand.house, put_draft(stand.house, hours=48)
    with house.store.write() as conn:
        move_to(conn, house, issue, utc_now() + timedelta(seconds=1), now=utc_now())
    stand_still = do_all(house, at_once=False)
    time.sleep(1.1)
    summary = do_all(house, at_once=False)
    told = [*stand_still.moved, *summary.moved]
    assert len(told) == 1
    assert told[0].startswith(f"issue {issue}: 4 letters")
    assert state(house, issue) is IssueState.SENT


def put_again(house: House, issue: int) -> IssueState:
    """The slot of its draft has come."""
    slot = Slot(key="2026-12-01", at=utc_now())
    assert assemble_issue(house, "morning", Cadence.DAILY, slot, now=utc_now()).issue == issue
    return state(house, issue)


def test_pause_resume_hold_and_cancel_do_what_the_commands_do(stand: Stand) -> None:
    house = stand.house
    issue = put_issue(house)
    assert "Paused." in press(stand, "morning-sender", issue, "pause")
    page = stand.get("viewer", f"/issues/{issue}").text
    assert "by hand" in page
    assert "Morning-Sender" not in page, "who it was is for those who edit"
    assert "Resume" not in page
    assert send_all(house) == 0
    assert "It goes on" in press(stand, "sender", issue, "resume")
    assert (
        "4</strong> letters that have not gone yet do not go any more"
        in stand.get("sender", f"/issues/{issue}/cancel").text
    )
    assert "Cancelled." in press(stand, "sender", issue, "cancel")
    assert send_all(house) == 0
    assert acts(house)[:3] == ["issue.cancel", "issue.resume", "issue.pause"]
    clear(house)
    draft = put_draft(house, key="2026-12-05")
    assert "It is held" in press(stand, "sender", draft, "hold")
    assert "its posts come with the next issue" in stand.get("sender", f"/issues/{draft}/cancel").text
    assert "its posts come with the next issue" in press(stand, "sender", draft, "cancel")
    assert stand.send("sender", f"/issues/{draft}/hold").status_code == 422


def test_failed_letters_are_tried_again_by_reason_domain_and_reader(stand: Stand) -> None:
    house, issue = stand.house, put_issue(stand.house)
    let_happen(house, issue, [(FAILED, "mailbox-full"), (FAILED, "user-unknown")], then=IssueState.SENT)
    page = stand.get("sender", f"/issues/{issue}").text
    assert "mailbox full (1)" in page
    assert "1 letter to be tried again" in press(stand, "sender", issue, "retry", reason="mailbox-full")
    assert state(house, issue) is IssueState.QUEUED
    assert "none is like that" in press(stand, "sender", issue, "retry", domain="elsewhere.example").lower()
    assert "Nothing was done: " in press(stand, "sender", issue, "retry", reason="bad weather")
    assert "Nothing was done: " in press(stand, "sender", issue, "retry", reader="no address")
    assert "1 letter to be tried again" in press(stand, "sender", issue, "retry", reader="reader1@quay.example")
    assert stand.send("editor", f"/issues/{issue}/retry").status_code == 403
    assert send_all(house) == 2
    assert state(house, issue) is IssueState.SENT


def test_letters_in_doubt_are_counted_as_sent_or_go_again(stand: Stand) -> None:
    house, issue = stand.house, put_issue(stand.house)
    let_happen(house, issue, [(IN_DOUBT, ""), (IN_DOUBT, "")], then=IssueState.SENT)
    assert "2 letters were handed over" in stand.get("sender", f"/issues/{issue}").text
    assert "1 letter counted as sent" in press(stand, "sender", issue, "arrived", reader="reader0@quay.example")
    assert "1 letter to be sent again" in press(stand, "sender", issue, "again")
    with house.store.read() as conn:
        assert ledger.counts(conn, issue) == {DeliveryState.DUE: 1, SENT: 3}
    assert send_all(house) == 1


def test_who_gets_it_is_found_by_state_reason_domain_and_address(stand: Stand) -> None:
    house = stand.house
    join(house, "zoe", domain="lighthouse.example")
    issue = put_issue(house)
    happened = [(FAILED, "mailbox-full"), (DEFERRED, "rate-limited"), (DeliveryState.DUE, "")]
    let_happen(house, issue, happened, then=IssueState.SENDING)

    def found(query: str) -> set[str]:
        page = stand.get("editor", f"/issues/{issue}/recipients?{query}").text
        return set(re.findall(r"(\w+)@(?:quay|lighthouse)\.example</a>", page))

    assert found("") == {"reader0", "reader1", "reader2", "ada", "zoe"}
    assert found("state=failed") == {"reader0"}
    assert found("state=failed&reason=mailbox-full") == {"reader0"}
    assert found("state=failed&reason=rate-limited") == set()
    assert found("state=deferred") == {"reader1"}
    assert found("state=deferred&reason=rate-limited") == {"reader1"}
    assert found("state=due") == {"reader2"}
    assert found("state=sent") == {"ada", "zoe"}
    assert found("domain=Lighthouse.example") == {"zoe"}
    assert found("address=ADA@quay.example") == {"ada"}
    assert found("address=ada@quay.example&state=failed") == set()
    assert found("address=nobody@quay.example") == set()
    assert found("state=nonsense&after=r&after=x") == {"reader0", "reader1", "reader2", "ada", "zoe"}
    page = stand.get("editor", f"/issues/{issue}/recipients").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert stand.get("viewer", f"/issues/{issue}/recipients").status_code == 403
    assert "quay.example</a>" not in stand.get("viewer", f"/issues/{issue}").text


def test_how_it_goes_is_told_until_it_is_through(stand: Stand) -> None:
    house, issue = stand.house, put_issue(stand.house)
    let_happen(house, issue, [(DeliveryState.DUE, ""), (DEFERRED, "rate-limited")], then=IssueState.SENDING)
    answer = stand.get("viewer", f"/issues/{issue}/progress")
    assert "hx-refresh" not in answer.headers
    assert 'hx-trigger="every 2s"' in answer.text
    assert "75 %" in answer.text
    assert "quay.example" in answer.text
    before = re.search(r"before=(\d+-\d+)", answer.text)
    assert before
    moment = int(before[1].partition("-")[0]) - 60_000
    answer = stand.get("viewer", f"/issues/{issue}/progress?before={moment}-1")
    assert re.search(r">2</strong> letters a minute", answer.text)
    assert "about <strong>1 minute</strong> to go" in answer.text or "30 seconds" in answer.text
    assert stand.get("viewer", f"/issues/{issue}/progress?before=x.y-9.{'9' * 300}").status_code == 200
    with house.store.write() as conn:
        conn.execute(update(schema.issues).values(state=IssueState.SENT))
    answer = stand.get("viewer", f"/issues/{issue}/progress")
    assert answer.headers["hx-refresh"] == "true"
    assert "hx-trigger" not in answer.text


def test_an_issue_that_is_not_there_or_that_one_may_not_see(stand: Stand) -> None:
    assert stand.get("viewer", "/issues/999").status_code == 404
    assert stand.get("viewer", f"/issues/{2**70}").status_code == 404
    issue = put_draft(stand.house)
    with stand.house.store.write() as conn:
        conn.execute(schema.newsletters.insert(), {"slug": "evening", "name": "Evening", "created": stand.clock()})
        conn.execute(update(schema.issues).values(newsletter="evening"))
    assert stand.get("morning-editor", f"/issues/{issue}").status_code == 403
    page = stand.get("owner", f"/issues/{issue}").text
    assert "no longer in config.toml" in page
    assert "Send…" not in page
    assert stand.get("owner", f"/issues/{issue}/preview").status_code == 200
    assert "not in config.toml any more" in stand.get("owner", f"/issues/{issue}/preview").text
    assert "Cancelled" in press(stand, "owner", issue, "cancel")


def test_what_strangers_wrote_stands_on_the_pages_as_text(stand: Stand) -> None:
    house, nasty = stand.house, "<script>alert('x')</script>&\"><img src=x onerror=alert(2)>"
    with house.store.write() as conn:
        kept = conn.execute(select(schema.posts.c.seq, schema.posts.c.title)).all()
        conn.execute(update(schema.posts).values(title=nasty))
    try:
        issue = put_draft(house)
        with house.store.write() as conn:
            conn.execute(
                update(schema.issues).values(
                    why=nasty, state=IssueState.HELD, findings=[{"severity": "warning", "problem": nasty}]
                )
            )
        for path in ("", "/preview", "/preview?view=source", "/preview?view=text", "/send", "/add", "/cancel"):
            page = stand.get("owner", f"/issues/{issue}{path}").text
            assert "<script>alert" not in page, path
            assert "<img src=x" not in page, path
        assert "<script>alert" not in stand.get("owner", "/issues").text
        assert "<script>alert" not in stand.get("owner", f"/issues/{issue}/preview?as={nasty}&view={nasty}").text
    finally:
        with house.store.write() as conn:
            for seq, title in kept:
                conn.execute(update(schema.posts).where(schema.posts.c.seq == seq).values(title=title))
