"""What is made once for all letters of an issue."""

from __future__ import annotations

from publisher.letter.once import Once


def test_what_was_made_is_not_made_again() -> None:
    asked: list[tuple[str, int]] = []

    def repeated(word: str, times: int = 2) -> str:
        asked.append((word, times))
        return word * times

    once = Once()
    assert [once(repeated, "ha"), once(repeated, "ha"), once(repeated, "ha", times=3)] == ["haha", "haha", "hahaha"]
    assert asked == [("ha", 2), ("ha", 3)]


def test_two_makers_of_the_same_are_told_apart() -> None:
    once = Once()
    assert once(str.upper, "Ferry") == "FERRY"
    assert once(str.lower, "Ferry") == "ferry"
    assert once(len, "Ferry") == 5


def test_nothing_is_an_answer_too() -> None:
    asked: list[str] = []

    def nothing(word: str) -> None:
        asked.append(word)

    once = Once()
    once(nothing, "quiet")
    once(nothing, "quiet")
    assert asked == ["quiet"]


def test_it_remembers_no_more_than_so_much_and_still_answers() -> None:
    asked: list[int] = []

    def doubled(number: int) -> int:
        asked.append(number)
        return 2 * number

    once = Once(most=2)
    assert [once(doubled, number) for number in (1, 2, 3, 1, 2, 3)] == [2, 4, 6, 2, 4, 6]
    assert asked == [1, 2, 3, 3]
