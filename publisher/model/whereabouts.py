"""What is known of one reader and one post: the subscription with its history, and each letter with the post."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState
from publisher.model.reason import Reason
from publisher.model.subscriber import Cadence, SubscriptionState


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A subscription with its history."""

    id: int
    newsletter: str
    cadence: Cadence
    columns: tuple[str, ...]  # slugs; () means all columns of the newsletter
    state: SubscriptionState
    seen_seq: int
    ahead: tuple[int, ...]
    joined: datetime
    left_at: datetime | None  # None: has not left
    left_how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A letter with the post to the reader, as the ledger has it."""

    issue: int
    issue_state: IssueState
    cadence: Cadence
    due: datetime  # of the issue
    corrects: bool  # the issue puts another one right
    state: DeliveryState
    changed: datetime
    next_try: datetime | None  # None: it is neither deferred nor put off
    code: int  # of the relay's last reply; 0: none
    enhanced: str
    reply: str
    reason: Reason | None  # None: it was not refused
    returned: Reason | None = None  # why it came back after it was sent; None: it did not
