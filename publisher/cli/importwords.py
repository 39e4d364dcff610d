"""An import in words: how a file is read, before it is; and what became of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from publisher.store.joining import Joined
from publisher.subscribe.candidates import Candidate
from publisher.subscribe.importing import Imported
from publisher.subscribe.layout import DELIMITERS, Layout
from publisher.subscribe.masking import masked
from publisher.subscribe.receipt import Receipt
from publisher.subscribe.survey import Found, HowToRead, Survey

_SHOWN_HEADINGS = 12  # of those that are left out


def plan_in_words(found: Survey, how: HowToRead) -> Iterator[str]:
    """What is in a file and how it would be read, before anything is done."""
    for one in found.lists:
        yield from _list_in_words(one)
    yield from _papers_in_words(found, how)
    for candidate in found.sample:
        yield f"  for example: {_sample(candidate)}"


def _list_in_words(one: Found) -> Iterator[str]:
    layout = one.layout
    if layout is None:
        yield f"{one.part.name}: {'names no addresses, passed over' if one.has_rows else 'is empty'}"
        return
    known = "a list" if not layout.format.needs else f"{layout.format.title}’s export"
    mended = ", mended rows" if layout.mended else ""
    yield f"{one.part.name}: {known}{mended}, {one.coding.title}, parted by {DELIMITERS[layout.delimiter]}"
    for field, at in layout.places.items():
        heading = layout.headings[at].strip() if at < len(layout.headings) else f"column {at + 1}"
        yield f"  {heading[:40] or f'column {at + 1}'} → {field}"
    left_out = [heading for at, heading in enumerate(layout.headings) if at not in layout.places.values()]
    left_out = [heading.strip() for heading in left_out[2 * layout.mended :] if heading.strip()]
    if left_out:
        more = f" and {len(left_out) - _SHOWN_HEADINGS} more" if len(left_out) > _SHOWN_HEADINGS else ""
        yield f"  not read: {', '.join(heading[:40] for heading in left_out[:_SHOWN_HEADINGS])}{more}"
    for heading in layout.doubled:
        yield f"  “{heading[:40]}” stands there more than once; the first one is read"
    if layout.all_are:
        yield f"  everybody on it is {layout.all_are}: nobody is joined from it"
    yield f"  {_numbers_of(one)}"


def _numbers_of(one: Found) -> str:
    told = [f"{one.rows:,} rows: {one.good:,} look good"]
    told += [f"{number:,} {receipt}" for receipt, number in one.away.items()]
    told += [f"{one.bad:,} not usable"] if one.bad else []
    told += [f"{one.others:,} for other newsletters"] if one.others else []
    return ", ".join(told)


def _papers_in_words(found: Survey, how: HowToRead) -> Iterator[str]:
    own = any(one.layout and one.layout.format.name == "publisher" for one in found.lists)
    if own and len(how.papers) > 1:
        yield f"to the newsletters that it names: {', '.join(how.papers)}"
        return
    paper = next(iter(how.papers.values()))
    columns = ", ".join(paper.columns) or "all columns"
    yield f"to {paper.newsletter}, {paper.cadence}, {columns}, where the list does not say; consent: {paper.consent}"


def _sample(candidate: Candidate) -> str:
    joiner = candidate.joiner
    told = [masked(joiner.email), joiner.name or "no name", str(joiner.cadence)]
    told += [", ".join(joiner.columns)] if joiner.columns else []
    told += [joiner.language] if joiner.language else []
    return " · ".join(told)


def result_in_words(file: Path, told: Imported, *, rehearsed: bool) -> str:
    """What became of the rows, or would."""
    numbers = [f"{told.joined[one]:,} {one}" for one in Joined if told.joined[one]]
    numbers += [f"{told.away[one]:,} {one} there, not joined" for one in Receipt if told.away[one]]
    numbers += [f"{told.others:,} for other newsletters"] if told.others else []
    numbers += [f"{told.bad:,} not usable"] if told.bad else []
    would = "would be: " if rehearsed and numbers else ""
    return f"{file}: {would}" + (", ".join(numbers) or "no rows")


def result_for_programs(found: Survey, told: Imported, *, rehearsed: bool) -> dict[str, object]:
    """The same, as JSON."""
    return {
        "dry_run": rehearsed,
        "rows": told.rows,
        "resumed_after": told.resumed_after,
        **{one.name.lower(): told.joined[one] for one in Joined},
        "not_subscribed": {one.name.lower(): told.away[one] for one in Receipt if one is not Receipt.WANTED},
        "other_newsletters": told.others,
        "bad": told.bad,
        "bad_rows": [{"list": row.list, "line": row.line, "problem": row.problem} for row in found.first_bad],
        "bad_files": [str(path) for path in found.bad_files],
        "lists": [_list_for_programs(one, one.layout) for one in found.lists],
    }


def _list_for_programs(one: Found, layout: Layout | None) -> dict[str, object]:
    if layout is None:
        return {"list": one.part.name, "format": None}
    headings = layout.headings
    return {
        "list": one.part.name,
        "format": layout.format.name,
        "encoding": one.coding.title,
        "delimiter": layout.delimiter,
        "columns": {
            str(field): headings[at] if at < len(headings) else f"column {at + 1}"
            for field, at in layout.places.items()
        },
        "rows": one.rows,
    }
