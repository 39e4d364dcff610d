"""The lists of a newsletter's issues: the newest on its first page, all of them by year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from publisher.feed.characters import one_line
from publisher.model.direction import direction_of
from publisher.publish import jsonld
from publisher.publish.place import feed_links, newsletter_place
from publisher.publish.places import Guide
from publisher.publish.shown import Shown, correction_of, subject_of
from publisher.publish.tree import Tree
from publisher.publish.view import Moment, moment_of
from publisher.store.archive import ShownIssue

ON_PAGE = 100  # newest issues on the first page; older ones stand on pages by year


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueLine:
    """An issue in a list."""

    subject: str
    href: str
    day: Moment
    cadence: str
    corrected: str = ""  # that something in it was put right, and when
    corrections: tuple[IssueLine, ...] = ()  # letters that put it right, the newest first


def write_lists(
    tree: Tree, shown: Shown, guide: Guide, listed: Sequence[ShownIssue], *, subjects: dict[int, str]
) -> None:
    """Write the pages; a letter that corrects an issue stands below that one."""
    corrections: dict[int, list[IssueLine]] = {}
    there = {one.issue.id for one in listed}
    lines = []
    for one in sorted(listed, key=lambda one: one.issue.corrects is None):
        line = _line(one, shown, guide, subjects=subjects, corrections=corrections)
        if one.issue.corrects in there:
            corrections.setdefault(one.issue.corrects or 0, []).append(line)
        else:
            lines.append((one, line))
    ordered = [line for _, line in sorted(lines, key=lambda pair: (pair[0].issue.due, pair[0].issue.id), reverse=True)]
    _write_pages(tree, shown, guide, ordered)


def _line(
    one: ShownIssue,
    shown: Shown,
    guide: Guide,
    *,
    subjects: dict[int, str],
    corrections: Mapping[int, Sequence[IssueLine]],
) -> IssueLine:
    return IssueLine(
        subject=subject_of(one.issue, subjects, shown, guide),
        href=f"{one.issue.path.rpartition('/')[2]}.html",
        day=moment_of(one.issue.due, guide.zone, guide.setting.speak(shown.newsletter.language)),
        cadence=one.issue.cadence,
        corrected=correction_of(one, shown, guide),
        corrections=tuple(corrections.get(one.issue.id, ())),
    )


def _write_pages(tree: Tree, shown: Shown, guide: Guide, lines: Sequence[IssueLine]) -> None:
    newest = lines[:ON_PAGE]
    years = {year: list(some) for year, some in groupby(lines, key=lambda line: line.day.iso[:4])}
    others = list(years) if len(lines) > len(newest) else []
    tree.write(f"{shown.folder}/index.html", _page(shown, guide, newest, years=others))
    for year in others:
        tree.write(f"{shown.folder}/{year}.html", _page(shown, guide, years[year], year=year))


def _page(
    shown: Shown, guide: Guide, lines: Sequence[IssueLine], *, years: Sequence[str] = (), year: str = ""
) -> bytes:
    setting, newsletter = guide.setting, shown.newsletter
    links = feed_links(newsletter_place(newsletter), setting.url)
    canonical = f"{links.html_url}{year}.html" if year else links.html_url
    facts = jsonld.collection(
        one_line(newsletter.name),
        url=canonical,
        description="",
        language=newsletter.language,
        site=jsonld.organization(one_line(setting.name), setting.url),
    )
    values = {
        "site": {"name": setting.name, "url": setting.url, "language": setting.language},
        "language": newsletter.language,
        "direction": direction_of(newsletter.language),
        "root": "../..",
        "feeds": links,
        "newsletter": newsletter,
        "subscribe": f"../../subscribe/{newsletter.slug}" if newsletter.slug in setting.joinable else "",
        "canonical": canonical,
        "jsonld": jsonld.written(facts),
        "issues": lines,
        "years": years,
        "year": year,
    }
    return setting.render("web/newsletter.html", values).encode()
