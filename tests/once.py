"""What tests, and the programs that they start warm, make once and not again and again: texts compiled and read.

Compiled templates are kept from one run to the next, as compiled modules are and beside them: a run has four
workers and some hundred programs, of which each would compile the same.
"""

from __future__ import annotations

import functools
import hashlib
import marshal
import os
import sys
from contextlib import suppress
from gettext import NullTranslations
from pathlib import Path
from types import CodeType
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from publisher import templating
from publisher.wording import catalogs

TEMPLATES = Path(__file__).parent.parent / "templates"
KEPT = Path(__file__).parent / "__pycache__" / "templates"


def compile_templates_once(*, keeps: bool = True) -> None:
    """Tests open the same templates some thousand times; what Jinja makes of a text is kept, and made once.

    A program under test only reads what was kept: tests count what it writes, and kill it in between.
    """
    compile_anew, compiled = ImmutableSandboxedEnvironment.compile, dict[Any, Any]()
    makers = jinja2.__version__, sys.implementation.cache_tag, Path(templating.__file__).read_text("utf-8")

    def compile_once(environment: ImmutableSandboxedEnvironment, source: Any, *place: Any, **more: Any) -> Any:
        if not isinstance(source, str):
            return compile_anew(environment, source, *place, **more)
        key = source, *place, *sorted(more.items())  # of this kind are the program's own, and these are all alike
        if key not in compiled and _is_ours(*place):
            file = KEPT / hashlib.sha256(repr((makers, key)).encode()).hexdigest()
            code = _kept(file)
            if not code:
                code = compile_anew(environment, source, *place, **more)
                if keeps:
                    _keep(file, code)
            compiled[key] = code
        elif key not in compiled:
            compiled[key] = compile_anew(environment, source, *place, **more)
        return compiled[key]

    ImmutableSandboxedEnvironment.compile = compile_once


def _is_ours(_name: str | None = None, filename: str | None = None, *_more: Any) -> bool:
    """Whether it is a file that comes again in the next run."""
    return filename is not None and filename.startswith(f"{TEMPLATES}{os.sep}")


def _kept(file: Path) -> CodeType | None:
    with suppress(OSError, EOFError, ValueError, TypeError):
        found = marshal.loads(file.read_bytes())
        return found if isinstance(found, CodeType) else None
    return None


def _keep(file: Path, code: CodeType) -> None:
    """Whole or not at all: others look for it meanwhile. Where nothing can be written, each compiles its own."""
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f"{file.name}.{os.getpid()}")
        part.write_bytes(marshal.dumps(code))
        part.replace(file)


def read_catalogs_once() -> None:
    """Each site that is opened would read anew what translators wrote."""
    read = catalogs._read

    @functools.cache
    def read_once(file: Path, _as_it_is: tuple[int, int]) -> NullTranslations:
        return read(file)

    def read_if_changed(file: Path) -> NullTranslations:
        found = file.stat()
        return read_once(file, (found.st_mtime_ns, found.st_size))

    catalogs._read = read_if_changed
