"""Names of feeds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.feed.identity import feed_tag

# RFC 4151 §2.1, the specific part: *( pchar / "/" / "?" )
SPECIFIC = re.compile(r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-F]{2})*\Z")


def test_a_column_s_feed_is_named_by_authority_and_slug() -> None:
    assert feed_tag("post.example,2026", "harbour-notes") == "tag:post.example,2026:feed/harbour-notes"


@pytest.mark.parametrize(("name", "written"), [("a b", "a%20b"), ("50%", "50%25"), ("ß", "%C3%9F"), ("a#b", "a%23b")])
def test_what_a_tag_may_not_hold_is_encoded(name: str, written: str) -> None:
    assert feed_tag("post.example,2026", name) == f"tag:post.example,2026:feed/{written}"


@given(st.text(max_size=30), st.text(max_size=30))
def test_two_names_never_get_one_tag(one: str, other: str) -> None:
    tags = [feed_tag("post.example,2026", name) for name in (one, other)]
    assert (tags[0] == tags[1]) == (one == other)
    assert all(SPECIFIC.match(tag.removeprefix("tag:post.example,2026:")) for tag in tags)
