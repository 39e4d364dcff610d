"""What the DNS says about the domains we send from, judged: SPF, DKIM, DMARC, where bounces are to go, and TLS.

Each judgement is a finding: good, worth a word, wrong, or not known (the DNS did not answer), with
what was found and, where something lacks, the record to publish. The questions are asked by
`fetch/dns.py`; here nothing is asked.

RFC 7208 (SPF), RFC 6376 (DKIM), RFC 7489 (DMARC), RFC 7505 (a domain that takes no mail). Known
weakness: which servers a relay sends from is not known, so whether SPF names them is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum

from publisher.mail.dkimkey import Record

SOON = timedelta(days=14)  # a certificate that ends within it is worth a word
MOST_LOOKUPS = 10  # RFC 7208 §4.6.4: beyond it, receivers give up
_LOOKING = re.compile(r"(?:[+?~-]?(?:include:|a\b|mx\b|ptr\b|exists:)|redirect=)", re.IGNORECASE)
_NAMED = re.compile(r"(?:[+?~-]?include:|redirect=)([^\s/]+)", re.IGNORECASE)


class Verdict(StrEnum):
    GOOD = "good"
    WORD = "worth a word"
    WRONG = "wrong"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """A record that should stand in the DNS."""

    name: str
    type: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One judgement."""

    about: str  # `SPF`, `DKIM`, …
    name: str  # that was asked for
    verdict: Verdict
    words: str  # a sentence or two
    found: tuple[str, ...] = ()
    publish: Publish | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What was found at a name, before it is judged."""

    about: str
    name: str
    found: tuple[str, ...]

    def judged(self, verdict: Verdict, words: str, publish: Publish | None = None) -> Finding:
        return Finding(
            about=self.about, name=self.name, found=self.found, verdict=verdict, words=words, publish=publish
        )


def unanswered(about: str, name: str, problem: str) -> Finding:
    """The DNS did not say."""
    return Finding(about=about, name=name, verdict=Verdict.UNKNOWN, words=f"The DNS did not answer: {problem}.")


def spf_records(texts: Sequence[str]) -> tuple[str, ...]:
    """Those of a name's TXT records that are SPF (RFC 7208 §4.5)."""
    return tuple(text for text in texts if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 "))


def spf_names(record: str) -> tuple[str, ...]:
    """Other records that one leads to; macros are left out, for they depend on who sends."""
    return tuple(name.rstrip(".").lower() for name in _NAMED.findall(record) if "%" not in name)


def judge_spf(domain: str, texts: Sequence[str], tree: Mapping[str, str]) -> Finding:
    """`tree`: the records that it leads to, by name; "" for a name that has none."""
    records = spf_records(texts)
    here = Seen(about="SPF", name=domain, found=records)
    if not records:
        publish = Publish(name=domain, type="TXT", value="v=spf1 include:YOUR-RELAY ~all")
        words = (
            "There is no SPF record, so nobody can tell which servers may send for this domain. Ask your relay what "
            "to put in place of YOUR-RELAY."
        )
        return here.judged(Verdict.WRONG, words, publish=publish)
    if len(records) > 1:
        words = f"There are {len(records)} SPF records; receivers then take none (RFC 7208 §4.5). Make one of them."
        return here.judged(Verdict.WRONG, words)
    missing = sorted(name for name in spf_names(records[0]) if not tree.get(name))
    if missing:
        words = f"It leads to {', '.join(missing)}, where no SPF record is: receivers then take none (RFC 7208 §5.2)."
        return here.judged(Verdict.WRONG, words)
    lookups = sum(bool(_LOOKING.match(term)) for one in (records[0], *tree.values()) for term in one.split())
    if lookups > MOST_LOOKUPS:
        words = f"It takes {lookups} questions to the DNS; receivers give up after {MOST_LOOKUPS} (RFC 7208 §4.6.4)."
        return here.judged(Verdict.WRONG, words)
    return _judge_end(here, records[0], lookups)


def _judge_end(here: Seen, record: str, lookups: int) -> Finding:
    terms = record.lower().split()
    if "+all" in terms or "all" in terms:
        words = "It ends with `+all`, which lets everybody send for this domain. End it with `~all` or `-all`."
        return here.judged(Verdict.WRONG, words)
    if not any(term in ("-all", "~all") or term.startswith("redirect=") for term in terms):
        words = "It does not say what to think of other servers: end it with `~all` or `-all`."
        return here.judged(Verdict.WORD, words)
    words = (
        f"One record, {lookups} of at most {MOST_LOOKUPS} questions. Whether your relay's servers are in it, "
        "your relay knows."
    )
    return here.judged(Verdict.GOOD, words)


def judge_dkim(record: Record, texts: Sequence[str], *, signing: bool) -> Finding:
    """Whether the public half of a key of ours stands where receivers look for it (RFC 6376 §3.6.2)."""
    here = Seen(about="DKIM", name=record.name, found=tuple(texts))
    publish = Publish(name=record.name, type="TXT", value=record.value)
    ours = _tags(record.value)
    shown = [_tags(text) for text in texts if "p" in _tags(text)]
    if any(one["p"] == ours["p"] and one.get("k", "rsa") == ours["k"] for one in shown):
        words = "The key that stands there is ours" + ("." if signing else '; set `state = "signing"` to use it.')
        return here.judged(Verdict.GOOD, words)
    wrong = Verdict.WRONG if signing else Verdict.WORD
    if not shown:
        words = "No key stands there" + (
            ": nobody can verify what we sign." if signing else " yet; it does not sign yet."
        )
        return here.judged(wrong, words, publish=publish)
    if any(not one["p"] for one in shown):
        words = "The key was taken back (`p=` is empty): receivers take our signatures for void."
        return here.judged(wrong, words, publish=publish)
    words = "Another key stands there than ours: receivers take our signatures for forged."
    return here.judged(wrong, words, publish=publish)


def judge_dmarc(domain: str, answers: Mapping[str, Sequence[str]], *, reports_to: str) -> Finding:
    """`answers`: TXT records by name, `_dmarc.` of the domain first, then of those above it (RFC 7489 §6.6.3)."""
    name = f"_dmarc.{domain}"
    for asked, texts in answers.items():
        records = tuple(text for text in texts if text.lower().replace(" ", "").startswith("v=dmarc1"))
        if len(records) > 1:
            words = (
                f"There are {len(records)} DMARC records; receivers then take none (RFC 7489 §6.6.3). Make one of them."
            )
            return Finding(about="DMARC", name=asked, verdict=Verdict.WRONG, words=words, found=records)
        if records:
            return _judge_policy(asked, records[0], inherited=asked != name)
    value = f"v=DMARC1; p=none; rua=mailto:{reports_to}" if reports_to else "v=DMARC1; p=none"
    words = (
        "There is no DMARC record. Gmail and Yahoo want one of who sends many letters. This one only asks for reports; "
        "when they show that all your mail passes, make it `p=quarantine`."
    )
    publish = Publish(name=name, type="TXT", value=value)
    return Finding(about="DMARC", name=name, verdict=Verdict.WRONG, words=words, publish=publish)


def _judge_policy(name: str, record: str, *, inherited: bool) -> Finding:
    tags = _tags(record)
    policy = (tags.get("sp") if inherited else None) or tags.get("p", "")
    facts = Seen(about="DMARC", name=name, found=(record,))
    if policy.lower() not in ("none", "quarantine", "reject"):
        words = f"Its policy is {policy!r}; it has to be none, quarantine or reject."
        return facts.judged(Verdict.WRONG, words)
    if policy.lower() == "none":
        words = (
            "It only watches (`p=none`): forged letters still get through. When its reports show that all your mail "
            "passes, tighten it."
        )
        return facts.judged(Verdict.WORD, words)
    above = ", from the domain above" if inherited else ""
    return facts.judged(Verdict.GOOD, f"Forged letters are to be met with {policy.lower()}{above}.")


def judge_returns(domain: str, exchangers: Sequence[str], addresses: Sequence[str], *, read: bool) -> Finding:
    """Whether what bounces can come back to a domain of return addresses (RFC 5321 §5.1, RFC 7505)."""
    here = Seen(about="Return addresses", name=domain, found=tuple(exchangers) or tuple(addresses))
    if list(exchangers) in (["."], [""]):
        words = "The domain says that it takes no mail (RFC 7505): many receivers refuse letters from there."
        return here.judged(Verdict.WRONG, words)
    if not exchangers and not addresses:
        words = (
            "The domain has neither MX nor address: bounces cannot come back, and many receivers refuse such letters."
        )
        return here.judged(Verdict.WRONG, words)
    if not read:
        words = "Mail can come back, but config.toml has no `[bounces]`: nobody reads what bounces."
        return here.judged(Verdict.WORD, words)
    return here.judged(Verdict.GOOD, "What bounces can come back, and is read.")


def judge_reverse(host: str, names: Mapping[str, Sequence[str]], forward: Mapping[str, Sequence[str]]) -> Finding:
    """Whether each address of a relay has a name that leads back to it; `names` by address, `forward` by name."""
    shown = tuple(f"{address} → {', '.join(found) or 'no name'}" for address, found in names.items())
    here = Seen(about="Reverse DNS", name=host, found=shown)
    bad = [address for address, found in names.items() if not any(address in forward.get(name, ()) for name in found)]
    if not bad:
        words = "Each address of the relay has a name that leads back to it. It may send from others: your relay knows."
        return here.judged(Verdict.GOOD, words)
    words = (
        f"{', '.join(bad)}: no name that leads back to it. Where the relay sends from there, receivers distrust it; "
        "whoever gives it the address can set its PTR record."
    )
    return here.judged(Verdict.WORD, words)


def judge_site(
    name: str, *, ends: datetime | None, distrust: str, unreached: str, now: datetime, zone: tzinfo
) -> Finding:
    """Whether the links of letters lead to a site that proves its name; RFC 8058 §3.1 wants HTTPS of one-click."""
    here = Seen(about="TLS", name=name, found=())
    if distrust:
        words = f"Browsers and mail providers do not trust the site's certificate: {distrust}."
        return here.judged(Verdict.WRONG, words)
    if ends is None:
        words = f"The site could not be reached ({unreached}), so its certificate is not known."
        return here.judged(Verdict.UNKNOWN, words)
    day = f"{ends.astimezone(zone):%a %Y-%m-%d}"
    if ends - now < SOON:
        return here.judged(Verdict.WORD, f"The site's certificate ends soon, on {day}. Renew it.")
    return here.judged(Verdict.GOOD, f"The site's certificate is trusted, and good until {day}.")


def site_in_the_open(url: str) -> Finding:
    """A site without TLS."""
    words = "The site's address begins with http: mail programs show no button to leave with one click (RFC 8058 §3.1)."
    return Finding(about="TLS", name=url, verdict=Verdict.WRONG, words=words)


def _tags(text: str) -> dict[str, str]:
    """`tag=value; tag=value` (RFC 6376 §3.2), blanks taken out."""
    pairs = (part.partition("=") for part in text.split(";"))
    return {name.strip().lower(): "".join(value.split()) for name, sign, value in pairs if sign}
