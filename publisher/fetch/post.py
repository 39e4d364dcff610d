"""Sending something to a stranger: one POST, as careful as a fetch.

How the stranger is reached safely, and in time, is `asking`'s. Whatever status it answers
with is a value: what that means is for who asked. Redirects are not followed; where they
lead stands in `headers`. Of the answer's own text as much is kept as tells a person what
was wrong, as it came on the wire where it came packed; the rest is not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx2

from publisher.fetch.asking import Asking, Limits, headers_of
from publisher.fetch.unpack import ENCODINGS, TooLarge, Unpacker

LARGEST_ANSWER = 64 * 1024
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What was answered."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)  # names in lower case
    content: bytes = b""  # at most LARGEST_ANSWER; the beginning of what is longer

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


def post(subject: str, url: str, limits: Limits, *, body: bytes, headers: Mapping[str, str] | None = None) -> Posted:
    """Send `body` to `url`; `subject` is named in what goes wrong.

    `headers` go with it, before our own; without a Content-Type it is a form. Raises
    SourceError where there was no answer: its `problem` is one sentence.
    """
    asking = Asking(source=subject, limits=limits, url=url, left_seconds=limits.timeout.total_seconds())

    def read(response: httpx2.Response) -> Posted:
        content = _beginning_of(response, asking)
        return Posted(status=response.status_code, headers=headers_of(response), content=content)

    with asking.client() as client, asking.turn():
        return asking.ask(client, "POST", read, headers={"Content-Type": FORM, **(headers or {})}, content=body)


def _beginning_of(response: httpx2.Response, asking: Asking) -> bytes:
    encoding = response.headers.get("content-encoding", "").strip().lower()
    unpacker = Unpacker(encoding if encoding in ENCODINGS else "", max_bytes=LARGEST_ANSWER)
    wanted = LARGEST_ANSWER  # bytes on the wire
    try:
        for piece in response.iter_raw():
            unpacker.take(piece[:wanted])
            wanted -= len(piece)
            asking.seconds_left()
            if wanted <= 0:
                break
    except (TooLarge, ValueError):
        pass  # it was answered, and the status says how; what it said beside that is not needed whole
    return bytes(unpacker.content[:LARGEST_ANSWER])
