"""The three designs as checkers of pages and of mail see them: html-validate, caniemail, SpamAssassin."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from functools import cache
from typing import Any

import lxml.html
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from publisher.letter.compose import compose
from publisher.letter.fitting import LARGEST_HTML_BYTES
from publisher.letter.lint import lint
from publisher.letter.service import edition_of
from publisher.letter.words import words_of
from publisher.mail.wire import compile_letter
from publisher.model.issue import ASKING, IssueKind
from publisher.model.letter import Letter, Slot
from publisher.model.look import Face, Look
from publisher.model.media import Image
from publisher.model.post import Post
from publisher.model.subscriber import Cadence
from publisher.templating import Templates, open_templates
from tests.letter_week import AMENDS, ARABIC, ARABIC_POST, COURIER, DREDGER, MORE, SITE, TEN, service, week
from tests.test_feed_readers import NPM
from tests.test_mail_wire import ANN, HEAD

DESIGNS = ("plain", "column", "digest")
SERVICES = {
    "plain-confirm": service(IssueKind.CONFIRM, template="plain"),
    "column-change": service(IssueKind.CHANGE, template="column"),
    "digest-link": service(IssueKind.LINK),
    "digest-welcome": service(IssueKind.WELCOME),
    "digest-confirm-arabic": service(IssueKind.CONFIRM, language="ar"),
    **{f"{design}-latest": service(IssueKind.WELCOME, template=design, latest=week(TEN[:3])) for design in DESIGNS},
}
LOGO = Look(logo=Image(url=f"{SITE}/media/logo.png", alt="The Courier"), logo_width=240, accent="#ffd400")
EDITIONS = {
    **{f"{design}-ten": week(template=design) for design in DESIGNS},
    **{f"{design}-one": week(TEN[:1], template=design, cadence=Cadence.AS_IT_HAPPENS) for design in DESIGNS},
    **{f"{design}-none": week((), template=design) for design in DESIGNS},
    **{f"{design}-arabic": week((ARABIC_POST,), newsletter=ARABIC, template=design) for design in DESIGNS},
    **{f"{design}-amends": replace(week(TEN[:2], template=design), amends=AMENDS) for design in DESIGNS},
    "code": week(
        [replace(DREDGER, body="<p>The gauge prints:</p><pre><code>07:00  1.84 m\n07:01  1.85 m</code></pre>")]
    ),
    **{name: edition_of(made_of) for name, made_of in SERVICES.items()},
    **{f"{design}-logo": week(TEN[:2], newsletter=replace(COURIER, look=LOGO), template=design) for design in DESIGNS},
}

# Rules for pages that letters cannot keep, and why.
OFF = {
    "no-inline-style": "mail programs throw style sheets away; css-inline writes them into the elements",
    "no-conditional-comment": "Outlook on Windows takes its table of 600 pixels from them",
    "no-deprecated-attr": "Outlook on Windows takes widths and alignment from attributes alone",
    "presentation-role-style": "older screen readers know `presentation` and not `none`",
}
# What some program does not know, and why a letter may have it all the same.
EXPLAINED = {
    "<body> element": "its class is lost; the table in it has the same ground",
    "<style> element": "all that is needed is written into the elements; what stays is for phones and the dark",
    "@media": "such a program shows the letter as on a wide screen, by light",
    "Attribute selector": "for Outlook on the web alone, in a sheet of its own",
    "Class selector": "in the sheets that stay",
    "Descendant combinator": "in the sheets that stay",
    "Type selector": "in the sheets that stay",
    "border-radius": "portraits have corners there",
    "color-scheme CSS property": "for those that know it; the others choose colours by themselves",
    "color-scheme meta tag": "the same",
    "height property": "undoes `height` where a phone makes a picture narrower; Yahoo shows the attribute's",
    "object-fit": "a portrait that is no square is pressed into one there",
    "overflow": "a table that is too wide for a phone is moved sideways where that is known",
    "overflow-wrap": "long addresses break where it is known; `word-break` breaks them in most of the others",
    "role attribute": "for screen readers that know it",
    "white-space": "wraps long lines of code where it is known; `pre` alone keeps the lines as they are",
    "table-layout": "keeps a long word from widening the letter where it is known",
    "word-break": "the same",
}


@cache
def templates() -> Templates:
    return open_templates(None)


@cache
def letter_of(name: str) -> Letter:
    return compose(EDITIONS[name], templates())


@pytest.fixture(scope="module")
def told() -> Any:
    assert (NPM / "node_modules" / "caniemail").is_dir(), "run `npm ci` in tests/npm, or `./dev test`, which does it"
    letters = {name: filled(letter_of(name).html) for name in EDITIONS}
    node = shutil.which("node", path=str(sys.prefix + "/bin")) or "node"
    ran = subprocess.run(
        [node, NPM / "check_letters.mjs"], input=json.dumps({"letters": letters, "off": [*OFF]}),
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return json.loads(ran.stdout)


def filled(html: str) -> str:
    """As a reader gets it."""
    values = {Slot.NAME: ANN.name, Slot.EMAIL: ANN.address}
    for slot in Slot:
        html = html.replace(slot.mark, values.get(slot, f"{SITE}/{slot}/x"))
    return html


@pytest.mark.parametrize("name", EDITIONS)
def test_letters_are_valid_html(told: Any, name: str) -> None:
    assert told[name]["page"] == []


@pytest.mark.parametrize("name", EDITIONS)
def test_mail_programs_know_what_letters_use_but_for_what_is_explained(told: Any, name: str) -> None:
    assert {title: programs for title, programs in told[name]["mail"].items() if title not in EXPLAINED} == {}


def test_nothing_is_explained_that_no_letter_needs(told: Any) -> None:
    assert set(EXPLAINED) == {title for one in told.values() for title in one["mail"]}


@pytest.mark.parametrize("name", EDITIONS)
def test_lint_finds_nothing_but_the_colour_that_was_mended(name: str) -> None:
    found = [finding.problem for finding in lint(letter_of(name), EDITIONS[name])]
    assert ["#ffd400" in problem for problem in found] == ([True] if "logo" in name else [])


@pytest.mark.parametrize("design", DESIGNS)
def test_ten_posts_fit_below_what_gmail_cuts_off(design: str) -> None:
    assert len(letter_of(f"{design}-ten").html.encode()) < LARGEST_HTML_BYTES / 2


def test_a_spam_filter_finds_nothing_in_them() -> None:
    """SpamAssassin with its rules for text alone (-L: it asks nobody), on the very octets that are sent."""
    program = shutil.which("spamassassin", path="/usr/bin:/usr/local/bin:/usr/bin/vendor_perl")
    assert program, "there is no spamassassin here: `apt-get install spamassassin`, or `./dev test` as root"
    names = [
        *(f"{design}-ten" for design in DESIGNS),
        "plain-confirm",
        "column-change",
        "digest-link",
        "digest-welcome",
    ]
    letters = [compile_letter(letter_of(name), HEAD).message_for(ANN).replace(b"\r\n", b"\n") for name in names]
    box = b"".join(b"From courier@fernmoor.example Fri Nov 20 06:30:00 2026\n" + letter + b"\n" for letter in letters)
    ran = subprocess.run(
        [program, "-t", "-L", "-x", "--cf=use_bayes 0", "--mbox"],
        input=box,
        capture_output=True,
        check=True,
        timeout=60,
    )
    scores = re.findall(rb"^X-Spam-Status: \w+, score=(\S+) required=\S+ tests=([\s\S]+?) autolearn", ran.stdout, re.M)
    assert len(scores) == len(names)
    assert [told for told in scores if float(told[0]) > 0.5] == []


@pytest.mark.parametrize("name", EDITIONS)
def test_every_rule_of_rendering_is_kept(name: str) -> None:
    html = letter_of(name).html
    page = lxml.html.document_fromstring(html)
    language, direction = ("ar", "rtl") if "arabic" in name else ("en", "ltr")
    outer = page.xpath("//table")[0]
    for element in (page, outer):
        assert (element.get("lang"), element.get("dir")) == (language, direction)
    layout = [table for table in page.iter("table") if table.get("class") != "table"]
    assert all(table.get("role") == "presentation" for table in layout)
    assert len(page.xpath("//h1")) == 1
    assert re.search(r'<!--\[if mso\]><table role="presentation" width="600"', html)
    assert "max-width:600px" in page.xpath("//table[contains(@class, 'sheet')]")[0].get("style")
    assert page.xpath("//meta[@name='color-scheme']/@content") == ["light dark"]
    assert page.xpath("//meta[@name='supported-color-schemes']/@content") == ["light dark"]
    assert page.xpath("//meta[@charset]/@charset") == ["utf-8"]
    sheets = [style.text for style in page.iter("style")]
    assert [any(rule in sheet for sheet in sheets) for rule in ("prefers-color-scheme: dark", "[data-ogsc]")] == [
        True
    ] * 2
    for image in page.iter("img"):
        assert image.get("alt")
        assert 0 < int(image.get("width")) <= 536
    assert not list(page.iter("script", "link", "iframe", "object", "form"))


@pytest.mark.parametrize("name", EDITIONS)
def test_each_letter_says_by_whom_for_whom_why_and_how_to_leave(name: str) -> None:
    letter, is_asking = letter_of(name), EDITIONS[name].kind in ASKING
    for part in (letter.html, letter.text):
        for slot in (Slot.UNSUBSCRIBE_URL, Slot.SERVICE_URL if is_asking else Slot.PREFERENCES_URL):
            assert slot.mark in part
        assert is_asking or Slot.EMAIL.mark in part
        assert (Slot.PREFERENCES_URL if is_asking else Slot.SERVICE_URL).mark not in part
        assert EDITIONS[name].view_url in part
        assert "1 Quay Lane" in part
    assert (
        (Slot.NAME.mark in letter.html) == (Slot.NAME.mark in letter.text) == bool(EDITIONS[name].newsletter.greeting)
    )


@pytest.mark.parametrize("design", DESIGNS)
def test_the_text_says_what_the_html_says(design: str) -> None:
    letter = letter_of(f"{design}-ten")
    told = " ".join(letter.text.split())
    for post in TEN:
        assert post.title in told
        assert " ".join(words_of(post.body))[:60].rsplit(" ", 1)[0] in " ".join(words_of(letter.html))
    for post in TEN[:1]:
        assert post.summary in told
        assert all(author.blurb in told for author in post.authors)
        assert all(other.title in told for other in MORE)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("number", [1, 2, 3, 20])
def test_each_design_carries_any_number_of_posts(design: str, number: int) -> None:
    posts = [replace(DREDGER, seq=seq, slug=f"post-{seq}", title=f"Dredger {seq}") for seq in range(1, number + 1)]
    made_of = week(posts, template=design)
    letter = compose(made_of, templates())
    page = lxml.html.document_fromstring(letter.html)
    assert [title.text_content() for title in page.iter("h2")] == [post.title for post in posts]
    assert len(letter.html.encode()) <= LARGEST_HTML_BYTES
    assert lint(letter, made_of) == ()


@pytest.mark.parametrize("design", DESIGNS)
def test_the_logo_stands_for_the_name_and_a_colour_that_cannot_be_read_is_mended(design: str) -> None:
    page = lxml.html.document_fromstring(letter_of(f"{design}-logo").html)
    (logo,) = page.xpath("//h1/img")
    assert (logo.get("src"), logo.get("alt"), logo.get("width")) == (f"{SITE}/media/logo.png", "The Courier", "240")
    assert "#ffd400" not in letter_of(f"{design}-logo").html


colours = st.one_of(st.just(""), st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}"))


@given(st.sampled_from(DESIGNS), st.builds(Look, accent=colours, ink=colours, paper=colours, ground=colours))
@example("column", Look(paper="#777777", ink="#777777", accent="#777777"))
@settings(max_examples=12, deadline=None)
def test_whatever_colours_a_site_has_all_of_its_letter_can_be_read(design: str, look: Look) -> None:
    """Lint computes every text's contrast on its ground, by light and in the dark."""
    noted = [replace(DREDGER, note="The captain is Odo Fenn."), TEN[1]]
    made_of = week(noted, newsletter=replace(COURIER, look=look), template=design)
    found = [finding.problem for finding in lint(compose(made_of, templates()), made_of)]
    assert [problem for problem in found if "of `look`" not in problem] == []


def test_type_is_as_the_site_says() -> None:
    look = Look(headings=Face.SANS, body=Face.SERIF)
    page = lxml.html.document_fromstring(compose(week(newsletter=replace(COURIER, look=look)), templates()).html)
    assert "Helvetica" in page.xpath("//h2")[0].get("style")
    assert "Georgia" in page.xpath("//td[contains(@class, 'story')]")[0].get("style")


def test_in_a_letter_written_from_right_to_left_what_lies_aside_lies_on_the_other_side() -> None:
    arabic, english = (lxml.html.document_fromstring(letter_of(f"digest-{name}").html) for name in ("arabic", "one"))
    for page, side, other in ((arabic, "right", "left"), (english, "left", "right")):
        (quote,) = page.xpath("//blockquote")
        assert f"border-{side}-width:3px" in quote.get("style")
        assert f"border-{other}" not in quote.get("style")
        assert f"text-align:{side}" in page.xpath("//td[contains(@class, 'lead')]")[0].get("style")
    assert all(story.get("dir") == "rtl" for story in arabic.xpath("//td[contains(@class, 'lead')]"))
    postal = arabic.xpath("//td[contains(@class, 'footer')]/p[@dir]")[0]
    assert postal.get("dir") == "ltr"  # of its own words, and not of the letter's


@pytest.mark.parametrize("design", DESIGNS)
def test_stories_of_our_archive_stand_below_the_name_of_the_site(design: str) -> None:
    bare = replace(DREDGER, related=())
    letter = compose(replace(week([bare], template=design), related={bare.seq: MORE[:2]}), templates())
    for told in (" ".join(words_of(letter.html)), " ".join(letter.text.split())):
        assert "More from Fernmoor Press" in told
        assert "Related stories" not in told
        assert all(story.title in told for story in MORE[:2])


def note_of(post: Post, **values: Any) -> tuple[str, str]:
    letter = compose(replace(week([post]), **values), templates())
    return " ".join(words_of(letter.html)), " ".join(letter.text.split())


def test_a_correction_is_told_with_the_story() -> None:
    noted = replace(DREDGER, note="The captain is Odo Fenn, not Otto.")
    day = week().date
    for told in note_of(noted):
        assert "Editor’s note: The captain is Odo Fenn, not Otto." in told
    for told in note_of(noted, corrected={DREDGER.seq: day}):
        assert "Corrected on 20 November 2026: The captain is Odo Fenn, not Otto." in told
    for told in note_of(DREDGER, corrected={DREDGER.seq: day}):
        assert "Corrected on 20 November 2026." in told


@pytest.mark.parametrize("design", DESIGNS)
def test_of_a_story_that_was_taken_back_nothing_is_left_but_that_it_was(design: str) -> None:
    edition = replace(week(TEN[:3], template=design), withdrawn={DREDGER.seq: week().date})
    letter = compose(edition, templates())
    for told in (letter.html, letter.text):
        assert "This story was withdrawn on 20 November 2026." in told
        for gone in ("dredger", "Patience", "Odo Fenn", MORE[0].title):
            assert gone not in told
        assert "Gulls learn the timetable" in told
