"""The tables of config.toml about how mail goes: relays, and the domains of readers that it goes to.

Which relay takes a letter is decided in `send/`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from publisher.config.kinds import Duration, FilePath, Line, RelayUrl, Secret, Switch, Table, WebUrl, Whole


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
