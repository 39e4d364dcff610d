"""Pages of the running site in the language of the newsletter, and in the site's where there is none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import lxml.html
import pytest

from publisher.store import subscribers
from publisher.store.database import Store
from publisher.tokens import Purpose, token_for
from tests.web_site import KEYS, MORNING, Visit, own_store, site_of, visiting
from tests.writers import put_readers


@pytest.fixture(scope="module")
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def store(stack: ExitStack, tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = stack.enter_context(own_store(tmp_path_factory.mktemp("store")))
    with store.write() as conn:
        put_readers(conn, 1)
    return store


@pytest.fixture(scope="module")
def arabic(stack: ExitStack, store: Store, tmp_path_factory: pytest.TempPathFactory) -> Visit:
    """A German site with a newsletter in Arabic."""
    folder: Path = tmp_path_factory.mktemp("site")
    newsletter = replace(MORNING, name="نشرة الميناء", language="ar")
    site = replace(site_of(folder / "feeds"), language="de", newsletters={"morning": newsletter})
    return stack.enter_context(visiting(store, folder, site=site))


def of_reader(store: Store, purpose: Purpose) -> str:
    with store.read() as conn:
        reader = subscribers.find(conn, "reader0@readers.example")
    assert reader
    return f"/{purpose}/{token_for(KEYS, purpose, reader.subscriptions[0].id)}"


@pytest.mark.parametrize(
    ("purpose", "told"),
    [
        (Purpose.UNSUBSCRIBE, "هل تريدون إلغاء الاشتراك في «نشرة الميناء»؟"),
        (Purpose.PREFERENCES, "هل اكتفيتم؟"),
    ],
)
def test_what_a_newsletter_s_letter_leads_to_speaks_its_language(
    store: Store, arabic: Visit, purpose: Purpose, told: str
) -> None:
    got = arabic.client.get(of_reader(store, purpose))
    page = lxml.html.document_fromstring(got.text)
    assert (got.status_code, page.get("lang"), page.get("dir")) == (200, "ar", "rtl")
    assert told in page.text_content()


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/unsubscribe", 200, "So bestellen Sie einen Newsletter ab"),
        ("/unsubscribe/nonsense", 404, "Dieser Link ist nicht vollständig"),
        ("/preferences", 200, "So ändern Sie, was Sie bekommen"),
        ("/nothing/here.html", 404, "Diese Seite gibt es nicht"),
    ],
)
def test_all_other_pages_speak_the_language_of_the_site(arabic: Visit, path: str, status: int, told: str) -> None:
    got = arabic.client.get(path)
    page = lxml.html.document_fromstring(got.text)
    assert (got.status_code, page.get("lang"), page.get("dir")) == (status, "de", "ltr")
    assert told in page.text_content()
    assert "Zum Text springen" in page.text_content()


def test_a_page_whose_template_is_broken_is_told_in_words_of_the_language(
    stack: ExitStack, store: Store, tmp_path: Path
) -> None:
    (tmp_path / "own" / "web").mkdir(parents=True)
    (tmp_path / "own" / "web" / "error.html").write_text("{{ nothing }}", encoding="utf-8")
    site = replace(site_of(tmp_path / "feeds"), language="fr")
    with visiting(store, tmp_path, site=site, own=tmp_path / "own") as visit:
        assert "Cette page n’existe pas" in visit.client.get("/nothing").text
