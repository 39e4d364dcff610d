"""All doors of the desk, gathered from its pages; a test walks through them with every role."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from publisher.web.desk import about, delivery, today
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, route_of
from publisher.web.desk.files import file_route


def doors_of(desk: Desk) -> list[Door]:
    """Every page and every button."""
    return [
        *today.doors(desk),
        *delivery.doors(desk),
        *about.doors(desk),
    ]


def desk_routes(desk: Desk) -> list[BaseRoute]:
    """The desk, below /desk."""
    return [
        Route("/desk/files/{name}", file_route(desk.files)),
        *(route_of(door, desk, below="/desk") for door in doors_of(desk)),
    ]
