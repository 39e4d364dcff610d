"""Publishing: one new post in sites of growing size, and everything anew against bare lxml.

A site has thirty columns, a post every 53 minutes (100,000 in ten years), spread evenly
over the columns, an author for each column and a tag of forty; all are written into the database by the store's own
functions. *One new post* is timed from the post's being stored to its being published: its
page, the feeds and first pages of its column, its author and its tag, of all posts, the
pages of its month, sitemaps. Each measurement is of a process of its own. The time of the processor is told beside that
of the clock: on a machine that is busy otherwise it alone can be compared. *Written* are the files as they are, without
packed copies; up to some ten thousand posts they grow, until feeds and first pages are full.

The yardstick of a full rebuild writes the same files with nothing but lxml: the elements
of each document and page, parsed beforehand, are made and serialised anew, and the bytes
written with open() and write(), packed copies included. Nothing is asked of a database, no
template is rendered, nothing compared, noted, or brought to the disk. A second one does so
for the documents of feeds alone (Atom and RSS, archive documents included), unpacked.
"""

from __future__ import annotations

import argparse
import gzip
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from statistics import median

import brotli
from lxml import etree, html

from parts.newsroom import a_post, fill, open_press
from parts.rounds import run_apart
from parts.table import medians, number, peak_megabytes, print_table, seconds_of, times
from publisher.publish.folder import PACKED
from publisher.publish.site import publish_site
from publisher.store import posts

NEW = 9  # posts published one after the other, and runs with nothing new; the median is told
REBUILT_UP_TO = 20_000  # posts; a larger site is filled and published once, and not timed doing so


def measure(size: int) -> dict[str, float]:
    """One round, in this process: seconds of each way."""
    with tempfile.TemporaryDirectory(prefix="publishing-") as name, open_press(Path(name)) as (columns, facts, press):
        fill(press.store, columns, size)
        taken = {"all": seconds_of(lambda: publish_site(columns, facts, press))}
        one_more, of_processor, bytes_written = [], [], []
        for at in range(NEW):
            with press.store.write() as conn:
                posts.save(conn, [a_post(columns, size + at, after=timedelta(minutes=at + 1))])
            started, worked = time.perf_counter(), time.process_time()
            done = publish_site(columns, facts, press)
            one_more.append(time.perf_counter() - started)
            of_processor.append(time.process_time() - worked)
            bytes_written.append(sum((Path(name) / "feeds" / path).stat().st_size for path in done.written))
        taken |= {"one more": median(one_more), "cpu of one": median(of_processor)}
        taken |= {"files of one": len(done.written), "megabytes of one": median(bytes_written) / 1e6}
        taken["nothing new"] = median([seconds_of(lambda: publish_site(columns, facts, press)) for _ in range(NEW)])
        taken["memory"] = peak_megabytes()
        if size <= REBUILT_UP_TO:
            taken |= _rebuilding(Path(name))
    return taken


def _rebuilding(folder: Path) -> dict[str, float]:
    """What bare lxml takes for the documents of feeds alone, and for every file of the site with its packed copies."""
    tree = folder / "feeds"
    every = [path for path in sorted(tree.rglob("*")) if path.is_file() and path.suffix not in PACKED]
    feeds, all_files, packing, count, written = 0.0, 0.0, 0.0, 0, 0
    for path in every:  # one at a time: all of them parsed would not fit into memory
        write = _writer(path)
        started = time.perf_counter()
        content = write()
        _write(folder / "bare" / path.relative_to(tree), content)
        bare = time.perf_counter() - started
        if path.name in ("atom.xml", "rss.xml"):
            feeds, count, written = feeds + bare, count + 1, written + len(content)
        all_files += bare
        packing += _seconds_of_packing(folder / "bare" / path.relative_to(tree), content)
    total = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file())
    facts = {"feed files": count, "feed megabytes": written / 1e6, "megabytes": total / 1e6}
    return facts | {"bare feeds": feeds, "bare": all_files + packing}


def _writer(path: Path) -> Callable[[], bytes]:
    """Makes the bytes of a file with nothing but lxml, from what was parsed beforehand."""
    content = path.read_bytes()
    if path.suffix == ".html":
        page = html.document_fromstring(content)
        return lambda: etree.tostring(_made_anew(page), method="html", encoding="UTF-8")
    if path.suffix in (".xml", ".opml"):
        document = etree.fromstring(content)
        return lambda: etree.tostring(_made_anew(document), xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return lambda: content


def _seconds_of_packing(path: Path, content: bytes) -> float:
    """How long it takes to write the packed copies, of the strength that the program's have."""
    started = time.perf_counter()
    _write(Path(f"{path}.gz"), gzip.compress(content, 6))
    _write(Path(f"{path}.br"), brotli.compress(content, mode=brotli.MODE_TEXT, quality=5))
    return time.perf_counter() - started


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)


def _made_anew(element: etree._Element) -> etree._Element:
    made = etree.Element(element.tag, element.attrib, nsmap=element.nsmap)
    made.text, made.tail = element.text, element.tail
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
    least = rounds[min(rounds)]
    rows = [
        (
            f"{size:,} posts",
            number(found["one more"]),
            number(found["cpu of one"]),
            times(found["cpu of one"] / least["cpu of one"]),
            f"{found['files of one']:.0f}",
            f"{found['megabytes of one']:.2f}",
            number(found["cpu of one"] / found["megabytes of one"]),
            number(found["nothing new"]),
            f"{found['memory']:.0f}",
        )
        for size, found in rounds.items()
    ]
    heads = (
        "a site of", "seconds", "CPU, s", f"against {min(rounds):,}", "files written", "MB", "CPU, s a MB",
        "nothing new, s", "peak MB",
    )  # fmt: skip
    print_table("One new post", heads, rows)
    rows = [
        (
            f"{size:,} posts",
            number(found["all"]),
            number(found["all"] / size * 1000),
            f"{found['megabytes']:.0f}",
            number(found["bare"]),
            times(found["bare"] / found["all"]),
            f"{found['feed files']:,.0f}",
            f"{found['feed megabytes']:.0f}",
            number(found["bare feeds"]),
        )
        for size, found in rounds.items()
        if "bare" in found
    ]
    heads = (
        "a site of", "seconds", "ms a post", "MB", "bare lxml, s", "speed against it",
        "feed documents", "their MB", "they alone by lxml, s",
    )  # fmt: skip
    print_table("Everything anew", heads, rows)


if __name__ == "__main__":
    main()
