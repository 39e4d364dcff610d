"""Reading what comes back: how many messages a minute, and whether any octets make it fail or slow.

publisher                a message read: kind, recipients, reasons, traces (`bounce/reading.py`), of one core
parsed, no more          the same messages parsed by the standard library's email package, its parts decoded

Then messages that somebody spoilt: octets changed, two put together, lines in another order, one repeated
thousands of times, ends cut off, parts within parts. The messages are those of `tests/cases/bounces/`.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Sequence
from email import message_from_bytes
from pathlib import Path

from parts.table import medians, milliseconds, number, print_table, times
from publisher.bounce.reading import read

CASES = Path(__file__).parent.parent / "tests" / "cases" / "bounces"
OURS, PARSED = "publisher", "parsed, no more"
MOST_REPEATED = 5_000


def parse(octets: bytes) -> object:
    """The yardstick: a message in its parts, freed of their encodings."""
    return [part.get_payload(decode=True) for part in message_from_bytes(octets).walk()]


def seconds_of(way: Callable[[bytes], object], messages: Sequence[bytes]) -> float:
    begun = time.process_time()
    for message in messages:
        way(message)
    return (time.process_time() - begun) / len(messages)


def _changed(message: bytes, _: bytes, dice: random.Random) -> bytes:
    spoilt = bytearray(message)
    for _n in range(dice.randint(1, 60)):
        spoilt[dice.randrange(len(spoilt))] = dice.randrange(256)
    return bytes(spoilt)


def _joined(message: bytes, other: bytes, dice: random.Random) -> bytes:
    return message[: dice.randrange(len(message))] + other[dice.randrange(len(other)) :]


def _shuffled(message: bytes, _: bytes, dice: random.Random) -> bytes:
    lines = message.split(b"\n")
    dice.shuffle(lines)
    return b"\n".join(lines)


def _repeated(message: bytes, _: bytes, dice: random.Random) -> bytes:
    lines = message.split(b"\n")
    at = dice.randrange(len(lines))
    return b"\n".join([*lines[:at], *[lines[at]] * dice.randint(2, MOST_REPEATED), *lines[at:]])


def _cut(message: bytes, _: bytes, dice: random.Random) -> bytes:
    return message[: dice.randrange(len(message))]


def _nested(message: bytes, other: bytes, dice: random.Random) -> bytes:
    for depth in range(dice.randint(1, 40)):
        mark = b"--%d" % depth
        head = b"Content-Type: multipart/%s; boundary=%d\n\n" % (dice.choice((b"mixed", b"report")), depth)
        message = b"\n".join((head, mark, other, mark, b"Content-Type: message/rfc822", b"", message, mark + b"--"))
        if len(message) > 2**20:
            break
    return message


SPOILERS = (_changed, _joined, _shuffled, _repeated, _cut, _nested)


def spoilt_for(seconds: float, messages: Sequence[bytes], *, seed: int) -> tuple[int, float, int]:
    """How many were read, the longest that one took (seconds of CPU), and its octets."""
    dice = random.Random(seed)
    read_so_far, slowest, octets = 0, 0.0, 0
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        message = dice.choice(messages)
        for _ in range(dice.choice((1, 1, 2, 3))):
            message = dice.choice(SPOILERS)(message, dice.choice(messages), dice) or b"\n"
        begun = time.process_time()
        read(message)
        taken = time.process_time() - begun
        read_so_far += 1
        if taken > slowest:
            slowest, octets = taken, len(message)
    return read_so_far, slowest, octets


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=60, help="of spoilt messages")
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    messages = [file.read_bytes() for file in sorted(CASES.glob("*.eml"))]
    ways: dict[str, Callable[[bytes], object]] = {OURS: read, PARSED: parse}
    found = medians([{name: seconds_of(way, messages) for name, way in ways.items()} for _ in range(given.rounds)])
    rows = [(name, number(cpu * 1e6), number(60 / cpu), times(cpu / found[PARSED])) for name, cpu in found.items()]
    title = f"{len(messages)} messages, rounds: {given.rounds}"
    print_table(title, ("way", "CPU a message, us", "a minute", "against the yardstick"), rows)
    count, slowest, octets = spoilt_for(given.seconds, messages, seed=given.seed)
    spoilt = [
        ("read, none of them failed", f"{count:,}"),
        ("slowest, ms", milliseconds(slowest)),
        ("its octets", f"{octets:,}"),
    ]
    print_table(f"Messages spoilt for {given.seconds:g} s, seed {given.seed}", ("", "number"), spoilt)


if __name__ == "__main__":
    main()
