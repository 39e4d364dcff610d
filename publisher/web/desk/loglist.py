"""The log: who changed what, when, and what stood there before; and what the program did by itself.

Whoever may look at a newsletter reads what was done about it. What is about the site is for owners;
so are addresses that somebody came from. What was done about readers is told in full to those who
may see readers; who it was, to those who may edit (`colleagues.py`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import Response

from publisher.model.user import EVERYTHING, Right
from publisher.store import audit, users
from publisher.store.audit import Change, Only
from publisher.web.desk.colleagues import may_name, who_did
from publisher.web.desk.desk import Desk
from publisher.web.desk.difference import difference
from publisher.web.desk.doors import Door, Somewhere
from publisher.web.desk.visit import Visit

PAGE = 50
SHORT = 90  # characters of a change that needs no click
BY_NOBODY = "nobody"
OF_SITE = "site"  # no slug is chosen that would be in its way: a newsletter is asked for by `n:SLUG`
_SLUG = re.compile(r"[a-z0-9-]+")
# Which right it takes to see the page of a thing, whether the thing has a number, and where the page is.
_PAGES = {
    "user": (Right.OWN, True, "/users"),
    "issue": (Right.LOOK, True, "/issues"),
    "post": (Right.LOOK, True, "/posts"),
    "reader": (Right.EDIT, True, "/readers"),
    "newsletter": (Right.LOOK, False, "/newsletters"),
    "column": (Right.LOOK, False, "/columns"),
}
OF_READERS = ("reader", "readers", "subscriber", "suppression", "import", "export", "segment")
IN_WORDS = {
    "login.done": "signed in",
    "login.failed": "failed to sign in",
    "login.recovery": "used a recovery code",
    "logout": "signed out",
    "user.first": "became the first owner",
    "user.invite": "invited",
    "user.link": "made a link to choose a password",
    "user.roles": "changed roles",
    "user.disable": "disabled an account",
    "user.enable": "enabled an account",
    "user.remove": "removed an account",
    "user.second-factor": "changed a second factor",
    "user.sessions": "signed browsers out",
    "user.password": "chose a new password",
    "user.name": "changed a name",
    "user.address-wanted": "asked for another address",
    "user.address-link": "made a link to confirm an address",
    "user.address": "signs in with another address",
    "user.oidc": "tied an account to the provider",
    "post.edit": "edited a post",
    "post.let_go": "let a post's fields go",
    "post.withdraw": "withdrew a post",
    "post.restore": "brought a post back",
    "post.hold": "held a post back from letters",
    "post.release": "let a post go into letters",
    "post.redate": "gave a post another date",
    "source.add": "added a source",
    "source.change": "changed how a source is read",
    "source.collect": "had a source visited",
    "issue.draft": "made a draft",
    "issue.up": "moved a post up",
    "issue.down": "moved a post down",
    "issue.lead": "chose the lead",
    "issue.out": "left a post out",
    "issue.add": "added a post",
    "issue.anew": "let a draft be as it was composed",
    "issue.test": "sent a test",
    "issue.send": "said that an issue goes",
    "issue.hold": "held an issue",
    "issue.pause": "paused an issue",
    "issue.resume": "resumed an issue",
    "issue.cancel": "cancelled an issue",
    "issue.retry": "tried failed letters again",
    "issue.count-as-sent": "counted letters in doubt as sent",
    "issue.send-again": "sent letters in doubt again",
}


class LogPage:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, visit: Visit) -> Response:
        """Changes, the newest first."""
        filters = {name: _plain(visit.asked(name)) for name in ("person", "kind", "about", "subject")}
        before, after = _number(visit, "before"), _number(visit, "after")
        with self._desk.house.store.read() as conn:
            only = self._only(visit, filters)
            rows = audit.newest(conn, only=only, limit=PAGE + 1, before=before, after=after)
            kinds = audit.kinds(conn) if visit.may(Right.OWN) else _kinds_of(rows)
            people = users.get_all(conn) if visit.user.may_somewhere(Right.EDIT) else []
        names = {f"user:{one.id}": one.called for one in people}
        is_more = len(rows) > PAGE
        shown = (rows[1:] if after is not None else rows[:PAGE]) if is_more else rows
        is_newer, is_older = (is_more, True) if after is not None else (before is not None, is_more)
        values = {
            "changes": [self._shown(visit, change, names) for change in shown],
            "people": [{"value": str(one.id), "name": one.called} for one in people],
            "kinds": sorted({*kinds, filters["kind"]} - {""}),
            "places": self._places(visit),
            "filters": filters,
            "newer": self._page(visit, filters, "after", shown[0].id) if is_newer and shown else "",
            "older": self._page(visit, filters, "before", shown[-1].id) if is_older and shown else "",
            "is_filtered": any(filters.values()) or before is not None or after is not None,
        }
        return self._desk.page(visit, "desk/log.html", values)

    def _only(self, visit: Visit, filters: dict[str, str]) -> Only:
        """What is asked for, of what the visitor may see."""
        person = filters["person"]
        return Only(
            user=int(person) if person.isascii() and person.isdigit() and len(person) < 19 else None,
            nobodys=person == BY_NOBODY,
            act=filters["kind"],
            subject=filters["subject"],
            newsletters=self._named_in(visit, filters),
        )

    def _named_in(self, visit: Visit, filters: Mapping[str, str]) -> Sequence[str] | None:
        """The same; what one person did is asked for of newsletters alone in which the visitor is told who did what."""
        found = self._newsletters(visit, filters["about"])
        if not filters["person"] or found is None or filters["person"] in (BY_NOBODY, str(visit.user.id)):
            return found
        return [slug for slug in found if may_name(visit, slug)]

    def _newsletters(self, visit: Visit, about: str) -> Sequence[str] | None:
        """None: all there ever were, with the site. Raises HTTPException 404 for what the visitor may not see."""
        mine = visit.user.newsletters(Right.LOOK, tuple(self._desk.house.newsletters))
        is_owner = visit.may(Right.OWN)
        if not about:
            return None if is_owner else mine
        slug = "" if about == OF_SITE else about.removeprefix("n:")
        if slug not in mine and not is_owner:
            raise HTTPException(404)
        return (slug,)

    def _places(self, visit: Visit) -> list[dict[str, str]]:
        newsletters = self._desk.house.newsletters
        mine = visit.user.newsletters(Right.LOOK, tuple(newsletters))
        site = [{"value": OF_SITE, "name": "the site"}] if visit.may(Right.OWN) else []
        return site + [{"value": f"n:{slug}", "name": newsletters[slug].name} for slug in mine]

    def _page(self, visit: Visit, filters: dict[str, str], where: str, number: int) -> str:
        asked = {name: value for name, value in filters.items() if value} | {where: str(number)}
        return f"{self._desk.root(visit)}/log?{urlencode(asked)}"

    def _shown(self, visit: Visit, change: Change, names: Mapping[str, str]) -> dict[str, object]:
        about_readers = change.act.partition(".")[0] in OF_READERS
        may_read = not about_readers or visit.may(Right.EDIT, change.newsletter)
        newsletter = self._desk.house.newsletters.get(change.newsletter)
        return {
            "id": change.id,
            "at": self._desk.moment(change.at),
            "who": who_did(visit, change),
            "ip": change.ip if visit.may(Right.OWN) else "",
            "act": IN_WORDS.get(change.act) or change.act.replace(".", ": ").replace("-", " ").replace("_", " "),
            "subject": names.get(change.subject, change.subject) if may_read else "a reader",
            "path": _path_of(change, visit) if may_read else "",
            "newsletter": newsletter.name if newsletter else change.newsletter,
            "short": _in_a_line(change) if may_read else "",
            "lines": difference(change.before, change.after) if may_read else (),
            "is_hidden": not may_read,
        }


def _plain(asked: str) -> str:
    """What is asked for; nothing where it holds what no database takes."""
    return asked if asked.isprintable() else ""


def _in_a_line(change: Change) -> str:
    """E.g. `off → on`; "" where it takes more than a line."""
    before, after = change.before.strip(), change.after.strip()
    if "\n" in f"{before}{after}" or len(before) + len(after) > SHORT:
        return ""
    return f"{before} → {after}" if before and after else after or (f"before: {before}" if before else "")


def _kinds_of(rows: Sequence[Change]) -> list[str]:
    return sorted({row.act.partition(".")[0] for row in rows})


def _path_of(change: Change, visit: Visit) -> str:
    """Where the desk shows what a change was about; "" where it has no page, or none for the visitor."""
    kind, _, name = change.subject.partition(":")
    is_number = name.isascii() and name.isdigit()
    if kind in _PAGES:
        right, is_numbered, path = _PAGES[kind]
        about = EVERYTHING if right is Right.OWN else change.newsletter
        is_there = is_number if is_numbered else _SLUG.fullmatch(name) is not None
        return f"{path}/{name}" if is_there and visit.may(right, about) else ""
    if kind == "schedule" and name.startswith("newsletter:"):
        return f"/newsletters/{name.split(':')[1]}" if visit.may(Right.LOOK, change.newsletter) else ""
    return "/config/history" if kind == "config" and visit.may(Right.OWN) else ""


def _number(visit: Visit, name: str) -> int | None:
    """A row's number out of the query; what is none is not there."""
    given = visit.asked(name)
    return int(given) if given.isascii() and given.isdigit() and len(given) < 19 else None


def doors(desk: Desk) -> list[Door]:
    return [Door(path="/log", handler=LogPage(desk).show, right=Right.LOOK, about=Somewhere.ANY)]
