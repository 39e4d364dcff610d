"""Who may go through which door of the desk: every page and every button, by every role.

What is expected stands here in its own words, door by door, and not in those of the program. A door
that is missing in the table fails a test that says what to write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import httpx2
import pytest
from starlette.applications import Starlette
from starlette.responses import Response

from publisher.web.desk.doorplan import doors_of
from publisher.web.desk.doors import Door, Method, route_of
from publisher.web.server import serve_in_thread
from tests.desk_people import proof_in
from tests.desk_stand import PEOPLE, TOP, Stand, desk_stand
from tests.desk_things import CONFIG, THINGS, put_things

# Who has a right for the site and all newsletters; and who has it for the newsletter `morning`.
EVERYWHERE = {
    "look": {"owner", "sender", "editor", "viewer"},
    "edit": {"owner", "sender", "editor"},
    "send": {"owner", "sender"},
    "own": {"owner"},
}
IN_THE_MORNING = {
    "look": EVERYWHERE["look"] | {"morning-editor", "morning-sender"},
    "edit": EVERYWHERE["edit"] | {"morning-editor", "morning-sender"},
    "send": EVERYWHERE["send"] | {"morning-sender"},
    "own": EVERYWHERE["own"],
}
NOBODY = ""

# Each door: which right it asks for, and about what. `site`: about all; `any`: enough to have it for one newsletter;
# `one`: about what the path names; `form`: about the newsletter that the form names. `anyone`: no login is asked for.
TABLE: Mapping[str, str] = {
    "GET /login": "anyone",
    "POST /login": "anyone",
    "GET /login/code": "anyone",
    "POST /login/code": "anyone",
    "GET /login/oidc": "anyone",
    "GET /login/oidc/callback": "anyone",
    "POST /logout": "anyone",
    "GET /first/{token}": "anyone",
    "POST /first/{token}": "anyone",
    "GET /invite/{token}": "anyone",
    "POST /invite/{token}": "anyone",
    "GET /reset/{token}": "anyone",
    "POST /reset/{token}": "anyone",
    "GET /address/{token}": "anyone",
    "POST /address/{token}": "anyone",
    "GET /account": "look any",
    "POST /account/address": "look any",
    "POST /account/address/stays": "look any",
    "POST /account/name": "look any",
    "POST /account/password": "look any",
    "POST /account/sessions/end": "look any",
    "POST /account/sessions/{id:int}/end": "look any",
    "GET /account/second-factor": "look any",
    "POST /account/second-factor": "look any",
    "GET /account/second-factor/confirm": "look any",
    "POST /account/second-factor/confirm": "look any",
    "GET /account/second-factor/off": "look any",
    "POST /account/second-factor/off": "look any",
    "GET /account/recovery": "look any",
    "POST /account/recovery": "look any",
    "GET /users": "own site",
    "GET /users/new": "own site",
    "POST /users/new": "own site",
    "GET /users/{id:int}": "own site",
    "POST /users/{id:int}/roles": "own site",
    "POST /users/{id:int}/link": "own site",
    "POST /users/{id:int}/address": "own site",
    "POST /users/{id:int}/disable": "own site",
    "POST /users/{id:int}/enable": "own site",
    "POST /users/{id:int}/remove": "own site",
    "POST /users/{id:int}/second-factor/off": "own site",
    "POST /users/{id:int}/sessions/end": "own site",
    "GET /log": "look any",
    "GET /log/jobs": "look any",
    "GET /about": "look any",
    "GET ": "look any",
    "GET /delivery": "look any",
    "POST /delivery/check": "edit any",
    "POST /delivery/try": "own site",
    "GET /newsletters": "look any",
    "GET /newsletters/{slug}": "look one",
    "GET /newsletters/_new": "edit site",
    "POST /newsletters/_new": "edit site",
    "GET /newsletters/_dates/part": "edit any",
    "GET /newsletters/{slug}/edit": "edit one",
    "POST /newsletters/{slug}/edit": "edit one",
    "POST /newsletters/{slug}/{cadence}/pause": "send one",
    "POST /newsletters/{slug}/{cadence}/resume": "send one",
    "POST /newsletters/{slug}/{cadence}/run": "send one",
    "POST /newsletters/{slug}/{cadence}/skip": "edit one",
    "POST /newsletters/{slug}/{cadence}/unskip": "edit one",
    "GET /calendar": "look any",
    "GET /columns": "look any",
    "GET /columns/{slug}": "look one",
    "POST /sources/{name}/collect": "edit one",
    "GET /config": "own site",
    "GET /config/text": "own site",
    "POST /config/text/edit": "own site",
    "POST /config/text/look": "own site",
    "POST /config/text/save": "own site",
    "GET /config/history": "own site",
    "GET /config/history/{id:int}": "own site",
    "POST /config/history/{id:int}/restore": "own site",
    "GET /config/schema.json": "own site",
    "GET /config/forms/{section}": "own site",
    "POST /config/forms/{section}": "own site",
    "GET /config/forms/{section}/{name}": "own site",
    "POST /config/forms/{section}/{name}": "own site",
    "GET /config/add/{section}": "own site",
    "POST /config/add/{section}": "own site",
    "POST /config/remove/{section}/{name}": "own site",
    "POST /config/rename/{section}/{name}": "own site",
    "GET /sources/new": "edit site",
    "POST /sources/try": "edit site",
    "POST /sources/try-files": "edit site",
    "POST /sources/try-ghost": "own site",
    "POST /sources/{name}/try": "edit site",
    "GET /sources/trials/{key}": "edit site",
    "GET /sources/trials/{key}/page": "edit site",
    "GET /sources/trials/{key}/article": "edit site",
    "POST /sources/trials/{key}/selectors": "edit site",
    "POST /sources/trials/{key}/save": "edit site",
    "GET /issues": "look any",
    "GET /issues/{id:int}": "look one",
    "GET /issues/{id:int}/progress": "look one",
    "GET /issues/{id:int}/add": "edit one",
    "GET /issues/{id:int}/preview": "edit one",
    "GET /issues/{id:int}/frame": "edit one",
    "GET /issues/{id:int}/recipients": "edit one",
    "GET /issues/{id:int}/send": "send one",
    "GET /issues/{id:int}/cancel": "send one",
    "POST /issues/draft": "edit form",
    "POST /issues/{id:int}/posts/{deed}": "edit one",
    "POST /issues/{id:int}/anew": "edit one",
    "POST /issues/{id:int}/test": "edit one",
    "POST /issues/{id:int}/send": "send one",
    "POST /issues/{id:int}/hold": "send one",
    "POST /issues/{id:int}/pause": "send one",
    "POST /issues/{id:int}/resume": "send one",
    "POST /issues/{id:int}/cancel": "send one",
    "POST /issues/{id:int}/retry": "send one",
    "POST /issues/{id:int}/arrived": "send one",
    "POST /issues/{id:int}/again": "send one",
    "GET /posts": "look any",
    "GET /posts/{seq:int}": "look one",
    "GET /posts/{seq:int}/page": "look one",
    "GET /posts/{seq:int}/feed": "look one",
    "GET /posts/{seq:int}/letter": "look one",
    "POST /posts/{seq:int}/edit": "edit one",
    "POST /posts/{seq:int}/let-go": "edit one",
    "POST /posts/{seq:int}/withdraw": "edit one",
    "POST /posts/{seq:int}/restore": "edit one",
    "POST /posts/{seq:int}/hold": "edit one",
    "POST /posts/{seq:int}/release": "edit one",
    "POST /posts/{seq:int}/redate": "edit one",
    "GET /readers": "edit any",
    "GET /readers/add": "send any",
    "POST /readers/add": "send form",
    "GET /readers/export": "send any",
    "POST /readers/export": "send form",
    "POST /readers/address": "send site",
    "GET /readers/import": "send any",
    "POST /readers/import": "send any",
    "GET /readers/import/{job}": "send one",
    "POST /readers/import/{job}/look": "send one",
    "POST /readers/import/{job}/take-in": "send one",
    "POST /readers/import/{job}/go-on": "send one",
    "POST /readers/import/{job}/drop": "send one",
    "GET /readers/import/{job}/bad/{number:int}": "send one",
    "GET /readers/{id:int}": "edit one",
    "POST /readers/{id:int}/describe": "edit one",
    "POST /readers/{id:int}/newsletters/{slug}": "edit one",
    "POST /readers/{id:int}/newsletters/{slug}/end": "send one",
    "POST /readers/{id:int}/join": "send form",
    "POST /readers/{id:int}/pause": "send one",
    "POST /readers/{id:int}/go-on": "send one",
    "POST /readers/{id:int}/suppress": "send one",
    "POST /readers/{id:int}/lift": "send one",
    "GET /readers/{id:int}/erase": "send one",
    "POST /readers/{id:int}/erase": "send one",
    "POST /readers/{id:int}/data": "edit one",
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """A door, for something that is there, and who may go through."""

    door: Door
    path: str
    fields: Mapping[str, str]
    may: frozenset[str] | None  # None: anyone

    def expected(self, who: str) -> int:
        if self.may is None or who in self.may:
            return 204
        if who == NOBODY:
            return 401 if self.door.method is Method.POST else 303
        return 403


def name_of(door: Door) -> str:
    return f"{door.method} {door.path}"


def cases_of(door: Door) -> Iterator[Case]:
    rule = TABLE.get(name_of(door), "")
    right, _, about = rule.partition(" ")
    path = f"/desk{door.path}"
    if rule == "anyone":
        yield Case(door=door, path=filled(path, "morning"), fields={}, may=None)
    elif about in ("site", "any"):
        may = EVERYWHERE[right] if about == "site" else IN_THE_MORNING[right]
        yield Case(door=door, path=filled(path, "morning"), fields={}, may=frozenset(may))
    elif about:
        for newsletter, may in (("morning", IN_THE_MORNING[right]), ("evening", EVERYWHERE[right])):
            fields = {"newsletter": newsletter, "of": f"{newsletter}:daily"} if about == "form" else {}
            yield Case(door=door, path=filled(path, newsletter), fields=fields, may=frozenset(may))


def filled(path: str, newsletter: str) -> str:
    """The path with what belongs to a newsletter in its places."""
    kind = path.split("/")[2] if path.count("/") > 1 else ""

    def thing(place: re.Match[str]) -> str:
        name = place[1].partition(":")[0]
        return THINGS[newsletter].get(f"{kind}/{name}") or THINGS[newsletter][name]

    return re.sub(r"\{([^}]*)\}", thing, path)


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with desk_stand(tmp_path_factory.mktemp("doors"), CONFIG) as opened:
        put_things(opened)
        yield opened


@pytest.fixture(scope="module")
def doors(stand: Stand) -> list[Door]:
    return doors_of(stand.desk)


@pytest.fixture(scope="module")
def hall(stand: Stand, doors: list[Door]) -> Iterator[str]:
    """The same doors, behind which nothing is but a word: so that all can be tried, and nothing is done."""

    def behind(_visit: object) -> Response:
        return Response(status_code=204)

    routes = [route_of(replace(door, handler=behind), stand.desk, below="/desk") for door in doors]
    server = serve_in_thread(Starlette(routes=routes), "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.stop()


def test_every_door_stands_in_the_table(doors: list[Door]) -> None:
    missing = [name_of(door) for door in doors if name_of(door) not in TABLE]
    assert not missing, "write in TABLE of this file which right each asks for, by what the page is, not by its code"


def test_the_table_has_no_door_that_is_gone(doors: list[Door]) -> None:
    assert set(TABLE) - {name_of(door) for door in doors} == set()


@pytest.mark.parametrize("who", [NOBODY, *PEOPLE])
def test_each_role_goes_through_its_own_doors_alone(stand: Stand, hall: str, doors: list[Door], who: str) -> None:
    headers = {"Sec-Fetch-Site": "same-origin"}
    proof = {"proof": proof_in(stand.get(who, "/about").text)} if who else {}
    wrong = []
    with httpx2.Client(base_url=hall, cookies=stand.client(who).cookies, headers=headers) as client:
        for case in (case for door in doors for case in cases_of(door)):
            if case.door.method is Method.GET:
                answer = client.get(case.path)
            else:
                answer = client.post(case.path, data={**proof, **case.fields})
            if answer.status_code != case.expected(who):
                wrong.append(f"{case.door.method} {case.path} {dict(case.fields)}: {answer.status_code}")
    assert wrong == []


def test_no_form_is_taken_without_its_proof_or_from_another_site(stand: Stand, hall: str, doors: list[Door]) -> None:
    proof = proof_in(stand.get("owner", "/about").text)
    foreign = proof_in(stand.get("editor", "/about").text)
    wrong = []
    with httpx2.Client(base_url=hall, cookies=stand.client("owner").cookies) as client:
        for case in (next(cases_of(door)) for door in doors if door.method is Method.POST):
            for headers, given in (
                ({"Sec-Fetch-Site": "same-origin"}, ""),
                ({"Sec-Fetch-Site": "same-origin"}, foreign),
                ({"Sec-Fetch-Site": "cross-site"}, proof),
                ({"Sec-Fetch-Site": "same-site"}, proof),
                ({"Origin": "https://evil.example"}, proof),
            ):
                if given != proof and not case.door.proof:
                    continue
                answer = client.post(case.path, data={"proof": given, **case.fields}, headers=headers)
                if answer.status_code != 403:
                    wrong.append(f"{case.path} {headers}: {answer.status_code}")
    assert wrong == []


def test_no_proof_is_asked_for_where_one_comes_in_and_nowhere_else(doors: list[Door]) -> None:
    without = {name_of(door) for door in doors if door.method is Method.POST and not door.proof}
    assert without == {f"POST {path}" for path in COMING_IN}


MAY_BE_GONE = ("{token}", "{key}", "{number:int}")  # what tests put nothing there for
COMING_IN = ("/login", "/login/code", "/first/{token}", "/invite/{token}", "/reset/{token}")


@pytest.mark.parametrize("who", PEOPLE)
def test_each_page_is_there_for_who_may_see_it(stand: Stand, doors: list[Door], who: str) -> None:
    """The real ones: none breaks, and none shows a button that its visitor may not press."""
    wrong = []
    targets = {(case.door.method, case.path): case for door in doors for case in cases_of(door)}
    with stand.client(who) as client:
        for case in targets.values():
            if case.door.method is not Method.GET or (case.may is not None and who not in case.may):
                continue
            answer = client.get(case.path)
            is_gone = answer.status_code == 404 and any(place in case.door.path for place in MAY_BE_GONE)
            # 422: a word about what cannot be done with it now.
            if answer.status_code not in (200, 303, 422) and not is_gone:
                wrong.append(f"{case.path}: {answer.status_code}")
            for action in re.findall(r'(?:form)?action="([^"]+)"', answer.text):
                path = str(httpx2.URL(f"http://here{case.path}").join(action).path)
                target = targets.get((Method.POST, path))
                if target and target.may is not None and not target.fields and who not in target.may:
                    wrong.append(f"{case.path} shows {path}")
    assert wrong == []


def test_nobody_sees_anything_without_signing_in(stand: Stand) -> None:
    answer = stand.get("", "/about")
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("/desk/login?next=/desk/about")


def test_files_of_the_desk_are_those_of_its_folder_alone(stand: Stand) -> None:
    with stand.client() as client:
        for name in ("../config.toml", "..%2fconfig.toml", "%2e%2e/desk.html", "layout.html", "desk.css/../desk.py"):
            assert client.get(f"/desk/files/{name}").status_code in (303, 404), name
    assert (TOP / "templates" / "desk" / "desk.css").exists()
