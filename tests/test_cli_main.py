"""The command line as a whole: quick, helpful, honest in its exit codes."""

from __future__ import annotations

import inspect
import os
import resource
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from publisher import cli
from publisher.cli import COMMANDS, group, run

TOP = Path(__file__).parent.parent
HEAVY = {"sqlalchemy", "lxml", "pydantic", "jinja2", "starlette", "feedparser", "httpx2", "rich", "asyncio"}


def publisher(*arguments: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """The real program in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "publisher", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(TOP), **environ},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def commands(command: click.Command, *path: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """The command and all below it."""
    yield path, command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            yield from commands(below, *path, name)


def test_help_imports_nothing_heavy_and_answers_at_once() -> None:
    program = (
        "import sys\nfrom publisher.cli import run\ncode = run(['--help'])\n"
        "print('IMPORTED', *{name.partition('.')[0] for name in sys.modules})\nsys.exit(code)"
    )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=TOP, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert not HEAVY & set(done.stdout.partition("IMPORTED")[2].split())
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 1.0  # measured alone: 0.1


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_and_all_below_it_show_examples(name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    for path, one in commands(command, name):
        shown = CliRunner().invoke(one, ["--help"]).output
        assert "Examples:\n" in shown, f"publisher {' '.join(path)} --help shows no examples"
        assert f"publisher {name}" in shown.partition("Examples:")[2]
        assert one.help, f"publisher {' '.join(path)} does not say what it does"


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_option_says_what_it_is_for(name: str) -> None:
    command = group.get_command(click.Context(group), name)
    assert command is not None
    for path, one in commands(command, name):
        for option in one.params:
            if isinstance(option, click.Option):
                assert option.help, f"publisher {' '.join(path)} {option.name}"


def test_no_command_hides_what_stands_beside_it() -> None:
    for name in COMMANDS:
        group.get_command(click.Context(group), name)
    assert [name for name in ("run", "main", "group") if inspect.ismodule(getattr(cli, name))] == []


def test_a_command_that_does_not_exist_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["pubblish"]) == 2
    assert "No such command 'pubblish'" in capsys.readouterr().err


def test_an_option_that_does_not_exist_is_wrong_use(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["config", "check", "--nope"]) == 2
    assert "--nope" in capsys.readouterr().err


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    from publisher import __version__

    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"publisher {__version__}\n"


def test_mistakes_in_the_config_are_exit_code_2_and_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("[site]\nname = 'x'\n")
    done = publisher("config", "check", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "config.toml:1: site.url: is missing" in done.stderr
    assert "4 mistakes; nothing was started" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_reader_that_goes_away_makes_no_noise(tmp_path: Path) -> None:
    program = f"{shlex.quote(sys.executable)} -m publisher config schema | head -n 1"
    done = subprocess.run(
        ["sh", "-c", program],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(TOP)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.stdout == "{\n"
    assert done.stderr == ""


def test_the_config_may_be_named_by_the_environment(tmp_path: Path) -> None:
    done = publisher("config", "check", cwd=tmp_path, PUBLISHER_CONFIG=str(TOP / "config.toml"))
    assert done.returncode == 0
    assert "2 columns" in done.stdout


def test_an_interrupt_is_exit_code_130_and_no_traceback(tmp_path: Path) -> None:
    pipe = tmp_path / "config.toml"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [sys.executable, "-m", "publisher", "config", "check", "--config", str(pipe)],
        cwd=TOP,
        stderr=subprocess.PIPE,
        text=True,
        # Who runs us in the background may have it ignored, and what is ignored is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    with pipe.open("wb"):  # open only when the program has opened it too: now it waits for what we write
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=30)
    assert process.returncode == 130
    assert told.strip() == ""  # click ends the line of the ^C


def test_a_config_named_before_a_sub_command_holds_for_it(tmp_path: Path) -> None:
    runner, config = CliRunner(), tmp_path / "elsewhere.toml"
    for arguments in (
        ["issues", "--config", str(config), "pause", "1"],
        ["issues", "pause", "--config", str(config), "1"],
    ):
        done = runner.invoke(group, arguments)
        assert str(config) in f"{done.output}{done.exception}", arguments
