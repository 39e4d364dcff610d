"""The child behind the fence: reads one feed after the other from stdin, within its limits.

A question is two frames (a JSON object with `url` and `content_type`; the bytes of the
feed), an answer is one (a JSON object with `found` or `wrong`). A frame is its length in
eight bytes, and that many bytes. The CPU limit counts anew for each feed; the kernel ends
the process when it is over. Started by `fence` as `python -m`.
"""

from __future__ import annotations

import json
import math
import os
import resource
import sys
from typing import IO

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


def _answer(question: dict[str, str], content: bytes) -> bytes:
    from pydantic import TypeAdapter  # here and not above: what asks has no need of the parser

    from publisher.collect.feedsource import parse_feed
    from publisher.collect.found import Found

    try:
        found = parse_feed(content, url=question["url"], content_type=question["content_type"])
        told: dict[str, object] = {"found": TypeAdapter(Found).dump_python(found, mode="json")}
    except ValueError as wrong:
        told = {"wrong": str(wrong)}
    except (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError) as fault:
        told = {"wrong": f"the reader of feeds has a fault here ({type(fault).__name__}: {str(fault)[:80]})"}
    # Half characters (a lone surrogate) cannot be told, and no post may hold them.
    return json.dumps(told, ensure_ascii=False).encode("utf-8", "ignore")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
