"""The galley of an issue: what somebody saw of it who says that it goes, small enough to stand in a form.

Its posts in their order, each with its revision, its subject, and a digest of its letter. Two
galleys say in words what changed between them. Not here: how one is pulled (`assemble/galleys.py`).
Known weakness: it shows a letter with all posts, not each variant; which posts a reader gets of
them follows from the columns that they chose.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

_TEXT = re.compile(r"((?:\d{1,18}\.\d{1,9}-)*)([0-9a-f]{16})\.([0-9a-f]{16})")
_LONGEST_TITLE = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Galley:
    posts: tuple[tuple[int, int], ...]  # number and revision of each, the lead first
    subject: str  # a digest of it
    letter: str  # a digest of a letter with all of them, and of whom it is from

    def __str__(self) -> str:
        """For a hidden field, or a mark."""
        return "".join(f"{seq}.{revision}-" for seq, revision in self.posts) + f"{self.subject}.{self.letter}"

    @property
    def seqs(self) -> tuple[int, ...]:
        return tuple(seq for seq, _ in self.posts)


def digest_of(*texts: str) -> str:
    """Of what need not be read again."""
    told = hashlib.sha256()
    for text in texts:
        content = text.encode("utf-8", "surrogatepass")
        told.update(len(content).to_bytes(8, "big") + content)
    return told.hexdigest()[:16]


def galley_from(text: str) -> Galley | None:
    """A galley as it was written; None where that is none."""
    found = _TEXT.fullmatch(text)
    if found is None:
        return None
    pairs = (one.split(".") for one in found[1].split("-") if one)
    posts = tuple((int(seq), int(revision)) for seq, revision in pairs)
    return Galley(posts=posts, subject=found[2], letter=found[3])


def in_words(before: Galley, after: Galley, titles: Mapping[int, str], *, by: Mapping[int, str]) -> tuple[str, ...]:
    """What is other than somebody saw it, a line each; `titles` of posts by their numbers; `by`: who edited them."""
    was, now = dict(before.posts), dict(after.posts)
    edited = [seq for seq in now if seq in was and was[seq] != now[seq]]
    lines = [f"{quoted(titles.get(seq, ''))} was edited{f' by {by[seq]}' if seq in by else ''}." for seq in edited]
    lines += [f"{quoted(titles.get(seq, ''))} is not in it any more." for seq in was if seq not in now]
    lines += [f"{quoted(titles.get(seq, ''))} was added." for seq in now if seq not in was]
    stayed = [[seq for seq in one.seqs if seq in was and seq in now] for one in (before, after)]
    if stayed[0] != stayed[1]:
        lines.append("Its posts stand in another order.")
    if now and before.seqs[:1] != after.seqs[:1]:
        lines.append(f"The lead is {quoted(titles.get(after.seqs[0], ''))} now.")
    if before.subject != after.subject:
        lines.append("Its subject is another one.")
    if not lines and before.letter != after.letter:
        lines.append("Its letter looks or reads otherwise: its design, or what config.toml says of it, was changed.")
    return tuple(lines)


def quoted(title: str) -> str:
    """A post's title in a sentence."""
    short = title if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1].rstrip()}…"
    return f"“{short}”" if short else "A post"
