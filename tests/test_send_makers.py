"""Letters made in processes: the same as in threads, and nothing is lost or left behind, whoever dies."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
import time
from base64 import b64encode
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from publisher.mail.wire import LetterHead, compile_letter
from publisher.model.delivery import Delivery
from publisher.model.letter import Letter, Slot
from publisher.model.outcome import Outcome, Verdict
from publisher.send import makerdoor
from publisher.send.commands import Parcel
from publisher.send.maker import GIVES_WAY
from publisher.send.makerdoor import MOST_STENCILS, Gone
from publisher.send.makers import Makers
from publisher.send.stencil import Stencil, unwritable
from publisher.send.workshop import Made, Workshop
from publisher.store.database import Store
from tests.conftest import NOW
from tests.signed_letters import keys, records, verified_by_dkimpy
from tests.test_send_signed import SIGNED
from tests.test_send_workshop import books_of
from tests.writers import put_issue_on_its_way

HEAD = LetterHead(
    from_name="The Courier",
    from_address="desk@courier.example",
    list_name="Harbour Notes",
    list_id="harbour.courier.example",
    date=NOW,
    mail_domain="courier.example",
)
NAMES = (
    "", "Ada Winter", "Żółw Öresund", "O'Neill, \"Pat\"", "a" * 300, "<b>&amp;", "back\\slash",
    "\u2028two\u2029lines", "日本",
)  # fmt: skip
ADDRESSES = (
    "ada@readers.example", "mia@bücher.example", "änne@bücher.example", "l" * 64 + "@readers.example",
    "two words@readers.example", "none", "a@b\r\nX: y", "o'neill+x@readers.example",
)  # fmt: skip


def stencil(words: str = "Ships come in.", *, head: LetterHead = HEAD) -> Stencil:
    letter = Letter(
        subject=f"For {Slot.NAME.mark}",
        html=f"<p>{Slot.NAME.mark}: {words} <a href='{Slot.UNSUBSCRIBE_URL.mark}'>Leave</a></p>\n",
        text=f"{words}\n\n{Slot.UNSUBSCRIBE_URL.mark}\n",
    )
    return Stencil(
        compile_letter(letter, head, keys()),
        keys=(b"t" * 32,),
        site_url="https://courier.example",
        bounce_domain="bounce.courier.example",
        dear=True,
    )


def delivery(id_: int, *, variant: int = 1, email: str = "ada@readers.example", name: str = "Ada") -> Delivery:
    return Delivery(id=id_, issue=1, variant=variant, subscription=id_ + 5, email=email, name=name, attempts=0)


def packed(one: Delivery, stencils: Mapping[int, Stencil]) -> Parcel | Outcome:
    """As threads do it."""
    try:
        return stencils[one.variant].pack(one)
    except ValueError as wrong:
        return unwritable(wrong)


def processes() -> list[int]:
    """Of ours, those that make letters."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            makes = b"publisher.send.maker" in (place / "cmdline").read_bytes()
        except OSError:
            continue  # it has just ended
        if makes and parent == os.getpid():
            found.append(int(place.name))
    return found


async def until(what: Callable[[], object], seconds: float = 30) -> None:
    async with asyncio.timeout(seconds):
        while not what():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def at_work(count: int = 2, **wishes: float) -> AsyncIterator[Makers]:
    makers = Makers(count, after_letters=1, **wishes)
    try:
        makers.learn(1)
        await until(lambda: len(makers.doors) == count and all(door.ready for door in makers.doors))
        yield makers
    finally:
        await makers.close()
        assert not processes()


def test_letters_are_the_same_octet_by_octet_and_so_are_refusals() -> None:
    readers = [(email, name) for email in ADDRESSES for name in NAMES]
    batch = [delivery(at, email=email, name=name, variant=at % 3) for at, (email, name) in enumerate(readers)]
    stencils = {
        0: stencil(),
        1: stencil("Night: " + "long " * 5000, head=replace(HEAD, from_address="änne@courier.example")),
        2: Stencil(None, problem="its subject has a line break"),
    }

    async def make() -> Sequence[Parcel | Outcome]:
        async with at_work() as makers:
            return [one for at in range(0, len(batch), 7) for one in await makers.make(batch[at : at + 7], stencils)]

    made = asyncio.run(make())
    assert made == [packed(one, stencils) for one in batch]
    never = [one for one in made if isinstance(one, Outcome)]
    assert {one.verdict for one in never} == {Verdict.NEVER}
    letters = [one for one in made if isinstance(one, Parcel)]
    assert len(letters) > 20 < len(never)
    assert verified_by_dkimpy(letters[0].message, records(keys()), at=0)


def test_of_many_variants_the_last_used_are_kept_and_a_new_stencil_takes_the_place_of_an_old_one() -> None:
    stencils = {variant: stencil(f"Number {variant}.") for variant in range(MOST_STENCILS + 9)}

    async def make(makers: Makers, variants: Sequence[int]) -> None:
        batch = [delivery(at, variant=variant) for at, variant in enumerate(variants)]
        needed = {variant: stencils[variant] for variant in variants}
        assert await makers.make(batch, needed) == [packed(one, stencils) for one in batch]

    async def make_all() -> None:
        async with at_work(1) as makers:
            for first in [*range(0, len(stencils), 4), 0, 4, 20]:
                await make(makers, [at for at in range(first, first + 4) if at in stencils])
            stencils[20] = stencil("Written anew, and much longer: " + "word " * 40_000)
            await make(makers, [20, 21])

    asyncio.run(make_all())


def test_what_is_secret_is_in_no_argument_and_the_environment_is_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELAY_PASSWORD", "a password of somebody")
    secret = keys()[0].private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    async def look() -> bytes:
        async with at_work() as makers:
            await makers.make([delivery(1)], {1: stencil()})
            return b"".join(Path(f"/proc/{pid}/{what}").read_bytes() for pid in processes() for what in SEEN)

    seen = asyncio.run(look())
    assert b"publisher.send.maker" in seen
    assert not any(word in seen for word in (b"PASSWORD", b"t" * 32, secret[:20], b64encode(secret)[:20]))


SEEN = ("cmdline", "environ")


def test_they_give_way_to_who_puts_their_letters_on_the_wire() -> None:
    async def look() -> list[tuple[int, int]]:
        async with at_work():
            return [(os.sched_getscheduler(one), os.getpriority(os.PRIO_PROCESS, one)) for one in processes()]

    behind = min(19, os.getpriority(os.PRIO_PROCESS, 0) + GIVES_WAY)
    assert asyncio.run(look()) == [(os.SCHED_BATCH, behind)] * 2


def test_signals_that_all_of_a_program_gets_are_not_for_them() -> None:
    async def make() -> None:
        async with at_work() as makers:
            running = processes()
            assert len(running) == 2
            assert all(os.getsid(pid) != os.getsid(0) for pid in running)
            for pid in running:
                os.kill(pid, signal.SIGINT)
                os.kill(pid, signal.SIGTERM)
            for at in range(8):
                (made,) = await makers.make([delivery(at)], {1: stencil()})
                assert isinstance(made, Parcel)
            assert processes() == running

    asyncio.run(make())


def make_all(store: Store, makers: Makers, *, processes: int = 0, then: Callable[[], object] = bool) -> list[Made]:
    """All letters of an issue, by a workshop with so many processes ready; `then` is called when some are made."""

    async def run() -> list[Made]:
        made: list[Made] = []
        wake = asyncio.Event()
        with books_of(store, SIGNED) as books:
            await books.open()
            claimed: deque[Delivery] = deque((await books.claim([])).claimed)
            async with asyncio.timeout(60), Workshop(books, ahead=6, wake=wake, makers=makers) as workshop:
                if processes:
                    makers.learn(1)
                    await until(lambda: sum(door.ready for door in makers.doors) == processes)
                while claimed or len(workshop):
                    wake.clear()
                    workshop.take(claimed)
                    if not workshop.ready:
                        await wake.wait()
                    if workshop.ready and not made:
                        then()
                    new = list(workshop.ready)
                    made += new
                    workshop.hand_out({one.delivery.id for one in new})
        return made

    return asyncio.run(run())


def all_is_made_once(made: Sequence[Made], count: int) -> bool:
    letters = {one.letter.key for one in made if isinstance(one.letter, Parcel)}
    return len(made) == count and letters == {one.delivery.id for one in made} and len(letters) == count


@pytest.mark.parametrize("how_many", [1, 2])
def test_what_a_process_had_in_hand_when_it_was_killed_is_made_elsewhere(
    sqlite_store: Store, how_many: int, caplog: pytest.LogCaptureFixture
) -> None:
    put_issue_on_its_way(sqlite_store, 500)

    def kill() -> None:
        for pid in processes()[:how_many]:
            os.kill(pid, signal.SIGKILL)

    made = make_all(sqlite_store, Makers(2, after_letters=1), processes=2, then=kill)
    assert all_is_made_once(made, 500)
    assert caplog.text.count("has ended by itself (status -9)") == how_many
    assert not processes()


def test_a_process_that_is_stuck_is_killed_and_its_letters_are_made_elsewhere(
    sqlite_store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    put_issue_on_its_way(sqlite_store, 500)
    makers = Makers(2, after_letters=1, batch_seconds=1)
    made = make_all(sqlite_store, makers, processes=2, then=lambda: os.kill(processes()[0], signal.SIGSTOP))
    assert all_is_made_once(made, 500)
    assert "is stuck" in caplog.text
    assert not processes()


def test_where_none_can_be_started_threads_go_on(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    put_issue_on_its_way(sqlite_store, 100)
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert all_is_made_once(make_all(sqlite_store, Makers(2, after_letters=1)), 100)
    assert "threads make them" in caplog.text


@pytest.mark.parametrize("makers", [Makers(2, after_letters=101), Makers(0, after_letters=1)])
def test_few_letters_and_one_core_start_none(sqlite_store: Store, makers: Makers) -> None:
    put_issue_on_its_way(sqlite_store, 100)
    assert all_is_made_once(make_all(sqlite_store, makers), 100)
    assert not makers.doors


def test_who_waits_for_a_place_when_the_last_one_dies_is_told() -> None:
    async def make() -> list[object]:
        async with at_work(1, batch_seconds=60) as makers:
            (pid,) = processes()
            os.kill(pid, signal.SIGSTOP)
            waiting = [asyncio.ensure_future(makers.make([delivery(at)], {1: stencil()})) for at in range(5)]
            await asyncio.sleep(0.05)
            os.kill(pid, signal.SIGKILL)
            return await asyncio.gather(*waiting, return_exceptions=True)

    assert all(isinstance(one, Gone) for one in asyncio.run(make()))


ORPHANS = """
    import asyncio, os
    from tests.test_send_makers import at_work, processes

    async def run():
        async with at_work():
            print(*processes(), flush=True)
            await asyncio.sleep(60)

    asyncio.run(run())
"""


def test_when_we_are_killed_they_end_too() -> None:
    top = Path(makerdoor.__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(ORPHANS)], cwd=top, stdout=subprocess.PIPE, text=True
    ) as we:
        assert we.stdout
        pids = [int(word) for word in we.stdout.readline().split()]
        assert len(pids) == 2
        we.kill()
    end = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() and not _is_dead(pid) for pid in pids):
        assert time.monotonic() < end
        time.sleep(0.02)


def _is_dead(pid: int) -> bool:
    """Dead, though nobody has asked yet: whose child it became is not our business."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True
