"""`publisher subscribers take-in`: what the desk begins where somebody imports a list; not for people."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import click

from publisher.cli.console import config_option, examples
from publisher.errors import WrongUse
from publisher.house.opened import open_house, utc_now
from publisher.house.readerimporting import take_in as take_in_now
from publisher.house.readeruploads import UNDER_WAY, Uploads
from publisher.lockfile import open_lock, take

_NICE = 10  # letters go first


@click.command("take-in", hidden=True, epilog=examples("publisher subscribers take-in 0123456789abcdef"))
@config_option
@click.argument("job")
def take_in(config_path: Path, job: str) -> None:
    """Look at a list that was brought to the desk, or take it in, as its folder says."""
    with contextlib.suppress(OSError):
        os.nice(_NICE)
    with open_house(config_path) as house:
        uploads = Uploads(house.var)
        found = uploads.find(job)
        if found is None:
            raise WrongUse(f"there is no list {job!r} in {house.var}; bring one to the desk, at /desk/readers/import")
        lock = open_lock(uploads.lock_of(found))
        try:
            if not take(lock):
                return  # somebody is at it
            current = uploads.find(job)
            if current and current.stage in UNDER_WAY:
                take_in_now(house, uploads, current, now=utc_now())
        finally:
            os.close(lock)
