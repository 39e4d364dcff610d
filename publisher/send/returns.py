"""Whether an issue should go on being sent, by what came back of it by mail.

The law is that of `wellbeing.py`, for what is learned later: mail comes back after minutes or days, and in no
order. So not the last answers are looked at, but all letters of the issue that went out so far. What speaks
of us, in reports and in complaints of readers, must be more than the same few, and a share: letters by the
hundred thousand are always called spam by somebody.

Pure values. Known weakness: what comes back after the last letter went out can pause nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from publisher.model.incoming import Kind
from publisher.model.reason import in_words, reason_named
from publisher.send.wellbeing import ENOUGH, WINDOW, Limits, Seen, eased

COMPLAINTS_PERCENT = 0.1  # what mailbox providers bear


@dataclass(frozen=True, slots=True, kw_only=True)
class Returns:
    """What came back of an issue, in letters."""

    refused: int = 0
    blamed: int = 0  # for our reputation, policy, spam
    complaints: int = 0
    words: str = ""  # the reasons, most first

    @property
    def most(self) -> int:
        """The largest of them: below a few it need not be asked how many letters went out."""
        return max(self.refused, self.blamed, self.complaints)


def returns_of(numbers: Mapping[tuple[str, str], int]) -> Returns:
    """By kind and reason of messages, the most first: what they come to."""
    refused = blamed = complaints = 0
    words = []
    for (kind, value), letters in numbers.items():
        reason = reason_named(value)
        if kind == Kind.COMPLAINT:
            complaints += letters
        elif reason and reason.about_us:
            blamed += letters
        else:
            refused += letters
        if kind == Kind.BOUNCE and value:
            words.append(f"{in_words(value)} {letters:,}")
    return Returns(refused=refused, blamed=blamed, complaints=complaints, words=", ".join(words))


def why_pause(
    returns: Returns, sent: int, limits: Limits, *, usual_percent: float = 0.0, before: Returns | None = None
) -> str:
    """Why the issue should pause, in words; "": it should go on.

    `usual_percent` of the newsletter's last issue came back; it paused `before` for these, and was resumed.
    """
    if sent < ENOUGH:
        return ""
    known = before or Returns()
    now = eased(
        limits, usual_percent=usual_percent, before=Seen(answers=sent, refused=known.refused, blamed=known.blamed)
    )
    is_never = limits.blamed >= WINDOW
    few, complaints = max(limits.blamed, 2 * known.complaints), 100 * returns.complaints / sent
    if not is_never and returns.complaints > few and complaints > COMPLAINTS_PERCENT:
        return f"{returns.complaints:,} of {sent:,} readers call it spam"
    if returns.blamed > now.blamed and returns.blamed / sent > limits.blamed / WINDOW:
        told = f"{returns.blamed:,} of {sent:,} letters came back for what is about us and not about readers"
        return f"{told}: {returns.words}"
    if 100 * returns.refused / sent > now.refused_percent:
        return f"{returns.refused:,} of {sent:,} letters came back: {returns.words}"
    return ""
