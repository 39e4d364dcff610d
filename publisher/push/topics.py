"""Our feeds as others know them: addresses, types, and the headers a change is told with.

Pure. A topic is the address of a feed document, as its own `self` link says it (WebSub §4).
"""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import quote, unquote

from publisher.feed.site import ARCHIVE, Format
from publisher.model.filekinds import kind_of

_DOCUMENTS = frozenset(Format)


def is_feed(path: str) -> bool:
    """Whether a published file is a feed that one subscribes to, and no archive document of one."""
    parts = path.split("/")
    return parts[-1] in _DOCUMENTS and parts[-3:-2] != [ARCHIVE]


def is_rss(topic: str) -> bool:
    return topic.rpartition("/")[2] == Format.RSS


def topic_of(path: str, *, site_url: str) -> str:
    """The address of a published file."""
    return f"{site_url}/{quote(path)}"


def path_of(topic: str, *, site_url: str) -> str | None:
    """The published file at an address; None where it is no address of a feed of ours."""
    if not topic.startswith(f"{site_url}/"):
        return None
    path = unquote(topic.removeprefix(f"{site_url}/"))
    return path if is_feed(path) and topic_of(path, site_url=site_url) == topic else None


def headers_of(path: str, topic: str, *, hub: str) -> dict[str, str]:
    """What goes with the content of a feed (WebSub §7): its type, its hub, its own address."""
    return {"Content-Type": kind_of(path).type, "Link": f'<{hub}>; rel="hub", <{topic}>; rel="self"'}


def signature(body: bytes, secret: str) -> str:
    """The value of X-Hub-Signature (WebSub §7.1)."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
