"""The files that other programs export their readers to: how they are recognised, what they say.

What stands here was taken from files that these programs wrote, and from the programs where they
are open (Ghost, listmonk). Each asks for few columns only, as exports grow with every year. Our own
export has all that is known of a reader, and is taken back without loss.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from publisher.subscribe.headings import NAMES, Field, plain
from publisher.subscribe.receipt import Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFormat:
    """How one program writes its readers."""

    name: str  # as one types it: `mailchimp`
    title: str
    needs: Sequence[Sequence[str]] = ()  # one of these sets of headings tells it
    names: Mapping[Field, Sequence[str]] = field(default_factory=lambda: NAMES)
    file_names: Mapping[str, Receipt] = field(default_factory=dict)  # how a file's name begins, where that tells
    all_are: Mapping[str, Receipt] = field(default_factory=dict)  # a heading that only lists of such people have


def _own(changed: Mapping[Field, Sequence[str]]) -> Mapping[Field, Sequence[str]]:
    """The usual names, but for those that mean something else, or nothing, in this program's files."""
    return {one: changed.get(one, known) for one, known in NAMES.items() if changed.get(one, known)}


_MAILCHIMP = ListFormat(
    name="mailchimp",
    title="Mailchimp",
    needs=(("email address", "member rating"), ("email address", "leid", "euid"), ("email address", "optin time")),
    # An audience's own fields may be called anything; only what Mailchimp itself says counts.
    names=_own({
        Field.EMAIL: ("email address",), Field.STATUS: (), Field.WANTED: (), Field.CADENCE: (), Field.COLUMNS: (),
        Field.OPTED_IN: ("optin time",), Field.OPTED_IN_IP: ("optin ip",), Field.LANGUAGE: (),
        Field.UNSUBSCRIBED: ("unsub time",), Field.BOUNCED: ("clean time",), Field.COMPLAINED: (),
        Field.TAGS: ("tags",),
    }),
    file_names={
        "unsubscribed_": Receipt.UNSUBSCRIBED,
        "cleaned_": Receipt.BOUNCED,
        "nonsubscribed_": Receipt.UNCONFIRMED,
    },
    all_are={"unsub time": Receipt.UNSUBSCRIBED, "clean time": Receipt.BOUNCED},
)  # fmt: skip
_SUBSTACK = ListFormat(
    name="substack",
    title="Substack",
    needs=(("email", "active subscription"), ("email", "email disabled", "created at")),
    # `active_subscription` is who pays, not who reads.
    names=_own({Field.WANTED: (), Field.UNSUBSCRIBED: ("email disabled",), Field.OPTED_IN: NAMES[Field.OPTED_IN]}),
)
_GHOST = ListFormat(
    name="ghost",
    title="Ghost",
    needs=(("email", "subscribed to emails"),),
    names=_own(
        {
            Field.STATUS: (),
            Field.WANTED: ("subscribed to emails",),
            Field.UNSUBSCRIBED: ("deleted at",),
            Field.TAGS: ("labels",),
        }
    ),
)
_LISTMONK = ListFormat(name="listmonk", title="listmonk", needs=(("uuid", "email", "status", "attributes"),))
_BUTTONDOWN = ListFormat(
    name="buttondown",
    title="Buttondown",
    needs=(
        ("subscriber type", "creation date"),
        ("email", "type", "creation date"),
        ("email address", "type", "creation date"),
    ),
    names=_own({Field.STATUS: ("subscriber type", "type"), Field.NAME: (), Field.WANTED: ()}),
)
_BEEHIIV = ListFormat(
    name="beehiiv",
    title="Beehiiv",
    needs=(
        ("email", "status", "utm source"),
        ("email", "status", "subscription tier"),
        ("email", "status", "referral code"),
        ("email", "status", "referring site"),
        ("email", "status", "acquisition source"),
    ),
)
OWN = ListFormat(
    name="publisher",
    title="publisher",
    needs=(("email", "state", "consent", "joined", "newsletter", "subscription", "left how"),),
    names={
        Field.EMAIL: ("email",), Field.NAME: ("name",), Field.LANGUAGE: ("language",), Field.STATUS: ("state",),
        Field.CONSENT: ("consent",), Field.JOINED: ("joined",), Field.NEWSLETTER: ("newsletter",),
        Field.CADENCE: ("cadence",), Field.COLUMNS: ("columns",), Field.WISH: ("subscription",),
        Field.WISH_JOINED: ("subscribed",), Field.LEFT_AT: ("left at",), Field.LEFT_HOW: ("left how",),
        Field.PAUSED: ("paused until",), Field.TAGS: ("tags",), Field.SUPPRESSED: ("suppressed since",),
        Field.SUPPRESSED_WHY: ("suppressed why",), Field.SUPPRESSED_DETAIL: ("suppressed detail",),
    },
)  # fmt: skip
GENERIC = ListFormat(name="generic", title="a list")
_KNOWN = (OWN, _MAILCHIMP, _SUBSTACK, _GHOST, _LISTMONK, _BUTTONDOWN, _BEEHIIV, GENERIC)
FORMATS: Mapping[str, ListFormat] = {one.name: one for one in _KNOWN}


def recognised(headings: Sequence[str]) -> ListFormat:
    """Which program wrote a file with these headings."""
    there = {plain(heading) for heading in headings}
    return next((one for one in _KNOWN if any(there.issuperset(needed) for needed in one.needs)), GENERIC)


def receipt_of_all(found: ListFormat, file_name: str, headings: Sequence[str]) -> Receipt | None:
    """What all people of a file are, where its name or its columns say so."""
    there = {plain(heading) for heading in headings}
    for start, receipt in found.file_names.items():
        if file_name.lower().startswith(start):
            return receipt
    return next((receipt for heading, receipt in found.all_are.items() if heading in there), None)
