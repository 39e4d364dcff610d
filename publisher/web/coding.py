"""Which of the copies of a file a client takes: Accept-Encoding (RFC 9110 §12.5.3). Pure."""

from __future__ import annotations

from collections.abc import Sequence

PLAIN = ""
_OLD_NAMES = {"x-gzip": "gzip"}  # RFC 9110 §8.4.1.3
_UNASKED = 0.0005  # the plain file may always be sent, but is wanted less than anything that was named


def best_coding(accepted: str, available: Sequence[str]) -> str:
    """One of `available` (ours first among equals), or PLAIN. No field, and `identity;q=0`, mean PLAIN."""
    weights = _weights(accepted)
    anything = weights.get("*", 0.0)
    chosen, most = PLAIN, weights.get("identity", _UNASKED)
    for coding in available:
        weight = weights.get(coding, anything)
        if weight > most or (weight == most and chosen == PLAIN and weight > 0):
            chosen, most = coding, weight
    return chosen


def _weights(accepted: str) -> dict[str, float]:
    weights: dict[str, float] = {}
    for part in accepted.lower().split(","):
        name, _, parameter = part.partition(";")
        name = name.strip()
        if name:
            weights[_OLD_NAMES.get(name, name)] = _weight(parameter)
    return weights


def _weight(parameter: str) -> float:
    """RFC 9110 §12.4.2: between 0 and 1; what cannot be read counts as not wanted."""
    name, _, value = parameter.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        weight = float(value.strip())
    except ValueError:
        return 0.0
    return weight if 0.0 <= weight <= 1.0 else 0.0
