"""Signing: what DKIM costs a letter, against the bare signatures that nobody can do without.

two signatures alone        RSA-2048 and Ed25519 by `cryptography`, over data as long as a letter's signed header
hash, two signatures        the same, and SHA-256 of a body
letter, unsigned            a letter spliced for its reader, as `mail/wire.py` makes it
letter, signed              the same, with both signatures; also by one key alone
letter, signed in a batch   the same as the sender makes it: many letters, signed eight at a time where that can be done
dkimpy                      both signatures put on a finished letter by dkimpy, which is written in Python

CPU is that of this process, each way in turn, medians of the rounds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256

from parts.signing_keys import DOMAIN, bare_signatures, keys, keys_for_dkimpy, signatures_by_dkimpy
from parts.table import medians, number, print_table, times
from publisher.mail.dkim import SigningKey
from publisher.mail.wire import LetterHead, ReaderFacts, compile_letter
from publisher.model.letter import Letter, Slot
from publisher.send.multibuffer import BatchSigner
from publisher.send.workshop import BATCH

BARE, HASHED, PLAIN, SIGNED = (
    "two signatures alone", "hash, two signatures", "letter, unsigned", "letter, signed",
)  # fmt: skip
BATCHED = "letter, signed in a batch"
BY_RSA, BY_ED25519, DKIMPY = "letter, signed by RSA alone", "letter, signed by Ed25519 alone", "dkimpy"
HEAD = LetterHead(
    from_name="The Courier",
    from_address=f"desk@{DOMAIN}",
    reply_to=f"answers@{DOMAIN}",
    list_name="Morning Courier",
    list_id=f"morning.newsletters.{DOMAIN}",
    list_help=f"https://{DOMAIN}/unsubscribe",
    list_owner=f"desk@{DOMAIN}",
    list_archive_url=f"https://{DOMAIN}/newsletters/morning/",
    feedback_id="daily-2026-11-22:morning:newsletter:courierexample",
    date=datetime(2026, 11, 22, 7, 0, tzinfo=UTC),
    mail_domain=DOMAIN,
)
READER = ReaderFacts(
    token="0123456789abcdefghijklmnopqrstuv",
    address="ann@readers.example",
    name="Ann Reader",
    unsubscribe_url=f"https://{DOMAIN}/unsubscribe/" + "k" * 60,
    preferences_url=f"https://{DOMAIN}/preferences/" + "k" * 60,
)


def letter_of(kilobytes: int) -> Letter:
    """A letter that is about so long on the wire, with its slots where letters have them."""
    paragraph = '<p style="margin:0 0 16px">The tide turned, and the dredger would not move – as it never does.</p>\n'
    rows = paragraph * (kilobytes * 1000 * 7 // 10 // len(paragraph))
    leave = Slot.UNSUBSCRIBE_URL.mark
    return Letter(
        subject="The dredger that would not move",
        html=f'<p>Dear {Slot.NAME.mark},</p>\n{rows}<p><a href="{leave}">Leave</a> {Slot.EMAIL.mark}</p>',
        text=f"Dear {Slot.NAME.mark},\n\n" + "The tide turned, and went.\n" * (kilobytes * 6) + f"\n{leave}\n",
    )


def by_dkimpy(message: bytes, signing: Sequence[SigningKey]) -> Callable[[], object]:
    """As one uses it: each call signs with one key. The letter is finished, and not paid for here."""
    secrets = keys_for_dkimpy(signing)
    return lambda: [signatures_by_dkimpy(message, secret) for secret in secrets]


def ways_of(letter: Letter, signing: tuple[SigningKey, SigningKey]) -> dict[str, Callable[[], object]]:
    plain = compile_letter(letter, HEAD)
    message = plain.message_for(READER)
    body = memoryview(message)[message.index(b"\r\n\r\n") + 4 :]
    signatures = bare_signatures(signing)

    def maker(*chosen: SigningKey) -> Callable[[], object]:
        compiled = compile_letter(letter, HEAD, chosen)
        return lambda: compiled.message_for(READER)

    return {
        BARE: signatures,
        HASHED: lambda: (sha256(body).digest(), signatures()),
        PLAIN: lambda: plain.message_for(READER),
        SIGNED: maker(*signing),
        BY_RSA: maker(signing[0]),
        BY_ED25519: maker(signing[1]),
        DKIMPY: by_dkimpy(message, signing),
    }


def batch_of(letter: Letter, signing: tuple[SigningKey, SigningKey]) -> Callable[[], object]:
    """So many letters as the sender makes at once."""
    compiled, sign = compile_letter(letter, HEAD, signing), BatchSigner()

    def make() -> object:
        drafts = [compiled.draft_for(READER) for _ in range(BATCH)]
        to_sign = [draft.unsigned.to_sign for draft in drafts if draft.unsigned]
        by_key = [sign(key, [one[at][1] for one in to_sign]) for at, key in enumerate(signing)]
        return [
            compiled.signed(draft, its_own) for draft, its_own in zip(drafts, zip(*by_key, strict=True), strict=True)
        ]

    return make


def cpu_of(work: Callable[[], object], count: int) -> float:
    begun = time.process_time()
    for _ in range(count):
        work()
    return (time.process_time() - begun) / count


def compare(ways: Mapping[str, Callable[[], object]], *, letters: int, rounds: int) -> dict[str, float]:
    """The median of each way's CPU for a letter, the ways in turn."""
    taken = []
    for _ in range(rounds):
        counts = {DKIMPY: max(1, letters // 20), BATCHED: max(1, letters // BATCH)}
        found = {name: cpu_of(work, counts.get(name, letters)) for name, work in ways.items()}
        taken.append(found | {BATCHED: found[BATCHED] / BATCH})
    return medians(taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--letters", type=int, default=2000, help="of each way in a round; dkimpy signs a twentieth")
    parser.add_argument("--kilobytes", type=int, default=54, help="size of a letter")
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    letter, signing = letter_of(given.kilobytes), keys()
    ways = ways_of(letter, signing) | {BATCHED: batch_of(letter, signing)}
    found = compare(ways, letters=given.letters, rounds=given.rounds)
    size = len(compile_letter(letter, HEAD, signing).message_for(READER)) / 1000
    rows = [(name, number(cpu * 1e6), times(cpu / found[BARE])) for name, cpu in found.items()]
    title = f"A letter of {size:.0f} KB, {given.letters:,} times, rounds: {given.rounds}"
    print_table(title, ("way", "CPU a letter, us", "against the signatures"), rows)


if __name__ == "__main__":
    main()
