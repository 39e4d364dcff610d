"""The tables of config.toml about what goes out by the web: feeds, who is told of them, the web server."""

from __future__ import annotations

from pydantic import Field

from publisher.config.kinds import (
    BaseUrl,
    Domain,
    Line,
    Network,
    PublishTarget,
    Secret,
    Slug,
    Switch,
    Table,
    WebUrl,
    Whole,
)


class Feeds(Table):
    """What the feeds hold."""

    entries: Whole = Field(50, ge=1, le=1000, description="Newest posts in each feed.")
    gone: tuple[Slug, ...] = Field(
        (),
        description="Slugs of columns that were taken out for good; all their addresses answer 410.",
        examples=[["last-years-diary"]],
    )


class Publish(Table):
    """Where the site is published to."""

    target: PublishTarget = Field(
        "folder",
        description="`folder`: that of `storage.feeds`; or a bucket of any storage that speaks S3, "
        "`s3://bucket` or `s3://bucket/prefix`.",
        examples=["s3://courier-site"],
    )
    endpoint: BaseUrl | None = Field(
        None,
        description="Where the storage is reached; else Amazon's, by region.",
        examples=["https://objects.example"],
    )
    region: Line = Field("us-east-1", min_length=1, description="Region of the bucket.")
    key_id: Secret = Field(
        Secret(env="AWS_ACCESS_KEY_ID", file=None), description="Who we are at the storage: the id of a key."
    )
    key: Secret = Field(Secret(env="AWS_SECRET_ACCESS_KEY", file=None), description="That key.")


class Push(Table):
    """Telling others at once that a feed changed."""

    hubs: tuple[WebUrl, ...] = Field(
        (), description="WebSub hubs that are told when a feed changed.", examples=[["https://hub.example/"]]
    )
    hub: Switch = Field(
        False,
        description="Be a WebSub hub for our own feeds, at `/hub` below `site.url`; `publisher serve` answers there.",
    )
    subscriptions: Whole = Field(20_000, ge=1, description="Most subscriptions that our hub keeps.")
    per_host: Whole = Field(5_000, ge=1, description="Most of them that are at one host.")
    private_hosts: tuple[Line, ...] = Field(
        (),
        description="Hosts in private networks whose programs may subscribe at our hub.",
        examples=[["reader.internal"]],
    )
    rsscloud: WebUrl | None = Field(
        None,
        description="Address for pings of an rssCloud server, which is told when an RSS feed changed. Where it ends in "
        "`/ping`, RSS feeds name the server in `cloud`.",
        examples=["http://cloud.example:5337/rsscloud/ping"],
    )


class OidcTable(Table):
    """Signing in at the desk by an OpenID provider; needs the extra `oidc`."""

    issuer: WebUrl = Field(
        description="The provider, as it calls itself in its own description.", examples=["https://login.example"]
    )
    client_id: Line = Field(min_length=1, description="What the provider calls this site.", examples=["courier-desk"])
    client_secret: Secret | None = Field(
        None, description="How this site proves itself there; left out, PKCE alone does, which the provider must allow."
    )
    name: Line = Field(
        "single sign-on", min_length=1, description="What stands on the button.", examples=["our company login"]
    )
    domains: tuple[Domain, ...] = Field(
        (),
        description="Domains of addresses by which an invited account is found the first time; none: any.",
        examples=[["courier.example"]],
    )


class Web(Table):
    """The built-in web server of `publisher serve`."""

    host: Line = Field("127.0.0.1", min_length=1, description="Address it listens on.")
    port: Whole = Field(8080, ge=0, le=65535, description="Port it listens on; 0 takes a free one.")
    unconditional: Whole = Field(
        60,
        ge=0,
        description="How often an hour a program may fetch the same feed without asking whether it changed; "
        "then it gets 429. Whoever asks is never refused. 0: as often as it likes.",
    )
    proxies: tuple[Network, ...] = Field(
        (),
        description="Addresses or networks of proxies on other machines whose X-Forwarded-For is believed.",
        examples=[["10.0.0.0/8"]],
    )
    oidc: OidcTable | None = Field(None, description="An OpenID provider, for those who sign in at the desk.")
