"""Addresses in config.toml: of pages, of people, of relays, of databases.

Each reader returns the one normal form or raises Refused, as in `values.py`. Hosts are
A-labels afterwards, so that what we publish holds URIs and not IRIs (RFC 3986 §3.2.2).

Standards: RFC 3986 (URIs), RFC 5321 and RFC 5322 (mail), RFC 5891 (A-labels).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_network
from urllib.parse import quote, urlsplit, urlunsplit

import idna
from email_validator import EmailNotValidError, validate_email

from publisher.config.refused import Refused
from publisher.config.values import line, text_of

RELAY_SCHEMES = ("smtp", "smtp+starttls", "smtps", "catcher")
BOUNCES_ON_SERVERS = ("imaps", "imap+starttls", "imap", "pop3s", "pop3+starttls", "pop3")
BOUNCES_IN_FILES = ("maildir", "mbox", "lmtp+unix")
DATABASE_SCHEMES = ("sqlite", "postgresql")
CATCHER = "catcher://"
FOLDER = "folder"

_TAKE_IT_OUT = 'take the password out of the address and write `password = { env = "NAME" }`'
_BUSY_SECONDS = re.compile(r"timeout=\d{1,4}(\.\d{1,3})?")  # what SQLite's driver waits for another writer
_UNSAFE = re.compile(r"[\s\x00-\x1f\x7f<>\"\\^`{|}]")
# RFC 3986 §2.2 and §2.3 with `%`: what is quoted already stays as it is
_URL_SAFE = "!$&'()*+,;=:@/?%-._~[]"
# S3's rules for names of buckets; of a prefix, what needs no quoting
_BUCKET = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[A-Za-z0-9!_.*'()-]+)*/?")
_MAILBOX = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>\Z")
_QUOTED_NAME = re.compile(r'"((?:[^"\\]|\\.)*)"\Z')
# RFC 5322 §3.2.3: with one of these a name must be quoted
_SPECIALS = re.compile(r'[()<>\[\]:;@\\,."]')


def web_url(value: object) -> str:
    text = text_of(value)
    cure = "write a whole address, like `https://example.org/page`"
    try:
        parts = urlsplit(text)
        host, port = ascii_host(parts.hostname or ""), parts.port
    except ValueError:
        raise Refused("is not the address of a page", cure) from None
    if parts.scheme.lower() not in ("http", "https") or not host or port == 0 or _UNSAFE.search(text):
        raise Refused("is not the address of a page", cure)
    if parts.username is not None or parts.password is not None:
        raise Refused("holds a user or a password", "leave out what stands before `@`")
    where = f"[{host}]" if ":" in host else host
    where = where if port is None else f"{where}:{port}"
    path, query, fragment = (quote(part, safe=_URL_SAFE) for part in (parts.path, parts.query, parts.fragment))
    return urlunsplit((parts.scheme.lower(), where, path, query, fragment))


def publish_target(value: object) -> str:
    """`folder`, or `s3://bucket/prefix` without slashes at its end."""
    text = text_of(value).strip()
    found = _BUCKET.fullmatch(text)
    if text != FOLDER and not found:
        raise Refused("is no place to publish to", "write `folder`, `s3://bucket` or `s3://bucket/prefix`")
    return text.rstrip("/")


def origin(value: object) -> str:
    """A site as browsers name it: scheme, host and port alone (RFC 6454 §6)."""
    text = web_url(value)
    parts = urlsplit(text)
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise Refused("is more than the address of a site", f"write `{parts.scheme}://{parts.netloc}` alone")
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{parts.netloc.removesuffix(f':{usual}')}"


def base_url(value: object) -> str:
    text = web_url(value)
    if re.search(r"[?#]", text):
        raise Refused("is more than the address of a site", "leave out everything after `?` or `#`")
    return text.rstrip("/")


def mail_address(value: object) -> str:
    """An address as RFC 5321 §4.1.2 writes it, its domain as A-labels."""
    text = text_of(value)
    try:
        found = validate_email(text, check_deliverability=False, strict=True, test_environment=True)
    except EmailNotValidError as wrong:
        problem = str(wrong).rstrip(".")
        raise Refused(
            "is not a mail address", f"write one like `desk@example.org` ({problem[:1].lower()}{problem[1:]})"
        ) from None
    return f"{found.local_part}@{found.ascii_domain}"


def quoted_domains(value: object) -> object:
    """Tables by domain. A dot without quotes makes a table in a table, which no table here may be."""
    for name, table in value.items() if isinstance(value, Mapping) else ():
        if "." not in name and isinstance(table, Mapping) and any(isinstance(one, Mapping) for one in table.values()):
            below = next(inner for inner, one in table.items() if isinstance(one, Mapping))
            if below != "limit":
                cure = f'write `[destinations."{name}.{below}"]`'
                raise Refused(f"holds a domain without quotes, `{name}.{below}`", cure, names_it=True)
    return value


def mailbox(value: object) -> str:
    """`Name <address>` or an address alone (RFC 5322 §3.4); the name is quoted where it must be."""
    text = line(value)
    found = _MAILBOX.match(text)
    if not found:
        return mail_address(text)
    name = found["name"].strip()
    quoted = _QUOTED_NAME.match(name)
    if quoted:
        name = re.sub(r"\\(.)", r"\1", quoted[1]).strip()
    address = mail_address(found["address"])
    if not name:
        return address
    if _SPECIALS.search(name):
        name = '"' + re.sub(r'(["\\])', r"\\\1", name) + '"'
    return f"{name} <{address}>"


def relay_url(value: object) -> str:
    text = text_of(value)
    if text == CATCHER:
        return text
    cure = "write `smtp+starttls://user@host:587`, `smtps://user@host:465`, `smtp://host:25` or `catcher://`"
    try:
        parts = urlsplit(text)
        known = parts.scheme in RELAY_SCHEMES[:-1] and bool(ascii_host(parts.hostname or "")) and parts.port != 0
    except ValueError:
        known = False
    if known and parts.password is not None:
        raise Refused("holds a password", _TAKE_IT_OUT)
    if not known or _UNSAFE.search(text) or parts.path.strip("/") or parts.query or parts.fragment:
        raise Refused("is not the address of a relay", cure)
    return text.rstrip("/")


def bounces_url(value: object) -> str:
    """A mailbox on a server or in a file, or where we listen."""
    text = text_of(value).strip()
    cure = "write `imaps://user@host/INBOX`, `pop3s://user@host`, `maildir:PATH`, `mbox:PATH` or `lmtp+unix:PATH`"
    try:
        parts = urlsplit(text)
        host = ascii_host(parts.hostname or "")
        on_server = parts.scheme in BOUNCES_ON_SERVERS and bool(host) and parts.port != 0
        listening = parts.scheme == "lmtp" and host in ("localhost", "127.0.0.1") and bool(parts.port)
    except ValueError:
        raise Refused("is not where bounces come to", cure) from None
    if parts.password is not None:
        raise Refused("holds a password", _TAKE_IT_OUT)
    in_file = parts.scheme in BOUNCES_IN_FILES and not parts.netloc and bool(parts.path.strip("/"))
    if not (on_server or listening or in_file) or _UNSAFE.search(text) or parts.query or parts.fragment:
        raise Refused("is not where bounces come to", cure)
    if on_server and not parts.username:
        raise Refused("names no user", f"write `{parts.scheme}://user@{parts.hostname}`")
    return text


def database_url(value: object) -> str:
    text = text_of(value)
    scheme = text.partition(":")[0].partition("+")[0]
    cure = "write `sqlite:///var/publisher.db` or `postgresql://user@host/name`"
    if scheme not in DATABASE_SCHEMES or "://" not in text:
        raise Refused("is not the address of a database", cure)
    try:
        parts = urlsplit(text)
        port_fits = parts.port != 0
    except ValueError:
        raise Refused("is not the address of a database", cure) from None
    if scheme == "postgresql" and parts.password is not None:
        raise Refused("holds a password", _TAKE_IT_OUT)
    if not port_fits or (scheme == "postgresql" and not parts.path.strip("/")):
        raise Refused("names no database", cure)
    if scheme == "sqlite" and (parts.netloc or not parts.path.strip("/") or ":memory:" in text):
        raise Refused("names no file", "write three slashes and a path, like `sqlite:///var/publisher.db`")
    if scheme == "sqlite" and parts.query and not _BUSY_SECONDS.fullmatch(parts.query):
        raise Refused(f"has ?{parts.query}, which means nothing to SQLite", "only `?timeout=SECONDS` may stand there")
    return text


def network(value: object) -> str:
    """An IP address, or a network of such."""
    text = text_of(value)
    try:
        return str(ip_network(text))
    except ValueError:
        raise Refused("is not an address or a network", "write one like `10.1.2.3` or `10.0.0.0/8`") from None


def ascii_host(host: str) -> str:
    """A host as A-labels; an IP address as it is. Raises ValueError where it can be neither."""
    if not host or ":" in host or re.fullmatch(r"[A-Za-z0-9._-]+", host):
        return host.lower()
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as wrong:
        raise ValueError(str(wrong)) from None
