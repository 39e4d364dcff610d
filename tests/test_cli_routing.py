"""From config.toml to routes: what goes by which relay, the catcher among them."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest

from publisher.cli import run
from publisher.errors import ConfigError
from publisher.house.routing import carriers_of, destinations_of, open_routes
from publisher.model.limit import Limit
from publisher.send.hours import Hours
from publisher.send.route import Destination
from publisher.send.warmup import WarmUp
from tests import smtp_servers
from tests.letter_stand import edit, house_of


def with_relays(folder: Path, tables: str) -> None:
    edit(folder, 'relay = "tryout"\n', "")
    edit(folder, '[relays.tryout]\nurl = "catcher://"\n', tables)


def test_a_route_has_all_that_config_toml_says_about_its_relay(courier: Path) -> None:
    with_relays(
        courier,
        """
[relays.post]
url = "smtp://localhost"
limit = { second = 5, day = 20000 }
hours = "20:00-06:30"
weight = 3
newsletters = ["morning"]
from_domains = ["Courier.example"]
warm_up = { since = 2026-12-01, first_day = 50, growth = 2, days = 10 }

[relays.spare]
url = "smtp://localhost:2525"
weight = 0

[destinations."Gmail.com"]
also = ["GoogleMail.com"]
limit = { minute = 60 }
connections = 2
""",
    )
    with house_of(courier) as house, open_routes(house) as (post, spare):
        assert (post.name, post.relay.port, post.weight) == ("post", 25, 3)
        assert post.limits == (Limit(letters=5, seconds=1), Limit(letters=20000, seconds=86400))
        assert post.hours == Hours(opens=time(20), closes=time(6, 30))
        assert post.warm_up == WarmUp(since=date(2026, 12, 1), first_day=50, growth=2.0, days=10)
        assert (post.newsletters, post.from_domains) == (frozenset({"morning"}), frozenset({"courier.example"}))
        assert (spare.limits, spare.hours, spare.warm_up, spare.newsletters) == ((), None, None, None)
        assert destinations_of(house.config) == [
            Destination(
                name="gmail.com",
                domains=frozenset({"gmail.com", "googlemail.com"}),
                limits=(Limit(letters=60, seconds=60),),
                connections=2,
            )
        ]


def test_a_newsletter_goes_by_those_that_may_carry_it_and_those_that_stand_by_come_last(courier: Path) -> None:
    with_relays(
        courier,
        """
[relays.spare]
url = "smtp://localhost"
weight = 0

[relays.weekends]
url = "smtp://localhost"
newsletters = ["weekend"]

[relays.post]
url = "smtp://localhost"
""",
    )
    with house_of(courier) as house:
        assert carriers_of(house, "morning") == ["post", "spare"]
        assert carriers_of(house, "weekend") == ["weekends", "post", "spare"]


def test_the_relay_that_mail_names_is_the_only_one(courier: Path) -> None:
    beside = '[relays.post]\nurl = "smtps://desk@mail.example"\npassword = { env = "PASSWORD_THAT_IS_NOT_SET" }\n'
    edit(courier, "[relays.tryout]\n", f"{beside}\n[relays.tryout]\n")
    with house_of(courier) as house, open_routes(house) as routes:
        assert [route.name for route in routes] == ["tryout"]
        assert carriers_of(house, "morning") == ["tryout"]


def test_a_secret_that_is_missing_is_told_before_anything_is_opened(courier: Path) -> None:
    with_relays(courier, '[relays.post]\nurl = "smtps://desk@mail.example"\npassword = { file = "none" }\n')
    with (
        house_of(courier) as house,
        pytest.raises(ConfigError, match=r"relays\.post\.password: .*none cannot be read"),
        open_routes(house),
    ):
        pass


def test_each_newsletter_has_its_own_relay_and_one_of_them_is_the_catcher(
    courier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with smtp_servers.Relay() as post:
        with_relays(
            courier,
            f"""
[relays.tryout]
url = "catcher://"
newsletters = ["weekend"]

[relays.post]
url = "{post.url()}"
newsletters = ["morning"]
""",
        )
        assert run(["test-send", "morning", "desk@courier.example"]) == 0
        assert "catcher" not in capsys.readouterr().out
        assert post.recipients() == ["desk@courier.example"]
        assert run(["test-send", "weekend", "desk@courier.example"]) == 0
        assert "The relay is the catcher" in capsys.readouterr().out
        with house_of(courier) as house, open_routes(house) as routes:
            assert [route.name for route in routes] == ["tryout", "post"]
            assert routes[0].may_carry("weekend", "courier.example")
            assert not routes[0].may_carry("morning", "courier.example")
    assert len(post.letters) == 1
    assert len(list((courier / "var" / "outbox" / "new").iterdir())) == 1


def test_two_catchers_share_a_folder_and_lose_nothing(courier: Path) -> None:
    with_relays(courier, '[relays.one]\nurl = "catcher://"\n\n[relays.two]\nurl = "catcher://"\n')
    with house_of(courier) as house, open_routes(house) as routes:
        assert [route.name for route in routes] == ["one", "two"]
        assert routes[0].relay.port != routes[1].relay.port


def test_a_config_with_all_this_is_shown_so_that_it_can_be_read_again(
    courier: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_relays(
        courier,
        """
[relays.post]
url = "smtp://localhost"
limit = { second = 5 }
hours = "20:00-06:30"
from_domains = ["courier.example"]
warm_up = { since = 2026-12-01, growth = 2 }

[destinations."gmail.com"]
also = ["googlemail.com"]
limit = { minute = 60 }
""",
    )
    assert run(["config", "show"]) == 0
    shown = capsys.readouterr().out
    (courier / "config.toml").write_text(shown, encoding="utf-8")
    assert run(["config", "show"]) == 0
    assert capsys.readouterr().out == shown
