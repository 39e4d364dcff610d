"""The true letter to any address, marked as a test and counted nowhere: it says where it went and what was answered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from publisher.config.addresses import mail_address
from publisher.errors import PublisherError, WrongUse
from publisher.house.opened import House
from publisher.house.relaying import CATCHER
from publisher.house.routing import carriers_of, open_relay
from publisher.house.specimenmail import test_parcel
from publisher.house.specimens import Specimen
from publisher.house.travelling import pictures_of
from publisher.model.outcome import Outcome, Verdict
from publisher.model.subscriber import SubscriberState
from publisher.send.aside import send_aside
from publisher.send.commands import Parcel
from publisher.store import subscribers

MOST_ADDRESSES = 20  # to look at a letter; whoever wants more has readers in mind

_IN_WORDS = {
    Verdict.SENT: "taken",
    Verdict.LATER: "not now",
    Verdict.NEVER: "refused",
    Verdict.IN_DOUBT: "perhaps taken",
    Verdict.UNSENT: "not sent",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One letter."""

    address: str
    outcome: Outcome

    def __str__(self) -> str:
        """`ada@quay.example: taken (250 2.0.0 OK)`"""
        outcome = self.outcome
        answer = " ".join(word for word in (str(outcome.code or ""), outcome.enhanced, outcome.text) if word)
        return f"{self.address}: {_IN_WORDS[outcome.verdict]} ({answer})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """What came of it."""

    letters: tuple[Tried, ...]
    problem: str  # what is wrong with the relay; "": nothing
    caught: bool  # the relay is the catcher, which sends none

    @property
    def all_taken(self) -> bool:
        return all(one.outcome.verdict is Verdict.SENT for one in self.letters)


def addresses_for_test(house: House, addresses: Sequence[str]) -> list[str]:
    """The addresses as they go on the wire, each once. Raises WrongUse."""
    whom: list[str] = []
    for address in addresses:
        try:
            whom.append(mail_address(address))
        except ValueError as wrong:
            raise WrongUse(f"{address!r}: {wrong}") from None
    whom = list(dict.fromkeys(whom))
    if len(whom) > MOST_ADDRESSES:
        raise WrongUse(f"{len(whom)} addresses are too many for a test; at most {MOST_ADDRESSES} get it at a time")
    with house.store.read() as conn:
        for address in whom:
            known = subscribers.find(conn, address)
            if known and known.state is SubscriberState.SUPPRESSED:
                raise WrongUse(f"no mail goes to {address} any more, because it was suppressed; name another address")
    return whom


def send_test(house: House, specimen: Specimen, whom: Sequence[str], *, now: datetime) -> Tested:
    """Send it, through the relay that readers' letters take. Raises PublisherError where it cannot be written."""
    newsletter = specimen.newsletter.slug
    parcels = _parcels(house, specimen, whom, now=now)
    with open_relay(house, newsletter) as relay:
        sent = send_aside(relay, parcels)
    return Tested(
        letters=tuple(
            Tried(address=parcel.recipient, outcome=outcome)
            for parcel, outcome in zip(parcels, sent.outcomes, strict=True)
        ),
        problem=sent.problem,
        caught=house.config.relays[carriers_of(house, newsletter)[0]].url == CATCHER,
    )


def _parcels(house: House, specimen: Specimen, whom: Sequence[str], *, now: datetime) -> list[Parcel]:
    pictures, made = pictures_of(house, specimen.issue, specimen.letter), []
    for number, address in enumerate(whom):
        try:
            made.append(test_parcel(house, specimen, address, pictures, now=now, number=number))
        except ValueError as wrong:
            raise PublisherError(f"the letter to {address} cannot be written: {wrong}") from wrong
    return made
