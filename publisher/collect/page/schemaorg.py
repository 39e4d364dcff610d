"""What schema.org says about the article of a page, from nodes of either kind.

https://schema.org/NewsArticle, BlogPosting, Person, ImageObject. Of several articles on a
page the one counts that calls the page's address its own, else the first with a headline.
"""

from __future__ import annotations

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from publisher.collect.capture.byline import names_of_byline
from publisher.collect.page.facts import Facts
from publisher.collect.page.moments import moment_of
from publisher.collect.page.nodes import Node, address_in, nodes_in, text_in, texts_in, types_of, values_of
from publisher.model.address import joined
from publisher.model.author import Author, Link
from publisher.model.media import Image
from publisher.model.post import RelatedStory
from publisher.model.slug import slug_of

_ARTICLES = ("Article", "Posting", "Report", "Review", "CreativeWork")  # as the end of a type's name
_RELATED = ("relatedLink", "isRelatedTo", "significantLink")
_MOST_RELATED = 50
_LONGEST_NAMES = 300  # characters


def facts_of_nodes(nodes: Sequence[Node], url: str, zone: ZoneInfo) -> Facts:
    """Empty where no node is an article."""
    article = _article_of(nodes, url)
    if article is None:
        return Facts()
    publisher = text_in(article, "publisher", "sourceOrganization")
    tags = [tag.strip() for text in texts_in(article, "keywords") for tag in text.split(",")]
    return Facts(
        title=text_in(article, "headline", "name"),
        summary=text_in(article, "description", "abstract"),
        text=_whole_text(article),
        url=address_in(article, "url", "mainEntityOfPage"),
        site_name=publisher,
        authors=_authors_of(article, nodes, url, publisher),
        published=moment_of(text_in(article, "datePublished", "dateCreated"), zone),
        updated=moment_of(text_in(article, "dateModified"), zone),
        image=_image_of(article, url),
        tags=tuple(dict.fromkeys(filter(None, tags))),
        related=_related_of([article, *_pages_in(nodes)], url),
        language=text_in(article, "inLanguage"),
    )


def is_article(node: Node) -> bool:
    return any(kind.endswith(_ARTICLES) for kind in types_of(node))


def _article_of(nodes: Sequence[Node], url: str) -> Node | None:
    articles = [node for node in nodes if is_article(node) and text_in(node, "headline", "name")]
    here = url.partition("#")[0].rstrip("/")
    own = (node for node in articles if here in {_bare(node, name, url) for name in ("url", "mainEntityOfPage", "@id")})
    return next(own, articles[0] if articles else None)


def _bare(node: Node, name: str, url: str) -> str:
    return joined(url, address_in(node, name)).partition("#")[0].rstrip("/") if node.get(name) else ""


def _whole_text(article: Node) -> str:
    """Its `articleBody` as written: there its line ends are what parts paragraphs."""
    return next((value for value in values_of(article, "articleBody") if isinstance(value, str)), "")


def _authors_of(article: Node, nodes: Sequence[Node], url: str, publisher: str) -> tuple[Author, ...]:
    people = [node for node in nodes if "Person" in types_of(node)]
    found: list[Author] = []
    for value in values_of(article, "author", "creator"):
        if isinstance(value, str):
            found += [Author(key=slug_of(name), name=name) for name in names_in(text_in({"name": value}, "name"))]
        elif isinstance(value, dict) and not (types_of(value) & {"Organization", "NewsMediaOrganization"}):
            found += _people_in(_with_details(value, people), url)
    return tuple({author.key: author for author in found if author.name != publisher}.values())


def _with_details(person: Node, people: Sequence[Node]) -> Node:
    """The node, with what another node of the page says of a person of that name."""
    name = text_in(person, "name")
    others = [other for other in people if name and text_in(other, "name") == name]
    whole: dict[str, object] = {}
    for node in (person, *others):
        whole |= {key: value for key, value in node.items() if not whole.get(key)}
    return whole


def _people_in(person: Node, url: str) -> list[Author]:
    """One author; several where the name is a list of names."""
    names = [name for text in texts_in(person, "name") for name in names_in(text)]
    if len(names) != 1:
        return [Author(key=slug_of(name), name=name) for name in names]
    links = [joined(url, value) for value in values_of(person, "sameAs") if isinstance(value, str)]
    own = joined(url, address_in(person, "url")) if person.get("url") else ""
    author = Author(
        key=slug_of(names[0]),
        name=names[0],
        blurb=text_in(person, "description"),
        email=text_in(person, "email").removeprefix("mailto:"),
        url=own if own != url else "",
        links=tuple(Link(label=_label(link), url=link) for link in dict.fromkeys(links) if link.startswith("http")),
        portrait=_image_of(person, url),
    )
    return [author]


def names_in(text: str) -> list[str]:
    """`By Ada Brook and Tom Vale` -> both; a name that is no list stays as it is written."""
    if "://" in text or "@" in text or len(text) > _LONGEST_NAMES:
        return []
    bare = names_of_byline(text)
    if bare:
        return list(bare)
    names = names_of_byline(f"by {text}")
    whole = len(names) > 1 and all(" " in name for name in names)
    return list(names) if whole and sum(map(len, names)) > len(text) - 6 * len(names) else [text] if text else []


def _image_of(node: Node, url: str) -> Image | None:
    """The first picture that has an address."""
    for value in values_of(node, "image", "thumbnailUrl"):
        source = joined(url, address_in({"image": value}, "image"))
        if source.startswith(("http://", "https://")):
            inner = value if isinstance(value, dict) else {}
            return Image(
                url=source,
                alt=text_in(inner, "alternateName", "name"),
                caption=text_in(inner, "caption", "description"),
            )
    return None


def _pages_in(nodes: Sequence[Node]) -> list[Node]:
    return [node for node in nodes if "WebPage" in types_of(node)]


def _related_of(nodes: Sequence[Node], url: str) -> tuple[RelatedStory, ...]:
    """The related stories that have a title: an address alone is nothing to show."""
    stories = [
        RelatedStory(
            title=text_in(story, "headline", "name"),
            url=joined(url, address) if (address := address_in(story, "url", "@id")) else "",
            summary=text_in(story, "description"),
            image=_image_of(story, url),
        )
        for node in nodes
        for name in _RELATED
        for story in nodes_in(node, name)
    ]
    return tuple(dict.fromkeys(story for story in stories if story.title))[:_MOST_RELATED]


def _label(link: str) -> str:
    return link.removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")
