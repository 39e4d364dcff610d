"""Serving: a feed of 50 posts by `publisher serve`, against nginx with the same file in the same minutes.

First how many requests a second each answers (wrk, one thread, 16 connections kept open; nginx with one
worker, without a log): conditional ones, which are what feed readers send, and whole ones.

Then how long 500 conditional requests a second take while the same process sends an issue as fast as it
can, and while it does not.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from parts.site import make_site, write_posts
from parts.table import medians, milliseconds, number, print_table, times
from parts.visitors import visiting
from publisher.house.opened import open_house
from publisher.model.delivery import DeliveryState
from publisher.store import ledger
from sending import prepare
from sink import running_sink

POSTS = 50
WEB = "\n[web]\nport = 0\nunconditional = 0\n"
NGINX = """daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log stderr error; {user}
events {{ }}
http {{
    access_log off; gzip_static on; types {{ application/atom+xml xml; }}
    client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
    uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
    server {{
        listen 127.0.0.1:{port}; root {feeds};
        add_header Cache-Control "public, max-age=1800"; add_header Vary "Sec-Fetch-Dest";
    }}
}}
"""
ENCODINGS = {"whole": "identity", "whole, gzip": "gzip"}


def publisher(folder: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "publisher", *arguments, "--config", str(folder / "config.toml")]


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """`publisher serve`; its address."""
    with (
        (folder / "serve.log").open("wb") as log,
        subprocess.Popen(publisher(folder, "serve"), stdout=subprocess.PIPE, stderr=log, text=True) as process,
    ):
        try:
            assert process.stdout
            found = re.search(r"http://[\d.]+:\d+", process.stdout.readline())
            if not found:
                raise SystemExit((folder / "serve.log").read_text())
            yield found[0]
        finally:
            process.terminate()


@contextmanager
def nginx(folder: Path) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    user = "user root;" if os.geteuid() == 0 else ""
    text = NGINX.format(folder=folder, port=port, feeds=folder / "feeds", user=user)
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
    with subprocess.Popen(command) as process:
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def tag_at(url: str) -> str:
    patience = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=5) as answer:
                return str(answer.headers["ETag"])
        except OSError:
            if time.monotonic() > patience:
                raise
            time.sleep(0.05)


def rate_of(url: str, seconds: float, **headers: str) -> float:
    """Answers a second; each must have been a good one."""
    told = [part for name, value in headers.items() for part in ("-H", f"{name.replace('_', '-')}: {value}")]
    command = ["wrk", "-t1", "-c16", f"-d{seconds:g}s", *told, url]
    printed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    found = re.search(r"Requests/sec:\s+([\d.]+)", printed)
    if not found or "Non-2xx" in printed or "Socket errors" in printed:
        raise SystemExit(printed)
    return float(found[1])


def one_round(servers: dict[str, str], seconds: float) -> dict[str, float]:
    taken = {}
    for name, url in servers.items():
        taken[f"{name} conditional"] = rate_of(url, seconds, If_None_Match=tag_at(url))
    for name, url in servers.items():
        for what, coding in ENCODINGS.items():
            taken[f"{name} {what}"] = rate_of(url, seconds, Accept_Encoding=coding)
    return taken


def against_nginx(given: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="serving-") as name:
        folder = Path(name)
        config = make_site(folder)
        config.write_text(config.read_text(encoding="utf-8") + WEB, encoding="utf-8")
        write_posts(folder / "harbour-notes", POSTS)
        for step in ("collect", "publish"):
            subprocess.run(publisher(folder, step), check=True, stdout=subprocess.DEVNULL)
        size = (folder / "feeds" / "atom.xml").stat().st_size
        with serving(folder) as ours, nginx(folder) as theirs:
            servers = {"publisher": f"{ours}/atom.xml", "nginx": f"{theirs}/atom.xml"}
            found = medians([one_round(servers, given.seconds) for _ in range(given.rounds)])
    rows = [
        (
            what,
            number(found[f"publisher {what}"]),
            number(found[f"nginx {what}"]),
            times(found[f"publisher {what}"] / found[f"nginx {what}"]),
        )
        for what in ("conditional", *ENCODINGS)
    ]
    parser = "httptools" if find_spec("httptools") else "h11"
    title = f"A feed of {size / 1000:.0f} KB, requests a second (HTTP read by {parser}), rounds: {given.rounds}"
    print_table(title, ("requests", "publisher serve", "nginx", "against nginx"), rows)


def sent_so_far(folder: Path) -> int:
    with open_house(folder / "config.toml") as house, house.store.read() as conn:
        return ledger.counts(conn, 1).get(DeliveryState.SENT, 0)


def while_sending(given: argparse.Namespace, site: Path, *, rate: float, send: bool) -> dict[str, float]:
    """One run of `publisher serve` on a copy of the site."""
    with tempfile.TemporaryDirectory(prefix="serving-") as name, running_sink() as sink:
        folder = Path(name) / "site"
        shutil.copytree(site, folder)
        config = folder / "config.toml"
        text = config.read_text(encoding="utf-8").replace("smtp://127.0.0.1:1", f"smtp://127.0.0.1:{sink.port}")
        config.write_text(text + WEB, encoding="utf-8")
        if not send:
            subprocess.run(publisher(folder, "issues", "pause", "1"), check=True, stdout=subprocess.DEVNULL)
        with serving(folder) as ours:
            url = f"{ours}/atom.xml"
            tag, begun = tag_at(url), time.perf_counter()
            already = sent_so_far(folder)
            if rate:
                with visiting(url, tag, rate=rate) as visits:
                    _wait(given, folder, send=send)
                found = dict(visits.found)
            else:
                _wait(given, folder, send=send)
                found = {}
            seconds = time.perf_counter() - begun
    return found | {"letters": (given.readers - already) / seconds if send else 0.0}


def _wait(given: argparse.Namespace, folder: Path, *, send: bool) -> None:
    if not send:
        time.sleep(given.seconds)
        return
    while sent_so_far(folder) < given.readers:
        time.sleep(0.2)


def beside_a_send(given: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="site-") as name:
        folder = Path(name)
        prepare(folder, readers=given.readers, connections=4)
        subprocess.run(publisher(folder, "publish"), check=True, stdout=subprocess.DEVNULL)
        ways = {
            "no letters": {"rate": given.rate, "send": False},
            "while sending": {"rate": given.rate, "send": True},
            "sending, no visitors": {"rate": 0.0, "send": True},
        }
        taken: dict[str, list[dict[str, float]]] = {way: [] for way in ways}
        for _ in range(given.rounds):
            for way, asked in ways.items():
                taken[way].append(while_sending(given, folder, rate=asked["rate"], send=bool(asked["send"])))
    rows = []
    for way, rounds in taken.items():
        found = medians(rounds)
        waits = [milliseconds(found[which]) if which in found else "" for which in ("p50", "p99", "p999", "max")]
        rows.append((way, *waits, number(found["letters"]) if found["letters"] else ""))
    title = f"{given.rate:g} conditional requests a second, {given.readers:,} letters, rounds: {given.rounds}"
    print_table(title, ("publisher serve", "p50 ms", "p99 ms", "p99.9 ms", "max ms", "letters/s"), rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5, help="of each measurement with wrk")
    parser.add_argument("--rate", type=float, default=500, help="visitors a second beside a send")
    parser.add_argument("--readers", type=int, default=20_000, help="letters of that send; 0: leave out")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-nginx", action="store_true", help="leave out the comparison with nginx")
    given = parser.parse_args()
    missing = [program for program in ("nginx", "wrk") if not shutil.which(program)]
    if missing:
        print(f"\nNot compared with nginx: {' and '.join(missing)} missing. As root type: apt-get install nginx wrk")
    elif not given.no_nginx:
        against_nginx(given)
    if given.readers:
        beside_a_send(given)


if __name__ == "__main__":
    main()
