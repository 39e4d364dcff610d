"""A database whose server goes away around a commit: whoever waits is told that it failed, done or not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from publisher.errors import StorageError
from publisher.store.database import Store


class UntoldStore(Store):
    """The same database as another; where `is_told` says no it fails, after the commit or (not `done`) before it."""

    def __init__(self, store: Store, is_told: Callable[[], bool], *, done: bool = True) -> None:
        super().__init__(store._engine, keeps=store._keeps)
        self._is_told = is_told
        self._done = done

    def waiting_at_most(self, seconds: float) -> UntoldStore:
        return UntoldStore(super().waiting_at_most(seconds), self._is_told, done=self._done)

    def kept(self) -> UntoldStore:
        return UntoldStore(super().kept(), self._is_told, done=self._done)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with super().write() as conn:
            yield conn
            if not self._done:
                self._tell()
        if self._done:
            self._tell()

    def _tell(self) -> None:
        if not self._is_told():
            raise StorageError("the server went away", retry=True)


def each(number: int) -> Callable[[], bool]:
    """The first of so many commits is told, the others not."""
    commits = 0

    def is_told() -> bool:
        nonlocal commits
        commits += 1
        return commits % number == 1

    return is_told
