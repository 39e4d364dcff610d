"""What we say to readers is marked to be translated, and is translated into every language that we ship."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.frontend import CommandLineInterface
from babel.messages.pofile import read_po
from jinja2 import nodes

from publisher.wording.catalogs import ENGLISH, SPOKEN

TOP = Path(__file__).parent.parent
LOCALE = TOP / "publisher" / "locale"
TEMPLATES = TOP / "templates"
OTHERS = [language for language in SPOKEN if language != ENGLISH]
SAYING = {"_": 1, "gettext": 1, "ngettext": 2}  # how many of their first arguments are messages
PLACEHOLDER = re.compile(r"%\((\w+)\)s")
NUMBERS = (0, 1, 2, 3, 7, 11, 20, 99, 100, 101, 102, 103, 111, 1000)
SPOKEN_ATTRIBUTES = ("alt", "title", "aria-label", "placeholder", "label")
UNSPOKEN_ELEMENTS = ("style", "script", "code")
NAMES = {"Atom", "RSS", "JSON"}  # the same in every language
FOR_READERS = ("feed", "letter", "web")
YES = "yes"  # a macro's way to answer a template that asks
SHEETS = re.compile(r"<style.*?</style>", re.DOTALL)


def read(language: str, folder: Path = LOCALE) -> Catalog:
    with (folder / language / "LC_MESSAGES" / "publisher.po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def messages(catalog: Catalog) -> dict[str | tuple[str, ...], Message]:
    return {one.id: one for one in catalog if one.id}


def forms(text: str | tuple[str, ...] | list[str]) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


def documented(start: str, **places: Path) -> list[str]:
    """A command of docs/operations.md, with other places for what it reads and writes."""
    text = (TOP / "docs" / "operations.md").read_text(encoding="utf-8")
    (line,) = (line for line in text.splitlines() if line.startswith(f".venv/bin/{start}"))
    usual = {name: TOP / name for name in ("publisher", "templates", "pyproject.toml")}
    there = usual | {"var/publisher.pot": places["pot"], "publisher/locale": places.get("locale", LOCALE)}
    words = line.removeprefix(".venv/bin/").split()
    domain = words.index("-D") + 1 if "-D" in words else 0
    return [str(there.get(word, word)) if at != domain else word for at, word in enumerate(words)]


@pytest.fixture(scope="module")
def pot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that templates and source say, found as docs/operations.md tells translators to find it."""
    found = tmp_path_factory.mktemp("words") / "publisher.pot"
    CommandLineInterface().run(documented("pybabel extract", pot=found))
    return found


@pytest.fixture(scope="module")
def said(pot: Path) -> dict[str | tuple[str, ...], Message]:
    with pot.open("rb") as file:
        return messages(read_po(file))


def test_bringing_the_catalogs_up_to_date_loses_and_doubts_nothing(pot: Path, tmp_path: Path) -> None:
    copy = tmp_path / "locale"
    shutil.copytree(LOCALE, copy)
    CommandLineInterface().run(documented("pybabel update", pot=pot, locale=copy))
    for language in SPOKEN:
        before, after = messages(read(language)), messages(read(language, copy))
        assert {key: one.string for key, one in after.items()} == {key: one.string for key, one in before.items()}
        assert not any(one.fuzzy for one in after.values())


@pytest.mark.parametrize("language", SPOKEN)
def test_a_catalog_holds_all_that_is_said_and_nothing_else(
    language: str, said: dict[str | tuple[str, ...], Message]
) -> None:
    there = messages(read(language)).keys()
    assert len(said) > 100
    assert not [key for key in said if key not in there], "not in the catalog: see docs/operations.md, “Translating”"
    assert not [key for key in there if key not in said], "said no more: see docs/operations.md, “Translating”"
    assert not read(language).obsolete


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_has_a_translation_that_is_beyond_doubt(language: str) -> None:
    catalog = read(language)
    for key, message in messages(catalog).items():
        assert not message.fuzzy, key
        assert all(form.strip() for form in forms(message.string)), key
        if isinstance(key, tuple):
            assert len(message.string) == catalog.num_plurals, key


@pytest.mark.parametrize("language", SPOKEN)
def test_a_translation_fills_in_what_its_message_fills_in(language: str) -> None:
    """A form for just one number, as Arabic has for one and two, may say it in words."""
    for key, message in messages(read(language)).items():
        wanted = {name for form in forms(key) for name in PLACEHOLDER.findall(form)}
        for form in filter(None, forms(message.string)):
            named = set(PLACEHOLDER.findall(form))
            assert named <= wanted, key
            assert wanted - named <= ({"num"} if isinstance(key, tuple) else set()), key
            assert form % dict.fromkeys(wanted, "x"), key
        if isinstance(key, tuple) and "%(num)s" in key[-1] and language != ENGLISH:
            assert "%(num)s" in message.string[-1], key


@pytest.mark.parametrize("language", OTHERS)
def test_a_translation_has_the_markup_and_the_edges_of_its_message(language: str) -> None:
    """Tags in the same order; no blank lost at an end; nothing that would end a string of a style sheet."""
    for key, message in messages(read(language)).items():
        for form in forms(message.string):
            assert sorted(re.findall(r"<[^>]*>", form)) == sorted(re.findall(r"<[^>]*>", forms(key)[0])), key
            assert form.endswith(" ") == forms(key)[0].endswith(" "), key
            assert form.endswith(":") == forms(key)[0].endswith(":"), key
            assert "\n" not in form, key
            if not re.search(r"<[^>]*>", form):
                assert '"' not in form, key
                assert "\\" not in form, key


def test_arabic_has_a_form_for_each_kind_of_number() -> None:
    catalog = read("ar")
    plural = catalog.plural_expr
    assert catalog.num_plurals == 6
    assert "n==2 ? 2" in plural
    for language in SPOKEN:
        assert read(language).plural_expr == Catalog(locale=language).plural_expr


def templates(*endings: str) -> list[Path]:
    """Those that readers see; what the newsroom alone sees is English."""
    found = (path for folder in FOR_READERS for path in (TEMPLATES / folder).rglob("*"))
    return sorted(path for path in found if path.suffix in endings)


def environment() -> jinja2.Environment:
    return jinja2.Environment(extensions=["jinja2.ext.i18n"], autoescape=True)


class Spoken(HTMLParser):
    """The words of a page that a reader sees or hears."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in UNSPOKEN_ELEMENTS
        self.found += [value for name, value in attrs if name in SPOKEN_ATTRIBUTES and value]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in UNSPOKEN_ELEMENTS

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.found.append(data)


def without_sheets(template: str) -> str:
    """Without the blocks that stand in a `style` of the letters' layout."""
    layout = (TEMPLATES / "letter" / "parts" / "layout.html").read_text(encoding="utf-8")
    for name in re.findall(r"{% block (\w+) %}", "".join(SHEETS.findall(layout))):
        template = re.sub(rf"{{% block {name} %}}.*?{{% endblock %}}", "", template, flags=re.DOTALL)
    return template


def plain_part(path: Path) -> str:
    """A template without what Jinja works out; what it puts in is a dot."""
    pieces = []
    marked = False
    for _, kind, text in environment().lex(without_sheets(path.read_text(encoding="utf-8"))):
        if kind == "name" and text in ("trans", "endtrans"):
            marked = text == "trans"
        elif kind == "data" and not marked:
            pieces.append(text)
        elif kind == "variable_begin":
            pieces.append("·")
    return "".join(pieces)


def words(texts: list[str]) -> list[str]:
    return [word for text in texts for word in re.findall(r"[^\W\d_]{2,}", text) if word not in NAMES | {YES}]


@pytest.mark.parametrize("path", templates(".html", ".txt"), ids=lambda path: path.relative_to(TEMPLATES).as_posix())
def test_no_word_of_a_template_is_left_unmarked(path: Path) -> None:
    text = plain_part(path)
    if path.suffix == ".txt":
        assert words([text]) == []
        return
    spoken = Spoken()
    spoken.feed(text)
    spoken.close()
    assert words(spoken.found) == []


def strings(node: nodes.Node) -> Iterator[str]:
    """The strings in a template's expressions, but those that are marked and the names of templates."""
    if isinstance(node, nodes.Import | nodes.FromImport | nodes.Include | nodes.Extends):
        return
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in SAYING:
        for argument in (*node.args[SAYING[node.node.name] :], *node.kwargs):
            yield from strings(argument)
        return
    if isinstance(node, nodes.Const) and isinstance(node.value, str):
        yield node.value
    for child in node.iter_child_nodes():
        yield from strings(child)


@pytest.mark.parametrize(
    "path", templates(".html", ".txt", ".css"), ids=lambda path: path.relative_to(TEMPLATES).as_posix()
)
def test_no_sentence_stands_in_an_expression_unmarked(path: Path) -> None:
    """What programs read is a word of small letters; a sentence begins with a capital or ends with a sign."""
    tree = environment().parse(path.read_text(encoding="utf-8"))
    looks_spoken = re.compile(r"\s*[A-Z][a-z]+\b(?!/)|.*[a-z]{2,}[.:!?]\s*\Z", re.DOTALL)
    assert [text for text in strings(tree) if looks_spoken.match(text)] == []
