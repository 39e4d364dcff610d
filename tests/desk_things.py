"""A site of two newsletters with something of each kind in both, for tests of who may see and do what."""

from __future__ import annotations

from dataclasses import replace

from publisher.house.configsaving import keep_found
from publisher.house.press import publish
from publisher.model.issue import Variant
from publisher.store import audience, issues
from tests.desk_people import proof_in
from tests.desk_stand import TOP, Stand
from tests.writers import LETTER, a_post, an_issue, put_posts, put_readers

CONFIG = (
    (TOP / "config.toml")
    .read_text("utf-8")
    .replace('columns = ["harbour-notes", "night-desk"]', 'columns = ["harbour-notes"]')
    + """
[newsletters.evening]
name = "Evening Courier"
columns = ["night-desk"]
schedule = { daily = "daily 19:00" }

[web.oidc]
issuer = "http://127.0.0.1:1"
client_id = "nobody answers there"
"""
)

# What stands in the places of paths, by newsletter; `issues/id`: where the path begins with /issues.
THINGS: dict[str, dict[str, str]] = {
    "morning": {
        "slug": "morning",
        "columns/slug": "harbour-notes",
        "section": "columns",
        "name": "harbour-notes",
        "key": "no-trial",
        "deed": "up",
        "number": "1",
        "seq": "1",
        "id": "1",
        "cadence": "daily",
        "token": "no-token-at-all",
    },
    "evening": {
        "slug": "evening",
        "columns/slug": "night-desk",
        "section": "columns",
        "name": "night-desk",
        "key": "no-trial",
        "deed": "up",
        "number": "1",
        "seq": "2",
        "id": "2",
        "cadence": "daily",
        "token": "no-token-at-all",
    },
}


def put_things(stand: Stand) -> None:
    """The first of each kind is the morning's, the second the evening's."""
    with stand.house.store.write() as conn:
        put_posts(conn, [a_post(1, column="harbour-notes"), a_post(2, column="night-desk")])
        for number, newsletter in enumerate(("morning", "evening")):
            put_readers(conn, 1, newsletter=newsletter, start=number)
            issue = replace(an_issue(through_seq=2), newsletter=newsletter)
            wishes = tuple(audience.wishes(conn, newsletter, issue.cadence))
            seqs = (number + 1,)
            after = {one: replace(one, seen_seq=number + 1) for one in wishes}
            issues.freeze(conn, issue, [(Variant(key="all", wishes=wishes, seqs=seqs), LETTER)], after=after)
    keep_found(stand.house, note="found", now=stand.clock())
    publish(stand.house)
    for newsletter, who in (("morning", "morning-sender"), ("evening", "sender")):
        THINGS[newsletter]["job"] = bring_list(stand, who)


def bring_list(stand: Stand, who: str) -> str:
    """A file of readers, brought by somebody; the name of the job."""
    with stand.client(who) as client:
        proof = proof_in(client.get("/desk/about").text)
        file = {"list": ("readers.csv", b"email,name\nada@readers.example,Ada\n")}
        headers = {"Sec-Fetch-Site": "same-origin"}
        answer = client.post("/desk/readers/import", data={"proof": proof}, files=file, headers=headers)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"]).rpartition("/")[2]
