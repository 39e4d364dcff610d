"""`publisher serve`: scheduler, sender, pusher and web in one process, until stopped.

The main thread waits for signals; the scheduler, the sender, the pusher (where [push] names
anybody to be told), the web server and each place that bounces come to have a thread each.
Stopping goes in the order of the work: no new job, what is on the wire drains (10 s at most),
then the web. A kill at any moment is the business of the ledger and of the rows of runs, not
of this file.

A changed config.toml is read within two seconds. It is tried out first: mistakes, secrets, the
database, the port. Where it can be used, they are stopped in that same order and start again with
it, in this process; where it cannot, the log says what is wrong and all goes on as before. The web
server stays meanwhile (`web/gate.py`): visitors wait a moment and find the site as it is then.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import click

from publisher.cli.console import config_option, examples, say
from publisher.cli.letters import held_up_told, pauses_told
from publisher.cli.send import stop_on_signals
from publisher.cli.watch import WatchedConfig
from publisher.engine.lock import sole_sender
from publisher.errors import PublisherError
from publisher.house.accounts import first_offer
from publisher.house.catching import named_host, outbox_page
from publisher.house.configsaving import keep_found
from publisher.house.issuedrafts import hold_unlike, let_moved_go
from publisher.house.keepingup import KeepingUp
from publisher.house.listening import start_listening, take_pushed
from publisher.house.opened import House, open_house, try_opening, utc_now
from publisher.house.press import left_out_in_words, publish, target_of
from publisher.house.pushing import audience_of, pusher_of
from publisher.house.receiving import Receiving
from publisher.house.relaying import engine_of, send
from publisher.house.routing import open_traffic
from publisher.house.timetable import CollectAndPublish, clockwork_of
from publisher.schedule.loop import Loop
from publisher.send.report import SendReport
from publisher.send.traffic import Told
from publisher.web.app import build_app
from publisher.web.desk.desk import Desk
from publisher.web.jsonlog import JsonLines
from publisher.web.server import StandingServer
from publisher.web.siteof import site_of

LOOK_SECONDS = 0.5
TRY_AGAIN_SECONDS = 2.0
VISITS_SECONDS = 4.0

log = logging.getLogger(__name__)


@click.command("serve", epilog=examples("publisher serve", "publisher serve --config /srv/courier/config.toml"))
@config_option
def command(config_path: Path) -> None:
    """Run the scheduler, the sender and the web server until stopped (Ctrl-C or SIGTERM)."""
    stay_up(config_path, web=True)


def stay_up(config_path: Path, *, web: bool) -> None:
    """Do everything when its time has come, with or without the web, until a signal."""
    _log_as_json()
    server = StandingServer() if web else None
    has_served = threading.Event()
    try:
        with stop_on_signals() as asked_to_stop:
            while not asked_to_stop.is_set():
                try:
                    _serve_until_changed(config_path, asked_to_stop, server, has_served)
                except PublisherError as wrong:
                    if not has_served.is_set():
                        raise
                    log.error("nothing goes out until this is mended: %s", wrong)  # noqa: TRY400  the message says it all
                    asked_to_stop.wait(TRY_AGAIN_SECONDS)
    finally:
        if server:
            server.stop()
    say("stopped")


def _serve_until_changed(
    config_path: Path, asked_to_stop: threading.Event, server: StandingServer | None, has_served: threading.Event
) -> None:
    """Serve with what config.toml says now, until a signal or until it says something else."""
    watched = WatchedConfig(config_path, lambda path: _try_out(path, server))
    stopping = threading.Event()
    with ExitStack() as stack:
        house = stack.enter_context(open_house(config_path))
        stack.enter_context(sole_sender(house.lock))
        _remember(house)
        port = _open_web(house, stack, server) if server else None
        sender = _start_sender(house, stack, stopping)
        listener = _start_listener(house, stack, stopping) if server else None
        pusher = _start_pusher(house, stack, stopping)
        _start_receiving(house, stack, stopping)
        clockwork = clockwork_of(house, CollectAndPublish(house, stop=stopping.is_set))
        clockwork.recover()
        loop = Loop(clockwork, errand=_errand(house, stopping))
        stack.callback(loop.stop)
        loop.start()
        stack.callback(stopping.set)  # first of all: what is on the wire may drain while a job ends
        _greet(house, port, is_first=not has_served.is_set())
        has_served.set()
        while not (asked_to_stop.wait(LOOK_SECONDS) or watched.has_changed()):
            if server and not server.is_alive:
                raise click.ClickException("the web server stopped by itself; the log has more")
            if sender and not sender.is_alive():
                raise click.ClickException("the sender stopped by itself; the log has more")
            if listener and not listener.is_alive():
                raise click.ClickException("listening to hubs stopped by itself; the log has more")
            if pusher and not pusher.is_alive():
                raise click.ClickException("telling hubs stopped by itself; the log has more")
        say("stopping: what is on the wire is finished first")


def _try_out(config_path: Path, server: StandingServer | None) -> None:
    web = try_opening(config_path).config.web
    if server:
        server.prepare(web.host, web.port)


def _remember(house: House) -> None:
    """Keep what config.toml says, where another hand than the desk's has written it."""
    try:
        keep_found(house, note="found in the file", now=utc_now())
    except PublisherError as wrong:  # it is kept when it is saved the next time
        log.warning("this version of config.toml is not kept: %s", wrong)


def _errand(house: House, stopping: threading.Event) -> Callable[[], None]:
    """What is done between two jobs; before the first, what a changed config.toml means for pages and feeds."""
    begun = threading.Event()
    standings = KeepingUp(house, stopping.is_set)

    def run() -> None:
        if not begun.is_set():
            begun.set()
            house.to_publish.set()
            _hold_unlike(house)
            for line in left_out_in_words(house):
                log.warning("%s", line)
        if house.to_publish.is_set():
            _publish(house)
        take_pushed(house, stopping.is_set)
        _let_moved_go(house)
        standings.look()

    return run


def _publish(house: House) -> None:
    """What the desk has changed, or all that a changed config.toml means."""
    house.to_publish.clear()
    try:
        publish(house)
    except PublisherError as wrong:  # the next collecting tries again
        log.error("nothing was published: %s", wrong)  # noqa: TRY400  the message says it all


def _let_moved_go(house: House) -> None:
    """Issues that somebody moved to another time than their slot."""
    try:
        for line in let_moved_go(house, now=utc_now()):
            log.info("moved by hand: %s", line)
    except PublisherError as wrong:
        log.error("an issue that was moved by hand: %s", wrong)  # noqa: TRY400  the message says it all


def _hold_unlike(house: House) -> None:
    """Issues that were approved under another config.toml, or with other templates."""
    try:
        for line in hold_unlike(house, now=utc_now()):
            log.warning("%s", line)
    except PublisherError as wrong:  # it is looked at once more when it is due
        log.error("what was approved is not looked at: %s", wrong)  # noqa: TRY400  the message says it all


def _log_as_json() -> None:
    """Log lines on stderr, a JSON object each; stdout is for people."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # it would log every address it asks
    logging.getLogger("alembic").setLevel(logging.WARNING)  # it would name its plugins at each start


def _open_web(house: House, stack: ExitStack, server: StandingServer) -> int:
    """Let visitors in; the port."""
    port = server.move(house.config.web.host, house.config.web.port)
    app = build_app(
        site_of(house),
        store=house.store,
        templates=house.templates,
        clock=utc_now,
        desk=Desk(house, utc_now),
    )
    stack.callback(house.visiting.wait_until_free, VISITS_SECONDS)  # that somebody at the desk asked for
    stack.callback(server.shut)
    server.open(app)
    return port


def _log_line(line: str) -> None:
    log.warning("%s", line)


def _start_sender(house: House, stack: ExitStack, stopped: threading.Event) -> threading.Thread | None:
    if not house.newsletters:
        return None
    traffic = stack.enter_context(open_traffic(house))
    look_at_held_up = held_up_told(_log_line, house.zone)

    def send_until(stop: threading.Event) -> bool:
        look_at_pauses = pauses_told(_log_line)

        def progress(report: SendReport) -> None:
            look_at_pauses(report)
            look_at_held_up(report)

        told = Told(progress=progress, say=_log_line)
        report = send(house, traffic, stop=stop.is_set, told=told)
        return not report.problem

    engine = engine_of(house, send_until)
    worker = threading.Thread(target=engine.run_worker, args=(stopped,), name="sender")
    worker.start()
    stack.callback(worker.join)
    stack.callback(stopped.set)
    return worker


def _start_pusher(house: House, stack: ExitStack, stopped: threading.Event) -> threading.Thread | None:
    if audience_of(house).is_empty:
        return None
    pusher = pusher_of(house, target_of(house))
    worker = threading.Thread(target=pusher.run, args=(stopped,), name="pusher")
    worker.start()
    stack.callback(worker.join)
    stack.callback(stopped.set)
    return worker


def _start_listener(house: House, stack: ExitStack, stopped: threading.Event) -> threading.Thread | None:
    thread = start_listening(house, stopped)
    if thread:
        stack.callback(thread.join)
        stack.callback(stopped.set)
    return thread


def _start_receiving(house: House, stack: ExitStack, stopped: threading.Event) -> None:
    receiving = Receiving(house, stopped)
    receiving.start()
    stack.callback(receiving.stop)


def _greet(house: House, port: int | None, *, is_first: bool) -> None:
    where = f"http://{house.config.web.host}:{port}/" if port else "no web pages"
    say(f"{house.config.site.name}: {where}  (stop with Ctrl-C)")
    page = outbox_page(house, port) if port else ""
    if page:
        say(f"caught mail: {page}  (from this machine only)")
    if port and is_first:
        _tell_first_link(house, port)


def _tell_first_link(house: House, port: int) -> None:
    """While nobody has an account: the link by which the first owner comes in. Links of earlier starts are over."""
    with house.store.write() as conn:
        offer = first_offer(conn, now=utc_now())
    if offer:
        where = f"http://{named_host(house.config.web.host) or house.config.web.host}:{port}{offer.path}"
        say(f"the desk has no users yet; this link makes its first owner, once, within 24 hours:\n{where}")
