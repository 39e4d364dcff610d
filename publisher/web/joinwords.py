"""What the sign-up form says beside its labels: what is promised, and what cannot be used. In words of a language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from math import ceil

from publisher.model.issue import Newsletter
from publisher.subscribe.joinform import Fault
from publisher.web.site import SignUp
from publisher.wording.wording import Wording


def promise(wording: Wording) -> str:
    """What comes of sending the form; whoever sends it agrees to that."""
    _ = wording.gettext
    return _(
        "We will send one letter to this address, which asks you to confirm. Nothing else comes before you did. "
        "You can leave at any time, by one click in each letter."
    )


def said(wording: Wording, newsletters: Iterable[Newsletter], signup: SignUp) -> str:
    """The promise with what it was about, as it is kept as proof."""
    _ = wording.gettext
    offered = [f"{one.name}: {text}" if (text := signup.offers[one.slug]) else one.name for one in newsletters]
    return "\n".join([_("Subscribe"), *offered, promise(wording), *filter(None, [signup.privacy_url])])


def in_words(fault: Fault, wording: Wording) -> str:
    """What is the matter with a field, and what to do."""
    _ = wording.gettext
    told = {
        Fault.NO_ADDRESS: _("Please write your mail address here."),
        Fault.NO_AT: _("There is no @ in it. A mail address looks like name@example.org."),
        Fault.NO_MAIL_ADDRESS: _(
            "This is not a mail address. Please look for a sign that is missing or too many; it looks like "
            "name@example.org."
        ),
        Fault.NO_NEWSLETTER: _("Please choose at least one newsletter."),
        Fault.CADENCE: _("Please choose how often it should come."),
        Fault.NO_COLUMN: _("Please tick at least one column, or choose all of them."),
    }
    return told[fault]


def once_more(wording: Wording) -> str:
    """Why the form is shown again, though nothing is wrong with it."""
    _ = wording.gettext
    return _("Please look whether all is as you want it, and press the button once more. Nothing has been sent yet.")


def too_many(wait: timedelta, wording: Wording) -> str:
    """That a limit is reached: of who asks, of the mail provider, or of the whole site."""
    return wording.ngettext(
        "Too many people have just asked from where you are, or with addresses like yours. Nothing has been sent. "
        "Please try again in %(num)s minute.",
        "Too many people have just asked from where you are, or with addresses like yours. Nothing has been sent. "
        "Please try again in %(num)s minutes.",
        minutes_of(wait),
    )


def minutes_of(wait: timedelta) -> int:
    """Rounded up: who comes back then is not sent away again."""
    return max(1, ceil(wait.total_seconds() / 60))
