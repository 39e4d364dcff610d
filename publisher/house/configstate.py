"""How a text of config.toml does here: its mistakes, what it needs and does not find, whether the site runs by it."""

from __future__ import annotations

import os
from dataclasses import dataclass

from publisher.config.surroundings import what_is_missing
from publisher.errors import ConfigError
from publisher.house.configsaving import check
from publisher.house.opened import House
from publisher.house.signing import signing_complaints


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    wrong: ConfigError | None = None  # then it cannot be used
    warnings: tuple[str, ...] = ()  # a sentence each, with its key
    is_in_force: bool = False  # what this process runs by says the same


def state_of(house: House, text: str) -> State:
    try:
        file = check(house, text)
    except ConfigError as wrong:
        return State(wrong=wrong)
    warnings = (*what_is_missing(file, os.environ), *signing_complaints(file, os.environ))
    return State(warnings=warnings, is_in_force=file.config == house.config)
