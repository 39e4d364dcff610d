"""A few letters beside the ledger: each has its answer, and a relay that fails is told, not thrown."""

from __future__ import annotations

from datetime import timedelta

from publisher.model.outcome import Verdict
from publisher.send.aside import send_aside
from publisher.send.commands import Parcel
from publisher.send.relay import Relay, Scheme
from tests import smtp_servers
from tests.smtp_servers import Fault


def relay_at(port: int) -> Relay:
    return Relay(name="house", scheme=Scheme.PLAIN, host="127.0.0.1", port=port, timeout=timedelta(seconds=5))


def parcels(number: int) -> list[Parcel]:
    return [
        Parcel(
            key=key,
            sender="b+x@courier.example",
            recipient=f"desk{key}@courier.example",
            envelope_id=f"token{key}",
            pieces=[f"Subject: {key}\r\n\r\nA letter.\r\n".encode()],
        )
        for key in range(number)
    ]


def test_every_letter_is_sent_over_one_connection_and_has_its_answer() -> None:
    with smtp_servers.Relay() as relay:
        sent = send_aside(relay_at(relay.port), parcels(7))
        assert [outcome.verdict for outcome in sent.outcomes] == [Verdict.SENT] * 7
        assert relay.recipients() == [f"desk{key}@courier.example" for key in range(7)]
    assert relay.connections == 1
    assert sent.problem == ""


def test_what_a_server_answers_is_told_in_its_own_words() -> None:
    def answer(verb: str, argument: str, taken: int) -> bytes | None:
        if verb == "RCPT" and "desk1@" in argument:
            return b"550 5.1.1 nobody of that name"
        if verb == "RCPT" and "desk2@" in argument:
            return b"451 4.7.1 come back later"
        return None

    with smtp_servers.Relay(answer=answer) as relay:
        sent = send_aside(relay_at(relay.port), parcels(4))
    assert [outcome.verdict for outcome in sent.outcomes] == [Verdict.SENT, Verdict.NEVER, Verdict.LATER, Verdict.SENT]
    assert (sent.outcomes[1].code, sent.outcomes[1].enhanced) == (550, "5.1.1")
    assert "nobody of that name" in sent.outcomes[1].text
    assert "come back later" in sent.outcomes[2].text


def test_a_relay_that_is_not_there_is_a_sentence() -> None:
    with smtp_servers.Relay() as relay:
        port = relay.port
    sent = send_aside(relay_at(port), parcels(2))
    assert [outcome.verdict for outcome in sent.outcomes] == [Verdict.UNSENT, Verdict.UNSENT]
    assert "cannot be reached" in sent.problem


def test_a_cut_after_the_dot_leaves_that_letter_in_doubt() -> None:
    def answer(verb: str, _argument: str, taken: int) -> Fault | None:
        return Fault.CUT if verb == "END" and taken == 1 else None

    with smtp_servers.Relay(answer=answer) as relay:
        sent = send_aside(relay_at(relay.port), parcels(2))
    assert sent.outcomes[0].verdict is Verdict.SENT
    assert sent.outcomes[1].verdict is Verdict.IN_DOUBT


def test_nothing_to_send_connects_nowhere() -> None:
    with smtp_servers.Relay() as relay:
        assert send_aside(relay_at(relay.port), []).outcomes == ()
    assert relay.connections == 0
