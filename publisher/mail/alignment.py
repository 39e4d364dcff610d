"""Whether what proves a letter's origin speaks for its From: alignment, as DMARC has it by default ("relaxed").

SPF proves the domain of the return address, DKIM that of the key; each counts where it has
one organisational domain with From. Known weakness: which domain is an organisation's is
said by the DNS; here it is the last two labels, so that two owners below `co.uk` are taken
for one. Nobody is warned without need.
"""

from __future__ import annotations

_LABELS = 2


def may_align(one: str, other: str) -> bool:
    """Whether the two domains (A-labels) may be of one organisation."""
    return _organisation(one) == _organisation(other)


def _organisation(domain: str) -> list[str]:
    return domain.lower().rstrip(".").split(".")[-_LABELS:]
