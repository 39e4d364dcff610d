"""Complaints: a reader pressed "spam", and the provider tells.

RFC 5965 (multipart/report; report-type=feedback-report), and what some send without it: a letter
that comes back with a word or a field of its own. Addresses are hidden by most (RFC 6650 lets them);
our own tokens in the letter that came back name the reader then.

Pure, and linear in the text.
"""

from __future__ import annotations

from dataclasses import dataclass

from publisher.mail.mailbox import mailboxes_in
from publisher.mail.parts import Apart, fields_in

MEDIA_TYPE = "message/feedback-report"

# RFC 5965 §7.3, RFC 6430, RFC 6591, and Microsoft's and Yahoo's own. A virus came from somebody else's computer.
COMPLAINTS = ("abuse", "fraud", "opt-out", "opt-out-list", "unsubscribe", "complaint", "other", "miscategorized", "")

_HIDERS = ("x-hmxmroriginalrecipient", "x-hmxmroriginalrecipientaddress")  # Outlook.com's junk mail reporting
_FROM = ("staff@hotmail.com", "feedbackloop", "fbl@", "fbl-", "scomp@aol.com", "abuse-report", "feedback@arf")
_SUBJECTS = (
    "complaint about message from",
    "email feedback report for ip",
    "fw: potential spam message",
    "feedback loop",
    "abuse report",
    "spam complaint",
    "spam report",
    "junk report",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """What a report says; "" and () for what it does not."""

    feedback_type: str
    complainers: tuple[str, ...] = ()
    envelope_id: str = ""
    is_complaint: bool


def feedback_in(apart: Apart) -> Feedback | None:
    """The complaint, or another feedback report, that a message is; None: it is none."""
    for part in apart.of_type(MEDIA_TYPE):
        return _standard(part.text)
    return _of_its_own(apart)


def _standard(text: str) -> Feedback:
    fields = fields_in("\n".join(line for line in text.split("\n") if line.strip()))
    feedback_type = fields.raw("feedback-type").lower()
    named = (*fields.each("original-rcpt-to"), *fields.each("removal-recipient"))
    return Feedback(
        feedback_type=feedback_type,
        complainers=mailboxes_in(" ".join(named)),
        envelope_id=fields.raw("original-envelope-id"),
        is_complaint=feedback_type in COMPLAINTS,
    )


def _of_its_own(apart: Apart) -> Feedback | None:
    returned = next(apart.of_type("message/rfc822", "text/rfc822-headers"), None)
    if returned is None:
        return None
    inner = fields_in(returned.text.partition("\n\n")[0])
    hidden = [value for name in _HIDERS for value in (apart.fields.raw(name), inner.raw(name)) if value]
    subject = apart.fields.text("subject").lower()
    sender = apart.fields.raw("from").lower()
    if not hidden and not (any(word in subject for word in _SUBJECTS) and any(word in sender for word in _FROM)):
        return None
    return Feedback(feedback_type="", complainers=mailboxes_in(" ".join(hidden)), is_complaint=True)
