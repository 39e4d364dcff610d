"""How an issue stands, in a badge and a bar: the same words and colours on every page. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from publisher.model.delivery import DeliveryState
from publisher.model.issue import IssueState

BADGES: Mapping[IssueState, tuple[str, str]] = {
    IssueState.DRAFT: ("draft", "wait"),
    IssueState.APPROVED: ("approved", "good"),
    IssueState.HELD: ("held", "wait"),
    IssueState.QUEUED: ("queued", "busy"),
    IssueState.SENDING: ("sending", "busy"),
    IssueState.PAUSED: ("paused", "wait"),
    IssueState.SENT: ("sent", "good"),
    IssueState.CANCELLED: ("cancelled", ""),
}
"""Word and kind of badge."""

_PARTS: tuple[tuple[str, str, tuple[DeliveryState, ...]], ...] = (
    ("sent", "good", (DeliveryState.SENT,)),
    ("on the wire", "busy", (DeliveryState.SENDING,)),
    ("put off", "wait", (DeliveryState.DEFERRED,)),
    ("failed", "bad", (DeliveryState.FAILED,)),
    ("in doubt", "doubt", (DeliveryState.IN_DOUBT,)),
    ("left out", "soft", (DeliveryState.SKIPPED,)),
    ("to go", "", (DeliveryState.DUE, DeliveryState.CLAIMED)),
)

Part = tuple[str, int, str]


def parts_of(counts: Mapping[DeliveryState, int]) -> list[Part]:
    """Name, number, kind: for `parts.meter`; those with none are left out."""
    parts = ((name, sum(counts.get(state, 0) for state in states), kind) for name, kind, states in _PARTS)
    return [(name, number, kind) for name, number, kind in parts if number]
