"""The tables of config.toml about what goes out by mail: newsletters, how they look, who signs."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from publisher.config.kinds import (
    Colour,
    Domain,
    Duration,
    Holiday,
    Language,
    Line,
    MailAddress,
    Mailbox,
    Prose,
    ScheduleText,
    Secret,
    Selector,
    Slug,
    Switch,
    Table,
    WebUrl,
    Whole,
    Zone,
)


class LookTable(Table):
    """How letters look; what is left out is as their template has it. Colours for dark mode are made from these."""

    accent: Colour | None = Field(None, description="Colour of links and of columns' names.", examples=["#8a1c1c"])
    ink: Colour | None = Field(None, description="Colour of text.")
    paper: Colour | None = Field(None, description="Colour behind the text.")
    ground: Colour | None = Field(None, description="Colour around the paper.")
    headings: Literal["serif", "sans"] | None = Field(None, description="Type of headings.")
    body: Literal["serif", "sans"] | None = Field(None, description="Type of text.")
    logo: WebUrl | None = Field(None, description="Address of a picture that stands in place of the newsletter's name.")
    logo_alt: Line = Field("", description="The logo in words; else the newsletter's name.")
    logo_width: Whole = Field(200, ge=16, le=536, description="Width at which the logo is shown, in pixels.")


class NewsletterTable(Table):
    """A newsletter."""

    name: Line = Field(min_length=1, description="Name of the newsletter.", examples=["Morning Courier"])
    description: Prose = Field("", description="What a reader signs up for, in a sentence.")
    signup: Switch = Field(True, description="Let people join it by themselves; see `[signup]`.")
    columns: tuple[Slug, ...] = Field(
        (), description="Its columns, in their order in the letter; none means all.", examples=[["harbour-notes"]]
    )
    audience: Slug | None = Field(
        None,
        description="A segment (`[segments.NAME]`): of its readers, only those who belong to it when an issue is "
        "released get it; whoever belongs later does not get what was before.",
        examples=["patrons"],
    )
    schedule: dict[Literal["daily", "weekly", "monthly"], ScheduleText] = Field(
        {},
        description="Digests offered, each with its days and times, in words or as cron fields.",
        examples=[{"daily": "weekdays 07:00", "weekly": "Fri 12:00"}],
    )
    as_it_happens: Switch = Field(False, description="Offer every post as a letter of its own, soon after it came.")
    quiet: Duration = Field(
        timedelta(minutes=10),
        description="How long a post must have stood unchanged before it goes as a letter of its own, so that a "
        "correction within this time is in it.",
    )
    holidays: tuple[Holiday, ...] = Field(
        (),
        description="Days without an issue; what it would have held comes with the next.",
        examples=[["12-25", "2026-12-31", "2027-04-02/2027-04-05"]],
    )
    time_zone: Zone | None = Field(None, description="Time zone of the schedule; else the site's.")
    sender: Mailbox | None = Field(None, alias="from", description="From; else `mail.from`.")
    reply_to: MailAddress | None = Field(None, description="Where answers go; else to From.")
    bounce_domain: Domain | None = Field(
        None,
        description="Domain of its return addresses; else `mail.bounce_domain`, else the domain of its From. SPF "
        "counts for DMARC where it is the domain of From, or stands below it.",
        examples=["bounces.courier.example"],
    )
    subject: Line = Field(
        "{{ lead.title }}",
        min_length=1,
        description="Subject; `lead`, `posts`, `newsletter`, `date` may be used.",
    )
    template: Slug = Field("digest", description="Template of the letter: `templates/letter/NAME.html` and `.txt`.")
    language: Language | None = Field(None, description="Language of the letter's own words; else the site's.")
    look: LookTable = Field(LookTable(), description="How its letters look; else as `mail.look` says.")
    text: Literal["full", "summary", "fitting"] = Field(
        "fitting",
        description="How much of its posts is in a digest: `full`, `summary`, or `fitting`: full, but for the longest "
        "where the letter would grow so long that mail programs cut it off. A letter of one post has all of it.",
    )
    images: Literal["linked", "inline"] = Field(
        "linked",
        description="Where pictures are. `linked`: mail programs fetch them, many only when asked. `inline`: they "
        "travel with the letter, up to a megabyte of them, and are seen at once; each letter is so much longer.",
    )
    related: Whole = Field(
        3, ge=0, le=10, description="Most related stories that are found in the archive, for a post that names none."
    )
    greeting: Line = Field(
        "", description="First line of the letter; `name` may be used.", examples=["Good morning, {{ name }}"]
    )
    nameless: Line = Field(
        "",
        description="What `name` is for a reader whose name is not known; else the language’s own word: `reader`.",
    )
    welcome: Literal["letter", "latest", "none"] = Field(
        "letter",
        description="What a new reader gets once the address is confirmed: `letter`: a short welcome; `latest`: the "
        "same, and below it the latest letter that went to all; `none`.",
    )
    minimum: Whole = Field(1, ge=1, le=200, description="Fewest posts in a digest; fewer wait for the next.")
    maximum: Whole = Field(20, ge=1, le=200, description="Most posts in one letter; the rest come next time.")
    skip_empty: Switch = Field(
        True, description="Send no digest where nothing is new; if `false`, it says that nothing is."
    )
    draft: Duration | None = Field(
        None,
        description="How long before its slot an issue is made, to be looked at; at its slot it goes, unless held.",
        examples=["3h"],
    )
    approve: Switch = Field(False, description="Send an issue only when somebody approved it.")
    grace: Duration = Field(timedelta(hours=6), description="Older than this, an issue is held and not sent late.")


class DkimTable(Table):
    """A key that signs letters (DKIM); `publisher dkim new` makes it and says what to write here."""

    domain: Domain = Field(
        description="Domain under which the key is published; newsletters with From at it or below are signed, where "
        "no key's domain is nearer.",
        examples=["courier.example"],
    )
    selector: Selector = Field(
        description="Name of the key below `_domainkey.` of the domain; of several keys, each has its own.",
        examples=["p202611-rsa"],
    )
    key: Secret = Field(
        description="The private key, RSA or Ed25519: PEM, or base64 on one line.",
        examples=[{"file": "var/dkim/courier.example/p202611-rsa.pem"}],
    )
    state: Literal["waiting", "signing", "retired"] = Field(
        "signing",
        description="`waiting`: its record is being published, it does not sign yet; `signing`; `retired`: it signs no "
        "more, and its record stands until the last letters have come.",
    )


class PauseTable(Table):
    """When an issue that goes wrong pauses itself; looked at are the last 200 answers."""

    refused: Whole = Field(
        10,
        ge=1,
        le=100,
        description="Percent of letters that are refused, of 50 answers or more, above which it pauses; where the "
        "newsletter's last issue had more than half as many, twice those. 100: never.",
    )
    blamed: Whole = Field(
        5,
        ge=0,
        le=200,
        description="Answers that speak of spam, reputation, policy or a missing signature, above which it pauses. "
        "200: never.",
    )


class Mail(Table):
    """What all newsletters share."""

    sender: Mailbox = Field(
        alias="from",
        description="From, where a newsletter names none.",
        examples=["The Courier <desk@courier.example>"],
    )
    relay: Slug | None = Field(None, description="The only relay to send through; left out: all of them.")
    bounce_domain: Domain | None = Field(
        None, description="Domain of return addresses, where a newsletter names none; else the domain of its From."
    )
    look: LookTable = Field(LookTable(), description="How letters look, where a newsletter does not say.")
    lifetime: Duration = Field(timedelta(hours=24), description="How long a letter is tried before it has failed.")
    pause_at: PauseTable = Field(PauseTable(), description="When an issue that goes wrong pauses itself.")
