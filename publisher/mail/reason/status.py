"""What an enhanced status or a bare reply code says, where the words do not say it better.

RFC 3463 gives the statuses, RFC 5248 their registry, RFC 4954, RFC 7293, RFC 7372 and RFC 7505 the newer
ones; above 5.7.100 they are Microsoft's own, and Google has its own meaning for some (4.7.27,
4.7.28, 5.7.28, x.7.40). A status that servers use for anything (x.0.0, 5.5.0, 5.7.1) stands
under the ones that are asked last.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping

from publisher.model.reason import Reason

_R = Reason

# By subject and detail. A mailbox that is gone for now (4.1.1) is not gone: see `trusted`.
_TRUSTED: Mapping[str, Reason] = {
    "1.1": _R.USER_UNKNOWN,
    "1.2": _R.DOMAIN_DEAD,
    "1.3": _R.BAD_ADDRESS,
    "1.4": _R.BAD_ADDRESS,
    "1.6": _R.MOVED,
    "1.7": _R.BAD_SENDER,
    "1.8": _R.BAD_SENDER,
    "1.10": _R.DOMAIN_DEAD,
    "2.1": _R.DISABLED,
    "2.2": _R.MAILBOX_FULL,
    "2.3": _R.TOO_LARGE,
    "2.121": _R.RATE_LIMITED,
    "2.122": _R.RATE_LIMITED,
    "3.4": _R.TOO_LARGE,
    "4.6": _R.NO_ROUTE,
    "4.7": _R.EXPIRED,
    "6.5": _R.CONTENT,
    "6.6": _R.CONTENT,
    "6.7": _R.NO_UTF8,
    "6.8": _R.NO_UTF8,
    "6.9": _R.NO_UTF8,
    "6.10": _R.NO_UTF8,
    "7.2": _R.RESTRICTED,
    "7.10": _R.TLS,
    "7.17": _R.MOVED,
    "7.18": _R.MOVED,
    "7.20": _R.AUTH,
    "7.21": _R.AUTH,
    "7.22": _R.AUTH,
    "7.23": _R.AUTH,
    "7.24": _R.AUTH,
    "7.25": _R.AUTH,
    "7.26": _R.AUTH,
    "7.27": _R.AUTH,
    "7.28": _R.REPUTATION,
    "7.29": _R.AUTH,
    "7.30": _R.AUTH,
    "7.31": _R.AUTH,
    "7.32": _R.AUTH,
    "7.40": _R.AUTH,
    "7.509": _R.AUTH,
    "7.510": _R.AUTH,
    "7.511": _R.REPUTATION,
    "7.512": _R.CONTENT,
    "7.513": _R.REPUTATION,
    "7.515": _R.AUTH,
    "7.703": _R.REPUTATION,
    "7.705": _R.QUOTA,
    "7.708": _R.ACCOUNT,
    "7.750": _R.REPUTATION,
}

# What servers use for much else, too.
_LOOSE: Mapping[str, Reason] = {
    "1.5": _R.UNCLEAR,
    "2.0": _R.UNCLEAR,
    "2.4": _R.SYSTEM,
    "3.0": _R.SYSTEM,
    "3.1": _R.BUSY,
    "3.2": _R.BUSY,
    "3.3": _R.SYSTEM,
    "3.5": _R.SYSTEM,
    "4.1": _R.NO_ROUTE,
    "4.2": _R.LOST_CONNECTION,
    "4.3": _R.NO_ROUTE,
    "4.4": _R.NO_ROUTE,
    "4.5": _R.BUSY,
    "5.1": _R.PROTOCOL,
    "5.2": _R.PROTOCOL,
    "5.3": _R.RATE_LIMITED,
    "5.4": _R.PROTOCOL,
    "5.5": _R.PROTOCOL,
    "5.6": _R.LOGIN,
    "6.0": _R.CONTENT,
    "6.1": _R.CONTENT,
    "6.2": _R.CONTENT,
    "6.3": _R.CONTENT,
    "6.4": _R.CONTENT,
    "7.0": _R.POLICY,
    "7.1": _R.POLICY,
    "7.3": _R.POLICY,
    "7.4": _R.TLS,
    "7.5": _R.TLS,
    "7.6": _R.TLS,
    "7.7": _R.POLICY,
    "7.8": _R.LOGIN,
    "7.9": _R.POLICY,
    "7.11": _R.TLS,
    "7.12": _R.RESTRICTED,
    "7.13": _R.LOGIN,
    "7.14": _R.LOGIN,
    "7.57": _R.LOGIN,
    "7.60": _R.LOGIN,
    "7.64": _R.RELAY_DENIED,
}

_CODES: Mapping[int, Reason] = {
    421: _R.BUSY,
    422: _R.MAILBOX_FULL,
    432: _R.BUSY,
    450: _R.BUSY,
    451: _R.BUSY,
    452: _R.BUSY,
    454: _R.TLS,
    500: _R.PROTOCOL,
    501: _R.PROTOCOL,
    502: _R.PROTOCOL,
    503: _R.PROTOCOL,
    504: _R.PROTOCOL,
    521: _R.DOMAIN_DEAD,
    523: _R.TOO_LARGE,
    530: _R.LOGIN,
    534: _R.LOGIN,
    535: _R.LOGIN,
    538: _R.TLS,
    551: _R.USER_UNKNOWN,
    552: _R.MAILBOX_FULL,
    553: _R.BAD_ADDRESS,
    555: _R.PROTOCOL,
    556: _R.DOMAIN_DEAD,
}

_FOR_NOW: Mapping[Reason, Reason] = {
    _R.USER_UNKNOWN: _R.BUSY,
    _R.DISABLED: _R.BUSY,
    _R.MOVED: _R.BUSY,
    _R.DOMAIN_DEAD: _R.NO_ROUTE,
    _R.BAD_ADDRESS: _R.BUSY,
    _R.POLICY: _R.BUSY,
    _R.RESTRICTED: _R.BUSY,
}
"""What a status means with a 4 before it: 4.1.1 is an address that cannot be looked up now, 4.7.1 mostly a pause."""


def trusted(status: str) -> Reason | None:
    """What a status says that means one thing; None: it says nothing, or anything."""
    kind, _, rest = status.partition(".")
    return _in_time(kind, _TRUSTED.get(rest) or _of_microsoft(rest))


def loose(code: int, status: str) -> Reason:
    """What is left to believe: a status that may mean much, or the reply code alone."""
    kind, _, rest = status.partition(".")
    by_status = _in_time(kind, _LOOSE.get(rest))
    by_code = _CODES.get(code)
    if by_code in (Reason.LOGIN, Reason.DOMAIN_DEAD):
        return by_code
    return by_status or by_code or (Reason.BUSY if code // 100 == 4 or kind == "4" else Reason.UNCLEAR)


def _of_microsoft(rest: str) -> Reason | None:
    """5.7.12x and 5.7.13x: who may write to a mailbox; 6xx: barred addresses of senders; 7xx: our tenant."""
    subject, _, detail = rest.partition(".")
    if subject != "7" or len(detail) != 3:
        return None
    if detail[:2] in ("12", "13"):
        return Reason.RESTRICTED
    return {"5": Reason.POLICY, "6": Reason.REPUTATION, "7": Reason.ACCOUNT}.get(detail[0])


def _in_time(kind: str, reason: Reason | None) -> Reason | None:
    return _FOR_NOW.get(reason, reason) if kind == "4" and reason else reason
