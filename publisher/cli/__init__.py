"""The command line: which commands there are, and what becomes of what goes wrong.

A command's module is imported only when that command is called, so that `publisher
--help` answers at once. Exit codes: 0 done, 1 failed, 2 wrong use, 130 interrupted.
"""

from __future__ import annotations

import importlib
import os
import sys
from keyword import iskeyword

import click

from publisher import __version__
from publisher.errors import ConfigError, PublisherError, WrongUse

COMMANDS = {
    "init": "Make a new site: a config.toml to edit, an example column, a first newsletter.",
    "run": "Do everything that is due now: collect, publish, assemble, send.",
    "serve": "Run the scheduler, the sender and the web server until stopped.",
    "collect": "Read the sources and store what is new.",
    "sources": "Show how each source is, and when it is visited next.",
    "posts": "List posts, look into one, edit it, withdraw it, give it another date.",
    "publish": "Write the feeds and pages.",
    "check": "Check every feed that is published, and every letter before it is sent.",
    "preview": "Write the letter that a newsletter would send now, and a page to look at it.",
    "test-send": "Send a newsletter's letter to any address, marked as a test, counted nowhere.",
    "hubs": "Show who is told when a feed changed, and how that went.",
    "assemble": "Freeze an issue of a newsletter: its posts, its letters, its readers.",
    "send": "Send the letters that are due.",
    "relays": "Show how relays stand; leave one alone, use it again, try them.",
    "capacity": "Tell whether relays and destinations can carry each newsletter's letters in time.",
    "dkim": "Make keys that sign letters, and show the DNS records that go with them.",
    "issues": "List issues, look into one, hold, release or cancel it.",
    "subscribers": "Add, import, export, list, show, remove and suppress readers.",
    "bounces": "Take in what comes back; list it, and tell what was done about it.",
    "suppressions": "Show which addresses get no mail any more, and why; add one, lift one.",
    "users": "Accounts of the desk: invite, reset, disable, give roles.",
    "plan": "Show what will be collected, published and sent, when, and to how many.",
    "why": "Tell why a reader got a post, did not get it, or will get it.",
    "import": "Take over the feeds of another program's list (OPML) as sources.",
    "export": "Print the sources as a list of feeds (OPML).",
    "schedule": "Show what ran last and what runs next.",
    "config": "Check config.toml, show all that is in force, describe every key.",
}
"""Each command `x-y` is `command` in `publisher/cli/x_y.py`; here is its line in the list.

Python keeps some names for itself, and one is a function's here, which a module of that name would hide:
`import` is in `import_.py`, `run` in `run_.py`.
"""
_TAKEN = ("run",)

_EPILOG = """\b
Examples:
  publisher init courier            make a new site in the folder courier
  publisher config check            look for mistakes in ./config.toml
  publisher run --once              do all that is due now, then stop
  publisher COMMAND --help          what a command does, with examples
"""


class LazyGroup(click.Group):
    """A group that knows the names of its commands and imports the one that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click asks for it
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  click asks for it
        if cmd_name not in COMMANDS:
            return None
        name = cmd_name.replace("-", "_")
        file = f"{name}_" if iskeyword(name) or name in _TAKEN else name
        module = importlib.import_module(f"publisher.cli.{file}")
        command = module.command
        assert isinstance(command, click.Command)  # noqa: S101  ours, and a test walks all of them
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  click asks for it
        """The list, without importing a command for its first line."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command("publisher", cls=LazyGroup, epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="publisher", message="%(prog)s %(version)s")
def group() -> None:
    """Columns in, feeds and newsletters out: collects, publishes and sends, once and on time."""


def main() -> None:
    """The entry point of the program `publisher`."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run one command line; what goes wrong is one message on stderr and an exit code."""
    try:
        code = group.main(arguments, prog_name="publisher", standalone_mode=False)
        sys.stdout.flush()
    except click.Abort:
        return 130
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # Who read our output has gone. Python would complain at exit about what it cannot flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except click.ClickException as wrong:
        wrong.show()
        return wrong.exit_code
    except ConfigError as wrong:
        _say(str(wrong))
        if len(wrong.mistakes) > 1:
            _say(f"{len(wrong.mistakes)} mistakes; nothing was started")
        return 2
    except WrongUse as wrong:
        _say(f"Error: {wrong}")
        return 2
    except PublisherError as wrong:
        _say(f"Error: {wrong}")
        return 1
    return code if isinstance(code, int) else 0


def _say(message: str) -> None:
    click.echo(message, err=True)
