"""Editions for the tests of the letter room: invented people, places and news."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

from publisher.letter.edition import Edition
from publisher.model.author import Author, Link
from publisher.model.column import Column
from publisher.model.issue import Newsletter
from publisher.model.media import Image
from publisher.model.post import Post, RelatedStory
from publisher.model.subscriber import Cadence

SITE = "https://fernmoor.example"
WHEN = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)

ADA = Author(
    key="ada-lindqvist",
    name="Ada Lindqvist",
    blurb="Ada Lindqvist covers ports, tides and the people who live by them. Write to her at ada@fernmoor.example.",
    bio="She came to the Fernmoor Courier from the fish market, where she kept the books.\n\n"
    "Her series on the breakwater won the Brass Lantern in 2024.\n\nShe lives above the chandlery.",
    email="ada@fernmoor.example",
    url=f"{SITE}/authors/ada",
    links=(Link(label="@adalind", url="https://social.example/@adalind"),),
    portrait=Image(url=f"{SITE}/media/ada.png", alt="Ada Lindqvist on the quay"),
)
BRAM = Author(
    key="bram-o-dell", name='Bram "Bo" O’Dell', blurb="Bram O’Dell reads the council’s papers so you need not."
)

HARBOUR = Column(
    slug="harbour-notes",
    feed_id="tag:fernmoor.example,2026:harbour-notes",
    name="Harbour Notes",
    tagline="What comes in with the tide, and what goes out.",
    authors=("ada-lindqvist",),
)
COUNCIL = Column(slug="council", feed_id="tag:fernmoor.example,2026:council", name="From the Council", language="en")

NUMBERS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
)  # fmt: skip
PARAGRAPHS = [
    f"Paragraph {word}: the harbour board met on Tuesday & found that <b>the dredger</b> had not moved since May."
    for word in NUMBERS
]
RELATED = tuple(
    RelatedStory(
        title=f"The {name} lock",
        url=f"{SITE}/{name.lower()}",
        summary=f"Why the {name.lower()} lock leaks.",
        image=Image(url=f"{SITE}/media/{name.lower()}.png" if name != "West" else "", alt=f"The {name.lower()} lock"),
    )
    for name in ("North", "South", "East", "West")
)

DREDGER = Post(
    id="tag:fernmoor.example,2026:harbour-notes/dredger",
    seq=7,
    column="harbour-notes",
    source="paper",
    slug="dredger",
    title="The dredger that would not move",
    published=WHEN,
    updated=WHEN,
    first_seen=WHEN,
    summary="Six months at the quay have cost the town a summer.",
    body="".join(f"<p>{text.replace(' & ', ' &amp; ')}</p>" for text in PARAGRAPHS),
    authors=(ADA,),
    related=RELATED,
)
RICH_BODY = (
    '<p>The vote was <em>close</em>. Read <a href="https://council.example/minutes?a=1&amp;b=2">the minutes</a>, '
    'or <a href="https://council.example/">https://council.example/</a>.</p>'
    "<h1>How they voted</h1>"
    "<table><tr><th>Ward</th><th>Yes</th><th>No</th></tr><tr><td>Quayside</td><td>4</td><td>1</td></tr>"
    "<tr><td>Hill</td><td>2</td><td>5</td></tr></table>"
    "<blockquote><p>Nobody asked the fishermen, and nobody asked the gulls, and both of them had views on it.</p>"
    "</blockquote>"
    '<figure><img src="https://fernmoor.example/media/hall.jpg" alt="The town hall at dusk" width="1200" height="800">'
    "<figcaption>The hall, before the clock stopped.</figcaption></figure>"
    "<ul><li>The clock stays.</li><li>The flag goes:<ol><li>first the pole,</li><li>then the rope.</li></ol></li></ul>"
    "<pre>09:00  doors\n09:30  vote</pre><hr><p>Line one<br>line two.</p>"
)
VOTE = Post(
    id="tag:fernmoor.example,2026:council/vote",
    seq=8,
    column="council",
    source="paper",
    slug="vote",
    title="A clock, a flag & <six> votes",
    published=WHEN,
    updated=WHEN,
    first_seen=WHEN,
    summary="The vote was close. Read the …",
    body=RICH_BODY,
    authors=(BRAM, ADA),
)
TIDES = replace(
    DREDGER, id="tag:fernmoor.example,2026:harbour-notes/tides", seq=9, slug="tides", title="Tides of the week",
    summary="", body="<p>High at six, low at noon.</p>", related=(), authors=(),
)  # fmt: skip
HEBREW = replace(TIDES, slug="hebrew", title="גאות ושפל", body="<p>גאות בשש.</p>", language="he")

NEWSLETTER = Newsletter(
    slug="courier",
    name="The Fernmoor Courier",
    columns=("harbour-notes", "council"),
    from_name="The Fernmoor Courier",
    from_address="courier@fernmoor.example",
    subject="{{ lead.title }}",
)


def edition(*posts: Post, newsletter: Newsletter = NEWSLETTER) -> Edition:
    return Edition(
        site_name="Fernmoor Press",
        site_url=SITE,
        postal_address="Fernmoor Press\n1 Quay Lane\nFernmoor FM1 1AA",
        newsletter=newsletter,
        cadence=Cadence.DAILY,
        columns={"harbour-notes": HARBOUR, "council": COUNCIL},
        posts=posts,
        view_url=f"{SITE}/newsletters/courier/daily-2026-11-20",
        date=date(2026, 11, 20),
    )
