"""Making a stranger's HTML and text harmless, and readable everywhere.

What is allowed is listed; all else goes. `nh3` (html5ever, Rust) parses and judges, twice:
the first pass lets a little more through, in the one normal form it writes, so that an
embedded frame can be turned into a link and a tracking pixel be taken out by pattern;
the second pass judges what comes out of that, so no pattern of ours has to be trusted.
Every address becomes absolute (a reader of a feed has no page to resolve it against):
http, https, mailto, or our own `media:NAME`. Characters that XML 1.0 §2.2 forbids are
removed, and U+E000 and U+E001, which mark the slots of a letter.

Pure. Known weakness: classes and styles go, so coloured code is plain; links inside a
page (`#note`) lose their target, because ids of several posts would meet on one page;
of MathML only what its author typed is kept, or its letters; SVG is dropped.
"""

from __future__ import annotations

import html as entities
import re
from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit

import nh3

from publisher.collect.summary import folded
from publisher.model.address import joined

SCHEMES = frozenset({"http", "https", "mailto"})
MEDIA_NAME = re.compile(r"media:[0-9a-f]{20}\.[a-z0-9]{2,5}\Z")

_TAGS = frozenset(
    {
        "a", "abbr", "address", "article", "aside", "audio", "b", "bdi", "bdo", "blockquote", "br", "caption", "cite",
        "code", "col", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure",
        "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "kbd", "li", "main", "mark",
        "ol", "p", "picture", "pre", "q", "rp", "rt", "ruby", "s", "samp", "section", "small", "source", "span",
        "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "track", "u",
        "ul", "var", "video", "wbr",
    }
)  # fmt: skip
_DROPPED_WHOLE = frozenset(
    {
        "button",
        "head",
        "math",
        "noscript",
        "object",
        "script",
        "select",
        "style",
        "svg",
        "template",
        "textarea",
        "title",
    }
)
_ATTRIBUTES: dict[str, set[str]] = {
    "*": {"dir", "lang", "title"},
    "a": {"href", "hreflang", "rel"},
    "audio": {"controls", "src"},
    "blockquote": {"cite"},
    "col": {"span"},
    "colgroup": {"span"},
    "del": {"cite", "datetime"},
    "details": {"open"},
    "img": {"alt", "decoding", "height", "loading", "sizes", "src", "srcset", "width"},
    "ins": {"cite", "datetime"},
    "li": {"value"},
    "ol": {"reversed", "start", "type"},
    "q": {"cite"},
    "source": {"height", "media", "sizes", "src", "srcset", "type", "width"},
    "td": {"colspan", "headers", "rowspan"},
    "th": {"abbr", "colspan", "headers", "rowspan", "scope"},
    "time": {"datetime"},
    "track": {"kind", "label", "src", "srclang"},
    "video": {"controls", "height", "poster", "src", "width"},
}
_LAZY = {"data-src", "data-lazy-src", "data-original"}  # the real address of a picture that a script would load
_FIRST_TAGS = _TAGS | {"iframe", "math", "annotation"}
_FIRST_ATTRIBUTES = {
    **_ATTRIBUTES,
    "annotation": {"encoding"},
    "math": {"alttext"},
    "iframe": {"src", "title", *_LAZY},
    "img": _ATTRIBUTES["img"] | _LAZY | {"style"},
}
_ADDRESSES = {"href", "src", "poster", "cite"} | _LAZY

# What XML 1.0 §2.2 does not allow, the rest of C1, and the slot marks of a letter.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\ue000\ue001]"
)
# nh3 writes attributes in double quotes and a text's `<` as an entity: these match whole tags.
_IFRAME = re.compile(r'<iframe((?:\s[\w-]+="[^"]*")*)\s*>.*?</iframe>', re.DOTALL)
_MATH = re.compile(r'<math((?:\s[\w-]+="[^"]*")*)\s*>(.*?)</math>', re.DOTALL)
_ANNOTATION = re.compile(r"<annotation(?:\s[^>]*)?>(.*?)</annotation>", re.DOTALL)
_IMG = re.compile(r'<img((?:\s[\w-]+="[^"]*")*)\s*/?>')
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|(?:width|height)\s*:\s*[01](?:px)?\s*(?:;|\Z)")
_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "br", "dd", "details", "div", "dl", "dt", "figcaption", "figure",
        "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section",
        "summary", "table", "td", "th", "tr", "ul",
    }
)  # fmt: skip
_ANY_TAG = re.compile(r"<[^<>]*>")
_OPEN_OR_CLOSE = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_NEVER_DEEP = frozenset({"p", "li", "dd", "dt", "td", "th", "tr", "br", "hr", "img", "source", "wbr", "col", "track"})
_DEEPEST = 200  # elements in one another
_MOST_REFERENCES = 50_000  # `&amp;` and the like in one post


def clean_html(html: str, base_url: str, *, beside: Callable[[str], str | None] = lambda _: None) -> str:
    """`html` with what is allowed; addresses relative to `base_url` made absolute.

    `beside` is asked first for each relative address: it may know a file as `media:NAME`.

    Of what is nested deeper than any person writes only the words are kept.
    """
    if _is_an_attack(html):
        return f"<p>{entities.escape(_bare_words(html), quote=False)}</p>"
    first = nh3.clean(
        without_forbidden(html),
        tags=set(_FIRST_TAGS),
        clean_content_tags=set(_DROPPED_WHOLE - {"math"}),
        attributes=_FIRST_ATTRIBUTES,
        attribute_filter=partial(_judge, partial(_address, base_url, beside)),
        url_schemes={*SCHEMES, "media"},
        link_rel=None,
    )
    linked = _IMG.sub(_image, _IFRAME.sub(_link_to_frame, _MATH.sub(_formula, first)))
    second = nh3.clean(
        linked,
        tags=set(_TAGS),
        clean_content_tags=set(_DROPPED_WHOLE),
        attributes=_ATTRIBUTES,
        url_schemes={*SCHEMES, "media"},
        link_rel=None,
    )
    return without_forbidden(second).strip()  # once more: `&#xb;` was only text before


def clean_text(text: str) -> str:
    """Plain text on one line."""
    return folded(without_forbidden(text)).strip()


def paragraphs_of(html: str) -> list[str]:
    """The words of HTML as plain text, a line for each block that holds some."""
    if _is_an_attack(html):
        return [_bare_words(html)]
    blocks = nh3.clean(html, tags=set(_BLOCKS), clean_content_tags=set(_DROPPED_WHOLE), attributes={}, link_rel=None)
    between = (part for part in _ANY_TAG.split(blocks) if part and not part.isspace())  # most is not, of many pages
    parts = (clean_text(entities.unescape(part)) for part in between)
    return [part for part in parts if part]


def text_of(html: str) -> str:
    """The words of HTML as plain text on one line."""
    return " ".join(paragraphs_of(html))


def absolute(url: str, base_url: str) -> str:
    """`url` as an absolute address of an allowed scheme; "" where it cannot be one."""
    stripped = clean_text(url)
    if MEDIA_NAME.match(stripped):
        return stripped
    whole = joined(base_url, stripped)
    try:
        parts = urlsplit(whole)
    except ValueError:
        return ""
    if parts.scheme == "mailto":
        return whole if "@" in parts.path else ""
    return whole if parts.scheme in SCHEMES and parts.hostname else ""


def without_forbidden(text: str) -> str:
    """`text` without the characters that no feed and no letter can carry."""
    return _FORBIDDEN.sub("", text)


def _is_an_attack(html: str) -> bool:
    """Whether the parser's time would grow with the square of what it gets."""
    if html.count("&") > _MOST_REFERENCES:
        return True
    depth = 0
    for found in _OPEN_OR_CLOSE.finditer(html):
        if found[2].lower() not in _NEVER_DEEP:
            depth += -1 if found[1] else 1
            if depth > _DEEPEST:
                return True
    return False


def _bare_words(html: str) -> str:
    return clean_text(entities.unescape(_ANY_TAG.sub(" ", html)))


def _address(base_url: str, beside: Callable[[str], str | None], url: str) -> str:
    if not re.match(r"\s*(?:[a-z][a-z0-9+.-]*:|[/#?])", url, re.IGNORECASE) and (name := beside(url.strip())):
        return name
    return "" if url.strip().startswith("#") else absolute(url, base_url)


def _judge(address: Callable[[str], str], _tag: str, attribute: str, value: str) -> str | None:
    if attribute in _ADDRESSES:
        return address(value) or None
    if attribute == "srcset":
        return _absolute_srcset(value, address) or None
    return value


def _absolute_srcset(value: str, address: Callable[[str], str]) -> str:
    """Candidates are parted by a comma and a blank: an address may hold a comma itself."""
    candidates = []
    for candidate in re.split(r",\s+|(?<=[\dxw]),", value.strip()):
        url, _, descriptor = candidate.strip(" ,\t\n").partition(" ")
        if url and (found := address(url)):
            candidates.append(f"{found} {descriptor.strip()}".strip().replace(",", "%2C"))
    return ", ".join(candidates)


def _formula(found: re.Match[str]) -> str:
    """A formula as its author would type it, else its letters: mail programs and feed readers show no MathML."""
    typed = dict(_ATTRIBUTE.findall(found[1])).get("alttext") or next(iter(_ANNOTATION.findall(found[2])), "")
    if typed.strip():
        return f"<code>{_ANY_TAG.sub('', typed).strip()}</code>"
    return _ANY_TAG.sub("", found[2])


def _link_to_frame(found: re.Match[str]) -> str:
    attributes = dict(_ATTRIBUTE.findall(found[1]))
    address = attributes.get("src") or next((attributes[name] for name in sorted(_LAZY) if name in attributes), "")
    return f'<a href="{address}">{attributes.get("title") or address}</a>' if address else ""


def _image(found: re.Match[str]) -> str:
    """The picture with its real address; nothing for a tracking pixel or one without an address."""
    attributes = dict(_ATTRIBUTE.findall(found[1]))
    real = next((attributes[name] for name in sorted(_LAZY) if name in attributes), "")
    if real:
        attributes["src"] = real
    sizes = [attributes[name].strip() for name in ("width", "height") if name in attributes]
    tracks = bool(sizes) and all(size in {"0", "1", "0px", "1px"} for size in sizes)
    if tracks or _HIDDEN.search(attributes.get("style", "")) or not (attributes.get("src") or attributes.get("srcset")):
        return ""
    return "<img" + "".join(f' {name}="{value}"' for name, value in attributes.items()) + ">"
