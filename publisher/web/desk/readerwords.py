"""How a reader and a letter stand, in a badge: the same words and colours on every page. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from publisher.model.delivery import DeliveryState
from publisher.model.reason import in_words
from publisher.model.subscriber import SubscriberState, SubscriptionState
from publisher.store.readerletters import ReadersLetter

Badge = tuple[str, str]
"""Word and kind."""

PEOPLE: Mapping[SubscriberState, Badge] = {
    SubscriberState.CONFIRMED: ("confirmed", "good"),
    SubscriberState.PENDING: ("not confirmed", "wait"),
    SubscriberState.SUPPRESSED: ("suppressed", "bad"),
    SubscriberState.ERASED: ("erased", ""),
}
WISHES: Mapping[SubscriptionState, Badge] = {
    SubscriptionState.ACTIVE: ("reads it", "good"),
    SubscriptionState.PENDING: ("asked for it", "wait"),
    SubscriptionState.LEFT: ("left", ""),
}
LETTERS: Mapping[DeliveryState, Badge] = {
    DeliveryState.DUE: ("to go", ""),
    DeliveryState.CLAIMED: ("to go", ""),
    DeliveryState.SENDING: ("on the wire", "busy"),
    DeliveryState.SENT: ("sent", "good"),
    DeliveryState.DEFERRED: ("put off", "wait"),
    DeliveryState.FAILED: ("failed", "bad"),
    DeliveryState.SKIPPED: ("left out", ""),
    DeliveryState.IN_DOUBT: ("in doubt", "bad"),
}


def parted(words: Sequence[str]) -> str:
    """Tags in one line, as they are typed: by commas; what has one itself stands in quotes."""
    line = io.StringIO()
    csv.writer(line, lineterminator="", skipinitialspace=True).writerow(words)
    return line.getvalue().replace(",", ", ") if not any("," in word for word in words) else line.getvalue()


def parted_again(line: str) -> list[str]:
    """Tags that were typed so."""
    found = next(csv.reader([" ".join(line.split())], skipinitialspace=True), [])
    return [word.strip() for word in found if word.strip()]


def said_of(letter: ReadersLetter) -> str:
    """The relay's last words, and the reason as we read it; of a letter that was left out, why."""
    told = [in_words(letter.reason), str(letter.code or ""), letter.enhanced, letter.reply]
    return " ".join(" ".join(told).split())
