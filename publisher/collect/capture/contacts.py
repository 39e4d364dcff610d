"""How to reach a person: addresses and accounts in a paragraph of running text."""

from __future__ import annotations

import re

from publisher.model.author import Link

# The address as people write it in running text, a subset of RFC 5322 §3.4.1: the full
# stop that ends the sentence is no part of it.
_ADDRESS = re.compile(r"[A-Za-z0-9][\w.+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}", re.ASCII)
_HANDLE = re.compile(r"(?<![\w@/.])@([A-Za-z0-9_]{1,30})\b(?![@.]\w)")
_FEDIVERSE = re.compile(r"(?<![\w/])@(\w+)@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
_BLUESKY = re.compile(r"(?<![\w/])@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)")
_PLACE = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")
_MOST = 5_000  # characters; nobody takes longer to say how to be reached
_NETWORKS = (
    (re.compile(r"\b(?:twitter|tweets?|x)\b", re.IGNORECASE), "https://twitter.com/"),
    (re.compile(r"\binstagram\b", re.IGNORECASE), "https://www.instagram.com/"),
    (re.compile(r"\bthreads\b", re.IGNORECASE), "https://www.threads.net/@"),
)


def contacts_in(text: str) -> tuple[str, tuple[Link, ...]]:
    """The first mail address and every account that `text` gives. A handle alone, with no
    network named in the same paragraph, is no account: nobody knows where it is."""
    text = text[:_MOST]
    address = _ADDRESS.search(_FEDIVERSE.sub(" ", text))
    links = [Link(label=f"@{user}@{host}", url=f"https://{host}/@{user}") for user, host in _FEDIVERSE.findall(text)]
    bare = _FEDIVERSE.sub(" ", text)
    if re.search(r"\bbluesky\b|\.bsky\.social", text, re.IGNORECASE):
        links += [Link(label=f"@{name}", url=f"https://bsky.app/profile/{name}") for name in _BLUESKY.findall(bare)]
    links += [link for found in _HANDLE.finditer(bare) if (link := _account(found, bare))]
    links += [Link(label=_label(url), url=url) for url in _PLACE.findall(text)]
    return address[0] if address else "", tuple(dict.fromkeys(links))


def _account(found: re.Match[str], text: str) -> Link | None:
    """The account of a handle on the network that is named last before it, else first after it."""
    before, after = text[: found.start()], text[found.end() :]
    named = [(match.end(), place) for word, place in _NETWORKS for match in word.finditer(before)]
    if not named:
        named = [(-match.start(), place) for word, place in _NETWORKS for match in word.finditer(after)]
    return Link(label=found[0], url=max(named)[1] + found[1]) if named else None


def _label(url: str) -> str:
    return re.sub(r"\Ahttps?://(?:www\.)?", "", url).rstrip("/")
