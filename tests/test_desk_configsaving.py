"""Saving config.toml: whole or not at all, proved before, every version kept, nobody's change run over."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from publisher.config.load import read_config, read_text
from publisher.config.masking import MASK, diff_of, masked, unmasked
from publisher.errors import ConfigError, PublisherError
from publisher.house.configsaving import Conflict, digest_of, keep_found, save, text_now
from publisher.house.opened import House, open_house, utc_now
from publisher.store import configversions, schema
from publisher.store.database import Store

TOP = Path(__file__).parent.parent
EXAMPLE = (TOP / "config.toml").read_bytes().decode("utf-8")
OTHER = EXAMPLE.replace('name = "The Courier"', 'name = "The Other Courier"')


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    (tmp_path / "config.toml").write_bytes(EXAMPLE.encode())
    with open_house(tmp_path / "config.toml") as house:
        yield house


def kept(house: House) -> list[tuple[str, str, str]]:
    """Who, note and site's name of each version, the oldest first."""
    with house.store.read() as conn:
        versions = configversions.newest(conn, limit=50)
        texts = [configversions.text_of(conn, version.digest) or "" for version in versions]
    names = [next(line for line in text.splitlines() if line.startswith("name")) for text in texts]
    return [(one.who, one.note, name) for one, name in zip(versions, names, strict=True)][::-1]


def saved(house: House, new: str, *, who: str = "Mira", note: str = "name") -> str:
    return save(house, new, digest=digest_of(text_now(house)), who=who, note=note, now=utc_now())


def test_a_save_is_in_the_file_and_tells_what_changed(house: House) -> None:
    diff = saved(house, OTHER)
    assert '-name = "The Courier"\n+name = "The Other Courier"' in diff
    assert read_text(house.file.path) == OTHER
    assert kept(house) == [("", "found", 'name = "The Courier"'), ("Mira", "name", 'name = "The Other Courier"')]


def test_a_save_that_changes_nothing_keeps_no_version(house: House) -> None:
    assert saved(house, EXAMPLE) == ""
    assert kept(house) == []


def test_what_was_changed_by_another_hand_is_kept_before_it_is_gone(house: House) -> None:
    saved(house, OTHER)
    third = EXAMPLE.replace('"The Courier"', '"The Third Courier"', 1)
    house.file.path.write_text(third, "utf-8")
    assert keep_found(house, note="changed in the file", now=utc_now())
    assert not keep_found(house, note="changed in the file", now=utc_now())
    saved(house, EXAMPLE, note="back")
    assert [(who, note) for who, note, _ in kept(house)] == [
        ("", "found"),
        ("Mira", "name"),
        ("", "changed in the file"),
        ("Mira", "back"),
    ]


def test_the_second_of_two_admins_sees_the_conflict(house: House) -> None:
    began = digest_of(text_now(house))
    saved(house, OTHER)
    mine = EXAMPLE.replace('language = "en"', 'language = "de"')
    with pytest.raises(Conflict, match="changed by somebody else") as told:
        save(house, mine, digest=began, who="Ilse", note="", now=utc_now())
    assert told.value.theirs == OTHER
    assert read_text(house.file.path) == OTHER


def test_of_many_who_save_at_once_one_wins_and_all_others_are_told(house: House) -> None:
    began, outcomes = digest_of(text_now(house)), []

    def one(number: int) -> None:
        new = EXAMPLE.replace('"The Courier"', f'"Courier {number}"', 1)
        try:
            save(house, new, digest=began, who=str(number), note="", now=utc_now())
            outcomes.append(number)
        except Conflict:
            outcomes.append(None)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (winner,) = [one for one in outcomes if one is not None]
    assert len(outcomes) == 6
    assert f'"Courier {winner}"' in read_text(house.file.path)
    assert [who for who, _, _ in kept(house)] == ["", str(winner)]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (EXAMPLE.replace('language = "en"', 'language = "english language"'), r"config.toml:\d+: site.language: "),
        (EXAMPLE + "\n[web", r"config.toml:\d+: not valid TOML"),
        (EXAMPLE + "# " + "x" * 2**20, "larger than 1 MiB"),
        (EXAMPLE + "# \ud800\n", "a character that is none"),
        ("", "site: is missing"),
    ],
    ids=["value", "toml", "huge", "surrogate", "empty"],
)
def test_a_mistake_is_told_and_nothing_is_saved(house: House, wrong: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        saved(house, wrong)
    assert read_text(house.file.path) == EXAMPLE
    assert kept(house) == []


def test_a_mark_in_front_the_mode_and_line_ends_stay(house: House) -> None:
    path = house.file.path
    path.write_bytes(b"\xef\xbb\xbf" + EXAMPLE.replace("\n", "\r\n").encode())
    path.chmod(0o640)
    saved(house, OTHER.replace("\n", "\r\n"))
    assert path.read_bytes() == b"\xef\xbb\xbf" + OTHER.replace("\n", "\r\n").encode()
    assert path.stat().st_mode & 0o777 == 0o640


def test_where_the_file_cannot_be_written_no_version_says_that_it_was(house: House) -> None:
    def refuse(_conn: object, _diff: str) -> None:
        raise PublisherError("no")

    with pytest.raises(PublisherError, match="no"):
        save(house, OTHER, digest=digest_of(EXAMPLE), who="Mira", note="", now=utc_now(), also=refuse)
    assert (read_text(house.file.path), kept(house)) == (EXAMPLE, [])


# A child forks for each try, opens the site, and dies at the N-th of the things that Python tells of
# (opening, renaming, deleting, connecting …); it says `whole` where it came to the end.
KILLED = """
    import os, signal, sys
    from pathlib import Path
    from publisher.house.configsaving import digest_of, save, text_now
    from publisher.house.opened import open_house, utc_now

    path, old, new = (Path(one) for one in sys.argv[1:4])
    for line in sys.stdin:
        number = int(line)
        child = os.fork()
        if not child:
            with open_house(path) as house:
                seen = 0
                def hook(event, _arguments):
                    global seen
                    if event in WATCHED:
                        seen += 1
                        if seen == number:
                            os.kill(os.getpid(), signal.SIGKILL)
                WATCHED = ("open", "os.rename", "os.remove", "os.truncate", "os.chmod", "fcntl.flock")
                text = new.read_text("utf-8")
                sys.addaudithook(hook)
                save(house, text, digest=digest_of(text_now(house)), who="Mira", note="", now=utc_now())
            os._exit(0)
        print("killed" if os.WIFSIGNALED(os.waitpid(child, 0)[1]) else "whole", flush=True)
"""


def test_a_kill_at_any_step_leaves_the_old_file_or_the_new_one(house: House, tmp_path: Path) -> None:
    path = house.file.path
    (tmp_path / "new.toml").write_text(OTHER, "utf-8")
    arguments = [sys.executable, "-c", textwrap.dedent(KILLED), str(path), str(path), str(tmp_path / "new.toml")]
    found = []
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdin
        assert child.stdout
        for number in range(1, 60):
            path.write_bytes(EXAMPLE.encode())
            child.stdin.write(f"{number}\n")
            child.stdin.flush()
            how = child.stdout.readline().strip()
            found.append(read_text(path))
            assert found[-1] in (EXAMPLE, OTHER)
            if how == "whole":
                break
            assert how == "killed"
        child.stdin.close()
    assert how == "whole"
    assert found.count(EXAMPLE) >= 4
    assert found.count(OTHER) >= 2
    saved(house, EXAMPLE)  # no lock is left, and the history goes on
    assert read_config(path).config.site.name == "The Courier"


def test_what_looks_like_a_secret_is_not_shown_and_comes_back_unhurt() -> None:
    text = 'url = "smtp://desk:hunter2@mail.example"\n# password = "hunter3"\npassword = { env = "SMTP" }\nkey = 1\n'
    shown = masked(text)
    assert "hunter" not in shown
    assert shown.count(MASK) == 2
    assert 'password = { env = "SMTP" }' in shown
    assert unmasked(shown.replace("key = 1", "key = 2"), text) == text.replace("key = 1", "key = 2")
    assert "hunter" not in diff_of("", text)


def test_secrets_that_are_shown_alike_stay_at_their_places() -> None:
    text = 'a = 1\n# password = "one"\nb = 2\n# password = "two"\nc = 3\n'
    assert masked(text).count(MASK) == 2
    assert unmasked(masked(text), text) == text
    assert unmasked(masked(text).replace("b = 2", "b = 4"), text) == text.replace("b = 2", "b = 4")
    without_first = text.replace('# password = "one"\n', "")
    assert unmasked(masked(without_first), text) == without_first
    moved = '# password = "two"\n' + without_first.replace('# password = "two"\n', "")
    assert unmasked(masked(moved), without_first) == moved


def test_versions_are_told_apart_and_found_again(store: Store) -> None:
    with store.write() as conn:
        for number, text in enumerate(["a = 1\n", "a = 1\n", "a = 2\n", "a = 1\n"]):
            new = configversions.keep(
                conn, text, digest=digest_of(text), who=f"{number}", note="ü", now=utc_now() + timedelta(number)
            )
            assert new == (number != 1), "what was said last is not kept again"
        versions = configversions.newest(conn, limit=2)
        assert [one.who for one in versions] == ["3", "2"]
        (older,) = configversions.newest(conn, limit=5, before=versions[-1].id)
        assert (older.who, configversions.text_of(conn, older.digest)) == ("0", "a = 1\n")
        assert configversions.find(conn, older.id) == older
        assert configversions.find(conn, versions[0].id + 1) is None
        assert configversions.text_of(conn, digest_of("a = 3\n")) is None


def test_the_last_200_versions_are_kept_and_before_them_one_a_day_for_two_years(store: Store) -> None:
    begun = datetime(2024, 1, 1, 9, tzinfo=UTC)
    times = [begun + timedelta(days=day, minutes=number) for day in range(0, 900, 30) for number in range(1 + day % 7)]
    times += [begun + timedelta(days=930, seconds=number) for number in range(300)]
    with store.write() as conn:
        for number, at in enumerate(times):
            text = f"a = {number}\n"
            assert configversions.keep(conn, text, digest=digest_of(text), who="", note=f"{number}", now=at)
        kept = [(int(one.note), one.at) for one in configversions.newest(conn, limit=1000)]
    assert [number for number, _ in kept[:200]] == list(range(len(times) - 1, len(times) - 201, -1))
    last_of_day = {at.date(): number for number, at in enumerate(times)}
    before = {number for day, number in last_of_day.items() if day >= (times[-1] - timedelta(days=731)).date()}
    assert {number for number, _ in kept[200:]} == before - {number for number, _ in kept[:200]}


def test_a_list_that_grew_without_a_bound_gets_shorter_save_by_save(sqlite_store: Store) -> None:
    now = utc_now()
    rows = [{"at": now, "who": "", "digest": f"{number}", "content": "", "note": ""} for number in range(2_000)]
    with sqlite_store.write() as conn:
        conn.execute(schema.config_versions.insert(), rows)
    left = []
    for number in range(25):
        with sqlite_store.write() as conn:
            configversions.keep(conn, f"{number}", digest=f"new {number}", who="", note="", now=now)
            left.append(len(configversions.newest(conn, limit=9_999)))
    assert all(before - after < 100 for before, after in pairwise(left))
    assert left[-1] == 200
