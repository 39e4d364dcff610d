"""A week of an invented newspaper, as it would look: ten posts of three columns, for tests that look at letters.

Its pictures stand in tests/cases/letter/pictures and are handed to the browser in place of the .jpg that
the letters name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from publisher.letter.amends import Amends
from publisher.letter.edition import Edition
from publisher.letter.service import ServiceEdition
from publisher.model.author import Author, Link
from publisher.model.column import Column
from publisher.model.issue import IssueKind, Newsletter
from publisher.model.media import Image
from publisher.model.post import Post, RelatedStory
from publisher.model.subscriber import Cadence
from tests.golden import CASES

SITE = "https://fernmoor.example"
PICTURES = CASES / "letter" / "pictures"
WHEN = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)


def picture(name: str, alt: str, caption: str = "") -> Image:
    return Image(url=f"{SITE}/media/{name}.jpg", alt=alt, caption=caption)


ADA = Author(
    key="ada-lindqvist",
    name="Ada Lindqvist",
    blurb="Ada Lindqvist covers ports, tides and the people who live by them, and has since the old crane fell.",
    bio="She came to the Courier from the fish market, where she kept the books for eleven years.\n\n"
    "Her series on the breakwater won the Brass Lantern in 2024. She lives above the chandlery.",
    email="ada@fernmoor.example",
    url=f"{SITE}/authors/ada",
    links=(Link(label="@adalind", url="https://social.example/@adalind"),),
    portrait=picture("ada", "Ada Lindqvist on the quay"),
)
BRAM = Author(
    key="bram-odell",
    name="Bram O’Dell",
    blurb="Bram O’Dell reads the council’s papers so that you need not.",
    email="bram@fernmoor.example",
    url=f"{SITE}/authors/bram",
    portrait=picture("bram", "Bram O’Dell"),
)
INES = Author(
    key="ines-marrow",
    name="Ines Marrow",
    blurb="Ines Marrow walks the county from one end to the other and writes down what is in the way.",
    url=f"{SITE}/authors/ines",
    portrait=picture("ines", "Ines Marrow in the reeds"),
)

HARBOUR = Column(
    slug="harbour-notes", feed_id="tag:fernmoor.example,2026:harbour-notes", name="Harbour Notes",
    tagline="What comes in with the tide, and what goes out.",
)  # fmt: skip
COUNCIL = Column(
    slug="council", feed_id="tag:fernmoor.example,2026:council", name="From the Council",
    tagline="What was decided, by whom, and what it costs.",
)  # fmt: skip
WALK = Column(
    slug="long-walk", feed_id="tag:fernmoor.example,2026:long-walk", name="The Long Walk",
    tagline="On foot, every Thursday.",
)  # fmt: skip
COLUMNS = {column.slug: column for column in (HARBOUR, COUNCIL, WALK)}

COURIER = Newsletter(
    slug="courier",
    name="The Fernmoor Courier",
    columns=tuple(COLUMNS),
    from_name="The Fernmoor Courier",
    from_address="courier@fernmoor.example",
    subject="{{ lead.title }}",
    greeting="Good morning, {{ name }}",
)

MORE = (
    RelatedStory(
        title="The lock that has leaked since the flood", url=f"{SITE}/harbour-notes/lock.html",
        summary="Every spring it is measured, and every spring it leaks a little more.",
        image=picture("lock", "The north lock with its gates shut"),
    ),
    RelatedStory(
        title="Who paints the boats", url=f"{SITE}/harbour-notes/boats.html",
        summary="Two sisters, nine brushes, and a red that nobody else can mix.",
        image=picture("boats", "Two red boats under white sails"),
    ),
    RelatedStory(
        title="A short history of the harbour bell", url=f"{SITE}/harbour-notes/bell.html",
        image=Image(url="", alt="A bronze bell with a crack down one side"),
    ),
)  # fmt: skip

DREDGER_BODY = (
    "<p>For six months the dredger <em>Patience</em> has lain at the north quay with her ladder up and her lights on. "
    "She was hired to clear the channel before the summer. The summer came, the visitors came, and the bigger of the "
    "two ferries went to the next town along the coast, because it draws a hand’s breadth more than the channel has "
    "to give.</p>"
    "<p>“We are waiting for a bearing,” says her captain, Odo Fenn, and lifts his cup toward the wheelhouse, where a "
    "calendar still shows May. The bearing is made by one firm only. That firm was sold in April, and the people who "
    'bought it are <a href="https://fernmoor.example/bearing">looking for the drawings</a>.</p>'
    "<blockquote><p>A harbour is a conversation with mud. For half a year now the mud has done all the talking.</p>"
    "</blockquote>"
    "<h2>What a day costs</h2>"
    "<p>The town pays for the dredger whether she digs or not. Our sums, from the harbour board’s own papers:</p>"
    "<table><tr><th>What</th><th>A day</th><th>So far</th></tr>"
    "<tr><td>Hire of the dredger</td><td>1,900</td><td>342,000</td></tr>"
    "<tr><td>Crew</td><td>640</td><td>115,200</td></tr>"
    "<tr><td>The ferry that does not call</td><td>2,100</td><td>378,000</td></tr></table>"
    "<p>Nobody on the board disputes these figures. What they dispute is whose idea it was:</p>"
    "<ul><li>the harbour master says that he asked for a smaller ship;</li>"
    "<li>the treasurer says that the smaller ship was never offered;</li>"
    "<li>the minutes of that evening have a coffee stain where the vote should be.</li></ul>"
    "<p>On Tuesday the board will meet again. The public may come and listen, and should bring a coat: the hall has "
    "had no heating since the boiler was lent to the swimming bath.</p>"
)


def _paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def _post(
    seq: int,
    column: Column,
    slug: str,
    title: str,
    *,
    body: str,
    authors: tuple[Author, ...],
    summary: str = "",
    image: Image | None = None,
    related: tuple[RelatedStory, ...] = (),
) -> Post:
    return Post(
        id=f"tag:fernmoor.example,2026:{column.slug}/{slug}", seq=seq, column=column.slug, source="paper", slug=slug,
        title=title, published=WHEN, updated=WHEN, first_seen=WHEN, body=body, authors=authors, summary=summary,
        image=image, related=related,
    )  # fmt: skip


DREDGER = _post(
    1, HARBOUR, "dredger", "The dredger that would not move", authors=(ADA,), body=DREDGER_BODY, related=MORE,
    summary="Six months at the quay have cost the town a summer, a ferry, and its patience with Patience.",
    image=picture("dredger", "A dredger at the quay at sunset, her ladder raised", "The Patience at the north quay."),
)  # fmt: skip
SHORT = (
    _post(
        2, HARBOUR, "gulls", "Gulls learn the timetable", authors=(ADA,),
        body=_paragraphs(
            "At four minutes past seven, when the first ferry opens her doors, there are now some two hundred gulls "
            "on the roof of the ticket office. At five past there are none: they are all at the kiosk, which opens "
            "with the ferry and sells herring in bread.",
            "Dr Pell of the bird station has counted them for a month. They come on working days. On Sundays, when "
            "the first ferry goes at nine, they come at nine. On the public holiday in October they came at seven, "
            "waited, and left. “So would you have,” says Dr Pell.",
        ),
    ),
    _post(
        3, HARBOUR, "ice", "The ice machine is back", authors=(ADA, BRAM),
        summary="After eleven days without ice the fish market opens at its old hour.",
        body=_paragraphs(
            "It came on a flatbed lorry from the dairy, which has two. For eleven days the market had bought its ice "
            "in bags from the petrol station, and had opened at nine so that the bags could be carried.",
            "From Monday it opens at five again. The bags that are left are for sale at the gate.",
        ),
    ),
    _post(
        4, COUNCIL, "clock", "The clock stays, by one vote", authors=(BRAM,),
        image=picture("hall", "The town hall and its clock, at eight to twelve", "The hall on Tuesday evening."),
        body=_paragraphs(
            "By six votes to five the council has decided to keep the clock of the town hall as it is: eleven minutes "
            "slow in winter and four in summer. A report of 40 pages had found that it could be mended for the price "
            "of a small bus.",
            "“People in this town know what time it is,” said Councillor Thorne, who moved the motion. “They look at "
            "the clock, and then they think.” Councillor Abara, against, asked that her watch be shown in the minutes.",
            "The small bus will be bought in spring.",
        ),
    ),
    _post(
        5, COUNCIL, "benches", "Nine benches, and where to put them", authors=(BRAM,),
        body=_paragraphs(
            "Nine benches have been given to the town by a lady who wishes to remain unknown, and whose initials are "
            "carved into each. The council has until Friday to say where they go. Four are promised to the quay, two "
            "to the hospital, one to the bus stop at Cutler’s Bend, where there is a bus again.",
            "That leaves two. Proposals may be written on the sheet in the library. So far there are 61, and 38 of "
            "them say “outside my house”.",
        ),
    ),
    _post(
        6, COUNCIL, "minutes", "What else was decided", authors=(BRAM,),
        body="<ol><li>The fair may have a second carousel, if it is quiet.</li>"
        "<li>Dogs may go on the south beach until April.</li>"
        "<li>The choir gets the boiler back.</li></ol>",
    ),
    _post(
        7, WALK, "marsh", "Across the marsh with dry feet", authors=(INES,),
        summary="There is a way through, and it is older than the maps that deny it.",
        image=picture("marsh", "A marsh in spring with a stream winding through the reeds"),
        body=_paragraphs(
            "The map shows nothing between Saltby and the dike: a pale blue, a few tufts, a name in italics. But the "
            "people of Saltby go to church on the other side, and they have never been seen to row.",
            "The way begins behind the forge. One walks toward the church tower until a dead willow covers it, then "
            "toward the willow until one hears water, and then, my guide said, “you do as the cow does”. The cow was "
            "patient with us. We arrived with dry feet, and with her.",
            "I have promised not to draw it. You must ask at the forge, and bring an apple for the cow.",
        ),
    ),
    _post(
        8, WALK, "inn", "The inn with one chair", authors=(INES,),
        body=_paragraphs(
            "At the top of Harrow Edge there is an inn with one chair. It serves soup. Whoever comes second waits on "
            "the wall, and is told the news by whoever is eating, which is the custom, and takes as long as the soup.",
            "I heard about a wedding, two lost sheep and the price of slates. Then I ate, and told an accountant from "
            "the coast about the marsh.",
        ),
    ),
    _post(
        9, WALK, "signs", "Signposts that disagree", authors=(INES,),
        body=_paragraphs(
            "There are two signposts at Lower Ashing, and both point to Upper Ashing, in two directions. The postman "
            "says that both are right and one is uphill.",
        ),
    ),
    _post(
        10, HARBOUR, "tides", "Tides of the week", authors=(),
        body="<table><tr><th>Day</th><th>High</th><th>Low</th></tr><tr><td>Friday</td><td>06:12</td><td>12:20</td></tr>"
        "<tr><td>Saturday</td><td>06:58</td><td>13:09</td></tr><tr><td>Sunday</td><td>07:41</td><td>13:57</td></tr>"
        "</table>",
    ),
)  # fmt: skip
# As a letter has them: by column.
TEN = (DREDGER, *SHORT[:2], SHORT[8], *SHORT[2:8])

ARABIC = Newsletter(
    slug="barid", name="بريد الميناء", columns=("harbour",), from_name="بريد الميناء",
    from_address="barid@fernmoor.example", subject="{{ lead.title }}", language="ar",
    greeting="صباح الخير يا {{ name }}",
)  # fmt: skip
ARABIC_COLUMN = Column(
    slug="harbour", feed_id="tag:fernmoor.example,2026:harbour", name="أخبار الميناء",
    tagline="ما يأتي به المد وما يذهب به الجزر.", language="ar",
)  # fmt: skip
LAYLA = Author(
    key="layla", name="ليلى حداد", blurb="تكتب ليلى حداد عن الموانئ ومن يعيشون منها.", email="layla@fernmoor.example",
    portrait=picture("ines", "ليلى حداد"),
)  # fmt: skip
ARABIC_POST = replace(
    DREDGER, column="harbour", slug="karraka", title="الكرّاكة التي لا تتحرك", authors=(LAYLA,),
    summary="ستة أشهر عند الرصيف كلّفت المدينة صيفًا كاملًا.",
    image=picture("dredger", "كرّاكة عند الرصيف وقت الغروب", "الكرّاكة عند الرصيف الشمالي."),
    body="<p>منذ ستة أشهر ترسو الكرّاكة عند الرصيف الشمالي وأضواؤها مضاءة. استأجرتها المدينة لتعميق القناة قبل الصيف، "
    "فجاء الصيف وجاء الزوار، أما العبّارة الكبيرة فقد ذهبت إلى ميناء آخر.</p>"
    "<blockquote><p>الميناء حوار مع الطين، ومنذ نصف عام لا يتكلم إلا الطين.</p></blockquote>"
    "<ul><li>يقول مدير الميناء إنه طلب سفينة أصغر؛</li><li>ويقول أمين الصندوق إن أحدًا لم يعرضها.</li></ul>"
    "<p>يجتمع المجلس يوم الثلاثاء، والحضور مفتوح للجميع.</p>",
    related=(
        RelatedStory(
            title="القفل الذي يتسرب منذ الطوفان", url=f"{SITE}/harbour/lock.html",
            summary="يُقاس كل ربيع، وفي كل ربيع يزيد قليلًا.", image=picture("lock", "القفل الشمالي مغلقًا"),
        ),
    ),
)  # fmt: skip


def week(
    posts: Sequence[Post] = TEN,
    *,
    newsletter: Newsletter = COURIER,
    template: str = "",
    cadence: Cadence = Cadence.DAILY,
) -> Edition:
    return Edition(
        site_name="Fernmoor Press",
        site_url=SITE,
        postal_address="Fernmoor Press\n1 Quay Lane\nFernmoor FM1 1AA",
        newsletter=replace(newsletter, template=template or newsletter.template),
        cadence=cadence,
        columns={**COLUMNS, "harbour": ARABIC_COLUMN},
        posts=tuple(posts),
        view_url=f"{SITE}/newsletters/{newsletter.slug}/daily-2026-11-20.html",
        date=date(2026, 11, 20),
    )


def service(
    kind: IssueKind,
    *,
    template: str = "digest",
    language: str = "en",
    newsletter: Newsletter = COURIER,
    latest: Edition | None = None,
) -> ServiceEdition:
    return ServiceEdition(
        site_name="Fernmoor Press",
        site_url=SITE,
        postal_address="Fernmoor Press\n1 Quay Lane\nFernmoor FM1 1AA",
        newsletter=replace(newsletter, template=template),
        kind=kind,
        language=language,
        date=date(2026, 11, 23),
        latest=latest,
    )


# What a letter says that puts this one right.
AMENDS = Amends(
    day=date(2026, 11, 20),
    subject="The dredger that would not leave",
    page=f"{SITE}/newsletters/courier/daily-2026-11-20.html",
    note=("We wrote that it belongs to the harbour board. It belongs to the county.", "The harbour master told us."),
)
