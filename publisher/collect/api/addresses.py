"""Addresses of APIs, made from what an editor writes as `url`. Pure."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit


def with_query(url: str, **asked: str) -> str:
    """`url` with these parameters; what its own query says besides stays."""
    parts = urlsplit(url)
    own = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in asked]
    return urlunsplit(parts._replace(query=urlencode([*own, *asked.items()], safe=",:/"), fragment=""))


def below(url: str, path: str, **asked: str) -> str:
    """The address of `path` below that of a site, with the site's own query."""
    parts = urlsplit(url)
    return with_query(urlunsplit(parts._replace(path=parts.path.rstrip("/") + path)), **asked)
