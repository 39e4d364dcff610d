"""What somebody's word does to an issue: pause, resume, hold, cancel. Each in the caller's transaction.

Whoever sends sees it within two seconds, in whatever process. Not here: letting a proposal go
(`making.approve_issue`), changing a draft (`issuedrafts.py`), letters one by one (`issuedecisions.py`).
"""

from __future__ import annotations

from sqlalchemy import Connection

from publisher.errors import WrongUse
from publisher.house.opened import House, utc_now
from publisher.house.relaying import engine_of, mail_of
from publisher.model.issue import Issue, IssueEvent, IssueState
from publisher.model.subscriber import Cadence
from publisher.store import drafts, issues, proposals


def get_issue(conn: Connection, issue_id: int) -> Issue:
    """The issue of this number. Raises WrongUse where there is none."""
    issue = issues.find_issue(conn, issue_id)
    if issue is None:
        raise WrongUse(f"there is no issue {issue_id}; `publisher issues` lists them")
    return issue


def get_proposal(conn: Connection, house: House, issue_id: int) -> Issue:
    """The same where it is not released yet, of a newsletter that there is. Raises WrongUse."""
    issue = get_issue(conn, issue_id)
    if issue.state not in proposals.PROPOSED:
        cure = f"; send it with: publisher issues resume {issue_id}" if issue.state is IssueState.PAUSED else ""
        raise WrongUse(f"issue {issue_id} is {issue.state}: there is nothing to approve{cure}")
    if issue.newsletter not in house.newsletters:
        raise WrongUse(
            f"issue {issue_id} is of newsletter {issue.newsletter!r}, which is not in {house.file.path} any more; "
            f"end it with: publisher issues cancel {issue_id}"
        )
    return issue


def pause(conn: Connection, issue_id: int, *, why: str) -> Issue:
    """Send no more letters of it for now; what is on the wire is settled. The issue as it was. Raises WrongUse."""
    return _move(conn, issue_id, IssueEvent.PAUSE, why=why)


def resume(conn: Connection, house: House, issue_id: int) -> Issue:
    """Go on with it; its letters have their whole lifetime again."""
    issue = _move(conn, issue_id, IssueEvent.RESUME)
    live_on(conn, house, issue_id)
    return issue


def hold(conn: Connection, issue_id: int) -> Issue:
    """Do not let a proposal go by itself."""
    return _move(conn, issue_id, IssueEvent.HOLD, why="by hand")


def cancel(conn: Connection, house: House, issue_id: int) -> Issue:
    """Send no more of it, ever; letters that are out stay out."""
    issue = get_issue(conn, issue_id)
    if not engine_of(house, lambda _stop: True).cancel_in(conn, issue_id):
        raise WrongUse(f"issue {issue_id} is {issue.state}: there is nothing to cancel")
    drafts.forget(conn, issue_id)
    return issue


def what_of_its_posts(issue: Issue) -> str:
    """What becomes of the posts of an issue that was cancelled, to be put behind that; "" where they are out."""
    if issue.state not in proposals.PROPOSED or issue.corrects is not None:
        return ""
    alone = issue.cadence is Cadence.AS_IT_HAPPENS
    return "; its post does not go alone any more" if alone else "; its posts come with the next issue"


def live_on(conn: Connection, house: House, issue_id: int) -> None:
    """Somebody says that its letters are to go: they have their whole lifetime from now on."""
    issues.prolong(conn, issue_id, until=utc_now() + mail_of(house).lifetime)


def _move(conn: Connection, issue_id: int, event: IssueEvent, *, why: str = "") -> Issue:
    issue = get_issue(conn, issue_id)
    if not issues.move_if(conn, issue_id, event, now=utc_now(), why=why):
        raise WrongUse(f"issue {issue_id} is {issue.state}: there is nothing to {event}{_instead(issue, event)}")
    return issue


def _instead(issue: Issue, event: IssueEvent) -> str:
    if event is IssueEvent.HOLD and issue.state in (IssueState.QUEUED, IssueState.SENDING):
        return f"; stop its letters with: publisher issues pause {issue.id}"
    if event is IssueEvent.PAUSE and issue.state in (IssueState.DRAFT, IssueState.APPROVED):
        return f"; keep it back with: publisher issues hold {issue.id}"
    if event is IssueEvent.RESUME and issue.state in proposals.PROPOSED:
        return f"; send it with: publisher issues approve {issue.id}"
    return ""
