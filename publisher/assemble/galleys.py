"""The galley of a proposal: what goes, if it goes now as it is looked at (`model/galley.py`)."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection

from publisher.assemble.assembly import Assembly
from publisher.assemble.composing import compose_variant
from publisher.assemble.looking import standing
from publisher.errors import TemplateError, WrongUse
from publisher.letter.choose import ALL
from publisher.model.arrangement import Arrangement
from publisher.model.galley import Galley, digest_of
from publisher.model.issue import Issue
from publisher.model.post import Post
from publisher.store import corrections, issues
from publisher.templating import Templates


class NotAsSeen(WrongUse):
    """A proposal is not what somebody saw who says that it goes: nothing was done."""

    def __init__(self, issue: int, now: Galley) -> None:
        super().__init__(f"issue {issue} was changed since it was looked at; nothing goes: look at it again")
        self.now = now


def refuse_other(issue: int, seen: Galley | None, now: Galley) -> None:
    """Raises NotAsSeen where somebody saw something else; `seen`: None where nobody was asked what they saw."""
    if seen is not None and seen != now:
        raise NotAsSeen(issue, now)


def galley_of(
    assembly: Assembly, issue: Issue, arranged: Arrangement, found: Mapping[int, Post], *, templates: Templates
) -> Galley:
    """What a digest, or a post that goes alone, is made of where these posts are in its letters."""
    posts = [found[seq] for seq in standing(assembly, found.values(), arranged)]
    newsletter = assembly.newsletter
    sender = (newsletter.from_name, newsletter.from_address, newsletter.reply_to, *newsletter.columns)
    subject, letter = "", digest_of("no letter")
    try:
        made = compose_variant(assembly, issue, ALL, posts, templates=templates).letter
    except TemplateError as wrong:
        letter = digest_of(str(wrong))
    else:
        subject, letter = made.subject, digest_of(made.subject, made.html, made.text, *sender)
    return Galley(posts=tuple((post.seq, post.revision) for post in posts), subject=digest_of(subject), letter=letter)


def galley_of_correction(conn: Connection, issue: Issue) -> Galley:
    """What a correction is made of: its letters stay as they were drafted."""
    posts = {seq: rev for variant in corrections.variants_of(conn, issue.id) for seq, rev in variant.revisions.items()}
    letter = issues.find_letter(conn, issue.id)
    told = (letter.subject, letter.html, letter.text) if letter else ("", "", "")
    return Galley(posts=tuple(posts.items()), subject=digest_of(told[0]), letter=digest_of(*told))
