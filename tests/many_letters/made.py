"""The letters: issues of one to twenty posts with the worst of texts, by the real templates, to hostile readers.

All is drawn by number: the same number is the same issue, reader and letter (but for the keys, which each run makes).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from random import Random

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from publisher.letter.compose import compose
from publisher.letter.edition import Edition
from publisher.mail.dkim import Signers, SigningKey
from publisher.mail.dkimkey import record_of
from publisher.mail.inline import Picture, addresses_of
from publisher.mail.wire import CompiledLetter, LetterHead, ReaderFacts, compile_letter
from publisher.model.author import Author
from publisher.model.column import Column
from publisher.model.issue import Newsletter, StoryText
from publisher.model.letter import Letter, Slot
from publisher.model.media import Image
from publisher.model.picture import name_for
from publisher.model.post import Post, RelatedStory
from publisher.model.subscriber import Cadence
from publisher.templating import Templates, open_templates
from publisher.tokens import Purpose, token_for
from tests.test_mail_inline import STARTS

DOMAINS = ("fernmoor.example", "xn--bcher-kva.example")  # each with both kinds of key
TOKEN_KEYS = (b"many letters" * 3,)

_LANGUAGES = ("en", "de-AT", "fr", "es", "ar", "ja", "he")
_WORDS = (
    "tide", "harbour", "dredger", "quay", "rope", "Ünger", "naïve", "Łódź", "smørrebrød", "Ελλάδα", "Привет", "ไทย",
    "שָׁלוֹם", "مرحبا", "بالعالم", "نشرة", "你好", "ニュース", "한국어", "हिन्दी", "🦀", "👩🏽‍🚀", "🇩🇪", "🏳️‍🌈", "e\u0301",
    "ﬁ", "\u200fleft\u200e", "\u2067iso\u2069", "a\u200bb", "soft\u00adhyphen", "\u00a0", "\ufeff", "\U0001d54f",
    "=?utf-8?q?no?=", "=?utf-8?B?aGk=?=", ".", "..", "From ", "--", "-- ", "=", "=3D", "=\r\n", "&amp;", "<b>",
    "&#57344;",
    "\r\nBcc: eve@evil.example\r\n\r\n", "\u2028", "\u0085", "\x0b", "\x00", "{{ name }}", "%s", "\\", '"', "'", ";",
    "x" * 80, "y" * 1200, "  ", "\t", "https://fernmoor.example/" + "path/" * 60 + "?q=" + "k" * 900, "boundary=",
    "--=_",
)  # fmt: skip
_NAMES = (
    "", "Ann Ünger", 'O"Brien, "Jr."', "😀 Mia 🦊", "👨‍👩‍👧‍👦", "محمد الأحمد", "יעל כהן", "山田 太郎", "x" * 180,
    "é" * 90,
    "a  b   c", " lead", "trail ", ".dot", "=?utf-8?b?eA==?=", "=?x?q?a?= =?utf-8?q?b?=", "(comment) Ann", "tab\tname",
    "Zoë <zoe@evil.example>", "Ann\r\nBcc: eve@evil.example", "Ann\r\n\r\n<html>", "Ann\u2028Bee", "a@b, c@d", "\\",
    '"', "Dr. A. B. Cee; PhD: MA", "\u202eevila", "\ufeffAnn", "e\u0301" * 30, "<script>alert(1)</script>", "{{ 7*7 }}",
    "A\x00B\x07", "🎉" * 25, "w" * 74, "ö" * 24, "%(name)s", "Mr. =?", "=?=?=?", "\u00a0\u00a0",
)  # fmt: skip
_ADDRESSES = (
    "ann@example.org", "l" * 64 + "@example.org", "o'neil+tag@mail.example", '"two words"@example.org',
    '"a\\"b@c"@example.org', "mia@bücher.example", "rā@xn--bcher-kva.example", "ünïcode@例え.example",
    "a@" + "d" * 63 + ".example", "!#$%&'*+-/=?^_`{|}~@example.org", "Ann.Bee@EXAMPLE.org", "é" * 32 + "@example.org",
    "a@b.c.d.e.f.g.example", "x@مثال.example", "a@" + ".".join(["d" * 61] * 3) + ".example", "1@2.example",
)  # fmt: skip
REFUSED = (
    "", "ann", "ann@example.org\r\nBcc: eve@evil.example", "ann@example.org>\r\nRCPT TO:<eve@evil.example",
    "a b@example.org", "<ann@example.org>", "ann@example.org, eve@evil.example", "ann@exam ple.org", "@example.org",
    "ann@", "ann\0@example.org", '"ann\r\n"@example.org', "ann@example.org\n", "ann@-example.org", "ann@[evil",
    "a\u2028b@example.org", "ann@example..org", "ann@\u2028.example",
)  # fmt: skip
"""Addresses that no letter is written to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """An issue, compiled once for all its readers."""

    number: int
    domain: str  # whose keys sign
    letter: Letter
    head: LetterHead
    pictures: Mapping[str, Picture]
    posts: int
    compiled: CompiledLetter


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A letter to one reader."""

    issue: Issue
    reader: ReaderFacts
    message: bytes

    @property
    def sender(self) -> str:
        return f"b+{self.reader.token}@bounces.{self.issue.domain}"


@cache
def signers() -> Signers:
    return Signers(
        by_domain={
            domain: (
                SigningKey(domain=domain, selector="autumn-rsa", private=rsa.generate_private_key(65537, 2048)),
                SigningKey(domain=domain, selector="autumn-ed25519", private=Ed25519PrivateKey.generate()),
            )
            for domain in DOMAINS
        }
    )


def records() -> dict[str, str]:
    """What the DNS would say: keys, DMARC that rejects, SPF of the domains of return addresses."""
    found: dict[str, str] = {}
    for domain, keys in signers().by_domain.items():
        made = [record_of(key.private, domain=domain, selector=key.selector) for key in keys]
        found |= {record.name: record.value for record in made}
        found |= {f"_dmarc.{domain}": "v=DMARC1; p=reject", f"bounces.{domain}": "v=spf1 ip4:192.0.2.25 -all"}
    return found


def letters(count: int, *, seed: int = 0, readers: int = 10) -> Iterator[Made]:
    """So many letters, of issues that have so many readers each."""
    templates = open_templates(None)
    for number in range(count):
        if number % readers == 0:
            issue = issue_of(seed * 1_000_003 + number // readers, templates)
        reader = _reader(Random(f"{seed} {number}"), seed * 10_000_000 + number, issue.domain)
        yield Made(issue=issue, reader=reader, message=issue.compiled.message_for(reader))


def _reader(dice: Random, delivery: int, domain: str) -> ReaderFacts:
    token = token_for(TOKEN_KEYS, Purpose.DELIVERY, delivery)
    leaving = token_for(TOKEN_KEYS, Purpose.UNSUBSCRIBE, delivery)
    site = f"https://{domain}" + dice.choice(["", "", "/" + "deep/" * 50, "/a%C3%A9b;c=1"])
    return ReaderFacts(
        token=token,
        address=dice.choice(_ADDRESSES),
        name=dice.choice([*_NAMES, _words(dice, 6)]),
        unsubscribe_url=f"{site}/unsubscribe/{leaving}",
        leave_token=leaving,
        preferences_url=f"{site}/preferences/{leaving}?a=1&b='2'",
    )


def issue_of(number: int, templates: Templates) -> Issue:
    dice = Random(number)
    domain = dice.choice(DOMAINS)
    count = dice.choice([1, 1, 2, 3, 5, 8, 13, 20])
    newsletter = _newsletter(dice, domain)
    edition = _edition(dice, domain, newsletter, [_post(dice, domain, seq) for seq in range(1, count + 1)])
    letter = compose(edition, templates)
    if dice.random() < 0.3:
        letter = replace(letter, subject=f"{Slot.NAME.mark}: {letter.subject} {Slot.EMAIL.mark}"[:900])
    head = _head(dice, domain, newsletter)
    pictures = _pictures(dice, letter)
    compiled = compile_letter(letter, head, signers().keys_for(head.from_address), pictures=pictures)
    return Issue(
        number=number, domain=domain, letter=letter, head=head, pictures=pictures, posts=count, compiled=compiled
    )


def _newsletter(dice: Random, domain: str) -> Newsletter:
    return Newsletter(
        slug="courier",
        name=dice.choice(
            ["The Fernmoor Courier", "Bücher & Meer", "نشرة الصباح", "🗞️", 'A "quoted", name; (x)', "N" * 90]
        ),
        columns=("harbour", "council"),
        from_name=" ".join(_printable(dice.choice(_NAMES)).split()) or "Courier",
        from_address=f"{dice.choice(['courier', 'desk.news', 'a+b'])}@{dice.choice(['', 'news.', 'a.b.'])}{domain}",
        reply_to=dice.choice(["", f"desk@{domain}"]),
        subject=dice.choice(["{{ lead.title }}", "{{ newsletter.name }}: {{ lead.title }}", "{{ date }}"]),
        language=dice.choice(_LANGUAGES),
        template=dice.choice(["digest", "plain", "column"]),
        text=dice.choice(list(StoryText)),
        greeting=dice.choice(["", "Dear {{ name }},", "{{ name }}{{ name }} – "]),
    )


def _edition(dice: Random, domain: str, newsletter: Newsletter, posts: list[Post]) -> Edition:
    columns = {
        slug: Column(
            slug=slug, feed_id=f"tag:{domain},2026:{slug}", name=_words(dice, 3) or slug, tagline=_words(dice, 4)
        )
        for slug in newsletter.columns
    }
    return Edition(
        site_name=_words(dice, 3) or "Press",
        site_url=f"https://{domain}",
        postal_address=f"{_printable(_words(dice, 3))}\n1 Quay Lane",
        newsletter=newsletter,
        cadence=dice.choice([Cadence.DAILY, Cadence.WEEKLY]),
        columns=columns,
        posts=tuple(posts),
        view_url=f"https://{domain}/newsletters/courier/daily-2026-11-20.html",
        date=date(2026, 11, 20),
    )


def _post(dice: Random, domain: str, seq: int) -> Post:
    when = datetime(2026, 11, 20, 6, 30, tzinfo=UTC) - timedelta(minutes=dice.randint(0, 9000))
    author = Author(key="ada", name=_printable(_words(dice, 2)) or "Ada", blurb=_words(dice, 12))
    stories = tuple(
        RelatedStory(title=_words(dice, 4) or "More", url=f"https://{domain}/s/{number}", image=_image(dice, domain))
        for number in range(dice.randint(0, 3))
    )
    return Post(
        id=f"tag:{domain},2026:harbour/{seq}",
        seq=seq,
        column=dice.choice(["harbour", "council"]),
        source="paper",
        slug=f"post-{seq}",
        title=_words(dice, 7) or f"Post {seq}",
        published=when,
        updated=when,
        first_seen=when,
        summary=_words(dice, dice.choice([0, 10, 40])),
        body="".join(_paragraph(dice, domain) for _ in range(dice.randint(1, 9))),
        url=f"https://{domain}/harbour/{seq}?" + "q" * dice.choice([0, 900]),
        authors=(author,) if dice.random() < 0.7 else (),
        related=stories,
        image=_image(dice, domain) if dice.random() < 0.5 else None,
    )


def _paragraph(dice: Random, domain: str) -> str:
    """As the cleaner would leave it: entities for what is markup, balanced, double quotes."""
    words = _entities(_words(dice, dice.choice([3, 30, 90])))
    kind = dice.random()
    if kind < 0.15:
        image = _image(dice, domain)
        return f'<p><img src="{_entities(image.url)}" alt="{_entities(image.alt)}" width="640" height="400"></p>'
    if kind < 0.3:
        return f'<p><a href="https://{domain}/{"long/" * dice.randint(0, 180)}?a=1&amp;b=2">{words or "link"}</a></p>'
    return f"<{dice.choice(['p', 'p', 'blockquote', 'pre'])}>{words}</p>" if kind < 0.31 else f"<p>{words}</p>"


def _image(dice: Random, domain: str) -> Image:
    url = f"https://{domain}/media/{dice.randint(0, 30)}.jpg" + dice.choice(["", "?w=600&h=400", "?t='a'"])
    return Image(url=url, alt=_printable(_words(dice, 4)))


def _pictures(dice: Random, letter: Letter) -> dict[str, Picture]:
    """Those at hand: none, some, or all of what the letter shows; sometimes more than may travel."""
    share = dice.choice([0.0, 0.0, 0.5, 1.0, 1.0])
    most = dice.choice([200, 5_000, 5_000, 5_000, 400_000]) if share == 1.0 else 5_000
    found = {}
    for address in addresses_of(letter.html):
        if dice.random() < share:
            kind = dice.choice(list(STARTS))
            content = STARTS[kind] + dice.randbytes(dice.randint(0, most))
            found[address] = Picture(name=name_for(content, kind), content=content)
    return found


def _head(dice: Random, domain: str, newsletter: Newsletter) -> LetterHead:
    return LetterHead(
        from_name=newsletter.from_name,
        from_address=newsletter.from_address,
        reply_to=newsletter.reply_to,
        list_name=newsletter.name,
        list_id=f"courier.newsletters.{domain}",
        list_help=dice.choice(["", f"https://{domain}/unsubscribe"]),
        list_owner=dice.choice(["", f"desk@{domain}"]),
        list_archive_url=dice.choice(["", f"https://{domain}/" + "archive/" * dice.randint(0, 40)]),
        feedback_id=dice.choice(["", "daily-2026-11-20:courier:newsletter:fernmoorexample"]),
        language=newsletter.language,
        date=datetime(2026, 11, 20, 6, 30, tzinfo=UTC) - timedelta(seconds=dice.randint(0, 9_000_000)),
        mail_domain=newsletter.from_address.rpartition("@")[2],
        leave_domain=dice.choice(["", f"bounces.{domain}", "xn--bcher-kva.example", ".".join(["d" * 60] * 3)]),
        nameless=dice.choice(["reader", "Leserin", "قارئ"]),
        is_test=dice.random() < 0.1,
    )


def _words(dice: Random, most: int) -> str:
    return "".join(dice.choice(_WORDS) + dice.choice(["", " ", " ", " ", "\n"]) for _ in range(dice.randint(0, most)))


def _printable(text: str) -> str:
    """As config.toml and the cleaner would let it through: on one line."""
    return " ".join("".join(one if one.isprintable() or one.isspace() else " " for one in text).split())


def _entities(text: str) -> str:
    text = text.replace("\x00", "").replace("\x0b", " ")
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
