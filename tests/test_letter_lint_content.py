"""Where links lead, what is said of pictures, what a template left behind; and whose fault it is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.letter.lint import lint
from publisher.model.media import Image
from tests.letter_editions import DREDGER, RELATED, SITE
from tests.lint_letters import GOOD, MADE_OF, added, errors, spoiled, warnings, with_body

PLACEHOLDERS = (
    "https://example.com/story",
    "http://www.example.org",
    "https://EXAMPLE.net./x",
    "http://localhost:8000/page",
    "http://127.0.0.1/",
    "http://[::1]/",
    "https://press.invalid/",
    "mailto:you@example.com",
)
NOWHERE = (
    "../minutes",
    "page.html",
    "//courier.example/x",
    "javascript:alert(1)",
    "media:x.png",
    "https:///x",
    "mailto:",
)


@pytest.mark.parametrize("address", [*PLACEHOLDERS, *NOWHERE, "http://[broken"])
def test_a_link_of_ours_that_leads_nowhere_is_an_error_and_in_a_post_a_warning(address: str) -> None:
    piece = f'<p><a href="{address}">Read on</a></p>'
    letter = added(piece)
    letter = replace(letter, text=letter.text + "Read on")
    found = errors(letter)
    assert len(found) == 1, found
    assert found[0].startswith(f"the link “Read on” in the story “Tides of the week” to “{address}” ")
    assert found[0].endswith("write its true address in full, with https://, in letter/digest.html or in config.toml")
    made_of = with_body(piece)
    assert errors(letter, made_of) == []
    told = warnings(letter, made_of)
    assert len(told) == 1, told
    assert "it comes with the post “Tides of the week”: correct it at its source" in told[0]
    assert "publisher posts edit harbour-notes/tides" in told[0]


def test_placeholders_and_what_leads_nowhere_are_told_apart() -> None:
    assert "is a placeholder" in errors(added('<a href="https://example.com/">Read on</a>'))[0]
    assert "leads nowhere from a mailbox" in errors(added('<a href="/about">Read on</a>'))[0]
    assert "cannot be read as an address" in errors(added('<a href="http://[a">Read on</a>'))[0]


@pytest.mark.parametrize(
    "address",
    [
        "https://courier.example/a?b=c#d",
        "mailto:desk@courier.example?subject=Hello",
        "tel:+49301234",
        "https://xn--hfen-5qa.example/",
        "https://example.com.press.example/",
        "#note-1",
        "http://192.0.2.7/",
        "https://intranet.local/news",
    ],
)
def test_good_links_are_left_alone(address: str) -> None:
    assert lint(added(f'<p id="note-1"><a href="{address}">on</a></p>'), MADE_OF) == ()


@pytest.mark.parametrize("address", ["", "#", " "])
def test_an_empty_link_is_told(address: str) -> None:
    found = errors(added(f'<a href="{address}">Read on</a>'))
    assert found == [
        "the link “Read on” in the story “Tides of the week” is empty; give it an address, or take it out, "
        "in letter/digest.html"
    ]
    made_of = with_body(f'<a href="{address}">Read on</a>')
    assert errors(added(f'<a href="{address}">Read on</a>'), made_of) == []


def test_a_link_needs_words_its_pictures_description_will_do() -> None:
    picture = '<img src="https://a.example/x.png" width="10" alt="{}">'
    link = '<a href="https://a.example/">{}</a>'
    assert "has no words" in warnings(added(link.format("  ")))[0]
    assert "has no words" in warnings(added(link.format(picture.format(""))))[0]
    assert lint(added(link.format(picture.format("The quay"))), MADE_OF) == ()
    assert lint(added('<a href="https://a.example/" aria-label="The quay"></a>'), MADE_OF) == ()


def test_an_address_that_is_of_this_machine_is_told_once_and_nobody_is_held_up_who_tries_things_out() -> None:
    made_of = replace(MADE_OF, site_url="http://localhost:8000")
    letter = replace(GOOD, html=GOOD.html.replace(SITE, "http://localhost:8000"))
    assert errors(letter, made_of) == []
    assert warnings(letter, made_of) == [
        "the site's own address “http://localhost:8000” is a placeholder: readers cannot open it; set `site.url`"
    ]


def test_a_site_without_https_has_no_button_to_leave() -> None:
    plain = SITE.replace("https://", "http://")
    letter = replace(GOOD, html=GOOD.html.replace(SITE, plain))
    (told,) = warnings(letter, replace(MADE_OF, site_url=plain))
    assert told.endswith("is not https://, and mail programs show no button to leave for such; set `site.url`")


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        ('<img src="https://a.example/x.png" width="9">', "in the story “Tides of the week” has no description (alt)"),
        ('<img src="https://a.example/x.png" alt="">', "has no width"),
        ('<img src="https://a.example/x.png" alt="" width="wide">', "has no width"),
        ('<img alt="" width="9">', "has no address (src)"),
    ],
)  # fmt: skip
def test_what_a_picture_lacks_is_told(picture: str, said: str) -> None:
    found = warnings(added(picture))
    assert len(found) == 1, found
    assert said in found[0]
    assert errors(added(picture)) == []


@pytest.mark.parametrize(
    "address", ["media:x.png", "cid:1", "data:image/gif;base64,R0", "x.png", "http://localhost/x.png"]
)
def test_a_picture_nobody_can_load_is_told_and_whose_it_is(address: str) -> None:
    picture = f'<img src="{address}" alt="" width="9">'
    assert f"the picture “{address}”" in errors(added(picture))[0]
    assert errors(added(picture), with_body(picture)) == []
    assert "it comes with the post" in warnings(added(picture), with_body(picture))[0]


@pytest.mark.parametrize(
    "left", ["{{ lead.title }}", "{% if story %}", "{# note #}", "%(name)s", "Lorem ipsum dolor", "None", "undefined"]
)
def test_what_a_template_left_behind_is_an_error(left: str) -> None:
    found = errors(added(f"<p>{left}</p>"))
    assert len(found) == 1
    assert found[0].startswith(f"the HTML says “{left[:9]}")
    assert found[0].endswith(" in the story “Tides of the week”; look into letter/digest.html")
    found = errors(replace(GOOD, text=f"{GOOD.text}{left}\n"))
    assert len(found) == 1
    assert found[0].startswith(f"line {GOOD.text.count(chr(10)) + 1} of the text says “{left[:9]}")
    found = errors(replace(GOOD, subject=left))
    assert found[0].startswith("the subject says “")
    assert found[0].endswith("look into `newsletters.courier.subject`")


@pytest.mark.parametrize("left", ["Tides }}", "}}", "week %}", "note#}"])
def test_the_end_of_a_mark_is_left_behind_too(left: str) -> None:
    assert errors(added(f"<p>{left}</p>")) == [
        f"the HTML says “{left}” in the story “Tides of the week”; look into letter/digest.html"
    ]
    assert errors(replace(GOOD, subject=f"Read {left}"))[0].endswith("look into `newsletters.courier.subject`")


def test_a_post_about_templates_holds_nothing_up() -> None:
    piece = "<p>Write {{ name }} and mind {% raw %}.</p>"
    letter = added(piece)
    letter = replace(letter, text=letter.text + "Write {{ name }} and mind {% raw %}.\n")
    assert errors(letter, with_body(piece)) == []
    assert len(warnings(letter, with_body(piece))) == 2


@pytest.mark.parametrize(
    "said", ["None of them came.", "The undefined is what remains.", "Finance, and nan bread", "null and void"]
)
def test_words_of_a_sentence_are_no_leftovers(said: str) -> None:
    assert lint(added(f"<p>{said}</p>"), MADE_OF) == ()


def test_what_is_left_in_the_description_of_a_picture_is_told() -> None:
    picture = '<img src="https://a.example/x.png" width="9" alt="None">'
    assert errors(added(picture)) == [
        "the description of “https://a.example/x.png” is “None”; look into letter/digest.html"
    ]


def test_a_place_in_the_letter_may_go_by_name_too() -> None:
    assert lint(added('<p><a name="notes"></a><a href="#notes">on</a></p>'), MADE_OF) == ()
    assert "leads nowhere" in errors(added('<a href="#nowhere">on</a>'))[0]


def test_a_posts_pictures_authors_and_stories_are_looked_through_for_what_looks_left_behind() -> None:
    author = replace(DREDGER.authors[0], blurb="I write {{ drafts }}.")
    story = replace(RELATED[0], title="How {{ braces }} came to be")
    image = Image(url="https://fernmoor.example/a.jpg", alt="A sign: {{ keep out }}")
    made_of = replace(MADE_OF, posts=(replace(DREDGER, authors=(author,), related=(story,), image=image),))
    for said in ("I write {{ drafts }}.", "How {{ braces }} came to be", "A sign: {{ keep out }}"):
        letter = added(f"<p>{said}</p>")
        assert len(errors(letter)) == 1
        assert errors(letter, made_of) == []


def test_nothing_in_an_address_is_told() -> None:
    assert "the address “https://a.example/None/x” in the story “Tides of the week” holds a word for nothing" in errors(
        added('<a href="https://a.example/None/x">on</a>')
    )[0]  # fmt: skip
    assert lint(added('<a href="https://a.example/Nonesuch">on</a>'), MADE_OF) == ()


def test_authors_and_related_stories_come_with_their_post() -> None:
    broken = replace(RELATED[0], url="https://example.com/lock")
    link = '<a href="https://example.com/lock">The North lock</a>'
    post = replace(DREDGER, related=(broken,))
    assert errors(added(link), replace(MADE_OF, posts=(post,))) == []
    computed = replace(MADE_OF, posts=(replace(post, related=()),), related={post.seq: (broken,)})
    assert errors(added(link), computed) == []
    assert len(errors(added(link), replace(MADE_OF, posts=(DREDGER,)))) == 1


def test_what_stands_outside_of_stories_is_told_without_one() -> None:
    found = errors(spoiled("<h1>", '<a href="x">About us</a><h1>'))
    assert found[0].startswith("the link “About us” to “x” leads nowhere")


def test_stories_are_told_apart_by_their_headlines() -> None:
    rows = "".join(f'<tr><td><h2>Story {name}</h2><a href="{name}">Go</a></td></tr>' for name in "ab")
    found = errors(spoiled("</table>", f"{rows}</table>"))
    assert [problem.partition(" to ")[0] for problem in found] == [
        "the link “Go” in the story “Story a”",
        "the link “Go” in the story “Story b”",
    ]
