"""`publisher subscribers form`, and what config.toml says of joining."""

from __future__ import annotations

from pathlib import Path

import lxml.html
import pytest

from publisher.cli import run
from publisher.config.load import read_config
from publisher.config.nouns import joinable_of
from publisher.errors import ConfigError
from publisher.web.signupof import signup_of, welcomes_of


def change(folder: Path, *pairs: tuple[str, str], more: str = "") -> Path:
    config = folder / "config.toml"
    text = config.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new, 1)
    config.write_text(f"{text}\n{more}", encoding="utf-8")
    return config


def test_it_prints_a_form_without_script_that_leads_to_our_page(
    courier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert courier.is_dir()
    assert run(["subscribers", "form", "morning"]) == 0
    form = lxml.html.fragment_fromstring(capsys.readouterr().out)
    assert (form.tag, form.get("method")) == ("form", "post")
    assert form.get("action") == "https://courier.example/subscribe/morning"
    assert [(one.get("type"), one.get("name")) for one in form.iter("input")] == [("email", "email")]
    assert not list(form.iter("script"))


def test_a_frame_is_for_sites_that_are_named(courier: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["subscribers", "form", "morning", "--frame"]) == 0
    told = capsys.readouterr()
    assert "signup.origins" in told.err
    assert lxml.html.fragment_fromstring(told.out).get("src") == "https://courier.example/subscribe/morning/embed"
    change(courier, more='[signup]\norigins = ["https://Friend.example:443/"]\n')
    assert run(["subscribers", "form", "morning", "--frame"]) == 0
    assert capsys.readouterr().err == ""


def test_a_newsletter_that_nobody_joins_by_himself_has_no_form(
    courier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["subscribers", "form", "evening"]) == 2
    assert "there is no newsletter 'evening'" in capsys.readouterr().err
    change(courier, ("[newsletters.morning]\n", "[newsletters.morning]\nsignup = false\n"))
    assert run(["subscribers", "form", "morning"]) == 2
    assert "nobody can join 'morning' by himself" in capsys.readouterr().err


def test_what_config_toml_says_of_joining(courier: Path) -> None:
    config = read_config(courier / "config.toml").config
    usual = signup_of(config)
    assert usual
    assert list(usual.offers) == list(joinable_of(config)) == list(config.newsletters)
    assert (usual.origins, usual.privacy_url, usual.work_bits) == ((), "", 16)
    assert (usual.bounds.client, usual.bounds.domain, usual.bounds.site) == (20, 200, 2000)
    assert welcomes_of(config) == frozenset(config.newsletters)
    closed = read_config(change(courier, more="[signup]\nopen = false\n")).config
    assert signup_of(closed) is None
    assert joinable_of(closed) == ()


def test_the_origin_of_a_site_is_no_more_than_that(courier: Path) -> None:
    path = change(
        courier,
        more='[signup]\norigins = ["https://Friend.example:443/", "http://localhost:8000", "https://friend.example/page"]\n',
    )
    with pytest.raises(ConfigError) as wrong:
        read_config(path)
    (mistake,) = wrong.value.mistakes
    assert "is more than the address of a site" in mistake
    assert "write `https://friend.example` alone" in mistake
    path.write_text(path.read_text(encoding="utf-8").replace(', "https://friend.example/page"', ""), encoding="utf-8")
    assert read_config(path).config.signup.origins == ("https://friend.example", "http://localhost:8000")


def test_a_column_cannot_have_the_name_of_a_page_where_people_join(courier: Path) -> None:
    with pytest.raises(ConfigError) as wrong:
        read_config(change(courier, more='[columns.subscribe]\nname = "Subscribe"\n'))
    assert "is the name of one of the site's own pages" in str(wrong.value)
