"""Issues, their variants and letters.

An issue is released in one transaction: its row, its variants and letters, one delivery for
each reader, and how far each reader has been told the news. Readers are never read into
memory: they are grouped and copied by the database.

Not here: issues that are not released yet (`proposals.py`), what readers may see of those
that were (`archive.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Connection,
    RowMapping,
    Select,
    bindparam,
    exists,
    insert,
    literal,
    select,
    update,
)

from publisher.letter.lint import Finding
from publisher.model.delivery import DeliveryState
from publisher.model.issue import ISSUE_MOVES, Issue, IssueEvent, IssueKind, IssueState, Variant, Wish
from publisher.model.letter import Letter
from publisher.model.moves import states_before
from publisher.model.subscriber import Cadence
from publisher.store import probes, schema
from publisher.store.audience import advance, has_wish, pass_by, would_get
from publisher.store.findings import row_of
from publisher.store.prepared import Prepared, is_one_of
from publisher.store.segments import Among

_issues = schema.issues
_wishes = schema.subscriptions
_people = schema.subscribers

# Asked with each claim.
_QUEUED = Prepared(select(_issues.c.id).where(is_one_of(_issues.c.state, [IssueState.QUEUED])).order_by(_issues.c.id))
# With the revision that a post has at this moment: a later one is a correction of the letter.
_HOLD_POST = insert(schema.variant_posts).values(
    position=bindparam("place"),
    post=bindparam("seq"),
    revision=select(schema.posts.c.revision).where(schema.posts.c.seq == bindparam("seq")).scalar_subquery(),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """What releasing an issue made."""

    issue: int
    deliveries: int


def freeze(
    conn: Connection,
    issue: Issue,
    letters: Sequence[tuple[Variant, Letter]],
    *,
    after: Mapping[Wish, Wish] | None = None,
    findings: Iterable[Finding] = (),
    change: int = 0,
    among: Among = None,
) -> Frozen:
    """Write an issue (its `id` is ignored) with its letters, and a delivery for each reader of a variant.

    `after` says how the readers of each wish stand from now on, also of those that this
    issue holds nothing for; who is not in it stays. `change`: it shows posts as of this one.
    `among`: it is for these alone, and passes by all others.
    """
    take_turn(conn, issue.newsletter)
    issue_id = put_row(conn, issue, findings=findings, change=change)
    return Frozen(issue=issue_id, deliveries=deliver(conn, issue, issue_id, letters, after=after or {}, among=among))


def put_row(conn: Connection, issue: Issue, *, findings: Iterable[Finding], change: int) -> int:
    """Write the row of an issue alone; its id."""
    names = (
        "newsletter",
        "cadence",
        "slot",
        "state",
        "created",
        "due",
        "expires",
        "through_seq",
        "why",
        "corrects",
        "kind",
    )
    row = {name: getattr(issue, name) for name in names}
    made = insert(_issues).values(row | {"findings": row_of(findings), "change": change})
    issue_id: int = conn.execute(made.returning(_issues.c.id)).scalar_one()
    return issue_id


def deliver(
    conn: Connection,
    issue: Issue,
    issue_id: int,
    letters: Sequence[tuple[Variant, Letter]],
    *,
    after: Mapping[Wish, Wish],
    among: Among = None,
) -> int:
    """Write the letters, a delivery for each reader, and how they stand now; how many deliveries."""
    probes.take_turn(conn)
    total = 0
    for variant, letter in letters:
        variant_id = put_variant(conn, issue_id, variant, letter)
        for wish in variant.wishes:
            total += _deliver_to(conn, issue, (issue_id, variant_id), wish, among)
    address(conn, issue_id, total)
    advance(conn, issue.newsletter, issue.cadence, after)
    pass_by(conn, issue.newsletter, issue.cadence, among, through_seq=issue.through_seq)
    return total


def address(conn: Connection, issue: int, deliveries: int) -> None:
    """Count deliveries that were made for an issue; below zero: that are forgotten."""
    more = _issues.c.addressed + deliveries
    conn.execute(update(_issues).where(_issues.c.id == issue).values(addressed=more))


def take_turn(conn: Connection, newsletter: str) -> None:
    """Wait until no other transaction freezes an issue of this newsletter, and keep others waiting.

    Without it two issues at once could both find a reader who had not yet been told the news.
    SQLite's writers wait for each other anyway.
    """
    row = select(schema.newsletters.c.slug).where(schema.newsletters.c.slug == newsletter)
    conn.execute(row.with_for_update(key_share=True))  # readers may join meanwhile


def put_variant(conn: Connection, issue: int, variant: Variant, letter: Letter | None) -> int:
    """Write a variant with its posts and its letter; None where that could not be made."""
    table = schema.variants
    made = insert(table).values(issue=issue, key=variant.key).returning(table.c.id)
    variant_id: int = conn.execute(made).scalar_one()
    rows = [{"variant": variant_id, "place": place, "seq": seq} for place, seq in enumerate(variant.seqs)]
    if rows:
        conn.execute(_HOLD_POST, rows)
    if letter:
        text = {"subject": letter.subject, "html": letter.html, "text": letter.text}
        conn.execute(insert(schema.letters).values(variant=variant_id, **text))
    return variant_id


def _deliver_to(conn: Connection, issue: Issue, ids: tuple[int, int], wish: Wish, among: Among) -> int:
    """One delivery for each reader with this wish, copied by the database."""
    readers = (
        select(
            literal(ids[0]), literal(ids[1]), _wishes.c.id, literal(DeliveryState.DUE.value), literal(0),
            literal(issue.created, _issues.c.created.type), literal(0), literal(""), literal(""),
        )
        .select_from(_wishes.join(_people, _people.c.id == _wishes.c.subscriber))
        .where(*would_get(issue.newsletter, issue.cadence, among), *has_wish(wish))
        .order_by(_wishes.c.id)
    )  # fmt: skip
    names = ["issue", "variant", "subscription", "state", "attempts", "changed", "code", "enhanced", "reply"]
    copied = insert(schema.deliveries).from_select(names, readers).execution_options(preserve_rowcount=True)
    return conn.execute(copied).rowcount


def move_if(conn: Connection, issue: int, event: IssueEvent, *, now: datetime, why: str = "") -> bool:
    """Move an issue where its state allows; False where it does not. `why` is kept with it."""
    lock(conn, issue)  # PostgreSQL: else it is judged by a state that another transaction is just changing
    done = 0
    for state in states_before(ISSUE_MOVES, event):
        after = ISSUE_MOVES[state][event]
        finished = now if after in (IssueState.SENT, IssueState.CANCELLED) else None
        moved = update(_issues).where(_issues.c.id == issue, _issues.c.state == state)
        done = conn.execute(moved.values(state=after, finished=finished, why=why)).rowcount
        if done:
            break
    return bool(done)


def prolong(conn: Connection, issue: int, *, until: datetime) -> bool:
    """Let the letters of an issue be tried until then; False where they are anyway."""
    longer = update(_issues).where(_issues.c.id == issue, _issues.c.expires < until)
    return bool(conn.execute(longer.values(expires=until)).rowcount)


def start_queued(conn: Connection, *, now: datetime) -> list[int]:
    """Take up every issue that waits for a sender, oldest first."""
    return [issue for (issue,) in _QUEUED.execute(conn, {}).all() if move_if(conn, issue, IssueEvent.START, now=now)]


def finish_done(conn: Connection, *, now: datetime) -> list[int]:
    """Close every issue on its way that has no delivery left that could still go out."""
    ledger = schema.deliveries
    open_rows = exists().where(ledger.c.issue == _issues.c.id, schema.UNSETTLED)
    done = select(_issues.c.id).where(_issues.c.state == IssueState.SENDING, ~open_rows).order_by(_issues.c.id)
    finished = []
    for issue in list(conn.execute(done).scalars()):
        lock(conn, issue)  # a letter of service may have come to it since: looked at again, it is seen
        is_done = conn.execute(done.where(_issues.c.id == issue)).first() is not None
        if is_done and move_if(conn, issue, IssueEvent.FINISH, now=now):
            finished.append(issue)
    return finished


def lock(conn: Connection, issue: int) -> None:
    """Wait until nobody else moves this issue, or gives it a letter more, and keep others waiting.

    SQLite's writers wait for each other anyway.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(select(_issues.c.id).where(_issues.c.id == issue).with_for_update(key_share=True))


def get_issue(conn: Connection, issue: int) -> Issue:
    """The issue with this id, which the caller has from the store."""
    return issue_of(conn.execute(select(_issues).where(_issues.c.id == issue)).mappings().one())


def expiries(conn: Connection, among: Collection[int]) -> dict[int, datetime]:
    """Until when letters of these issues are tried."""
    wanted = select(_issues.c.id, _issues.c.expires).where(_issues.c.id.in_(among))
    return dict(conn.execute(wanted).all())


def find_issue(conn: Connection, issue: int) -> Issue | None:
    """The issue with this id, as typed by a person."""
    return _one(conn, select(_issues).where(_issues.c.id == issue))


def find_by_slot(conn: Connection, newsletter: str, cadence: str, slot: str) -> Issue | None:
    """The issue of a slot."""
    wanted = select(_issues).where(
        _issues.c.newsletter == newsletter, _issues.c.cadence == cadence, _issues.c.slot == slot
    )
    return _one(conn, wanted)


def recent(
    conn: Connection, *, limit: int, newsletter: str | None = None, kinds: Collection[IssueKind] = (IssueKind.ISSUE,)
) -> list[Issue]:
    """The newest issues, newest first; those of letters of service only where they are asked for."""
    wanted = select(_issues).where(_issues.c.kind.in_(kinds)).order_by(_issues.c.id.desc()).limit(limit)
    if newsletter is not None:
        wanted = wanted.where(_issues.c.newsletter == newsletter)
    return [issue_of(row) for row in conn.execute(wanted).mappings()]


def get_letter(conn: Connection, variant: int) -> Letter:
    """The letter of a variant, by its row."""
    table = schema.letters
    row = conn.execute(select(table).where(table.c.variant == variant)).mappings().one()
    return Letter(subject=row["subject"], html=row["html"], text=row["text"])


def find_letter(conn: Connection, issue: int, key: str | None = None) -> Letter | None:
    """The letter of an issue's variant, by its key; without one, the issue's first. A proposal may have none."""
    table, letters = schema.variants, schema.letters
    wanted = select(table.c.id).join(letters, letters.c.variant == table.c.id).where(table.c.issue == issue)
    wanted = wanted.order_by(table.c.id).limit(1)
    if key is not None:
        wanted = wanted.where(table.c.key == key)
    variant = conn.execute(wanted).scalar_one_or_none()
    return None if variant is None else get_letter(conn, variant)


def _one(conn: Connection, wanted: Select[Any]) -> Issue | None:
    row = conn.execute(wanted).mappings().one_or_none()
    return issue_of(row) if row else None


def issue_of(row: RowMapping) -> Issue:
    """An issue from its row."""
    names = ("id", "newsletter", "slot", "created", "due", "expires", "through_seq", "why", "corrects")
    facts = {name: row[name] for name in names}
    cadence, state, kind = Cadence(row["cadence"]), IssueState(row["state"]), IssueKind(row["kind"])
    return Issue(**facts, cadence=cadence, state=state, kind=kind)
