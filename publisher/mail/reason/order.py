"""The order in which cases are believed, where words of several stand in one reply.

What can only be meant comes first: a wish of the mailbox's owner, a block list by its name,
a sender that could not be verified (which quotes the words for an unknown user). Then what
is said of the mailbox; then what filters say, who like to explain themselves at length; last
what any server may say of anything. A status (`status.py`) is believed after these but
before what is too vague to mean one thing.

Pure values.
"""

from __future__ import annotations

from publisher.mail.reason.address import UNKNOWN
from publisher.mail.reason.case import Case
from publisher.mail.reason.domain import DOMAINS, ROUTES
from publisher.mail.reason.mailbox import DISABLED, FULL, MOVED, WISHES
from publisher.mail.reason.ours import AUTHENTICATION, GREYLISTING, LISTED, POLICIES, SENDER, SPAM
from publisher.mail.reason.relay import LETTERS, RELAYS
from publisher.mail.reason.traffic import PACE, SERVERS, TIMES, VAGUE

SURE: tuple[Case, ...] = (
    *GREYLISTING,
    *WISHES,
    *AUTHENTICATION,
    *SENDER,
    *LISTED,
    *RELAYS,
    *PACE,
    *FULL,
    *MOVED,
    *DISABLED,
    *DOMAINS,
    *UNKNOWN,
    *ROUTES,
    *LETTERS,
    *SPAM,
)
LESS_SURE: tuple[Case, ...] = (*POLICIES, *TIMES, *SERVERS, *VAGUE)
