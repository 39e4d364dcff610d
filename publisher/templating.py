"""The one door to Jinja: every letter, page and subject is rendered through it.

A template is looked for in the site's own folder first, file by file, then among the
defaults: `templates/` of a source checkout, `publisher/templates` of the wheel. A file
that a site adds, changes or takes away counts with the next rendering.

Templates are sandboxed: they see the values they are handed and nothing else, and they
change none of them. A value that is not there is an error, never an empty place in a
letter. `.html` and `.xml` escape what they print; all else is plain text.

What a template marks as words, `_("By %(name)s", name=...)`, `ngettext(...)` or
`{% trans %}`, it says in the language that the value `language` names (English without
one). Each catalog has an environment of its own: a macro that is imported without the
values still speaks the right language, and nothing of one gets into another. `spoken` is
the language that they are in, for elements of another one.

Not here: what values there are (the rooms that render say so). Known weakness: a template
may still ask for a very long loop; whoever may write templates is trusted that far.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from traceback import walk_tb
from typing import Any, cast

import jinja2
import jinja2.meta
from jinja2.loaders import split_template_path
from jinja2.sandbox import ImmutableSandboxedEnvironment

from publisher.errors import TemplateError
from publisher.model.direction import direction_of
from publisher.wording.catalogs import ENGLISH, Catalogs, open_catalogs
from publisher.wording.wording import Wording

PACKAGE = Path(__file__).parent
ESCAPED = (".html", ".xml")
SUGGESTIONS = 3
MOST_TEXTS = 100  # templates that are values, kept compiled

# What a template itself can do wrong while it runs, beside Jinja's own errors: call a
# value that is no function, divide by zero, include itself for ever.
_MISTAKES = (
    jinja2.TemplateError,
    TypeError,
    ValueError,
    ArithmeticError,
    LookupError,
    AttributeError,
    RecursionError,
)
_UNDEFINED = re.compile(r"'(\w+)' is undefined\Z")
_LACKING = re.compile(r"\A'(?:publisher\.[\w.]*\.(\w+)|dict) object' has no attribute '(\w+)'\Z")
_CURES = {"print statement": "`}}`", "statement block": "`%}`", "comment": "`#}`"}  # what Jinja missed; what closes it
_GIVEN = frozenset({"_", "gettext", "ngettext", "spoken"})  # in every template


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """`spoken` in every template: in what language its own words are, which may be English for want of a catalog."""

    language: str
    direction: str


class Templates:
    """Renders by name. Every mistake is a TemplateError that names file, line and variable."""

    def __init__(self, *, own: Path | None, defaults: Path, catalogs: Catalogs) -> None:
        self.own = own
        self._defaults = defaults
        self._catalogs = catalogs
        self._environments: dict[str, jinja2.Environment] = {}  # by the catalog that each speaks from
        self._texts: dict[tuple[jinja2.Environment, str], jinja2.Template] = {}  # compiled, by their source
        self.built_in: Templates = Templates(own=None, defaults=defaults, catalogs=catalogs) if own else self

    def wording(self, language: str) -> Wording:
        """The words that templates rendered in this language get."""
        return self._catalogs.wording(language)

    def render(self, name: str, values: Mapping[str, object]) -> str:
        """The template `name`, e.g. `letter/digest.html`."""
        try:
            return self._speaking(values).get_template(name).render(values)
        except _MISTAKES as wrong:
            raise self._told(wrong, name, values) from wrong

    def render_text(self, source: str, values: Mapping[str, object], *, place: str) -> str:
        """A template that is itself a value; `place` says where it stands, for messages."""
        try:
            return self._of_text(source, values).render(values)
        except _MISTAKES as wrong:
            told = self._told(wrong, place, values)
            line = told.line if "\n" in source else None
            raise TemplateError(template=told.template, line=line, problem=told.problem) from wrong

    def check(self, name: str) -> None:
        """Whether a template is there and can be read; nothing is rendered. Raises TemplateError."""
        try:
            self._speaking({}).get_template(name)
        except _MISTAKES as wrong:
            raise self._told(wrong, name, {}) from wrong

    def check_text(self, source: str, *, names: Collection[str], place: str) -> None:
        """Whether a template that is itself a value asks only for these. Raises TemplateError."""
        try:
            unknown = jinja2.meta.find_undeclared_variables(self._speaking({}).parse(source))
        except _MISTAKES as wrong:
            raise TemplateError(template=place, line=None, problem=self._told(wrong, place, {}).problem) from wrong
        for name in sorted(unknown - set(names) - _GIVEN):
            raise TemplateError(template=place, line=None, problem=_unknown(name, names))

    def _of_text(self, source: str, values: Mapping[str, object]) -> jinja2.Template:
        """Compiled once: the same few are rendered for each letter."""
        environment = self._speaking(values)
        key = (environment, source)
        if key not in self._texts:
            compiled = environment.from_string(source)
            if len(self._texts) >= MOST_TEXTS:
                self._texts.clear()
            self._texts[key] = compiled
        return self._texts[key]

    def fingerprint(self, *folders: str) -> str:
        """SHA-256 over these folders' templates and all catalogs, as they are now: the same as long as none changed."""
        digest = hashlib.sha256(self._catalogs.fingerprint().encode())
        for root in filter(None, (self.own, self._defaults)):
            for path in sorted(path for folder in folders for path in (root / folder).rglob("*") if path.is_file()):
                digest.update(f"{path.relative_to(root)}\0".encode("utf-8", "surrogateescape"))
                digest.update(hashlib.sha256(path.read_bytes()).digest())
            digest.update(b"\0")
        return digest.hexdigest()

    def _speaking(self, values: Mapping[str, object]) -> jinja2.Environment:
        language = values.get("language", ENGLISH)
        spoken = self._catalogs.spoken(language) if isinstance(language, str) else ENGLISH
        if spoken not in self._environments:
            folders = _Folders(tuple(folder for folder in (self.own, self._defaults) if folder))
            self._environments[spoken] = _environment(folders, self._catalogs.wording(spoken))
        return self._environments[spoken]

    def _told(self, wrong: Exception, place: str, values: Mapping[str, object]) -> TemplateError:
        if isinstance(wrong, jinja2.TemplateNotFound):
            return self._missing(wrong, place)
        file, line = _where(wrong)
        return TemplateError(template=self._shown(file) or place, line=line, problem=_problem(wrong, values))

    def _missing(self, wrong: jinja2.TemplateNotFound, place: str) -> TemplateError:
        folders = " or ".join(str(folder) for folder in (self.own, self._defaults) if folder)
        problem = f"there is no such template in {folders}"
        if not wrong.name or wrong.name == place:
            return TemplateError(template=place, line=None, problem=problem)
        file, line = _where(wrong)
        shown = self._shown(file)
        problem = f"it asks for {wrong.name}, and {problem}"
        return TemplateError(template=shown or place, line=line if shown else None, problem=problem)

    def _shown(self, file: str | None) -> str | None:
        """A default by its name, a site's own file by its full path; None where `file` is no file."""
        if file is None or file.startswith("<"):
            return None
        path = Path(file)
        return path.relative_to(self._defaults).as_posix() if path.is_relative_to(self._defaults) else file


def open_templates(own: Path | None) -> Templates:
    """The defaults, and before them the site's `own` folder, which need not exist."""
    return Templates(own=own and own.absolute(), defaults=_default_folder(), catalogs=open_catalogs())


def _environment(folders: _Folders, wording: Wording) -> jinja2.Environment:
    environment = _Sandbox(
        loader=folders,
        undefined=jinja2.StrictUndefined,
        autoescape=lambda name: name is not None and name.endswith(ESCAPED),
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.globals["spoken"] = Spoken(language=wording.spoken, direction=direction_of(wording.spoken))
    # Newstyle: what is filled in is escaped, the sentence around it is the translator's.
    cast(Any, environment).install_gettext_callables(wording.sentence, wording.sentence_of, newstyle=True)
    return environment


def _default_folder() -> Path:
    """In the wheel the templates lie inside the package, in a checkout beside it."""
    inside = PACKAGE / "templates"
    return inside if inside.is_dir() else PACKAGE.parent / "templates"


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's, which asks the same of each value anew; the answer depends on nothing but its type and the name."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._safe: dict[tuple[type, str], bool] = {}

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        key = type(obj), attr
        safe = self._safe.get(key)
        if safe is None:
            safe = self._safe[key] = super().is_safe_attribute(obj, attr, value)
        return safe


class _Folders(jinja2.BaseLoader):
    """Jinja's FileSystemLoader, but a cached default also gives way to a site's new file."""

    def __init__(self, roots: tuple[Path, ...]) -> None:
        self._roots = roots

    def get_source(
        self,
        environment: jinja2.Environment,  # noqa: ARG002  Jinja hands it over by position
        template: str,
    ) -> tuple[str, str, Callable[[], bool]]:
        found = self._find(template)
        if found is None:
            raise jinja2.TemplateNotFound(template)
        try:
            seen = found.stat().st_mtime_ns
            text = found.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as wrong:
            raise _unreadable(found, wrong) from wrong

        earlier = self._before(found, template)

        def is_current() -> bool:  # asked at each rendering: it must not cost more than a look
            return _time_of(found) == seen and not any(map(_time_of, earlier))

        return text, str(found), is_current

    def _before(self, found: Path, template: str) -> list[Path]:
        """Where a file would go before the one that was found."""
        places = [root.joinpath(*split_template_path(template)) for root in self._roots]
        return places[: places.index(found)]

    def _find(self, template: str) -> Path | None:
        pieces = split_template_path(template)  # refuses `..`
        for root in self._roots:
            path = root.joinpath(*pieces)
            if path.is_file() and path.resolve().is_relative_to(root.resolve()):  # no symlink out of the folder
                return path
        return None


def _time_of(path: Path) -> int:
    """When a file was changed, in nanoseconds; 0 where there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


def _unreadable(path: Path, wrong: OSError | UnicodeDecodeError) -> jinja2.TemplateSyntaxError:
    problem = (
        "it is not UTF-8 text" if isinstance(wrong, UnicodeDecodeError) else f"it cannot be read: {wrong.strerror}"
    )
    return jinja2.TemplateSyntaxError(problem, lineno=1, filename=str(path))


def _where(wrong: Exception) -> tuple[str | None, int | None]:
    """File and line inside the templates; Jinja rewrites tracebacks so that they can be read off."""
    if isinstance(wrong, jinja2.TemplateSyntaxError):
        return wrong.filename, wrong.lineno
    spots = [
        (frame.f_code.co_filename, line)
        for frame, line in walk_tb(wrong.__traceback__)
        if "__jinja_exception__" in frame.f_globals
    ]
    return spots[-1] if spots else (None, None)


def _problem(wrong: Exception, values: Mapping[str, object]) -> str:
    message = str(wrong) or type(wrong).__name__
    if isinstance(wrong, RecursionError):
        return "it includes or calls itself for ever"
    unknown = _UNDEFINED.search(message) if isinstance(wrong, jinja2.UndefinedError) else None
    if unknown:
        return _unknown(unknown[1], values)
    lacking = _LACKING.search(message) if isinstance(wrong, jinja2.UndefinedError) else None
    if lacking:
        kind = (lacking[1] or "table").lower()
        return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind} has no `{lacking[2]}`; docs/letters.md lists what it has"
    if isinstance(wrong, jinja2.TemplateError):
        return message + next((f" (write {_CURES[sign]} there)" for sign in _CURES if f"end of {sign}" in message), "")
    return f"{type(wrong).__name__}: {message}"


def _unknown(name: str, values: Collection[str]) -> str:
    near = difflib.get_close_matches(name, values, SUGGESTIONS) or sorted(values)
    return f"`{name}` is not known here; " + (f"known are: {', '.join(near)}" if near else "nothing is")
