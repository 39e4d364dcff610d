"""`publisher subscribers form`: a sign-up form to paste into a page of another site."""

from __future__ import annotations

from pathlib import Path

import click

from publisher.cli.console import config_option, examples, say, warn
from publisher.config.nouns import joinable_of
from publisher.errors import WrongUse
from publisher.house.opened import open_house
from publisher.model.direction import direction_of


@click.command(
    "form", epilog=examples("publisher subscribers form morning", "publisher subscribers form morning --frame")
)
@config_option
@click.option("--frame", "framed", is_flag=True, help="The whole form in a frame, for a site in `signup.origins`.")
@click.argument("newsletter")
def form(config_path: Path, *, framed: bool, newsletter: str) -> None:
    """Print HTML to paste into any page: people join a newsletter there.

    The form holds the address alone and no script; it leads to the newsletter's own page, where the
    rest is chosen and sent. Style it as the page it stands in.
    """
    with open_house(config_path) as house:
        house.newsletters_named(newsletter)
        if newsletter not in joinable_of(house.config):
            raise WrongUse(
                f"nobody can join {newsletter!r} by himself: see `open` of [signup], and `signup`, `schedule` and "
                f"`as_it_happens` of [newsletters.{newsletter}]"
            )
        known, config = house.newsletters[newsletter], house.config
        values = {
            "url": config.site.url,
            "slug": newsletter,
            "newsletter": known.name,
            "framed": framed,
            "language": known.language,
            "direction": direction_of(known.language),
        }
        say(house.templates.render("web/subscribe_paste.html", values).rstrip())
        if framed and not config.signup.origins:
            warn("No site may show it yet: name those that may in `signup.origins`.")
