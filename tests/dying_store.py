"""A store whose writer dies."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from publisher.errors import StorageError
from publisher.store.database import Store


class Dies(Store):
    """The transaction with this number is not committed, and whoever writes is told that the database is away."""

    def __init__(self, store: Store, at: int) -> None:
        super().__init__(store._engine)
        self._left = at

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with super().write() as conn:
            yield conn
            self._left -= 1
            if not self._left:
                raise StorageError("killed", retry=True)
