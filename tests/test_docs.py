"""What the docs say is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from publisher.cli import COMMANDS
from publisher.config.reference import reference
from publisher.config.schema import Config
from publisher.config.shape import fields_of, shape_of

TOP = Path(__file__).parent.parent
RFC = re.compile(r"\bRFC (\d{3,5})\b")
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")


def cited() -> dict[str, set[str]]:
    """Each RFC that the code names, with the files that do."""
    found: dict[str, set[str]] = {}
    for folder in ("publisher", "templates"):
        for path in (TOP / folder).rglob("*"):
            if path.suffix in (".py", ".html", ".txt", ".xml", ".css"):
                for number in RFC.findall(path.read_text(encoding="utf-8")):
                    found.setdefault(number, set()).add(path.relative_to(TOP).as_posix())
    return found


def test_the_reference_of_the_config_is_current() -> None:
    written = (TOP / "docs" / "config.md").read_text(encoding="utf-8")
    assert written == reference(), "make it anew: publisher config schema --markdown > docs/config.md"


def test_every_key_of_the_config_is_described() -> None:
    for table, field in fields_of(Config):
        shape = shape_of(field.annotation, field)
        assert shape.model is not None
        for key, of_key in fields_of(shape.model):
            assert of_key.description, f"{table}.{key}"
            assert of_key.description.endswith("."), f"{table}.{key}"


def test_every_standard_that_the_code_cites_stands_in_the_list() -> None:
    listed = set(RFC.findall((TOP / "docs" / "standards.md").read_text(encoding="utf-8")))
    missing = {number: sorted(files) for number, files in cited().items() if number not in listed}
    assert not missing


def test_every_command_stands_in_the_docs() -> None:
    pages = [TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    missing = [name for name in COMMANDS if f"publisher {name}" not in text]
    assert not missing


@pytest.mark.parametrize("page", [TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))], ids=lambda page: page.name)
def test_links_between_our_pages_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
