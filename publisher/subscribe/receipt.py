"""What a list of readers says about who is on it: whether they get its mail, and if not, why.

Only who is said to get mail is joined. A word that nobody here knows is no consent: its row is told
as one that cannot be used, and may be mended. What pays or does not pay is no matter here.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Receipt(StrEnum):
    """Whether somebody gets the list's mail; the value is what people are told."""

    WANTED = "subscribed"
    UNSUBSCRIBED = "unsubscribed"
    BOUNCED = "bounced or cleaned"
    COMPLAINED = "complained"
    UNCONFIRMED = "never confirmed"
    BLOCKED = "blocked or removed"


_WORDS: Mapping[Receipt, str] = {
    Receipt.WANTED: (
        "subscribed|active|enabled|confirmed|regular|premium|gifted|trialed|past due|unpaid|churning|churned|free|paid|"
        "comped|vip|opted in|opt in|optin|enrolled|engaged|abonniert|angemeldet|aktiv|bestätigt|abonné|inscrit|actif|"
        "confirmé|suscrito|activo|confirmado|iscritto|attivo|confermato|inscrito|ativo"
    ),
    Receipt.UNSUBSCRIBED: (
        "unsubscribed|unsubscribe|opted out|opt out|optout|disabled|inactive|deactivated|left|cancelled|canceled|"
        "paused|abgemeldet|inaktiv|désabonné|désinscrit|inactif|dado de baja|baja|inactivo|disiscritto|cancelado|"
        "inativo|not subscribed|no"
    ),
    Receipt.BOUNCED: (
        "bounced|bounce|hard bounced|soft bounced|cleaned|invalid|undeliverable|malformed|undelivered|unzustellbar|"
        "rebotado|needs attention"
    ),
    Receipt.COMPLAINED: "complained|complaint|spam|abuse|spam complaint|reported|marked as spam",
    Receipt.UNCONFIRMED: (
        "unconfirmed|pending|unactivated|validating|not confirmed|awaiting confirmation|nonsubscribed|non subscribed|"
        "transactional|unbestätigt|ausstehend|en attente|pendiente|in attesa|pendente|upcoming|awaiting"
    ),
    Receipt.BLOCKED: (
        "blocked|blocklisted|blacklisted|suppressed|removed|deleted|archived|banned|junk|gesperrt|gelöscht"
    ),
}
_MEANINGS = {word: receipt for receipt, words in _WORDS.items() for word in words.split("|")}
_YES = frozenset({"true", "yes", "y", "1", "t", "on", "x", "ja", "wahr", "oui", "vrai", "si", "sí", "sì", "sim"})
_NO = frozenset({"", "false", "no", "n", "0", "f", "off", "nein", "falsch", "non", "faux", "não", "none", "null", "-"})


def receipt_named(word: str) -> Receipt | None:
    """What a word in a column of states means; None where nobody knows. An empty cell says nothing against it."""
    key = " ".join(word.replace("_", " ").replace("-", " ").casefold().split())
    if not key or key in _YES:
        return Receipt.WANTED
    return _MEANINGS.get(key)


def is_yes(cell: str) -> bool | None:
    """Yes or no; None where it is neither."""
    key = cell.strip().casefold()
    return True if key in _YES else False if key in _NO else None


def is_said(cell: str) -> bool:
    """A column such as `unsubscribed_at`: a time, a reason or a yes says so; nothing, 0 and no do not."""
    return cell.strip().casefold() not in _NO
