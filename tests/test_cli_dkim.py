"""`publisher dkim`, and what config.toml says about keys: who signs, who waits, what is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from publisher.cli import run
from publisher.config.load import read_config
from publisher.house.dkimkeys import NewKey, config_lines, make_keys
from publisher.mail.dkimkey import Kind, Record
from publisher.send.lanes import LANES
from tests.letter_stand import edit
from tests.signed_letters import split_signatures, verified_by_dkimpy

NOW = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """Run a command that prints JSON."""

    def ask(*words: str, code: int = 0) -> Any:
        assert run([*words, "--json"]) == code, capsys.readouterr().err
        return json.loads(capsys.readouterr().out)

    return ask


def add(folder: Path, lines: str, *, state: str = "waiting") -> None:
    """Paste what `dkim new` said into config.toml."""
    path = folder / "config.toml"
    lines = lines.replace('state = "waiting"', f'state = "{state}"')
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{lines}\n", encoding="utf-8")


def letters_in(folder: Path) -> list[bytes]:
    """What readers got, as it went over the wire: a Maildir has LF, and the catcher's own fields on top."""
    found = []
    for path in sorted((folder / "var" / "outbox" / "new").iterdir()):
        field = b"DKIM-Signature:"
        letter = path.read_bytes().replace(b"\n", b"\r\n")
        assert field in letter
        found.append(letter[letter.index(field) :])
    return found


def dns_of(shown: list[dict[str, Any]]) -> dict[str, str]:
    return {one["record"]["name"]: one["record"]["value"] for one in shown}


def selectors_of(letter: bytes) -> list[str]:
    signatures = split_signatures(letter)[:-1]
    return [found[1].decode() for field in signatures if (found := re.search(rb"s=([^;]+);", field))]


# ── Making keys ──────────────────────────────────────────────────────────────────────


def test_new_keys_are_readable_by_their_owner_alone(courier: Path, told: Callable[..., Any]) -> None:
    new = told("dkim", "new")
    files = [Path(key["file"]) for key in new["keys"]]
    assert [file.parent for file in files] == [courier / "var" / "dkim" / "courier.example"] * 2
    assert sorted(files) == sorted(files[0].parent.iterdir()), "and nothing else is left there"
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert {folder.stat().st_mode & 0o777 for folder in files[0].parents[:2]} == {0o700}
    assert [key["kind"] for key in new["keys"]] == ["rsa", "ed25519"]


def test_what_is_printed_can_be_pasted(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["dkim", "new", "--selector", "Autumn"]) == 0
    printed = capsys.readouterr().out
    for name in ("autumn-rsa", "autumn-ed25519"):
        assert f"{name}._domainkey.courier.example. 3600 IN TXT " in printed
        assert f"   {name}._domainkey.courier.example\n   v=DKIM1; k=" in printed
        assert f"dig +short TXT {name}._domainkey.courier.example" in printed
    assert all(len(string) <= 255 for string in re.findall(r'"(v=DKIM1[^"]*|[A-Za-z0-9+/=]{40,})"', printed))
    assert "PRIVATE" not in printed
    add(courier, printed[printed.index("[dkim.autumn-rsa]") : printed.index("\n3. ")])
    assert run(["config", "check"]) == 0
    assert capsys.readouterr().err == ""


def test_keys_are_never_replaced(courier: Path, told: Callable[..., Any], capsys: pytest.CaptureFixture[str]) -> None:
    first = told("dkim", "new", "--selector", "autumn")
    before = {key["file"]: Path(key["file"]).read_bytes() for key in first["keys"]}
    assert run(["dkim", "new", "--selector", "autumn"]) == 2
    assert "there was a key autumn-rsa of courier.example already" in capsys.readouterr().err
    Path(first["keys"][0]["file"]).unlink()
    add(courier, first["config"])
    assert run(["dkim", "new", "--selector", "autumn"]) == 2, "its name is still in config.toml"
    assert Path(first["keys"][1]["file"]).read_bytes() == before[first["keys"][1]["file"]]


def test_without_a_selector_each_time_makes_others(courier: Path) -> None:
    file = read_config(courier / "config.toml")
    names = [
        key.selector
        for _ in range(3)
        for key in make_keys(file, "courier.example", None, kinds=[Kind.ED25519], now=NOW)
    ]
    assert names == ["p202611", "p202611b", "p202611c"]


def test_one_kind_of_key_has_the_selector_as_it_was_given(told: Callable[..., Any], courier: Path) -> None:
    (key,) = told("dkim", "new", "--kind", "ed25519", "--selector", "quay", "--domain", "BÜCHER.example")["keys"]
    assert (key["selector"], key["domain"], key["kind"]) == ("quay", "xn--bcher-kva.example", "ed25519")
    assert key["record"]["name"] == "quay._domainkey.xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (["--domain", "no domain"], "'no domain' is not a domain"),
        (["--domain", "../../etc"], "is not a domain"),
        (["--domain", "localhost"], "is not a domain"),
        (["--selector", "../x"], "is not a selector"),
        (["--selector", ""], "is not a selector"),
        (["--selector", "s" * 64], "is not a selector"),
    ],
)
def test_names_that_the_dns_cannot_hold_are_refused(
    arguments: list[str], wrong: str, courier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["dkim", "new", *arguments]) == 2
    assert wrong in capsys.readouterr().err
    assert not (courier / "var" / "dkim").exists()


def test_of_two_domains_one_must_be_said(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(courier, 'name = "Weekend Courier"', 'name = "Weekend Courier"\nfrom = "desk@weekend.example"')
    assert run(["dkim", "new"]) == 2
    assert "letters come from courier.example and weekend.example; say for which domain: --domain" in (
        capsys.readouterr().err
    )
    assert run(["dkim", "new", "--kind", "ed25519", "--domain", "elsewhere.example"]) == 0
    assert "no newsletter has its From at elsewhere.example" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_told(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (courier / "var" / "dkim").write_text("a file where a folder has to be")
    assert run(["dkim", "new"]) == 1
    assert "cannot write" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("selector", "taken", "name"),
    [
        ("autumn", "", "autumn"),
        ("autumn", "autumn", "autumn-courier-example-1"),
        ("a.b", "", "a-b-courier-example-1"),
        ("a--b", "a-b-courier-example-1", "a-b-courier-example-2"),
        ("x" * 63, "", "x" * 56 + "-1"),
    ],
)
def test_each_key_has_a_table_of_its_own(selector: str, taken: str, name: str, courier: Path) -> None:
    if taken:
        add(courier, f'[dkim.{taken}]\ndomain = "a.example"\nselector = "s"\nkey = {{ env = "KEY" }}\n')
    file = read_config(courier / "config.toml")
    key = NewKey(
        path=file.root / "k.pem", domain="courier.example", selector=selector, kind=Kind.RSA,
        record=Record(name="n", value="v"),
    )  # fmt: skip
    add(courier, config_lines(file, [key]))
    assert name in read_config(courier / "config.toml").config.dkim


# ── Showing them ─────────────────────────────────────────────────────────────────────


def test_show_tells_state_and_record_of_each_key(
    courier: Path, told: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert told("dkim", "show") == []
    old, new = told("dkim", "new", "--selector", "old"), told("dkim", "new", "--selector", "new")
    add(courier, old["config"], state="signing")
    add(courier, new["config"])
    shown = told("dkim", "show")
    assert [(one["name"], one["state"]) for one in shown] == [
        ("old-rsa", "signing"),
        ("old-ed25519", "signing"),
        ("new-rsa", "waiting"),
        ("new-ed25519", "waiting"),
    ]
    assert {one["at_a_time"] for one in shown} <= {1, LANES}
    assert [one["newsletters"] for one in shown] == [["morning", "weekend"]] * 2 + [[]] * 2
    assert [one["record"] for one in shown] == [key["record"] for key in old["keys"] + new["keys"]]
    assert run(["dkim", "show"]) == 0
    printed = capsys.readouterr().out
    together = f", {LANES} letters at a time" if shown[0]["at_a_time"] == LANES else ""
    assert f"old-rsa: signing, RSA of 2048 bits, for courier.example, signs morning, weekend{together}\n" in printed
    assert (
        'new-ed25519: waiting, ED25519, for courier.example\n  when its record can be seen, set `state = "sig'
        in printed
    )
    assert shown[0]["record"]["zone"] in printed
    assert "PRIVATE" not in printed


def test_show_goes_on_where_a_key_is_gone(
    courier: Path, told: Callable[..., Any], capsys: pytest.CaptureFixture[str]
) -> None:
    add(courier, told("dkim", "new", "--selector", "old")["config"], state="retired")
    (courier / "var" / "dkim" / "courier.example" / "old-rsa.pem").unlink()
    gone, other = told("dkim", "show", code=1)
    assert "dkim.old-rsa.key" in gone["problem"]
    assert "cannot be read" in gone["problem"]
    assert other["record"]["name"] == "old-ed25519._domainkey.courier.example"
    assert run(["dkim", "show"]) == 1
    said = capsys.readouterr()
    assert "old-rsa: retired; its record cannot be made" in said.err
    assert "old-ed25519: retired" in said.out


# ── What is wrong with them ──────────────────────────────────────────────────────────


def key_of_bits(bits: int) -> str:
    key = rsa.generate_private_key(65537, bits)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")


def table(name: str, *, domain: str = "courier.example", more: str = "") -> str:
    return (
        f'[dkim.{name}]\ndomain = "{domain}"\nselector = "{name}"\nkey = {{ env = "KEY_OF_{name.upper()}" }}\n{more}\n'
    )


SEED = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="  # RFC 8463 A.2
WEAK = key_of_bits(1024)
GOOD = key_of_bits(2048)


@pytest.mark.parametrize(
    ("tables", "keys", "warnings"),
    [
        (table("a"), {"A": GOOD}, []),
        (table("a"), {"A": WEAK}, ["dkim.a.key: this RSA key has 1024 bits, and 2048 are asked for"]),
        (table("a"), {}, ["dkim.a.key: environment variable KEY_OF_A is not set"]),
        (table("a"), {"A": "nonsense"}, ["dkim.a.key (KEY_OF_A): this is no private key; make one with `publisher"]),
        (table("a", more='state = "waiting"'), {}, ["dkim.a.key: environment variable KEY_OF_A is not set"]),
        (table("a"), {"A": SEED}, ["dkim: courier.example signs by Ed25519 alone"]),
        (table("a") + table("b"), {"A": GOOD, "B": SEED}, []),
        (
            table("a") + table("b"),
            {"A": GOOD, "B": WEAK},
            ["dkim.b.key: this RSA key has 1024", "dkim.b: signs for courier.example beside dkim.a, and both are RSA"],
        ),
        (
            table("a", domain="news.courier.example"),
            {"A": GOOD},
            [
                "newsletters.morning: no key of [dkim] signs for its From, desk@courier.example",
                "newsletters.weekend: no key of [dkim] signs for its From, desk@courier.example",
                "dkim.a: no newsletter has its From at news.courier.example or below it",
            ],
        ),
    ],
)
def test_check_tells_what_is_wrong_with_keys(
    tables: str,
    keys: dict[str, str],
    warnings: list[str],
    courier: Path,
    told: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add(courier, tables)
    for name, key in keys.items():
        monkeypatch.setenv(f"KEY_OF_{name}", key)
    found = told("config", "check")["warnings"]
    assert [one[: len(warning)] for one, warning in zip(found, warnings, strict=True)] == warnings
    assert not any(secret[30:60] in one for one in found for secret in keys.values() if len(secret) > 30)


@pytest.mark.parametrize(
    ("tables", "keys", "wrong"),
    [
        (table("a"), {}, "environment variable KEY_OF_A is not set"),
        (table("a"), {"A": "nonsense"}, "this is no private key"),
        (table("a") + table("b"), {"A": GOOD, "B": WEAK}, "both are RSA keys"),
    ],
)
def test_nothing_is_sent_where_a_key_that_signs_cannot_be_used(
    tables: str,
    keys: dict[str, str],
    wrong: str,
    courier: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    add(courier, tables)
    for name, key in keys.items():
        monkeypatch.setenv(f"KEY_OF_{name}", key)
    assert run(["assemble", "morning", "--cadence", "daily"]) == 0
    assert run(["send"]) == 2
    assert wrong in capsys.readouterr().err
    assert not (courier / "var" / "outbox").exists()


# ── Letters ──────────────────────────────────────────────────────────────────────────


def test_letters_carry_the_signatures_that_the_records_prove(courier: Path, told: Callable[..., Any]) -> None:
    new = told("dkim", "new", "--selector", "autumn")
    add(courier, new["config"], state="signing")
    assert run(["assemble", "morning", "--cadence", "daily"]) == 0
    assert run(["send"]) == 0
    letters, dns = letters_in(courier), dns_of(new["keys"])
    assert len(letters) == 2
    assert {tuple(selectors_of(letter)) for letter in letters} == {("autumn-rsa", "autumn-ed25519")}
    assert all(verified_by_dkimpy(letter, dns, at=at) for letter in letters for at in range(2))


def test_keys_are_changed_without_a_letter_that_fails(courier: Path, told: Callable[..., Any]) -> None:
    old, new = told("dkim", "new", "--selector", "old"), told("dkim", "new", "--selector", "new")
    add(courier, old["config"], state="signing")
    add(courier, new["config"], state="waiting")
    assert run(["test-send", "morning", "desk@courier.example"]) == 0
    text = (courier / "config.toml").read_text(encoding="utf-8")
    text = text.replace('"signing"', '"retired"').replace('"waiting"', '"signing"')
    (courier / "config.toml").write_text(text, encoding="utf-8")
    (courier / "var" / "dkim" / "courier.example" / "old-rsa.pem").unlink()  # who signs no more is not needed
    assert run(["test-send", "morning", "desk@courier.example"]) == 0
    letters, dns = letters_in(courier), dns_of(old["keys"] + new["keys"])
    assert sorted(selectors_of(letter) for letter in letters) == [
        ["new-rsa", "new-ed25519"],
        ["old-rsa", "old-ed25519"],
    ]
    assert all(verified_by_dkimpy(letter, dns, at=at) for letter in letters for at in range(2))


def test_a_newsletter_from_another_domain_is_signed_by_that_domain_or_not_at_all(
    courier: Path, told: Callable[..., Any]
) -> None:
    edit(courier, 'name = "Weekend Courier"', 'name = "Weekend Courier"\nfrom = "desk@news.weekend.example"')
    keys = [
        told("dkim", "new", "--kind", "ed25519", "--domain", domain, "--selector", name)
        for domain, name in (("weekend.example", "w"), ("other.example", "o"))
    ]
    for one in keys:
        add(courier, one["config"], state="signing")
    assert run(["test-send", "weekend", "desk@courier.example"]) == 0
    (letter,) = letters_in(courier)
    assert selectors_of(letter) == ["w"]
    assert verified_by_dkimpy(letter, dns_of(keys[0]["keys"]), at=0)
    assert run(["test-send", "morning", "desk@courier.example"]) == 0
    caught = [path.read_bytes() for path in (courier / "var" / "outbox" / "new").iterdir()]
    assert sum(b"DKIM-Signature" in letter for letter in caught) == 1


def test_what_is_only_looked_at_needs_no_keys(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    add(courier, table("a"))
    assert run(["preview", "morning"]) == 0
    assert run(["collect"]) == 0
