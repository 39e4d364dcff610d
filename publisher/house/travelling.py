"""The pictures that travel with letters, for a site as its config has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from publisher.assemble.gallery import Gallery
from publisher.fetch.hosts import Hosts
from publisher.house.fetching import fetch_limits
from publisher.house.opened import House
from publisher.mail.inline import Picture
from publisher.model.issue import Issue, IssueKind
from publisher.model.letter import Letter
from publisher.store import pictures


def gallery_of(house: House) -> Gallery:
    """What has pictures for letters. It waits for nobody's turn: the pictures of one page are asked for at once."""
    limits = replace(fetch_limits(house), hosts=Hosts(tls=house.hosts.tls()))
    return Gallery(house.media, house.config.site.url, limits)


def pictures_of(house: House, issue: Issue, letter: Letter) -> Mapping[str, Picture]:
    """The pictures of a letter to look at, by their addresses; of an issue that was released, just those it has.

    With letters of service none travels: they are made while somebody waits.
    """
    with house.store.read() as conn:
        names = pictures.names_of(conn, issue.id) if issue.id else {}
    may_travel = issue.kind is IssueKind.ISSUE
    if not names and may_travel and house.config.newsletters[issue.newsletter].images == "inline":
        names = dict(gallery_of(house).pictures_for([letter]).names)
    return pictures.at_hand(house.media, names, list(names))[0]
