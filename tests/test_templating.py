"""The template environment: what overrides what, what is escaped, how mistakes are told."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from publisher.errors import TemplateError
from publisher.templating import Spoken, Templates, open_templates


def own(folder: Path, **files: str) -> Templates:
    for name, text in files.items():
        stem, _, ending = name.rpartition("_")
        path = folder / "letter" / f"{stem}.{ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return open_templates(folder)


def mistake(templates: Templates, name: str, **values: object) -> TemplateError:
    with pytest.raises(TemplateError) as caught:
        templates.render(name, values)
    return caught.value


def test_html_is_escaped_and_text_is_not(tmp_path: Path) -> None:
    templates = own(tmp_path, a_html="{{ x }}", a_txt="{{ x }}", a_xml="{{ x }}")
    assert templates.render("letter/a.html", {"x": "<&"}) == "&lt;&amp;"
    assert templates.render("letter/a.xml", {"x": "<&"}) == "&lt;&amp;"
    assert templates.render("letter/a.txt", {"x": "<&"}) == "<&"
    assert templates.render_text("{{ x }}", {"x": "<&"}, place="subject") == "<&"


def test_a_sites_file_goes_before_ours_and_counts_at_once(tmp_path: Path) -> None:
    templates = open_templates(tmp_path)
    assert "color-scheme" in templates.render("web/site.css", {})
    (tmp_path / "web").mkdir()
    replacement = tmp_path / "web" / "site.css"
    replacement.write_text("first", encoding="utf-8")
    assert templates.render("web/site.css", {}) == "first"
    replacement.write_text("second", encoding="utf-8")
    os.utime(replacement, ns=(1, 1))
    assert templates.render("web/site.css", {}) == "second"


def test_a_folder_that_is_not_there_leaves_the_defaults(tmp_path: Path) -> None:
    templates = open_templates(tmp_path / "none")
    assert mistake(templates, "web/error.html").template.startswith("web/")


def test_an_unknown_value_is_an_error_that_names_file_line_and_variable(tmp_path: Path) -> None:
    error = mistake(own(tmp_path, a_html="one\n{{ leed.title }}\n"), "letter/a.html", lead=1, posts=2)
    assert error.template == str(tmp_path / "letter" / "a.html")
    assert error.line == 2
    assert error.problem == "`leed` is not known here; known are: lead"


def test_the_line_is_that_of_the_macro_where_it_happened(tmp_path: Path) -> None:
    templates = own(
        tmp_path,
        part_html="{% macro m(x) %}\n\n{{ x.nothing }}\n{% endmacro %}",
        a_html='{% from "letter/part.html" import m %}\n{{ m(1) }}',
    )
    error = mistake(templates, "letter/a.html")
    assert str(error) == f"{tmp_path}/letter/part.html:3: 'int object' has no attribute 'nothing'"


def test_broken_syntax_names_its_line(tmp_path: Path) -> None:
    error = mistake(own(tmp_path, a_html="\n\n{% if %}"), "letter/a.html")
    assert (error.template, error.line) == (str(tmp_path / "letter" / "a.html"), 3)


def test_a_missing_template_says_where_it_was_looked_for(tmp_path: Path) -> None:
    error = mistake(open_templates(tmp_path), "letter/none.html")
    assert str(error).startswith(f"letter/none.html: there is no such template in {tmp_path} or ")
    error = mistake(own(tmp_path, a_html='{% include "letter/b.html" %}'), "letter/a.html")
    asked = f"{tmp_path}/letter/a.html:1: it asks for letter/b.html, and there is no such template"
    assert str(error).startswith(asked)


@pytest.mark.parametrize("asks", ['{% include "letter/b.html" %}', '{% import "letter/b.html" as b %}{{ b.m() }}'])
def test_a_part_that_asks_for_a_missing_template_is_named_with_its_line(tmp_path: Path, asks: str) -> None:
    templates = own(
        tmp_path,
        part_html="{% macro m(x) %}\n" + asks + "\n{% endmacro %}",
        a_html='{% from "letter/part.html" import m %}\n{{ m(1) }}',
    )
    error = mistake(templates, "letter/a.html")
    assert str(error).startswith(f"{tmp_path}/letter/part.html:2: it asks for letter/b.html, and")


def test_what_goes_wrong_inside_a_template_is_told_as_its_mistake(tmp_path: Path) -> None:
    templates = own(tmp_path, a_html="\n{{ 1 / 0 }}", b_html='{% include "letter/b.html" %}')
    assert str(mistake(templates, "letter/a.html")).endswith("a.html:2: ZeroDivisionError: division by zero")
    assert "itself for ever" in str(mistake(templates, "letter/b.html"))


def test_a_template_of_another_encoding_is_one_clear_message(tmp_path: Path) -> None:
    templates = own(tmp_path, a_html="x")
    (tmp_path / "letter" / "a.html").write_bytes(b"caf\xe9")
    assert "not UTF-8" in str(mistake(templates, "letter/a.html"))


@pytest.mark.parametrize(
    "source",
    [
        "{{ x.__class__.__mro__ }}",
        "{{ ''.__class__ }}",
        "{{ x.append(1) }}",
        "{{ '{0.__class__}'.format(x) }}",
        "{{ render.__globals__ }}",
    ],
)
def test_templates_are_sandboxed(source: str) -> None:
    with pytest.raises(TemplateError):
        open_templates(None).render_text(source, {"x": [], "render": open_templates}, place="subject")


@pytest.mark.parametrize("name", ["../secret.txt", "letter/../../secret.txt", "/etc/hostname", "letter/link.txt"])
def test_no_name_and_no_link_leads_out_of_the_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
    folder = tmp_path / "own"
    (folder / "letter").mkdir(parents=True)
    (folder / "letter" / "link.txt").symlink_to(tmp_path / "secret.txt")
    assert "there is no such template" in str(mistake(open_templates(folder), name))


def test_a_subject_from_config_is_named_by_its_place() -> None:
    with pytest.raises(TemplateError) as caught:
        open_templates(None).render_text("{{ lede }}", {"lead": 1}, place="newsletters.harbour.subject")
    assert str(caught.value) == "newsletters.harbour.subject: `lede` is not known here; known are: lead"
    with pytest.raises(TemplateError) as caught:
        open_templates(None).render_text("{{ lead", {"lead": 1}, place="newsletters.harbour.subject")
    assert str(caught.value).startswith("newsletters.harbour.subject: unexpected end of template")


def test_blocks_leave_no_blank_lines(tmp_path: Path) -> None:
    templates = own(tmp_path, a_txt="{% for x in xs %}\n  {% if x %}\n{{ x }}\n  {% endif %}\n{% endfor %}\n")
    assert templates.render("letter/a.txt", {"xs": [1, 0, 2]}) == "1\n2\n"


def test_words_are_said_in_the_language_of_the_values(tmp_path: Path) -> None:
    templates = own(
        tmp_path,
        part_html="{% macro by(name) %}{{ _('By %(names)s', names=name) }}{% endmacro %}",
        a_html='{% import "letter/part.html" as part %}{{ part.by("<Ann>") }}',
        b_txt="{{ ngettext('%(num)s gull', '%(num)s gulls', n) }}{% trans name='<Ann>' %} for {{ name }}{% endtrans %}",
    )
    german = templates.wording("de").sentence("By %(names)s").replace("%(names)s", "&lt;Ann&gt;")
    assert german != "By &lt;Ann&gt;"
    told = {code: templates.render("letter/a.html", {"language": code}) for code in ("de", "en", "de-AT", "pl", "")}
    assert told == {"de": german, "de-AT": german, "en": "By &lt;Ann&gt;", "pl": "By &lt;Ann&gt;", "": "By &lt;Ann&gt;"}
    assert templates.render("letter/a.html", {}) == "By &lt;Ann&gt;"
    assert templates.render("letter/b.txt", {"n": 2}) == "2 gulls for <Ann>"
    assert templates.render_text("{{ _('By %(names)s', names='A') }}", {"language": "de"}, place="subject") == (
        german.replace("&lt;Ann&gt;", "A")
    )


def test_a_sentence_without_what_it_needs_is_a_mistake_of_its_line(tmp_path: Path) -> None:
    error = mistake(own(tmp_path, a_html="\n{{ _('By %(names)s') }}"), "letter/a.html", language="fr")
    assert (error.template, error.line) == (str(tmp_path / "letter" / "a.html"), 2)
    assert "names" in error.problem


def test_what_a_value_does_not_have_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "part.html").write_text("{{ story.hedline }}", encoding="utf-8")
    story = Spoken(language="en", direction="ltr")
    with pytest.raises(TemplateError) as caught:
        open_templates(tmp_path).render("part.html", {"story": story})
    assert str(caught.value) == f"{tmp_path}/part.html:1: a spoken has no `hedline`; docs/letters.md lists what it has"
    with pytest.raises(TemplateError, match=r"a table has no `nam`; docs/letters\.md lists what it has"):
        open_templates(None).render_text("{{ slot.nam }}", {"slot": {"name": "Ada"}}, place="greeting")


@pytest.mark.parametrize(
    ("text", "cure"), [("{{ a", "`}}`"), ("{% if a", "`%}`"), ("{# a", "`#}`"), ("{% if a %}", "endif")]
)
def test_what_was_not_closed_is_told_with_what_closes_it(text: str, cure: str) -> None:
    with pytest.raises(TemplateError) as caught:
        open_templates(None).render_text(text, {"a": 1}, place="newsletters.morning.subject")
    assert cure in str(caught.value)
