"""The child behind the fence: reads one document after the other from stdin, within its limits.

A question is two frames (a JSON object with `what`, `url` and `content_type`, and for pages
`selectors` and `zone`; the bytes of the document), an answer is one (a JSON object with
`found` or `wrong`). A frame is its length in eight bytes, and that many bytes. The CPU limit
counts anew for each document; the kernel ends the process when it is over. Started by
`fence` as `python -m`.
"""

from __future__ import annotations

import json
import math
import os
import resource
import sys
from typing import IO, Any

FEED, ARTICLE, LISTING, MARKED = "feed", "article", "listing", "marked"
NO_MEMORY = 77  # exit code
_LENGTH_BYTES = 8


def write_frame(pipe: IO[bytes], content: bytes) -> None:
    pipe.write(len(content).to_bytes(_LENGTH_BYTES))
    pipe.write(content)
    pipe.flush()


def read_frame(pipe: IO[bytes]) -> bytes | None:
    """None at the end of the pipe, also where it comes in the middle of a frame."""
    head = pipe.read(_LENGTH_BYTES)
    if len(head) < _LENGTH_BYTES:
        return None
    length = int.from_bytes(head)
    content = pipe.read(length)
    return content if len(content) == length else None


def main(cpu_seconds: int, memory_bytes: int) -> None:
    """Answer until there are no more questions."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    while (question := read_frame(sys.stdin.buffer)) is not None:
        content = read_frame(sys.stdin.buffer)
        if content is None:
            return
        used = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used) + cpu_seconds, hard))
        try:
            answer = _answer(json.loads(question), content)
        except MemoryError:
            os._exit(NO_MEMORY)  # there may be none left to end in order
        write_frame(sys.stdout.buffer, answer)


def _read(question: dict[str, Any], content: bytes) -> object:
    """What the document holds. Raises ValueError, in words for an editor."""
    url, content_type = str(question["url"]), str(question["content_type"])
    if question["what"] == FEED:  # imported here and not above: what asks has no need of the parsers
        from publisher.collect.feedsource import parse_feed

        return parse_feed(content, url=url, content_type=content_type)
    from publisher.collect.page.selectors import Selectors

    selectors = Selectors(**question["selectors"])
    if question["what"] == LISTING:
        from publisher.collect.page.listing import read_listing

        return read_listing(content, url, selectors, content_type=content_type)
    if question["what"] == MARKED:
        from publisher.collect.page.markup import marked

        return marked(content, url, selectors, content_type=content_type)
    from zoneinfo import ZoneInfo

    from publisher.collect.page.article import read_article

    return read_article(content, url, selectors, zone=ZoneInfo(question["zone"]), content_type=content_type)


def _answer(question: dict[str, Any], content: bytes) -> bytes:
    from pydantic import TypeAdapter

    try:
        found = _read(question, content)
        told: dict[str, object] = {"found": TypeAdapter(type(found)).dump_python(found, mode="json")}
    except ValueError as wrong:
        told = {"wrong": str(wrong)}
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError) as fault:
        told = {"wrong": f"its reader has a fault here ({type(fault).__name__}: {str(fault)[:80]})"}
    # Half characters (a lone surrogate) cannot be told, and no post may hold them.
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "ignore")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
