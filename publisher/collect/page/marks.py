"""What class names, ids and roles say about an element: the customs of the web's themes.

Each class name is read as a word of its own, in parts: `post-author-box` is a box of an
author, `article-body has-related` is neither. A new custom is a new line here.
"""

from __future__ import annotations

import re

from publisher.collect.page.tree import Element, marks_of, upwards

_START, _END = r"(?:^|[\s_-])", r"(?=$|[\s_-])"


def _mark(*parts: str) -> re.Pattern[str]:
    return re.compile(_START + r"(?:" + "|".join(parts) + r")" + _END)


_AUTHOR = r"(?:authors?|writers?|contributors?|columnists?)"
_BOX = r"(?:bio|biography|box|card|blurb|description|desc|about|profile|details|info|footer|block|content|intro)"
AUTHOR_BOX = _mark(
    rf"{_AUTHOR}[_-]+(?:\w+[_-]+)?{_BOX}",
    rf"(?:about|meet|bio)[_-]+(?:the[_-]+)?{_AUTHOR}",
    r"(?:bio|biography|byline[_-]+bio|post[_-]+author|abh[_-]box|vcard[_-]bio)",
)
AUTHOR_NAME = _mark(rf"{_AUTHOR}(?:[_-]+(?:name|link|title))?$", rf"{_AUTHOR}[_-]+(?:name|link)", r"fn", r"p-author")
BYLINE = _mark(r"byline(?:[_-]+\w+)?", r"by[_-]author", rf"{_AUTHOR}", r"p-author", r"vcard")
RELATED = _mark(
    r"related(?:[_-]*(?:posts?|stories|story|articles?|content|links?|news|items?|reading|coverage))?",
    r"jp[_-]relatedposts|yarpp(?:[_-]related)?|recommended|recommendations|further[_-]reading|see[_-]also",
    r"(?:read|keep)[_-]*(?:next|also|reading)|read[_-]*more(?:[_-]*(?:feed|wrap|section|list))|you[_-]may[_-](?:also[_-])?like",
    r"more[_-]*(?:stories|posts|articles|from(?:[_-]\w+)*|news|on|like[_-]this)|suggested",
)
TEASERS = _mark(r"most[_-]*(?:read|popular)|trending|popular(?:[_-]posts)?|latest(?:[_-]\w+)?")
ADVERTS = _mark(r"ads?|adverts?|sponsor\w*|taboola[\w-]*|outbrain[\w-]*|ob[_-]widget\w*|promoted\w*|partner[_-]content")
COMMENTS = _mark(r"comments?(?:[_-]\w+)*|disqus\w*|respond|replies")
STANDFIRST = _mark(
    r"standfirst|dek|deck|sub[_-]*(?:title|head|headline|heading)|stand[_-]first|article[_-](?:summary|excerpt|lead|intro)",
    r"(?:post|entry|gh[_-]article)[_-](?:excerpt|summary|subtitle)|p-summary",
)
FURNITURE = _mark(
    r"shar(?:e|ing)(?:[_-]\w+)*|sharedaddy|social(?:[_-]\w+)*|addtoany\w*|newsletters?(?:[_-]\w+)*|subscri\w+|sign[_-]?up",
    r"promo(?:[_-]\w+)*|ads?|adverts?|advertisements?|ad[_-]\w+|sponsor\w*|banner|dfp\w*|taboola\w*|outbrain\w*",
    r"breadcrumbs?|pagination|pager|post[_-]navigation|nav(?:[_-]\w+)*|menu|sidebar|widget|toolbar|cookies?(?:[_-]\w+)*",
    r"(?:post|entry|article)?[_-]?(?:meta|tags?|categories|dateline|date|timestamp)|published|time[_-]?stamp|byline",
    r"print|donat\w+|paywall|popup|modal|skip[_-]link|screen[_-]reader[_-]text|visually[_-]hidden|sr[_-]only|cta",
)
DATE = _mark(r"(?:\w+[_-])?(?:date|published|dateline|timestamp|posted[_-]on|pubdate)", r"dt-published|dt-updated")
UPDATED = _mark(r"(?:\w+[_-])?(?:updated|modified|dt-updated)")
CLEARLY_PICTURES = _mark(r"wp-caption|wp-block-(?:image|gallery|embed|video|audio)|kg-(?:\w+-)*card|gallery|embed\w*")


def says(element: Element, mark: re.Pattern[str]) -> bool:
    return bool(mark.search(marks_of(element)))


def stands_in(element: Element, mark: re.Pattern[str]) -> bool:
    """Whether it, or what it stands in (but for the page itself), says so."""
    return any(says(one, mark) for one in upwards(element) if one.tag not in ("html", "body", "main"))
