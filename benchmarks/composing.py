"""Composing an issue: what it costs by variants, and what by readers.

Each variant is a digest of ten posts in the design `digest`, for the readers of ten of
fourteen columns: of these there are a thousand choices. Who wants what is one question to
the database; composing is all from its answer to the finished letters with their lint;
freezing writes the issue, with one delivery a reader. The yardstick is the least that a
program without all this would do: one letter's values rendered by a bare Jinja2 and its
style sheet written into the elements by css-inline, once for each variant.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import combinations, islice
from pathlib import Path
from typing import Any, cast

import css_inline
import jinja2

from parts.rounds import run_apart
from parts.site import NEWSLETTER, NOW, TOP, make_site, put_readers, write_posts
from parts.table import medians, number, peak_megabytes, print_table, seconds_of, times
from publisher.assemble.proposing import Proposal, compose_all, gather, issue_of, propose
from publisher.assemble.settling import send_out
from publisher.house import making, steps
from publisher.house.opened import House, open_house, utc_now
from publisher.model.issue import Wish
from publisher.model.schedule import Slot
from publisher.model.subscriber import Cadence
from publisher.store import audience
from publisher.templating import Templates
from publisher.wording.wording import Wording

MANY = 10_000  # from here on a round takes long, and one is made
VARIANTS_BELOW = 10_000  # a size is readers * this + variants
POSTS = 10  # in each letter
COLUMNS = [f"column-{at:02}" for at in range(14)]
CHOICES = [" ".join(chosen) for chosen in islice(combinations(COLUMNS, POSTS), 1000)]
WORDS = 600  # of a post
DESIGN = "digest"


def measure(size: int) -> dict[str, float]:
    """One round, in this process."""
    readers, variants = divmod(size, VARIANTS_BELOW)
    with tempfile.TemporaryDirectory(prefix="composing-") as name:
        folder = Path(name)
        config = make_site(folder, columns=COLUMNS)
        for at, slug in enumerate(COLUMNS):
            write_posts(folder / slug, 1, start=at, words=WORDS)
        with open_house(config) as house:
            steps.collect(house, now=NOW)
            with house.store.write() as conn:
                put_readers(conn, readers, wishes=CHOICES[:variants])
            bare = _bare(house, variants)  # first of all: templates are compiled once in the life of a process
            wishes: dict[Wish, int] = {}
            asking = _cpu_seconds_of(lambda: wishes.update(_ask(house)))
            proposals: list[Proposal] = []
            composing = _cpu_seconds_of(lambda: proposals.append(_compose(house, wishes)))
            yard = _cpu_seconds_of(bare)
            _check(proposals[0], variants)
            freezing = seconds_of(partial(_release, house, proposals[0], readers))
            memory = peak_megabytes()
    return {
        "asking": asking, "composing": composing, "yard": yard,
        "freezing": freezing, "memory": memory,
    }  # fmt: skip


def _cpu_seconds_of(work: Callable[[], object]) -> float:
    """Processor time: all of it is computing, and who else works on the machine does not count."""
    gc.collect()
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _slot() -> Slot:
    return Slot(key="2026-11-22", at=utc_now())


def _ask(house: House) -> dict[Wish, int]:
    with house.store.read() as conn:
        return audience.wishes(conn, NEWSLETTER, Cadence.DAILY)


def _compose(house: House, wishes: Mapping[Wish, int]) -> Proposal:
    slot, assembly = _slot(), making.assembly_of(house, NEWSLETTER)
    with house.store.read() as conn:
        material = gather(conn, assembly, Cadence.DAILY, wishes)
    issue = issue_of(assembly, Cadence.DAILY, slot, material.choice, now=slot.at)
    return Proposal(issue=issue, material=material, letters=compose_all(assembly, issue, material, house.templates))


def _check(proposal: Proposal, variants: int) -> None:
    """All letters are as they were asked for."""
    kept = [len(variant.seqs) for variant in proposal.choice.variants]
    if kept != [POSTS] * variants:
        raise SystemExit(f"{len(kept)} variants of {sorted(set(kept))} posts, not {variants} of {POSTS}")
    if proposal.errors:
        raise SystemExit(proposal.errors[0])


def _release(house: House, proposal: Proposal, readers: int) -> None:
    made = send_out(house.store, proposal, audience=None, enqueue=lambda _conn, _issue: None, now=utc_now())
    if made.deliveries != readers:
        raise SystemExit(f"{made.deliveries} letters, not {readers}")


class _Listening:
    """Templates that remember what the first letter was made of."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self.heard: dict[str, Mapping[str, object]] = {}

    def render(self, name: str, values: Mapping[str, object]) -> str:
        self.heard.setdefault(name, values)
        return self._templates.render(name, values)

    def render_text(self, source: str, values: Mapping[str, object], *, place: str) -> str:
        return self._templates.render_text(source, values, place=place)

    def wording(self, language: str) -> Wording:
        return self._templates.wording(language)


def _bare(house: House, variants: int) -> Callable[[], None]:
    """One letter's values, rendered and inlined as often as there are variants; Jinja2 and css-inline as they come."""
    listening = _Listening(house.templates)
    slot, assembly = _slot(), making.assembly_of(house, NEWSLETTER)
    ten = replace(assembly, newsletter=replace(assembly.newsletter, columns=tuple(COLUMNS[:POSTS])))
    propose(
        house.store, ten, cadence=Cadence.DAILY, slot=slot, now=slot.at, templates=cast(Templates, listening),
        wish=Wish(columns=(), seen_seq=0),
    )  # fmt: skip
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TOP / "templates"),
        autoescape=lambda name: name is not None and name.endswith(".html"),
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    cast(Any, environment).install_null_translations(newstyle=True)
    environment.globals["spoken"] = {"language": "en", "direction": "ltr"}
    (page, text), inliner = sorted(listening.heard), css_inline.CSSInliner(load_remote_stylesheets=False)

    def render(count: int = variants) -> None:
        for _ in range(count):
            inliner.inline(environment.get_template(page).render(listening.heard[page]))
            environment.get_template(text).render(listening.heard[text])

    render(1)  # compiled
    return render


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--readers", type=int, nargs="+", default=[1000, 10_000, 100_000, 1_000_000])
    parser.add_argument("--few", type=int, default=10, help="variants, for all those numbers of readers")
    parser.add_argument("--variants", type=int, nargs="+", default=[1, 10, 100, 1000], help="for few readers")
    parser.add_argument("--rounds", type=int, default=3, help=f"one alone is made from {MANY:,} readers on")
    parser.add_argument("--alone", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    by_readers = {f"{readers:,}": readers * VARIANTS_BELOW + given.few for readers in given.readers}
    least = max(*given.variants, *given.readers[:1])
    by_variants = {f"{variants:,}": least * VARIANTS_BELOW + variants for variants in given.variants}
    wanted = {
        size: given.rounds if size < MANY * VARIANTS_BELOW else 1
        for size in (*by_readers.values(), *by_variants.values())
    }
    rounds = run_apart(__file__, given.alone, measure, wanted)
    found = {size: medians(taken) for size, taken in rounds.items()}
    told = f"digests of {POSTS} posts of {WORDS} words; median of {given.rounds} rounds (from {MANY:,} readers on: one)"
    heads = (
        "who wants what, CPU s",
        "composing, CPU s",
        "ms a variant",
        "bare Jinja2 + css-inline, CPU s",
        "against it",
        "freezing, s",
        "us a reader",
        "peak MB",
    )
    _print(f"{given.few} variants, {told}", ("readers", *heads), by_readers, found)
    _print(f"{least:,} readers, {told}", ("variants", *heads), by_variants, found)


def _print(
    title: str, heads: Sequence[str], sizes: Mapping[str, int], found: Mapping[int, Mapping[str, float]]
) -> None:
    rows = []
    for name, size in sizes.items():
        one, (readers, variants) = found[size], divmod(size, VARIANTS_BELOW)
        cells = (
            number(one["asking"]), number(one["composing"]), number(one["composing"] / variants * 1000),
            number(one["yard"]), times(one["composing"] / one["yard"]), number(one["freezing"]),
            number(one["freezing"] / readers * 1e6), number(one["memory"]),
        )  # fmt: skip
        rows.append((name, *cells))
    print_table(title, heads, rows)


if __name__ == "__main__":
    main()
