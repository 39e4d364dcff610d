"""What config.toml says of a newsletter, as it stands on the wire: pictures inline, return addresses."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from publisher.cli import run
from tests import smtp_servers
from tests.letter_stand import edit, house_of
from tests.test_cli_dkim import add
from tests.test_cli_testsend import caught, through
from tests.test_mail_inline import related


def sent_to_desk(courier: Path, *newsletters: str) -> smtp_servers.Relay:
    with smtp_servers.Relay() as relay:
        through(courier, relay)
        for newsletter in newsletters:
            assert run(["test-send", newsletter, "desk@courier.example"]) == 0
    return relay


def inline(courier: Path) -> None:
    edit(courier, 'name = "Weekend Courier"', 'name = "Weekend Courier"\nimages = "inline"')


def test_pictures_of_ours_travel_with_a_letter_where_the_newsletter_says_so(courier: Path) -> None:
    inline(courier)
    linked, travelling = caught(sent_to_desk(courier, "morning", "weekend"))
    assert "multipart/related" not in {part.get_content_type() for part in linked.walk()}
    page, *pictures = related(travelling)
    assert pictures
    named = set(re.findall(r'src="cid:([^"]+)"', str(page.get_content())))
    assert named == {str(picture["content-id"]).strip("<>") for picture in pictures}
    with house_of(courier) as house:
        kept = {path.name: path.read_bytes() for path in house.media.iterdir()}
    assert all(kept[picture.get_filename() or ""] == picture.get_content() for picture in pictures)


def test_the_preview_shows_the_letter_with_links_and_keeps_the_message_as_it_would_go(courier: Path) -> None:
    inline(courier)
    assert run(["preview", "weekend"]) == 0
    (folder,) = {path.parent for path in courier.rglob("letter.eml")}
    assert b"multipart/related" in (folder / "letter.eml").read_bytes()
    assert "cid:" not in (folder / "letter.html").read_text(encoding="utf-8")
    assert "cid:" not in (folder / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("weekend", "mail", "expected"),
    [
        ("", "", ("courier.example", "news.weekend.example")),
        ("", "bounces.courier.example", ("bounces.courier.example", "bounces.courier.example")),
        ("b.weekend.example", "bounces.courier.example", ("bounces.courier.example", "b.weekend.example")),
        ("rück.weekend.example", "", ("courier.example", "xn--rck-hoa.weekend.example")),
    ],
)
def test_return_addresses_are_at_the_domain_of_from_unless_somebody_says_another(
    courier: Path, weekend: str, mail: str, expected: tuple[str, str]
) -> None:
    own = f'\nbounce_domain = "{weekend}"' if weekend else ""
    edit(courier, 'name = "Weekend Courier"', f'name = "Weekend Courier"\nfrom = "desk@news.weekend.example"{own}')
    if mail:
        edit(courier, "[mail]\n", f'[mail]\nbounce_domain = "{mail}"\n')
    relay = sent_to_desk(courier, "morning", "weekend")
    assert tuple(letter.mail.partition("@")[2].partition(">")[0] for letter in relay.letters) == expected


def warnings_of(courier: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    assert run(["check", "letters", "weekend", "--json"]) == 0
    weekly, _of_service = json.loads(capsys.readouterr().out)
    return list(weekly["unproven"])


def test_what_spf_or_dkim_would_not_prove_is_told_before_anything_is_sent(
    courier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert warnings_of(courier, capsys) == []
    edit(courier, "[mail]\n", '[mail]\nbounce_domain = "bounces.lantern.example"\n')
    (foreign,) = warnings_of(courier, capsys)
    assert foreign.startswith("From is at courier.example and return addresses are at bounces.lantern.example, so SPF")
    assert foreign.endswith("set `newsletters.weekend.bounce_domain` to courier.example, or to a domain below it")
    edit(courier, 'url = "catcher://"', 'url = "smtp://127.0.0.1:9"')
    assert warnings_of(courier, capsys)[1].startswith("no key signs letters from courier.example")
    assert run(["check", "letters", "weekend"]) == 0
    assert f"  Warning: {foreign}\n" in capsys.readouterr().out
    assert run(["dkim", "new", "--kind", "ed25519", "--selector", "a", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    add(courier, told["config"], state="signing")
    assert warnings_of(courier, capsys) == [foreign]
