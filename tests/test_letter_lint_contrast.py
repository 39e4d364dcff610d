"""Words are measured against what is behind them, by light and in the dark."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.letter.lint import lint
from publisher.letter.lint.contrasts import dark_rules
from publisher.letter.lint.ink import UNKNOWN, colour_of
from publisher.model.look import Look
from tests.letter_editions import NEWSLETTER
from tests.lint_letters import GOOD, MADE_OF, SAID, added, errors, spoiled, warnings

WORDS = "Mind the gap"


def shown(style: str, attributes: str = "", inside: str = WORDS) -> str:
    return f'<div {attributes} style="{style}">{inside}</div>'


@pytest.mark.parametrize(
    ("style", "attributes"),
    [
        ("color: #999999", ""),
        ("color:#999", ""),
        ("color: rgb(153, 153, 153)", ""),
        ("color: rgba(153, 153, 153, 1)", ""),
        ("COLOR: #999999 !important", ""),
        ("background: #666", ""),
        ("background: no-repeat #666", ""),
        ("", "bgcolor='#666666'"),
        ("color: #999; font-size: 23px", ""),
        ("color: #999; font-size: 19px; font-weight: 500", ""),
    ],
)
def test_pale_words_are_a_warning_with_their_colours(style: str, attributes: str) -> None:
    letter = added(shown(style, attributes))
    assert errors(letter) == []
    found = warnings(letter)
    assert len(found) == 1, found
    assert found[0].startswith(f"the words “{WORDS}” in the story “Tides of the week” are hard to read: #")
    assert "and needs 4.5; change the one or the other in `look`" in found[0]


@pytest.mark.parametrize(
    ("style", "attributes"),
    [
        ("color: #949494; font-size: 24px", ""),
        ("color: #949494; font-size: 18pt", ""),
        ("color: #949494; font-size: 2em", ""),
        ("color: #949494; font-size: 150%", ""),
        ("color: #949494; font-size: 19px; font-weight: bold", ""),
        ("color: #fff; background-color: #000", ""),
        ("color: #fff; background: url(x.png)", ""),
        ("color: #fff; background: linear-gradient(#fff, #000)", ""),
        ("color: #fff; background-image: url(x.png)", ""),
        ("color: #fff", "background='x.png'"),
        ("color: hsl(0, 0%, 90%)", ""),
        ("color: #999; display: none", ""),
        ("color: #fff; background: #ffffff; visibility: hidden", ""),
        ("color: currentcolor; background: transparent", ""),
    ],
)
def test_readable_words_and_such_whose_colours_are_not_known_are_left_alone(style: str, attributes: str) -> None:
    letter = added(shown(style, attributes))
    assert [problem for problem in errors(letter) + warnings(letter) if "hard to read" in problem] == []


def test_words_that_cannot_be_told_from_their_ground_are_an_error() -> None:
    found = errors(added(shown("color: #eee")))
    assert len(found) == 1
    assert "#eeeeee on #ffffff has a contrast of 1.2" in found[0]


def test_what_stands_around_counts_until_something_says_otherwise() -> None:
    inside = shown("", "", f"<b>{WORDS}</b>")
    assert "#777777 on #888888" in errors(added(shown("color: #777; background: #888", "", inside)))[0]
    assert lint(added(shown("color: #fff; background: #000", "", inside)), MADE_OF) == ()


def test_a_link_without_a_colour_of_its_own_is_blue() -> None:
    letter = added(shown("background: #0000cc; color: #fff", "", f"{WORDS} <a href='https://a.example/'>blue</a>"))
    assert "the words “blue”" in errors(letter)[0]


SHEET = "<style>@media (prefers-color-scheme: dark) {{ {} }}</style></head>"


def test_in_the_dark_the_letters_own_rules_are_measured() -> None:
    rules = ".story { background-color: #222222 !important; color: #333333 !important; }"
    letter = spoiled("</head>", SHEET.format(rules))
    assert errors(letter) == []  # nothing in it is a `story`
    letter_marked = spoiled(f"<p>{SAID}", f'<p class="story">{SAID}')
    letter_marked = type(GOOD)(
        subject=GOOD.subject, html=letter_marked.html.replace("</head>", SHEET.format(rules)), text=GOOD.text
    )
    found = errors(letter_marked)
    assert len(found) == 1, found
    assert "in dark mode are hard to read: #333333 on #222222" in found[0]


def test_what_is_not_shown_is_not_measured_in_the_dark() -> None:
    hidden = "<noscript>never <b>shown</b></noscript><template>nor this</template> but this is"
    letter = spoiled("</head>", SHEET.format("b { color: #111111 !important }"))
    letter = type(GOOD)(subject=GOOD.subject, html=letter.html.replace("</h2>", f"{hidden}</h2>"), text=GOOD.text)
    assert [problem for problem in errors(letter) + warnings(letter) if "dark" in problem] == []


def test_a_rule_for_the_dark_that_forgets_one_of_two_colours_is_found() -> None:
    html = GOOD.html.replace(f"<p>{SAID}", f'<p style="color: #1f1d1a">{SAID}').replace(
        "</head>", SHEET.format("td { background-color: #121416 !important; color: #ffffff !important }")
    )
    found = errors(type(GOOD)(subject=GOOD.subject, html=html, text=GOOD.text))
    assert any("in dark mode are hard to read: #1f1d1a on #121416" in problem for problem in found), found


@pytest.mark.parametrize(
    ("sheet", "rules"),
    [
        ("@media (prefers-color-scheme: dark) { a { color: red } }", "a { color: red }"),
        ("@media screen and (prefers-color-scheme:dark){a{color:red}}b{c:d}", "a{color:red}"),
        ("@media (prefers-color-scheme: light) { a { color: red } }", ""),
        ("/* @media (prefers-color-scheme: dark) { a { color: red } } */", ""),
        ("@media (prefers-color-scheme: dark) { a { color: red", "a { color: red"),
    ],
)
def test_the_rules_for_the_dark_are_found(sheet: str, rules: str) -> None:
    assert dark_rules(sheet).strip() == rules


def test_a_colour_that_a_site_chose_and_nobody_can_read_is_told_with_what_stands_in_its_place() -> None:
    look = Look(accent="#ffee00", ink="#222222", paper="#ffffff")
    made_of = replace(MADE_OF, newsletter=replace(NEWSLETTER, look=look))
    found = lint(GOOD, made_of)
    assert len(found) == 1
    assert found[0].problem.startswith("the accent #ffee00 of `look` cannot be read on #ffffff: its contrast is 1.2")
    assert lint(GOOD, replace(made_of, newsletter=replace(NEWSLETTER, look=Look(accent="#803300")))) == ()


@pytest.mark.parametrize(
    ("written", "colour"),
    [
        ("#ABC", "#aabbcc"),
        (" White ", "#ffffff"),
        ("rgb(0 128 255)", "#0080ff"),
        ("rgba(0,128,255,0.5)", UNKNOWN),
        ("rgb(0, 128, 256)", UNKNOWN),
        ("rebeccapurple", UNKNOWN),
        ("#12345", UNKNOWN),
        ("", UNKNOWN),
    ],
)
def test_colours_are_read_as_they_are_written(written: str, colour: str) -> None:
    assert colour_of(written) == colour
