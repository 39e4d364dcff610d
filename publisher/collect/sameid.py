"""Posts of one feed that share an id, and are none the less different posts.

Some generators give every post the id of the first one, or of the site. By its id each
would be taken for a new revision of the one before, and all but one be lost. Where posts of
one document share an id, and neither their address nor what they say is the same, the id
tells nothing: each goes by its address. Two that share the address too are one post that
stands there twice, as Atom allows (RFC 4287 §4.1.1). Pure.

Known weakness: a post that was taken by such an id when no other shared it yet is taken
once more, by its address.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from publisher.collect.found import FoundPost


def told_apart(posts: Sequence[FoundPost]) -> tuple[FoundPost, ...]:
    """The posts of one document; those whose id tells nothing, without it."""
    by_id: dict[str, list[FoundPost]] = {}
    for post in posts:
        by_id.setdefault(post.guid, []).append(post)
    vague = {guid for guid, sharing in by_id.items() if guid and _are_different(sharing)}
    return tuple(replace(post, guid="") if post.guid in vague else post for post in posts)


def _are_different(sharing: Sequence[FoundPost]) -> bool:
    """Whether two of these are different posts; all must have an address to go by."""
    addresses = {post.url for post in sharing}
    told = {(post.title, post.summary, post.body_html) for post in sharing}
    return len(addresses) > 1 and "" not in addresses and len(told) > 1
