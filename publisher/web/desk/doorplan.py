"""All doors of the desk, gathered from its pages; a test walks through them with every role."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from publisher.errors import WrongUse
from publisher.web.desk import (
    about,
    account,
    addresspages,
    calendar,
    columns,
    configcompletion,
    configforms,
    confighistory,
    configtables,
    configtext,
    delivery,
    issueacts,
    issuedraft,
    issuepage,
    issuepreview,
    issuerecipients,
    issues,
    jobs,
    login,
    loglist,
    newsletteredit,
    newsletters,
    postacts,
    postpage,
    posts,
    readeracts,
    readeradd,
    readerimport,
    readerpage,
    readers,
    schedules,
    secondstep,
    sourcesaving,
    today,
    users,
    welcome,
)
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, route_of
from publisher.web.desk.entrance import Entrance
from publisher.web.desk.files import file_route


def doors_of(desk: Desk) -> list[Door]:
    """Every page and every button."""
    entrance = Entrance(desk)
    return [
        *login.doors(entrance),
        *_by_provider(entrance),
        *welcome.doors(entrance),
        *account.doors(entrance),
        *secondstep.doors(entrance),
        *addresspages.doors(entrance),
        *users.doors(desk),
        *loglist.doors(desk),
        *jobs.doors(desk),
        *today.doors(desk),
        *delivery.doors(desk),
        *newsletteredit.doors(desk),  # before what takes any name
        *newsletters.doors(desk),
        *schedules.doors(desk),
        *calendar.doors(desk),
        *columns.doors(desk),
        *configtext.doors(desk),
        *confighistory.doors(desk),
        *configcompletion.doors(desk),
        *configforms.doors(desk),
        *configtables.doors(desk),
        *sourcesaving.doors(desk),
        *posts.doors(desk),
        *postpage.doors(desk),
        *postacts.doors(desk),
        *readers.doors(desk),
        *readeradd.doors(desk),
        *readerimport.doors(desk),
        *readerpage.doors(desk),
        *readeracts.doors(desk),
        *issues.doors(desk),
        *issuepage.doors(desk),
        *issueacts.doors(desk),
        *issuedraft.doors(desk),
        *issuepreview.doors(desk),
        *issuerecipients.doors(desk),
        *about.doors(desk),
    ]


def desk_routes(desk: Desk) -> list[BaseRoute]:
    """The desk, below /desk."""
    return [
        Route("/desk/files/{name}", file_route(desk.files)),
        *(route_of(door, desk, below="/desk") for door in doors_of(desk)),
    ]


def _by_provider(entrance: Entrance) -> list[Door]:
    """Where config.toml names an OpenID provider. Raises WrongUse where what that needs is not installed."""
    table = entrance.desk.house.config.web.oidc
    if table is None:
        return []
    try:
        from publisher.web.desk import oidclogin
    except ImportError as wrong:
        raise WrongUse("`[web.oidc]` needs the extra `oidc`: pip install publisher[oidc]") from wrong
    return oidclogin.doors(entrance, table)
