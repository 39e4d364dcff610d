"""A share of `tests/many_letters`: letters unlike each other, read and verified by other people's programs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from publisher.mail.wire import compile_letter
from tests.many_letters import judging
from tests.many_letters.made import DOMAINS, REFUSED, Made, letters
from tests.test_mail_wire import ANN, HEAD, SMALL

LETTERS = 60


@pytest.fixture(scope="module")
def made() -> list[Made]:
    return list(letters(LETTERS, seed=4, readers=5))


def test_they_are_of_all_sorts(made: list[Made]) -> None:
    assert len({one.message for one in made}) == LETTERS
    assert {one.issue.posts == 1 for one in made} == {True, False}
    assert {b"multipart/related" in one.message for one in made} == {True, False}
    assert {one.reader.address.isascii() for one in made} == {True, False}
    assert {one.issue.domain for one in made} == set(DOMAINS)
    assert any("\n" in one.reader.name for one in made)


@pytest.mark.parametrize("judge", judging.JUDGES.values(), ids=list(judging.JUDGES))
def test_everybody_reads_what_was_meant_and_finds_it_signed(made: list[Made], judge: judging.Judge) -> None:
    assert judge(made) == []


@pytest.mark.parametrize(
    ("noticed_by", "change"),
    [
        (
            judging.python_reads_it,
            lambda one: one.replace(b"Precedence:", b"Bcc: eve@evil.example\r\nPrecedence:"),
        ),
        (judging.python_reads_it, lambda one: one.replace(b"List-Post: NO\r\n", b"")),
        (
            judging.python_reads_it,
            lambda one: one.replace(b"Date: ", b"Date: Thu, 1 Jan 2026 00:00:00 +0000\r\nX: ", 1),
        ),
        (judging.python_reads_it, lambda one: one.replace(b"To: ", b"To: eve ", 1)),
        (judging.python_reads_it, lambda one: one.replace(b"</p>", b"!</p>", 1)),
        (judging.mailparser_reads_it, lambda one: one.replace(b"</p>", b"!</p>", 1)),
        (judging.mailparser_reads_it, lambda one: one.replace(b"Subject: ", b"Subject: Re: ", 1)),
        (judging.form, lambda one: one.replace(b"\r\nList-Post", b"\nList-Post")),
        (judging.form, lambda one: one.replace(b"</p>", b"</p>" + b" " * 80, 1)),
        (judging.dkimpy_verifies, lambda one: one.replace(b"</p>", b"!</p>", 1)),
        (judging.opendkim_verifies, lambda one: one.replace(b"List-Post: NO\r\n", b"")),
        (judging.mailauth_verifies, lambda one: one.replace(b"Subject: ", b"Subject: Re: ", 1)),
        (judging.scratch, lambda one: one.replace(b"</p>", b"</P>", 1)),
    ],
)
def test_who_judges_notices_what_is_wrong(
    made: list[Made], noticed_by: judging.Judge, change: Callable[[bytes], bytes]
) -> None:
    changed = replace(made[0], message=change(made[0].message))
    assert changed.message != made[0].message
    assert noticed_by([changed]) != []


@pytest.mark.parametrize("address", REFUSED)
def test_no_letter_is_written_to_what_is_no_address(address: str) -> None:
    with pytest.raises(ValueError, match=r"is not|cannot stand"):
        compile_letter(SMALL, HEAD).message_for(ANN._replace(address=address))
