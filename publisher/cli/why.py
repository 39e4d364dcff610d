"""`publisher why`: why a reader got, did not get, or will get a post."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import Connection

from publisher.cli.console import config_option, examples, json_option, print_json, say
from publisher.config.addresses import mail_address
from publisher.config.refused import Refused
from publisher.errors import WrongUse
from publisher.house.namedpost import get_post, line_of
from publisher.house.opened import open_house, utc_now
from publisher.house.readerwhy import reasons_of
from publisher.model.fate import Answer, Fate
from publisher.model.post import Post
from publisher.model.subscriber import Subscriber
from publisher.store import subscribers, suppressions

_SHORT = {
    Fate.GOT: "got it",
    Fate.IN_DOUBT: "perhaps",
    Fate.ON_ITS_WAY: "on its way",
    Fate.COMING: "not yet",
    Fate.WAITING: "not yet",
    Fate.NOT: "no",
}


@click.command(
    "why",
    epilog=examples(
        "publisher why ada@example.org harbour-notes/the-ferry-that-waits",
        "publisher why ada@example.org the-ferry-that-waits --newsletter morning",
        "publisher why ada@example.org https://courier.example/harbour-notes/the-ferry-that-waits.html --json",
    ),
)
@config_option
@json_option
@click.option("--newsletter", metavar="SLUG", help="Only this newsletter; else all of them.")
@click.argument("reader")
@click.argument("named", metavar="POST")
def command(config_path: Path, *, as_json: bool, newsletter: str | None, reader: str, named: str) -> None:
    """Tell why a reader got a post, did not get it, or will get it, for each newsletter.

    READER is a mail address. POST is COLUMN/SLUG as in the address of its page, the address
    itself, its id, or words of its title.
    """
    with open_house(config_path) as house, house.store.read() as conn:
        slugs = house.newsletters_named(newsletter)
        post = get_post(conn, named, site_url=house.config.site.url, zone=house.zone)
        person = subscribers.find(conn, _address(reader))
        now = utc_now()
        told = {slug: reasons_of(conn, house, slug, person, post, now=now) for slug in slugs} if person else {}
        if as_json:
            print_json(_for_programs(reader, person, post, told))
            return
        say(line_of(post, house.zone))
        if person is None:
            say(f"nobody reads with the address {reader}{_where_to_look(conn, reader)}")
        for slug, answers in told.items():
            for answer in answers:
                say(f"  {slug}: {_SHORT[answer.fate]}: {answer.why}")


def _where_to_look(conn: Connection, reader: str) -> str:
    if suppressions.among(conn, [_address(reader).lower()]):
        return f", and no mail may go there: publisher suppressions show {reader}"
    return "; `publisher subscribers list` shows who does"


def _address(reader: str) -> str:
    try:
        return mail_address(reader)
    except Refused as wrong:
        raise WrongUse(f"READER {reader!r} {wrong}") from None


def _for_programs(
    reader: str, person: Subscriber | None, post: Post, told: dict[str, tuple[Answer, ...]]
) -> dict[str, object]:
    return {
        "reader": person.email if person else reader,
        "known": person is not None,
        "post": {"id": post.id, "name": f"{post.column}/{post.slug}", "title": post.title},
        "newsletters": [
            {
                "newsletter": slug,
                "fate": answer.fate,
                "why": answer.why,
                "issue": answer.issue,
                "at": answer.at.isoformat() if answer.at else None,
                "reason": answer.reason,
            }
            for slug, answers in told.items()
            for answer in answers
        ],
    }
