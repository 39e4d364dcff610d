"""What is done about an issue at the desk: sent, held, paused, resumed, cancelled; its letters decided about.

Whatever lets letters go, or ends them, is asked again on a page of its own, with the number of
readers it is about. The deeds are those of `publisher issues`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy import Connection
from starlette.responses import Response

from publisher.assemble.assembly import Assembled, Result
from publisher.assemble.galleys import NotAsSeen
from publisher.config import addresses, values
from publisher.errors import WrongUse
from publisher.house import issuedecisions, issuedeeds
from publisher.house.issuedecisions import Among, decide, letters_in_words, reason_of
from publisher.house.issuesending import When, as_it_stands, let_go, titles_of, what_changed
from publisher.model.delivery import UNSETTLED, DeliveryEvent, DeliveryState
from publisher.model.galley import galley_from
from publisher.model.issue import Issue, IssueState
from publisher.model.user import Right
from publisher.store import issues, ledger, proposals
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Method
from publisher.web.desk.issuegrounds import about_issue, issue_of, named, read_moment, zone_for
from publisher.web.desk.visit import Visit

MORE, FEW = 1.1, 5  # readers more than the page said, before it is asked again
UNSEEN = "What you saw of it did not come along with the button, so look at it here."

_Deed = Callable[[Connection, int], object]


class IssueActs:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def ask_to_send(self, visit: Visit) -> Response:
        """To how many, and when."""
        return self._asking(visit, issue_of(self._desk, visit), {})

    def send(self, visit: Visit) -> Response:
        """It goes, if it is what the page showed: compared in the transaction that lets it go."""
        issue = issue_of(self._desk, visit)
        typed = {"when": visit.text("when"), "at": visit.text("at")}
        try:
            when = self._when(visit, issue)
        except ValueError as wrong:
            return self._asking(visit, issue, typed, mistake=str(wrong), status=422)
        readers, seen = visit.text("readers")[:20], galley_from(visit.text("seen"))
        if seen is None:
            return self._asking(visit, issue, typed, changed=(UNSEEN,), status=422)
        if self._has_grown(visit, issue, readers):
            return self._asking(visit, issue, typed, grown=True, status=422)

        def note(conn: Connection) -> None:
            now = issuedeeds.get_issue(conn, issue.id)
            after = f"{now.state}, due {now.due:%Y-%m-%d %H:%M} UTC; the page said {readers} readers"
            before = f"{issue.state}, due {issue.due:%Y-%m-%d %H:%M} UTC"
            self._note(conn, visit, "issue.send", issue, before=before, after=after)

        try:
            gone = let_go(self._desk.house, issue.id, when, now=visit.now, also=note, seen=seen)
        except NotAsSeen as other:
            with self._desk.house.store.read() as conn:
                changed = what_changed(conn, seen, other.now)
            return self._asking(visit, issue, typed, changed=changed, status=422)
        told = self._gone_in_words(gone.made) + (f" But {gone.trouble}." if gone.trouble else "")
        return self._desk.back(visit, f"/issues/{issue.id}", told, wrong=gone.made.faulty or bool(gone.trouble))

    def _has_grown(self, visit: Visit, issue: Issue, stated: str) -> bool:
        """Whether clearly more would get it than the page said: somebody agreed to another number."""
        if not (stated.isascii() and stated.isdigit()):
            return False
        return as_it_stands(self._desk.house, issue, now=visit.now).readers > int(stated) * MORE + FEW

    def _gone_in_words(self, made: Assembled) -> str:
        if made.deliveries:
            return f"{letters_in_words(made.deliveries)} on the way, “{made.subject}”."
        if made.result is Result.APPROVED and made.due:
            due = self._desk.moment(made.due)
            return f"Approved. It goes {due.day}, {due.clock}." if due else "Approved."
        if made.result is Result.HELD:
            return f"It does not go, and is held: {made.why}. Mend that, then send it again."
        return f"Nothing goes: {made.result}."

    def _when(self, visit: Visit, issue: Issue) -> When:
        """Raises ValueError, for people."""
        if visit.text("when") == "then":
            at = read_moment(visit.text("at"), zone_for(self._desk, issue))
            if at <= visit.now:
                raise ValueError("that time is over: name one that is still to come")
            return When(at=at)
        return When(now=visit.text("when") == "now")

    def _asking(
        self,
        visit: Visit,
        issue: Issue,
        typed: dict[str, str],
        *,
        mistake: str = "",
        grown: bool = False,
        changed: Sequence[str] = (),
        status: int = 200,
    ) -> Response:
        standing = as_it_stands(self._desk.house, issue, now=visit.now)
        readers = standing.readers
        with self._desk.house.store.read() as conn:
            letter = issues.find_letter(conn, issue.id)
            titles = titles_of(conn, standing.galley)
        zone = zone_for(self._desk, issue)
        told = {
            "issue": named(self._desk, issue),
            "readers": readers,
            "subject": letter.subject if letter else "",
            "is_to_come": issue.due > visit.now,
            "typed": {"when": "slot" if issue.due > visit.now else "now", "at": ""} | typed,
            "earliest": f"{visit.now.astimezone(zone):%Y-%m-%dT%H:%M}",
            "zone": str(zone),
            "mistake": mistake,
            "grown": grown,
            "changed": changed,
            "seen": str(standing.galley),
            "titles": titles,
        }
        return self._desk.page(visit, "desk/issue_send.html", told, status=status)

    def hold(self, visit: Visit) -> Response:
        told = "It is held, and does not go by itself. Send it when all is settled."
        return self._done(visit, "issue.hold", issuedeeds.hold, told)

    def pause(self, visit: Visit) -> Response:
        why = " ".join(visit.text("why").split())[:200] or "by hand"
        told = "Paused. No more letters go; what is on the wire is settled."
        return self._done(visit, "issue.pause", partial(issuedeeds.pause, why=why), told)

    def resume(self, visit: Visit) -> Response:
        def resume(conn: Connection, issue: int) -> object:
            return issuedeeds.resume(conn, self._desk.house, issue)

        return self._done(visit, "issue.resume", resume, "It goes on, within two seconds.")

    def ask_to_cancel(self, visit: Visit) -> Response:
        issue = issue_of(self._desk, visit)
        if issue.state in (IssueState.SENT, IssueState.CANCELLED):
            raise WrongUse(f"issue {issue.id} is {issue.state}: there is nothing to cancel")
        with self._desk.house.store.read() as conn:
            counts = ledger.counts(conn, issue.id)
        told = {
            "issue": named(self._desk, issue),
            "is_proposal": issue.state in proposals.PROPOSED,
            "to_go": sum(counts.get(state, 0) for state in UNSETTLED),
            "sent": counts.get(DeliveryState.SENT, 0),
            "of_its_posts": issuedeeds.what_of_its_posts(issue).removeprefix("; "),
        }
        return self._desk.page(visit, "desk/issue_cancel.html", told)

    def cancel(self, visit: Visit) -> Response:
        issue = issue_of(self._desk, visit)

        def cancel(conn: Connection, number: int) -> object:
            return issuedeeds.cancel(conn, self._desk.house, number)

        return self._done(visit, "issue.cancel", cancel, f"Cancelled{issuedeeds.what_of_its_posts(issue)}.")

    def retry(self, visit: Visit) -> Response:
        return self._decide(visit, DeliveryEvent.RETRY, "issue.retry")

    def arrived(self, visit: Visit) -> Response:
        return self._decide(visit, DeliveryEvent.RESOLVE_SENT, "issue.count-as-sent")

    def again(self, visit: Visit) -> Response:
        return self._decide(visit, DeliveryEvent.SEND_AGAIN, "issue.send-again")

    def _decide(self, visit: Visit, event: DeliveryEvent, act: str) -> Response:
        issue = issue_of(self._desk, visit)
        where = f"/issues/{issue.id}"
        try:
            only = Among(
                reasons=_read(visit.text("reason"), reason_of),
                domains=_read(visit.text("domain"), values.domain),
                readers=_read(visit.text("reader"), addresses.mail_address),
            )
        except ValueError as wrong:
            return self._desk.back(visit, where, f"Nothing was done: {wrong}.", wrong=True)
        with self._desk.house.store.write() as conn:
            decided = decide(conn, self._desk.house, issue.id, event, only)
            if decided.letters:
                among = ", ".join((*only.reasons, *only.domains, *("one reader" for _ in only.readers))) or "all"
                after = f"{letters_in_words(decided.letters)} {issuedecisions.DONE[event]} ({among})"
                self._note(conn, visit, act, issue, before="", after=after)
            mistake = issuedecisions.goes_with_the_mistake(conn, issue.id) if decided.letters else ""
        waits = " They wait until the issue is resumed." if decided.waits else ""
        warned = (
            f" {_upper(mistake.partition('; ')[0])}." if mistake and event is not DeliveryEvent.RESOLVE_SENT else ""
        )
        return self._desk.back(visit, where, f"{_upper(decided.told)}.{waits}{warned}", wrong=not decided.letters)

    def _done(self, visit: Visit, act: str, deed: _Deed, told: str) -> Response:
        issue = issue_of(self._desk, visit)
        with self._desk.house.store.write() as conn:
            deed(conn, issue.id)
            after = issuedeeds.get_issue(conn, issue.id)
            self._note(conn, visit, act, issue, before=_state(issue), after=_state(after))
        return self._desk.back(visit, f"/issues/{issue.id}", told)

    def _note(self, conn: Connection, visit: Visit, act: str, issue: Issue, *, before: str, after: str) -> None:
        subject = f"issue:{issue.id}"
        self._desk.note(conn, visit, act, subject, newsletter=issue.newsletter, before=before, after=after)


def _state(issue: Issue) -> str:
    return str(issue.state) + (f": {issue.why}" if issue.why and issue.state is not IssueState.SENT else "")


def _read(text: str, reader: Callable[[object], str]) -> tuple[str, ...]:
    return (reader(text),) if text else ()


def _upper(words: str) -> str:
    return words[:1].upper() + words[1:]


def doors(desk: Desk) -> list[Door]:
    acts, about = IssueActs(desk), about_issue(desk)
    asking = (("send", acts.ask_to_send), ("cancel", acts.ask_to_cancel))
    doing = (
        ("send", acts.send),
        ("hold", acts.hold),
        ("pause", acts.pause),
        ("resume", acts.resume),
        ("cancel", acts.cancel),
        ("retry", acts.retry),
        ("arrived", acts.arrived),
        ("again", acts.again),
    )
    return [
        *(Door(path=f"/issues/{{id:int}}/{name}", handler=one, right=Right.SEND, about=about) for name, one in asking),
        *(
            Door(path=f"/issues/{{id:int}}/{name}", handler=one, right=Right.SEND, about=about, method=Method.POST)
            for name, one in doing
        ),
    ]
