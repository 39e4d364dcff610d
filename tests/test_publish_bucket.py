"""A bucket as a target, on a server that speaks S3: types, conditional writes, only what changed, feeds last."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from publisher.errors import Unwritable
from publisher.publish.bucket import Account, Bucket
from publisher.publish.target import File
from publisher.store.database import Store
from tests.lives import a_site
from tests.presses import Newsroom
from tests.shelves import a_full_post

KEY_ID, SECRET = "AKIAEXAMPLE", "a-secret-that-is-none"
NAMES = (f"site-{number}" for number in itertools.count())


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3(endpoint: str) -> Any:
    return boto3.client(
        "s3", endpoint_url=endpoint, aws_access_key_id=KEY_ID, aws_secret_access_key=SECRET, region_name="us-east-1"
    )


@pytest.fixture
def account(endpoint: str, s3: Any) -> Account:
    name = next(NAMES)
    s3.create_bucket(Bucket=name)
    return Account(bucket=name, prefix="courier", endpoint=endpoint, key_id=KEY_ID, secret=SECRET)


@pytest.fixture
def newsroom(sqlite_store: Store, tmp_path: Path) -> Newsroom:
    return Newsroom(store=sqlite_store, folder=tmp_path)


def objects_in(s3: Any, account: Account) -> dict[str, bytes]:
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=account.bucket)
    keys = [one["Key"] for page in pages for one in page.get("Contents", [])]
    return {key.removeprefix("courier/"): s3.get_object(Bucket=account.bucket, Key=key)["Body"].read() for key in keys}


def test_a_bucket_holds_the_same_files_as_a_folder(newsroom: Newsroom, s3: Any, account: Account) -> None:
    newsroom.put(a_full_post(1), a_full_post(2))
    newsroom.publish()
    in_a_folder = newsroom.tree()
    newsroom.publish(target=Bucket(account))
    assert objects_in(s3, account) == in_a_folder


def test_each_file_says_its_type_and_how_long_it_may_be_kept(newsroom: Newsroom, s3: Any, account: Account) -> None:
    newsroom.put(a_full_post())
    newsroom.publish(target=Bucket(account))

    def told(name: str) -> tuple[str, str]:
        head = s3.head_object(Bucket=account.bucket, Key=f"courier/{name}")
        return head["ContentType"], head["CacheControl"]

    assert told("atom.xml") == ("application/atom+xml; charset=utf-8", "public, max-age=1800")
    assert told("harbour-notes/feed.json") == ("application/feed+json; charset=utf-8", "public, max-age=1800")
    assert told("harbour-notes/post-1.html") == ("text/html; charset=utf-8", "public, max-age=300")
    assert told("media/lock.png") == ("image/png", "public, max-age=31536000, immutable")


def test_only_what_changed_is_put(newsroom: Newsroom, s3: Any, account: Account) -> None:
    bucket = Bucket(account)
    newsroom.put(a_full_post(1))
    newsroom.publish(target=bucket)
    before = {key: s3.head_object(Bucket=account.bucket, Key=f"courier/{key}") for key in objects_in(s3, account)}
    assert newsroom.publish(target=bucket).written == ()
    newsroom.put(a_full_post(2))
    written = set(newsroom.publish(target=bucket).written)
    assert "harbour-notes/post-2.html" in written
    assert "harbour-notes/post-1.html" not in written
    after = {key: s3.head_object(Bucket=account.bucket, Key=f"courier/{key}") for key in objects_in(s3, account)}
    for key, head in before.items():
        assert (after[key]["ETag"] == head["ETag"]) is (key not in written), key


def test_a_withdrawn_post_goes_from_the_bucket(newsroom: Newsroom, s3: Any, account: Account) -> None:
    bucket = Bucket(account)
    newsroom.put(a_full_post(1), a_full_post(2))
    newsroom.publish(target=bucket)
    newsroom.withdraw(1)
    assert newsroom.publish(target=bucket).removed == ("harbour-notes/post-1.html",)
    assert "harbour-notes/post-1.html" not in objects_in(s3, account)


def test_what_someone_else_wrote_is_not_overwritten_until_a_person_says_so(
    newsroom: Newsroom, s3: Any, account: Account
) -> None:
    bucket = Bucket(account)
    newsroom.put(a_full_post(1))
    newsroom.publish(target=bucket)
    s3.put_object(Bucket=account.bucket, Key="courier/atom.xml", Body=b"another site's")
    newsroom.put(a_full_post(2))
    with pytest.raises(Unwritable, match=r"atom\.xml: someone else wrote it.*publisher publish --all"):
        newsroom.publish(target=bucket)
    assert objects_in(s3, account)["atom.xml"] == b"another site's"
    newsroom.publish(target=bucket, everything=True)
    newsroom.publish()
    assert objects_in(s3, account)["atom.xml"] == newsroom.tree()["atom.xml"]


def test_a_new_file_does_not_take_the_place_of_one_that_is_not_ours(s3: Any, account: Account) -> None:
    s3.put_object(Bucket=account.bucket, Key="courier/index.html", Body=b"not ours")
    with pytest.raises(Unwritable, match=r"index\.html: someone else wrote it"):
        Bucket(account).put([File(name="index.html", content=b"ours")])


def test_feeds_come_after_the_pages_that_they_link_to(s3: Any, account: Account) -> None:
    """One name is taken already: what comes before it in the order is put, what comes after is not."""
    s3.put_object(Bucket=account.bucket, Key="courier/archive/2026-03/atom.xml", Body=b"not ours")
    names = ("atom.xml", "archive/2026-03/atom.xml", "harbour/a.html", "media/lock.png")
    with pytest.raises(Unwritable):
        Bucket(account).put([File(name=name, content=b"ours") for name in names])
    assert {name for name, content in objects_in(s3, account).items() if content == b"ours"} == {
        "harbour/a.html", "media/lock.png",
    }  # fmt: skip


def test_a_killed_run_is_made_good_by_the_next(newsroom: Newsroom, s3: Any, account: Account) -> None:
    class Dying(Bucket):
        def put(self, files: Any) -> Any:
            super().put(files)
            raise ConnectionAbortedError  # put, and nobody wrote it down

    newsroom.put(a_full_post(1))
    with pytest.raises(ConnectionAbortedError):
        newsroom.publish(target=Dying(account))
    newsroom.publish(target=Bucket(account))
    newsroom.publish()
    assert objects_in(s3, account) == newsroom.tree()


def test_what_a_hand_deleted_comes_back_when_every_file_is_looked_at(
    newsroom: Newsroom, s3: Any, account: Account
) -> None:
    newsroom.put(a_full_post(1))
    newsroom.publish(target=Bucket(account))
    whole = objects_in(s3, account)
    s3.delete_object(Bucket=account.bucket, Key="courier/harbour-notes/post-1.html")
    s3.put_object(Bucket=account.bucket, Key="courier/site.css", Body=b"/* nothing */")
    newsroom.publish(target=Bucket(account), everything=True)
    assert objects_in(s3, account) == whole


def test_a_bucket_that_is_not_there_is_named_in_the_message(newsroom: Newsroom, account: Account) -> None:
    newsroom.put(a_full_post())
    lost = replace(account, bucket="no-such-bucket")
    with pytest.raises(Unwritable, match=r"bucket no-such-bucket/courier at http://127\.0\.0\.1"):
        newsroom.publish(target=Bucket(lost))


def test_a_site_is_published_to_the_bucket_that_its_config_names(tmp_path: Path, s3: Any, account: Account) -> None:
    site = a_site(tmp_path / "site")
    site.prepare("collect")
    with site.config.open("a") as config:
        config.write(f'\n[publish]\ntarget = "s3://{account.bucket}/courier"\nendpoint = "{account.endpoint}"\n')
    nobody = site.run("publish", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert nobody.code == 2
    assert "publish.key_id: environment variable AWS_ACCESS_KEY_ID" in nobody.err
    done = site.run("publish", AWS_ACCESS_KEY_ID=KEY_ID, AWS_SECRET_ACCESS_KEY=SECRET)
    assert (done.code, done.err) == (0, "")
    assert f"removed in s3://{account.bucket}/courier\n" in done.out
    assert {"atom.xml", "rss.xml", "feed.json", "index.html"} < set(objects_in(s3, account))
    assert not (site.folder / "feeds").exists()


def test_no_secret_stands_in_what_is_told_of_an_account(account: Account) -> None:
    assert SECRET not in repr(account)
