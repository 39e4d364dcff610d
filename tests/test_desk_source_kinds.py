"""Every kind of source is tried at the desk: files of the site alone, and Ghost with a key that is never shown."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from publisher.config.load import read_config
from publisher.config.refused import Refused
from publisher.house.sourcedeeds import key_told
from publisher.house.sourceplaces import place_told
from publisher.store import posts
from tests.api_sites import GHOST_KEY, api_site, ghost
from tests.browsing import browser as browser
from tests.browsing import whole
from tests.desk_stand import Stand, desk_stand
from tests.test_collect_ghost import many
from tests.test_desk_sources import tried

TOP = Path(__file__).parent.parent
CAPTURE = """Quay Letters
Letters from the quay

The crane that sings
By Lotte Berg
12 March 2026

The crane on the east quay has sung since the storm, and nobody has found out which of its cables it is.
The harbour master says that it is a nuisance; the children say that it is in tune.
"""
STORY = (
    "---\ntitle: The tide <script>alert(1)</script> table\n---\nHigh water is at six, and again when nobody looks.\n"
)


@pytest.fixture(scope="module")
def stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("kinds")
    known = '\n[sources.tides]\ncolumn = "night-desk"\nkind = "folder"\npath = "tides"\n'
    inside = '\n[collect]\nprivate_hosts = ["127.0.0.1"]\n'
    for name, text in (
        ("tides/one.md", STORY),
        ("tides/two.md", "# Low water\n\nAt noon the boats sit in the mud."),
        ("captures/crane.txt", CAPTURE),
        ("secrets/ghost.txt", GHOST_KEY),
        ("var/letter.txt", "caught"),
        ("templates/own.html", "<p>own</p>"),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    (folder / "way-out").symlink_to(folder.parent)
    (folder / "round").symlink_to(folder / "round")
    (folder / "tides" / "three.md").symlink_to("/etc/hostname")
    secret = '\n[sources.ghostly]\ncolumn = "night-desk"\nkind = "ghost"\nurl = "https://x.example"\n'
    secret += 'key = { file = "secrets/ghost.txt" }\n'
    with desk_stand(folder, (TOP / "config.toml").read_text("utf-8") + known + secret + inside) as opened:
        yield opened


def test_a_folder_of_the_site_is_tried_and_saved_as_a_new_column(stand: Stand) -> None:
    with stand.house.store.read() as conn:
        before = posts.count(conn)
    trial = tried(stand, "editor", "/sources/try-files", {"path": "tides", "kind": "folder"})
    page = stand.get("editor", trial).text
    assert "posts in the files of a folder" in page
    assert '<span class="number">2</span>' in page
    assert "Low water" in page
    assert "<script>alert" not in page
    assert str(stand.house.file.root) not in page
    with stand.house.store.read() as conn:
        assert posts.count(conn) == before
    form = {"name": "the-tides", "column": "+", "column_slug": "tides", "column_name": "Tides", "backlog": "all"}
    assert stand.send("editor", f"{trial}/save", form).status_code == 303
    saved = tomllib.loads(stand.house.file.path.read_text("utf-8"))
    assert saved["sources"]["the-tides"] == {"column": "tides", "kind": "folder", "path": "tides", "backlog": "all"}


def test_captured_pages_are_tried(stand: Stand) -> None:
    trial = tried(stand, "editor", "/sources/try-files", {"path": "captures", "kind": "capture"})
    page = stand.get("editor", trial).text
    assert "from pages saved as text" in page
    assert "sung since the storm" in page


def test_what_is_not_there_or_holds_nothing_is_told_without_where_the_site_lies(stand: Stand) -> None:
    for path, told in (("nowhere", "there is no such file or folder"), ("captures", "holds no *.md")):
        page = stand.get("editor", tried(stand, "editor", "/sources/try-files", {"path": path})).text
        assert 'class="told wrong" role="alert"' in page
        assert told in page
        assert str(stand.house.file.root) not in page


@pytest.mark.parametrize(
    "path",
    [
        "", ".", "/etc", "~", "~root", "../elsewhere", "tides/../../x", "tides/..", "C:\\site", "..\\x", "way-out",
        "way-out/x", "round", "var", "var/x", "feeds", "templates", "secrets", "secrets/ghost.txt", "config.toml",
        ".hidden", "tides/.git", "a\nb", "x" * 2000,
    ],
)  # fmt: skip
def test_what_lies_elsewhere_is_refused_kindly(stand: Stand, path: str) -> None:
    answer = stand.send("editor", "/sources/try-files", {"path": path, "kind": "capture"})
    assert answer.status_code == 422
    assert 'id="wrong-path"' in answer.text
    assert GHOST_KEY not in answer.text


@given(st.lists(st.sampled_from(["..", ".", "tides", "way-out", "var", "", "secrets", "é", "/"]), max_size=6))
def test_what_is_taken_lies_in_the_site_and_not_in_our_own_folders(stand: Stand, parts: list[str]) -> None:
    file = read_config(stand.house.file.path)
    try:
        place = place_told(file, "/".join(parts), {})
    except Refused:
        return
    real = (file.root / place).resolve()
    assert real != file.root.resolve()
    assert real.is_relative_to(file.root.resolve())
    assert not any(real.is_relative_to((file.root / own).resolve()) for own in ("var", "feeds", "templates", "secrets"))


def test_a_secret_that_the_environment_names_a_file_for_is_fenced_in_too(stand: Stand) -> None:
    named = {"SMTP_PASSWORD_FILE": str(stand.house.file.root / "tides" / "one.md")}
    text = stand.house.file.path.read_text("utf-8")
    path = stand.house.file.root / "second.toml"
    path.write_text(text + '\n[bounces.box]\nurl = "imaps://b@mail.example"\npassword = { env = "SMTP_PASSWORD" }\n')
    file = read_config(path)
    assert place_told(file, "tides", {}) == "tides"
    with pytest.raises(Refused, match="keeps its own"):
        place_told(file, "tides", named)


def test_a_ghost_site_is_tried_by_an_owner_and_the_key_is_never_shown(stand: Stand) -> None:
    with api_site(ghost(many(40))) as site:
        fields = {"ghost": site.url, "file": "secrets/ghost.txt", "env": ""}
        assert stand.send("editor", "/sources/try-ghost", fields).status_code == 403
        trial = tried(stand, "owner", "/sources/try-ghost", fields)
        page = stand.get("owner", trial).text
        assert "the newest of a Ghost site" in page
        assert "Quay &amp; Co" in page
        assert GHOST_KEY not in page
        form = {"name": "rope", "column": "night-desk", "backlog": "archive"}
        assert stand.send("editor", f"{trial}/save", form).status_code == 403
        assert stand.send("owner", f"{trial}/save", form).status_code == 303
    saved = tomllib.loads(stand.house.file.path.read_text("utf-8"))["sources"]["rope"]
    assert saved == {
        "column": "night-desk", "kind": "ghost", "url": site.url, "key": {"file": "secrets/ghost.txt"},
    }  # fmt: skip
    assert "never write the key" in stand.get("owner", "/sources/new").text.lower()
    assert "an owner adds it" in stand.get("editor", "/sources/new").text


@pytest.mark.parametrize(
    ("env", "file"),
    [("", ""), ("A", "b"), (GHOST_KEY, ""), ("", GHOST_KEY), ("not a name", ""), ("", f"x{GHOST_KEY.upper()}y")],
)
def test_a_key_that_was_typed_is_not_said_again(stand: Stand, env: str, file: str) -> None:
    answer = stand.send("owner", "/sources/try-ghost", {"ghost": "https://g.example", "env": env, "file": file})
    assert answer.status_code == 422
    assert 'id="wrong-key"' in answer.text
    assert GHOST_KEY.lower() not in answer.text.lower()
    with pytest.raises(Refused):
        key_told(env, file)


def test_a_key_that_is_not_there_and_one_that_is_not_taken_are_told(stand: Stand) -> None:
    (stand.house.file.root / "secrets" / "old.txt").write_text("00000000000000000000000000")
    with api_site(ghost(many(2))) as site:
        for file, told in (("secrets/none.txt", "cannot be read"), ("secrets/old.txt", "does not take the key")):
            fields = {"ghost": site.url, "file": file, "env": ""}
            page = stand.get("owner", tried(stand, "owner", "/sources/try-ghost", fields)).text
            assert told in page
            assert "0000000000" not in page


def test_a_source_that_is_there_is_tried_whatever_its_kind_and_only_shown(stand: Stand) -> None:
    trial = tried(stand, "editor", "/sources/tides/try")
    page = stand.get("editor", trial).text
    assert "How tides is read" in page
    assert "Low water" in page
    assert "Save it to config.toml" not in page
    assert stand.send("editor", f"{trial}/save").status_code == 404


@pytest.mark.parametrize(("width", "scheme"), [(390, "dark"), (1280, "light")])
def test_the_pages_are_for_everybody(stand: Stand, browser: Browser, width: int, scheme: str) -> None:
    trial = tried(stand, "owner", "/sources/try-files", {"path": "tides", "kind": "folder"})
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    context.add_cookies([stand.cookie("owner")])
    page = context.new_page()
    for path in ("/sources/new?path=x&ghost=y", trial):
        page.goto(f"{stand.url}{path}")
        whole(page, width)
    context.close()
