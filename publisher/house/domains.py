"""How the domains that letters come from stand in the DNS: what is asked there, and what is kept of the answers."""

from __future__ import annotations

import ipaddress
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from sqlalchemy import Connection

from publisher.config.nouns import relays_of
from publisher.errors import ConfigError
from publisher.fetch import certificate
from publisher.fetch.dns import Resolver, Unanswered
from publisher.house.opened import House
from publisher.house.relaying import CATCHER, bounce_domain_of
from publisher.house.signing import SIGNING, read_key
from publisher.mail import published
from publisher.mail.dkimkey import Record, record_of
from publisher.mail.headers import ascii_domain
from publisher.mail.published import Finding, Publish, Verdict
from publisher.store import marks

AT_ONCE = 8  # questions
MOST_RECORDS = 12  # of an SPF tree
_MARK = "domains"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found when it was asked last."""

    at: datetime
    findings: tuple[Finding, ...]


def check_domains(house: House, resolver: Resolver, *, now: datetime) -> Checked:
    """Ask for everything about the domains of From, the return addresses, the keys and the relays; takes seconds."""
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="dns") as crew:
        return Checked(at=now, findings=tuple(crew.map(lambda check: check(), _checks(house, resolver, now=now))))


def keep(conn: Connection, checked: Checked) -> None:
    """Keep it, to be shown without asking again."""
    facts = {"at": checked.at.isoformat(), "findings": [asdict(one) for one in checked.findings]}
    marks.put(conn, {_MARK: json.dumps(facts)})


def last_checked(conn: Connection) -> Checked | None:
    """None: it was never asked."""
    kept = marks.get(conn, _MARK)
    if not kept:
        return None
    facts = json.loads(kept)
    return Checked(at=datetime.fromisoformat(facts["at"]), findings=tuple(map(_finding_of, facts["findings"])))


def _finding_of(facts: dict[str, object]) -> Finding:
    publish, found = facts["publish"], facts["found"]
    return Finding(
        about=str(facts["about"]),
        name=str(facts["name"]),
        verdict=Verdict(str(facts["verdict"])),
        words=str(facts["words"]),
        found=tuple(map(str, found)) if isinstance(found, list) else (),
        publish=Publish(**publish) if isinstance(publish, dict) else None,
    )


Check = Callable[[], Finding]


def _checks(house: House, resolver: Resolver, *, now: datetime) -> Iterator[Check]:
    """Each question of its own, in the order in which they are shown."""
    returns = sorted({ascii_domain(bounce_domain_of(house, slug)) for slug in house.newsletters})
    senders = sorted({ascii_domain(one.from_address.rpartition("@")[2]) for one in house.newsletters.values()})
    reports_to = next((one.reply_to or one.from_address for one in house.newsletters.values()), "")
    for domain in returns:
        yield _asking("SPF", domain, partial(_spf, resolver, domain))
    for name, table in house.config.dkim.items():
        if table.state == "retired":
            continue
        try:
            private = read_key(house.file, name, os.environ).private
        except ConfigError as wrong:
            yield _told(Finding(about="DKIM", name=name, verdict=Verdict.WRONG, words=f"{wrong}."))
            continue
        record = record_of(private, domain=table.domain, selector=table.selector)
        signing = table.state == SIGNING
        yield _asking("DKIM", record.name, partial(_dkim, resolver, record, signing=signing))
    for domain in senders:
        yield _asking("DMARC", domain, partial(_dmarc, resolver, domain, reports_to=reports_to))
    for domain in returns:
        yield _asking(
            "Return addresses",
            domain,
            partial(_returns, resolver, domain, read=bool(house.config.bounces)),
        )
    yield _asking("TLS", house.config.site.url, partial(_site, house, resolver, now=now))
    for host in sorted(_hosts(house)):
        yield _asking("Reverse DNS", host, partial(_reverse, resolver, host))


def _told(finding: Finding) -> Check:
    return lambda: finding


def _asking(about: str, name: str, check: Check) -> Check:
    def ask() -> Finding:
        try:
            return check()
        except Unanswered as wrong:
            return published.unanswered(about, name, str(wrong))

    return ask


def _spf(resolver: Resolver, domain: str) -> Finding:
    texts = resolver.texts(domain)
    records = published.spf_records(texts)
    tree: dict[str, str] = {}
    waiting = list(published.spf_names(records[0])) if len(records) == 1 else []
    while waiting and len(tree) < MOST_RECORDS:
        name = waiting.pop(0)
        if name not in tree:
            found = published.spf_records(resolver.texts(name))
            tree[name] = found[0] if len(found) == 1 else ""
            waiting += published.spf_names(tree[name])
    return published.judge_spf(domain, texts, tree)


def _dkim(resolver: Resolver, record: Record, *, signing: bool) -> Finding:
    return published.judge_dkim(record, resolver.texts(record.name), signing=signing)


def _dmarc(resolver: Resolver, domain: str, *, reports_to: str) -> Finding:
    answers = {}
    labels = domain.split(".")
    for start in range(max(1, len(labels) - 1)):
        name = ".".join(["_dmarc", *labels[start:]])
        answers[name] = resolver.texts(name)
        if answers[name]:
            break
    return published.judge_dmarc(domain, answers, reports_to=reports_to)


def _returns(resolver: Resolver, domain: str, *, read: bool) -> Finding:
    exchangers = resolver.exchangers(domain)
    addresses = () if exchangers else resolver.addresses(domain)
    return published.judge_returns(domain, exchangers, addresses, read=read)


def _reverse(resolver: Resolver, host: str) -> Finding:
    names = {address: resolver.names(address) for address in resolver.addresses(host)}
    forward = {name: resolver.addresses(name) for name in {name for found in names.values() for name in found}}
    return published.judge_reverse(host, names, forward)


def _site(house: House, resolver: Resolver, *, now: datetime) -> Finding:
    url = urlsplit(house.config.site.url)
    if url.scheme != "https":
        return published.site_in_the_open(house.config.site.url)
    host = ascii_domain(url.hostname or "")
    proof = certificate.look(host, url.port or 443, resolver.addresses(host), house.hosts.tls())
    return published.judge_site(
        host, ends=proof.ends, distrust=proof.distrust, unreached=proof.unreached, now=now, zone=house.zone
    )


def _hosts(house: House) -> set[str]:
    """Of the relays in use, those that have a name of their own."""
    hosts = {urlsplit(table.url).hostname or "" for table in relays_of(house.config).values() if table.url != CATCHER}
    return {host for host in hosts if host and not _is_here(host)}


def _is_here(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return "." not in host
