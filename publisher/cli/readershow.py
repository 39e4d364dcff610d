"""`publisher subscribers show`: all that is known of one reader, on one screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say
from publisher.cli.readerback import back_for_programs, back_in_words, suppressed_for_programs, suppressed_in_words
from publisher.cli.readerconsents import consents_for_programs, consents_in_words
from publisher.errors import WrongUse
from publisher.house.opened import open_house
from publisher.house.readerdeeds import form_of
from publisher.model.delivery import DeliveryState
from publisher.model.reason import in_words
from publisher.model.subscriber import Subscriber, SubscriberState, SubscriptionState
from publisher.model.suppression import Suppression
from publisher.model.whereabouts import Standing
from publisher.store import readerletters, subscribers, suppressions, tags, whereabouts
from publisher.store.pauses import paused_until
from publisher.store.readerletters import ReadersLetter

_LONGEST_REPLY = 120
_WELL = (DeliveryState.SENT, DeliveryState.CLAIMED, DeliveryState.SENDING)


@click.command(
    "show",
    epilog=examples("publisher subscribers show ada@example.org", "publisher subscribers show ada@example.org --json"),
)
@config_option
@json_option
@click.option("--limit", default=10, show_default=True, metavar="N", help="At most so many letters, the newest.")
@click.argument("address")
def show(config_path: Path, *, as_json: bool, limit: int, address: str) -> None:
    """Show all that is known of a reader: newsletters, last letters and what became of them, consent.

    Also of an address that nobody reads with, where it is suppressed: since when, and why.
    """
    with open_house(config_path) as house, house.store.read() as conn:
        person = subscribers.find(conn, form_of(address))
        if person is None:
            _show_without_reader(suppressions.find(conn, form_of(address)), address, house.zone, as_json=as_json)
            return
        standings = list(whereabouts.standings(conn, person.id).values())
        letters = readerletters.last_letters(conn, person.id, limit=limit)
        own, until = tags.of(conn, [person.id]).get(person.id, ()), paused_until(conn, person.id)
        if as_json:
            told: dict[str, object] = {"tags": own, "paused_until": until.isoformat() if until else None}
            told |= consents_for_programs(conn, person) | back_for_programs(conn, person)
            print_json(_for_programs(person, standings, letters) | told)
            return
        for line in _in_words(person, standings, letters, house.zone):
            say(line)
        if own:
            say(f"tags:         {', '.join(own)}")
        if until:
            say(f"paused:       until {until.astimezone(house.zone):%Y-%m-%d %H:%M}, by the reader's wish")
        for line in consents_in_words(conn, person, house.zone):
            say(line)
        for line in back_in_words(conn, person, house.zone):
            say(line)


def _show_without_reader(known: Suppression | None, address: str, zone: ZoneInfo, *, as_json: bool) -> None:
    """Nobody reads with it, but it may be suppressed. Raises WrongUse where it is not."""
    if known is None or known.lifted:
        raise WrongUse(f"nobody reads with the address {address}; `publisher subscribers list` shows who does")
    if as_json:
        told = {"email": known.email or address, "state": SubscriberState.SUPPRESSED, "reader": False}
        print_json(told | {"subscriptions": [], "letters": [], "suppressed": suppressed_for_programs(known)})
        return
    say(f"{known.email or address}  –  {SubscriberState.SUPPRESSED}; nobody reads with it")
    say(suppressed_in_words(known, zone))


def _in_words(
    person: Subscriber, standings: list[Standing], letters: list[ReadersLetter], zone: ZoneInfo
) -> Iterator[str]:
    yield f"{person.email}  {person.name or '–'}  {person.state}"
    yield f"joined:       {person.joined.astimezone(zone):%Y-%m-%d %H:%M}"
    yield f"consent:      {person.consent or '–'}"
    if person.language:
        yield f"language:     {person.language}"
    for standing in standings:
        yield f"newsletter:   {_standing(standing, zone)}"
    if not standings:
        yield "newsletter:   none"
    for letter in letters:
        yield f"letter:       {_letter(letter, zone)}"
    if not letters:
        yield "letter:       none yet"


def _standing(standing: Standing, zone: ZoneInfo) -> str:
    told = f"{standing.newsletter}, {standing.cadence}, {', '.join(standing.columns) or 'all columns'}"
    told += f", since {standing.joined.astimezone(zone):%Y-%m-%d}"
    if standing.state is SubscriptionState.PENDING:
        told += "; asked for, and not confirmed yet"
    if standing.state is SubscriptionState.LEFT:
        when = f" on {standing.left_at.astimezone(zone):%Y-%m-%d}" if standing.left_at else ""
        told += f"; left{when}: {standing.left_how or 'nobody knows how'}"
    return told


def _letter(letter: ReadersLetter, zone: ZoneInfo) -> str:
    told = f"{letter.changed.astimezone(zone):%Y-%m-%d %H:%M}  issue {letter.issue} of {letter.newsletter}"
    told += f", “{letter.subject}”: {letter.state.replace('_', ' ')}"
    if letter.state in _WELL:
        return told
    why = [in_words(letter.reason), str(letter.code or ""), letter.enhanced, letter.reply[:_LONGEST_REPLY]]
    said = " ".join(" ".join(why).split())
    told += f" ({said})" if said else ""
    return told + (f", next try {letter.next_try.astimezone(zone):%Y-%m-%d %H:%M}" if letter.next_try else "")


def _for_programs(person: Subscriber, standings: list[Standing], letters: list[ReadersLetter]) -> dict[str, object]:
    return {
        "email": person.email,
        "reader": True,
        "name": person.name,
        "language": person.language,
        "state": person.state,
        "consent": person.consent,
        "joined": person.joined.isoformat(),
        "subscriptions": [
            {
                "newsletter": one.newsletter,
                "cadence": one.cadence,
                "columns": one.columns,
                "state": one.state,
                "joined": one.joined.isoformat(),
                "left_at": one.left_at.isoformat() if one.left_at else None,
                "left_how": one.left_how,
            }
            for one in standings
        ],
        "letters": [
            {
                "issue": one.issue,
                "newsletter": one.newsletter,
                "subject": one.subject,
                "state": one.state,
                "changed": one.changed.isoformat(),
                "attempts": one.attempts,
                "next_try": one.next_try.isoformat() if one.next_try else None,
                "code": one.code,
                "enhanced": one.enhanced,
                "reply": one.reply,
                "reason": one.reason,
            }
            for one in letters
        ],
    }
