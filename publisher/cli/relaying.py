"""Sending as a site's config wants it: the relay, and what all letters of the site have in common."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from os import environ

from publisher.cli.house import House, utc_now
from publisher.config.kinds import Secret
from publisher.config.mailing import Mail
from publisher.config.relays import OauthTable, RelayTable
from publisher.config.secret import read_secret
from publisher.engine.embedded import EmbeddedEngine
from publisher.errors import RelayError, WrongUse
from publisher.mail.wire import LetterHead
from publisher.model.delivery import Delivery
from publisher.model.issue import Issue
from publisher.model.outcome import Outcome
from publisher.send.catcher import Catcher
from publisher.send.deliver import send_due
from publisher.send.login import Mechanism
from publisher.send.oauth import Grant, Tokens, limits_of
from publisher.send.parcels import Context as LetterContext
from publisher.send.relay import Relay, read_relay
from publisher.send.report import SendReport
from publisher.send.tls import tls_context, words_of
from publisher.send.wellbeing import Limits

CATCHER = "catcher://"


def engine_of(house: House, send: Callable[[threading.Event], bool]) -> EmbeddedEngine:
    """The engine that sends with `send`."""
    return EmbeddedEngine(house.store, send, utc_now)


@contextmanager
def open_relay(house: House) -> Iterator[Relay]:
    """The relay to send through; for `catcher://`, its server runs meanwhile."""
    name = mail_of(house).relay or next(iter(house.config.relays))
    house.keyring.signers(house.file)  # a key that cannot be used is told before anything is sent
    table = house.config.relays[name]
    if table.url == CATCHER:
        with Catcher(house.outbox) as catcher:
            yield catcher.relay(connections=table.connections, per_connection=table.per_connection)
    else:
        yield _relay_of(house, name, table)


def _relay_of(house: House, name: str, table: RelayTable) -> Relay:
    oauth = table.oauth
    return read_relay(
        table.url,
        name=name,
        password=_secret(house, table.password, f"relays.{name}.password"),
        tokens=_tokens_of(house, name, oauth) if oauth else None,
        mechanism=Mechanism(oauth.mechanism.upper()) if oauth and oauth.mechanism else None,
        connections=table.connections,
        per_connection=table.per_connection,
        timeout=table.timeout,
        chunking=table.chunking,
        ca_file=house.file.resolve(table.ca_file) if table.ca_file else None,
        hello=bounce_domain(house),
    )


def _tokens_of(house: House, name: str, table: OauthTable) -> Tokens:
    place = f"relays.{name}.oauth"
    grant = Grant(
        token_url=table.token_url,
        client_id=table.client_id,
        client_secret=_secret(house, table.client_secret, f"{place}.client_secret"),
        refresh_token=_secret(house, table.refresh_token, f"{place}.refresh_token"),
        scope=table.scope,
        kept=house.var / "oauth" / f"{name}.json",
    )
    try:
        tls = tls_context(house.file.resolve(table.ca_file)) if table.ca_file else None
    except OSError as wrong:  # an SSLError is one, too
        cure = "put the certificates there, or take the key out"
        raise RelayError(f"{place}.ca_file: {table.ca_file} cannot be used: {words_of(wrong)}; {cure}") from None
    return Tokens(grant, limits_of(table.token_url, site_url=house.config.site.url, tls=tls))


def _secret(house: House, secret: Secret | None, place: str) -> str:
    return read_secret(secret, house.file.root, environ, key=place) if secret else ""


def send(
    house: House,
    relay: Relay,
    *,
    stop: Callable[[], bool],
    progress: Callable[[SendReport], None],
    answered: Callable[[Delivery, Outcome], None] = lambda *_: None,
) -> SendReport:
    """Send what is due through an open relay; the caller holds the sender's lock."""
    context = replace(letter_context(house), signers=house.keyring.signers(house.file))
    table = mail_of(house).pause_at
    limits = Limits(refused_percent=table.refused, blamed=table.blamed)
    return send_due(
        house.store,
        relay,
        context,
        stop=stop,
        progress=progress,
        answered=answered,
        limits=limits,
        clock=utc_now,
    )


def letter_context(house: House) -> LetterContext:
    """What all letters of the site have in common, unsigned."""
    return LetterContext(
        keys=house.keys,
        site_url=house.config.site.url,
        bounce_domain=bounce_domain(house),
        head_of=lambda issue: _head_of(house, issue),
        media=house.media,
    )


def bounce_domain(house: House) -> str:
    """The domain of return addresses where a newsletter names none, and our name in EHLO (RFC 5321 §4.1.1.1)."""
    default = next(iter(house.newsletters.values())).from_address
    return mail_of(house).bounce_domain or default.rpartition("@")[2]


def _head_of(house: House, issue: Issue) -> LetterHead:
    if issue.newsletter not in house.newsletters:
        raise WrongUse(
            f"issue {issue.id} is of newsletter {issue.newsletter!r}, which is no longer in {house.file.path}; "
            f"put it back, or type: publisher issues cancel {issue.id}"
        )
    newsletter, site = house.newsletters[issue.newsletter], house.config.site
    domain = newsletter.from_address.rpartition("@")[2]
    authority = site.tag_authority.partition(",")[0].rpartition("@")[2]
    return LetterHead(
        from_name=newsletter.from_name,
        from_address=newsletter.from_address,
        reply_to=newsletter.reply_to,
        list_name=newsletter.name,
        list_id=f"{newsletter.slug}.newsletters.{authority}",  # the part of the config that never changes
        list_help=f"{site.url}/unsubscribe",
        list_owner=newsletter.reply_to or newsletter.from_address,
        list_archive_url=f"{site.url}/newsletters/{newsletter.slug}/",
        feedback_id=f"{issue.cadence}-{issue.slot}:{newsletter.slug}:newsletter:{_sender_id(domain)}",
        language=newsletter.language,
        date=issue.created,
        mail_domain=domain,
        bounce_domain=house.config.newsletters[issue.newsletter].bounce_domain or mail_of(house).bounce_domain or domain,
        nameless=newsletter.nameless or house.templates.wording(newsletter.language).gettext("reader"),
    )


def _sender_id(domain: str) -> str:
    """5 to 15 characters that stay the same for one sender, as Gmail's Feedback-ID wants them."""
    return "".join(character for character in domain if character.isalnum())[:15].ljust(5, "0")


def mail_of(house: House) -> Mail:
    """The [mail] table. Raises WrongUse where there is none, because there is no newsletter."""
    if house.config.mail is None or not house.newsletters:
        raise WrongUse(f"{house.file.path} has no newsletter; add [newsletters.NAME] and [mail]")
    return house.config.mail
