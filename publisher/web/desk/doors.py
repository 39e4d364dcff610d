"""Who may go through which door of the desk, and what is asked of a request before its handler sees it.

In this order: is it known who asks; did the form come from our own page (Sec-Fetch-Site or Origin,
and the proof that stands in it); have they the right, for the newsletter that the page is about. A
door with `right=None` is for everybody, e.g. the one where one signs in.

A form of our own whose session is over, or is another one by now, is handed back to be sent again
(`keeping.py`): what somebody typed is not lost with it.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from publisher.errors import WrongUse
from publisher.model.user import EVERYTHING, Right
from publisher.web.desk.visit import SignedIn, Visit, as_text, is_text

LARGEST_FORM_BYTES = 256 * 1024
MOST_FIELDS = 2000
PROOF = "proof"  # the field that says that a form is ours

Handler = Callable[[Visit], Response]
About = Callable[[Visit], str]


class Method(StrEnum):
    GET = "GET"
    POST = "POST"


class Somewhere(StrEnum):
    """In place of a newsletter."""

    SITE = "site"  # the right has to hold for everything
    ANY = "any"  # for some newsletter: the handler shows what the visitor may see, and no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    path: str  # below /desk, e.g. `/issues/{id:int}/pause`; "" is the desk itself
    handler: Handler
    right: Right | None
    about: About | Somewhere = Somewhere.SITE  # which newsletter it is about, by its slug; raises 404 for none
    method: Method = Method.GET
    largest_bytes: int = LARGEST_FORM_BYTES  # of what is sent
    files: int = 0  # that a form may bring
    proof: bool = True  # False: not asked of who is signed in, e.g. where one signs in with a page that is older


class Reception(Protocol):
    """What doors ask of the desk."""

    def greet(self, request: Request) -> SignedIn | None: ...
    def is_from_here(self, request: Request) -> bool: ...
    def plain_visit(self, request: Request, signed_in: SignedIn | None) -> Visit: ...
    def turn_away(self, visit: Visit, door: Door) -> Response: ...
    def hand_back(self, visit: Visit) -> Response: ...
    def carry_out(self, visit: Visit, handler: Handler) -> Response: ...


def route_of(door: Door, reception: Reception, *, below: str) -> Route:
    """A door as the router takes it."""

    async def answer(request: Request) -> Response:
        signed_in = await run_in_threadpool(reception.greet, request)
        visit = reception.plain_visit(request, signed_in)
        if door.method is Method.POST and not reception.is_from_here(request):
            raise HTTPException(403)
        if signed_in is None and door.right is not None:
            return await _answer_stranger(door, visit, reception)
        if door.method is Method.GET:
            return await run_in_threadpool(_go_through, door, visit, reception)
        if isinstance(door.about, Somewhere) and not is_open(door, visit):
            return reception.turn_away(visit, door)  # before a large file is taken from who may not bring it
        # Fields are held in memory; a file is not, and may be as large as the door takes.
        most = LARGEST_FORM_BYTES if door.files else door.largest_bytes
        async with request.form(max_files=door.files, max_fields=MOST_FIELDS, max_part_size=most) as form:
            fields: dict[str, list[str]] = {}
            files: dict[str, UploadFile] = {}
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    files[name] = value
                else:
                    # Who is not known yet is told of a wrong password, and not of characters.
                    fields.setdefault(name, []).append(as_text(value) if door.right is None else value)
            told = reception.plain_visit(request, signed_in)
            filled = Visit(request=request, signed_in=signed_in, ip=told.ip, now=told.now, fields=fields, files=files)
            return await run_in_threadpool(_take_form, door, filled, reception)

    bound = Middleware(RequestBodyLimitMiddleware, max_body_size=door.largest_bytes)
    return _DoorRoute(f"{below}{door.path}", answer, methods=[door.method], middleware=[bound])


def _take_form(door: Door, visit: Visit, reception: Reception) -> Response:
    if visit.signed_in and door.proof and not _is_proven(visit, visit.signed_in):
        if not _is_surely_ours(visit.request):
            raise HTTPException(403)
        return reception.hand_back(visit)
    if not _is_readable(visit):
        return reception.carry_out(visit, _refuse_unreadable)
    return _go_through(door, visit, reception)


def _is_surely_ours(request: Request) -> bool:
    """Whether the browser itself says that a page of ours sent it: of what may come from elsewhere nothing is shown."""
    return request.headers.get("sec-fetch-site") == "same-origin"


async def _answer_stranger(door: Door, visit: Visit, reception: Reception) -> Response:
    if door.method is Method.GET:
        return reception.turn_away(visit, door)
    typed = await _typed(visit.request) if _is_surely_ours(visit.request) else {}
    return await run_in_threadpool(reception.hand_back, replace(visit, fields=typed))


async def _typed(request: Request) -> dict[str, list[str]]:
    """The fields of a stranger's form; none of one with a file, or of a large one: we hold no such for them."""
    length = request.headers.get("content-length", "")
    is_plain = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    if not is_plain or not length.isascii() or not length.isdigit() or int(length[:9]) > LARGEST_FORM_BYTES:
        return {}
    fields: dict[str, list[str]] = {}
    async with request.form(max_fields=MOST_FIELDS) as form:
        for name, value in form.multi_items():
            fields.setdefault(name, []).append(str(value))
    return fields


class _DoorRoute(Route):
    """A number with more digits than Python reads is no row's: the path leads nowhere."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        try:
            return super().matches(scope)
        except ValueError:
            return Match.NONE, {}


def _is_readable(visit: Visit) -> bool:
    return all(map(is_text, visit.fields)) and all(is_text(one) for values in visit.fields.values() for one in values)


def _refuse_unreadable(_visit: Visit) -> Response:
    raise WrongUse("the form holds a character that is none (U+0000, or half of one): take it out, and send it again")


def _is_proven(visit: Visit, signed_in: SignedIn) -> bool:
    given = visit.text(PROOF).encode("utf-8", "surrogatepass")
    return hmac.compare_digest(given, signed_in.proof.encode())


def _go_through(door: Door, visit: Visit, reception: Reception) -> Response:
    if door.right is not None and not is_open(door, visit):
        return reception.turn_away(visit, door)
    return reception.carry_out(visit, door.handler)


def is_open(door: Door, visit: Visit) -> bool:
    """Whether who asks has the right that the door asks for."""
    if door.right is None:
        return True
    if door.about is Somewhere.ANY:
        return visit.user.may_somewhere(door.right)
    newsletter = EVERYTHING if isinstance(door.about, Somewhere) else door.about(visit)
    return visit.user.may(door.right, newsletter)
