"""The tables of config.toml about what comes back: where bounces come to, and whose webhooks are believed."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from publisher.config.kinds import (
    BouncesUrl,
    Duration,
    FilePath,
    Line,
    Network,
    Secret,
    Switch,
    Table,
    Whole,
)
from publisher.config.relays import OauthTable


class BouncesTable(Table):
    """Where bounces and complaints come to by mail, and readers who leave: with one, letters name a `mailto:`, too."""

    url: BouncesUrl = Field(
        description="A mailbox that is read: `imaps://user@host/INBOX`, `imap+starttls://user@host/INBOX`, "
        "`pop3s://user@host`, `pop3+starttls://user@host`, `maildir:PATH` or `mbox:PATH`; or where a mail server on "
        "this machine hands them over: `lmtp+unix:PATH` or `lmtp://127.0.0.1:24`.",
        examples=["imaps://bounces@mail.example/INBOX"],
    )
    password: Secret | None = Field(None, description="Password of the user in `url`.")
    oauth: OauthTable | None = Field(None, description="In place of `password`: a login by access tokens.")
    ca_file: FilePath | None = Field(None, description="Certificates to trust instead of the system's.")
    every: Duration = Field(
        timedelta(minutes=5),
        description="How often it is looked into, where it does not tell by itself: an IMAP server that offers IDLE "
        "does, and LMTP.",
    )
    timeout: Duration = Field(timedelta(minutes=1), description="How long to wait for an answer of its server.")
    keep: Switch = Field(
        False,
        description="Keep messages that are stored: by IMAP in `folder`, of a Maildir in `cur`. Else they are deleted; "
        "in any case only when they are stored.",
    )
    folder: Line = Field("Read", min_length=1, description="Where `keep` moves them by IMAP; made where it is missing.")
    largest: Whole = Field(
        10 * 2**20, ge=1024, description="Largest message taken, in bytes; a larger one stays where it is."
    )


class WebhookTable(Table):
    """A provider that tells of bounces and complaints by HTTP, at `/hooks/NAME` of the site."""

    provider: Literal["ses", "postmark", "sendgrid", "mailgun", "sparkpost", "brevo", "generic"] = Field(
        description="Who sends it; `generic`: a program of your own, in a form of ours (`docs/operations.md`).",
        examples=["postmark"],
    )
    secret: Secret | None = Field(
        None,
        description="What proves that it is the provider: the password of `user`, or a bearer's token (Postmark, "
        "SparkPost, Brevo), the verification key (SendGrid), the signing key (Mailgun), a secret of your own "
        "(`generic`). Of several, one a line, any is good. Amazon SES needs none.",
        examples=[{"env": "POSTMARK_HOOK"}],
    )
    user: Line = Field("", description="Name that stands before the password, where the provider sends both.")
    topics: tuple[Line, ...] = Field(
        (),
        description="ARNs of our SNS topics, for Amazon SES: its signature says Amazon, the topic that it is ours.",
        examples=[["arn:aws:sns:eu-west-1:123456789012:bounces"]],
    )
    networks: tuple[Network, ...] = Field(
        (),
        description="Addresses that it comes from, as Brevo names them; none means any.",
        examples=[["1.179.112.0/20"]],
    )
