"""`publisher init`: a new site to edit, that runs as it is."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

import click

from publisher.cli.console import examples, say
from publisher.cli.example import example_files
from publisher.errors import Unwritable, WrongUse


@click.command(
    epilog=examples(
        "publisher init courier     in a new folder",
        "publisher init .           here, beside what is here already",
    )
)
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
def command(folder: Path) -> None:
    """Make a new site in DIR: a commented config.toml, two example columns, some readers.

    Nothing that exists is overwritten. Mail goes to a catcher on this machine until you
    name a relay, so you can try everything out at once.
    """
    files = list(example_files())
    _refuse_what_is_taken(folder, [name for name, _ in files])
    for name, content in files:
        _write_new(folder / name, content)
    say(f"A new site is in {folder}:")
    for name, _ in files:
        say(f"  {name}")
    say(_next_steps(folder))


def _refuse_what_is_taken(folder: Path, names: Sequence[str]) -> None:
    if folder.exists() and not folder.is_dir():
        raise WrongUse(f"{folder} is a file; name a folder that is new or empty")
    tops = sorted({name.partition("/")[0] for name in names})
    taken = [top for top in tops if (folder / top).exists() or (folder / top).is_symlink()]
    if taken:
        raise WrongUse(
            f"{folder} already holds {', '.join(taken)}, and nothing is overwritten; "
            "name another folder, or move them away"
        )


def _write_new(path: Path, content: bytes) -> None:
    """A file that is new: where another process was quicker, its file stays."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        raise WrongUse(f"{path} has just been made by somebody else; it was left as it is") from None
    except OSError as wrong:
        raise Unwritable(path=path, problem=wrong.strerror or str(wrong)) from wrong


def _next_steps(folder: Path) -> str:
    steps = [
        ("publisher subscribers import readers.csv --newsletter morning", "some readers to try with"),
        ("publisher run --once --now", "collect, publish, send: nothing leaves this machine"),
        ("publisher config check", "after each change of config.toml"),
        ("publisher serve", "when it is to run by itself"),
    ]
    if folder.resolve() != Path.cwd():
        steps.insert(0, (f"cd {shlex.quote(str(folder))}", ""))
    width = max(len(typed) for typed, _ in steps)
    lines = [f"  {typed:<{width}}  {why}".rstrip() for typed, why in steps]
    return "\nNext:\n" + "\n".join(lines) + "\n\nThen make config.toml yours: its comments say what each part is for."
