"""What has to be fetched before a provider is believed: Amazon's certificate, and the word that confirms."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.bounce.hearing import MOST_CERTIFICATES, Hearing, visitor
from publisher.bounce.webhooks.event import Accepted, Keys, Turned
from publisher.errors import SourceError
from tests.test_bounce_webhooks import CASES, CERTIFICATE_URL, NOW, TOPIC, by_generic, by_ses, certificate, keys_of
from tests.web_stand import Answer, web_stand

CONFIRM_URL = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=23"


class Amazon:
    """What stands at its addresses, and who asked."""

    def __init__(self, *, away: bool = False) -> None:
        self.visited: list[str] = []
        self.away = away

    def visit(self, url: str) -> bytes:
        self.visited.append(url)
        if self.away:
            raise SourceError(source="webhook", place=url, problem="no connection; try again later")
        return certificate()


def hearing(amazon: Amazon) -> Hearing:
    return Hearing(provider="ses", keys=Keys(topics=(TOPIC,)), visit=amazon.visit)


def test_a_certificate_is_fetched_once_for_many_requests() -> None:
    amazon = Amazon()
    ear = hearing(amazon)
    for _ in range(3):
        answer = ear.hear(by_ses(CASES[0].document, NOW), NOW)
        assert isinstance(answer, Accepted)
        assert len(answer.events) == 1
    assert amazon.visited == [CERTIFICATE_URL]


def test_who_sends_many_addresses_of_certificates_fills_no_memory() -> None:
    amazon = Amazon()
    ear = hearing(amazon)
    for number in range(3 * MOST_CERTIFICATES):
        url = CERTIFICATE_URL.replace("0123456789abcdef", f"{number:016x}")
        ear.hear(by_ses(CASES[0].document, NOW, SigningCertURL=url), NOW)
    assert len(ear.keys.certificates) == MOST_CERTIFICATES


def test_a_subscription_is_confirmed_by_a_visit() -> None:
    amazon = Amazon()
    more = {"Type": "SubscriptionConfirmation", "Token": "23", "SubscribeURL": CONFIRM_URL}
    assert hearing(amazon).hear(by_ses("hello", NOW, **more), NOW) == Accepted(confirm=CONFIRM_URL)
    assert amazon.visited == [CERTIFICATE_URL, CONFIRM_URL]


def test_a_forged_confirmation_is_not_visited() -> None:
    amazon = Amazon()
    more = {"Type": "SubscriptionConfirmation", "Token": "23", "SubscribeURL": CONFIRM_URL}
    request = by_ses("hello", NOW, **more)
    forged = replace(request, body=request.body.replace(b"Token=23", b"Token=24"))
    assert isinstance(hearing(amazon).hear(forged, NOW), Turned)
    assert amazon.visited == [CERTIFICATE_URL]


def test_where_amazon_is_away_it_is_asked_to_tell_again() -> None:
    answer = hearing(Amazon(away=True)).hear(by_ses(CASES[0].document, NOW), NOW)
    assert isinstance(answer, Turned)
    assert answer.status == 503


def test_others_need_no_visit() -> None:
    amazon = Amazon()
    ear = Hearing(provider="generic", keys=keys_of("generic"), visit=amazon.visit)
    case = next(case for case in CASES if case.provider == "generic")
    assert isinstance(ear.hear(by_generic(case.document, NOW), NOW), Accepted)
    assert not amazon.visited


def test_a_visitor_brings_what_stands_there_and_follows_nobody_elsewhere() -> None:
    redirect = Answer(b"", status=302, headers={"Location": "/pem"})
    with web_stand(pem=Answer(b"certificate"), moved=redirect) as stand:
        visit = visitor("https://courier.example", private_hosts=frozenset({"127.0.0.1"}))
        assert visit(stand.url("/pem")) == b"certificate"
        with pytest.raises(SourceError, match="redirects"):
            visit(stand.url("/moved"))
        with pytest.raises(SourceError):
            visitor("https://courier.example")(stand.url("/pem"))  # private networks are not visited
