"""Sentences of letters of service that stand outside of their templates: subject, line above, why it came.

A letter that asks may have been ordered by a stranger, so none of these says more than that
somebody asked, and none has a word in it that a stranger could have chosen: not the address
either, as long as nobody has confirmed it, since mail to `mira+visit.evil.example/x@` comes to
whoever gets mail to `mira@`. Pure.
"""

from __future__ import annotations

from datetime import timedelta

from publisher.letter.edition import Edition
from publisher.model.issue import IssueKind
from publisher.model.letter import Slot
from publisher.model.service import DOORS
from publisher.wording.wording import Wording

_LONGEST_IN_HOURS = timedelta(hours=48)  # what lasts longer is told in days


def service_subject(edition: Edition, wording: Wording) -> str:
    """What it is about, in the first words."""
    newsletter, site = edition.newsletter.name, edition.site_name
    match edition.kind:
        case IssueKind.CONFIRM:
            return wording.gettext("Please confirm: %(newsletter)s", newsletter=newsletter)
        case IssueKind.CHANGE:
            return wording.gettext("Please confirm your new address for %(newsletter)s", newsletter=newsletter)
        case IssueKind.LINK:
            return wording.gettext("The link to your own page at %(site)s", site=site)
        case _:
            return wording.gettext("Welcome to %(newsletter)s", newsletter=newsletter)


def service_preheader(edition: Edition, wording: Wording) -> str:
    """What a mailbox shows beside the subject."""
    newsletter = edition.newsletter.name
    match edition.kind:
        case IssueKind.CONFIRM:
            return wording.gettext(
                "%(newsletter)s comes once you say that it was you who asked.", newsletter=newsletter
            )
        case IssueKind.CHANGE:
            return wording.gettext("%(newsletter)s moves to this address once you say so.", newsletter=newsletter)
        case IssueKind.LINK:
            return wording.gettext("All that comes to you, and how to change it.")
        case _:
            return wording.gettext("Thank you: from now on %(newsletter)s comes to you.", newsletter=newsletter)


def service_why(edition: Edition, wording: Wording) -> str:
    """Why this letter came; where the address stands in it, it is a slot."""
    address, newsletter = Slot.EMAIL.mark, edition.newsletter.name
    match edition.kind:
        case IssueKind.CONFIRM:
            return wording.gettext(
                "You get this letter because somebody asked for %(newsletter)s with your address.",
                newsletter=newsletter,
            )
        case IssueKind.CHANGE:
            return wording.gettext(
                "You get this letter because a reader of %(newsletter)s named your address as a new one.",
                newsletter=newsletter,
            )
        case IssueKind.LINK:
            return wording.gettext(
                "You get this letter at %(address)s because somebody asked for it at %(site)s with this address.",
                address=address,
                site=edition.site_name,
            )
        case _:
            return wording.gettext(
                "You get this letter at %(address)s because you subscribed to %(newsletter)s.",
                address=address,
                newsletter=newsletter,
            )


def lasting_of(kind: IssueKind, wording: Wording) -> str:
    """How long the link of the letter is good; "" where it has none."""
    door = DOORS.get(kind)
    if door is None:
        return ""
    lasts = door.lasts
    if lasts <= _LONGEST_IN_HOURS:
        hours = lasts // timedelta(hours=1)
        return wording.ngettext("The link is good for %(num)s hour.", "The link is good for %(num)s hours.", hours)
    return wording.ngettext("The link is good for %(num)s day.", "The link is good for %(num)s days.", lasts.days)
