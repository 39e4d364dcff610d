"""A batch of letters, drafted one by one and signed together: by far the dearest part of a letter is its signatures.

Pure, but for what signs: that is handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from publisher.mail.dkim import SigningKey
from publisher.model.delivery import Delivery
from publisher.model.outcome import Outcome
from publisher.send.stencil import Drafted, Reader, Stencil, unwritable

Made = TypeVar("Made")
To = TypeVar("To", Delivery, Reader)


class Signs(Protocol):
    """The key's signature of each, in their order, as `SigningKey.sign` makes it."""

    def __call__(self, key: SigningKey, data: Sequence[bytes], /) -> Sequence[bytes]: ...


def one_by_one(key: SigningKey, data: Sequence[bytes]) -> Sequence[bytes]:
    return [key.sign(one) for one in data]


def made_of(
    batch: Sequence[To],
    stencils: Mapping[int, Stencil],
    sign: Signs,
    finish: Callable[[Stencil, To, Drafted, Sequence[bytes]], Made],
) -> list[Made | Outcome]:
    """What `finish` makes of each letter and its signatures; an outcome where the letter cannot be written."""
    drafts = [_draft(one, stencils[one.variant]) for one in batch]
    signatures = _signed(drafts, sign)
    return [
        draft if isinstance(draft, Outcome) else finish(stencils[one.variant], one, draft, its_own)
        for one, draft, its_own in zip(batch, drafts, signatures, strict=True)
    ]


def _draft(one: Delivery | Reader, stencil: Stencil) -> Drafted | Outcome:
    try:
        return stencil.draft(one)
    except ValueError as wrong:
        return unwritable(wrong)


def _signed(drafts: Sequence[Drafted | Outcome], sign: Signs) -> list[list[bytes]]:
    """For each draft the signatures of its keys, in their order: whatever the variants, a key signs all at once."""
    signatures: list[list[bytes]] = [[] for _ in drafts]
    lots: dict[int, tuple[SigningKey, list[tuple[list[bytes], int]], list[bytes]]] = {}
    for draft, its_own in zip(drafts, signatures, strict=True):
        unsigned = None if isinstance(draft, Outcome) else draft.unsigned
        for place, (key, data) in enumerate(unsigned.to_sign if unsigned else ()):
            its_own.append(b"")
            _, places, whole = lots.setdefault(id(key.private), (key, [], []))
            places.append((its_own, place))
            whole.append(data)
    for key, places, whole in lots.values():
        for (its_own, place), signature in zip(places, sign(key, whole), strict=True):
            its_own[place] = signature
    return signatures
