"""Where the words of a notice end, and the letter that came back with it begins.

Most programs write a line between the two; all of them begin the letter with its header. What
stands behind says nothing of why, and names people who have nothing to do with it.

Pure, and linear in the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from publisher.mail.listed import listed
from publisher.mail.parts import Fields, fields_in

LONGEST_LINE = 1_000  # characters; RFC 5322 §2.1.1 has 998 octets
MOST_LINES = 2_000

# Lower-case, without dashes, stars, blanks around. Begins with one of these, and says little more.
_MARKS = listed(
    """
    below this line is a copy of the | below the next line is a copy of the | this is a copy of the
    this is a copy of your | this is the original message | this is the header of | here is a copy of the
    here is your returned mail | here are the first lines of | a copy of the original message
    a copy of the message | a copy of your message | original message follows | original message header
    original message headers | original message body | original message text | original message | original mail
    original email | original headers follow | original header | orignal message
    the original message was attached | the original mail header | the header of the original
    the header from the original | the message header follows | the headers of | the following is a copy of the
    the text of your message | the first lines of the message | the first 1000 bytes | the unsent message
    your original message | your message reads | your message follows | your message was as follows
    content of your message | unsent message | unsent original message | undelivered message follows
    undelivered message header | undeliverable message | returned message | returned mail follows | return message
    rejected message | failed message follows | failed mail follows | message header follows
    message headers follow | message header | message headers | message text follows | message body
    message follows | message contents follow | mail header follows | start of returned | start of original
    start of forwarded message | start of message | begin message | begin original | begin returned
    begin forwarded message | headers follow | header follows | headers of your message | forwarded message
    included is a copy | included message | message transcript | transcript of message follows | text of message
    ursprüngliche nachricht | originalnachricht | originale nachricht | kopf der nachricht | message original
    message d'origine | en-tête du message | messaggio originale | mensaje original | mensagem original
    oorspronkelijk bericht | исходное письмо | исходное сообщение | заголовки исходного | 元のメッセージ | 原始邮件
    """
)
_AROUND = " \t-=*_+#>|:.[]()<~"
_LONGEST_MARK = 90  # characters of such a line
_HEADER = re.compile(
    r"[> |]{0,4}(?:received|return-path|delivered-to|message-id|mime-version|dkim-signature|x-[a-z-]{2,40}|list-[a-z]+"
    r"|domainkey-signature|authentication-results):",
    re.IGNORECASE,
)
_ANY_FIELD = re.compile(r"[> |]{0,4}[A-Za-z][A-Za-z0-9-]{1,40}:(?:\s|$)")
_OF_NOTICE = ("x-failed-recipients", "x-supplementary-info", "x-display-name", "x-actual-recipient", "x-notes")
_QUOTED = re.compile(r"^[> |]{1,4}", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The two halves of a text."""

    lines: tuple[str, ...]
    below: tuple[str, ...]
    returned: Fields  # the header of what came back, as far as it is there


def notice_in(text: str) -> Notice:
    """What a text says, apart from what it returns."""
    lines = [line[:LONGEST_LINE].rstrip() for line in text.split("\n")[:MOST_LINES]]
    end = next((number for number, line in enumerate(lines) if number and _ends(lines, number)), len(lines))
    if end < len(lines) and _HEADER.match(lines[end]):
        while end and _ANY_FIELD.match(lines[end - 1]):  # of the same header: `From:` stood before `Received:`
            end -= 1
    rest = "\n".join(lines[end:])
    return Notice(lines=tuple(lines[:end]), below=tuple(lines[end:]), returned=_returned(rest))


def _ends(lines: list[str], number: int) -> bool:
    line = lines[number]
    if _HEADER.match(line) and not line.lstrip("> |").lower().startswith(_OF_NOTICE):
        neighbours = lines[max(0, number - 1) : number + 3]
        return sum(1 for each in neighbours if _ANY_FIELD.match(each) or each.startswith(("\t", "  "))) > 1
    bare = line.strip(_AROUND).casefold()
    return len(bare) < _LONGEST_MARK and bare.startswith(_MARKS) and "@" not in bare


def _returned(text: str) -> Fields:
    """The fields of the first header in a text."""
    text = _QUOTED.sub("", text)
    block = max(text.split("\n\n")[:6], key=lambda block: len(fields_in(block).all), default="")
    return fields_in(block)
