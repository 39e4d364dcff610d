"""The protocol as dialogues on paper, and under every accident that hypothesis finds.

Each file below cases/send/dialogues is a whole conversation: lines of input (`S:` the
relay says, `give`, `token`, `finish`, `recall`, `encrypted`, `lose`) and what must follow from each
(`C:` we say, `= ` a letter's outcome, `tls`, `get a token`, `close`). A new case is a new file.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.model.outcome import Outcome, Verdict
from publisher.send.actions import Action, Close, GetToken, Settled, StartTls, Terms, Token, Write
from publisher.send.commands import Parcel
from publisher.send.login import BY_PASSWORD, BY_TOKEN, Login, Mechanism
from publisher.send.protocol import MOST_LETTERS, Conversation
from publisher.send.steps import MOVES, Step

DIALOGUES = Path(__file__).parent / "cases" / "send" / "dialogues"
INPUTS = ("S: ", "give ", "token ", "finish", "recall", "encrypted", "lose ")


def a_parcel(number: int, recipient: str = "") -> Parcel:
    return Parcel(
        key=number,
        sender=f"b+{number}@bounce.courier.example",
        recipient=recipient or f"reader{number}@readers.example",
        envelope_id=f"token{number}",
        message=f"Subject: {number}\r\n\r\nLetter {number}.\r\n".encode(),
    )


def terms_of(head: str) -> Terms:
    """`# terms: starttls user=... password=... token mechanism=... remote`"""
    words = re.search(r"^# terms:(.*)$", head, re.MULTILINE)
    facts = dict(word.partition("=")[::2] for word in (words[1].split() if words else []))
    mechanisms = BY_TOKEN if "token" in facts else BY_PASSWORD
    if "mechanism" in facts:
        mechanisms = (Mechanism(facts["mechanism"]),)
    return Terms(
        hello="courier.example",
        starttls="starttls" in facts,
        loopback="remote" not in facts,
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
        if action.ends_letter:
            return [f"C: <letter of {len(action.data)} bytes, with its dot>"]
        return [f"C: {line}" for line in action.data.decode().splitlines()]
    if isinstance(action, StartTls):
        return ["tls"]
    if isinstance(action, GetToken):
        return [f"get a token{' in place of ' + action.refused if action.refused else ''}"]
    if isinstance(action, Settled):
        return [f"= {action.key} {told_outcome(action.outcome)}"]
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
        return conversation.lose(rest.removeprefix("unsent "), dot_unsent=rest.startswith("unsent "))
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
    Step.MAIL: "250 ok", Step.RCPT: "250 ok", Step.DATA: "354 go on", Step.END: "250 ok",
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
    """Watches a conversation from outside: what was given, whose dot went out, who was settled."""

    def __init__(self) -> None:
        self.outcomes: dict[int, Outcome] = {}
        self.given: set[int] = set()
        self.unanswered: list[int] = []  # dots written
        self.closed = False

    def see(self, actions: list[Action]) -> None:
        for action in actions:
            assert not self.closed, "nothing follows a close"
            if isinstance(action, Settled):
                assert action.key in self.given
                assert action.key not in self.outcomes, "one outcome a letter"
                self.outcomes[action.key] = action.outcome
                in_doubt = action.outcome.verdict is Verdict.IN_DOUBT
                assert not in_doubt or action.key in self.unanswered
                if action.outcome.verdict is Verdict.SENT:
                    assert action.key in self.unanswered
            elif isinstance(action, Write) and action.ends_letter:
                number = int(re.search(rb"Letter (\d+)", action.data)[1])
                assert all(dotted in self.outcomes for dotted in self.unanswered), "one letter lands at a time"
                self.unanswered.append(number)
            elif isinstance(action, Close):
                self.closed = True


@settings(max_examples=300, deadline=None)
@given(
    offer=st.sampled_from(
        ["250 relay\r\n", "250-relay\r\n250 PIPELINING\r\n", "250-relay\r\n250-DSN\r\n250 SIZE 9\r\n"]
    ),
    events=st.lists(EVENTS, max_size=60),
    cuts=st.lists(st.integers(1, 6), min_size=1, max_size=5),
)
def test_each_letter_has_exactly_one_outcome_whatever_the_relay_does(
    offer: str, events: list[str], cuts: list[int]
) -> None:
    conversation, witness = Conversation(Terms(hello="courier.example")), Witness()
    witness.see(conversation.receive(f"220 hi\r\n{offer}".encode()))
    for event in events:
        awaited = conversation.awaited
        if event == "give" and conversation.room:
            number = len(witness.given)
            witness.given.add(number)
            witness.see(conversation.give(a_parcel(number)))
        elif event == "sensible" and isinstance(awaited, Step):
            say(conversation, witness, SENSIBLE[awaited], cuts)
        elif event.startswith("say "):
            say(conversation, witness, event[4:], cuts)
        elif event == "garbage":
            say(conversation, witness, "\x00 what", cuts)
        elif event.startswith("lose"):
            witness.see(conversation.lose("cut", dot_unsent=event.endswith("unsent")))
        elif event in ("finish", "recall"):
            witness.see(conversation.finish() if event == "finish" else conversation.recall())
        assert conversation.held == len(witness.given - set(witness.outcomes))
        assert conversation.held <= MOST_LETTERS
    witness.see(conversation.lose("the end"))
    assert set(witness.outcomes) == witness.given
    assert conversation.held == 0


def say(conversation: Conversation, witness: Witness, reply: str, cuts: list[int]) -> None:
    data = reply.encode() + b"\r\n"
    step = 0
    while data:
        size = cuts[step % len(cuts)]
        step += 1
        before = set(witness.outcomes)
        dots = set(witness.unanswered)
        whole = not data[size:]
        witness.see(conversation.receive(data[:size]))
        data = data[size:]
        if whole and reply[0] in "245":
            # A letter whose dot was out and got a real answer is never in doubt.
            answered = {key for key in set(witness.outcomes) - before if key in dots}
            assert all(witness.outcomes[key].verdict is not Verdict.IN_DOUBT for key in answered)


@settings(max_examples=60, deadline=None)
@given(data=st.lists(st.binary(max_size=60), max_size=12))
def test_no_bytes_of_a_relay_break_the_machine(data: list[bytes]) -> None:
    conversation = Conversation(Terms(hello="courier.example", starttls=True, login=Login(user="u", password="p")))
    witness = Witness()
    for piece in data:
        witness.see(conversation.receive(piece))


@settings(max_examples=60, deadline=None)
@given(
    dots=st.booleans(),
    unsent=st.booleans(),
    answer=st.sampled_from(["", "250 2.0.0 ok", "451 4.3.0 later", "554 5.7.1 no", "354 what"]),
)
def test_in_doubt_means_that_the_dot_went_out_and_no_answer_came(dots: bool, unsent: bool, answer: str) -> None:
    conversation, witness = Conversation(Terms(hello="courier.example")), Witness()
    witness.see(conversation.receive(b"220 hi\r\n250-relay\r\n250 PIPELINING\r\n"))
    witness.given.add(1)
    witness.see(conversation.give(a_parcel(1)))
    witness.see(conversation.receive(b"250 ok\r\n250 ok\r\n" + (b"354 go\r\n" if dots else b"")))
    if dots and answer:
        witness.see(conversation.receive(answer.encode() + b"\r\n"))
    witness.see(conversation.lose("cut", dot_unsent=unsent))
    nobody_knows = dots and (answer == "354 what" or (not answer and not unsent))
    assert (witness.outcomes[1].verdict is Verdict.IN_DOUBT) == nobody_knows
