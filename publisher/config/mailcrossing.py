"""What one table about mail says about another: newsletters, [mail], keys that sign."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from publisher.config import values
from publisher.config.holidays import read_holidays
from publisher.config.lines import Key
from publisher.config.mailing import NewsletterTable
from publisher.config.mistakes import Mistake, shown
from publisher.config.raw import Raw, each_known, named, tables
from publisher.config.timing import ever_comes, read_timing

_LONGEST_NAME = 253  # of the DNS


def _newsletters(raw: Raw) -> Iterator[Mistake]:
    for slug, newsletter in tables(raw, "newsletters"):
        yield from each_known(raw, "columns", ("newsletters", slug, "columns"), newsletter.get("columns"))
    if not named(raw, "newsletters"):
        return
    if "mail" not in raw:
        wrong = "need a sender, and there is no table `[mail]`"
        yield Mistake(key=("newsletters",), wrong=wrong, cure='add `[mail]` with `from = "Name <address>"`')
    if not named(raw, "relays"):
        wrong = "need a relay to go through, and there is none"
        cure = 'add `[relays.NAME]` with `url = "smtp+starttls://…"`, or `"catcher://"` to try out'
        yield Mistake(key=("newsletters",), wrong=wrong, cure=cure)


def _cadences(raw: Raw) -> Iterator[Mistake]:
    """A newsletter comes at some time, and its keys are about letters that it has."""
    for slug, newsletter in tables(raw, "newsletters"):
        key: Key = ("newsletters", slug)
        has_digests, has_single = bool(newsletter.get("schedule")), newsletter.get("as_it_happens") is True
        if not has_digests and not has_single:
            cure = 'add `schedule = { daily = "daily 07:00" }`, or `as_it_happens = true`'
            yield Mistake(key=key, wrong="says nowhere when it comes", cure=cure)
        elif not has_single and _says(newsletter, "quiet"):
            wrong = "is for posts that are letters of their own"
            yield Mistake(key=(*key, "quiet"), wrong=wrong, cure="add `as_it_happens = true`, or take it out")
        elif not has_digests:
            for name in ("draft", "minimum", "skip_empty"):
                if _says(newsletter, name):
                    wrong = "is for digests, and this newsletter has none"
                    yield Mistake(key=(*key, name), wrong=wrong, cure="add `schedule`, or take it out")


def _says(newsletter: Raw, name: str) -> bool:
    """Whether a key is there with another value than it has anyway; a config that was shown has them all."""
    return name in newsletter and newsletter[name] != _anyway(name)


def _anyway(name: str) -> object:
    """What a newsletter has where it does not say, as it would be written in the file."""
    default: object = NewsletterTable.model_fields[name].default
    return values.duration_text(default) if isinstance(default, timedelta) else default


def _extent(raw: Raw) -> Iterator[Mistake]:
    for slug, newsletter in tables(raw, "newsletters"):
        least, most = (newsletter.get(name, _anyway(name)) for name in ("minimum", "maximum"))
        if isinstance(least, int) and isinstance(most, int) and least > most:
            wrong, cure = "is more than `maximum`", f"write {most} or less, or raise `maximum`"
            yield Mistake(key=("newsletters", slug, "minimum"), wrong=wrong, got=shown(least), cure=cure)


def _holidays(raw: Raw) -> Iterator[Mistake]:
    """A schedule that its holidays leave no day would wait for ever."""
    for slug, newsletter in tables(raw, "newsletters"):
        times, rests = newsletter.get("schedule"), newsletter.get("holidays")
        if not isinstance(times, Mapping) or not isinstance(rests, list):
            continue
        for cadence, text in times.items():
            if _never_comes(text, rests):
                key: Key = ("newsletters", slug, "schedule", cadence)
                cure = "choose other days, or take some out of `holidays`"
                yield Mistake(key=key, wrong="never comes: all its days are holidays", got=shown(text), cure=cure)


def _never_comes(text: object, rests: list[Any]) -> bool:
    try:
        holidays = read_holidays([values.holiday(one) for one in rests])
        return not ever_comes(read_timing(values.text_of(text)), holidays)
    except ValueError:
        return False  # the schema tells what is wrong


def _mail(raw: Raw) -> Iterator[Mistake]:
    mail = raw.get("mail")
    if not isinstance(mail, Mapping):
        return
    if "relay" in mail:
        yield from each_known(raw, "relays", ("mail", "relay"), mail["relay"])


def _dkim(raw: Raw) -> Iterator[Mistake]:
    """A name in the DNS holds one key (RFC 6376 §3.6.2.2) and has 253 octets at most."""
    taken: dict[str, str] = {}
    for name, table in tables(raw, "dkim"):
        domain, selector = table.get("domain"), table.get("selector")
        if not isinstance(domain, str) or not isinstance(selector, str):
            continue
        key: Key = ("dkim", name, "selector")
        record = f"{selector.strip()}._domainkey.{domain.strip().rstrip('.')}".lower()
        if record in taken:
            wrong = f"is that of `dkim.{taken[record]}`, too"
            yield Mistake(key=key, wrong=wrong, got=shown(selector), cure="give each key of a domain its own")
        elif len(record) > _LONGEST_NAME:
            wrong = f"makes a name of more than {_LONGEST_NAME} characters with its domain"
            yield Mistake(key=key, wrong=wrong, got=shown(selector), cure="choose a shorter one")
        taken.setdefault(record, name)


MAIL_CHECKS = (_newsletters, _cadences, _extent, _holidays, _mail, _dkim)
