"""Sending as a site's config wants it, and what all letters of the site have in common."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from publisher.config.mailing import Mail
from publisher.engine.embedded import EmbeddedEngine
from publisher.errors import WrongUse
from publisher.house.keepingup import bring_up_to_date
from publisher.house.opened import House, utc_now
from publisher.mail.wire import LetterHead
from publisher.model.issue import Issue, IssueKind
from publisher.model.service import TO_DECLINE
from publisher.send.deliver import send_due
from publisher.send.parcels import Context as LetterContext
from publisher.send.report import SendReport
from publisher.send.traffic import Manners, Told, Traffic

CATCHER = "catcher://"


def engine_of(house: House, send: Callable[[threading.Event], bool]) -> EmbeddedEngine:
    """The engine that sends with `send`."""
    return EmbeddedEngine(house.store, send, utc_now)


def send_letters(house: House, traffic: Traffic, *, stop: Callable[[], bool], told: Told) -> SendReport:
    """Send what is due through relays that are open."""
    context = replace(letter_context(house), signers=house.keyring.signers(house.file))
    return send_due(house.store, traffic, context, stop=stop, told=told, manners=Manners(clock=utc_now))


def send(house: House, traffic: Traffic, *, stop: Callable[[], bool], told: Told) -> SendReport:
    """The same; then count what was refused, where nobody wants to stop."""
    report = send_letters(house, traffic, stop=stop, told=told)
    if not stop():
        bring_up_to_date(house, stop, told.say)
    return report


def letter_context(house: House) -> LetterContext:
    """What all letters of the site have in common, unsigned."""
    return LetterContext(
        keys=house.keys,
        site_url=house.config.site.url,
        bounce_domain=bounce_domain(house),
        head_of=lambda issue: _head_of(house, issue),
        media=house.media,
    )


def bounce_domain_of(house: House, newsletter: str) -> str:
    """The domain of a newsletter's return addresses."""
    own = house.config.newsletters[newsletter].bounce_domain
    return own or mail_of(house).bounce_domain or house.newsletters[newsletter].from_address.rpartition("@")[2]


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
        feedback_id=f"{_campaign(issue)}:{newsletter.slug}:newsletter:{_sender_id(domain)}",
        language=newsletter.language,
        date=issue.created,
        mail_domain=domain,
        bounce_domain=bounce_domain_of(house, issue.newsletter),
        leave_domain=bounce_domain_of(house, issue.newsletter) if _may_leave_by_mail(house, issue) else "",
        nameless=newsletter.nameless or house.templates.wording(newsletter.language).gettext("reader"),
    )


def _may_leave_by_mail(house: House, issue: Issue) -> bool:
    """A mailbox is read for it; whoever only says that they did not ask does that by the link."""
    return bool(house.config.bounces) and issue.kind not in TO_DECLINE


def _campaign(issue: Issue) -> str:
    return f"{issue.cadence}-{issue.slot}" if issue.kind is IssueKind.ISSUE else issue.kind


def _sender_id(domain: str) -> str:
    """5 to 15 characters that stay the same for one sender, as Gmail's Feedback-ID wants them."""
    return "".join(character for character in domain if character.isalnum())[:15].ljust(5, "0")


def mail_of(house: House) -> Mail:
    """The [mail] table. Raises WrongUse where there is none, because there is no newsletter."""
    if house.config.mail is None or not house.newsletters:
        raise WrongUse(f"{house.file.path} has no newsletter; add [newsletters.NAME] and [mail]")
    return house.config.mail
