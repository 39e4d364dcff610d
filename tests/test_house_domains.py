"""How our domains stand in the DNS, asked of a real server, judged, kept, and shown at the desk."""

from __future__ import annotations

import re
import ssl
from datetime import UTC, timedelta
from pathlib import Path
from typing import Any

import pytest

from publisher.fetch.certificate import look
from publisher.house.dkimkeys import config_lines, make_keys
from publisher.house.domains import check_domains, keep, last_checked
from publisher.house.opened import House, open_house
from publisher.mail.dkimkey import Kind, Record
from publisher.mail.published import Finding, Verdict, judge_dkim, judge_dmarc, judge_reverse, judge_site, judge_spf
from tests.conftest import NOW
from tests.desk_stand import desk_stand
from tests.dns_stand import Zone, dns_stand
from tests.web_stand import web_stand

TLS = Path(__file__).parent / "cases" / "fetch" / "tls"
EXAMPLE = Path(__file__).parent.parent / "config.toml"
ABOVE = "_dmarc.courier.example"
GOOD: Zone = {
    ("courier.example", "TXT"): ['"v=spf1 include:relay.example -all"', '"google-site-verification=x"'],
    ("relay.example", "TXT"): ['"v=spf1 ip4:192.0.2.0/24 " "-all"'],
    ("_dmarc.courier.example", "TXT"): ['"v=DMARC1; p=quarantine; rua=mailto:dmarc@courier.example"'],
    ("courier.example", "MX"): ["20 second.courier.example.", "10 mail.courier.example."],
    ("smtp.relay.example", "A"): ["192.0.2.9"],
    ("9.2.0.192.in-addr.arpa", "PTR"): ["smtp.relay.example."],
}


def site(tmp_path: Path, *, extra: str = "") -> Path:
    text = EXAMPLE.read_text("utf-8")
    text = re.sub(r'(?m)^relay = .*$|^url = "catcher.*$', "", text) if extra else text
    path = tmp_path / "config.toml"
    path.write_text(text + extra, "utf-8")
    return path


def by_about(findings: tuple[Finding, ...]) -> dict[str, Finding]:
    return {one.about: one for one in findings}


def check(house: House, zone: Zone) -> dict[str, Finding]:
    with dns_stand(zone) as resolver:
        return by_about(check_domains(house, resolver, now=NOW).findings)


def test_a_domain_that_stands_well_is_told_so(tmp_path: Path) -> None:
    with open_house(site(tmp_path)) as house:
        found = check(house, GOOD)
    assert {about: one.verdict for about, one in found.items()} == {
        "SPF": Verdict.GOOD,
        "DMARC": Verdict.GOOD,
        "Return addresses": Verdict.WORD,  # nobody reads them: there is no [bounces]
        "TLS": Verdict.UNKNOWN,  # its name has no address here
    }
    assert found["Return addresses"].found == ("mail.courier.example", "second.courier.example")


def test_what_lacks_comes_with_the_record_to_publish(tmp_path: Path) -> None:
    with open_house(site(tmp_path)) as house:
        found = check(house, {})
    assert {about for about, one in found.items() if one.verdict is not Verdict.WRONG} == {"TLS"}
    assert found["SPF"].publish
    assert found["DMARC"].publish
    assert found["DMARC"].publish.name == "_dmarc.courier.example"
    assert found["DMARC"].publish.value.startswith("v=DMARC1; p=none; rua=mailto:")


def test_the_public_half_of_our_key_has_to_stand_there(tmp_path: Path) -> None:
    path = site(tmp_path)
    with open_house(path) as house:
        (key,) = make_keys(house.file, "courier.example", "autumn", kinds=(Kind.ED25519,), now=NOW)
        lines = config_lines(house.file, [key]).replace('state = "waiting"', 'state = "signing"')
    path.write_text(path.read_text("utf-8") + "\n" + lines, "utf-8")
    with open_house(path) as house:
        assert check(house, {})["DKIM"].verdict is Verdict.WRONG
        there = {(key.record.name, "TXT"): [" ".join(f'"{part}"' for part in key.record.strings)]}
        assert check(house, there)["DKIM"].verdict is Verdict.GOOD
        other = {(key.record.name, "TXT"): ['"v=DKIM1; k=ed25519; p=AAAA"']}
        assert "Another key" in check(house, other)["DKIM"].words


def test_a_server_that_fails_is_not_taken_for_an_answer(tmp_path: Path) -> None:
    zone: Zone = {**GOOD, ("courier.example", "TXT"): ["SERVFAIL"]}
    with open_house(site(tmp_path)) as house:
        assert check(house, zone)["SPF"].verdict is Verdict.UNKNOWN


def test_what_was_found_is_kept(tmp_path: Path) -> None:
    with open_house(site(tmp_path)) as house, dns_stand({}) as resolver:
        checked = check_domains(house, resolver, now=NOW)
        with house.store.read() as conn:
            assert last_checked(conn) is None
        with house.store.write() as conn:
            keep(conn, checked)
        with house.store.read() as conn:
            assert last_checked(conn) == checked


@pytest.mark.parametrize(
    ("texts", "tree", "verdict", "word"),
    [
        (["v=spf1 -all", "v=spf1 mx -all"], {}, Verdict.WRONG, "2 SPF records"),
        (["v=spf1 include:gone.example -all"], {"gone.example": ""}, Verdict.WRONG, "gone.example"),
        (["v=spf1 +all"], {}, Verdict.WRONG, "everybody"),
        (["v=spf1 all"], {}, Verdict.WRONG, "everybody"),
        (["v=spf1 mx ?all"], {}, Verdict.WORD, "other servers"),
        (["V=SPF1 a mx -ALL"], {}, Verdict.GOOD, "2 of at most 10"),
        (["v=spf1 redirect=a.example"], {"a.example": "v=spf1 -all"}, Verdict.GOOD, "1 of at most 10"),
        (["v=spf1 " + "mx " * 11 + "-all"], {}, Verdict.WRONG, "11 questions"),
        (["v=spf10 -all"], {}, Verdict.WRONG, "no SPF record"),
    ],
)
def test_spf_is_judged_as_receivers_read_it(
    texts: list[str], tree: dict[str, str], verdict: Verdict, word: str
) -> None:
    found = judge_spf("courier.example", texts, tree)
    assert (found.verdict, word in found.words) == (verdict, True), found


@pytest.mark.parametrize(
    ("answers", "verdict", "word"),
    [
        ({"_dmarc.n.courier.example": ["v=DMARC1; p=none"]}, Verdict.WORD, "only watches"),
        ({"_dmarc.n.courier.example": [], ABOVE: ["v=DMARC1;p=none;sp=reject"]}, Verdict.GOOD, "above"),
        ({"_dmarc.n.courier.example": ["v=DMARC1; p=maybe"]}, Verdict.WRONG, "maybe"),
        ({"_dmarc.n.courier.example": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, Verdict.WRONG, "2 DMARC records"),
        ({"_dmarc.n.courier.example": ["hello"]}, Verdict.WRONG, "no DMARC record"),
    ],
)  # fmt: skip
def test_dmarc_is_judged_as_receivers_read_it(answers: dict[str, list[str]], verdict: Verdict, word: str) -> None:
    found = judge_dmarc("n.courier.example", answers, reports_to="")
    assert (found.verdict, word in found.words) == (verdict, True), found


def test_a_key_that_was_taken_back_is_told() -> None:
    record = Record(name="s._domainkey.courier.example", value="v=DKIM1; k=rsa; p=AAAA")
    assert "taken back" in judge_dkim(record, ["v=DKIM1; k=rsa; p="], signing=True).words
    assert judge_dkim(record, ["v=DKIM1; p=AA AA"], signing=True).verdict is Verdict.GOOD  # k= is rsa where it lacks


def test_an_address_without_a_way_back_is_worth_a_word() -> None:
    names = {"192.0.2.1": ("a.example",), "192.0.2.2": ()}
    found = judge_reverse("smtp.example", names, {"a.example": ("192.0.2.1",)})
    assert (found.verdict, found.words.startswith("192.0.2.2:")) == (Verdict.WORD, True)


def test_the_site_s_certificate_is_looked_at(tmp_path: Path) -> None:
    with web_stand(TLS / "gazette.pem") as server:
        trusted, unknown = ssl.create_default_context(cafile=TLS / "ca.pem"), ssl.create_default_context()
        good = look("gazette.example", server.port, ["127.0.0.1"], trusted)
        assert look("gazette.example", server.port, ["127.0.0.1"], unknown).distrust
        assert look("other.example", server.port, ["127.0.0.1"], trusted).distrust
    assert look("gazette.example", server.port, ["127.0.0.1"], trusted).unreached
    assert good.ends

    def judged(**proof: object) -> Finding:
        facts: dict[str, Any] = {"ends": None, "distrust": "", "unreached": "", **proof}
        return judge_site("gazette.example", now=NOW, zone=UTC, **facts)

    assert judged(ends=NOW + timedelta(days=300)).verdict is Verdict.GOOD
    assert judged(ends=NOW + timedelta(days=3)).verdict is Verdict.WORD
    assert judged(distrust="self-signed").verdict is Verdict.WRONG
    path = site(tmp_path)
    path.write_text(
        path.read_text("utf-8").replace('"https://courier.example"', '"http://courier.example"', 1), "utf-8"
    )
    with open_house(path) as house:
        assert "RFC 8058" in check(house, GOOD)["TLS"].words


def test_the_desk_shows_what_stands_in_the_dns_and_what_to_publish(tmp_path: Path) -> None:
    hostile: Zone = {**GOOD, ("_dmarc.courier.example", "TXT"): ['"v=DMARC1; p=<script>alert(1)</script>"']}
    with dns_stand(hostile) as resolver, desk_stand(tmp_path, resolver=resolver) as stand:
        assert "Nobody has looked yet" in stand.get("viewer", "/delivery").text
        assert stand.send("viewer", "/delivery/check").status_code == 403
        assert stand.send("editor", "/delivery/check").status_code == 303
        page = stand.get("viewer", "/delivery").text
    assert "has to be none, quarantine or reject" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page
