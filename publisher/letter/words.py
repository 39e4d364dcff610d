"""The words of a piece of HTML, and nothing of its form."""

from __future__ import annotations

from html.parser import HTMLParser

BLOCKS = frozenset(
    {
        "address", "article", "aside", "audio", "blockquote", "caption", "dd", "details", "div", "dl", "dt",
        "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p",
        "pre", "section", "summary", "table", "ul", "video",
    }
)  # fmt: skip
_PARTING = BLOCKS | {"br", "td", "th", "tr"}


def words_of(body: str) -> list[str]:
    """The words a reader sees, in order; descriptions of pictures are not among them."""
    gatherer = _Words()
    gatherer.feed(body)
    gatherer.close()
    return "".join(gatherer.pieces).split()


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  its signature
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        self._part(tag)

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    def _part(self, tag: str) -> None:
        if tag in _PARTING:
            self.pieces.append(" ")
