"""Leaving by mail: what a `mailto:` in List-Unsubscribe sends (RFC 2369 §3.2), and what people write.

An address of its own with the token of the subscription, or a word in the subject, or as the first
line: `unsubscribe`, in the languages of readers. More words than a few are a letter to somebody.

Pure, and linear in the text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from publisher.mail.automatic import is_automatic, says_it_replies
from publisher.mail.listed import listed
from publisher.mail.mailbox import mailboxes_in
from publisher.mail.parts import Apart, Fields

MOST_WORDS = 6  # `please unsubscribe me from this list`

_ADDRESS = re.compile(r"(?:u|unsubscribe|leave)\+[0-9a-z-]+@", re.IGNORECASE)
_ANSWER = re.compile(r"(?:(?:re|aw|sv|antw|odp|rv|fwd?|wg)\s*:\s*)+", re.IGNORECASE)
_WORDS = listed(
    """
    unsubscribe | unsuscribe | unsubcribe | opt out | opt-out | optout | remove me | take me off | stop sending
    signoff | sign off | abmelden | abmeldung | abbestellen | austragen | newsletter kündigen | désabonn
    desabonn | désinscri | desinscri | darme de baja | darse de baja | dar de baja | baja | cancelar suscripción
    cancelar a subscrição | cancelar inscrição | remover meu | descadastrar | disiscri | cancellazione
    cancellami | uitschrijven | afmelden | afmeld | frameld | avregistrer | avsluta prenumeration | avprenumerera
    peruuta tilaus | wypisz | rezygnuj | odhlásit | odhlášení | leiratkoz | dezabon | отписать | отписка
    відписат | abonelikten çık | διαγραφή | 配信停止 | 退会 | 退订 | 退訂 | 取消订阅 | 取消訂閱 | 수신거부 | 구독취소
    """
)
_LONGEST = 80  # characters of a subject or line that says no more than that


def leave_address(token: str, domain: str) -> str:
    """Where a mail that says nothing takes a reader off; the token is the subscription's."""
    return f"u+{token}@{domain}"


def leave_uri(token: str, domain: str) -> str:
    """The same for List-Unsubscribe (RFC 6068 §2), with a subject: many programs send no mail without one."""
    return f"mailto:{leave_address(token, domain)}?subject=unsubscribe"


def asks_to_leave(fields: Fields, came_to: Sequence[str] = ()) -> bool:
    """Whether a program sent what a `mailto:` asks for: with its word for a subject, or to the address for it.

    Apple's says that it was generated, which a person's need not. A machine that answers, for whom somebody
    wrote the wrong address down, asks for nothing: neither by a subject that it repeats, nor by being away.
    """
    if fields.text("subject").strip().casefold().partition(" ")[0] == "unsubscribe":
        return not says_it_replies(fields)
    to = (*came_to, *(value for name in ("x-original-to", "delivered-to", "to") for value in fields.each(name)))
    is_there = any(_ADDRESS.match(address) for address in mailboxes_in(" ".join(to)))
    return is_there and not is_automatic(fields)


def is_leaving(apart: Apart) -> bool:
    """Whether somebody wants no more letters, and says no more than that."""
    fields = apart.fields
    if _says_so(fields.text("subject")):
        return True
    body = next(apart.of_type("text/plain", "text/html"), None)
    lines = [line.strip() for line in body.text[:4_000].split("\n")] if body else []
    return _says_so(next((line for line in lines if line), "")) and len(lines) < 40


def _says_so(text: str) -> bool:
    said = _ANSWER.sub("", text[: _LONGEST + 40].strip(), count=1).strip(" .!\"'<>[]*").casefold()
    return len(said) <= _LONGEST and len(said.split()) <= MOST_WORDS and any(word in said for word in _WORDS)
