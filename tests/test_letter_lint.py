"""What holds a letter, and what is only told: the law, the wire, the subject, the page as a whole."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.letter.lint import Severity, lint
from publisher.model.issue import Newsletter
from publisher.model.letter import Letter
from tests.letter_editions import NEWSLETTER, TIDES
from tests.lint_letters import ADDRESS, GOOD, LEAVE, MADE_OF, PREFER, SAID, added, errors, spoiled, warnings


def test_a_good_letter_has_no_findings() -> None:
    assert lint(GOOD, MADE_OF) == ()


@pytest.mark.parametrize(
    ("letter", "address", "said"),
    [
        (replace(GOOD, subject="  "), ADDRESS, "the subject is empty; set `newsletters.courier.subject`"),
        (replace(GOOD, subject="a\r\nBcc: b"), ADDRESS, "more than one line"),
        (spoiled(LEAVE, "https://a.example/"), ADDRESS, "HTML has no link to unsubscribe"),
        (spoiled(f'href="{LEAVE}"', f'title="{LEAVE}"'), ADDRESS, "HTML has no link to unsubscribe"),
        (replace(GOOD, text=GOOD.text.replace(LEAVE, "")), ADDRESS, "text has no link to unsubscribe"),
        (GOOD, " ", "no postal address; set `site.postal_address`"),
        (GOOD, "9 Hill Street", "the HTML does not show the postal address"),
        (GOOD, "9 Hill Street", "the text does not show the postal address"),
        (spoiled("<p>1 Quay", '<p style="display: none">1 Quay'), ADDRESS, "the HTML does not show the postal"),
        (replace(GOOD, text=GOOD.text + "\ue000colour\ue001"), ADDRESS, "slot 'colour', which no reader can fill"),
        (replace(GOOD, html=GOOD.html + "\ue000name"), ADDRESS, "the HTML has a broken slot mark"),
        (replace(GOOD, html=""), ADDRESS, "no words that anybody could read"),
        (replace(GOOD, html="<style>p { color: red }</style><!-- words -->"), ADDRESS, "no words that anybody"),
    ],
)
def test_what_the_law_or_the_wire_forbids_is_an_error(letter: Letter, address: str, said: str) -> None:
    found = errors(letter, replace(MADE_OF, postal_address=address))
    assert any(said in problem for problem in found), found


@pytest.mark.parametrize(
    ("letter", "said"),
    [
        (spoiled(PREFER, "https://a.example/"), "the HTML has no link to preferences"),
        (replace(GOOD, text=GOOD.text.replace(PREFER, "")), "the text has no link to preferences"),
        (added("<h1>again</h1>"), "2 h1 headings"),
        (spoiled("h1>", "h3>"), "0 h1 headings"),
        (added(f"<!--{'é' * 50_000}-->"), "bytes, and Gmail cuts"),
        (replace(GOOD, subject="x" * 121), "has 121 characters, and mailboxes show about 60"),
        (replace(GOOD, subject="Re: your question"), "looks like an answer"),
        (spoiled('<html lang="en" dir="ltr">', "<html>"), "<html> does not say its language"),
        (spoiled('"presentation" lang="en" dir="ltr"', '"presentation" lang="en"'), "the outer table does not say"),
        (spoiled('<html lang="en"', '<html lang="ar"'), "dir=ltr and lang=ar, which is written rtl"),
    ],
)
def test_what_is_only_ugly_is_a_warning(letter: Letter, said: str) -> None:
    assert errors(letter) == []
    found = warnings(letter)
    assert len(found) == 1, found
    assert said in found[0]


def test_a_post_may_be_called_what_a_newsletter_may_not() -> None:
    made_of = replace(MADE_OF, posts=(replace(TIDES, title="Re: the dredger"),))
    assert lint(replace(GOOD, subject="Re: the dredger"), made_of) == ()


def line_above(line: str, *, subject: str = GOOD.subject, newsletter: Newsletter = NEWSLETTER) -> list[str]:
    old = "Why the harbour master stopped believing the tables."
    letter = replace(GOOD, subject=subject, html=GOOD.html.replace(old, line), text=GOOD.text.replace(old, line or "-"))
    return warnings(letter, replace(MADE_OF, newsletter=newsletter))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "no line above"),
        ("It rained.", "has 10 characters; between 20 and 150"),
        (f"It rained on the quay{' and on it' * 20}.", "between 20 and 150"),
        ("The Courier, number 17", "which is no sentence"),
        ("The tides of this week at the quay.", "says the subject once more"),
    ],
)
def test_the_line_above_is_one_sentence_that_says_more_than_the_subject(line: str, said: str) -> None:
    found = line_above(line, subject="The tides of this week at the quay")
    assert len(found) == 1, found
    assert said in found[0]


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("今週の潮の話と、港の人々について書きました。どうぞお読みください。", "ja"),
        ("สัปดาห์นี้น้ำขึ้นช้ากว่าที่ตารางบอกหนึ่งชั่วโมง", "th"),
        ("لماذا لم يعد رئيس الميناء يصدق الجداول؟", "ar"),
        ("„Warum ist das Wasser nicht da, wo es steht?“", "de"),
    ],
)
def test_sentences_of_other_languages_are_sentences(line: str, language: str) -> None:
    found = line_above(line, newsletter=replace(NEWSLETTER, language=language))
    assert found == []


def test_text_and_html_say_the_same_and_what_lacks_is_named_with_its_story() -> None:
    long = " ".join(f"word{number}" for number in range(40))
    found = warnings(added(f"<p>{long}</p>"))
    assert len(found) == 1
    assert "the text part lacks 40 of 76 words of the HTML, most of them in the story “Tides of the week”" in found[0]
    assert "“word0 word1 word2" in found[0]
    found = warnings(replace(GOOD, text=GOOD.text + long))
    assert len(found) == 1
    assert "the text part has 40 words that the HTML has not, among them “word0 word1" in found[0]


def test_hidden_words_need_not_stand_in_the_text() -> None:
    hidden = f'<div style="display: none">{"secret " * 40}</div>'
    assert lint(added(hidden), MADE_OF) == ()
    found = warnings(added(f"{hidden}<p>{'lost ' * 40}</p>"))
    assert len(found) == 1
    assert "lacks 40 of 76" in found[0]


def test_addresses_numbers_of_notes_and_descriptions_do_not_make_them_differ() -> None:
    notes = "\n".join(f"[{number}] https://courier.example/a/{number}?b=c#{number}" for number in range(30))
    words = " ".join(f"gull{number}" for number in range(30))
    picture = f'<img src="https://a.example/x.png" alt="{words}" width="10">'
    letter = added(picture)
    assert warnings(replace(letter, text=letter.text + notes)) == []
    assert warnings(replace(letter, text=f"{letter.text}[Picture: {words}]\n")) == []


def test_languages_without_blanks_are_compared_by_their_characters() -> None:
    said = "港の長は潮の表をもう信じていない。" * 5
    letter = added(f"<p>{said}</p>")
    wrapped = "\n".join(said[at : at + 13] for at in range(0, len(said), 13))
    assert warnings(replace(letter, text=letter.text + wrapped)) == []
    assert "the text part lacks" in warnings(letter)[0]


def test_words_that_inline_elements_part_are_one_word() -> None:
    word = "w<b>a</b>t<i>er</i>" + " <em>s</em>alt" * 15
    letter = added(f"<p>{word}</p>")
    assert warnings(replace(letter, text=letter.text + "water" + " salt" * 15)) == []


pieces = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        [
            "<table>", "<tr><td>", "</table>", "<a href='", "'>", '"', "<img src=", "<h2>", "<h1>", "</h2>", "<style>",
            "</style>", "@media (prefers-color-scheme: dark) {", "}", "a { color: red !important }", "<!--", "-->",
            "<![CDATA[", "style='color:#777;background:#888'", "<p ", ">", "\x00", "\ud800", "\ue000", "\ue001name",
            "<svg>", "<math>", "<template>", "&#0;", "&#xe000;", "{{", "{% if %}", "http://[", "mailto:@", "None",
            "font-size:1e9em", "rgb(999,0,0)", "color:#", "<html lang=ar>", "<frameset>", "<plaintext>", "\u2028",
        ]
    ),
)  # fmt: skip


@given(st.lists(pieces, max_size=40).map("".join), st.lists(pieces, max_size=10).map("".join))
@settings(max_examples=100, deadline=None)
def test_no_text_whatever_can_break_lint(html: str, other: str) -> None:
    for letter in (replace(GOOD, html=html), added(html), Letter(subject=other, html=html + other, text=other)):
        found = lint(letter, MADE_OF)
        assert all(finding.problem and "\n" not in finding.problem for finding in found)
        severities = [finding.severity for finding in found]
        assert severities == sorted(severities, key=lambda one: one is not Severity.ERROR)
        assert len(set(found)) == len(found)
        assert not any("{origins" in finding.problem for finding in found)


@pytest.mark.parametrize(
    "piece", ["<div>", "<table><tr><td>", "<b style='color:red'>", "<a href='x'>y", "<style>@media{"]
)
def test_depth_exhausts_nothing(piece: str) -> None:
    assert lint(added(piece * 5_000 + SAID), MADE_OF)


def test_of_many_alike_the_first_are_told() -> None:
    found = errors(added("".join(f'<a href="page{number}">p</a>' for number in range(100))))
    assert len(found) == 6
    assert found[-1] == "and 95 more links that lead nowhere"
