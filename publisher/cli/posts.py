"""`publisher posts`: corrections by hand: a post edited, withdrawn, brought back, held, given another date."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection

from publisher.cli.console import config_option, examples, json_option, print_json, say, warn
from publisher.cli.postwords import for_programs, tell_issues, tell_post
from publisher.errors import WrongUse
from publisher.house import postdeeds
from publisher.house.editing import Values, base_url_of, body_from, changes_in, cleaned, document_of, read_document
from publisher.house.namedpost import get_post, line_of
from publisher.house.opened import House, open_house, utc_now
from publisher.model.post import Post
from publisher.store import edits, posts, postsearch
from publisher.wholefile import write_if_changed

LISTED = 20

post_argument = click.argument("named", metavar="POST")
file_type = click.Path(path_type=Path, dir_okay=False)


@click.group(
    "posts",
    epilog=examples(
        "publisher posts list ferry",
        "publisher posts show harbour-notes/the-ferry-that-waits",
        'publisher posts edit the-ferry-that-waits --note "The ferry leaves at 6.43, not at 6.34."',
        "publisher posts withdraw the-ferry-that-waits",
        "publisher posts hold the-ferry-that-waits",
        'publisher posts redate the-ferry-that-waits "2026-01-12 06:30"',
    ),
)
def command() -> None:
    """Look for posts and correct them by hand.

    POST is COLUMN/SLUG as in the address of its page, the address itself, its id, or words of
    its title. Readers see a change after `publisher publish`; `serve` publishes by itself.
    """


@command.command("list", epilog=examples("publisher posts list", "publisher posts list ferry --column harbour-notes"))
@config_option
@json_option
@click.option("--column", default="", metavar="SLUG", help="Only of this column.")
@click.option("--withdrawn", is_flag=True, help="Only those that were withdrawn.")
@click.option("--edited", is_flag=True, help="Only those with a field held by hand.")
@click.option("--held", is_flag=True, help="Only those that are kept out of letters.")
@click.option("--limit", type=click.IntRange(min=1), default=LISTED, show_default=True, help="How many at most.")
@click.argument("words", nargs=-1)
def list_(
    config_path: Path,
    *,
    as_json: bool,
    column: str,
    withdrawn: bool,
    edited: bool,
    held: bool,
    limit: int,
    words: tuple[str, ...],
) -> None:
    """List the newest posts, or the newest with all these words in their title."""
    only = postsearch.Only(column=column, withdrawn=withdrawn, edited=edited, held=held)
    with open_house(config_path) as house, house.store.read() as conn:
        if column and column not in house.config.columns:
            raise WrongUse(f"there is no column {column!r}; there are: {', '.join(house.config.columns)}")
        seqs = postsearch.newest(conn, words, only=only, most=limit)
        found = posts.with_seqs(conn, seqs)
        if as_json:
            print_json([for_programs(conn, found[seq], house, with_body=False) for seq in seqs])
            return
        for seq in seqs:
            say(line_of(found[seq], house.zone))
        if not seqs:
            say("no such post")


@command.command("show", epilog=examples("publisher posts show harbour-notes/the-ferry-that-waits"))
@config_option
@json_option
@post_argument
def show(config_path: Path, *, as_json: bool, named: str) -> None:
    """Show a post: what is known of it, what is held by hand, in which issues it still goes out."""
    with open_house(config_path) as house, house.store.read() as conn:
        post = _named(conn, named, house)
        if as_json:
            print_json(for_programs(conn, post, house))
        else:
            tell_post(conn, post, house)


@command.command(
    "edit",
    epilog=examples(
        "publisher posts edit the-ferry-that-waits",
        'publisher posts edit the-ferry-that-waits --title "The ferry that waits for Joana"',
        'publisher posts edit the-ferry-that-waits --body corrected.md --note "Joana Reis is 51, not 15."',
        "publisher posts edit the-ferry-that-waits --release title",
    ),
)
@config_option
@json_option
@click.option("--title", metavar="TEXT", help="Its title from now on.")
@click.option("--summary", metavar="TEXT", help='Its summary; "" takes it away.')
@click.option("--tag", "tags", multiple=True, metavar="TEXT", help="Its tags; repeat it for each.")
@click.option("--no-tags", is_flag=True, help="It has no tags from now on.")
@click.option("--note", metavar="TEXT", help='What was corrected, for readers; "" takes the note away.')
@click.option("--body", type=file_type, metavar="FILE", help="Its text, from a Markdown or HTML file.")
@click.option("--from", "document", type=file_type, metavar="FILE", help="All of it, from a file as the editor shows.")
@click.option("--release", multiple=True, type=click.Choice(edits.HELD), help="Let its source say this again.")
@post_argument
def edit(config_path: Path, *, as_json: bool, named: str, **told: Any) -> None:
    """Change a post. Without options it is opened in your editor ($VISUAL, $EDITOR).

    What you change is held: the source of the post does not change it any more. The id and
    the address of the post stay. Letters that were sent or are on their way stay, too.
    """
    with open_house(config_path) as house:
        with house.store.read() as conn:
            post = _named(conn, named, house)
        release = told.pop("release")
        values = _wanted(told, post, house, is_release=bool(release))
        both = sorted(set(values) & set(release))
        if both:
            raise WrongUse(f"--release {both[0]} and a new {both[0]} at once: say one of them")
        act = partial(edits.edit, seq=post.seq, values=values, release=release, now=utc_now())
        _do(house, post, "changed", act, as_json=as_json)


@command.command("withdraw", epilog=examples("publisher posts withdraw harbour-notes/the-ferry-that-waits --yes"))
@config_option
@json_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@post_argument
def withdraw(config_path: Path, *, as_json: bool, yes: bool, named: str) -> None:
    """Take a post back: its page goes, feeds say that it was deleted, no letter will hold it."""
    with open_house(config_path) as house:
        with house.store.read() as conn:
            post = _named(conn, named, house)
        is_to_ask = sys.stdin.isatty() and not (yes or post.withdrawn)
        if is_to_ask and not click.confirm(f"{line_of(post, house.zone)}\nWithdraw it?"):
            raise click.ClickException("nothing was changed")
        act = partial(postdeeds.withdraw, post=post, now=utc_now())
        _do(house, post, "withdrawn", act, as_json=as_json)


@command.command("restore", epilog=examples("publisher posts restore harbour-notes/the-ferry-that-waits"))
@config_option
@json_option
@post_argument
def restore(config_path: Path, *, as_json: bool, named: str) -> None:
    """Bring a withdrawn post back, at its old address; who never had it gets it with the next issue."""
    with open_house(config_path) as house:
        with house.store.read() as conn:
            post = _named(conn, named, house)
        _do(house, post, "back", lambda conn: postdeeds.restore(conn, house, post, now=utc_now()), as_json=as_json)


@command.command("hold", epilog=examples("publisher posts hold harbour-notes/the-ferry-that-waits"))
@config_option
@json_option
@post_argument
def hold(config_path: Path, *, as_json: bool, named: str) -> None:
    """Keep a post out of letters until it is let go; feeds and pages have it as before."""
    with open_house(config_path) as house:
        with house.store.read() as conn:
            post = _named(conn, named, house)
        _do(house, post, "held", lambda conn: postdeeds.hold(conn, house, post, now=utc_now()), as_json=as_json)


@command.command("release", epilog=examples("publisher posts release harbour-notes/the-ferry-that-waits"))
@config_option
@json_option
@post_argument
def release(config_path: Path, *, as_json: bool, named: str) -> None:
    """Let a held post go: who has not had it gets it with the next letter."""
    with open_house(config_path) as house:
        with house.store.read() as conn:
            post = _named(conn, named, house)
        _do(house, post, "let go", lambda conn: postdeeds.release(conn, house, post), as_json=as_json)


@command.command("redate", epilog=examples('publisher posts redate the-ferry-that-waits "2026-01-12 06:30"'))
@config_option
@json_option
@post_argument
@click.argument("when")
def redate(config_path: Path, *, as_json: bool, named: str, when: str) -> None:
    """Give a post another date of publication; a time without a zone is the newsroom's."""
    with open_house(config_path) as house:
        published = postdeeds.date_told(when, house, now=utc_now())
        with house.store.read() as conn:
            post = _named(conn, named, house)
        act = partial(postdeeds.redate, post=post, published=published, now=utc_now())
        _do(house, post, "dated anew", act, as_json=as_json)


def _named(conn: Connection, named: str, house: House) -> Post:
    return get_post(conn, named, site_url=house.config.site.url, zone=house.zone)


def _do(house: House, post: Post, done: str, act: Callable[[Connection], bool], *, as_json: bool) -> None:
    """Act on a post in one transaction, and say what came of it; `done` is the word for it."""
    with house.store.write() as conn:
        is_changed = act(conn)
    with house.store.read() as conn:
        after = posts.with_seqs(conn, [post.seq])[post.seq]
        if as_json:
            print_json(for_programs(conn, after, house))
        else:
            say(f"{post.column}/{post.slug}: {done if is_changed else 'as before'}")
        if after != post:
            tell_issues(conn, after)


def _wanted(told: dict[str, Any], post: Post, house: House, *, is_release: bool) -> Values:
    """The changes that options ask for; where there are none, those made in an editor."""
    document, body, tags, no_tags = (told.pop(name) for name in ("document", "body", "tags", "no_tags"))
    values = {name: value for name, value in told.items() if value is not None}
    if tags or no_tags:
        values["tags"] = list(tags)
    if tags and no_tags:
        raise WrongUse("--tag and --no-tags at once: say one of them")
    if document and (values or body):
        raise WrongUse("--from holds all of the post; it goes with no other option but --release")
    if document:
        return _read(read_document(document, house), post, house, place=str(document))
    if body:
        values["body"], heading = body_from(body, post, house)
        if heading and "title" not in values:
            warn(f"{body} begins with {heading!r}, which is taken for its title and not for text; --title changes that")
    try:
        return cleaned(values) if values or is_release else _edited(post, house)
    except ValueError as wrong:
        raise WrongUse(str(wrong)) from wrong


def _edited(post: Post, house: House) -> Values:
    """The changes made in an editor; what cannot be used is kept in a file."""
    written = click.edit(document_of(post), extension=".html")
    if written is None:
        return {}
    kept = house.var / f"edited-{post.slug}.html"
    try:
        values = _read(written, post, house, place=str(kept))
    except WrongUse as wrong:
        write_if_changed(kept, written.encode())
        again = f"publisher posts edit {post.column}/{post.slug} --from {kept}"
        raise WrongUse(f"{wrong}\nWhat you wrote is kept there; correct it and type: {again}") from wrong
    return values


def _read(document: str, post: Post, house: House, *, place: str) -> Values:
    try:
        return changes_in(document, post, base_url=base_url_of(post, house))
    except ValueError as wrong:
        raise WrongUse(f"{place}: {wrong}") from wrong
