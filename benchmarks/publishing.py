"""Publishing: one new post in sites of growing size, and everything anew against bare lxml.

A site has thirty columns, posts spread evenly over ten years and columns, an author for
each column and a tag of forty; all are written into the database by the store's own
functions. *One new post* is timed from the post's being stored to its being published: its
page, the feeds and first pages of its column, its author and its tag, of all posts, the
pages of its month, sitemaps. Each measurement is of a process of its own.

The yardstick of a full rebuild writes the very documents of feeds (Atom and RSS, archive
documents included) with nothing but lxml: the elements of each document, parsed
beforehand, are made and serialised anew, and the bytes written with open() and write().
No page is rendered, nothing is packed, compared or brought to the disk.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from lxml import etree

from parts.newsroom import a_post, fill, open_press
from parts.rounds import run_apart
from parts.table import medians, number, peak_megabytes, print_table, seconds_of, times
from publisher.publish.site import publish_site
from publisher.store import posts

NEW = 5  # posts published one after the other; the median is told
REBUILT_UP_TO = 20_000  # posts; a larger site is filled and published once, and not timed doing so


def measure(size: int) -> dict[str, float]:
    """One round, in this process: seconds of each way."""
    with tempfile.TemporaryDirectory(prefix="publishing-") as name, open_press(Path(name)) as (columns, facts, press):
        fill(press.store, columns, size)
        taken = {"all": seconds_of(lambda: publish_site(columns, facts, press))}
        one_more = []
        for at in range(NEW):
            with press.store.write() as conn:
                posts.save(conn, [a_post(columns, size + at, after=timedelta(minutes=at + 1))])
            started = time.perf_counter()
            done = publish_site(columns, facts, press)
            one_more.append(time.perf_counter() - started)
        taken |= {"one more": sorted(one_more)[NEW // 2], "files of one": len(done.written)}
        taken["nothing new"] = seconds_of(lambda: publish_site(columns, facts, press))
        taken["memory"] = peak_megabytes()
        if size <= REBUILT_UP_TO:
            taken |= _rebuilding(Path(name))
    return taken


def _rebuilding(folder: Path) -> dict[str, float]:
    """What bare lxml takes for the documents of feeds, and how much they are."""
    tree = folder / "feeds"
    found = {path: path.read_bytes() for end in ("atom.xml", "rss.xml") for path in sorted(tree.rglob(end))}
    bare = 0.0
    for path, content in found.items():  # one at a time: all of them parsed would not fit into memory
        document = etree.fromstring(content)
        started = time.perf_counter()
        _write_bare(folder / "bare" / path.relative_to(tree), document)
        bare += time.perf_counter() - started
    total = sum(map(len, found.values()))
    every = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file())
    return {"bare": bare, "feed files": len(found), "feed megabytes": total / 1e6, "megabytes": every / 1e6}


def _write_bare(path: Path, document: etree._Element) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(etree.tostring(_made_anew(document), xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _made_anew(element: etree._Element) -> etree._Element:
    made = etree.Element(element.tag, element.attrib, nsmap=element.nsmap)
    made.text = element.text
    made.extend(_made_anew(child) for child in element.iterchildren(etree.Element))
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, nargs="+", default=[1_000, 10_000])
    parser.add_argument("--alone", type=int, help=argparse.SUPPRESS)
    given = parser.parse_args()
    rounds = {
        size: medians(taken)
        for size, taken in run_apart(__file__, given.alone, measure, dict.fromkeys(given.posts, 1)).items()
    }
    least = rounds[min(rounds)]["one more"]
    rows = [
        (
            f"{size:,} posts",
            number(found["one more"]),
            times(found["one more"] / least),
            f"{found['files of one']:.0f}",
            number(found["nothing new"]),
            f"{found['memory']:.0f}",
        )
        for size, found in rounds.items()
    ]
    heads = ("a site of", "seconds", f"against {min(rounds):,}", "files written", "nothing new, s", "peak MB")
    print_table("One new post", heads, rows)
    rows = [
        (
            f"{size:,} posts",
            number(found["all"]),
            number(found["all"] / size * 1000),
            f"{found['feed files']:,.0f}",
            f"{found['feed megabytes']:.0f}",
            f"{found['megabytes']:.0f}",
            number(found["bare"]),
            times(found["bare"] / found["all"]),
        )
        for size, found in rounds.items()
        if "bare" in found
    ]
    heads = (
        "a site of",
        "seconds",
        "ms a post",
        "feed files",
        "their MB",
        "all MB",
        "bare lxml, s",
        "speed against it",
    )
    print_table("Everything anew", heads, rows)


if __name__ == "__main__":
    main()
