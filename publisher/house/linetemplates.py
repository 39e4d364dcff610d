"""What somebody may write into a line that is a template, a subject or a greeting, from the form of a newsletter.

The sandbox keeps templates from reaching what they are not handed, and not from taking all memory or an hour:
`{{ "a" * 10 ** 9 }}` would stop the letters of all newsletters. Whoever may write config.toml is trusted that
far; an editor of one newsletter is not. So a line from the form is judged by what stands in it: values, conditions,
one loop, and filters that make nothing much longer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from jinja2 import Environment, TemplateSyntaxError, nodes

from publisher.errors import TemplateError
from publisher.templating import Templates

NAMES: Mapping[str, Sequence[str]] = {
    "subject": ("lead", "posts", "newsletter", "date", "language"),
    "greeting": ("name", "language"),
}
LONGEST = 1000  # characters
_PLAIN_FILTERS = (
    "abs", "capitalize", "count", "d", "default", "e", "escape", "first", "int", "last", "length", "list", "lower",
    "map", "max", "min", "reject", "rejectattr", "reverse", "select", "selectattr", "sort", "string", "striptags",
    "title", "trim", "truncate", "unique", "upper", "wordcount",
)  # fmt: skip
_ONCE = ("join", "replace")  # one makes a text longer; one of its own result much longer
_PLAIN = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.List, nodes.Tuple,
    nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.If, nodes.CondExpr, nodes.Compare, nodes.Operand, nodes.Test,
    nodes.And, nodes.Or, nodes.Not, nodes.Neg, nodes.Add, nodes.Sub, nodes.Concat, nodes.Keyword,
)  # fmt: skip


def line_mistake(templates: Templates, key: str, text: str, *, is_trusted: bool) -> str:
    """Why a line cannot be a newsletter's `key`, as words after its name; "" where it can.

    `is_trusted`: whoever writes it may write all of config.toml; then it is looked at for what no letter could be
    made with.
    """
    if not is_trusted and (beyond := _too_much(text)):  # first: to look for names computes what stands there
        return beyond
    try:
        templates.check_text(text, names=NAMES[key], place="")
    except TemplateError as wrong:
        return f"is no template we can read: {wrong.problem}"
    return ""


def _too_much(text: str) -> str:
    if len(text) > LONGEST:
        return f"is longer than {LONGEST} characters; make it shorter"
    try:
        read = Environment(autoescape=True, extensions=["jinja2.ext.i18n"]).parse(text)
    except TemplateSyntaxError:
        return ""  # that is told better
    beyond = next(_beyond(read, ()), "")
    return f"does more than a line needs ({beyond}); who owns the site may write that in Config" if beyond else ""


def _beyond(node: nodes.Node, above: Sequence[nodes.Node]) -> Iterator[str]:
    """What in it, in words, could take long or grow large."""
    if isinstance(node, nodes.For):
        if node.recursive or any(isinstance(one, nodes.For) for one in above):
            yield "a loop in a loop"
    elif isinstance(node, nodes.Filter):
        if node.name not in (*_PLAIN_FILTERS, *_ONCE):
            yield f"the filter {node.name}"
        elif node.name == "map" and node.args:  # that is another filter, by its name
            yield "the filter map with another one"
    elif not isinstance(node, _PLAIN):
        yield type(node).__name__.lower()
    if not above:
        used = Counter(one.name for one in node.find_all(nodes.Filter) if one.name in _ONCE)
        yield from (f"{name} more than once" for name, number in used.items() if number > 1)
    for child in node.iter_child_nodes():
        yield from _beyond(child, (*above, node))
