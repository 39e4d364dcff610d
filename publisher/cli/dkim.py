"""`publisher dkim`: make keys that sign letters, and show the records that go with them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from publisher.cli.console import config_option, examples, json_option, print_json, say, warn
from publisher.config import values
from publisher.config.load import ConfigFile, read_config
from publisher.config.refused import Refused
from publisher.errors import ConfigError, WrongUse
from publisher.house.dkimkeys import NewKey, config_lines, make_keys, own_domains
from publisher.house.opened import utc_now
from publisher.house.signing import KeyOfSite, newsletters_by_key, read_key
from publisher.mail import headers
from publisher.mail.dkim import SigningKey
from publisher.mail.dkimkey import Kind, Record, bits_of, kind_of, record_of, weakness_of
from publisher.send.multibuffer import BatchSigner

KINDS = {"both": (Kind.RSA, Kind.ED25519), "rsa": (Kind.RSA,), "ed25519": (Kind.ED25519,)}
_ADVICE = {
    "waiting": 'when its record can be seen, set `state = "signing"`',
    "signing": "",
    "retired": "a week after it signed last, take out its record and its table",
}


@click.group(
    "dkim",
    epilog=examples(
        "publisher dkim new",
        "publisher dkim new --domain courier.example --selector autumn",
        "publisher dkim show",
    ),
)
def command() -> None:
    """Make keys that sign letters (DKIM), and show the DNS records that go with them."""


@command.command(
    epilog=examples(
        "publisher dkim new                                     for the domain of From",
        "publisher dkim new --domain courier.example --selector autumn",
        "publisher dkim new --kind rsa                          an RSA key alone",
    )
)
@config_option
@json_option
@click.option("--domain", help="Domain to sign for. [default: that of From]")
@click.option("--selector", help="Name in the DNS, of which no other key was. [default: made from today's date]")
@click.option("--kind", type=click.Choice(list(KINDS)), default="both", show_default=True, help="Kinds of key to make.")
def new(config_path: Path, *, as_json: bool, domain: str | None, selector: str | None, kind: str) -> None:
    """Make keys, and say what to publish and what to add to config.toml.

    Of two kinds, each has a selector of its own: SELECTOR-rsa and SELECTOR-ed25519. The keys are
    kept in files below `storage.var` that only you can read; a file that is there is never
    replaced. Nothing signs before config.toml says so.
    """
    file = read_config(config_path)
    domain = _domain(file, domain)
    keys = make_keys(file, domain, _selector(selector), kinds=KINDS[kind], now=utc_now())
    if as_json:
        print_json({"keys": [_new_for_programs(key) for key in keys], "config": config_lines(file, keys)})
        return
    _tell_new(file, keys)


def _domain(file: ConfigFile, given: str | None) -> str:
    """The domain to sign for, as A-labels. Raises WrongUse."""
    domains = own_domains(file)
    if given is None:
        if len(domains) == 1:
            return domains[0]
        wrong = f"letters come from {' and '.join(domains)}" if domains else f"{file.path} has no newsletter yet"
        raise WrongUse(f"{wrong}; say for which domain: --domain {domains[0] if domains else 'DOMAIN'}")
    try:
        domain = values.domain(headers.ascii_domain(given.strip().rstrip(".")))
    except ValueError:
        raise WrongUse(f"{given!r} is not a domain; write one like courier.example") from None
    if not any(f".{own}".endswith(f".{domain}") for own in domains):
        warn(f"Note: no newsletter has its From at {domain} or below it yet")
    return domain


def _selector(given: str | None) -> str | None:
    try:
        return None if given is None else values.selector(given)
    except Refused as wrong:
        raise WrongUse(f"{given!r} {wrong.wrong}; {wrong.cure}") from None


def _tell_new(file: ConfigFile, keys: list[NewKey]) -> None:
    say("These keys were made; nobody but you can read them:\n")
    for key in keys:
        say(f"  {key.path}")
    say(f"\n1. Publish in the zone of {keys[0].domain}:")
    for key in keys:
        _tell_record(key.record)
    say("\n2. Add to config.toml:\n")
    say(config_lines(file, keys))
    say('\n3. When the records can be seen, set `state = "signing"`. Until then nothing signs with them:')
    for key in keys:
        say(f"   dig +short TXT {key.record.name}")


def _tell_record(record: Record) -> None:
    say(f"\n{record.zone_entry}\n")
    say("   or, where a form asks for name and value:")
    say(f"   {record.name}")
    say(f"   {record.value}")


@command.command(epilog=examples("publisher dkim show", "publisher dkim show --json"))
@config_option
@json_option
@click.pass_context
def show(ctx: click.Context, config_path: Path, *, as_json: bool) -> None:
    """Show all keys of config.toml: their state, what they sign, the record that must stand in the DNS.

    What stands there is not looked up. Exit code 1 where a key cannot be read.
    """
    file = read_config(config_path)
    shown = list(_shown(file))
    if as_json:
        print_json(shown)
    elif not shown:
        say(f"{file.path} has no keys; make some with: publisher dkim new")
    else:
        for one in shown:
            _tell(one)
    ctx.exit(1 if any("problem" in one for one in shown) else 0)


def _shown(file: ConfigFile) -> Iterator[dict[str, Any]]:
    keys: dict[str, KeyOfSite] = {}
    problems: dict[str, str] = {}
    for name in file.config.dkim:
        try:
            keys[name] = read_key(file, name, os.environ)
        except ConfigError as wrong:
            problems[name] = str(wrong).removeprefix("config.toml: ")
    signs = newsletters_by_key(file, [key for key in keys.values() if key.table.state == "signing"])
    together = BatchSigner()
    for name, table in file.config.dkim.items():
        head = {"name": name, "domain": table.domain, "selector": table.selector, "state": table.state}
        if name in problems:
            yield {**head, "problem": problems[name]}
            continue
        private = keys[name].private
        yield {
            **head,
            "kind": kind_of(private),
            "bits": bits_of(private),
            "newsletters": signs.get(name, []),
            "at_a_time": together.at_a_time(SigningKey(domain=table.domain, selector=table.selector, private=private)),
            "warning": weakness_of(private),
            "record": _record_for_programs(record_of(private, domain=table.domain, selector=table.selector)),
        }


def _tell(one: dict[str, Any]) -> None:
    if "problem" in one:
        warn(f"{one['name']}: {one['state']}; its record cannot be made: {one['problem']}\n")
        return
    bits = f" of {one['bits']} bits" if one["kind"] == Kind.RSA else ""
    signs = f", signs {', '.join(one['newsletters']) or 'for no newsletter'}" if one["state"] == "signing" else ""
    signs += f", {one['at_a_time']} letters at a time" if one["newsletters"] and one["at_a_time"] > 1 else ""
    say(f"{one['name']}: {one['state']}, {one['kind'].name}{bits}, for {one['domain']}{signs}")
    for note in filter(None, (_ADVICE[one["state"]], one["warning"])):
        say(f"  {note}")
    _tell_record(Record(name=one["record"]["name"], value=one["record"]["value"]))
    say("")


def _new_for_programs(key: NewKey) -> dict[str, Any]:
    head = {"file": str(key.path), "domain": key.domain, "selector": key.selector, "kind": key.kind}
    return {**head, "record": _record_for_programs(key.record)}


def _record_for_programs(record: Record) -> dict[str, Any]:
    return {"name": record.name, "value": record.value, "strings": record.strings, "zone": record.zone_entry}
