"""Newsletter, issue, variant.

An issue is one edition of a newsletter: a choice of posts. Until it is released it is a
proposal: it has letters to look at, but no delivery, and no reader was told its news. So
whoever cancels it drops nothing: its posts come with the next issue. Releasing writes its
variants, letters and one delivery a reader in one transaction, so that a crash leaves all
of it or nothing.

`draft` was made ahead of its slot, to be looked at; at its slot it is released, unless it
is to wait for somebody's word. `approved` has that word and waits for its slot. `held`
does not go by itself: somebody held it, it came too late for its slot, or its letter has
an error (`why` says which). `queued` waits for a sender, `sending` is on its way, `sent`
has no delivery left that could still go out. `paused` and `cancelled` are an admin's
moves; what is on the wire at that moment is settled as it happens. `sent` opens again when
a delivery that failed or stood in doubt is to be sent once more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from publisher.model.look import OWN_LOOK, Look
from publisher.model.segment import Segment
from publisher.model.subscriber import Cadence


class IssueState(StrEnum):
    DRAFT = "draft"
    APPROVED = "approved"
    HELD = "held"
    QUEUED = "queued"
    SENDING = "sending"
    PAUSED = "paused"
    SENT = "sent"
    CANCELLED = "cancelled"


RELEASED = (IssueState.QUEUED, IssueState.SENDING, IssueState.PAUSED, IssueState.SENT)
"""The states of an issue that has deliveries and was not cancelled."""


class IssueEvent(StrEnum):
    APPROVE = "approve"
    HOLD = "hold"
    RELEASE = "release"  # its deliveries are written
    START = "start"
    FINISH = "finish"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    REOPEN = "reopen"


ISSUE_MOVES: Mapping[IssueState, Mapping[IssueEvent, IssueState]] = {
    IssueState.DRAFT: {
        IssueEvent.APPROVE: IssueState.APPROVED,
        IssueEvent.HOLD: IssueState.HELD,
        IssueEvent.RELEASE: IssueState.QUEUED,
        IssueEvent.CANCEL: IssueState.CANCELLED,
    },
    IssueState.APPROVED: {
        IssueEvent.HOLD: IssueState.HELD,
        IssueEvent.RELEASE: IssueState.QUEUED,
        IssueEvent.CANCEL: IssueState.CANCELLED,
    },
    IssueState.HELD: {
        IssueEvent.APPROVE: IssueState.APPROVED,
        IssueEvent.CANCEL: IssueState.CANCELLED,
    },
    IssueState.QUEUED: {
        IssueEvent.START: IssueState.SENDING,
        IssueEvent.PAUSE: IssueState.PAUSED,
        IssueEvent.CANCEL: IssueState.CANCELLED,
    },
    IssueState.SENDING: {
        IssueEvent.START: IssueState.SENDING,  # a sender that starts again after a crash
        IssueEvent.FINISH: IssueState.SENT,
        IssueEvent.PAUSE: IssueState.PAUSED,
        IssueEvent.CANCEL: IssueState.CANCELLED,
    },
    IssueState.PAUSED: {
        IssueEvent.RESUME: IssueState.QUEUED,
        IssueEvent.CANCEL: IssueState.CANCELLED,
    },
    IssueState.SENT: {IssueEvent.REOPEN: IssueState.QUEUED},
    IssueState.CANCELLED: {},
}


class IssueKind(StrEnum):
    """What the letters of an issue are for.

    All but the first are letters of service: each answers one reader who did something. One
    such issue holds those of a newsletter, a language and an hour; its letter is rendered
    once, and a delivery is added whenever a reader needs one. Its `slot` is `KIND/LANGUAGE/HOUR`,
    it has no posts, and no archive shows it.
    """

    ISSUE = "issue"
    CONFIRM = "confirm"  # somebody asked to join with this address: the reader says whether that is true
    CHANGE = "change"  # somebody wants this to be the new address
    WELCOME = "welcome"  # confirmed
    LINK = "link"  # somebody asked for a link to the page of what this address gets


ASKING = (IssueKind.CONFIRM, IssueKind.CHANGE, IssueKind.LINK)
"""Letters that go to who did not confirm, has left, or is suppressed, because they are asked for."""


class StoryText(StrEnum):
    """How much of its posts stands in a letter."""

    FULL = "full"
    SUMMARY = "summary"
    FITTING = "fitting"  # full, but for the longest ones where a mail program would cut the letter off


@dataclass(frozen=True, slots=True, kw_only=True)
class Newsletter:
    """What one subscribes to; config.toml holds it."""

    slug: str
    name: str
    columns: tuple[str, ...]  # slugs, in the order they stand in a digest
    from_name: str
    from_address: str
    reply_to: str = ""
    subject: str  # a Jinja template over `lead`, `posts`, `newsletter`, `date`
    language: str = "en"
    template: str = "digest"  # templates/letter/NAME.html and NAME.txt
    look: Look = OWN_LOOK
    text: StoryText = StoryText.FITTING
    related: int = 3  # most related stories that are computed for a post; 0: none
    greeting: str = ""  # a Jinja template over `name`; "": none
    nameless: str = ""  # how a reader without a name is called; "": as the language has it
    audience: Segment | None = None  # of its readers, those who get its issues; None: all


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One edition of a newsletter at one cadence."""

    id: int
    newsletter: str
    cadence: Cadence
    slot: str  # key of the slot it was made for, e.g. `2026-11-22`; unique with the two above
    state: IssueState
    created: datetime
    due: datetime  # when it was meant to go
    expires: datetime  # after this a delivery that could not be sent has failed
    through_seq: int  # the newest post that could be in it
    why: str = ""  # why it is held, or why it paused itself, in words; else ""
    corrects: int | None = None  # the issue that this one puts right; it goes to those who got that one
    kind: IssueKind = IssueKind.ISSUE

    @property
    def path(self) -> str:
        """Its place below the site's URL: the folder of its variants' pages."""
        return f"newsletters/{self.newsletter}/{self.cadence}-{self.slot}"

    @property
    def page(self) -> str:
        """The page of its fullest variant."""
        return f"{self.path}.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a group of readers of one newsletter and cadence has in common."""

    columns: tuple[str, ...]  # slugs, sorted; () means all columns of the newsletter
    seen_seq: int  # posts up to this one are no news to them
    ahead: tuple[int, ...] = ()  # posts above `seen_seq` that they have had already, ascending


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """The same issue for all readers whose wishes come to the same posts; rendered once."""

    key: str  # stands in the archive page's path: `all`, or a digest of the posts
    wishes: tuple[Wish, ...]  # who gets it
    seqs: tuple[int, ...]  # its posts, in the order of the letter; () where it says that there is nothing new
