"""That somebody is gone, by what a sentence means: whatever its words, and in which order."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.mail.reason.lexicon import Role, roles_of
from publisher.mail.reason.meaning import gone_in, is_of_other
from publisher.mail.reason.words import words_of
from publisher.model.reason import Reason

SOMEBODY = ("user", "recipient", "mailbox", "account", "address", "alias", "subscriber", "person", "inbox")
LANGUAGES = {
    "en": (SOMEBODY, ("unknown", "nonexistent", "invalid"), ("not",), ("found", "valid", "listed", "recognized")),
    "de": (("Benutzer", "Empfänger", "Postfach"), ("unbekannt",), ("nicht",), ("gefunden", "bekannt", "vorhanden")),
    "fr": (("utilisateur", "destinataire", "compte"), ("inconnu", "inexistant"), ("pas",), ("trouvé", "connu")),
    "it": (("utente", "casella", "indirizzo"), ("sconosciuto", "inesistente"), ("non",), ("trovato", "valido")),
    "es": (("usuario", "cuenta", "dirección"), ("desconocido", "inexistente"), ("no",), ("encontrado", "existe")),
    "pl": (("użytkownik", "odbiorca", "konto"), ("nieznany",), ("nie",), ("istnieje", "znaleziono")),
    "ru": (("Пользователь", "получатель", "ящик"), ("неизвестен",), ("не",), ("найден", "существует")),
    "cs": (("uživatel", "příjemce", "schránka"), ("neznámý", "neexistující"), ("nebyl", "není"), ("nalezen",)),
    "hr": (("korisnik", "primatelj"), ("nepoznat",), ("ne", "nije"), ("postoji", "pronađen")),
    "hu": (("felhasználó", "címzett"), ("ismeretlen",), ("nem",), ("található", "létezik")),
    "el": (("Χρήστης", "παραλήπτης"), ("άγνωστος", "ανύπαρκτος"), ("δεν",), ("υπάρχει", "βρέθηκε")),
}
SHUT = ("disabled", "deactivated", "inactive", "closed", "suspended", "deleted", "terminated", "expired", "retired")
FILLING = ("here", "this", "is", "was", "sorry", "the", "at", "our", "site")
TAKEN_BACK = (
    "sender",
    "IP",
    "client",
    "spam",
    "policy",
    "quota",
    "full",
    "temporarily",
    "later",
    "relay",
    "SPF",
    "syntax",
    "Absender",
    "vorübergehend",
    "pleine",
    "временно",
)


def meant(text: str, *, alone: bool = True) -> Reason | None:
    return gone_in(words_of(text), alone=alone)


@st.composite
def sentences(draw: st.DrawFn) -> str:
    """Of somebody in a language, that nobody is there: by a word for it, or by a `not`."""
    whom, unknown, no, there = draw(st.sampled_from(sorted(LANGUAGES.values())))
    filling = draw(st.sampled_from(FILLING))
    said = draw(
        st.one_of(
            st.sampled_from(unknown),
            st.tuples(st.sampled_from(no), st.sampled_from(there)).map(" ".join),
        )
    )
    somebody = draw(st.sampled_from(whom))
    return draw(st.sampled_from([f"{somebody} {said}", f"{somebody} {filling} {said}", f"{said} {somebody}"]))


@given(sentences())
def test_somebody_and_a_word_for_not_there_make_a_sentence_in_any_order(text: str) -> None:
    assert meant(text) is Reason.USER_UNKNOWN
    assert meant(text, alone=False) is Reason.USER_UNKNOWN


@given(st.sampled_from(SOMEBODY), st.sampled_from(SHUT), st.sampled_from(FILLING))
def test_who_was_there_and_is_no_more_is_disabled(somebody: str, shut: str, filling: str) -> None:
    assert meant(f"this {somebody} {filling} {shut}") is Reason.DISABLED
    assert meant(f"{shut} {somebody}") is Reason.DISABLED


@given(sentences(), st.sampled_from(TAKEN_BACK), st.booleans(), st.sampled_from([" ", ": ", ", "]))
def test_a_word_of_something_else_beside_it_takes_it_back(text: str, other: str, before: bool, link: str) -> None:
    whole = f"{other}{link}{text}" if before else f"{text}{link}{other}"
    assert meant(whole) is None
    assert is_of_other(words_of(whole))


@given(sentences(), st.sampled_from(["if the", "maybe", "please check that the", "the message says that the"]))
def test_a_guess_or_advice_says_nothing(text: str, doubt: str) -> None:
    assert meant(f"{doubt} {text}") is None
    assert meant(f"{text}. {doubt} name is spelt well") is Reason.USER_UNKNOWN


@given(
    st.lists(
        st.sampled_from([*SOMEBODY, *SHUT, *FILLING, *TAKEN_BACK, "no", "not", "such", "found", ".", "@"]), max_size=60
    )
)
def test_any_words_in_any_order_are_read(words: list[str]) -> None:
    found = gone_in(tuple(words), alone=True)
    assert found is None or found.gone


@pytest.mark.parametrize("text", ["your account is disabled", "the address of your mailbox is unknown to us"])
def test_what_is_ours_is_no_reader(text: str) -> None:
    assert meant(text) is None


@pytest.mark.parametrize(
    "text", ["service unavailable", "unknown error of a user", "invalid", "closed", "no recipients"]
)
def test_of_nobody_nothing_is_said(text: str) -> None:
    assert meant(text) is None


def test_a_reply_that_lost_its_address_is_of_it() -> None:
    assert meant("is now disabled") is Reason.DISABLED
    assert meant("has been removed") is Reason.DISABLED
    assert meant("is now disabled", alone=False) is None
    assert meant("disabled") is None


def test_who_is_no_longer_there_need_not_be_named() -> None:
    assert meant("no longer with this house") is Reason.DISABLED
    assert meant("no longer with this house", alone=False) is None
    assert meant("this service is no longer offered here") is None


def test_a_service_may_be_shut_and_the_user_stay() -> None:
    assert meant("mail service is disabled") is None
    assert meant("anna@readers.example is now disabled with this service") is Reason.DISABLED


def test_a_short_reply_need_name_nobody_and_a_notice_must() -> None:
    assert meant("not known at this site") is Reason.USER_UNKNOWN
    assert meant("not known at this site", alone=False) is None
    assert meant("whatever else may be told in many words, it was not found in any of our rooms") is None


def test_a_domain_is_dead_where_it_is_the_domain_that_is_not_there() -> None:
    assert meant("this domain is not in use") is Reason.DOMAIN_DEAD
    assert meant("unknown user in domain") is Reason.USER_UNKNOWN
    assert meant("domain disabled") is None  # by whom, and whose


def test_what_a_program_puts_around_a_reply_is_no_part_of_it() -> None:
    assert meant("user unknown (in reply to RCPT TO command)") is Reason.USER_UNKNOWN
    assert (
        meant("SMTP error from remote mail server after RCPT TO:<a@b.example>: no such person") is Reason.USER_UNKNOWN
    )


def test_a_word_may_be_several_and_most_are_nothing() -> None:
    assert roles_of("no") == {Role.NOT, Role.WITHOUT}
    assert roles_of("recipients") == {Role.SOMEBODY}
    assert roles_of("lighthouse") == frozenset()


@pytest.mark.parametrize("piece", ["not ", "no user ", "unknown ", "a. ", "user not found not ", "mailbox: "])
def test_no_text_takes_long(piece: str) -> None:
    words = words_of((piece * 200_000)[:200_000])
    started = time.process_time()
    gone_in(words, alone=False)
    assert time.process_time() - started < 0.5
