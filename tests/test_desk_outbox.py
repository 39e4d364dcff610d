"""What the catcher kept is for whoever sits at the machine, and from when on there are accounts, for who signed in."""

from __future__ import annotations

from pathlib import Path

import httpx2

from publisher.house.opened import open_house, utc_now
from publisher.web.app import build_app
from publisher.web.desk.desk import Desk
from publisher.web.server import serve_in_thread
from publisher.web.siteof import site_of
from tests.desk_day import make_day
from tests.desk_stand import desk_stand


def test_caught_letters_are_shown_to_who_may_edit_once_there_are_accounts(tmp_path: Path) -> None:
    make_day(tmp_path)
    with desk_stand(tmp_path) as stand:
        for who, status in (("", 303), ("viewer", 303), ("editor", 200), ("morning-editor", 303)):
            with stand.client(who) as client:
                assert client.get("/outbox").status_code == status, who
        letter = next((stand.house.outbox / "new").iterdir()).name
        for path in (f"/outbox/letters/{letter}", f"/outbox/letters/{letter}/letter.eml", "/outbox/delete"):
            with stand.client() as client:
                assert client.get(path).status_code == 303, path
        with stand.client() as client:
            assert client.post("/outbox/delete", data={"through": "z"}).status_code == 403


def test_a_site_on_which_nobody_has_an_account_yet_can_be_tried_out(tmp_path: Path) -> None:
    path = make_day(tmp_path)
    with open_house(path) as house:
        desk = Desk(house, utc_now)
        app = build_app(site_of(house), store=house.store, templates=house.templates, clock=utc_now, desk=desk)
        server = serve_in_thread(app, "127.0.0.1", 0)
        try:
            assert httpx2.get(f"http://127.0.0.1:{server.port}/outbox").status_code == 200
        finally:
            server.stop()
