"""Refused: a value of config.toml that its reader will not take."""

from __future__ import annotations


class Refused(ValueError):
    """A ValueError, so that pydantic collects it with all others instead of stopping."""

    def __init__(self, wrong: str, cure: str, *, names_it: bool = False) -> None:
        self.wrong = wrong  # goes on after the key: `is not a language tag`
        self.cure = cure  # what to do: `write one like …`
        self.names_it = names_it  # `wrong` says already what was got
        super().__init__(f"{wrong}; {cure}")
