"""When an issue that goes wrong pauses itself, as config.toml says, and how that is told."""

from __future__ import annotations

from publisher.config.mailing import Mail
from publisher.send.report import Paused
from publisher.send.wellbeing import Limits


def pause_limits(table: Mail) -> Limits:
    """Above these an issue pauses itself."""
    return Limits(refused_percent=table.pause_at.refused, blamed=table.pause_at.blamed)


def pause_in_words(paused: Paused) -> str:
    """What an issue that paused itself waits for."""
    return (
        f"issue {paused.issue} paused itself: {paused.why}; its other letters wait; when that is settled: "
        f"publisher issues resume {paused.issue}"
    )
