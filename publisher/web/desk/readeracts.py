"""What an editor changes of a reader, each by the same hand as the command line's; every change is noted.

The audit log keeps no address and no name of a reader: whoever is erased is erased there, too.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from sqlalchemy import Connection
from starlette.exceptions import HTTPException
from starlette.responses import Response

from publisher.errors import WrongUse
from publisher.feed.characters import one_line
from publisher.house import readerdeeds
from publisher.house.readererasing import files_with
from publisher.house.readerwishes import wanted_of
from publisher.model.subscriber import Subscriber, SubscriberState
from publisher.model.user import Right
from publisher.store import erasing, pauses, subscribers, tags
from publisher.store.joining import Joined
from publisher.store.preferences import Preferred
from publisher.subscribe.cells import LONGEST_NAME
from publisher.subscribe.importing import add_one
from publisher.subscribe.masking import masked
from publisher.subscribe.owndata import facts_of
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Method
from publisher.web.desk.readerpage import ReaderPage
from publisher.web.desk.readerrights import (
    all_of_theirs,
    one_in_the_form,
    one_of_theirs,
    reader_of,
    seen_of,
)
from publisher.web.desk.readerwords import parted_again
from publisher.web.desk.visit import Visit
from publisher.web.pages import HEADERS, PRIVATE
from publisher.wording.catalogs import SPOKEN

LONGEST_WHY = 500
_PREFERRED = {
    Preferred.SAVED: "Saved.",
    Preferred.SAME: "It was so already.",
    Preferred.LEFT: "The reader has left it: only they can come back, by asking for it and confirming it.",
}


class ReaderActs:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._page = ReaderPage(desk)

    def describe(self, visit: Visit) -> Response:
        """Name, language, tags."""
        reader = self._reader(visit)
        name = one_line(visit.text("name"))[:LONGEST_NAME]
        language = visit.text("language")
        if language not in (*SPOKEN, "", reader.language):
            raise WrongUse(f"there are no letters in {language[:40]!r}; there are: {', '.join(SPOKEN)}")
        words = parted_again(visit.text("tags"))
        try:
            with self._desk.house.store.write() as conn:
                before = tags.of(conn, [reader.id]).get(reader.id, ())
                subscribers.describe(conn, reader.id, name=name, language=language)
                tags.take(conn, reader.id, before)
                readerdeeds.put_tags(conn, reader.id, words)
                after = tags.of(conn, [reader.id]).get(reader.id, ())
                self._note(
                    conn, visit, reader, "reader.describe",
                    before=_described(reader.language, before, is_renamed=False),
                    after=_described(language, after, is_renamed=name != reader.name),
                )  # fmt: skip
        except WrongUse as wrong:
            typed = {"name": name, "language": language, "tags": visit.text("tags")}
            return self._page.page(visit, reader, status=422, problems={"tags": str(wrong)}, typed=typed)
        return self._back(visit, reader, "Saved.")

    def choose(self, visit: Visit) -> Response:
        """How often a newsletter comes, and which of its columns; no column ticked means all."""
        reader, slug = self._reader(visit), visit.part("slug")
        was = next(wish for wish in reader.subscriptions if wish.newsletter == slug)
        with self._desk.house.store.write() as conn:
            told = readerdeeds.prefer(
                conn, self._desk.house, reader, slug,
                cadence=visit.text("cadence"), columns=visit.texts("columns"), now=visit.now,
            )  # fmt: skip
            if told is Preferred.SAVED:
                is_now = subscribers.find_of_subscription(conn, was.id)
                self._note(
                    conn, visit, reader, "reader.choose", newsletter=slug,
                    before=_wish(was.cadence, was.columns),
                    after=_wish(is_now[1].cadence, is_now[1].columns) if is_now else "",
                )  # fmt: skip
        return self._back(visit, reader, _PREFERRED[told], wrong=told is Preferred.LEFT)

    def end(self, visit: Visit) -> Response:
        """Out of one newsletter, for good."""
        reader, slug = self._reader(visit), visit.part("slug")
        wish = next(wish for wish in reader.subscriptions if wish.newsletter == slug)
        with self._desk.house.store.write() as conn:
            left = subscribers.leave(conn, wish.id, now=visit.now, how=readerdeeds.BY_HAND)
            if left:
                self._note(conn, visit, reader, "reader.remove", newsletter=slug, before=wish.state, after="left")
        return self._back(visit, reader, "Taken out, for good." if left else "Was out already.")

    def join(self, visit: Visit) -> Response:
        """Into one more newsletter, by an editor's word that the reader agreed."""
        reader, slug, consent = self._reader(visit), visit.text("newsletter"), visit.text("consent")[:LONGEST_WHY]
        if not seen_of(visit, reader) and not visit.may(Right.EDIT):
            raise HTTPException(404)  # a number is no way to somebody else's readers
        if not consent:
            return self._page.page(
                visit, reader, status=422, problems={"consent": "Say where the reader's consent comes from."}
            )
        wanted = wanted_of(self._desk.house, slug, None, (), consent=consent)
        with self._desk.house.store.write() as conn:
            joined = add_one(conn, reader.email, reader.name, wanted, now=visit.now)
            if joined is Joined.ADDED:
                told = f"{wanted.cadence}; consent: {consent}"
                self._note(conn, visit, reader, "reader.add", newsletter=slug, after=told)
        wrong = joined in (Joined.LEFT, Joined.SUPPRESSED)
        return self._back(visit, reader, f"{wanted.newsletter_name}: {joined}.", wrong=wrong)

    def pause(self, visit: Visit) -> Response:
        reader = self._reader(visit)
        try:
            until = readerdeeds.first_moment_of(visit.text("until"), self._desk.house.zone, now=visit.now)
        except WrongUse as wrong:
            typed, problems = {"until": visit.text("until")}, {"until": str(wrong)}
            return self._page.page(visit, reader, status=422, problems=problems, typed=typed)
        with self._desk.house.store.write() as conn:
            pauses.pause(conn, reader.id, until=until)
            self._note(conn, visit, reader, "reader.pause", after=f"until {until:%Y-%m-%d}")
        return self._back(visit, reader, f"No letters until {until:%Y-%m-%d}.")

    def go_on(self, visit: Visit) -> Response:
        reader = self._reader(visit)
        with self._desk.house.store.write() as conn:
            goes_on = pauses.go_on(conn, reader.id, now=visit.now)
            if goes_on:
                self._note(conn, visit, reader, "reader.go-on")
        return self._back(visit, reader, "Letters come again." if goes_on else "There was no pause.")

    def suppress(self, visit: Visit) -> Response:
        return self._say(visit, "reader.suppress", self._suppress)

    def lift(self, visit: Visit) -> Response:
        return self._say(visit, "reader.lift", self._lift)

    def _say(self, visit: Visit, act: str, do: Callable[[Connection, Visit, str, str], str]) -> Response:
        """A person's word on the address, with its reason."""
        reader, why = self._reader(visit), " ".join(visit.text("why").split())[:LONGEST_WHY]
        if not why:
            return self._page.page(visit, reader, status=422, problems={"why": "Say why: it is kept with the address."})
        with self._desk.house.store.write() as conn:
            told = do(conn, visit, reader.email, why)
            self._note(conn, visit, reader, act, after=why)
        return self._back(visit, reader, told)

    def _suppress(self, conn: Connection, visit: Visit, address: str, why: str) -> str:
        is_new = readerdeeds.suppress(conn, address, why=why, now=visit.now)
        return "No mail goes to this address any more." if is_new else "It was suppressed before; the reason stays."

    def _lift(self, conn: Connection, visit: Visit, address: str, why: str) -> str:
        if not readerdeeds.lift(conn, address, why=why, zone=self._desk.house.zone, now=visit.now):
            raise WrongUse("the address is not suppressed; nothing need be lifted")
        return "Mail may go there again. It brings nobody back by itself: add them to a newsletter, if they agree."

    def say_of_address(self, visit: Visit) -> Response:
        """The same of an address that nobody reads with."""
        address, why = readerdeeds.form_of(visit.text("address")), " ".join(visit.text("why").split())[:LONGEST_WHY]
        if not why:
            raise WrongUse("say why: it stands beside the address for those who come after you")
        lifts = visit.text("do") == "lift"
        with self._desk.house.store.write() as conn:
            told = (self._lift if lifts else self._suppress)(conn, visit, readerdeeds.valid(address), why)
            self._desk.note(
                conn, visit, "reader.lift" if lifts else "reader.suppress", f"address:{masked(address)}", after=why
            )
        return self._desk.back(visit, "/readers", told)

    def ask_to_erase(self, visit: Visit) -> Response:
        reader = self._reader(visit)
        return self._desk.page(visit, "desk/reader_erase.html", {"reader": reader, "problem": ""})

    def erase(self, visit: Visit) -> Response:
        """Asks for the address to be typed: it is never undone."""
        reader = self._reader(visit)
        if visit.text("address").lower() != reader.email.lower():
            values = {"reader": reader, "problem": "That is not the reader's address. Nothing was changed."}
            return self._desk.page(visit, "desk/reader_erase.html", values, status=422)
        with self._desk.house.store.write() as conn:
            if erasing.erase(conn, reader.id, now=visit.now):
                self._note(conn, visit, reader, "reader.erase", after="erased, by the reader's wish")
        told = ["Erased. A keyed hash of the address stays, so that no mail goes there."]
        var = self._desk.house.var
        told += [_still_in(str(path.relative_to(var)), problem) for path, problem in files_with(var, reader.email)]
        told.append("Not looked into: backups, letters in the mail catcher, lists that you keep elsewhere.")
        return self._desk.back(visit, "/readers", "\n".join(told))

    def take_data(self, visit: Visit) -> Response:
        """All that is kept of a reader, as they get it at their own page."""
        reader = self._reader(visit)
        with self._desk.house.store.write() as conn:
            facts = facts_of(conn, reader)
            self._note(conn, visit, reader, "reader.data")
        content = json.dumps({"publisher": self._desk.house.config.site.name, **facts}, ensure_ascii=False, indent=2)
        headers = HEADERS | PRIVATE | {"Content-Disposition": f'attachment; filename="reader-{reader.id}.json"'}
        return Response(content, media_type="application/json", headers=headers)

    def _reader(self, visit: Visit) -> Subscriber:
        """Who was erased has nothing to be changed. Raises HTTPException 404."""
        reader = reader_of(self._desk, visit)
        if reader.state is SubscriberState.ERASED:
            raise HTTPException(404)
        return reader

    def _note(
        self,
        conn: Connection,
        visit: Visit,
        reader: Subscriber,
        act: str,
        *,
        newsletter: str = "",
        before: str = "",
        after: str = "",
    ) -> None:
        self._desk.note(conn, visit, act, f"reader:{reader.id}", newsletter=newsletter, before=before, after=after)

    def _back(self, visit: Visit, reader: Subscriber, told: str, *, wrong: bool = False) -> Response:
        return self._desk.back(visit, f"/readers/{reader.id}", told, wrong=wrong)


def _described(language: str, words: tuple[str, ...], *, is_renamed: bool) -> str:
    told = [f"language: {language or 'the newsletter’s'}", f"tags: {', '.join(words) or 'none'}"]
    return "\n".join([*told, "the name is another one"] if is_renamed else told)


def _wish(cadence: str, columns: tuple[str, ...]) -> str:
    return f"{cadence}, {', '.join(columns) or 'all columns'}"


def _still_in(name: str, problem: str) -> str:
    return (
        f"{name} cannot be read ({problem}): look whether the address stands in it."
        if problem
        else (f"Still in {name} below var: take the row out, or delete the file.")
    )


def doors(desk: Desk) -> list[Door]:
    acts = ReaderActs(desk)
    # Name, language and tags are the reader's in all newsletters; tags say also who is in a segment.
    one, whole, edited = "/readers/{id:int}", all_of_theirs(desk, Right.SEND), all_of_theirs(desk, Right.EDIT)
    theirs = one_of_theirs(desk)
    post, edit, send = Method.POST, Right.EDIT, Right.SEND
    return [
        Door(path=f"{one}/describe", handler=acts.describe, right=edit, about=edited, method=post),
        Door(path=f"{one}/newsletters/{{slug}}", handler=acts.choose, right=edit, about=theirs, method=post),
        Door(path=f"{one}/newsletters/{{slug}}/end", handler=acts.end, right=send, about=theirs, method=post),
        Door(path=f"{one}/join", handler=acts.join, right=send, about=one_in_the_form(desk), method=post),
        Door(path=f"{one}/pause", handler=acts.pause, right=send, about=whole, method=post),
        Door(path=f"{one}/go-on", handler=acts.go_on, right=send, about=whole, method=post),
        Door(path=f"{one}/suppress", handler=acts.suppress, right=send, about=whole, method=post),
        Door(path=f"{one}/lift", handler=acts.lift, right=send, about=whole, method=post),
        Door(path=f"{one}/erase", handler=acts.ask_to_erase, right=send, about=whole),
        Door(path=f"{one}/erase", handler=acts.erase, right=send, about=whole, method=post),
        Door(path=f"{one}/data", handler=acts.take_data, right=edit, about=edited, method=post),
        Door(path="/readers/address", handler=acts.say_of_address, right=send, method=post),
    ]
