"""The letters of an open connection: what is said for each, and what an answer does to it.

Theory. A relay answers commands in the order in which it got them, so all that must be
remembered is the queue of answers still to come: each has a step and a letter, and the
table (`steps.py`) says what a reply of each kind (its first digit) does at that step. At
most two letters are here at a time, and at most one more waits (`ready`). A letter that is
`landing` has its end written: it is in doubt from then to the answer, and never otherwise.

By DATA, a letter's group is MAIL, RCPT, DATA, and 354 calls for its body; one letter lands
while the next is in its group, because behind the final dot the next group may follow at
once (RFC 2920 §3.1). Recipient refused and DATA accepted: a lone dot ends a letter that
nobody gets, and the answer to that dot is not the letter's outcome.

By BDAT (RFC 3030), the body is the last of its group, nothing is waited for, and both
letters may be landing. What became of the first is not known when the second goes, and a
refused recipient leaves its transaction open (§2); so the second begins with RSET, or it
would go under the first one's return address. The first BDAT of a connection goes alone: a
relay that offers CHUNKING and does not know BDAT would read the body as commands.

Where the relay is in trouble, what lands may still be answered: it is `doomed`, nothing new
begins, and it is closed after the last answer. Who says 421 and closes has not taken what
came behind that (RFC 5321 §3.8). A letter that came behind another and was not heard is no
cause of that: it is returned, for another connection. Without PIPELINING commands wait.

Pure: `protocol.py` feeds it and hands its actions out.
"""

from __future__ import annotations

from collections import deque

from publisher.model.outcome import Outcome, Verdict
from publisher.send import commands
from publisher.send.actions import Action, Close, Returned, Settled, Terms, Trouble, Write
from publisher.send.commands import Offer, Parcel
from publisher.send.group import Letter, group_of
from publisher.send.outcome import (
    CLOSING,
    LOGIN_REFUSED,
    Judgement,
    Phase,
    Taken,
    happened,
    judge,
    later,
    refusal_in_words,
    told,
    unsent,
)
from publisher.send.replies import Reply
from publisher.send.steps import MOVES, Move, Step

MOST_LETTERS = 2  # here at a time
# To a first BDAT these say that it is not known, whatever was offered.
_NO_BDAT = frozenset({500, 501, 502, 503, 504})
_NO_BDAT_EVER = frozenset({500, 502})  # also where nobody was to get the letter, and 503 would be right


class Transactions:
    """What is under way; what is to be done stands in `actions`, in order."""

    def __init__(self, terms: Terms) -> None:
        self.actions: list[Action] = []
        self.over = False
        self.chunking_refused = False  # CHUNKING was offered, and BDAT is not known
        self._offer: Offer | None = None  # None: it is not open yet
        self._chunks = terms.chunking  # letters go by BDAT; settled when the offer is known
        self._chunk_taken = False  # a BDAT was answered as by one who knows it
        self._login_by_token = terms.login is not None and terms.login.by_token
        self._awaited: deque[tuple[Step, Letter | None]] = deque()
        self._unsaid: deque[tuple[Step, bytes]] = deque()  # the rest of a group, without PIPELINING
        self._ready: Letter | None = None
        self._here: list[Letter] = []  # begun and not settled, in their order
        self._stale = False  # the relay may hold a transaction that got no body: RSET first
        self._begun = False  # a letter has
        self._takes = False  # it is open, and nothing speaks against another letter
        self._leaving = False
        self._doomed: Trouble | None = None
        self._closing = False  # it said 421
        self._taken = Taken()

    def open(self, offer: Offer) -> None:
        """Letters may come."""
        self._offer = offer
        self._chunks = self._chunks and offer.chunking
        self._takes = not (self._leaving or self.over)
        self._quit_if_idle()

    @property
    def held(self) -> int:
        return len(self._here) + (self._ready is not None)

    @property
    def room(self) -> int:
        """How many letters may be given now."""
        return MOST_LETTERS - len(self._here) if self._takes and self._ready is None else 0

    @property
    def awaited(self) -> Step | None:
        return self._awaited[0][0] if self._awaited else None

    def take(self, parcel: Parcel) -> None:
        """Raises ValueError where there is no `room`."""
        if not (self.room and self._offer):
            raise ValueError("no room for another letter on this connection")
        impossible = commands.unsendable(parcel, self._offer)
        if impossible:
            self.actions.append(Settled(key=parcel.key, outcome=impossible))
        else:
            self._ready = Letter(parcel=parcel)
            self._begin_if_possible()

    def recall(self, why: str = "the sender was stopped") -> None:
        """Give up the letter of which nothing was said yet, if there is one."""
        if self._ready:
            self._ready.outcome = unsent(why)
            self._settle(self._ready)
            self._ready = None

    def finish(self) -> None:
        self._leaving, self._takes = True, False
        self._quit_if_idle()

    def lose(self, why: str, *, unsent: int) -> None:
        landing = [letter for letter in self._here if letter.landing]
        for letter in landing[max(0, len(landing) - unsent) :]:
            letter.landing = False
        if not self.over and self.awaited is Step.QUIT:
            self._bye()
        elif not self.over:
            self.hang_up(why)

    def answer(self, reply: Reply) -> None:
        """What the relay says, all of which must have been asked for."""
        if not self._awaited or not self._offer:
            self.hang_up(f"it said, unasked: {reply}")
            return
        step, letter = self._awaited.popleft()
        move = MOVES[step][reply.code // 100 - 2]
        if move is Move.ON and self._awaited:
            return  # nothing can begin or end by it: all that could has done so
        if move is Move.BYE:
            self._bye()
        elif move is Move.GIVE_UP:
            self._doom(Trouble(problem=f"it answers {step.value} with: {reply}"), reply)
        elif letter and move is Move.REFUSE:
            self._refuse(letter, Phase(step.value), reply)
        elif letter and move is Move.BODY:
            self._write_body(letter)
        elif letter and move is Move.LAND:
            self._land(letter, reply, chunk=step is Step.BDAT)
        elif self._unsaid:
            self._say(*self._unsaid.popleft(), self._here[-1])
        if not self.over:
            self._begin_if_possible()
            self._quit_if_idle()

    def _may_begin(self, offer: Offer) -> bool:
        """Is nothing in the way of another group?"""
        if self._doomed or not offer.pipelining:
            return not (self._doomed or self._awaited or self._unsaid)
        if not self._here or (self._chunks and self._chunk_taken):
            return True
        return not self._chunks and all(letter.landing for letter in self._here)

    def _begin_if_possible(self) -> None:
        """Say MAIL, RCPT, and DATA or BDAT of the ready letter, as far as the relay's offer allows."""
        letter, offer = self._ready, self._offer
        if letter is None or offer is None or not self._may_begin(offer):
            return
        self._ready = None
        letter.follows, self._begun = self._begun, True
        self._here.append(letter)
        after_reset = self._stale or (self._chunks and len(self._here) > 1)
        steps, parts = group_of(letter.parcel, offer, chunk=self._chunks, after_reset=after_reset)
        self._stale = False
        if not offer.pipelining:
            end = len(steps) - 1
            self._unsaid.extend(zip(steps, [*parts[:end], b"".join(parts[end:])], strict=True))
            self._say(*self._unsaid.popleft(), letter)
            return
        letter.landing = self._chunks
        self._awaited.extend([(step, letter) for step in steps])
        self.actions.append(Write(data=b"".join(parts), ends_letter=letter.landing))

    def _refuse(self, letter: Letter, phase: Phase, reply: Reply) -> None:
        if letter.outcome is None:
            judgement = judge(phase, reply)
            letter.outcome, letter.refused_at = judgement.outcome, phase
            if judgement.relay_trouble:
                self._doom(
                    Trouble(problem=refusal_in_words(phase, reply), permanent=self._lasts(judgement, reply)), reply
                )
                return
        alone = phase is Phase.DATA or bool(self._unsaid)  # without PIPELINING the rest of its group is not said
        if not letter.landing and alone:
            self._stale = phase is not Phase.MAIL
            self._unsaid.clear()
            self._settle(letter)

    def _write_body(self, letter: Letter) -> None:
        if letter.outcome is not None:
            self._say(Step.LONE_DOT, b".\r\n", letter)
            self._settle(letter)
        else:
            self._say(Step.END, commands.body_of(letter.parcel), letter)

    def _land(self, letter: Letter, reply: Reply, *, chunk: bool) -> None:
        """The answer to a letter's end."""
        if reply.code < 300 and letter.outcome is None:  # so nearly all letters end: no need to judge
            letter.outcome = self._taken.by(reply)
            self._chunk_taken = self._chunk_taken or chunk
            self._settle(letter)
            return
        judgement = judge(Phase.END, reply)
        refused, first = letter.outcome is not None, chunk and not self._chunk_taken
        if not refused:
            letter.outcome = judgement.outcome
        elif reply.kind == 2 and letter.refused_at is Phase.MAIL:
            words = f"its envelope was refused, and then the letter was taken: {reply}"
            letter.outcome = Outcome(verdict=Verdict.IN_DOUBT, code=reply.code, text=words)
        self._stale = self._stale or (chunk and reply.kind != 2)
        if first and reply.code in (_NO_BDAT_EVER if refused else _NO_BDAT):
            self.chunking_refused = True
            letter.outcome = letter.outcome if refused else told(Verdict.LATER, reply)
            self._settle(letter)
            problem = f"it offers CHUNKING and answers BDAT with: {reply}; DATA is used instead"
            self._doom(Trouble(problem=problem, learned=True), reply)
            return
        self._chunk_taken = self._chunk_taken or (chunk and not refused) or (chunk and reply.kind == 2)
        self._settle(letter)
        if judgement.relay_trouble and not refused:
            self._doom(
                Trouble(problem=refusal_in_words(Phase.END, reply), permanent=self._lasts(judgement, reply)), reply
            )

    def _lasts(self, judgement: Judgement, reply: Reply) -> bool:
        """A login by token that ended while letters went is made anew on the next connection."""
        return judgement.lasting and not (reply.code == LOGIN_REFUSED and self._login_by_token)

    def _quit_if_idle(self) -> None:
        if self._leaving and self._offer and not self.over and not self._awaited and not self.held:
            self._say(Step.QUIT, b"QUIT\r\n")
        elif self._doomed and not self._here and not self.over:
            self._bye(self._doomed)

    def _doom(self, trouble: Trouble, reply: Reply) -> None:
        """Nothing goes out any more, but what is landing may be answered yet."""
        self._doomed, self._takes = self._doomed or trouble, False
        self._closing = self._closing or reply.code == CLOSING
        self._give_back(trouble.problem)
        if not self._here:
            self._bye(self._doomed)

    def _give_back(self, problem: str) -> None:
        """Settle what is not landing; another connection may have at once what nothing was said of."""
        for letter in [letter for letter in self._here if not letter.landing]:
            self._part_with(letter, later(problem))
        self.recall(problem)

    def _part_with(self, letter: Letter, otherwise: Outcome) -> None:
        """The connection ends; not for the sake of a letter that followed another and was not heard."""
        letter.outcome = letter.outcome or otherwise
        closing_at_mail = letter.refused_at is Phase.MAIL and letter.outcome.code == CLOSING  # no reader was named yet
        if letter.follows and (closing_at_mail or (Step.MAIL, letter) in self._awaited):
            self._here.remove(letter)
            self.actions.append(Returned(parcel=letter.parcel, outcome=letter.outcome))
        else:
            self._settle(letter)

    def hang_up(self, problem: str, *, permanent: bool = False) -> None:
        """Settle all that is here and close: in doubt what has landed unanswered, later the rest."""
        for letter in [letter for letter in self._here if letter.landing]:
            lost = happened(Verdict.IN_DOUBT, f"the whole letter went out; then {problem}")
            not_taken = later(self._doomed.problem) if self._doomed and self._closing else None
            if not_taken:
                self._part_with(letter, not_taken)
            else:
                letter.outcome = letter.outcome or lost
                self._settle(letter)
        self._give_back(problem)
        self._bye(self._doomed or Trouble(problem=problem, permanent=permanent))

    def _bye(self, trouble: Trouble | None = None) -> None:
        self.over, self._takes = True, False
        self._awaited.clear()
        self.actions.append(Close(trouble=trouble))

    def _say(self, step: Step, data: bytes, letter: Letter | None = None) -> None:
        self._awaited.append((step, letter))
        ends = letter is not None and step in (Step.END, Step.BDAT)
        if letter and ends:
            letter.landing = True
        self.actions.append(Write(data=data, ends_letter=ends))

    def _settle(self, letter: Letter) -> None:
        assert letter.outcome is not None  # noqa: S101  whoever settles has set it
        if letter in self._here:
            self._here.remove(letter)
        self.actions.append(Settled(key=letter.parcel.key, outcome=letter.outcome))
