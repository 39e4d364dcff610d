"""That nobody has an address, by what a sentence means: a grammar, for wordings that no case has.

Servers word it in their own ways, but of few words: somebody (a user, a mailbox, an address, in some thirty
languages), and with them a word that says *not there* (unknown, disabled), or a *not* and a word that
would say *there* (found, valid, in use). Others take it back: words of the sender, of our server, of a filter,
of room, of now, and of guessing. With those nothing is said here: there are cases for what is meant then.

Pure, and linear in the text. Known weakness: it knows no ideographs, which the cases have, and of most
languages only the commonest words.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from publisher.mail.reason.lexicon import Role, roles_of
from publisher.mail.reason.words import END
from publisher.model.reason import Reason

_BEFORE = 6  # words back in which somebody may stand of whom something is said
_BEHIND = 3
_TURNED = 4  # words from a `not` on in which the word that it turns round may stand
_SHORT = 8  # words of a reply that need name nobody: `not known at this site`

_Word = frozenset[Role]
_Clause = Sequence[_Word]

_ADDRESS: _Word = frozenset({Role.ADDRESS})
_WHOM = (Role.SOMEBODY, Role.ADDRESS, Role.DOMAIN)
_IS = ("is", "was", "has")  # a reply that begins so has lost the address that it was about
_OURS = ("your", "you")  # `your account is disabled` is of us
_US = "you"  # `we do not know you` is said of the sender
_IN_REPLY = ("in", "reply", "to")
_FROM_REMOTE = ("from", "remote")
_COULD = ("could", "konnte", "konnten")  # a guess, or what was tried: `could not be found`
_RECIPIENT = "recipient"  # `your recipient is unknown` is not


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What is said of somebody, and from which word of a clause to which."""

    role: Role  # UNKNOWN, POOR or SHUT; or MORE, OPEN or TAKING, with a `not`
    start: int
    end: int
    is_turned: bool  # by a `not`


def gone_in(words: Sequence[str], *, alone: bool) -> Reason | None:
    """Whether somebody is gone. `alone`: the words are the whole reply of a server."""
    words = _said_itself(words)
    if alone and words and words[0] in _IS:
        words = ("@", *words)
    clauses = tuple(_clauses(words))
    is_short = alone and sum(word != END for word in words) <= _SHORT
    for at, clause in enumerate(clauses):
        if any(Role.ASIDE in word for word in clause) or any(
            _is_of_other(near) for near in clauses[max(0, at - 1) : at + 2]
        ):
            continue
        for said in _all_said(clause):
            reason = _gone(said, _of_whom(said, clause, clauses[at - 1] if at else ()), needs_nobody=is_short)
            if reason:
                return reason
    return None


def is_of_other(words: Sequence[str]) -> bool:
    """Whether something else is spoken of, too: what is vague is then said of that, for all one knows."""
    return any(_is_of_other(clause) for clause in _clauses(_said_itself(words)))


def _said_itself(words: Sequence[str]) -> Sequence[str]:
    """Without what Exim and Postfix put around it: `error from remote mail server`, `in reply to RCPT TO command`."""
    end = next((at for at in range(len(words) - 2) if tuple(words[at : at + 3]) == _IN_REPLY), len(words))
    start = next((at + 2 for at in range(end - 1) if tuple(words[at : at + 2]) == _FROM_REMOTE), 0)
    return words[start:end]


def _clauses(words: Sequence[str]) -> Iterator[_Clause]:
    clause: list[_Word] = []
    last = ""
    for at, word in enumerate(words):
        if word == END:
            yield tuple(clause)
            clause = []
            continue
        roles = _ADDRESS if word == "@" else roles_of(word)
        if word in _COULD and at + 1 < len(words) and Role.NOT in roles_of(words[at + 1]):
            roles = frozenset()
        is_ours = last in _OURS and _is(roles, *_WHOM, Role.MAIL) and not word.startswith(_RECIPIENT)
        is_us = word == _US and Role.THERE in roles_of(last)
        clause.append(roles | {Role.OTHER} if is_ours or is_us else roles)
        last = word
    yield tuple(clause)


def _is_of_other(clause: _Clause) -> bool:
    return any(Role.OTHER in word for word in clause)


def _all_said(clause: _Clause) -> Iterator[_Said]:
    at = 0
    while at < len(clause):
        said = _without(clause, at) or _turned(clause, at) or _plain(clause, at)
        at = said.end + 1 if said else at + 1
        if said:
            yield said


def _without(clause: _Clause, at: int) -> _Said | None:
    """`no mailbox here`, `has no account`, `kein Benutzer`; but not `no recipients`, which is of the letter."""
    if Role.WITHOUT not in clause[at]:
        return None
    behind = clause[at + 1 : at + 5]
    end = next((at + 1 + number for number, word in enumerate(behind[:2]) if Role.SOMEBODY in word), None)
    if end is None:
        return None
    is_had = at > 0 and Role.HAVING in clause[at - 1]
    if Role.NOT in clause[at] and not is_had and not any(Role.HERE in word for word in clause[end + 1 : end + 3]):
        return None
    return _Said(role=Role.UNKNOWN, start=at, end=end, is_turned=True)


def _turned(clause: _Clause, at: int) -> _Said | None:
    """A `not`, and what it turns round."""
    if Role.NOT not in clause[at]:
        return None
    for end in range(at + 1, min(at + 1 + _TURNED, len(clause))):
        role = _behind_not(clause, at, end)
        if role:
            return _Said(role=role, start=at, end=end, is_turned=True)
    return None


def _behind_not(clause: _Clause, start: int, at: int) -> Role | None:
    """What a `not` at a word makes of another one."""
    word, between, behind = clause[at], clause[start + 1 : at], clause[at + 1 : at + 5]
    if _is(word, Role.SUCH, Role.HAVING):
        return Role.UNKNOWN if any(_is(each, Role.SOMEBODY, Role.DOMAIN) for each in behind) else None
    if Role.THERE in word or (Role.LIST in word and any(Role.IN in each for each in between)):
        return Role.UNKNOWN
    if Role.SOMEBODY in word:  # `is not a user`
        return Role.UNKNOWN if between and all(Role.ARTICLE in each for each in between) else None
    return next((role for role in (Role.MORE, Role.OPEN, Role.TAKING) if role in word), None)


def _plain(clause: _Clause, at: int) -> _Said | None:
    """An adjective: of what stands behind it, or else of whom the sentence is about."""
    if at + 1 < len(clause) and Role.THING in clause[at + 1]:
        return None
    role = next((role for role in (Role.UNKNOWN, Role.POOR, Role.SHUT) if role in clause[at]), None)
    return _Said(role=role, start=at, end=at, is_turned=False) if role else None


def _of_whom(said: _Said, clause: _Clause, before: _Clause) -> _Word:
    """Of whom it is said: who stands within it, before it, or right behind it; or in the last clause."""
    near = (
        *reversed(clause[said.start : said.end + 1]),
        *reversed(clause[max(0, said.start - _BEFORE) : said.start]),
        *clause[said.end + 1 : said.end + 1 + _BEHIND],
        *(reversed(before[-_BEFORE:]) if said.start <= 1 else ()),
    )
    if not said.is_turned:  # `unknown user` rather than `mailbox .. unknown user`
        near = (*clause[said.end + 1 : said.end + 2], *near)
    found = (word for word in near if _is(word, *_WHOM, Role.SERVICE))
    return next(found, None) or next((word for word in near if Role.MAIL in word), frozenset())


def _gone(said: _Said, whom: _Word, *, needs_nobody: bool) -> Reason | None:
    """Why that says that somebody is gone; None: it does not."""
    reason = Reason.USER_UNKNOWN if said.role in (Role.UNKNOWN, Role.POOR) else Reason.DISABLED
    if not whom:
        is_enough = said.is_turned and said.role in (Role.UNKNOWN, Role.MORE)
        return reason if needs_nobody and is_enough else None
    if Role.SERVICE in whom:
        return None
    if Role.DOMAIN in whom:
        return Reason.DOMAIN_DEAD if said.is_turned or said.role is Role.UNKNOWN else None
    return None if Role.SOMEBODY not in whom and said.role in (Role.POOR, Role.TAKING) else reason


def _is(word: _Word, *roles: Role) -> bool:
    return any(role in word for role in roles)
