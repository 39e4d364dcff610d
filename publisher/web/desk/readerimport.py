"""A list of readers, imported: brought, its columns looked at, rehearsed, taken in while one watches.

Who may send for a newsletter may bring lists for it; another's list is seen by who may send for all.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from publisher.errors import PublisherError, WrongUse
from publisher.feed.characters import one_line
from publisher.house.readerimporting import begin, look_at
from publisher.house.readeruploads import LARGEST_BYTES, UNDER_WAY, Choice, Job, ListShown, Stage, Uploads
from publisher.model.subscriber import Cadence
from publisher.model.user import EVERYTHING, Right
from publisher.subscribe.headings import Field
from publisher.subscribe.listformats import GENERIC
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Method, Somewhere
from publisher.web.desk.visit import Visit
from publisher.web.pages import HEADERS, PRIVATE

LONGEST_CONSENT = 500
FORM_BYTES = 64 * 1024  # of what stands around the file
CODINGS = {
    "": "as it is recognised",
    "utf-8": "UTF-8",
    "cp1252": "Windows-1252 (Western Europe)",
    "cp1250": "Windows-1250 (Central Europe)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "iso8859-2": "ISO 8859-2",
    "mac-roman": "Mac Roman",
    "shift_jis": "Shift-JIS",
    "gb18030": "GB 18030",
    "utf-16": "UTF-16",
}
FIELDS = {field.name: field.value for field in Field if field in GENERIC.names}
_BADGES = {
    Stage.BROUGHT: ("to be looked at", "wait"),
    Stage.LOOKING: ("being looked at", "busy"),
    Stage.LOOKED: ("waits for your word", "wait"),
    Stage.IMPORTING: ("being imported", "busy"),
    Stage.DONE: ("imported", "good"),
    Stage.FAILED: ("did not work", "bad"),
}

_COLUMN = re.compile(r"column-([0-9]{1,4})")
OF_THE_SITE = (
    "There is an export of this program in it: that also says who left and who may get no mail, of all newsletters. "
    "Somebody who may send for the whole site imports it."
)


class ImportPages:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._uploads = Uploads(desk.house.var)

    def show_all(self, visit: Visit) -> Response:
        return self._all(visit, "")

    def _all(self, visit: Visit, problem: str) -> Response:
        jobs = [
            {
                "id": job.id,
                "file_name": job.file_name,
                "who": job.who,
                "brought": self._desk.moment(datetime.fromisoformat(job.brought)),
                "badge": _BADGES[job.stage],
                "stands": self._uploads.stands(job, now=visit.now),
            }
            for job in self._uploads.newest()
            if self._is_theirs(visit, job)
        ]
        values = {"jobs": jobs, "problem": problem, "most": LARGEST_BYTES >> 20}
        return self._desk.page(visit, "desk/reader_imports.html", values, status=422 if problem else 200)

    def bring(self, visit: Visit) -> Response:
        file = visit.files.get("list")
        if file is None or not file.filename:
            return self._all(visit, "Choose a file: a CSV, or a zip of such.")
        user = visit.user
        try:
            job = self._uploads.bring(
                file.file, file_name=file.filename, user=user.id, who=user.called, ip=visit.ip, now=visit.now
            )
        except PublisherError as wrong:
            return self._all(visit, str(wrong))
        try:
            job = self._uploads.put(look_at(self._uploads, job))
        except PublisherError as wrong:
            self._uploads.drop(job)
            return self._all(visit, self._in_their_words(job, wrong))
        return self._desk.back(visit, f"/readers/import/{job.id}")

    def _in_their_words(self, job: Job, wrong: PublisherError) -> str:
        """The file's own name in place of ours."""
        return str(wrong).replace(str(self._uploads.list_of(job)), job.file_name)

    def show(self, visit: Visit) -> Response:
        return self._page(visit, self._job(visit), {})

    def _page(self, visit: Visit, job: Job, problems: dict[str, str]) -> Response:
        house = self._desk.house
        mine = visit.user.newsletters(Right.SEND, tuple(house.newsletters))
        choice = job.choice or Choice(newsletter="" if job.is_own else next(iter(mine), ""))
        stands = self._uploads.stands(job, now=visit.now)
        values = {
            "job": job,
            "badge": _BADGES[job.stage],
            "is_under_way": job.stage in UNDER_WAY and not stands,
            "stands": stands,
            "said": self._uploads.last_words(job) if stands else "",
            "percent": self._uploads.progress(job),
            "choice": self._typed(visit) if problems else choice,
            "columns": self._columns(visit, job, choice, is_typed=bool(problems)),
            "newsletters": {slug: house.newsletters[slug].name for slug in mine},
            "cadences": [cadence.value for cadence in Cadence],
            "codings": CODINGS,
            "fields": FIELDS,
            "bad_files": len(self._uploads.bad_rows_of(job)),
            "problems": problems,
            "may_own": not job.is_own or visit.may(Right.SEND),
        }
        is_part = "hx-request" in visit.request.headers and not problems
        template = "desk/reader_import_state.html" if is_part else "desk/reader_import.html"
        return self._desk.page(visit, template, values, status=422 if problems else 200)

    def _columns(self, visit: Visit, job: Job, choice: Choice, *, is_typed: bool) -> list[dict[str, object]]:
        """Of a file that is one list, to be changed; of others it is told what is recognised."""
        one = _single(job)
        if one is None or one.is_own:
            return []
        places = choice.places or one.places
        held = {at: name for name, at in places.items()}
        return [
            {
                "at": at,
                "heading": one.headings[at] if at < len(one.headings) and one.headings[at] else f"column {at + 1}",
                "examples": [row[at] for row in one.rows if at < len(row) and row[at]],
                "field": visit.text(f"column-{at}") if is_typed else held.get(at, ""),
            }
            for at in range(min(one.columns, _shown_columns(one)))
        ]

    def look(self, visit: Visit) -> Response:
        """Rehearse it as the form says; nothing is changed by that but what is known of the list."""
        job = self._job_at_rest(visit)
        choice, problems = self._typed(visit), self._problems(visit, job)
        if problems:
            return self._page(visit, job, problems)
        if choice.encoding != (job.choice.encoding if job.choice else ""):
            try:
                job = look_at(self._uploads, job, encoding=choice.encoding)
            except PublisherError as wrong:
                return self._page(visit, job, {"encoding": self._in_their_words(job, wrong)})
            if job.is_partly_own and not visit.may(Right.SEND):  # that was not seen as it was read before
                return self._page(visit, job, {"newsletter": OF_THE_SITE})
        begin(self._desk.house, self._uploads, _with(job, choice), Stage.LOOKING, now=visit.now)
        return self._desk.back(visit, f"/readers/import/{job.id}")

    def take_in(self, visit: Visit) -> Response:
        job = self._job_at_rest(visit)
        if job.stage is not Stage.LOOKED or job.choice is None:
            raise WrongUse("look at the list first: what would become of its rows is told before it is imported")
        with self._desk.house.store.write() as conn:
            told = f"{job.file_name}: {job.told['rows']:,} rows; consent: {job.choice.consent}"
            newsletter = job.choice.newsletter
            self._desk.note(conn, visit, "readers.import", f"import:{job.id}", newsletter=newsletter, after=told)
        begin(self._desk.house, self._uploads, job, Stage.IMPORTING, now=visit.now)
        return self._desk.back(visit, f"/readers/import/{job.id}")

    def go_on(self, visit: Visit) -> Response:
        """A run that was killed, from where it stopped."""
        job = self._job(visit)
        if not self._uploads.stands(job, now=visit.now):
            return self._desk.back(visit, f"/readers/import/{job.id}", "It is under way, or done.")
        begin(self._desk.house, self._uploads, job, job.stage, now=visit.now)
        return self._desk.back(visit, f"/readers/import/{job.id}", "It goes on.")

    def drop(self, visit: Visit) -> Response:
        job = self._job_at_rest(visit)
        with self._desk.house.store.write() as conn:
            self._desk.note(conn, visit, "readers.import-drop", f"import:{job.id}", before=job.file_name)
        self._uploads.drop(job)
        return self._desk.back(visit, "/readers/import", f"{job.file_name}: the file is gone.")

    def bad_rows(self, visit: Visit) -> Response:
        job, number = self._job(visit), visit.number("number")
        files = self._uploads.bad_rows_of(job)
        if not 0 < number <= len(files):
            raise HTTPException(404)
        name = f"to-mend-{number}.csv" if len(files) > 1 else "to-mend.csv"
        return FileResponse(files[number - 1], media_type="text/csv", filename=name, headers=HEADERS | PRIVATE)

    def _typed(self, visit: Visit) -> Choice:
        places = {
            visit.text(name): int(found[1])
            for name in visit.fields
            if (found := _COLUMN.fullmatch(name)) and visit.text(name) in FIELDS
        }
        return Choice(
            newsletter=visit.text("newsletter"),
            cadence=visit.text("cadence"),
            consent=one_line(visit.text("consent"))[:LONGEST_CONSENT],
            encoding=visit.text("encoding") if visit.text("encoding") in CODINGS else "",
            places=places or None,
        )

    def _problems(self, visit: Visit, job: Job) -> dict[str, str]:
        typed, problems = self._typed(visit), {}
        if not typed.consent and not job.is_own:
            problems["consent"] = "Say where these readers' consent comes from: it stands in the record of each."
        if job.is_partly_own and not visit.may(Right.SEND):
            problems["newsletter"] = OF_THE_SITE
        elif not typed.newsletter and not job.is_own:
            problems["newsletter"] = "Say which newsletter they are for."
        if typed.cadence and typed.cadence not in list(Cadence):
            problems["cadence"] = "There is no such cadence."
        problem = self._mapping_problem(visit, job)
        return problems | ({"columns": problem} if problem else {})

    def _mapping_problem(self, visit: Visit, job: Job) -> str:
        one = _single(job)
        if one is None or one.is_own:
            return ""
        said = [visit.text(f"column-{at}") for at in range(_shown_columns(one))]
        if Field.EMAIL.name not in said:
            return "Say which column holds the addresses."
        twice = next((name for name in FIELDS if said.count(name) > 1), None)
        return f"Two columns cannot both be the {FIELDS[twice]}." if twice else ""

    def _job(self, visit: Visit) -> Job:
        job = self._uploads.find(visit.part("job"))
        if job is None:
            raise HTTPException(404)
        return job

    def _job_at_rest(self, visit: Visit) -> Job:
        """Raises WrongUse where a run is under way."""
        job = self._job(visit)
        if job.stage in UNDER_WAY and not self._uploads.stands(job, now=visit.now):
            raise WrongUse("this list is being worked at; look again in a moment")
        return job

    def _is_theirs(self, visit: Visit, job: Job) -> bool:
        return visit.may(Right.SEND) or job.user == visit.user.id

    def about(self, visit: Visit) -> str:
        """A newsletter that the visitor may send for, where the list is theirs and the form names no other."""
        job, named = self._job(visit), visit.text("newsletter")
        if named and named not in self._desk.house.newsletters:
            raise HTTPException(404)
        if not self._is_theirs(visit, job):
            return EVERYTHING
        chosen = job.choice.newsletter if job.choice else ""
        mine = visit.user.newsletters(Right.SEND, tuple(self._desk.house.newsletters))
        return named or (chosen if chosen in self._desk.house.newsletters else next(iter(mine), EVERYTHING))

    def about_chosen(self, visit: Visit) -> str:
        """What the list was looked at for, whatever the form says; EVERYTHING of one that names newsletters itself."""
        job = self._job(visit)
        return job.choice.newsletter if job.choice and self._is_theirs(visit, job) else self.about(visit)


def _single(job: Job) -> ListShown | None:
    return job.lists[0] if len(job.lists) == 1 and job.lists[0].title else None


def _shown_columns(one: ListShown) -> int:
    """Those that have a heading or an example; what is beyond them cannot be chosen here."""
    return max(len(one.headings), *(len(row) for row in one.rows), 1 + max(one.places.values()))


def _with(job: Job, choice: Choice) -> Job:
    return replace(job, choice=choice if _single(job) else replace(choice, places=None), told={})


def doors(desk: Desk) -> list[Door]:
    pages, send, post = ImportPages(desk), Right.SEND, Method.POST
    one, about = "/readers/import/{job}", pages.about
    return [
        Door(path="/readers/import", handler=pages.show_all, right=send, about=Somewhere.ANY),
        Door(
            path="/readers/import", handler=pages.bring, right=send, about=Somewhere.ANY, method=post,
            largest_bytes=LARGEST_BYTES + FORM_BYTES, files=1,
        ),
        Door(path=one, handler=pages.show, right=send, about=about),
        Door(path=f"{one}/look", handler=pages.look, right=send, about=about, method=post),
        Door(path=f"{one}/take-in", handler=pages.take_in, right=send, about=pages.about_chosen, method=post),
        Door(path=f"{one}/go-on", handler=pages.go_on, right=send, about=pages.about_chosen, method=post),
        Door(path=f"{one}/drop", handler=pages.drop, right=send, about=about, method=post),
        Door(path=f"{one}/bad/{{number:int}}", handler=pages.bad_rows, right=send, about=about),
    ]  # fmt: skip
