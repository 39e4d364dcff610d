"""The schema of config.toml: every key, its type, its default, what it is for.

The reference in docs/config.md is generated from here. Descriptions are written for
editors. Secrets never stand in the file: a key of type Secret names an environment
variable or a file. What one table says about another (a source's column exists) is
checked in `crossing.py`; how mistakes are told is the business of `mistakes.py`.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from publisher.config import addresses
from publisher.config.incoming import BouncesTable, WebhookTable
from publisher.config.kinds import (
    Backlog,
    BaseUrl,
    Css,
    DatabaseUrl,
    Domain,
    Duration,
    FilePath,
    Language,
    Line,
    MailAddress,
    Prose,
    Secret,
    Slug,
    Switch,
    Table,
    TaggingEntity,
    WebUrl,
    Whole,
    Zone,
)
from publisher.config.mailing import DkimTable, Mail, NewsletterTable
from publisher.config.outlets import Feeds, Publish, Push, Web
from publisher.config.relays import DestinationTable, RelayTable
from publisher.config.segments import SegmentTable
from publisher.config.signup import SignUpTable


class Site(Table):
    """The site: what stands on every page, in every feed and under every letter."""

    name: Line = Field(min_length=1, description="Name of the site.", examples=["The Courier"])
    url: BaseUrl = Field(
        description="Public address under which `feeds/` and the unsubscribe page are reached.",
        examples=["https://courier.example"],
    )
    language: Language = Field(
        "en",
        description="Language of the site's own words (BCP 47): English, German, French, Spanish and Arabic are "
        "shipped, in others they are English.",
    )
    time_zone: Zone = Field("UTC", description="The newsroom's time zone; schedules are in it.")
    postal_address: Prose = Field(
        min_length=1,
        description="Postal address, printed under every letter as the law asks.",
        examples=["1 Quay Street, 20457 Portside"],
    )
    tag_authority: TaggingEntity = Field(
        description="Domain and a date on which you owned it; the ids of posts are minted with it (RFC 4151).",
        examples=["courier.example,2026"],
    )
    rights: Line = Field("", description="Who owns the text, in every feed.", examples=["© The Courier"])
    icon: WebUrl | None = Field(None, description="Address of a square picture that feed readers show.")
    logo: WebUrl | None = Field(None, description="Address of a picture twice as wide as high, for feeds.")
    secret: Secret = Field(
        Secret(env=None, file="var/secret.key"),
        description="Key that signs unsubscribe links and bounce addresses; a file is made when missing.",
    )


class Storage(Table):
    """Where things are kept. Paths are relative to config.toml."""

    database: DatabaseUrl = Field(
        "sqlite:///var/publisher.db",
        description="SQLite file or PostgreSQL database. A SQLite file that another program holds is waited for "
        "30 seconds; `?timeout=SECONDS` after its name says otherwise.",
    )
    password: Secret | None = Field(None, description="Password of the PostgreSQL user.")
    feeds: FilePath = Field("feeds", min_length=1, description="Folder that is published.")
    var: FilePath = Field("var", min_length=1, description="Folder for what runs write: media, caught mail, lock.")
    templates: FilePath = Field("templates", min_length=1, description="Folder whose files replace ours, one by one.")


class AuthorTable(Table):
    """An author. What stands here goes before what a source tells."""

    name: Line = Field(min_length=1, description="Name as it stands in the byline.", examples=["Mira Voss"])
    blurb: Prose = Field("", description="One or two sentences under each post.")
    bio: Prose = Field("", description="The long text; a blank line parts paragraphs.")
    email: MailAddress | None = Field(None, description="Public address; leave it out to keep it private.")
    url: WebUrl | None = Field(None, description="The author's own page.")
    portrait: WebUrl | None = Field(None, description="Address of a picture.")
    portrait_alt: Line = Field("", description="The portrait in words, for those who do not see it.")
    links: dict[Line, WebUrl] = Field(
        {}, description="More links: label = address.", examples=[{"Website": "https://mira.example"}]
    )


class ColumnTable(Table):
    """A column."""

    name: Line | None = Field(
        None, description="Name; where it is left out, its source's name for it.", examples=["Harbour Notes"]
    )
    tagline: Line | None = Field(None, description="One line under the name; else its source's.")
    language: Language | None = Field(None, description="Language of its posts; else the site's.")
    authors: tuple[Slug, ...] = Field(
        (), description="Authors of posts whose source names none.", examples=[["mira-voss"]]
    )
    aliases: tuple[Slug, ...] = Field(
        (),
        description="Slugs it had before; whoever comes there is led here for good (301).",
        examples=[["port-diary"]],
    )
    ended: Switch = Field(
        False, description="It has ended: its pages stay, its feeds answer 410, and feed readers stop asking."
    )


class SelectTable(Table):
    """Where a column's page and its articles have what, as CSS selectors; what is left out is found without."""

    links: Css = Field("", description="On the column's page: the links to articles, or what holds one each.")
    title: Css = Field("", description="On an article's page: its title.", examples=["h1.headline"])
    summary: Css = Field("", description="The summary under the title.")
    body: Css = Field("", description="What holds the text, and no more than that.", examples=["div.article-text"])
    author: Css = Field("", description="The authors' names, in one element or one each.")
    blurb: Css = Field("", description="The sentence or two about each author.")
    bio: Css = Field("", description="The long text about each author.")
    date: Css = Field("", description="When it was published.")
    image: Css = Field("", description="The picture, or what holds it.")
    related: Css = Field("", description="The sections with other stories.")


class SourceTable(Table):
    """Where posts of a column come from."""

    column: Slug = Field(description="The column its posts belong to.", examples=["harbour-notes"])
    kind: Literal["feed", "page", "wordpress", "ghost", "folder", "capture"] = Field(
        description="`feed`: RSS, Atom or JSON; `page`: a column's web page and the articles it leads to; "
        "`wordpress`, `ghost`: a site, by its API; `folder`: Markdown or HTML files; `capture`: pages saved as text.",
        examples=["folder"],
    )
    url: WebUrl | None = Field(
        None, description="Address of a feed, of a column's page, or of a WordPress or Ghost site."
    )
    key: Secret | None = Field(None, description="Content API key of a Ghost site.")
    text: Literal["feed", "page"] = Field(
        "feed",
        description="Where the text of a feed's posts is: `page`, where the feed has their beginnings alone; each new "
        "post is then completed by its page.",
    )
    select: SelectTable | None = Field(None, description="CSS selectors, where a page is not understood without.")
    path: FilePath | None = Field(
        None, description="File or folder, relative to config.toml.", examples=["columns/harbour-notes"]
    )
    every: Duration | None = Field(
        None,
        description="How often its address is visited; else as often as it has posts, between 5 minutes and a day, and "
        "no more often than its server and its feed ask for.",
    )
    backlog: Backlog = Field(
        "archive",
        description="What its first fetch finds: `archive` (published, never mailed), `newest 3`, or `all`.",
    )


class Collect(Table):
    """How sources are visited."""

    every: Duration = Field(
        timedelta(minutes=5),
        description="How often we look which sources are to be visited; those on disk are visited each time.",
    )
    timeout: Duration = Field(timedelta(seconds=30), description="How long one source may take to answer.")
    max_bytes: Whole = Field(10 * 2**20, ge=1024, description="Largest feed or file taken, in bytes.")
    push: bool = Field(
        True,
        description="Ask the hubs that feeds name to tell us what is new at once (WebSub); where hubs cannot reach "
        "`site.url`, none is asked.",
    )
    private_hosts: tuple[Line, ...] = Field(
        (), description="Hosts in private networks that may be fetched from.", examples=[["cms.internal"]]
    )


class Config(Table):
    """All of config.toml."""

    site: Site
    storage: Storage = Storage()
    columns: dict[Slug, ColumnTable] = Field(min_length=1, description="The columns, by slug.")
    authors: dict[Slug, AuthorTable] = Field({}, description="The authors, by slug.")
    sources: dict[Slug, SourceTable] = Field({}, description="The sources, by name.")
    newsletters: dict[Slug, NewsletterTable] = Field({}, description="The newsletters, by slug.")
    segments: dict[Slug, SegmentTable] = Field({}, description="Readers who have something in common, by name.")
    relays: dict[Slug, RelayTable] = Field({}, description="The relays, by name.")
    destinations: Annotated[dict[Domain, DestinationTable], BeforeValidator(addresses.quoted_domains)] = Field(
        {}, description="Domains of readers that want their letters slower."
    )
    bounces: dict[Slug, BouncesTable] = Field({}, description="Where bounces come to by mail, by name.")
    webhooks: dict[Slug, WebhookTable] = Field({}, description="Providers that tell of bounces by HTTP, by name.")
    dkim: dict[Slug, DkimTable] = Field({}, description="Keys that sign letters, by name.")
    signup: SignUpTable = SignUpTable()
    mail: Mail | None = Field(None, description="Needed as soon as there is a newsletter.")
    collect: Collect = Collect()
    feeds: Feeds = Feeds()
    publish: Publish = Publish()
    push: Push = Push()
    web: Web = Web()
