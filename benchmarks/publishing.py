"""Publishing: the whole tree of a site, the same again, and again with one new post.

The yardstick writes the same files with plain open() and write(), nothing else: no page is
rendered, nothing is compared, and nothing is brought to the disk. The second one writes
them as the tree does, whole or not at all: a temporary file, fsync, rename, fsync.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from parts.rounds import run_apart
from parts.site import NOW, make_site, write_posts
from parts.table import medians, number, peak_megabytes, print_table, seconds_of, times
from publisher.cli import press, steps
from publisher.cli.house import open_house
from publisher.wholefile import write_if_changed


def measure(posts: int) -> dict[str, float]:
    """One round, in this process: seconds of each way, and how much was written."""
    with tempfile.TemporaryDirectory(prefix="publishing-") as name:
        folder = Path(name)
        config = make_site(folder)
        write_posts(folder / "harbour-notes", posts)
        with open_house(config) as house:
            steps.collect(house, now=NOW)
            taken = {"all": seconds_of(lambda: press.publish(house)), "again": seconds_of(lambda: press.publish(house))}
            for path in (folder / "harbour-notes").iterdir():
                path.unlink()  # what was collected stays; the visit for one more post need not read it again
            write_posts(folder / "harbour-notes", 1, start=posts)
            steps.collect(house, now=NOW)
            taken["one more"] = seconds_of(lambda: press.publish(house))
            memory = peak_megabytes()
            tree = [path for path in house.feeds.rglob("*") if path.is_file()]
        files = [(folder / "plain" / path.relative_to(house.feeds), path.read_bytes()) for path in tree]
        taken["plain"] = seconds_of(lambda: _write_all(files))
        safely = [(folder / "safe" / path.relative_to(folder / "plain"), content) for path, content in files]
        taken["safe"] = seconds_of(lambda: [write_if_changed(path, content) for path, content in safely])
        total = sum(len(content) for _, content in files)
    return taken | {"memory": memory, "files": len(files), "megabytes": total / 1e6}


def _write_all(files: list[tuple[Path, bytes]]) -> None:
    for path, content in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.write(content)


MANY = 1000  # from here on a round takes long, and one is made
WAYS = {
    "all": "all of it",
    "again": "again, nothing changed",
    "one more": "again, with one new post",
    "plain": "yardstick: open(), write()",
    "safe": "the same files, safely written",
}


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
        found = medians(taken)
        rows = [
            (words, number(found[way]), number(found[way] / posts * 1000), times(found[way] / found["plain"]))
            for way, words in WAYS.items()
        ]
        facts = f"{found['files']:,.0f} files, {found['megabytes']:.1f} MB; peak {found['memory']:.0f} MB of memory"
        title = f"Publishing {posts:,} posts: {facts}; rounds: {len(taken)}"
        print_table(title, ("what", "seconds", "ms a post", "against plain writing"), rows)


if __name__ == "__main__":
    main()
