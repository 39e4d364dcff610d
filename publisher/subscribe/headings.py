"""What the columns of a list of readers are called, by many programs and in several languages.

A heading is compared without case, accents of style, punctuation: `E-Mail`, `email_address` and
`Email Address` are alike. Where two headings of a file mean the same, the one that stands earlier
in the list of names here is read, and of equal ones the first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum


class Field(StrEnum):
    """What a column holds; the value is what people are told."""

    __hash__ = str.__hash__  # Enum's own is Python's, and each row looks a dozen of them up

    EMAIL = "address"
    NAME = "name"
    FIRST_NAME = "first name"
    LAST_NAME = "last name"
    LANGUAGE = "language"
    STATUS = "status"
    WANTED = "whether mail is wanted"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    OPTED_IN = "time of opting in"
    OPTED_IN_IP = "IP address of opting in"
    CONFIRMED = "time of confirming"
    CONFIRMED_IP = "IP address of confirming"
    CADENCE = "cadence"
    COLUMNS = "columns"
    TAGS = "tags"
    NEWSLETTER = "newsletter"
    # What only our own export has
    CONSENT = "consent"
    JOINED = "when the reader came"
    WISH = "state of the subscription"
    WISH_JOINED = "when the subscription began"
    LEFT_AT = "when it was left"
    LEFT_HOW = "how it was left"
    PAUSED = "until when the reader wants no letters"
    SUPPRESSED = "since when the address is suppressed"
    SUPPRESSED_WHY = "on what grounds it is"
    SUPPRESSED_DETAIL = "what was said of that"


_NOT_LETTERS = re.compile(r"[\W_]+")

NAMES: Mapping[Field, Sequence[str]] = {
    Field.EMAIL: (
        "email", "e mail", "email address", "e mail address", "subscriber email", "email adresse", "e mail adresse",
        "mailadresse", "mail adresse", "mail", "courriel", "adresse email", "adresse e mail", "adresse mail",
        "adresse courriel", "adresse électronique", "correo", "correo electrónico", "correo electronico",
        "dirección de correo", "dirección de correo electrónico", "indirizzo email", "indirizzo e mail",
        "posta elettronica", "endereço de email", "endereço de e mail", "e mailadres", "emailadres", "epost", "e post",
        "e postadress", "epostadress", "sähköposti", "adres email", "adres e mail", "e mailová adresa", "e posta",
        "эл почта", "электронная почта", "почта", "メールアドレス", "电子邮件", "电子邮箱", "البريد الإلكتروني",
        "subscriber", "address", "adresse",
    ),
    Field.NAME: (
        "name", "full name", "fullname", "subscriber name", "display name", "contact name", "vollständiger name",
        "nom complet", "nombre completo", "nome completo", "naam", "volledige naam", "namn", "navn", "nimi",
        "imię i nazwisko", "имя", "名前", "氏名", "姓名", "الاسم", "nom", "nombre", "nome",
    ),
    Field.FIRST_NAME: (
        "first name", "firstname", "fname", "given name", "forename", "vorname", "prénom", "prenom", "primer nombre",
        "voornaam", "förnamn", "fornavn", "etunimi", "imię", "primeiro nome",
    ),
    Field.LAST_NAME: (
        "last name", "lastname", "lname", "surname", "family name", "nachname", "familienname", "nom de famille",
        "apellido", "apellidos", "cognome", "achternaam", "efternamn", "etternavn", "efternavn", "sukunimi",
        "nazwisko", "sobrenome",
    ),
    Field.LANGUAGE: ("language", "lang", "locale", "sprache", "langue", "idioma", "lingua", "taal", "språk"),
    Field.STATUS: (
        "status", "state", "subscription status", "subscriber status", "email status", "subscriber type",
        "email marketing status", "zustand", "statut", "estado", "stato", "situação",
    ),
    Field.WANTED: (
        "subscribed to emails", "subscribed", "is subscribed", "accepts marketing", "accepts email marketing",
        "email opt in", "opt in", "opted in", "is active", "active",
    ),
    Field.UNSUBSCRIBED: (
        "unsubscribed", "is unsubscribed", "unsubscribed at", "unsubscribe date", "unsubscription date",
        "unsubscribe time", "unsub time", "unsubscribed on", "opt out", "opted out", "opt out date", "optout",
        "email disabled", "deleted at", "abgemeldet", "abgemeldet am", "désabonné", "désinscrit", "baja",
    ),
    Field.BOUNCED: (
        "bounced", "hard bounced", "bounced at", "bounce date", "clean time", "cleaned", "undeliverable",
        "undeliverable at", "undeliverability date",
    ),
    Field.COMPLAINED: ("complained", "complaint", "complained at", "spam complaint", "marked as spam", "abuse"),
    Field.OPTED_IN: (
        "optin time", "opt in time", "opt in date", "optin date", "opted in at", "subscribed at", "subscribed on",
        "subscription date", "subscribe date", "subscription created at", "sign up date", "signup date", "signed up",
        "date subscribed", "date added", "created at", "created on", "creation date", "created", "start date",
        "joined", "anmeldedatum", "angemeldet am", "date d inscription", "fecha de alta", "fecha de suscripción",
        "data di iscrizione",
    ),
    Field.OPTED_IN_IP: (
        "optin ip", "opt in ip", "signup ip", "sign up ip", "subscribe ip", "ip address", "ip", "ip adresse",
        "adresse ip",
    ),
    Field.CONFIRMED: ("confirm time", "confirmed at", "confirmation time", "confirmation date", "confirmed on"),
    Field.CONFIRMED_IP: ("confirm ip", "confirmation ip", "confirmed ip"),
    Field.CADENCE: ("cadence", "frequency", "häufigkeit", "fréquence", "frecuencia", "frequenza"),
    Field.TAGS: (
        "tags", "tag", "labels", "label", "schlagworte", "schlagwörter", "étiquettes", "etiquetas", "etichette",
    ),
    Field.COLUMNS: ("columns", "column", "kolumnen", "spalten", "rubriken", "rubriques", "columnas", "rubriche"),
}  # fmt: skip


def plain(heading: str) -> str:
    """A heading as it is compared."""
    return _NOT_LETTERS.sub(" ", heading.casefold()).strip()


def places(headings: Sequence[str], names: Mapping[Field, Sequence[str]] = NAMES) -> dict[Field, int]:
    """Which column holds what; no column holds two things."""
    plains = [plain(heading) for heading in headings]
    first = {heading: at for at, heading in reversed(list(enumerate(plains)))}
    found: dict[Field, int] = {}
    for field, known in names.items():
        best = next((first[name] for name in known if name in first and first[name] not in found.values()), None)
        if best is not None:
            found[field] = best
    return found


def doubles(headings: Sequence[str], read: Mapping[Field, int]) -> list[str]:
    """Headings that stand there more than once, though one of these columns is read."""
    plains = [plain(heading) for heading in headings]
    return [
        headings[at].strip() for at in sorted(set(read.values())) if at < len(plains) and plains.count(plains[at]) > 1
    ]
