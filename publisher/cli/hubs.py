"""`publisher hubs`: who is told when a feed changed, and how that went."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say
from publisher.house.opened import House, open_house
from publisher.house.pushing import audience_of
from publisher.store import hub, pings


@click.command("hubs", epilog=examples("publisher hubs", "publisher hubs --json"))
@config_option
@json_option
def command(config_path: Path, *, as_json: bool) -> None:
    """Show the hubs that hear of changed feeds, and who is subscribed at our own.

    Which hubs these are stands in [push] of config.toml. What they have not heard yet is
    told by `publisher serve`, again and again for a day, and once by `publisher publish`.
    """
    with open_house(config_path) as house:
        facts = _facts(house)
        if as_json:
            print_json(facts)
            return
        for line in _lines(facts):
            say(line)


def _facts(house: House) -> dict[str, Any]:
    audience = audience_of(house)
    with house.store.read() as conn:
        standing = pings.get_all(conn)
        subscribed = hub.counts(conn)
    told = [*audience.hubs, *([audience.rsscloud] if audience.rsscloud else [])]
    return {
        "hubs": [
            {
                "hub": url,
                "waiting": sum(1 for ping in standing if ping.hub == url and ping.next_try),
                "problems": sorted({ping.problem for ping in standing if ping.hub == url and ping.problem}),
            }
            for url in told
        ],
        "own_hub": audience.own_hub or None,
        "subscriptions": [
            {"feed": topic, "subscribed": many, "to_be_told": waiting, "failing": failing}
            for topic, (many, waiting, failing) in subscribed.items()
        ],
    }


def _lines(facts: dict[str, Any]) -> list[str]:
    lines = []
    for one in facts["hubs"]:
        waiting = f"{one['waiting']} feeds to be told" if one["waiting"] else "has heard of all"
        lines += [f"{one['hub']}  {waiting}", *(f"  {problem}" for problem in one["problems"])]
    if facts["own_hub"]:
        many = sum(one["subscribed"] for one in facts["subscriptions"])
        lines.append(f"{facts['own_hub']}  our own, {many} subscriptions")
    for one in facts["subscriptions"]:
        rest = f", {one['to_be_told']} to be told" if one["to_be_told"] else ""
        rest += f", {one['failing']} failing" if one["failing"] else ""
        lines.append(f"  {one['feed']}  {one['subscribed']} subscribed{rest}")
    return lines or ["no hub is told; name some in [push] of config.toml"]
