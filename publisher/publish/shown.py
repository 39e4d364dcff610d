"""A newsletter that is shown, and what is told of each of its issues wherever it is told."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.letter.nobody import nobody_of, text_for_nobody
from publisher.model.issue import Issue, Newsletter
from publisher.publish.places import Guide
from publisher.store.archive import ShownIssue


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A newsletter of which there is something new to show."""

    newsletter: Newsletter
    feed_id: str
    mark: str  # what is kept when it is written
    since: int = 0  # issues as of an older change than this one are written already

    @property
    def folder(self) -> str:
        return f"newsletters/{self.newsletter.slug}"


def subject_of(issue: Issue, subjects: dict[int, str], shown: Shown, guide: Guide) -> str:
    """The subject of its fullest letter, for nobody in particular."""
    nobody = nobody_of(shown.newsletter, guide.setting.url, guide.setting.speak(shown.newsletter.language))
    return text_for_nobody(subjects.get(issue.id, ""), nobody) or issue.slot


def correction_of(one: ShownIssue, shown: Shown, guide: Guide) -> str:
    """That something in it was put right, and when; "" where nothing was."""
    if one.corrected is None:
        return ""
    wording = guide.setting.speak(shown.newsletter.language)
    return wording.gettext("Corrected on %(date)s.", date=wording.day(one.corrected.astimezone(guide.zone).date()))
