"""`python -m tests.many_letters`: 2,000 letters read and verified by all who can; `--postfix` sends them through one.

Exit code 1 where anything is wrong.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence

from tests.many_letters.judging import JUDGES, Judge, has_mail_dkim, mail_dkim_verifies, scratch
from tests.many_letters.made import Made, letters
from tests.many_letters.relayed import through_postfix
from tests.postfix import is_installed

BATCH = 100
SHOWN = 5  # faults of each judge


def say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


class Tally:
    """What the judges said so far."""

    def __init__(self, judges: dict[str, Judge]) -> None:
        self._judges = judges
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._letters: Counter[str] = Counter()
        self._faults: dict[str, list[str]] = {name: [] for name in judges}

    def judge(self, made: Sequence[Made]) -> None:
        for name, judge in self._judges.items():
            started = time.perf_counter()
            self._faults[name] += judge(made)
            self._seconds[name] += time.perf_counter() - started
            self._letters[name] += len(made)

    def tell(self) -> bool:
        """Print it; whether all is well."""
        for name, faults in self._faults.items():
            seen, seconds = self._letters[name], self._seconds[name]
            say(f"  {name:40} {seen:6} letters  {len(faults):4} faults  {seconds:7.1f} s")
            for fault in faults[:SHOWN]:
                say(f"    {fault}")
        return not any(self._faults.values())


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.many_letters", description=__doc__)
    parser.add_argument("--letters", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--postfix", action="store_true", help="send them through a real Postfix, and judge what comes out"
    )
    asked = parser.parse_args(arguments)
    judges = dict(JUDGES)
    if has_mail_dkim():
        judges["Mail::DKIM (RSA)"] = mail_dkim_verifies
    else:
        say("Mail::DKIM is not installed here (on Debian: libmail-dkim-perl); it is not asked")
    if asked.postfix and not is_installed():
        say("Postfix is not installed here")
        return 2
    return 0 if _run(asked.letters, asked.seed, judges, postfix=asked.postfix) else 1


def _run(count: int, seed: int, judges: dict[str, Judge], *, postfix: bool) -> bool:
    before, after = Tally(judges), Tally({name: judge for name, judge in judges.items() if judge is not scratch})
    kinds: Counter[str] = Counter()
    with contextlib.ExitStack() as stack:
        relayed = stack.enter_context(through_postfix()) if postfix else None
        coming = letters(count, seed=seed)
        while made := list(itertools.islice(coming, BATCH)):
            kinds.update(kind for one in made for kind in _kinds_of(one))
            before.judge(made)
            if relayed:
                after.judge(relayed(made))
    say(f"{count} letters: {', '.join(f'{number} {kind}' for kind, number in sorted(kinds.items()))}")
    say("As they are made:")
    well = before.tell()
    if postfix:
        say("As they come out of Postfix:")
        well = after.tell() and well
    return well


def _kinds_of(made: Made) -> list[str]:
    """What is worth counting about a letter."""
    local, _, domain = made.reader.address.rpartition("@")
    posts = "1 post" if made.issue.posts == 1 else "2 to 20 posts"
    told = {
        f"of {posts}": True,
        "with pictures": b"multipart/related" in made.message,
        "over 1 MB": len(made.message) > 1_000_000,
        "to a local part beyond ASCII": not local.isascii(),
        "to a domain beyond ASCII": not domain.isascii(),
        "to a local part of 64 octets": len(local.encode()) == 64,
        "from right to left": made.issue.head.language in ("ar", "he"),
        "to a name beyond ASCII": not made.reader.name.isascii(),
        "to a name that would inject a field": "\n" in made.reader.name,
    }
    return [kind for kind, is_so in told.items() if is_so]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
