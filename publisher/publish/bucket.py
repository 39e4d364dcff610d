"""A bucket as a target: any storage that speaks S3, through obstore (extra `s3`).

Each file goes with its type and with how long it may be kept. It replaces just the version
that we put there, or nothing where we put none (conditional writes): where two sites were
given one bucket, neither silently overwrites the other. A file of which we cannot know
what is there (a run was killed at it) is put in any case.

Files of one call are put by several threads at once, but in groups: pictures, pages,
archive documents, and last the documents that feed readers come back to. Packed copies
are not made: a bucket serves one body for an address, and what stands before it packs.

Storage has no folders, nothing half done to sweep up, and each put is whole or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import S3Store

from publisher.errors import PublishError, Unwritable
from publisher.model.filekinds import kind_of
from publisher.model.media import FOLDER
from publisher.publish.target import File

if TYPE_CHECKING:
    from obstore import PutMode

MARK = "index.html"  # what is always there once a site was published
AT_ONCE = 8  # puts under way
_TROUBLES = (BaseError, OSError, ValueError)  # what obstore raises


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A bucket, and who we are there."""

    bucket: str
    prefix: str = ""  # below which the site lies; "" is the top
    endpoint: str = ""  # where the storage is reached; "": Amazon's, by region
    region: str = "us-east-1"
    key_id: str
    secret: str = field(repr=False)
    timeout: timedelta = timedelta(seconds=30)

    @property
    def place(self) -> str:
        path = f"{self.bucket}/{self.prefix}".rstrip("/")
        return f"bucket {path} at {self.endpoint or f'Amazon S3, {self.region}'}"


class Bucket:
    """A target in the cloud, or in the cellar."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._store = _open(account)

    @property
    def place(self) -> str:
        return self._account.place

    def holds(self, file: File) -> bool:
        """Whether the version that we put is there; where we know of none, what is there has to be fetched.

        The tags of storages are no digests that can be relied on.
        """
        try:
            if file.version:
                return obstore.head(self._store, file.name)["e_tag"] == file.version
            found = obstore.get(self._store, file.name).bytes()
        except FileNotFoundError:
            return False
        except _TROUBLES as wrong:
            raise self._wrong(file.name, wrong) from wrong
        return bytes(found) == file.content

    def put(self, files: Sequence[File]) -> Mapping[str, str]:
        versions: dict[str, str] = {}
        with ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="bucket") as threads:
            for _, group in groupby(
                sorted(files, key=lambda file: _rank(file.name)), key=lambda file: _rank(file.name)
            ):
                some = list(group)
                versions |= dict(zip((file.name for file in some), threads.map(self._put, some), strict=True))
        return versions

    def remove(self, name: str) -> bool:
        try:
            obstore.head(self._store, name)
            obstore.delete(self._store, name)
        except FileNotFoundError:
            return False
        except _TROUBLES as wrong:
            raise self._wrong(name, wrong) from wrong
        return True

    def read(self, name: str) -> bytes | None:
        try:
            return bytes(obstore.get(self._store, name).bytes())
        except FileNotFoundError:
            return None
        except _TROUBLES as wrong:
            words = " ".join(str(wrong).split())[:300]
            raise PublishError(f"{name} cannot be read: {self.place} says: {words}") from wrong

    def is_there(self) -> bool:
        try:
            obstore.head(self._store, MARK)
        except FileNotFoundError:
            return False
        except _TROUBLES as wrong:
            raise self._wrong(MARK, wrong) from wrong
        return True

    def sweep(self, names: Iterable[str]) -> None:
        """Nothing is ever half done here."""

    def _put(self, file: File) -> str:
        kind = kind_of(file.name)
        attributes = {"Content-Type": kind.type, "Cache-Control": kind.kept}
        try:
            done = obstore.put(self._store, file.name, file.content, attributes=attributes, mode=_mode_of(file))
        except (AlreadyExistsError, PreconditionError) as wrong:
            problem = (
                f"someone else wrote it in {self.place}; give each site a bucket or prefix of its own, or type "
                "publisher publish --all, which replaces what is there"
            )
            raise Unwritable(path=Path(file.name), problem=problem) from wrong
        except _TROUBLES as wrong:
            raise self._wrong(file.name, wrong) from wrong
        return done["e_tag"] or ""

    def _wrong(self, name: str, wrong: Exception) -> Unwritable:
        words = " ".join(str(wrong).split())[:300]
        return Unwritable(path=Path(name), problem=f"{self.place} says: {words}")


def _open(account: Account) -> S3Store:
    return S3Store(
        account.bucket,
        prefix=account.prefix or None,
        endpoint=account.endpoint or None,
        region=account.region,
        access_key_id=account.key_id,
        secret_access_key=account.secret,
        conditional_put="etag",
        virtual_hosted_style_request=False,
        client_options={"timeout": account.timeout, "allow_http": account.endpoint.startswith("http://")},
    )


def _mode_of(file: File) -> PutMode:
    if file.version is None:
        return "create"
    return {"e_tag": file.version} if file.version else "overwrite"


def _rank(name: str) -> int:
    """Pictures, pages, archive documents, what feed readers come back to."""
    kind = kind_of(name)
    if name.startswith(f"{FOLDER}/"):
        return 0
    return 3 if kind.is_followed else 2 if kind.is_feed else 1
