"""One SMTP connection as a state machine: bytes in, actions out.

Theory. Two machines take turns: `opening.py` from the greeting to the moment when letters
may come, `transactions.py` from there on. This file reads replies out of bytes, gives each
to the one whose turn it is, and hands out what is to be done, in order. What is not SMTP,
and what was said without being asked for, ends the connection.

Pure: no socket, no clock; `session.py` carries the actions out.
"""

from __future__ import annotations

from publisher.send.actions import Action, GetToken, StartTls, Terms, Token, Trouble, Write
from publisher.send.commands import Offer, Parcel
from publisher.send.opening import Opening, Opens, Turns
from publisher.send.replies import Garbage, ReplyReader
from publisher.send.steps import Step
from publisher.send.transactions import MOST_LETTERS, Transactions

__all__ = ["MOST_LETTERS", "Conversation"]


class Conversation:
    """The client's side of one connection. Each method returns what is to be done, in order."""

    def __init__(self, terms: Terms) -> None:
        self.answered = 0  # replies read so far
        self._reader = ReplyReader()
        self._opening: Opening | None = Opening(terms)  # None: it is open
        self.letters = Transactions(terms)  # what is under way once it is open

    @property
    def is_open(self) -> bool:
        """It was greeted, encrypted and logged in as its terms ask."""
        return self._opening is None and not self.letters.over

    @property
    def held(self) -> int:
        return self.letters.held

    @property
    def room(self) -> int:
        """How many letters may be given now."""
        return self.letters.room

    @property
    def chunking_refused(self) -> bool:
        """CHUNKING was offered, and BDAT is not known."""
        return self.letters.chunking_refused

    @property
    def awaited(self) -> Opens | Step | None:
        """What the relay is to answer next; None where it owes nothing."""
        if self._opening and not self.letters.over:
            return self._opening.step if self._opening.turns is Turns.RELAY else None
        return self.letters.awaited

    def receive(self, data: bytes) -> list[Action]:
        letters = self.letters
        if self._opening and self._opening.turns is Turns.TLS:
            return []  # said in the clear after the 220: it is as little believed as what came with it
        for found in self._reader.read(data):
            if letters.over:
                break
            self.answered += 1
            if isinstance(found, Garbage):
                never_spoke = self._opening is not None
                letters.hang_up(f"it does not speak SMTP: {found.problem}", permanent=never_spoke)
            elif self._opening is None:
                letters.answer(found)
            elif self._opening.turns is Turns.RELAY:
                self._open(self._opening.answer(found))
            elif self._opening.turns is Turns.TLS:
                break
            else:
                letters.answer(found)  # a token is being got: it was not asked
        return self._done()

    def encrypted(self) -> list[Action]:
        """TLS stands."""
        if self._opening and not self.letters.over:
            self.letters.actions.append(self._opening.encrypted())
        return self._done()

    def token(self, token: Token) -> list[Action]:
        """The access token that was asked for."""
        if self._opening and not self.letters.over:
            self.letters.actions.append(self._opening.token(token))
        return self._done()

    def give(self, parcel: Parcel) -> list[Action]:
        """Take one letter. Raises ValueError where there is no `room`."""
        self.letters.take(parcel)
        return self._done()

    def recall(self) -> list[Action]:
        """Give up the letter of which nothing was said yet, if there is one."""
        self.letters.recall()
        return self._done()

    def finish(self) -> list[Action]:
        """No letters come after those that are here; then QUIT."""
        self.letters.finish()
        return self._done()

    def lose(self, why: str, *, unsent: int = 0) -> list[Action]:
        """The connection is gone or hopeless; the ends of the last `unsent` letters surely never left."""
        self.letters.lose(why, unsent=unsent)
        return self._done()

    def _open(self, found: Write | StartTls | GetToken | Offer | Trouble) -> None:
        if isinstance(found, Offer):
            self._opening = None
            self.letters.open(found)
        elif isinstance(found, Trouble):
            self.letters.hang_up(found.problem, permanent=found.permanent)
        else:
            if isinstance(found, StartTls):
                self._reader.discard()
            self.letters.actions.append(found)

    def _done(self) -> list[Action]:
        actions, self.letters.actions = self.letters.actions, []
        return actions
