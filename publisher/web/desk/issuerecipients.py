"""Who gets an issue, and what became of each letter: by state, reason, domain or address, in pages."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from publisher.model.delivery import DeliveryState
from publisher.model.reason import in_words
from publisher.model.user import Right
from publisher.store import ledger, recipients, troubles
from publisher.store.recipients import Asked, Place, Recipient
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door
from publisher.web.desk.issuegrounds import about_issue, issue_of, named
from publisher.web.desk.visit import Visit

PAGE = 50
STATES = {
    DeliveryState.SENT: ("sent", "good"),
    DeliveryState.DUE: ("to go", ""),
    DeliveryState.CLAIMED: ("next to go", "busy"),
    DeliveryState.SENDING: ("on the wire", "busy"),
    DeliveryState.DEFERRED: ("put off", "wait"),
    DeliveryState.FAILED: ("failed", "bad"),
    DeliveryState.IN_DOUBT: ("in doubt", "bad"),
    DeliveryState.SKIPPED: ("left out", ""),
}
_FIELDS = ("state", "reason", "domain", "address")


class RecipientsPage:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, visit: Visit) -> Response:
        issue, typed = issue_of(self._desk, visit), {name: visit.asked(name)[:320] for name in _FIELDS}
        state = DeliveryState(typed["state"]) if typed["state"] in set(DeliveryState) else None
        asked = Asked(
            state=state,
            reason=typed["reason"],
            domain=typed["domain"].removeprefix("@").lower(),
            address=typed["address"],
        )
        after = visit.asked_all("after")
        with self._desk.house.store.read() as conn:
            found = recipients.page(conn, issue.id, asked, limit=PAGE, after=after)
            counts = ledger.counts(conn, issue.id)
            reasons = {one for each in troubles.by_reason(conn, issue.id).values() for one in each}
        values = {
            "issue": named(self._desk, issue),
            "recipients": [self._row(one) for one in found.recipients],
            "older": self._on(visit, issue.id, typed, found.goes_on) if found.goes_on else "",
            "first": self._on(visit, issue.id, typed, ()) if after else "",
            "is_cut": found.is_cut,
            "looked_at": recipients.LOOKED_AT,
            "typed": typed,
            "states": [
                {"value": one.value, "name": word, "number": counts.get(one, 0)}
                for one, (word, _) in STATES.items()
                if counts.get(one) or one is state
            ],
            "reasons": [{"value": one, "name": in_words(one)} for one in sorted(reasons | {typed["reason"]}) if one],
            "total": sum(counts.values()),
            "is_filtered": any(typed.values()),
        }
        return self._desk.page(visit, "desk/issue_recipients.html", values)

    def _row(self, one: Recipient) -> dict[str, object]:
        return {
            "reader": one.subscriber,
            "email": one.email,
            "badge": STATES[one.state],
            "reason": in_words(one.reason) if one.reason else "",
            "answer": " ".join(word for word in (str(one.code or ""), one.enhanced, one.reply) if word),
            "attempts": one.attempts,
            "changed": self._desk.moment(one.changed),
            "next_try": self._desk.moment(one.next_try),
        }

    def _on(self, visit: Visit, issue: int, typed: dict[str, str], place: Place) -> str:
        query = [*((name, value) for name, value in typed.items() if value), *(("after", part) for part in place)]
        root = f"{self._desk.root(visit)}/issues/{issue}/recipients"
        return f"{root}?{urlencode(query)}" if query else root


def doors(desk: Desk) -> list[Door]:
    page = RecipientsPage(desk)
    path = "/issues/{id:int}/recipients"
    return [Door(path=path, handler=page.show, right=Right.EDIT, about=about_issue(desk))]
