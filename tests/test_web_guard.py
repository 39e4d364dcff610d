"""The line in the log: one for each request, and there before the answer has come to its end."""

from __future__ import annotations

import asyncio
import logging

import pytest
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from publisher.web.guard import Guard


def answer(app: ASGIApp, method: str, caplog: pytest.LogCaptureFixture) -> list[tuple[str, list[str]]]:
    """What the server was given to write, and which lines stood in the log at that moment."""
    given: list[tuple[str, list[str]]] = []

    async def receive() -> Message:
        await asyncio.sleep(60)
        raise AssertionError("nobody hangs up")

    async def send(message: Message) -> None:
        given.append((message["type"], list(caplog.messages)))

    scope: Scope = {"type": "http", "method": method, "path": "/harbour", "query_string": b"", "headers": []}
    with caplog.at_level(logging.INFO, "publisher.web.guard"):
        asyncio.run(Guard(app)(scope, receive, send))
    return given


def test_the_line_is_there_before_the_last_of_the_body_leaves(caplog: pytest.LogCaptureFixture) -> None:
    given = answer(StreamingResponse(iter(["high ", "water"])), "GET", caplog)
    *before, last = [lines for _, lines in given]
    assert len(before) >= 3
    assert not any(before)
    assert last == ["GET /harbour 200"] == caplog.messages


@pytest.mark.parametrize(
    ("method", "response"),
    [
        ("HEAD", PlainTextResponse("high water")),
        ("GET", Response(status_code=304)),
        ("POST", Response(status_code=204)),
    ],
)
def test_where_the_head_is_all_the_line_is_there_before_it(
    method: str, response: Response, caplog: pytest.LogCaptureFixture
) -> None:
    given = answer(response, method, caplog)
    assert given[0] == ("http.response.start", [f"{method} /harbour {response.status_code}"])
    assert len(caplog.messages) == 1


def test_an_answer_that_breaks_off_leaves_one_line_too(caplog: pytest.LogCaptureFixture) -> None:
    async def breaks(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise ConnectionResetError

    async def never_begins(scope: Scope, receive: Receive, send: Send) -> None:
        raise ConnectionResetError

    for app in (breaks, never_begins):
        with pytest.raises(ConnectionResetError):
            answer(app, "GET", caplog)
    assert caplog.messages == ["GET /harbour 200", "GET /harbour 500"]
