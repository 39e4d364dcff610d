"""What is asked of a hub, when, and what its answers mean. Pure.

The laws, which property tests hold:

1. A hub is believed only where something was asked of it and not answered yet: the same
   topic, the same intention, within a day. Anybody else's verification is refused.
2. A lease is renewed when four fifths of it are over; a hub that does not answer, or
   answers with an error, is asked again after 10 minutes, then after twice as long each
   time, up to a day, and never sooner than it said itself (`Retry-After`).
3. Nothing that a hub says makes us ask it more often than every five minutes.
4. A lease is relied upon, so that its source is visited less often, only while it is
   granted and the hub has told the last news we know of before we found it ourselves.
5. What is no longer wanted is told so three times at most, and then forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from publisher.collect.lifetime import retry_after_of
from publisher.collect.websub.links import Named
from publisher.model.lease import Lease, LeaseState

WANTED = timedelta(days=7)  # the lease that we ask for
LONGEST = timedelta(days=30)  # a longer one is renewed after this time all the same
UNTOLD = timedelta(days=1)  # a lease whose length the hub forgot to tell
PATIENCE = timedelta(days=1)  # how long a hub may take to verify
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=10), timedelta(days=1)
SHORTEST_WAIT = timedelta(minutes=5)
AFTER_DENIAL = timedelta(days=7)
RENEW_AT = 0.8  # of a lease
MOST_FAREWELLS = 3
LONGEST_CHALLENGE = 1000  # characters
_LONGEST_REASON = 200
_LATER = frozenset({408, 425, 429})  # of 4xx, those that speak of now and not of the request


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """To a hub that calls: what to say, and what is true of the lease then."""

    challenge: str  # to be said back; "" where there is none
    lease: Lease | None  # None: it is over, and can be forgotten


def after_finding(
    standing: Lease | None, named: Named, *, source: str, now: datetime, draw: Callable[[], str]
) -> list[Lease]:
    """What changes when a feed was read; `draw` makes a secret word of hexadecimal digits.

    A hub that the feed still names is kept, whatever others it names now.
    """
    if standing and standing.topic == named.topic and standing.hub in named.hubs:
        return []
    changed = [left(standing, now)] if standing else []
    if named.hubs:
        hub = next((one for one in named.hubs if one.startswith("https:")), named.hubs[0])  # WebSub §8.2
        fresh = Lease(token=draw(), source=source, hub=hub, topic=named.topic, secret=draw(), next_try=now)
        changed.append(fresh)
    return changed


def left(lease: Lease, now: datetime) -> Lease:
    """It is no longer wanted."""
    return replace(lease, state=LeaseState.LEAVING, asked=None, pushed=None, next_try=now, failures=0, problem="")


def is_over(lease: Lease, now: datetime) -> bool:
    """Whether nobody needs to hear of it any more: law 5."""
    if lease.state is not LeaseState.LEAVING:
        return False
    never_asked = not lease.callback
    has_ended = lease.ends is not None and lease.ends <= now
    return never_asked or has_ended or lease.failures >= MOST_FAREWELLS


def is_relied_upon(lease: Lease | None, now: datetime) -> bool:
    """Law 4."""
    return bool(lease and lease.state is LeaseState.ACTIVE and lease.pushed and lease.ends and lease.ends > now)


def is_trusted(lease: Lease) -> bool:
    """Whether what is signed with its secret is as good as what we fetch.

    The secret went to the hub in the clear where that has no TLS; then whoever listened can
    sign, too (WebSub §5.1). That makes nothing worse for a feed that has no TLS itself.
    """
    return lease.hub.lower().startswith("https:") or lease.topic.lower().startswith("http:")


def asked(lease: Lease, *, callback: str, now: datetime) -> Lease:
    """To be stored before the hub is asked; its verification may come before its answer."""
    failures = lease.failures + 1  # until it has verified
    where = lease.callback if lease.state is LeaseState.LEAVING else callback
    return replace(lease, callback=where, asked=now, failures=failures, next_try=now + _wait(failures))


def request_of(lease: Lease) -> dict[str, str]:
    """The form that the hub gets (WebSub §5.1)."""
    form = {"hub.callback": lease.callback, "hub.topic": lease.topic}
    if lease.state is LeaseState.LEAVING:
        return {"hub.mode": "unsubscribe", **form}
    seconds = str(int(WANTED.total_seconds()))
    return {"hub.mode": "subscribe", **form, "hub.secret": lease.secret, "hub.lease_seconds": seconds}


def accepted(lease: Lease) -> Lease:
    """The hub has taken the request and will verify (WebSub §5.1.2)."""
    return replace(lease, problem="")


def refused(lease: Lease, status: int, headers: Mapping[str, str], *, told: str, now: datetime) -> Lease:
    """The hub answered with an error; `told` is what it said beside the status."""
    says = f": {_short(told)}" if told.strip() else ""
    problem = f"the hub answers {status}{says}"
    wait = max(_wait(lease.failures), retry_after_of(headers, now=now))
    if 400 <= status < 500 and status not in _LATER:
        denies = lease.state is LeaseState.FOUND
        state = LeaseState.DENIED if denies else lease.state  # what was granted before is granted until it ends
        wait = AFTER_DENIAL if state is LeaseState.DENIED else LONGEST_WAIT
        return replace(lease, state=state, asked=None, next_try=now + wait, problem=problem)
    return replace(lease, asked=None, next_try=now + wait, problem=problem)


def unanswered(lease: Lease, *, problem: str) -> Lease:
    """The hub was not reached, or it was not to be seen whether it heard us: it may still verify."""
    return replace(lease, problem=_short(problem))


def answer_to(lease: Lease, query: Mapping[str, str], *, now: datetime) -> Answer | None:
    """What a hub is told that asks whether we meant it, or tells that it does not want to.

    None: neither (law 1); it is told that there is no such thing (WebSub §5.3.1).
    """
    mode, topic, challenge = (query.get(f"hub.{name}", "") for name in ("mode", "topic", "challenge"))
    if topic != lease.topic:
        return None
    if mode == "denied":
        return Answer(challenge="", lease=denied(lease, query.get("hub.reason", ""), now=now))
    leaving = lease.state is LeaseState.LEAVING
    meant = mode == ("unsubscribe" if leaving else "subscribe")
    pending = lease.asked is not None and now - lease.asked <= PATIENCE
    if not (meant and pending and 0 < len(challenge) <= LONGEST_CHALLENGE):
        return None
    return Answer(
        challenge=challenge, lease=None if leaving else granted(lease, query.get("hub.lease_seconds", ""), now=now)
    )


def granted(lease: Lease, seconds: str, *, now: datetime) -> Lease:
    """The hub has verified; `seconds` as it wrote them."""
    known = seconds.isascii() and seconds.isdecimal() and int(seconds[:12]) > 0
    length = min(timedelta(seconds=int(seconds[:12])), LONGEST) if known else UNTOLD
    renewal = now + max(length * RENEW_AT, SHORTEST_WAIT)
    return replace(
        lease, state=LeaseState.ACTIVE, asked=None, ends=now + length, next_try=renewal, failures=0, problem=""
    )


def denied(lease: Lease, reason: str, *, now: datetime) -> Lease | None:
    """The hub does not want to, or no longer (WebSub §5.2)."""
    if lease.state is LeaseState.LEAVING:
        return None
    problem = f"the hub denies it{': ' + _short(reason) if reason.strip() else ''}"
    return replace(
        lease,
        state=LeaseState.DENIED,
        asked=None,
        ends=None,
        pushed=None,
        next_try=now + AFTER_DENIAL,
        problem=problem,
    )


def lapsed(lease: Lease) -> Lease:
    """It ended and was not renewed; asking goes on as it was going."""
    return replace(lease, state=LeaseState.FOUND, ends=None, pushed=None, problem=lease.problem or "the lease ended")


def _wait(failures: int) -> timedelta:
    doubled: int = 2 ** min(max(failures - 1, 0), 20)
    return min(FIRST_WAIT * doubled, LONGEST_WAIT)


def _short(told: str) -> str:
    """One line, and no more than a person reads; control characters of a stranger gone."""
    plain = "".join(character if character.isprintable() else " " for character in told)
    return " ".join(plain.split())[:_LONGEST_REASON]
