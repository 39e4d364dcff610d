"""Where on its pages a source has what, as CSS selectors; "" leaves it to the reading of the page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Selectors:
    """CSS selectors, valid ones: config.toml was checked."""

    links: str = ""  # on the column's page: the links to its articles, or what holds one each
    title: str = ""  # on an article's page, from here on
    summary: str = ""
    body: str = ""
    author: str = ""
    blurb: str = ""
    bio: str = ""
    date: str = ""
    image: str = ""
    related: str = ""  # the sections with other stories
