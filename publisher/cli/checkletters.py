"""`publisher check letters`: what is wrong with the letters that newsletters would send now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import click

from publisher.assemble.proposing import Proposal
from publisher.assemble.sampling import propose_now, sample, why_quiet
from publisher.cli.console import config_option, examples, json_option, print_json, say
from publisher.config.nouns import cadences_of
from publisher.errors import TemplateError
from publisher.house.making import assembly_of, slot_by_hand
from publisher.house.opened import House, open_house, utc_now
from publisher.house.origins import unproven
from publisher.house.relaying import mail_of
from publisher.house.shortfall import load_of_readers, too_much
from publisher.house.specimens import service_specimen
from publisher.letter.lint import Finding, Severity
from publisher.model.issue import ASKING, IssueKind
from publisher.model.subscriber import Cadence

SERVICE = "letters of service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What one newsletter would send at one cadence, or its letters of service."""

    newsletter: str
    cadence: str  # or SERVICE
    quiet: str  # why there is none, so that the newest posts were looked at as a sample; "" where there is
    letters: tuple[tuple[str, tuple[Finding, ...]], ...]  # by the variant's key, or the kind
    broken: str = ""  # its template has a mistake, so there is no letter
    too_many: tuple[str, ...] = ()  # relays or limits of destinations that cannot carry its letters in time
    unproven: tuple[str, ...] = ()  # what SPF or DKIM does not prove of where it comes from

    @property
    def errors(self) -> int:
        return self._count(Severity.ERROR) + bool(self.broken)

    @property
    def warnings(self) -> int:
        return self._count(Severity.WARNING) + len(self.of_sending)

    @property
    def of_sending(self) -> tuple[str, ...]:
        """Warnings that are not of its letters."""
        return self.too_many + self.unproven

    def _count(self, severity: Severity) -> int:
        return sum(finding.severity is severity for _, findings in self.letters for finding in findings)


@click.command(
    "letters",
    short_help="Check the letters that newsletters would send now.",
    epilog=examples("publisher check letters", "publisher check letters morning --json"),
)
@config_option
@json_option
@click.argument("newsletter", required=False)
def letters(config_path: Path, *, as_json: bool, newsletter: str | None) -> int:
    """Compose what each newsletter (or NEWSLETTER) would send now at each cadence, and tell what is wrong with it.

    So it does with its letters of service (to confirm, to change an address, to one's own page,
    welcome). An error would hold the issue; a warning is only told. Where nothing is new, the newest
    posts are looked at. Nothing is sent, and nothing changes. Exit code 1: there are errors.
    """
    with open_house(config_path) as house:
        mail_of(house)
        checked = []
        for slug in house.newsletters_named(newsletter):
            for one in _check(house, slug, now=utc_now()):
                checked.append(one)
                if not as_json:
                    _tell(one)
    if as_json:
        print_json([_for_programs(one) for one in checked])
    else:
        _sum_up(checked)
    return int(any(one.errors for one in checked))


def _check(house: House, slug: str, *, now: datetime) -> Iterator[Checked]:
    yield from _check_issues(house, slug, now=now)
    yield _check_service(house, slug, now=now)


def _check_issues(house: House, slug: str, *, now: datetime) -> Iterator[Checked]:
    for cadence in cadences_of(house.config, slug):
        checked = Checked(
            newsletter=slug,
            cadence=cadence,
            quiet="",
            letters=(),
            too_many=_too_many(house, slug, cadence, now=now),
            unproven=tuple(unproven(house, slug)),
        )
        try:
            proposal, quiet = _proposal(house, slug, cadence, now=now)
        except TemplateError as wrong:
            yield replace(checked, broken=str(wrong))
        else:
            found = tuple((variant.key, composed.findings) for variant, composed in proposal.letters)
            yield replace(checked, quiet=quiet, letters=found)


def _check_service(house: House, slug: str, *, now: datetime) -> Checked:
    welcomes = house.config.newsletters[slug].welcome != "none"
    kinds = (*ASKING, IssueKind.WELCOME) if welcomes else ASKING
    checked = Checked(newsletter=slug, cadence=SERVICE, quiet="", letters=())
    try:
        found = tuple((kind.value, service_specimen(house, slug, kind, now=now).findings) for kind in kinds)
    except TemplateError as wrong:
        return replace(checked, broken=str(wrong))
    return replace(checked, letters=found)


def _too_many(house: House, slug: str, cadence: Cadence, *, now: datetime) -> tuple[str, ...]:
    with house.store.read() as conn:
        return tuple(too_much(house, load_of_readers(conn, house, slug, cadence, now=now)))


def _proposal(house: House, slug: str, cadence: Cadence, *, now: datetime) -> tuple[Proposal, str]:
    assembly, slot, templates = assembly_of(house, slug), slot_by_hand(now), house.templates
    proposal = propose_now(house.store, assembly, cadence=cadence, slot=slot, now=now, templates=templates)
    if quiet := why_quiet(proposal):
        proposal = sample(house.store, assembly, cadence=cadence, slot=slot, now=now, templates=templates)
    return proposal, quiet


def _tell(one: Checked) -> None:
    number = len(one.letters)
    looked_at = f"a sample, since {one.quiet}" if one.quiet else _counted(number, "letter")
    if one.broken:
        say(f"{one.newsletter}, {one.cadence}: no letter can be made")
        say(f"  Error: {one.broken}")
        _tell_of_sending(one)
        return
    wrong = "nothing is wrong" if not one.errors + one.warnings else ""
    say(f"{one.newsletter}, {one.cadence}: {looked_at}{'; ' + wrong if wrong else ''}")
    for finding, keys in _by_finding(one).items():
        where = "" if len(keys) == number else f" (in {_some(keys, number)})"
        say(f"  {finding.severity.capitalize()}: {finding.problem}{where}")
    _tell_of_sending(one)


def _tell_of_sending(one: Checked) -> None:
    for problem in one.of_sending:
        say(f"  Warning: {problem}")


def _by_finding(one: Checked) -> dict[Finding, list[str]]:
    """Each finding once, with the variants that have it; errors first."""
    found: dict[Finding, list[str]] = {}
    for key, findings in one.letters:
        for finding in findings:
            found.setdefault(finding, []).append(key)
    return dict(sorted(found.items(), key=lambda pair: pair[0].severity is not Severity.ERROR))


def _some(keys: Sequence[str], number: int) -> str:
    return f"variant {keys[0]}" if len(keys) == 1 else f"{len(keys)} of {number} variants"


def _sum_up(checked: Sequence[Checked]) -> None:
    counts = Counter(
        letters=sum(len(one.letters) for one in checked),
        errors=sum(one.errors for one in checked),
        warnings=sum(one.warnings for one in checked),
    )
    told = (_counted(counts["errors"], "error"), _counted(counts["warnings"], "warning"))
    say(f"{_counted(counts['letters'], 'letter')}: {', '.join(told)}")


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _for_programs(one: Checked) -> dict[str, object]:
    return {
        "newsletter": one.newsletter,
        "cadence": one.cadence,
        "sample": one.quiet or None,
        "problem": one.broken,
        "too_many": list(one.too_many),
        "unproven": list(one.unproven),
        "letters": [
            {
                "variant": key,
                "findings": [{"severity": finding.severity, "problem": finding.problem} for finding in findings],
            }
            for key, findings in one.letters
        ],
    }
