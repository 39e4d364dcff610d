"""What goes wrong, and for whom: decided by a seed, so that a run can be had again.

What happens to a letter depends on the seed, its reader and how often it was tried, not on
the order in which letters come: that is another one each time. What happens to a connection
depends on its number.

Pure. The server (`server.py`) does what is decided here.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

Case = TypeVar("Case", bound=StrEnum)

MOST_TRIES = 2  # how often a letter is put off by a fate that ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Chances:
    """How likely each fault is, of a thousand."""

    # Of readers.
    greylisted: int = 60  # 451 at the first RCPT
    full: int = 30  # 452 at RCPT, once or twice
    unknown: int = 30  # 550 at RCPT, always
    unreadable: int = 15  # 554 after the letter, always
    put_off: int = 30  # 451 after the letter, once or twice
    # Of letters that are taken otherwise.
    cut_in_body: int = 4
    cut_taken: int = 3  # after its end, without an answer; the server has it
    cut_lost: int = 3  # the same, and the server has it not
    closing: int = 3  # 421 after the letter
    # Of connections.
    turned_away: int = 60  # 421 at the greeting
    few: int = 250  # 421 after some letters
    split: int = 150  # each answer in several packets
    together: int = 250  # answers wait until there is nothing more to read
    slow: int = 100
    careless: int = 200  # 354 also where no recipient was accepted
    narrow: int = 100  # takes in little at a time
    chunking: int = 500  # offers CHUNKING


class Fate(StrEnum):
    """What becomes of letters to one reader."""

    WELL = "well"
    GREYLISTED = "greylisted"
    FULL = "full"
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"
    PUT_OFF = "put off"


class Mishap(StrEnum):
    """What becomes of one try."""

    NONE = "none"
    CUT_IN_BODY = "cut in body"
    CUT_TAKEN = "cut, taken"
    CUT_LOST = "cut, lost"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How one connection is answered."""

    turned_away: bool = False
    letters: int = 10**9  # after these, 421
    split: bool = False
    together: bool = False
    slow_seconds: float = 0.0
    careless: bool = False
    narrow: bool = False
    chunking: bool = False
    dice: random.Random = field(default_factory=random.Random)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The faults of a run."""

    seed: int
    chances: Chances = field(default_factory=Chances)

    def fate(self, reader: str) -> tuple[Fate, int]:
        """The fate of a reader, and how often it strikes where it ends."""
        dice, chances = random.Random(f"{self.seed} {reader}"), self.chances
        cases = (
            (Fate.GREYLISTED, chances.greylisted),
            (Fate.FULL, chances.full),
            (Fate.UNKNOWN, chances.unknown),
            (Fate.UNREADABLE, chances.unreadable),
            (Fate.PUT_OFF, chances.put_off),
        )
        return _chosen(dice, cases, Fate.WELL), dice.randint(1, MOST_TRIES)

    def mishap(self, reader: str, attempt: int) -> Mishap:
        chances = self.chances
        cases = (
            (Mishap.CUT_IN_BODY, chances.cut_in_body),
            (Mishap.CUT_TAKEN, chances.cut_taken),
            (Mishap.CUT_LOST, chances.cut_lost),
            (Mishap.CLOSING, chances.closing),
        )
        return _chosen(random.Random(f"{self.seed} {reader} {attempt}"), cases, Mishap.NONE)

    def manners(self, connection: int) -> Manners:
        dice, chances = random.Random(f"{self.seed} connection {connection}"), self.chances

        def happens(chance: int) -> bool:
            return dice.randrange(1000) < chance

        return Manners(
            turned_away=happens(chances.turned_away),
            letters=dice.randint(1, 40) if happens(chances.few) else 10**9,
            split=happens(chances.split),
            together=happens(chances.together),
            slow_seconds=0.004 if happens(chances.slow) else 0.0,
            careless=happens(chances.careless),
            narrow=happens(chances.narrow),
            chunking=happens(chances.chunking),
            dice=dice,
        )


def _chosen(dice: random.Random, cases: tuple[tuple[Case, int], ...], otherwise: Case) -> Case:
    number = dice.randrange(1000)
    for case, chance in cases:
        if number < chance:
            return case
        number -= chance
    return otherwise
