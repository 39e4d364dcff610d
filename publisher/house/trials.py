"""Trials of sources: those under way and the last ones. Each is in a thread, and forgotten with the program."""

from __future__ import annotations

import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from publisher.collect.page.selectors import Selectors
from publisher.errors import PublisherError, SourceError, WrongUse
from publisher.house.opened import House
from publisher.house.sourcetrial import Trial, Wanted, look, look_again

KEPT = 8
AT_ONCE = 3

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """How far a trial is."""

    wanted: Wanted
    source: str = ""  # of config.toml, whose table it is about; "": of none yet
    trial: Trial | None = None
    problem: str = ""  # why nothing was found

    @property
    def is_under_way(self) -> bool:
        return self.trial is None and not self.problem


@dataclass(slots=True)
class Trials:
    """Threads may share it."""

    house: House
    _stages: OrderedDict[str, Stage] = field(default_factory=OrderedDict, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def begin(self, wanted: Wanted, *, source: str = "") -> str:
        """Try an address; the key of the trial. Raises WrongUse where many are under way."""
        key = secrets.token_urlsafe(12)
        with self._lock:
            if sum(one.is_under_way for one in self._stages.values()) >= AT_ONCE:
                raise WrongUse("several addresses are being tried at this moment; try yours again in a minute")
            self._stages[key] = Stage(wanted=wanted, source=source)
            while len(self._stages) > KEPT:
                self._stages.popitem(last=False)
        self._start(key, lambda: look(self.house, wanted, stop=lambda: self.find(key) is None))
        return key

    def find(self, key: str) -> Stage | None:
        """None: it is forgotten, or there never was one."""
        with self._lock:
            return self._stages.get(key)

    def again(self, key: str, selectors: Selectors) -> None:
        """Read the pages of a trial by other selectors. Raises WrongUse where it is not at its end."""
        stage = self.find(key)
        if stage is None or stage.trial is None:
            raise WrongUse("that trial is not at its end yet; wait a moment, or try the address again")
        known = stage.trial
        wanted = replace(known.wanted, selectors=selectors, kind="page")
        self._put(key, replace(stage, wanted=wanted, trial=None))
        self._start(key, lambda: look_again(self.house, known, selectors))

    def _start(self, key: str, read: Callable[[], Trial]) -> None:
        threading.Thread(target=self._read, args=(key, read), name="trial", daemon=True).start()

    def _read(self, key: str, read: Callable[[], Trial]) -> None:
        problem = "it could not be tried: a fault of this program; its log has more"
        trial = None
        try:
            trial = read()
        except SourceError as wrong:
            problem = f"{wrong.place}: {wrong.problem}"
        except PublisherError as wrong:
            log.error("a trial: %s", wrong)  # noqa: TRY400  the message says it all
            problem = str(wrong)
        finally:
            if stage := self.find(key):
                self._put(key, replace(stage, trial=trial, problem="" if trial else problem))

    def _put(self, key: str, stage: Stage) -> None:
        with self._lock:
            if key in self._stages:
                self._stages[key] = stage
