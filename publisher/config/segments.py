"""The tables of config.toml about segments of readers."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from publisher.config.kinds import Day, Duration, Language, Line, Slug, Table


class SegmentTable(Table):
    """Readers who have something in common: all that is said here holds of them."""

    newsletters: tuple[Slug, ...] = Field((), description="They read one of these newsletters.", examples=[["morning"]])
    columns: tuple[Slug, ...] = Field(
        (), description="They get one of these columns, chosen or with all.", examples=[["harbour-notes"]]
    )
    cadence: tuple[Literal["as-it-happens", "daily", "weekly", "monthly"], ...] = Field(
        (), description="They read at one of these cadences: with the two above, of one subscription.",
        examples=[["weekly"]],
    )  # fmt: skip
    language: tuple[Language, ...] = Field(
        (),
        description="They read one of these languages; `de` means Austrian German, too. Who never chose reads the "
        "site's.",
        examples=[["de", "fr"]],
    )
    tags: tuple[Line, ...] = Field((), description="They have one of these tags.", examples=[["patron"]])
    without_tags: tuple[Line, ...] = Field((), description="They have none of these.")
    joined_after: Day | None = Field(None, description="They joined on this day or later.", examples=["2026-11-01"])
    joined_before: Day | None = Field(None, description="They joined before this day.")
    newer_than: Duration | None = Field(None, description="They joined no longer ago than this.", examples=["30d"])
    older_than: Duration | None = Field(None, description="They joined longer ago than this.")
