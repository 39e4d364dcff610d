"""`media:NAME` is resolved wherever it is an address, and nowhere else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.collect.clean import clean_html
from publisher.model.media import resolve_html, resolve_url

SITE = "https://courier.example"
NAME = "0123456789abcdef0123.png"
AT = f"{SITE}/media/{NAME}"


@pytest.mark.parametrize(
    ("html", "resolved"),
    [
        (f'<img src="media:{NAME}" alt="a boat">', f'<img src="{AT}" alt="a boat">'),
        (f'<a href="media:{NAME}">the paper</a>', f'<a href="{AT}">the paper</a>'),
        (f'<video controls="" poster="media:{NAME}">', f'<video controls="" poster="{AT}">'),
        (
            f'<img srcset="media:{NAME} 1x, https://else.example/b.png 2x, media:{NAME} 3x">',
            f'<img srcset="{AT} 1x, https://else.example/b.png 2x, {AT} 3x">',
        ),
        (f'<img alt="a > b < c" src="media:{NAME}">', f'<img alt="a > b < c" src="{AT}">'),
        (f'<img alt="write src=" src="media:{NAME}">', f'<img alt="write src=" src="{AT}">'),
    ],
)
def test_names_become_addresses_below_the_site(html: str, resolved: str) -> None:
    assert resolve_html(html, SITE) == resolved


@pytest.mark.parametrize(
    "html",
    [
        "<p>We keep pictures as media:NAME, and social media: a story.</p>",
        f'<code>&lt;img src="media:{NAME}"&gt;</code>',
        f'<p>He wrote src="media:{NAME}" on the board.</p>',
        f'<img alt="media:{NAME}" title="media:x" src="https://else.example/a.png">',
        '<a href="https://else.example/?a,media:b">elsewhere</a>',
        '<a href="https://else.example/media:b">elsewhere</a>',
        f'<img data-src="media:{NAME}">',
        "<p>no name at all</p>",
        "",
    ],
)
def test_what_is_no_address_of_ours_stays(html: str) -> None:
    assert resolve_html(html, SITE) == html


_PIECES = [*"ab <>=,:/&'", '"', "media:", "src=", "srcset=", "href=", "<img ", "\n"]
words = st.lists(st.sampled_from(_PIECES), max_size=30).map("".join)
others = st.sampled_from(
    ["https://else.example/a,media:b.png", "http://else.example/?x=media:y", "mailto:a@else.example"]
)


@given(words, others, words)
def test_a_cleaned_post_without_names_of_ours_is_never_touched(before: str, url: str, after: str) -> None:
    html = clean_html(f'{before}<p><a href="{url}">{after}</a><img src="{url}" alt=""></p>', SITE)
    assert resolve_html(html, SITE) == html


@given(words, words)
def test_whatever_stands_around_it_a_name_is_found(before: str, after: str) -> None:
    html = clean_html(f'<p>x</p><img alt="" src="media:{NAME}"><p>y</p>', SITE)
    around = clean_html(before, SITE), clean_html(after, SITE)
    assert resolve_html(around[0] + html + around[1], SITE) == around[0] + resolve_html(html, SITE) + around[1]
    assert AT in resolve_html(html, SITE)


@given(st.text(max_size=40))
def test_a_single_address_is_resolved_only_by_its_beginning(url: str) -> None:
    assert resolve_url(url, SITE) == (url if not url.startswith("media:") else f"{SITE}/media/{url[6:]}")
    assert resolve_url(f"media:{url}", SITE) == f"{SITE}/media/{url}"
