"""`publisher why`: why a reader got, did not get, or will get a post."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import Connection

from publisher.cli.console import config_option, examples, json_option, print_json, say
from publisher.config.addresses import mail_address
from publisher.config.nouns import cadences_of, zone_of
from publisher.config.refused import Refused
from publisher.errors import WrongUse
from publisher.house.forecast import coming_of
from publisher.house.namedpost import get_post, line_of
from publisher.house.opened import House, open_house, utc_now
from publisher.letter.choose import choose
from publisher.letter.why import Case, no_reader, reasons
from publisher.model.fate import Answer, Fate
from publisher.model.issue import IssueState, Newsletter, Wish
from publisher.model.post import Post
from publisher.model.subscriber import Cadence, Subscriber
from publisher.model.whereabouts import Standing
from publisher.store import issues, posts, segments, subscribers, suppressions, whereabouts
from publisher.store.pauses import paused_until
from publisher.store.standings import rests_until

_SHORT = {
    Fate.GOT: "got it",
    Fate.IN_DOUBT: "perhaps",
    Fate.ON_ITS_WAY: "on its way",
    Fate.COMING: "not yet",
    Fate.WAITING: "not yet",
    Fate.NOT: "no",
}
MOST_SLOTS = 60  # issues to come that are looked through for a post that many others go before


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
        told = {slug: _reasons(conn, house, slug, person, post, now=now) for slug in slugs} if person else {}
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


def _reasons(
    conn: Connection, house: House, slug: str, person: Subscriber, post: Post, *, now: datetime
) -> tuple[Answer, ...]:
    newsletter, standing = house.newsletters[slug], whereabouts.standings(conn, person.id).get(slug)
    if standing is None:
        return (no_reader(newsletter),)
    unread, maximum = _unread(conn, newsletter, standing), house.config.newsletters[slug].maximum
    slots = min(MOST_SLOTS, 2 + len(unread) // maximum)
    return reasons(
        Case(
            newsletter=newsletter,
            offered=cadences_of(house.config, slug),
            post=post,
            reader=person.state,
            rests_until=rests_until(conn, person.id),
            paused_until=paused_until(conn, person.id),
            outside=newsletter.audience is not None and not segments.has(conn, newsletter.audience, person.id, now=now),
            standing=standing,
            traces=tuple(whereabouts.traces(conn, standing.id, post.seq)),
            cancelled=_cancelled(conn, slug, post),
            unread=unread,
            coming=coming_of(conn, house, slug, standing.cadence, now=now, most=slots),
            zone=zone_of(house.config, slug),
            now=now,
        )
    )


def _cancelled(conn: Connection, slug: str, post: Post) -> int | None:
    issue = issues.find_by_slot(conn, slug, Cadence.AS_IT_HAPPENS, str(post.seq))
    return issue.id if issue and issue.state is IssueState.CANCELLED else None


def _unread(conn: Connection, newsletter: Newsletter, standing: Standing) -> tuple[int, ...]:
    """The posts that are news to the reader, oldest first."""
    news = posts.news(conn, columns=newsletter.columns, after_seq=standing.seen_seq)
    wish = Wish(columns=standing.columns, seen_seq=standing.seen_seq, ahead=standing.ahead)
    choice = choose([wish], news, columns=newsletter.columns, maximum=len(news) or 1)
    return tuple(sorted(seq for variant in choice.variants for seq in variant.seqs))


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
