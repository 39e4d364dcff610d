"""Whether the relays of a newsletter can carry its letters within their lifetime, said in numbers beforehand."""

from __future__ import annotations

from datetime import datetime

from publisher.cli.house import House
from publisher.cli.relaying import mail_of
from publisher.cli.routing import carriers_of, hours_of, limits_in, warm_up_of
from publisher.config.values import duration_text
from publisher.send.capacity import Way, most_letters


def shortfall(house: House, newsletter: str, letters: int, *, now: datetime) -> str:
    """What is too much for its relays, in a sentence without its stop; "" where they can carry so many."""
    lifetime = mail_of(house).lifetime
    carried: dict[str, int] = {}
    for name in carriers_of(house, newsletter):
        table = house.config.relays[name]
        way = Way(limits=limits_in(table.limit), hours=hours_of(table), warm_up=warm_up_of(table))
        most = most_letters(way, start=now, length=lifetime, zone=house.zone)
        if most is None:
            return ""
        carried[name] = most
    left = letters - sum(carried.values())
    if left <= 0:
        return ""
    each = ", ".join(f"{name} {most:,}" for name, most in carried.items())
    return (
        f"{letters:,} letters are more than its relays carry within {duration_text(lifetime)} (`mail.lifetime`): "
        f"{each} at most; {left:,} would come too late and fail: raise limits or lifetime, or add a relay"
    )
