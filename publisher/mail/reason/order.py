"""The order in which cases are believed, where words of several stand in one reply.

What can only be meant comes first: a pause by greylisting, a word on our account, a wish of the
mailbox's owner, a proof that failed, a sender that could not be verified (which quotes the
words for an unknown user), a block list by its name. Then what is said of the mailbox; then
what filters say, who like to explain themselves at length; last what any server may say of
anything. A status (`status.py`) is believed after these but before what is too vague to mean
one thing.

Pure values.
"""

from __future__ import annotations

from publisher.mail.reason.address import UNKNOWN
from publisher.mail.reason.case import Case
from publisher.mail.reason.domain import DOMAINS, LET_GO, ROUTES
from publisher.mail.reason.filters import POLICIES, SPAM
from publisher.mail.reason.letter import LETTERS
from publisher.mail.reason.mailbox import DISABLED, FULL, MOVED, REFUSED, WISHES
from publisher.mail.reason.ours import AUTHENTICATION, LISTED, SENDERS
from publisher.mail.reason.relay import ACCOUNTS, RELAYS
from publisher.mail.reason.traffic import GIVEN_UP, GREYLISTING, PACE, SERVERS, TIMES
from publisher.mail.reason.vague import VAGUE

SURE: tuple[Case, ...] = (
    *GREYLISTING,
    *ACCOUNTS,
    *WISHES,
    *AUTHENTICATION,
    *SENDERS,
    *LISTED,
    *LET_GO,
    *RELAYS,
    *PACE,
    *FULL,
    *MOVED,
    *DISABLED,
    *DOMAINS,
    *UNKNOWN,
    *REFUSED,
    *ROUTES,
    *GIVEN_UP,
    *LETTERS,
    *SPAM,
)
LESS_SURE: tuple[Case, ...] = (*POLICIES, *TIMES, *SERVERS, *VAGUE)
