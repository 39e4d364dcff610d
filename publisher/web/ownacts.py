"""What a reader may do on their own page: each takes effect in a transaction of its own, and is told in a sentence.

The passing link went to the reader's address alone, so what is done here is the reader's word: who
joins here need not confirm it again, and the proof says that it was done here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from publisher.assemble.service import Courier
from publisher.feed.characters import one_line
from publisher.model.asking import Choice, Proof
from publisher.model.issue import IssueKind
from publisher.model.subscriber import Cadence, Preference, Subscriber, SubscriberState, SubscriptionState
from publisher.store import moving, pauses, preferences, signups, subscribers, tries
from publisher.store.database import Store
from publisher.subscribe.bounds import Bounds, counted_for, letters_to
from publisher.subscribe.joinform import NEWSLETTER, Fault, read_address, read_wishes
from publisher.subscribe.preferences import Fields, Offer
from publisher.web.confirming import LONGEST_NAME
from publisher.web.site import Site
from publisher.wording.catalogs import SPOKEN

LONGEST_PAUSE = timedelta(days=366)
HOW = "own page"  # somebody left
SAID = "The reader's own page, opened by the link of a letter to the address."


class Deed(StrEnum):
    """What a form asks for: the value of its button `do`."""

    CHOOSE = "choose"
    LEAVE = "leave"  # everything
    PAUSE = "pause"
    GO_ON = "go-on"
    PERSON = "person"
    MOVE = "move"


class Told(StrEnum):
    """What became of it; the page has the words."""

    SAVED = "saved"
    SAME = "same"
    LEFT = "left"
    PAUSED = "paused"
    GOES_ON = "goes on"
    MOVING = "moving"
    NO_DAY = "no day"
    UNCLEAR = "unclear"
    NO_ADDRESS = "no address"
    TOO_MANY = "too many"


WRONG = (Told.NO_DAY, Told.UNCLEAR, Told.NO_ADDRESS, Told.TOO_MANY)


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What is told afterwards."""

    told: Told
    faults: dict[str, Fault] = field(default_factory=dict)  # by name of field
    typed: str = ""  # an address or a day, as it was typed


class OwnActs:
    """Does what a reader asks for."""

    def __init__(self, site: Site, courier: Courier, *, store: Store, clock: Callable[[], datetime]) -> None:
        self._site = site
        self._courier = courier
        self._store = store
        self._clock = clock

    def do(self, deed: Deed, reader: Subscriber, row: int, fields: Fields, *, ip: str) -> Done:
        """`row` is the subscription that the link names."""
        match deed:
            case Deed.CHOOSE:
                return self._choose(reader, row, fields, ip=ip)
            case Deed.LEAVE:
                return self._leave(reader)
            case Deed.PAUSE:
                return self._pause(reader, fields)
            case Deed.GO_ON:
                return self._go_on(reader)
            case Deed.PERSON:
                return self._describe(reader, fields)
            case Deed.MOVE:
                return self._move(reader, fields, ip=ip)

    def offers(self, reader: Subscriber) -> dict[str, Offer]:
        """What there is to choose: newsletters that anybody may join, and those that this reader has."""
        had = chosen_now(reader)
        open_ = set(self._site.signup.offers) if self._site.signup else set()
        return {
            slug: Offer(cadences=self._cadences(slug, had.get(slug)), columns=one.columns)
            for slug, one in self._site.newsletters.items()
            if slug in had.keys() | open_ and self._site.cadences.get(slug)
        }

    def _cadences(self, newsletter: str, had: Choice | None) -> tuple[Cadence, ...]:
        """Those that are offered, and the one that this reader has: it may stay."""
        offered = self._site.cadences.get(newsletter, ())
        return offered if had is None else tuple(dict.fromkeys((*offered, had.cadence)))

    def _choose(self, reader: Subscriber, row: int, fields: Fields, *, ip: str) -> Done:
        offers, now = self.offers(reader), self._clock()
        had = {wish.newsletter: wish for wish in reader.subscriptions if wish.state is SubscriptionState.ACTIVE}
        named = set(fields.get(NEWSLETTER, ())) & set(offers)
        _, choices, faults = read_wishes(fields, offers, named)
        if faults:
            return Done(told=Told.UNCLEAR, faults=faults)
        # Whoever got no mail any more asks for all of it anew: that is how letters come again.
        is_back = reader.state is SubscriberState.SUPPRESSED
        joined = [one for one in choices if is_back or one.newsletter not in had]
        with self._store.write() as conn:
            if signups.lock_reader(conn, row) is None:  # first, as where it is confirmed; erased in another window
                return Done(told=Told.SAME)
            for slug in sorted(offers.keys() & had.keys() - named):
                subscribers.leave(conn, had[slug].id, now=now, how=HOW)
            for one in sorted(choices, key=lambda one: one.newsletter):
                if one.newsletter in had:
                    wanted = Preference(cadence=one.cadence, columns=one.columns)
                    preferences.prefer(
                        conn, had[one.newsletter].id, wanted, columns=offers[one.newsletter].columns, now=now
                    )
            if joined:
                proof = Proof(ip=ip, form=signups.keep_text(conn, SAID, now=now), at=now)
                columns = {one.newsletter: offers[one.newsletter].columns for one in joined}
                signups.join_at_own_page(conn, row, joined, columns, proof)
        return Done(told=Told.SAVED)

    def _leave(self, reader: Subscriber) -> Done:
        with self._store.write() as conn:
            subscribers.leave_all(conn, reader.email, now=self._clock(), how=HOW)
        return Done(told=Told.LEFT)

    def _pause(self, reader: Subscriber, fields: Fields) -> Done:
        typed = fields.get("until", [""])[-1]
        until = self._midnight(typed)
        if until is None:
            return Done(told=Told.NO_DAY, typed=typed)
        with self._store.write() as conn:
            pauses.pause(conn, reader.id, until=until)
        return Done(told=Told.PAUSED)

    def _midnight(self, told: str) -> datetime | None:
        """When a day begins in the newsroom's zone; None where it is none, over, or more than a year away."""
        try:
            until = datetime.combine(date.fromisoformat(told), time(), self._site.zone).astimezone(UTC)
        except (ValueError, OverflowError):  # the first and the last day there are have no such time everywhere
            return None
        return until if timedelta(0) < until - self._clock() <= LONGEST_PAUSE else None

    def _go_on(self, reader: Subscriber) -> Done:
        with self._store.write() as conn:
            goes_on = pauses.go_on(conn, reader.id, now=self._clock())
        return Done(told=Told.GOES_ON if goes_on else Told.SAME)

    def _describe(self, reader: Subscriber, fields: Fields) -> Done:
        name = one_line(fields.get("name", [""])[-1])[:LONGEST_NAME]
        language = fields.get("language", [""])[-1]
        with self._store.write() as conn:
            subscribers.describe(conn, reader.id, name=name, language=language if language in SPOKEN else "")
        return Done(told=Told.SAVED)

    def _move(self, reader: Subscriber, fields: Fields, *, ip: str) -> Done:
        typed, email, fault = read_address(fields)
        if fault:
            return Done(told=Told.NO_ADDRESS, faults={"email": fault}, typed=typed)
        now, bounds = self._clock(), self._site.signup.bounds if self._site.signup else Bounds()
        key = self._site.keys[0]
        limits = counted_for(key, bounds, client=ip, email=email, has_worked=True)
        counted = [(one.key, one.limit) for one in limits]
        letter = [(one.key, one.limit) for one in letters_to(key, email)]
        newsletter = self._newsletter_of(reader)
        prepared = self._courier.prepare(IssueKind.CHANGE, newsletter, language=reader.language, now=now)
        if email.lower() == reader.email.lower():
            return Done(told=Told.SAME, typed=typed)
        with self._store.write() as conn:
            if tries.is_full(conn, counted, now=now):
                return Done(told=Told.TOO_MANY, typed=typed)
            if not tries.is_full(conn, letter, now=now):  # who has enough of them is asked no more, and nobody told
                proof = Proof(ip=ip, form=signups.keep_text(conn, SAID, now=now), at=now)
                asked = moving.ask_to_move(conn, reader.id, email, proof)
                if asked and asked.letter and self._courier.post(conn, prepared, asked.subscription, now=now):
                    counted += letter
            tries.count(conn, counted, now=now)  # last, as where people join: or two could wait for each other
        return Done(told=Told.MOVING, typed=typed)

    def _newsletter_of(self, reader: Subscriber) -> str:
        """In whose name we write: a newsletter that is read, else any."""
        read = (wish.newsletter for wish in reader.subscriptions if wish.state is SubscriptionState.ACTIVE)
        return next((slug for slug in read if slug in self._site.newsletters), next(iter(self._site.newsletters)))


def chosen_now(reader: Subscriber) -> dict[str, Choice]:
    """What a reader gets, by newsletter."""
    return {
        wish.newsletter: Choice(newsletter=wish.newsletter, cadence=wish.cadence, columns=wish.columns)
        for wish in reader.subscriptions
        if wish.state is SubscriptionState.ACTIVE
    }
