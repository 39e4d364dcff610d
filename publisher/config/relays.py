"""The tables of config.toml about how mail goes: relays, and the domains of readers that it goes to.

Which relay takes a letter is decided in `send/`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from publisher.config.kinds import (
    Day,
    Domain,
    Duration,
    FilePath,
    Hours,
    Line,
    Number,
    RelayUrl,
    Secret,
    Slug,
    Switch,
    Table,
    WebUrl,
    Whole,
)


class OauthTable(Table):
    """A login by OAuth access tokens in place of a password, as Google and Microsoft want it."""

    token_url: WebUrl = Field(
        description="Where access tokens are got, https:// or on this machine.",
        examples=["https://oauth2.googleapis.com/token"],
    )
    client_id: Line = Field(min_length=1, description="Our name at that server.", examples=["newsletter-desk"])
    client_secret: Secret | None = Field(None, description="What proves that name, where the server gave one.")
    refresh_token: Secret | None = Field(
        None,
        description="What a person granted for the mailbox of `url`; left out where the program logs in as itself "
        "(client credentials). A newer one that the server hands out is kept in `var/oauth/`.",
    )
    scope: Line = Field("", description="What the token is for, where the server asks.")
    mechanism: Literal["oauthbearer", "xoauth2"] | None = Field(
        None, description="The only one to log in by; else the best that the relay offers."
    )
    ca_file: FilePath | None = Field(None, description="Certificates to trust for `token_url`, not the system's.")


class LimitTable(Table):
    """How many letters may go at most, in any window of that length; what is left out has no limit."""

    second: Whole | None = Field(None, ge=1, description="In any second.", examples=[5])
    minute: Whole | None = Field(None, ge=1, description="In any 60 seconds.", examples=[100])
    hour: Whole | None = Field(None, ge=1, description="In any 60 minutes.", examples=[2000])
    day: Whole | None = Field(None, ge=1, description="In any 24 hours.", examples=[20000])


class WarmUpTable(Table):
    """How an account that is new to mailbox providers comes to its full strength: more letters from day to day."""

    since: Day = Field(description="The first day, in the site's time zone.", examples=["2026-12-01"])
    first_day: Whole = Field(100, ge=1, description="Most letters on that day.")
    growth: Number = Field(
        1.5, gt=1, le=5, description="How many times more on each following day, above 1 and up to 5."
    )
    days: Whole = Field(30, ge=1, le=180, description="How many days it lasts; after them `limit` alone holds.")


class RelayTable(Table):
    """An SMTP account that letters are sent through."""

    url: RelayUrl = Field(
        description="`smtp+starttls://user@host:587`, `smtps://user@host`, `smtp://host`, or `catcher://` to try out.",
        examples=["smtp+starttls://desk@mail.example:587"],
    )
    password: Secret | None = Field(None, description="Password of the user in `url`.")
    oauth: OauthTable | None = Field(None, description="In place of `password`: a login by access tokens.")
    ca_file: FilePath | None = Field(None, description="Certificates to trust instead of the system's.")
    connections: Whole = Field(4, ge=1, le=256, description="Connections kept open at the same time.")
    per_connection: Whole = Field(100, ge=1, description="Letters after which a connection is closed and made anew.")
    timeout: Duration = Field(timedelta(minutes=5), description="How long to wait for an answer (RFC 5321 §4.5.3.2).")
    chunking: Switch = Field(
        True, description="Send letters by BDAT where the relay offers CHUNKING: twice as fast over a distance."
    )
    hello: Domain | None = Field(
        None,
        description="Our name when we greet it (EHLO), for a server that wants the name of this machine in the DNS; "
        "else the domain of return addresses.",
        examples=["desk7.courier.example"],
    )
    limit: LimitTable | None = Field(None, description="How many letters its provider takes from us.")
    warm_up: WarmUpTable | None = Field(None, description="For an account that is new: fewer letters at first.")
    hours: Hours | None = Field(
        None,
        description="When it carries letters, in the site's time zone; it may go over midnight. Left out: always.",
        examples=["08:00-20:00"],
    )
    weight: Whole = Field(
        1,
        ge=0,
        le=1000,
        description="Its share of letters that may go by several relays; 0: only those that no other can take.",
    )
    newsletters: tuple[Slug, ...] = Field(
        (), description="The newsletters that may go by it; none means all.", examples=[["morning"]]
    )
    from_domains: tuple[Domain, ...] = Field(
        (),
        description="Newsletters may go by it whose From is at one of these domains or below; none means all.",
        examples=[["courier.example"]],
    )


class DestinationTable(Table):
    """A domain of readers that wants its letters slower, whatever relay they go by; it stands in quotes."""

    also: tuple[Domain, ...] = Field(
        (), description="Other domains of the same provider, counted with it.", examples=[["googlemail.com"]]
    )
    limit: LimitTable | None = Field(None, description="How many letters it gets from us.")
    connections: Whole | None = Field(
        None, ge=1, le=256, description="Most letters that are on their way to it at a time.", examples=[2]
    )
