"""`publisher users`: who may work at the desk; for who is locked out, and for programs that make accounts."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

import click
from sqlalchemy import Connection

from publisher.cli.console import config_option, examples, json_option, print_json, say
from publisher.errors import WrongUse
from publisher.house import accounts
from publisher.house.accounts import Offer
from publisher.house.hands import by_command
from publisher.house.opened import House, open_house, utc_now
from publisher.model.user import EVERYTHING, Role, User
from publisher.store import sessions, users

role_option = click.option(
    "--role",
    "given",
    multiple=True,
    metavar="ROLE[:NEWSLETTER]",
    help="owner, sender, editor or viewer; of one newsletter where it is named. May be given again.",
)


@click.group(
    "users",
    epilog=examples(
        "publisher users list",
        "publisher users invite mira@courier.example --role owner",
        "publisher users reset mira@courier.example",
        "publisher users role jon@courier.example editor sender:morning",
    ),
)
def command() -> None:
    """Accounts of the desk. Nothing is sent by mail: invitations are links that you pass on."""


@command.command("list", epilog=examples("publisher users list", "publisher users list --json"))
@config_option
@json_option
def list_(config_path: Path, *, as_json: bool) -> None:
    """List everybody, with roles, and when they were seen last."""
    with open_house(config_path) as house:
        with house.store.read() as conn:
            everybody, seen = users.get_all(conn), sessions.last_seen(conn)
        if as_json:
            print_json([_for_programs(user, seen.get(user.id)) for user in everybody])
            return
        for user in everybody:
            say(_line_of(user, seen.get(user.id), house))
        if not everybody:
            say("nobody has an account; `publisher serve` prints a link by which the first owner comes in")


@command.command(
    "invite",
    epilog=examples(
        "publisher users invite mira@courier.example --role owner",
        'publisher users invite jon@courier.example --name "Jon Ansel" --role viewer --role sender:morning',
    ),
)
@config_option
@json_option
@role_option
@click.option("--name", default="", metavar="TEXT", help="As others see it at the desk.")
@click.argument("email")
def invite(config_path: Path, *, as_json: bool, given: tuple[str, ...], name: str, email: str) -> None:
    """Make an account, and print the link by which its owner chooses a password; it is good for seven days."""
    roles = _roles(given)
    with open_house(config_path) as house:
        hand, known = by_command(utc_now()), house.newsletters
        with house.store.write() as conn:
            user, offer = accounts.invite(conn, hand, email=email, name=name, roles=roles, known=known)
        _say_offer(house, user, offer, as_json=as_json)


@command.command(
    "reset",
    epilog=examples(
        "publisher users reset mira@courier.example",
        "publisher users reset mira@courier.example --second-factor",
    ),
)
@config_option
@json_option
@click.option("--second-factor", is_flag=True, help="Take away the second factor, too: for who lost the phone.")
@click.argument("email")
def reset(config_path: Path, *, as_json: bool, second_factor: bool, email: str) -> None:
    """Print a link by which somebody chooses a new password. The old one stays good until it is used."""
    with open_house(config_path) as house:
        hand = by_command(utc_now())
        with house.store.write() as conn:
            user = accounts.by_address(conn, email)
            offer = accounts.offer_again(conn, hand, user)
            if second_factor:
                accounts.drop_second_factor(conn, hand, user)
        _say_offer(house, user, offer, as_json=as_json)


@command.command("disable", epilog=examples("publisher users disable jon@courier.example"))
@config_option
@click.argument("email")
def disable(config_path: Path, email: str) -> None:
    """Sign somebody out everywhere, and let them in no more. Roles and all they did stay."""
    with open_house(config_path) as house, house.store.write() as conn:
        user = accounts.by_address(conn, email)
        changed = accounts.disable(conn, by_command(utc_now()), user)
    say(f"{user.email}: cannot sign in any more" if changed else f"{user.email}: could not sign in before")


@command.command("enable", epilog=examples("publisher users enable jon@courier.example"))
@config_option
@click.argument("email")
def enable(config_path: Path, email: str) -> None:
    """Let somebody sign in again."""
    with open_house(config_path) as house, house.store.write() as conn:
        user = accounts.by_address(conn, email)
        changed = accounts.enable(conn, by_command(utc_now()), user)
    say(f"{user.email}: may sign in again" if changed else f"{user.email}: could sign in before")


@command.command(
    "role",
    epilog=examples(
        "publisher users role jon@courier.example editor              of everything",
        "publisher users role jon@courier.example viewer sender:morning",
    ),
)
@config_option
@click.argument("email")
@click.argument("given", nargs=-1, required=True, metavar="ROLE[:NEWSLETTER]...")
def role(config_path: Path, email: str, given: tuple[str, ...]) -> None:
    """Give somebody exactly these roles: owner, sender, editor, viewer."""
    roles = _roles(given)
    with open_house(config_path) as house, house.store.write() as conn:
        user = accounts.by_address(conn, email)
        hand = by_command(utc_now())
        changed = accounts.change_roles(conn, hand, user, roles=roles, known=house.newsletters)
        _say_roles(conn, user, changed=changed)


def _say_roles(conn: Connection, user: User, *, changed: bool) -> None:
    words = accounts.in_words(users.get(conn, user.id).roles)
    say(f"{user.email}: {'is now' if changed else 'was before'} {words}")


def _roles(given: Iterable[str]) -> dict[str, Role]:
    """`sender:morning` → a sender of morning."""
    roles: dict[str, Role] = {}
    for one in given:
        word, _, slug = one.partition(":")
        if word not in {one.value for one in Role}:
            raise WrongUse(f"there is no role {word!r}; there are: {', '.join(Role)}")
        if roles.setdefault(slug or EVERYTHING, Role(word)) is not Role(word):
            raise WrongUse(f"two roles for {slug or 'everything'}: give one")
    return roles


def _say_offer(house: House, user: User, offer: Offer, *, as_json: bool) -> None:
    link = f"{house.config.site.url.rstrip('/')}{offer.path}"
    if as_json:
        print_json({"email": user.email, "link": link, "ends": offer.ends.isoformat()})
        return
    say(f"{user.email}: pass this link on by a way you trust; it is good once, until {_when(offer.ends, house)}")
    say(link)


def _line_of(user: User, seen: datetime | None, house: House) -> str:
    state = "disabled" if user.disabled else "active" if user.has_password else "invited"
    factor = ", second factor" if user.has_second_factor else ""
    name = f" ({user.name})" if user.name else ""
    return f"{user.email}{name}  {state}{factor}  {accounts.in_words(user.roles)}  seen {_when(seen, house)}"


def _when(moment: datetime | None, house: House) -> str:
    return f"{moment.astimezone(house.zone):%Y-%m-%d %H:%M}" if moment else "never"


def _for_programs(user: User, seen: datetime | None) -> dict[str, object]:
    return {
        "email": user.email,
        "name": user.name,
        "roles": {slug or "*": one.value for slug, one in user.roles.items()},
        "has_password": user.has_password,
        "has_second_factor": user.has_second_factor,
        "disabled": user.disabled is not None,
        "seen": seen.isoformat() if seen else None,
    }
