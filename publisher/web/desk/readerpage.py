"""One reader on one page: what they read, what was sent and what became of it, what came back, by whose word.

Who works for some newsletters sees what is about those.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection
from starlette.responses import Response

from publisher.config.nouns import cadences_of
from publisher.errors import WrongUse
from publisher.house.namedpost import get_post
from publisher.house.readerwhy import reasons_of
from publisher.model.fate import Fate
from publisher.model.reason import in_words
from publisher.model.subscriber import Subscriber, SubscriberState, SubscriptionState
from publisher.model.user import Right
from publisher.model.whereabouts import Standing
from publisher.store import (
    audit,
    consents,
    messages,
    pauses,
    posts,
    postsearch,
    readerletters,
    standings,
    suppressions,
    tags,
    whereabouts,
)
from publisher.store.audit import Only
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door
from publisher.web.desk.insteadwords import said_at_the_desk
from publisher.web.desk.reach import columns_of
from publisher.web.desk.readerrights import any_of_theirs, may_all, newsletters_of, reader_of, seen_of
from publisher.web.desk.readerwords import LETTERS, PEOPLE, WISHES, parted, said_of
from publisher.web.desk.visit import Visit
from publisher.wording.catalogs import SPOKEN

LETTERS_SHOWN = 20
MESSAGES_SHOWN = 20
CHANGES_SHOWN = 20
POSTS_NAMED = 15
FATES = {
    Fate.GOT: ("got it", "good"),
    Fate.IN_DOUBT: ("perhaps", "wait"),
    Fate.ON_ITS_WAY: ("on its way", "busy"),
    Fate.COMING: ("not yet", "busy"),
    Fate.WAITING: ("not yet", "wait"),
    Fate.NOT: ("no", "bad"),
}


class ReaderPage:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, visit: Visit) -> Response:
        return self.page(visit, reader_of(self._desk, visit))

    def page(self, visit: Visit, reader: Subscriber, *, status: int = 200, **more: object) -> Response:
        """`more`: what was typed and is wrong: `problems` by field, `typed` by field."""
        seen = seen_of(visit, reader)
        with self._desk.house.store.read() as conn:
            values = {
                "reader": self._facts(conn, reader),
                "papers": self._papers(conn, visit, reader, seen),
                **self._letters(conn, visit, reader, seen),
                "asked_post": visit.asked("post")[:500],
                "why": self._why(conn, visit, reader, seen),
                "recent": self._recent(conn, visit),
                **self._back(conn, reader, seen),
                "consents": self._consents(conn, visit, reader, seen),
                "changes": self._changes(conn, visit, reader),
                "joinable": self._joinable(visit, reader),
                "languages": tuple(dict.fromkeys((*SPOKEN, *([reader.language] if reader.language else [])))),
                "may": self._may(visit, reader),
                "tags_typed": parted(tags.of(conn, [reader.id]).get(reader.id, ())),
                "problems": {},
                "typed": {},
            }
        return self._desk.page(visit, "desk/reader.html", values | more, status=status)

    def _facts(self, conn: Connection, reader: Subscriber) -> dict[str, object]:
        return {
            "id": reader.id,
            "email": reader.email,
            "name": reader.name,
            "language": reader.language,
            "badge": PEOPLE[reader.state],
            "is_erased": reader.state is SubscriberState.ERASED,
            "consent": reader.consent,
            "joined": self._desk.moment(reader.joined),
            "tags": tags.of(conn, [reader.id]).get(reader.id, ()),
            "paused": self._desk.moment(pauses.paused_until(conn, reader.id)),
        }

    def _papers(
        self, conn: Connection, visit: Visit, reader: Subscriber, seen: Sequence[str]
    ) -> list[dict[str, object]]:
        held = whereabouts.standings(conn, reader.id)
        return [self._paper(visit, held[slug]) for slug in seen if slug in held]

    def _paper(self, visit: Visit, one: Standing) -> dict[str, object]:
        house = self._desk.house
        newsletter = house.newsletters.get(one.newsletter)
        offered = cadences_of(house.config, one.newsletter) if newsletter else ()
        return {
            "slug": one.newsletter,
            "name": newsletter.name if newsletter else one.newsletter,
            "badge": WISHES[one.state],
            "cadence": one.cadence.value,
            "cadences": [cadence.value for cadence in dict.fromkeys((*offered, one.cadence))],
            "chosen": one.columns,
            "chosen_names": [self._column(slug) for slug in one.columns],
            "columns": {slug: self._column(slug) for slug in newsletter.columns} if newsletter else {},
            "joined": self._desk.moment(one.joined),
            "left_at": self._desk.moment(one.left_at),
            "left_how": one.left_how,
            "may_choose": newsletter is not None and one.state is SubscriptionState.ACTIVE,
            "may_end": one.state is not SubscriptionState.LEFT and visit.may(Right.SEND, one.newsletter),
        }

    def _column(self, slug: str) -> str:
        table = self._desk.house.config.columns.get(slug)
        return table.name or slug if table else slug

    def _letters(self, conn: Connection, visit: Visit, reader: Subscriber, seen: Sequence[str]) -> dict[str, object]:
        before = visit.asked("letters")
        found = readerletters.last_letters(
            conn, reader.id, limit=LETTERS_SHOWN + 1, newsletters=seen,
            before=int(before) if before.isascii() and before.isdigit() and len(before) < 19 else None,
        )  # fmt: skip
        rows = [
            {
                "issue": one.issue,
                "newsletter": self._name(one.newsletter),
                "subject": one.subject,
                "badge": LETTERS[one.state],
                "changed": self._desk.moment(one.changed),
                "tries": one.attempts,
                "next_try": self._desk.moment(one.next_try),
                "said": said_of(one),
            }
            for one in found[:LETTERS_SHOWN]
        ]
        older = f"?letters={found[LETTERS_SHOWN - 1].id}#letters" if len(found) > LETTERS_SHOWN else ""
        return {"letters": rows, "older": older, "is_newest": not before}

    def _why(self, conn: Connection, visit: Visit, reader: Subscriber, seen: Sequence[str]) -> dict[str, object] | None:
        """Of the post that the query names."""
        house, named = self._desk.house, visit.asked("post")[:500]
        if not named:
            return None
        try:
            post = get_post(conn, named, site_url=house.config.site.url, zone=house.zone)
        except WrongUse as wrong:
            return {"problem": str(wrong).partition("; `publisher")[0]}
        answers = [
            {
                "newsletter": self._name(slug),
                "badge": FATES[one.fate],
                "why": said_at_the_desk(one.why),
                "issue": one.issue,
            }
            for slug in (slug for slug in house.newsletters if visit.may(Right.EDIT, slug))
            if post.column in house.newsletters[slug].columns or slug in seen
            for one in reasons_of(conn, house, slug, reader, post, now=visit.now)
        ]
        return {"problem": "", "title": post.title, "seq": post.seq, "answers": answers}

    def _recent(self, conn: Connection, visit: Visit) -> list[tuple[str, str]]:
        """Posts to ask about, of columns that the visitor sees: how each is named, and its title."""
        newest = postsearch.newest(conn, [], most=POSTS_NAMED)
        known = posts.with_seqs(conn, newest)
        mine = columns_of(visit, self._desk.house, Right.LOOK)
        seen = [known[seq] for seq in newest if seq in known and known[seq].column in mine]
        return [(f"{post.column}/{post.slug}", post.title) for post in seen]

    def _back(self, conn: Connection, reader: Subscriber, seen: Sequence[str]) -> dict[str, object]:
        theirs = {wish.id: wish.newsletter for wish in reader.subscriptions}
        standing, suppression = standings.find(conn, reader.id), suppressions.find(conn, reader.email)
        in_force = suppression if suppression and suppression.lifted is None else None
        return {
            "standing": standing
            and {
                "state": standing.state.value,
                "until": self._desk.moment(standing.until),
                "why": in_words(standing.why) if standing.why else "",
                "points": f"{standing.points:.1f}",
                "bounced": self._desk.moment(standing.last_bounced),
                "arrived": self._desk.moment(standing.last_arrived),
            },
            "suppressed": in_force
            and {"since": self._desk.moment(in_force.since), "why": in_force.why.value, "detail": in_force.detail},
            "messages": [
                {
                    "id": one.id,
                    "came": self._desk.moment(one.came),
                    "kind": one.kind or "not read yet",
                    "reason": in_words(one.reason),
                    "detail": one.detail,
                    "acted": one.acted.value,
                }
                for one in messages.of_subscriber(conn, reader.id, limit=MESSAGES_SHOWN)
                if one.subscription is None or theirs.get(one.subscription) in seen
            ],
        }

    def _consents(
        self, conn: Connection, visit: Visit, reader: Subscriber, seen: Sequence[str]
    ) -> list[dict[str, object]]:
        everything = may_all(visit, Right.EDIT, reader)
        return [
            {
                "about": self._name(one.newsletter) if one.newsletter else one.address or "this address",
                "cadence": one.cadence,
                "asked": self._desk.moment(one.asked),
                "asked_ip": one.asked_ip,
                "confirmed": self._desk.moment(one.confirmed),
                "confirmed_ip": one.confirmed_ip,
                "said": one.said,
            }
            for one in consents.of(conn, reader.id)
            if one.newsletter in seen or everything
        ]

    def _changes(self, conn: Connection, visit: Visit, reader: Subscriber) -> list[dict[str, object]]:
        """By hands at this desk; what is about a newsletter that a visitor does not see is left out."""
        found = audit.newest(conn, only=Only(subject=f"reader:{reader.id}"), limit=CHANGES_SHOWN)
        return [
            {"at": self._desk.moment(one.at), "who": one.who, "act": one.act, "before": one.before, "after": one.after}
            for one in found
            if not one.newsletter or visit.may(Right.EDIT, one.newsletter)
        ]

    def _joinable(self, visit: Visit, reader: Subscriber) -> list[dict[str, Any]]:
        """What the visitor may add them to."""
        house = self._desk.house
        has = {wish.newsletter for wish in reader.subscriptions if wish.state is SubscriptionState.ACTIVE}
        return [
            {"slug": slug, "name": one.name}
            for slug, one in house.newsletters.items()
            if slug not in has and visit.may(Right.SEND, slug)
        ]

    def _may(self, visit: Visit, reader: Subscriber) -> dict[str, bool]:
        known = reader.state is not SubscriberState.ERASED
        return {
            "change": known,
            "describe": known and may_all(visit, Right.EDIT, reader),
            "send": known and may_all(visit, Right.SEND, reader),
            "take_data": known and may_all(visit, Right.EDIT, reader),
            "sees_all": set(seen_of(visit, reader)) == set(newsletters_of(reader)),
        }

    def _name(self, slug: str) -> str:
        known = self._desk.house.newsletters.get(slug)
        return known.name if known else slug


def doors(desk: Desk) -> list[Door]:
    page = ReaderPage(desk)
    return [Door(path="/readers/{id:int}", handler=page.show, right=Right.EDIT, about=any_of_theirs(desk, Right.EDIT))]
