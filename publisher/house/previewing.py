"""The files of a preview: the letter as it would be sent, and a page that shows it as mailboxes do.

`letter.eml` is the whole message; `letter.html` and `letter.txt` are its two parts as a
reader's program unpacks them. `index.html` needs neither script nor network but for
pictures that lie elsewhere; our own are copied beside it.
"""

from __future__ import annotations

import email
import email.policy
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

from publisher.errors import PublisherError, Unwritable
from publisher.house.opened import House
from publisher.house.specimenmail import addressee_of, message_of
from publisher.house.specimens import Specimen
from publisher.house.travelling import pictures_of
from publisher.letter.lint import LARGEST_HTML_BYTES, Severity
from publisher.letter.lint.page import read_page
from publisher.letter.lint.preheader import preheader_of
from publisher.letter.views import Light, view
from publisher.model.issue import Issue, IssueKind
from publisher.model.media import FOLDER
from publisher.wholefile import WholeFiles

DESKTOP, PHONE = 600, 360  # pixels
PRIVATE = 0o600  # a letter may name a reader


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One frame of the page."""

    name: str
    about: str
    width: int
    document: str
    dark: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """What was written."""

    index: Path
    html: Path
    text: Path
    message: Path


def write_preview(house: House, specimen: Specimen, folder: Path, *, now: datetime) -> Files:
    """Write the letter and its page. Raises Unwritable, TemplateError, and PublisherError for what no mail can hold."""
    files = Files(
        index=folder / "index.html",
        html=folder / "letter.html",
        text=folder / "letter.txt",
        message=folder / "letter.eml",
    )
    try:
        linked = message_of(house, specimen, {}, now=now)
        octets = message_of(house, specimen, pictures_of(house, specimen.issue, specimen.letter), now=now)
    except ValueError as wrong:
        raise PublisherError(f"the letter cannot be written as mail: {wrong}") from wrong
    message = email.message_from_bytes(linked, policy=email.policy.default)  # a browser shows no `cid:`
    html, text = _part(message, "html"), _part(message, "plain")
    page = house.templates.render("preview/index.html", _values(house, specimen, message, html, text=text))
    _copy_pictures(house, html, folder / FOLDER)
    with WholeFiles() as writer:
        writer.write(files.html, html.encode(), mode=PRIVATE)
        writer.write(files.text, text.encode(), mode=PRIVATE)
        writer.write(files.message, octets, mode=PRIVATE)
        writer.write(files.index, page.encode(), mode=PRIVATE)
    return files


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A letter as a reader's program unpacks it."""

    subject: str
    sender: str
    addressee: str
    preheader: str
    html: str
    text: str
    headers: tuple[tuple[str, str], ...]
    size: int  # of the HTML, in bytes


def look_into(house: House, specimen: Specimen, *, now: datetime) -> Looked:
    """The letter of a specimen, as it would be sent but for its signatures. Raises PublisherError."""
    try:
        octets = message_of(house, specimen, {}, now=now)
    except ValueError as wrong:
        raise PublisherError(f"the letter cannot be written as mail: {wrong}") from wrong
    message = email.message_from_bytes(octets, policy=email.policy.default)
    html, addressee = _part(message, "html"), addressee_of(specimen)
    return Looked(
        subject=str(message["Subject"]),
        sender=str(message["From"]),
        addressee=f"{addressee.name} <{addressee.address}>" if addressee.name else addressee.address,
        preheader=preheader_of(read_page(html)),
        html=html,
        text=_part(message, "plain"),
        headers=tuple((name, str(value)) for name, value in message.items()),
        size=len(html.encode()),
    )


def sort_of(issue: Issue) -> str:
    """What tells the letters of a newsletter apart: the cadence, or the kind of a letter of service."""
    return issue.cadence if issue.kind is IssueKind.ISSUE else issue.kind


def _part(message: EmailMessage, kind: str) -> str:
    part = message.get_body((kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""


def _values(house: House, specimen: Specimen, message: EmailMessage, html: str, *, text: str) -> dict[str, object]:
    addressee = addressee_of(specimen)
    size = len(html.encode())
    return {
        "newsletter": specimen.newsletter,
        "sort": sort_of(specimen.issue),
        "is_service": specimen.issue.kind is not IssueKind.ISSUE,
        "issue": specimen.issue.id,
        "is_made_up": specimen.reader is None,
        "addressee": f"{addressee.name} <{addressee.address}>" if addressee.name else addressee.address,
        "subject": str(message["Subject"]),
        "sender": str(message["From"]),
        "sender_name": specimen.newsletter.from_name or specimen.newsletter.from_address,
        "preheader": preheader_of(read_page(html)),
        "notes": specimen.notes,
        "findings": specimen.findings,
        "error": Severity.ERROR,
        "variants": specimen.variants,
        "size": size,
        "share": round(100 * size / LARGEST_HTML_BYTES),
        "largest": LARGEST_HTML_BYTES,
        "frames": list(_frames(_with_own_pictures(html, house.config.site.url))),
        "text": text,
        "headers": [(name, str(value)) for name, value in message.items()],
        "source": html,
    }


def _frames(html: str) -> Iterator[Shown]:
    light, dark = view(html, Light.LIGHT), view(html, Light.DARK)
    yield Shown(name="Desktop", about="600 pixels wide", width=DESKTOP, document=light)
    yield Shown(name="Phone", about="360 pixels wide", width=PHONE, document=light)
    yield Shown(
        name="Dark, desktop", about="the letter's own colours for the dark", width=DESKTOP, document=dark, dark=True
    )
    yield Shown(name="Dark, phone", about="the same on a phone", width=PHONE, document=dark, dark=True)
    without = view(html, Light.LIGHT, pictures=False)
    yield Shown(name="Desktop", about="as many mailboxes show it first", width=DESKTOP, document=without)


def _own_picture(site_url: str) -> re.Pattern[str]:
    return re.compile(rf'(\ssrc=")({re.escape(site_url)}/{FOLDER}/)([\w.-]+)"')


def _with_own_pictures(html: str, site_url: str) -> str:
    """Pictures that we keep are shown from beside the page: the site may not be published yet."""
    return _own_picture(site_url).sub(rf'\1{FOLDER}/\3"', html)


def _copy_pictures(house: House, html: str, folder: Path) -> None:
    names = dict.fromkeys(found[3] for found in _own_picture(house.config.site.url).finditer(html))
    for name in names:
        kept = house.media / name
        if not kept.is_file() or name.startswith("."):
            continue
        try:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(kept, folder / name)
        except OSError as wrong:
            raise Unwritable(path=folder / name, problem=wrong.strerror or str(wrong)) from wrong
