"""Which found posts are new, which are changed, and who they are from then on.

identity   The source's own id for a post, else its address, else its title, date and the
           beginning of its text (real feeds: 17 in 100 entries have no id, 16 no link).
alias      An identity that is an address, without scheme and host: a site that moves to
           https or to another host keeps its posts.
id         A tag: URI (RFC 4151) made once from tagging entity, source and identity, and
           stored: the same after any rename, and the same again from an empty database.
slug       From the title, unique in its column; kept when the title changes.
dates      Missing, before 1990 or in the future: the moment we first saw the post.
changed    What a reader sees differs (`content_hash`): a new revision of the same post.
           Who wrote it counts, what is told about them does not: that is kept once for
           each author, not with each post.
edited     What a hand changed stays as that hand wrote it, whatever the source says later.
news       What the first fetch of a source finds is its back catalogue, and is mailed only
           as far as `backlog` says; all that comes later is news, whatever its date.

Pure: the clock, what is stored, and which slugs are taken come in.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime

from publisher.collect.clean import clean_text
from publisher.collect.found import FoundPost
from publisher.collect.tidy import tidy
from publisher.model.author import Author
from publisher.model.intake import Known, Take
from publisher.model.post import Post
from publisher.model.slug import slug_of

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)  # before the first web page; a number read as a date
_LONGEST_GUID = 500  # characters; a longer one is kept as its hash
_ID_CHARACTERS = 26  # of base32: 130 bits
_CONTENT_START = 200  # characters
_ADDRESS = re.compile(r"https?://[^/?#\s]+(/[^/\s]\S*|/?[?#]\S+)\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is the same for all posts of one source."""

    source: str  # its name in config.toml
    column: str  # slug
    tagging_entity: str  # RFC 4151 §2.1: `example.org,2026`
    base_url: str  # what relative addresses of posts without an address are relative to
    backlog: str  # `archive`, `all` or `newest N`
    column_authors: tuple[Author, ...] = ()  # for posts that name none
    authors: tuple[Author, ...] = ()  # all of config.toml: a byline with such a name means that author


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A found post, tidied, with its identity."""

    guid: str
    post: FoundPost
    slugs: tuple[str, ...]  # what it could be called, the best first
    mark: str = ""  # what tells a change, where that is not all that readers see; "": it is
    archive: bool = False  # it belongs to a back catalogue, though this is no first fetch

    @property
    def content_hash(self) -> str:
        return self.mark or content_hash_of(self.post)


def sights_of(posts: Sequence[FoundPost], context: Context) -> list[Sight]:
    """The found posts made ready to be looked up; where two have one identity, the first."""
    sights: dict[str, Sight] = {}
    for found in posts:
        guid = guid_of(found)
        if guid not in sights:
            post = tidy(found, context.base_url)
            post = replace(post, authors=_authors_of(post, context))
            sights[guid] = Sight(guid=guid, post=post, slugs=_slugs_of(post.title, context.source, guid))
    return list(sights.values())


def sight_as(sight: Sight, found: FoundPost, context: Context) -> Sight:
    """The same post, as it is told in `found`."""
    post = tidy(found, context.base_url)
    return replace(sight, post=replace(post, authors=_authors_of(post, context)))


def guid_of(found: FoundPost) -> str:
    """The identity of a post within its source."""
    given = clean_text(found.guid) or clean_text(found.url)
    if not given:
        day = found.published.isoformat() if found.published else ""
        start = " ".join((found.body_html or found.summary).split())[:_CONTENT_START]
        return "text:" + _sha256(json.dumps([" ".join(found.title.split()), day, start]))
    return given if len(given) <= _LONGEST_GUID else "sha256:" + _sha256(given)


def alias_of(guid: str) -> str:
    """The path and query of an identity that is an address; "" for others, and for a bare host."""
    found = _ADDRESS.match(guid)
    return found[1] if found else ""


def decide_all(
    sights: Sequence[Sight],
    known: Mapping[str, Known],
    *,
    context: Context,
    slugs_taken: frozenset[str],
    first_fetch: bool,
    now: datetime,
) -> list[Take]:
    """What is to be stored, the oldest first: the order in which posts are given their numbers."""
    news = news_of(sights, context.backlog, now) if first_fetch else {sight.guid for sight in sights}
    taken = {*slugs_taken, "index"}  # index.html is the column's own page
    takes = []
    place = {sight.guid: -index for index, sight in enumerate(sights)}  # sources list the newest first
    for sight in sorted(sights, key=lambda sight: (published_of(sight.post, now), place[sight.guid])):
        slug = next((slug for slug in sight.slugs if slug not in taken), sight.slugs[-1])
        mailable = sight.guid in news and not sight.archive
        take = decide(sight, known.get(sight.guid), context, slug=slug, mailable=mailable, now=now)
        if take:
            takes.append(take)
            taken.add(take.post.slug)
    return takes


def decide(
    sight: Sight, known: Known | None, context: Context, *, slug: str, mailable: bool, now: datetime
) -> Take | None:
    """A new post, a new revision, or None where the reader would see no difference."""
    found = sight.post
    content_hash = sight.content_hash
    if known and known.content_hash == content_hash:
        return None
    published = known.published if known else published_of(found, now)
    told = found.updated if found.updated and published <= found.updated <= now else None
    if known and not (told and told > known.updated):
        told = now
    post = Post(
        id=known.id if known else mint_id(context.tagging_entity, context.source, sight.guid),
        seq=known.seq if known else 0,
        column=context.column,
        source=context.source,
        slug=known.slug if known else slug,
        title=found.title,
        published=published,
        updated=(told or published).astimezone(UTC),
        first_seen=known.first_seen if known else now,
        summary=found.summary,
        body=found.body_html,
        url=found.url,
        authors=found.authors,
        image=found.image,
        tags=found.tags,
        related=found.related,
        language=found.language,
        revision=known.revision + 1 if known else 1,
        revised=now if known else None,
        mailable=known.mailable if known else mailable,
        enclosures=found.enclosures,
        origin=found.origin,
        follows=found.follows,
        told=impossible_date_of(found, now),
    )
    if known and known.stands:
        post = replace(post, **{name: getattr(known.stands, name) for name in known.edited})
        if _seen_of(post) == _seen_of(known.stands):
            return None
    return Take(guid=sight.guid, alias=alias_of(sight.guid), content_hash=content_hash, post=post)


def mint_id(tagging_entity: str, source: str, guid: str) -> str:
    """A tag: URI: `tag:example.org,2026:source/…` (RFC 4151 §2.1)."""
    digest = hashlib.sha256(f"{source}\0{guid}".encode("utf-8", "surrogatepass")).digest()
    name = base64.b32encode(digest).decode("ascii").lower()[:_ID_CHARACTERS]
    return f"tag:{tagging_entity}:{source}/{name}"


def content_hash_of(post: FoundPost) -> str:
    """SHA-256 over what a reader would see of a tidied post."""
    seen = {
        "title": post.title,
        "summary": post.summary,
        "body": post.body_html,
        "url": post.url,
        "authors": [author.key for author in post.authors],
        "image": asdict(post.image) if post.image else None,
        "tags": post.tags,
        "related": [asdict(story) for story in post.related],
        "language": post.language,
    }
    if post.enclosures:  # only where there are: the hashes of all other posts stay what they were
        seen["enclosures"] = [asdict(enclosure) for enclosure in post.enclosures]
    if post.follows:
        seen["follows"] = post.follows
    return _sha256(json.dumps(seen, sort_keys=True, ensure_ascii=True))


def _seen_of(post: Post) -> tuple[object, ...]:
    """What a reader sees of a stored post, as `content_hash_of` counts it."""
    authors = tuple(author.key for author in post.authors)
    plain = (post.title, post.summary, post.body, post.url, post.language, post.follows)
    return (plain, authors, post.image, post.tags, post.related, post.enclosures)


def published_of(post: FoundPost, now: datetime) -> datetime:
    """When it was published, in UTC; `now` where the source does not say or cannot be right."""
    told = post.published or post.updated
    return told.astimezone(UTC) if told and EARLIEST <= told <= now else now


def impossible_date_of(post: FoundPost, now: datetime) -> datetime | None:
    """The date that the source tells, where it is not believed; None where it is, and where it tells none."""
    told = post.published or post.updated
    return told.astimezone(UTC) if told and not EARLIEST <= told <= now else None


def news_of(sights: Sequence[Sight], backlog: str, now: datetime) -> set[str]:
    """The identities that a first fetch may mail."""
    if backlog == "all":
        return {sight.guid for sight in sights}
    if backlog == "archive":
        return set()
    count = int(backlog.removeprefix("newest "))
    newest = sorted(sights, key=lambda sight: published_of(sight.post, now), reverse=True)
    return {sight.guid for sight in newest[:count]}


def _authors_of(post: FoundPost, context: Context) -> tuple[Author, ...]:
    """Its authors under the keys of config.toml where they stand there, else the column's."""
    keys = {author.name.casefold(): author.key for author in context.authors}
    by_key = {author.key: author for author in context.authors}
    named = (
        by_key.get(author.name) or replace(author, key=keys.get(author.name.casefold(), author.key))
        for author in post.authors
    )
    return tuple({author.key: author for author in named}.values()) or context.column_authors


def _slugs_of(title: str, source: str, guid: str) -> tuple[str, ...]:
    slug = slug_of(title)
    mark = _sha256(f"{source}\0{guid}")
    return (slug, f"{slug}-{mark[:6]}", f"{slug}-{mark[:20]}")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
