"""A source tried out: what is there is shown, and selectors are tried on its pages."""

from __future__ import annotations

from dataclasses import asdict, fields

from starlette.exceptions import HTTPException
from starlette.responses import Response

from publisher.collect.clean import text_of
from publisher.collect.found import FoundPost
from publisher.collect.page.markup import Marked
from publisher.collect.page.selectors import Selectors
from publisher.config.schema import SelectTable
from publisher.house.sourcedeeds import mistakes_in_selectors, selectors_told
from publisher.house.sourcetrial import Trial
from publisher.house.trials import Stage, Trials
from publisher.model.slug import slug_of
from publisher.model.user import Right
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Method
from publisher.web.desk.framing import framed
from publisher.web.desk.visit import Visit

SHORT_TEXT = 700  # characters; feeds with less in each post have beginnings alone, perhaps
_EXCERPT = 260

Form = dict[str, object]


class TrialPages:
    def __init__(self, desk: Desk, trials: Trials) -> None:
        self._desk = desk
        self._trials = trials

    def show(self, visit: Visit) -> Response:
        stage = self._trials.find(visit.part("key"))
        if stage is None:
            return self._desk.back(visit, "/sources/new", "That trial is forgotten by now: try it again.")
        return self.page(visit, stage)

    def page(
        self,
        visit: Visit,
        stage: Stage,
        *,
        form: Form | None = None,
        wrong: dict[str, str] | None = None,
        typed: Selectors | None = None,
    ) -> Response:
        """`form`: the source as it is typed; `typed`: the selectors; `wrong`: what is wrong, by field."""
        config, trial = self._desk.house.config, stage.trial
        selectors = typed or stage.wanted.selectors
        values = {
            "key": visit.part("key"),
            "stage": stage,
            "trial": trial,
            "posts": [self._post(post) for post in trial.posts] if trial else [],
            "selectors": [
                (one.name, getattr(selectors, one.name), SelectTable.model_fields[one.name].description or "")
                for one in fields(Selectors)
            ],
            "finds": _finds(trial),
            "candidates": _candidates(trial),
            "columns": [(slug, table.name or slug) for slug, table in config.columns.items()],
            "authors": [(slug, table.name) for slug, table in config.authors.items()],
            "newsletters": [(slug, table.name) for slug, table in config.newsletters.items() if table.columns],
            "form": form or _suggested(stage, visit.asked("column")),
            "wrong": wrong or {},
            "is_short": trial is not None and trial.kind == "feed" and _is_short(trial),
        }
        return self._desk.page(visit, "desk/source_trial.html", values, status=422 if wrong else 200)

    def again(self, visit: Visit) -> Response:
        """The same pages by other selectors."""
        stage = self._stage(visit)
        told = {one.name: visit.text(one.name) for one in fields(Selectors)}
        selectors = selectors_told(told)
        if wrong := mistakes_in_selectors(selectors):
            return self.page(visit, stage, wrong=wrong, typed=selectors)
        self._trials.again(visit.part("key"), selectors)
        return self._desk.back(visit, f"/sources/trials/{visit.part('key')}")

    def page_frame(self, visit: Visit) -> Response:
        trial = self._stage(visit).trial
        return _frame(trial.marked_page if trial else None)

    def article_frame(self, visit: Visit) -> Response:
        trial = self._stage(visit).trial
        return _frame(trial.marked_article if trial else None)

    def _stage(self, visit: Visit) -> Stage:
        stage = self._trials.find(visit.part("key"))
        if stage is None or stage.trial is None:
            raise HTTPException(404)
        return stage

    def _post(self, post: FoundPost) -> dict[str, object]:
        text = text_of(post.body_html)
        return {
            "title": post.title,
            "url": post.url,
            "summary": post.summary,
            "excerpt": text[:_EXCERPT] + ("…" if len(text) > _EXCERPT else ""),
            "words": len(text.split()),
            "published": self._desk.moment(post.published),
            "authors": [(author.name, author.blurb) for author in post.authors],
            "related": [story.title for story in post.related],
            "image": (post.image.alt or "yes") if post.image else "",
            "tags": ", ".join(post.tags),
        }


def _frame(marked: Marked | None) -> Response:
    if marked is None:
        raise HTTPException(404)
    return framed(marked.document)


def _finds(trial: Trial | None) -> dict[str, object]:
    """By selector's name, what it finds."""
    both = (trial.marked_page, trial.marked_article) if trial else ()
    return {one.name: one for marked in both if marked for one in marked.finds}


def _candidates(trial: Trial | None) -> list[dict[str, str]]:
    both = (trial.marked_page, trial.marked_article) if trial else ()
    found = {one.selector: one for marked in both if marked for one in marked.candidates}
    return [asdict(one) for one in found.values()]


def _is_short(trial: Trial) -> bool:
    lengths = sorted(len(text_of(post.body_html)) for post in trial.posts)
    return bool(lengths) and lengths[len(lengths) // 2] < SHORT_TEXT


def _suggested(stage: Stage, column: str) -> Form:
    """The form as it begins; a folder has no name but its own."""
    trial = stage.trial
    name = (trial.column_name if trial else "") or stage.wanted.path.rpartition("/")[2].replace("-", " ").capitalize()
    slug = slug_of(name) if name else ""
    return {
        "name": slug,
        "column": column or "+",
        "backlog": "archive",
        "text": "",
        "column_slug": slug,
        "column_name": name,
        "tagline": trial.column_tagline if trial else "",
        "authors": (),
        "author_name": "",
        "author_blurb": "",
        "newsletters": (),
    }


def doors(pages: TrialPages) -> list[Door]:
    """All of it is for who may change config.toml's columns and sources."""
    trial = "/sources/trials/{key}"
    return [
        Door(path=trial, handler=pages.show, right=Right.EDIT),
        Door(path=f"{trial}/selectors", handler=pages.again, right=Right.EDIT, method=Method.POST),
        Door(path=f"{trial}/page", handler=pages.page_frame, right=Right.EDIT),
        Door(path=f"{trial}/article", handler=pages.article_frame, right=Right.EDIT),
    ]
