"""One SMTP connection as a state machine: bytes in, actions out.

Theory. A relay answers commands in the order in which it got them, so all that must be
remembered is the queue of answers still to come: each has a step, and the table says what
a reply of each kind (its first digit) does at that step. A letter passes through three
places: `ready` (nothing of it was said), `group` (MAIL, RCPT and DATA are said) and
`landing` (its body and the final dot are written). At most two letters are here at a time:
one lands while the next is in its group, because behind the final dot the next group may
follow at once (RFC 2920 §3.1). Without PIPELINING each command waits for its answer.

A letter is in doubt from the write of its final dot to the answer, and never otherwise.
Recipient refused and DATA accepted: a lone dot ends a letter that nobody gets, and the
answer to that dot is not the letter's outcome (RFC 2920 §3.1).

How a connection opens is told in `opening.py`. Pure: no socket, no clock; `session.py`
carries the actions out.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from publisher.model.outcome import Outcome, Verdict
from publisher.send import commands
from publisher.send.actions import Action, Close, GetToken, Settled, StartTls, Terms, Token, Trouble, Write
from publisher.send.commands import Offer, Parcel
from publisher.send.opening import Opening, Opens, Turns
from publisher.send.outcome import LOGIN_REFUSED, Judgement, Phase, judge
from publisher.send.replies import Garbage, Reply, ReplyReader
from publisher.send.steps import MOVES, Move, Step

MOST_LETTERS = 2  # here at a time: one landing, one in its group


@dataclass(slots=True, kw_only=True)
class _Letter:
    parcel: Parcel
    outcome: Outcome | None = None  # a refusal that its group still runs behind


class Conversation:
    """The client's side of one connection. Each method returns what is to be done, in order."""

    def __init__(self, terms: Terms) -> None:
        self.answered = 0  # replies read so far
        self._reader = ReplyReader()
        self._login_by_token = terms.login is not None and terms.login.by_token
        self._opening: Opening | None = Opening(terms)  # None: it is open
        self._offer = Offer()
        self._awaited: deque[Step] = deque()
        self._unsaid: deque[tuple[Step, bytes]] = deque()  # the rest of a group, without PIPELINING
        self._ready: _Letter | None = None
        self._group: _Letter | None = None
        self._landing: _Letter | None = None
        self._stale = False  # the relay may hold a transaction that got no body: RSET first
        self._leaving = False
        self._over = False
        self._actions: list[Action] = []

    @property
    def is_open(self) -> bool:
        """It was greeted, encrypted and logged in as its terms ask."""
        return self._opening is None and not self._over

    @property
    def held(self) -> int:
        return sum(letter is not None for letter in (self._ready, self._group, self._landing))

    @property
    def room(self) -> int:
        """How many letters may be given now."""
        return 0 if not self.is_open or self._leaving or self._ready else MOST_LETTERS - self.held

    @property
    def awaited(self) -> Opens | Step | None:
        """What the relay is to answer next; None where it owes nothing."""
        if self._opening and not self._over:
            return self._opening.step if self._opening.turns is Turns.RELAY else None
        return self._awaited[0] if self._awaited else None

    def receive(self, data: bytes) -> list[Action]:
        if self._opening and self._opening.turns is Turns.TLS:
            return []  # said in the clear after the 220: it is as little believed as what came with it
        self._reader.feed(data)
        while not self._over and (found := self._reader.read()) is not None:
            self.answered += 1
            if isinstance(found, Garbage):
                self._hang_up(f"it does not speak SMTP: {found.problem}", permanent=self._opening is not None)
            elif self._opening and self._opening.turns is Turns.RELAY:
                self._open(self._opening.answer(found))
            elif self._awaited:
                self._answer(self._awaited.popleft(), found)
            else:
                self._hang_up(f"it said, unasked: {found}")
        return self._done()

    def encrypted(self) -> list[Action]:
        """TLS stands."""
        if self._opening and not self._over:
            self._actions.append(self._opening.encrypted())
        return self._done()

    def token(self, token: Token) -> list[Action]:
        """The access token that was asked for."""
        if self._opening and not self._over:
            self._actions.append(self._opening.token(token))
        return self._done()

    def give(self, parcel: Parcel) -> list[Action]:
        """Take one letter. Raises ValueError where there is no `room`."""
        if not self.room:
            raise ValueError("no room for another letter on this connection")
        impossible = commands.unsendable(parcel, self._offer)
        if impossible:
            self._actions.append(Settled(key=parcel.key, outcome=impossible))
        else:
            self._ready = _Letter(parcel=parcel)
            self._begin_if_possible()
        return self._done()

    def recall(self) -> list[Action]:
        """Give up the letter of which nothing was said yet, if there is one."""
        if self._ready:
            self._ready.outcome = _later("the sender was stopped")
            self._settle(self._ready)
            self._ready = None
        return self._done()

    def finish(self) -> list[Action]:
        """No letters come after those that are here; then QUIT."""
        self._leaving = True
        self._quit_if_idle()
        return self._done()

    def lose(self, why: str, *, dot_unsent: bool = False) -> list[Action]:
        """The connection is gone or hopeless; `dot_unsent`: the last final dot surely never left."""
        if self._landing and dot_unsent:
            self._landing.outcome = _later(why)
        if not self._over and Step.QUIT in self._awaited:
            self._bye()
        elif not self._over:
            self._hang_up(why)
        return self._done()

    def _open(self, found: Write | StartTls | GetToken | Offer | Trouble) -> None:
        if isinstance(found, Offer):
            self._opening, self._offer = None, found
            self._quit_if_idle()
        elif isinstance(found, Trouble):
            self._hang_up(found.problem, permanent=found.permanent)
        else:
            if isinstance(found, StartTls):
                self._reader.discard()
            self._actions.append(found)

    def _answer(self, step: Step, reply: Reply) -> None:
        move = MOVES[step][reply.kind - 2]
        if move is Move.BYE:
            self._bye()
        elif move is Move.GIVE_UP:
            self._hang_up(f"it answers {step.value} with: {reply}")
        elif move is Move.REFUSE:
            self._refuse(Phase(step.value), reply)
        elif move is Move.BODY:
            self._write_body()
        elif move is Move.LAND:
            self._land(reply)
        elif self._unsaid:
            self._say(*self._unsaid.popleft())
        if not self._over:
            self._begin_if_possible()
            self._quit_if_idle()

    def _begin_if_possible(self) -> None:
        """Say MAIL, RCPT, DATA of the ready letter, as far as the relay's offer allows."""
        waits_its_turn = bool(self._awaited or self._unsaid) and not self._offer.pipelining
        if self._ready is None or self._group or waits_its_turn:
            return
        self._group, self._ready = self._ready, None
        parcel = self._group.parcel
        group = [(Step.RSET, b"RSET\r\n")] if self._stale else []
        group += [
            (Step.MAIL, commands.mail_command(parcel, self._offer)),
            (Step.RCPT, commands.rcpt_command(parcel, self._offer)),
            (Step.DATA, b"DATA\r\n"),
        ]
        self._stale = False
        if self._offer.pipelining:
            self._awaited.extend(step for step, _ in group)
            self._actions.append(Write(data=b"".join(line for _, line in group)))
        else:
            self._unsaid.extend(group[1:])
            self._say(*group[0])

    def _refuse(self, phase: Phase, reply: Reply) -> None:
        letter = self._group
        assert letter is not None  # noqa: S101  only a group's commands come here
        if letter.outcome is None:
            judgement = judge(phase, reply)
            letter.outcome = judgement.outcome
            if judgement.relay_trouble:
                self._hang_up(_refusal(phase, reply), permanent=self._lasts(judgement, reply))
                return
        if phase is Phase.DATA or not self._offer.pipelining:
            self._stale = phase is not Phase.MAIL
            self._unsaid.clear()
            self._group = None
            self._settle(letter)

    def _write_body(self) -> None:
        letter, self._group = self._group, None
        assert letter is not None  # noqa: S101  DATA is a group's command
        if letter.outcome is not None:
            self._say(Step.LONE_DOT, b".\r\n")
            self._settle(letter)
            return
        self._landing = letter
        self._awaited.append(Step.END)
        self._actions.append(Write(data=commands.body_of(letter.parcel), ends_letter=True))

    def _land(self, reply: Reply) -> None:
        letter, self._landing = self._landing, None
        assert letter is not None  # noqa: S101  END is awaited for a landing letter only
        judgement = judge(Phase.END, reply)
        letter.outcome = judgement.outcome
        self._settle(letter)
        if judgement.relay_trouble:
            self._hang_up(_refusal(Phase.END, reply), permanent=self._lasts(judgement, reply))

    def _lasts(self, judgement: Judgement, reply: Reply) -> bool:
        """A login by token that ended while letters went is made anew on the next connection."""
        return judgement.lasting and not (reply.code == LOGIN_REFUSED and self._login_by_token)

    def _quit_if_idle(self) -> None:
        if self._leaving and self.is_open and not self._awaited and not self.held:
            self._say(Step.QUIT, b"QUIT\r\n")

    def _hang_up(self, problem: str, *, permanent: bool = False) -> None:
        """Settle all that is here and close: in doubt what has landed unanswered, later the rest."""
        if self._landing and self._landing.outcome is None:
            self._landing.outcome = Outcome(verdict=Verdict.IN_DOUBT, text=f"the whole letter went out; then {problem}")
        for letter in (self._landing, self._group, self._ready):
            if letter:
                letter.outcome = letter.outcome or _later(problem)
                self._settle(letter)
        self._landing = self._group = self._ready = None
        self._bye(Trouble(problem=problem, permanent=permanent))

    def _bye(self, trouble: Trouble | None = None) -> None:
        self._over = True
        self._awaited.clear()
        self._actions.append(Close(trouble=trouble))

    def _say(self, step: Step, line: bytes) -> None:
        self._awaited.append(step)
        self._actions.append(Write(data=line))

    def _settle(self, letter: _Letter) -> None:
        assert letter.outcome is not None  # noqa: S101  whoever settles has set it
        self._actions.append(Settled(key=letter.parcel.key, outcome=letter.outcome))

    def _done(self) -> list[Action]:
        actions, self._actions = self._actions, []
        return actions


def _later(problem: str) -> Outcome:
    return Outcome(verdict=Verdict.LATER, text=f"the letter did not go out: {problem}")


def _refusal(phase: Phase, reply: Reply) -> str:
    if reply.code == 530:
        return f"it wants a login or TLS first ({reply}); write `smtp+starttls://user@host` and set `password`"
    if reply.code == LOGIN_REFUSED:
        return f"it no longer knows our login: {reply}"
    if phase is Phase.MAIL and reply.kind == 5:
        return f"it refuses our return address: {reply}"
    return f"it answers {phase.value} with: {reply}"
