"""Joining by program: `GET` and `POST /api/subscribe`. docs/joining.md has all fields and answers.

What is taken, what is refused, and when it is answered is the same as of the page. What went wrong
is told as RFC 9457 has it, with `code` for programs and `errors` for people, in the language of the
newsletter. A script of another site may ask where `signup.origins` names that site; it needs no
cookie, and gets none.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from ipaddress import ip_network
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from publisher.model.issue import Newsletter
from publisher.subscribe.joinform import EMAIL, NEWSLETTER, read_form
from publisher.subscribe.preferences import CADENCE, COLUMN, EXTENT, SOME, Fields, Offer
from publisher.web import joinwords
from publisher.web.clients import address_of
from publisher.web.joindesk import Arrival, JoinDesk, Verdict, at_the_next_beat
from publisher.web.origins import allowed_by, is_from_here
from publisher.web.pages import HEADERS, PRIVATE, Pages

_METHODS = "GET, HEAD, POST, OPTIONS"
_MOST_NEWSLETTERS = 100


class JoinApi:
    """Answers at `/api/subscribe`."""

    def __init__(self, pages: Pages, desk: JoinDesk) -> None:
        self._pages = pages
        self._desk = desk
        self._proxies = [ip_network(proxy) for proxy in pages.site.proxies]
        site = pages.site
        self._newsletters = [site.newsletters[slug] for slug in desk.signup.offers]
        self._offers = {
            one.slug: Offer(cadences=site.cadences[one.slug], columns=one.columns) for one in self._newsletters
        }

    async def answer(self, request: Request) -> Response:
        begun = time.monotonic()
        response = await self._answer(request)
        response.headers.update(allowed_by(request.headers, origins=self._desk.signup.origins))
        if request.method == "POST":
            await at_the_next_beat(begun, self._desk.signup.beat_seconds)
        return response

    async def _answer(self, request: Request) -> Response:
        if request.method in ("GET", "HEAD"):
            return _json(await run_in_threadpool(self._offer))
        if request.method == "OPTIONS":
            told = {"Access-Control-Allow-Methods": _METHODS, "Access-Control-Allow-Headers": "Content-Type"}
            return Response(status_code=204, headers=HEADERS | {**told, "Access-Control-Max-Age": "600"})
        if request.method != "POST":
            return _problem(405, "method", f"only {_METHODS} are understood here", headers={"Allow": _METHODS})
        # A form of a stranger's page can send everything but this type without being asked before.
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return _problem(415, "type", "send application/json")
        try:
            told = json.loads(await request.body())
        except (ValueError, RecursionError):
            return _problem(400, "json", "this is not JSON")
        if not isinstance(told, dict):
            return _problem(400, "json", "send an object")
        return await run_in_threadpool(self._take, request, told)

    def _offer(self) -> dict[str, Any]:
        """What there is to join, and a ticket."""
        known, signup = self._pages.site.columns(), self._desk.signup
        columns = {
            slug: {"slug": slug, "name": known[slug].name, "tagline": known[slug].tagline}
            for slug in dict.fromkeys(slug for one in self._newsletters for slug in one.columns)
            if slug in known
        }
        return {
            "newsletters": [
                {
                    "newsletter": one.slug,
                    "name": one.name,
                    "description": signup.offers[one.slug],
                    "language": one.language,
                    "cadences": list(self._offers[one.slug].cadences),
                    "columns": [columns[slug] for slug in one.columns if slug in columns],
                }
                for one in self._newsletters
            ],
            "promise": joinwords.promise(self._pages.speak(self._pages.site.language)),
            "privacy": signup.privacy_url or None,
            "ticket": self._desk.ticket(),
            "bits": signup.work_bits,
        }

    def _take(self, request: Request, told: Mapping[str, Any]) -> Response:
        fields = fields_in(told)
        if isinstance(fields, str):
            return _problem(400, "json", fields)
        named = [one for one in self._newsletters if one.slug in fields.get(NEWSLETTER, ())]
        unknown = [slug for slug in fields.get(NEWSLETTER, ()) if slug not in self._offers]
        wording = self._pages.speak(named[0].language if named else self._pages.site.language)
        offers = {one.slug: self._offers[one.slug] for one in named} if named else self._offers
        filled = read_form(fields, offers)
        if unknown:
            problem = f"there is no newsletter {unknown[0][:100]!r} here that one may join"
            return _problem(422, "invalid", "see errors", errors=[{"field": "newsletters", "detail": problem}])
        if filled.faults:
            errors = [
                {"field": name, "detail": joinwords.in_words(fault, wording)} for name, fault in filled.faults.items()
            ]
            return _problem(422, "invalid", "see errors", errors=errors)
        answer = self._desk.take(filled.email, filled.choices, self._arrival(request, told, named))
        if answer.verdict is Verdict.AGAIN:
            return _problem(409, "ticket", "this ticket is not good (any more); GET another one, and ask again")
        if answer.verdict is Verdict.TOO_MANY:
            retry = {"Retry-After": str(int(answer.wait.total_seconds()) + 1)}
            return _problem(429, "too many", joinwords.too_many(answer.wait, wording), headers=retry)
        return _json({"status": "asked", "newsletters": [one.newsletter for one in filled.choices]}, status=202)

    def _arrival(self, request: Request, told: Mapping[str, Any], named: Sequence[Newsletter]) -> Arrival:
        site, signup = self._pages.site, self._desk.signup
        wording = self._pages.speak(named[0].language if named else site.language)
        return Arrival(
            address=address_of(request, self._proxies),
            ticket=str(told.get("ticket", "")),
            number=str(told.get("work", "")),
            trap="",
            is_from_here=is_from_here(request.headers, site_url=site.url, origins=signup.origins),
            said=joinwords.said(wording, named, signup),
        )


def fields_in(told: Mapping[str, Any]) -> Fields | str:
    """A JSON object as the fields of the form; a str says what in it has the wrong kind."""
    email, wanted = told.get("email", ""), told.get("newsletters", [])
    if not isinstance(email, str):
        return "email: write text"
    if not isinstance(wanted, list) or len(wanted) > _MOST_NEWSLETTERS:
        return "newsletters: write a list"
    fields: dict[str, list[str]] = {EMAIL: [email], NEWSLETTER: []}
    for one in wanted:
        slug = one.get("newsletter") if isinstance(one, dict) else one
        if not isinstance(slug, str):
            return 'newsletters: write each as text, or as {"newsletter": …}'
        fields[NEWSLETTER].append(slug)
        if isinstance(one, dict):
            if not isinstance(one.get("cadence", ""), str) or not _are_texts(one.get("columns", [])):
                return f"newsletters: {slug[:100]!r}: cadence is text, columns is a list of texts"
            if "cadence" in one:
                fields[f"{CADENCE}-{slug}"] = [one["cadence"]]
            if one.get("columns"):
                fields |= {f"{EXTENT}-{slug}": [SOME], f"{COLUMN}-{slug}": one["columns"]}
    return fields


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _json(content: Mapping[str, Any], *, status: int = 200) -> Response:
    return JSONResponse(content, status_code=status, headers=HEADERS | PRIVATE)


def _problem(
    status: int,
    code: str,
    detail: str,
    *,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """RFC 9457 §3: with no type of its own, the title is the status's."""
    told: dict[str, Any] = {"title": HTTPStatus(status).phrase, "status": status, "code": code, "detail": detail}
    if errors:
        told["errors"] = list(errors)
    response = JSONResponse(told, status_code=status, headers=HEADERS | PRIVATE, media_type="application/problem+json")
    response.headers.update(headers or {})
    return response
