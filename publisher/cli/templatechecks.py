"""What `publisher config check` can tell of letters before one is made: templates that are missing or cannot be read.

Nothing is rendered: `publisher check letters` makes the letters and tells the rest.
"""

from __future__ import annotations

from collections.abc import Iterator

from publisher.config.load import ConfigFile
from publisher.errors import TemplateError
from publisher.letter.amends import TEMPLATE as CORRECTION
from publisher.letter.edition import SERVICE
from publisher.templating import Templates, open_templates

_IN_SUBJECT = ("lead", "posts", "newsletter", "date", "language")
_IN_GREETING = ("name", "language")
_OF_ALL = (CORRECTION, SERVICE)  # templates that no newsletter names


def template_complaints(file: ConfigFile) -> Iterator[str]:
    """A sentence for each template of a newsletter that would hold all its letters."""
    templates = open_templates(file.resolve(file.config.storage.templates))
    for slug, table in file.config.newsletters.items():
        key = f"newsletters.{slug}"
        for text, names, name in ((table.subject, _IN_SUBJECT, "subject"), (table.greeting, _IN_GREETING, "greeting")):
            try:
                templates.check_text(text, names=names, place=f"{key}.{name}")
            except TemplateError as wrong:
                yield str(wrong)
        yield from (f"{key}.template: {wrong}" for wrong in _files(templates, table.template))
    if file.config.newsletters:
        for template in _OF_ALL:
            yield from map(str, _files(templates, template))


def _files(templates: Templates, template: str) -> Iterator[TemplateError]:
    for kind in ("html", "txt"):
        try:
            templates.check(f"letter/{template}.{kind}")
        except TemplateError as wrong:
            yield wrong
