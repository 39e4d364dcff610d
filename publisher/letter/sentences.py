"""Sentences of a letter that depend on what is in it, in its language.

The line above tells what the subject does not; the line below, why this letter came.
"""

from __future__ import annotations

from collections.abc import Sequence

from publisher.letter.edition import Edition, Story
from publisher.model.letter import Slot
from publisher.model.subscriber import Cadence
from publisher.wording.wording import Wording

_MOST_NAMED = 3
_LONGEST_LIST = 105  # characters; mailboxes show about 100, and one title at least is named


def preheader_of(stories: Sequence[Story], wording: Wording) -> str:
    """What a mailbox shows beside the subject: short, true, and seen by everybody.

    The subject tells the first story, so this tells what else there is.
    """
    if not stories:
        return wording.gettext("Nothing new has appeared since the last letter.")
    others = [_shortened(story.post.title) for story in stories[1:]]
    if not others:
        return _minutes_of(stories[0], wording)
    named = _named(others)
    # NOTE: between the titles of stories
    titles = wording.gettext("; ").join(named)
    rest = len(others) - len(named)
    if not rest:
        return wording.gettext("Also in this letter: %(titles)s.", titles=titles)
    return wording.ngettext(
        "Also in this letter: %(titles)s; and %(num)s more.",
        "Also in this letter: %(titles)s; and %(num)s more.",
        rest,
        titles=titles,
    )


def why_of(edition: Edition, wording: Wording) -> str:
    """Why the reader gets this letter; a slot stands in it for the address."""
    told = {"address": Slot.EMAIL.mark, "newsletter": edition.newsletter.name}
    match edition.cadence:
        case Cadence.AS_IT_HAPPENS:
            return wording.gettext(
                "You get this letter at %(address)s because you subscribed to each story of %(newsletter)s.",
                **told,
            )
        case Cadence.DAILY:
            return wording.gettext(
                "You get this letter at %(address)s because you subscribed to %(newsletter)s, daily.", **told
            )
        case Cadence.WEEKLY:
            return wording.gettext(
                "You get this letter at %(address)s because you subscribed to %(newsletter)s, weekly.", **told
            )
        case Cadence.MONTHLY:
            return wording.gettext(
                "You get this letter at %(address)s because you subscribed to %(newsletter)s, monthly.", **told
            )


def _named(titles: Sequence[str]) -> Sequence[str]:
    """The first ones, as many as are read at a glance."""
    number = min(_MOST_NAMED, len(titles))
    while number > 1 and sum(map(len, titles[:number])) > _LONGEST_LIST:
        number -= 1
    return titles[:number]


def _shortened(title: str) -> str:
    """A title as part of a list: no longer than a list may be, and without a full stop of its own."""
    title = title.rstrip().removesuffix(".")
    if len(title) <= _LONGEST_LIST:
        return title
    return title[:_LONGEST_LIST].rsplit(None, 1)[0] + " …"


def _minutes_of(story: Story, wording: Wording) -> str:
    if not story.byline:
        return wording.ngettext(
            "%(column)s: about %(num)s minute to read.",
            "%(column)s: about %(num)s minutes to read.",
            story.minutes,
            column=story.column.name,
        )
    return wording.ngettext(
        "%(column)s by %(names)s: about %(num)s minute to read.",
        "%(column)s by %(names)s: about %(num)s minutes to read.",
        story.minutes,
        column=story.column.name,
        names=story.byline,
    )
