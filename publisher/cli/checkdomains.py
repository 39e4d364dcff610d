"""`publisher check domains`: how the domains that letters come from stand in the DNS."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say
from publisher.fetch.dns import Resolver
from publisher.house.domains import check_domains, keep
from publisher.house.opened import open_house, utc_now
from publisher.mail.published import Finding, Verdict


@click.command("domains", epilog=examples("publisher check domains", "publisher check domains --json"))
@config_option
@json_option
@click.option("--server", "servers", multiple=True, metavar="ADDRESS", help="Ask this DNS server; may be given again.")
def domains(config_path: Path, *, as_json: bool, servers: tuple[str, ...]) -> int:
    """Look up SPF, DKIM, DMARC, reverse DNS and where bounces go, and say what to publish.

    The desk shows the same. Exit code 1 where something is wrong.
    """
    with open_house(config_path) as house:
        checked = check_domains(house, Resolver(servers), now=utc_now())
        with house.store.write() as conn:
            keep(conn, checked)
    if as_json:
        print_json([asdict(one) for one in checked.findings])
    else:
        for one in checked.findings:
            _tell(one)
    return int(any(one.verdict is Verdict.WRONG for one in checked.findings))


def _tell(one: Finding) -> None:
    say(f"{one.about}  {one.name}: {one.verdict}")
    say(f"  {one.words}")
    for text in one.found:
        say(f"  found    {text}")
    if one.publish:
        say(f"  publish  {one.publish.name} {one.publish.type}")
        say(f"           {one.publish.value}")
