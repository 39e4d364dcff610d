"""What a sign-up form says: an address, newsletters, and for each how often and which columns. Pure.

The names of what is chosen of a newsletter end in its slug, `cadence-morning`, so that one form can
ask for several. What is not in the form is as we would have it: the first cadence, all columns. So
a form on another site may hold the address alone.

What cannot be used is told at its field; what was entered is kept.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum

from publisher.model.asking import Choice
from publisher.model.subscriber import Cadence, Subscription
from publisher.subscribe.addressing import address_of
from publisher.subscribe.preferences import CADENCE, COLUMN, EXTENT, SOME, Fields, Offer, Unclear, read_choice

EMAIL, NEWSLETTER = "email", "newsletter"  # names of fields
TICKET, WORK, TRAP = "ticket", "work", "homepage"  # of those that nobody sees
OF_NEWSLETTER = (CADENCE, EXTENT, COLUMN)
LONGEST_ADDRESS = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets


class Fault(StrEnum):
    """Why a field cannot be used."""

    NO_ADDRESS = "no address"
    NO_AT = "no @"
    NO_MAIL_ADDRESS = "not an address"
    NO_NEWSLETTER = "no newsletter"
    CADENCE = "cadence"
    NO_COLUMN = "no column"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What stands in the form about one newsletter."""

    chosen: bool
    cadence: Cadence
    some: bool = False  # not all columns
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A form as it was filled in."""

    typed: str  # the address, as it was typed
    wanted: Mapping[str, Wanted]  # by newsletter
    email: str = ""  # the address in its one form; "" where it is none
    choices: tuple[Choice, ...] = ()
    faults: Mapping[str, Fault]  # by name of field, in the order of the form


def blank(offers: Mapping[str, Offer], *, chosen: str = "") -> Filled:
    """The form before anybody filled it in; where there is one newsletter, that is chosen."""
    only = next(iter(offers)) if len(offers) == 1 else chosen
    wanted = {slug: Wanted(chosen=slug == only, cadence=offer.cadences[0]) for slug, offer in offers.items()}
    return Filled(typed="", wanted=wanted, faults={})


def read_form(fields: Fields, offers: Mapping[str, Offer]) -> Filled:
    """What a form says; of one newsletter it need not say that it is chosen."""
    typed, email, fault = read_address(fields)
    faults = {EMAIL: fault} if fault else {}
    named = set(offers) if len(offers) == 1 else set(fields.get(NEWSLETTER, ())) & set(offers)
    if not named:
        faults[NEWSLETTER] = Fault.NO_NEWSLETTER
    wanted, choices, unclear = read_wishes(fields, offers, named)
    faults |= unclear
    return Filled(typed=typed, wanted=wanted, email=email, choices=() if faults else choices, faults=faults)


def read_address(fields: Fields) -> tuple[str, str, Fault | None]:
    """The address as it was typed, in its one form ("": it is none), and what is the matter with it."""
    typed = " ".join(fields.get(EMAIL, [""])[-1].split())[: LONGEST_ADDRESS + 1]
    return typed, *_address_in(typed)


def read_wishes(
    fields: Fields, offers: Mapping[str, Offer], named: Collection[str]
) -> tuple[dict[str, Wanted], tuple[Choice, ...], dict[str, Fault]]:
    """What stands in the form about each newsletter, and what is chosen of those that are named."""
    wanted, choices, faults = {}, [], {}
    for slug, offer in offers.items():
        wanted[slug], found = _wanted_in(fields, slug, offer, chosen=slug in named)
        if isinstance(found, Choice):
            choices.append(found)
        elif slug in named:
            faults[f"{CADENCE if found is Fault.CADENCE else EXTENT}-{slug}"] = found
    return wanted, tuple(one for one in choices if one.newsletter in named), faults


def _address_in(typed: str) -> tuple[str, Fault | None]:
    if not typed:
        return "", Fault.NO_ADDRESS
    if "@" not in typed:
        return "", Fault.NO_AT
    try:
        return address_of(typed), None
    except ValueError:
        return "", Fault.NO_MAIL_ADDRESS


def _wanted_in(fields: Fields, slug: str, offer: Offer, *, chosen: bool) -> tuple[Wanted, Choice | Fault]:
    own = {name: values for name in OF_NEWSLETTER if (values := fields.get(f"{name}-{slug}"))}
    usual = Subscription(id=0, newsletter=slug, cadence=offer.cadences[0])
    some = own.get(EXTENT, [""])[-1] == SOME
    columns = tuple(one for one in offer.columns if one in own.get(COLUMN, ()))
    told = own.get(CADENCE, [""])[-1]
    cadence = next((one for one in offer.cadences if one == told), usual.cadence)
    wanted = Wanted(chosen=chosen, cadence=cadence, some=some, columns=columns)
    read = read_choice(own, usual, offer) if own.keys() & {CADENCE, EXTENT} else None
    if read is None:
        return wanted, Choice(newsletter=slug, cadence=usual.cadence)
    if isinstance(read, Unclear):
        return wanted, Fault.CADENCE if read is Unclear.CADENCE else Fault.NO_COLUMN
    # Whoever ticks every column means those, and not what begins later.
    return wanted, Choice(newsletter=slug, cadence=read.cadence, columns=read.columns)
