"""What a page is, for machines: schema.org as JSON-LD 1.1, to stand in a `script` element.

Pure. A data block in a page is no program: browsers never run it, whatever the policy.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from publisher.publish.place import FeedLinks
from publisher.publish.recording import Recording
from publisher.publish.view import AuthorView, PostView

Thing = dict[str, object]

# What would end the element, or be a comment's beginning in it (HTML §4.12.1.3).
_ESCAPED = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_MEDIA = {"audio": "AudioObject", "video": "VideoObject", "file": "MediaObject"}


def written(thing: Mapping[str, object]) -> Markup:
    """The text of the element."""
    text = json.dumps({"@context": "https://schema.org", **_known(thing)}, ensure_ascii=False, indent=1)
    for character, escape in _ESCAPED.items():
        text = text.replace(character, escape)
    return Markup(text)  # noqa: S704  nothing in it can end the element


def article(post: PostView, *, column: FeedLinks, site: Thing, site_url: str, images: Sequence[str]) -> Thing:
    """`images` are absolute addresses."""
    return {
        "@type": "NewsArticle",
        "mainEntityOfPage": post.canonical,
        "url": post.canonical,
        "headline": post.title,
        "description": post.summary,
        "datePublished": post.published.iso,
        "dateModified": post.modified.iso,
        "inLanguage": post.language,
        "image": list(images),
        "author": [person(author, site_url) for author in post.authors],
        "publisher": site,
        "isPartOf": {"@type": "CreativeWorkSeries", "name": column.title, "url": column.html_url},
        "articleSection": column.title,
        "keywords": [tag.label for tag in post.tags],
        "correction": {"@type": "CorrectionComment", "text": post.note} if post.note else None,
        "associatedMedia": [_media(recording) for recording in post.recordings],
    }


def person(author: AuthorView, site_url: str) -> Thing:
    """An author; the page on this site is their address, all others are said to be the same."""
    return {
        "@type": "Person",
        "name": author.name,
        "url": absolute(author.href, site_url),
        "description": author.blurb,
        "sameAs": [url for _label, url in author.links if not url.startswith("mailto:")],
    }


def profile(author: AuthorView, *, url: str, site: Thing, site_url: str, image: str) -> Thing:
    about = person(author, site_url) | {"image": image, "url": url}
    return {"@type": "ProfilePage", "url": url, "mainEntity": about, "isPartOf": _in_site(site)}


def collection(
    name: str, *, url: str, description: str, language: str, site: Thing, posts: Sequence[PostView] = ()
) -> Thing:
    """A page that lists posts."""
    items = [
        {"@type": "ListItem", "position": position, "url": post.canonical, "name": post.title}
        for position, post in enumerate(posts, 1)
    ]
    return {
        "@type": "CollectionPage",
        "name": name,
        "url": url,
        "description": description,
        "inLanguage": language,
        "isPartOf": _in_site(site),
        "mainEntity": {"@type": "ItemList", "itemListElement": items} if items else None,
    }


def organization(name: str, url: str) -> Thing:
    return {"@type": "NewsMediaOrganization", "name": name, "url": f"{url}/"}


def absolute(href: str, site_url: str) -> str:
    """An address within the site, written relative to a page, as the world knows it; "" stays."""
    path = href.removeprefix("./")
    while path.startswith("../"):
        path = path.removeprefix("../")
    return f"{site_url}/{path.removesuffix('index.html')}" if href else ""


def _in_site(site: Thing) -> Thing:
    return {"@type": "WebSite", "name": site["name"], "url": site["url"]}


def _media(recording: Recording) -> Thing:
    return {
        "@type": _MEDIA[recording.kind],
        "contentUrl": recording.url,
        "encodingFormat": recording.type,
        "name": recording.title,
        "duration": recording.duration,
    }


def _known(thing: Mapping[str, object]) -> Thing:
    """Without what is not known: "", nothing, an empty list."""
    return {name: _cleared(value) for name, value in thing.items() if value not in ("", None, [], ())}


def _cleared(value: object) -> object:
    if isinstance(value, dict):
        return _known(value)
    return [_cleared(each) for each in value] if isinstance(value, list) else value
