"""The letter of one variant of an issue, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from publisher.assemble.assembly import Assembly
from publisher.letter.amends import Amends
from publisher.letter.choose import ALL
from publisher.letter.compose import compose
from publisher.letter.edition import Edition
from publisher.letter.lint import Finding, Severity, lint
from publisher.letter.once import Once
from publisher.model.issue import Issue
from publisher.model.letter import Letter
from publisher.model.post import Post, RelatedStory
from publisher.templating import Templates


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A letter as it would go out."""

    letter: Letter
    findings: tuple[Finding, ...]  # errors first

    @property
    def errors(self) -> tuple[str, ...]:
        return tuple(finding.problem for finding in self.findings if finding.severity is Severity.ERROR)


def compose_variant(
    assembly: Assembly,
    issue: Issue,
    key: str,
    posts: Sequence[Post],
    *,
    templates: Templates,
    related: Mapping[int, tuple[RelatedStory, ...]] | None = None,
    corrected: Mapping[int, date] | None = None,
    withdrawn: Mapping[int, date] | None = None,
    amends: Amends | None = None,
    once: Once | None = None,
) -> Composed:
    """The letter with these posts (their media resolved), in this order. Raises TemplateError.

    `related` is what stands below each post, by its number; else what its page named.
    `corrected` and `withdrawn` say when a post was put right or taken back after it went out.
    `amends`: it puts another letter right. `once` is the same for all letters of the issue.
    """
    edition = replace(
        edition_of(assembly, issue, key, posts),
        related=related or {},
        corrected=corrected or {},
        withdrawn=withdrawn or {},
        amends=amends,
    )
    letter = compose(edition, templates, once=once)
    return Composed(letter=letter, findings=lint(letter, edition))


def edition_of(assembly: Assembly, issue: Issue, key: str, posts: Sequence[Post]) -> Edition:
    """What a letter with these posts is made of."""
    page = issue.page if key == ALL else f"{issue.path}/{key}.html"
    return Edition(
        site_name=assembly.site_name,
        site_url=assembly.site_url,
        postal_address=assembly.postal_address,
        newsletter=assembly.newsletter,
        cadence=issue.cadence,
        columns=assembly.columns,
        posts=tuple(posts),
        view_url=f"{assembly.site_url}/{page}",
        date=issue.due.astimezone(assembly.zone).date(),
    )
