"""`publisher issues correct`: a letter that puts another one right, to just those who got that one."""

from __future__ import annotations

from pathlib import Path

import click

from publisher.assemble.correction import Correction
from publisher.cli.console import config_option, examples, json_option, print_json, say
from publisher.config.nouns import zone_of
from publisher.errors import WrongUse
from publisher.house.issuewords import made_for_programs
from publisher.house.making import correct_issue, draw_up_correction, made_in_words
from publisher.house.namedpost import get_post, line_of
from publisher.house.opened import House, open_house
from publisher.house.press import publish
from publisher.letter.amends import paragraphs_of
from publisher.letter.nobody import nobody_of, text_for_nobody
from publisher.model.issue import Issue
from publisher.store import issues


@click.command(
    "correct",
    epilog=examples(
        'publisher issues correct 7 --note "We wrote that the bridge opens in May. It opens in June."',
        'publisher issues correct 7 --note "…" --post harbour/the-bridge --dry-run',
        'publisher issues correct 7 --note "…" --yes',
    ),
)
@config_option
@json_option
@click.option("--note", required=True, metavar="TEXT", help="What was wrong, and what is right; an empty line parts.")
@click.option("--post", "named", multiple=True, metavar="POST", help="Only this story of it; may be repeated.")
@click.option("--dry-run", is_flag=True, help="Show the letter and to how many it would go; send nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.argument("issue_id", type=int, metavar="ID")
def command(
    config_path: Path, *, as_json: bool, note: str, named: tuple[str, ...], dry_run: bool, yes: bool, issue_id: int
) -> None:
    """Send a short correction to just those who got an issue and are still subscribed.

    It names the stories of the issue that were corrected or withdrawn since it was sent, or
    those that --post says; who did not have these in the letter gets none. Correct the posts
    first (`publisher posts edit`): the letter leads to them as they are.
    """
    if not paragraphs_of(note):
        raise WrongUse("--note is empty: say what was wrong, and what is right")
    with open_house(config_path) as house:
        issue = _issue(house, issue_id)
        about = _about(house, named)
        drawn = draw_up_correction(house, issue, note=paragraphs_of(note), about=about)
        if dry_run:
            _show(house, drawn, as_json=as_json)
            return
        if not drawn.readers:
            raise WrongUse(f"nobody who got {_stories_of(drawn)}issue {issue_id} is still subscribed; nothing is sent")
        if not yes and not _is_wanted(drawn):
            say("nothing is sent")
            return
        made = correct_issue(house, issue, note=paragraphs_of(note), about=about)
        publish(house)  # the letter leads to its page
        if as_json:
            print_json(made_for_programs(made))
            return
        say(made_in_words(house, issue.newsletter, made))
        if made.deliveries:
            say("next: publisher send")


def _issue(house: House, issue_id: int) -> Issue:
    with house.store.read() as conn:
        issue = issues.find_issue(conn, issue_id)
    if issue is None:
        raise WrongUse(f"there is no issue {issue_id}; `publisher issues` lists them")
    if issue.newsletter not in house.newsletters:
        raise WrongUse(
            f"issue {issue_id} is of newsletter {issue.newsletter!r}, which is not in {house.file.path} any more: "
            "nothing can be sent in its name"
        )
    return issue


def _about(house: House, named: tuple[str, ...]) -> set[int] | None:
    if not named:
        return None
    with house.store.read() as conn:
        return {get_post(conn, one, site_url=house.config.site.url, zone=house.zone).seq for one in named}


def _is_wanted(drawn: Correction) -> bool:
    try:
        return click.confirm(_question(drawn), err=True)
    except click.Abort:
        raise WrongUse("\nnobody answered, and nothing is sent; --yes sends without asking") from None


def _question(drawn: Correction) -> str:
    letters = "1 letter" if drawn.readers == 1 else f"{drawn.readers:,} letters"
    times = "once" if drawn.earlier == 1 else f"{drawn.earlier} times"
    before = f" It was corrected {times} before." if drawn.earlier else ""
    subject = drawn.letters[0][1].letter.subject
    return f"{letters}, “{subject}”, to those who got issue {drawn.issue.corrects}.{before} Send?"


def _stories_of(drawn: Correction) -> str:
    return "these stories of " if drawn.posts else ""


def _show(house: House, drawn: Correction, *, as_json: bool) -> None:
    """The letter, and to how many it would go."""
    zone = zone_of(house.config, drawn.issue.newsletter)
    newsletter = house.newsletters[drawn.issue.newsletter]
    nobody = nobody_of(newsletter, house.config.site.url, house.templates.wording(newsletter.language))
    letters = [
        {"subject": composed.letter.subject, "text": text_for_nobody(composed.letter.text, nobody)}
        for _, composed in drawn.letters
    ]
    if as_json:
        print_json(
            {
                "corrects": drawn.issue.corrects,
                "readers": drawn.readers,
                "posts": [post.id for post in drawn.posts.values()],
                "letters": letters,
                "errors": list(drawn.errors),
            }
        )
        return
    say(f"to {drawn.readers:,} of those who got issue {drawn.issue.corrects}; nothing is sent")
    for post in drawn.posts.values():
        say(f"  {line_of(post, zone)}")
    for finding in drawn.findings:
        say(f"  {finding.severity}: {finding.problem}")
    for letter in letters:
        say(f"\nSubject: {letter['subject']}\n\n{letter['text']}")
