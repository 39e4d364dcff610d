"""What is decided once stays, whoever asks first and however many ask at once."""

from __future__ import annotations

import contextlib
import threading

from publisher.store import settings
from publisher.store.database import Store


def test_the_first_value_stays(store: Store) -> None:
    with store.write() as conn:
        assert settings.decide_once(conn, "feed-id", "tag:one") == "tag:one"
    with store.write() as conn:
        assert settings.decide_once(conn, "feed-id", "tag:two") == "tag:one"
        assert settings.decide_once(conn, "other", "tag:two") == "tag:two"


def test_what_was_not_committed_was_not_decided(store: Store) -> None:
    def decide() -> None:
        with store.write() as conn:
            settings.decide_once(conn, "feed-id", "tag:one")
            raise LookupError

    with contextlib.suppress(LookupError):
        decide()
    with store.write() as conn:
        assert settings.decide_once(conn, "feed-id", "tag:two") == "tag:two"


def test_of_many_at_once_all_hear_the_same(store: Store) -> None:
    heard: list[str] = []
    ready = threading.Barrier(4)

    def decide(value: str) -> None:
        ready.wait()
        with store.write() as conn:
            heard.append(settings.decide_once(conn, "feed-id", value))

    threads = [threading.Thread(target=decide, args=[f"tag:{number}"]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(heard) == 4
    assert len(set(heard)) == 1
