"""The protocol as dialogues on paper, and under every accident that hypothesis finds.

Each file below cases/send/dialogues is a whole conversation: lines of input (`S:` the
relay says, `give`, `token`, `finish`, `recall`, `encrypted`, `lose`) and what must follow from each
(`C:` we say, `= ` a letter's outcome, `tls`, `get a token`, `close`). A new case is a new file.
"""

from __future__ import annotations

import itertools
import re
from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.model.outcome import Outcome, Verdict
from publisher.send.actions import Action, Close, GetToken, Returned, Settled, StartTls, Terms, Token, Write
from publisher.send.commands import Parcel
from publisher.send.login import BY_PASSWORD, BY_TOKEN, Login, Mechanism
from publisher.send.protocol import Conversation
from publisher.send.steps import MOVES, Step
from publisher.send.transactions import MOST_LETTERS

DIALOGUES = Path(__file__).parent / "cases" / "send" / "dialogues"
INPUTS = ("S: ", "give ", "token ", "finish", "recall", "encrypted", "lose ")


def a_parcel(number: int, recipient: str = "") -> Parcel:
    return Parcel(
        key=number,
        sender=f"b+{number}@bounce.courier.example",
        recipient=recipient or f"reader{number}@readers.example",
        envelope_id=f"token{number}",
        pieces=[b"Subject: ", f"{number}\r\n\r\nLetter {number}".encode(), b".\r\n"],
    )


def terms_of(head: str) -> Terms:
    """`# terms: starttls user=... password=... token mechanism=... remote data`"""
    words = re.search(r"^# terms:(.*)$", head, re.MULTILINE)
    facts = dict(word.partition("=")[::2] for word in (words[1].split() if words else []))
    mechanisms = BY_TOKEN if "token" in facts else BY_PASSWORD
    if "mechanism" in facts:
        mechanisms = (Mechanism(facts["mechanism"]),)
    return Terms(
        hello="courier.example",
        starttls="starttls" in facts,
        loopback="remote" not in facts,
        chunking="data" not in facts,
        login=Login(
            user=facts["user"],
            password=facts.get("password", ""),
            mechanisms=mechanisms,
            host="relay.example",
            port=587,
        )
        if "user" in facts
        else None,
    )


def told(action: Action) -> list[str]:
    if isinstance(action, Write):
        if action.ends_letter and b" LAST\r\n" in action.data:
            commands, command, body = action.data.partition(b" LAST\r\n")
            size = int(commands.rpartition(b"BDAT ")[2])
            assert size == len(body)
            return [*(f"C: {line}" for line in (commands + command).decode().splitlines()), f"C: <{size} bytes>"]
        if action.ends_letter:
            return [f"C: <letter of {len(action.data)} bytes, with its dot>"]
        return [f"C: {line}" for line in action.data.decode().splitlines()]
    if isinstance(action, StartTls):
        return ["tls"]
    if isinstance(action, GetToken):
        return [f"get a token{' in place of ' + action.refused if action.refused else ''}"]
    if isinstance(action, Settled):
        return [f"= {action.key} {told_outcome(action.outcome)}"]
    if isinstance(action, Returned):
        return [f"= {action.parcel.key} for another connection, else {told_outcome(action.outcome)}"]
    trouble = action.trouble
    return [
        "close" if trouble is None else f"close {'for good' if trouble.permanent else 'for now'}: {trouble.problem}"
    ]


def told_outcome(outcome: Outcome) -> str:
    words = (outcome.verdict.value, str(outcome.code or ""), outcome.enhanced, outcome.text)
    return " ".join(word for word in words if word)


def respond(conversation: Conversation, line: str) -> list[Action]:
    verb, _, rest = line.partition(" ")
    if verb == "S:":
        return conversation.receive(rest.encode().replace(rb"\r\n", b"\r\n") + b"\r\n")
    if verb == "give":
        number, _, recipient = rest.partition(" ")
        return conversation.give(a_parcel(int(number), recipient))
    if verb == "lose":
        return conversation.lose(rest.removeprefix("unsent "), unsent=int(rest.startswith("unsent ")))
    if verb == "token":
        text, _, fresh = rest.partition(" ")
        return conversation.token(Token(text=text, fresh=fresh == "fresh"))
    plain: dict[str, Callable[[], list[Action]]] = {
        "finish": conversation.finish,
        "recall": conversation.recall,
        "encrypted": conversation.encrypted,
    }
    return plain[verb]()


def play(script: str) -> str:
    """The script with all that follows from its inputs put after each."""
    head = "".join(line for line in script.splitlines(keepends=True) if line.startswith("#"))
    conversation = Conversation(terms_of(head))
    lines = []
    for line in script.splitlines():
        if line.startswith(INPUTS):
            lines += [line, *(text for action in respond(conversation, line) for text in told(action))]
    return head + "".join(f"{line}\n" for line in lines)


@pytest.mark.parametrize("path", sorted(DIALOGUES.glob("*.txt")), ids=lambda path: path.stem)
def test_a_dialogue_goes_as_it_is_written(path: Path) -> None:
    written = path.read_text(encoding="utf-8")
    assert play(written) == written


def test_every_step_has_a_move_for_every_kind_of_reply() -> None:
    assert set(MOVES) == set(Step)


def test_a_third_letter_finds_no_room() -> None:
    conversation = Conversation(Terms(hello="courier.example"))
    conversation.receive(b"220 hi\r\n250-relay\r\n250 PIPELINING\r\n")
    for number in range(MOST_LETTERS):
        assert conversation.room == MOST_LETTERS - number
        conversation.give(a_parcel(number))
    assert conversation.room == 0
    with pytest.raises(ValueError, match="no room"):
        conversation.give(a_parcel(9))


# A relay that may answer anything, cut anywhere.

REPLIES = st.sampled_from(
    ["250 ok", "250-two\r\n250 lines", "354 go on", "421 4.3.2 closing", "450 4.2.1 later", "452 4.5.3 too many",
     "503 5.5.1 order", "530 5.7.0 login", "550 5.1.1 nobody", "552 5.2.2 full", "554 5.7.1 no", "220 again",
     "235 in", "334 more"]
)  # fmt: skip
SENSIBLE = {
    Step.MAIL: "250 ok", Step.RCPT: "250 ok", Step.DATA: "354 go on", Step.END: "250 ok", Step.BDAT: "250 ok",
    Step.LONE_DOT: "554 nobody", Step.RSET: "250 ok", Step.QUIT: "221 bye",
}  # fmt: skip
EVENTS = st.one_of(
    st.just("sensible"),
    st.just("sensible"),
    st.just("sensible"),
    st.just("give"),
    st.just("give"),
    REPLIES.map(lambda reply: f"say {reply}"),
    st.sampled_from(["garbage", "lose", "lose unsent", "finish", "recall"]),
)


class Witness:
    """Reads what goes over the wire as the relay does, and knows by itself what was asked and answered."""

    def __init__(self) -> None:
        self.outcomes: dict[int, Outcome] = {}
        self.given: set[int] = set()
        self.asked: deque[tuple[str, int]] = deque([("CONNECT", 0)])  # verb and letter, unanswered
        self.answers: dict[tuple[str, int], int] = {}  # first digits
        self.ended: list[int] = []  # letters whose end was written
        self.named: set[int] = set()  # letters of which something was said
        self.closed = False
        self.closes = False  # 421 was said
        self.unsent = False  # the end of the last letter never left us
        self._said, self._begun = bytearray(), b""  # a line, and the code of a reply that goes on
        self._mail = 0  # the letter whose transaction is open

    def read(self, byte: int) -> None:
        """A byte of the relay, before the machine sees it; where a reply is whole with it, note the answer."""
        self._said.append(byte)
        if byte != ord("\n"):
            return
        begun, line = bytes(self._begun), bytes(self._said)
        self._said.clear()
        self._begun = line[:3] if line[3:4] == b"-" else b""
        whole = re.match(rb"[2-5]\d\d(?: |\r*\n)", line) and begun in (b"", line[:3])
        if whole and self.asked and not self.closed:
            self.answers[self.asked.popleft()] = line[0] - ord("0")
            self.closes = self.closes or line.startswith(b"421")

    def see(self, actions: list[Action]) -> None:
        for action in actions:
            assert not self.closed, "nothing follows a close"
            if isinstance(action, Settled):
                self._settled(action.key, action.outcome)
            elif isinstance(action, Returned):
                self._returned(action.parcel.key, action.outcome)
            elif isinstance(action, Write):
                self._written(action)
            elif isinstance(action, Close):
                self.closed = True

    def _settled(self, key: int, outcome: Outcome) -> None:
        assert key in self.given
        assert key not in self.outcomes, "one outcome a letter"
        self.outcomes[key] = outcome
        envelope = [self.answers.get((verb, key)) for verb in ("MAIL", "RCPT")]
        end = self.answers.get(("END", key))
        if outcome.verdict is Verdict.SENT:
            assert (envelope, end) == ([2, 2], 2), "sent is what the relay took to its end, and nothing else"
        elif outcome.verdict is Verdict.IN_DOUBT:
            assert key in self.ended, "what was not wholly written is in no doubt"
            assert end in (None, 3) or (end == 2 and envelope[0] != 2)
        elif outcome.verdict is Verdict.UNSENT:
            assert key not in self.named, "unsent is a letter of which nothing was said"
        else:
            assert end != 2 or envelope[1] != 2, "what the relay may have taken is not said to be refused"

    def _returned(self, key: int, outcome: Outcome) -> None:
        assert outcome.verdict is Verdict.LATER
        assert key in self.named
        assert min(self.named) != key, "what goes first on a connection gets its outcome there"
        heard = [self.answers.get((verb, key)) for verb in ("MAIL", "RCPT", "DATA", "END")]
        assert heard in ([None] * 4, [4, None, None, None]), "nothing was said about it but, at most, 421 at MAIL"
        assert key not in self.ended or self.closes or self.unsent, "it surely is not taken"
        self._settled(key, outcome)

    def _written(self, write: Write) -> None:
        data, left = write.data, write.data
        if write.ends_letter and b" LAST\r\n" not in data:
            self._end(data)
            return
        while left:
            line, _, left = left.partition(b"\r\n")
            verb = line.split()[0].decode()
            if verb == "MAIL":
                self._mail = int(re.search(rb"b\+(\d+)@", line)[1])
                self.named.add(self._mail)
            if verb == "BDAT":
                assert write.ends_letter
                size = int(line.split()[1])
                self._end(left[:size])
                left = left[size:]
            else:
                self.asked.append((verb, self._mail))

    def _end(self, body: bytes) -> None:
        number = int(re.search(rb"Letter (\d+)", body)[1])
        self.ended.append(number)
        self.asked.append(("END", number))
        assert len(set(self.ended) - set(self.outcomes)) <= MOST_LETTERS


OFFERS = st.sampled_from(
    ["250 relay\r\n", "250-relay\r\n250 PIPELINING\r\n", "250-relay\r\n250-DSN\r\n250 SIZE 9\r\n",
     "250-relay\r\n250-PIPELINING\r\n250 CHUNKING\r\n", "250-relay\r\n250 CHUNKING\r\n"]
)  # fmt: skip


def an_open_one(offer: str) -> tuple[Conversation, Witness]:
    conversation, witness = Conversation(Terms(hello="courier.example")), Witness()
    feed(conversation, witness, f"220 hi\r\n{offer}".encode())
    assert conversation.is_open
    return conversation, witness


def feed(conversation: Conversation, witness: Witness, data: bytes) -> None:
    """Byte by byte, so that the witness knows at each what is whole."""
    for byte in data:
        witness.read(byte)
        witness.see(conversation.receive(bytes([byte])))


def give_one(conversation: Conversation, witness: Witness) -> None:
    number = len(witness.given)
    witness.given.add(number)
    witness.see(conversation.give(a_parcel(number)))


@settings(max_examples=150, deadline=None)
@given(offer=OFFERS, events=st.lists(EVENTS, max_size=60))
def test_each_letter_has_exactly_one_true_outcome_whatever_the_relay_does(offer: str, events: list[str]) -> None:
    conversation, witness = an_open_one(offer)
    for event in events:
        awaited = conversation.awaited
        if event == "give" and conversation.room:
            give_one(conversation, witness)
        elif event == "sensible" and isinstance(awaited, Step):
            feed(conversation, witness, SENSIBLE[awaited].encode() + b"\r\n")
        elif event.startswith("say "):
            feed(conversation, witness, event[4:].encode() + b"\r\n")
        elif event == "garbage":
            feed(conversation, witness, b"\x00 what\r\n")
        elif event.startswith("lose"):
            witness.unsent = event.endswith("unsent")
            witness.see(conversation.lose("cut", unsent=int(witness.unsent)))
        elif event in ("finish", "recall"):
            witness.see(conversation.finish() if event == "finish" else conversation.recall())
        assert conversation.held == len(witness.given - set(witness.outcomes))
        assert conversation.held <= MOST_LETTERS
    witness.see(conversation.lose("the end"))
    assert set(witness.outcomes) == witness.given
    assert conversation.held == 0


FRAGMENTS = st.one_of(
    REPLIES.map(lambda reply: reply.encode() + b"\r\n"),
    st.sampled_from([b"250 ok\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"]),
    st.sampled_from([b"2", b"250-", b"250", b" ok\n", b"\r", b"\n", b"354 ", b"421", b"\xff", b"5.1.1 ", b"x" * 5000]),
    st.binary(max_size=12),
)


@settings(max_examples=150, deadline=None)
@given(offer=OFFERS, stream=st.lists(FRAGMENTS, max_size=40))
def test_random_bytes_settle_every_letter_once_and_send_none_that_was_not_taken(
    offer: str, stream: list[bytes]
) -> None:
    conversation, witness = an_open_one(offer)
    data = b"".join(stream)
    for start in range(0, len(data), 64):
        for _ in range(conversation.room):
            give_one(conversation, witness)
        feed(conversation, witness, data[start : start + 64])
    witness.see(conversation.lose("the end"))
    assert set(witness.outcomes) == witness.given
    assert witness.closed


@settings(max_examples=80, deadline=None)
@given(offer=OFFERS, stream=st.lists(FRAGMENTS, max_size=25).map(b"".join), cuts=st.lists(st.integers(1, 200)))
def test_where_the_network_cuts_makes_no_difference(offer: str, stream: bytes, cuts: list[int]) -> None:
    def all_of(pieces: list[bytes]) -> list[str]:
        conversation = Conversation(Terms(hello="courier.example"))
        actions = conversation.receive(f"220 hi\r\n{offer}".encode())
        for number in range(MOST_LETTERS):
            actions += conversation.give(a_parcel(number))
        for piece in pieces:
            actions += conversation.receive(piece)
        return [text for action in actions for text in told(action)]

    places = sorted({place for place in cuts if place < len(stream)})
    pieces = [stream[start:end] for start, end in itertools.pairwise([0, *places, len(stream)])]
    assert all_of(pieces) == all_of([stream])


OPENINGS = st.one_of(
    st.sampled_from(
        [b"220 hi\r\n", b"250-relay\r\n250-STARTTLS\r\n250 AUTH LOGIN OAUTHBEARER\r\n", b"220 go on\r\n", b"334 \r\n",
         b"235 in\r\n", b"535 5.7.8 no\r\n", b"421 bye\r\n", b"500 what\r\n"]
    ),
    st.binary(max_size=60),
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(data=st.lists(OPENINGS, max_size=14), by_token=st.booleans())
def test_no_bytes_break_the_opening_and_no_secret_goes_before_tls(data: list[bytes], by_token: bool) -> None:
    login = Login(user="u", password="hidden", mechanisms=BY_TOKEN if by_token else BY_PASSWORD)
    conversation = Conversation(Terms(hello="courier.example", starttls=True, login=login))
    witness, encrypted = Witness(), False
    for piece in data:
        actions = conversation.receive(piece)
        while actions:
            witness.see(actions)
            says_more = actions[-1]
            assert encrypted or not any(isinstance(one, Write) and b"AUTH" in one.data for one in actions)
            assert not (encrypted and isinstance(says_more, StartTls)), "TLS is begun once"
            actions = []
            if isinstance(says_more, StartTls):
                assert conversation.receive(b"250-evil.example\r\n250 AUTH PLAIN\r\n") == []
                encrypted, actions = True, conversation.encrypted()
            elif isinstance(says_more, GetToken):
                assert encrypted
                actions = conversation.token(Token(text="token", fresh=False))
    assert encrypted or not conversation.is_open
    witness.see(conversation.lose("the end"))
    assert witness.closed


@settings(max_examples=60, deadline=None)
@given(
    dots=st.booleans(),
    unsent=st.booleans(),
    answer=st.sampled_from(["", "250 2.0.0 ok", "451 4.3.0 later", "554 5.7.1 no", "354 what"]),
)
def test_in_doubt_means_that_the_dot_went_out_and_no_answer_came(dots: bool, unsent: bool, answer: str) -> None:
    conversation, witness = an_open_one("250-relay\r\n250 PIPELINING\r\n")
    give_one(conversation, witness)
    feed(conversation, witness, b"250 ok\r\n250 ok\r\n" + (b"354 go\r\n" if dots else b""))
    if dots and answer:
        feed(conversation, witness, answer.encode() + b"\r\n")
    witness.see(conversation.lose("cut", unsent=int(unsent)))
    nobody_knows = dots and (answer == "354 what" or (not answer and not unsent))
    assert (witness.outcomes[0].verdict is Verdict.IN_DOUBT) == nobody_knows
