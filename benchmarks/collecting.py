"""Collecting: a folder of Markdown posts at the first visit, and again with nothing changed.

The yardstick reads the same files and turns their Markdown into HTML, no more: no front
matter, no cleaning, no database.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from markdown_it import MarkdownIt

from parts.rounds import run_apart
from parts.site import NOW, make_site, write_posts
from parts.table import medians, number, peak_megabytes, print_table, seconds_of, times
from publisher.house import steps
from publisher.house.opened import open_house

MANY = 1000  # from here on a round takes long, and one is made
WAYS = {"first": "first visit", "again": "again, nothing changed", "plain": "yardstick: read, Markdown to HTML"}


def measure(posts: int) -> dict[str, float]:
    """One round, in this process."""
    with tempfile.TemporaryDirectory(prefix="collecting-") as name:
        folder = Path(name)
        config = make_site(folder)
        write_posts(folder / "harbour-notes", posts)
        found = []
        with open_house(config) as house:
            taken = {way: seconds_of(lambda: found.extend(steps.collect(house, now=NOW))) for way in ("first", "again")}
        memory = peak_megabytes()
        plain = MarkdownIt("commonmark")
        files = sorted((folder / "harbour-notes").iterdir())
        taken["plain"] = seconds_of(lambda: [plain.render(path.read_text(encoding="utf-8")) for path in files])
    first, again = found
    if (first.new, again.new, again.revised, again.unchanged) != (posts, 0, 0, posts):
        raise SystemExit(f"not what was to be measured: {first}, {again}")
    return taken | {"memory": memory}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, nargs="+", default=[100, 1000, 5000])
    parser.add_argument("--rounds", type=int, default=3, help="one alone is made from 1,000 posts on")
    parser.add_argument("--alone", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    rounds = run_apart(
        __file__, given.alone, measure, {size: given.rounds if size < MANY else 1 for size in given.posts}
    )
    for posts, taken in rounds.items():
        one = medians(taken)
        rows = [
            (words, number(one[way]), number(one[way] / posts * 1000), times(one[way] / one["plain"]))
            for way, words in WAYS.items()
        ]
        title = f"Collecting {posts:,} posts of 600 words; peak {one['memory']:.0f} MB of memory; rounds: {len(taken)}"
        print_table(title, ("what", "seconds", "ms a post", "against the yardstick"), rows)


if __name__ == "__main__":
    main()
