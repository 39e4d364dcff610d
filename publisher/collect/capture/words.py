"""The words that give the parts of a captured page away, by language.

A new wording or language is a new line here and a new case file, and no new code.
"""

from __future__ import annotations

import re

_RELATED = (
    # English
    r"(?:even )?more (?:from|by|on|in|about)\b.+",
    r"more (?:.{1,30} )?(?:stories|articles|coverage|reading|news|posts|columns)",
    r"(?:what to )?read (?:more|next|also|this next)(?: (?:from|by|on|in|about)\b.+)?",
    r"you (?:may|might) (?:also )?(?:like|enjoy)|see also|up next|keep reading|further reading",
    r"(?:related|recommended|similar|suggested)(?: (?:stories|articles|reading|posts|content|links|coverage|for you))?",
    r"(?:editors?['’]?s? picks?|most (?:read|popular)|trending(?: now)?|in case you missed it)",
    r"(?:the )?latest (?:from|stories|articles)\b.*",
    # German
    r"mehr (?:von|aus|zum|zur|zu|über|artikel|lesen)\b.*|lesen sie (?:auch|mehr|weiter)\b.*|zum weiterlesen",
    r"weitere (?:artikel|beiträge|texte|themen)\b.*|das könnte (?:sie|dich) (?:auch )?interessieren",
    r"(?:verwandte|ähnliche) (?:artikel|beiträge|themen)|auch interessant|passend zum thema",
    # French
    r"(?:à )?lire (?:aussi|également|la suite)\b.*|sur le même (?:sujet|thème)|dans la même rubrique",
    r"plus (?:de|d['’]articles|sur)\b.+|articles? (?:liés?|similaires?|associés?|recommandés?)",
    # Spanish
    r"más (?:de|en|sobre|noticias|artículos)\b.+|(?:lee|lea|leer) (?:también|más)\b.*",
    r"(?:artículos |noticias |historias )?relacionad[oa]s|(?:también )?te puede interesar",
    # Italian
    r"leggi (?:anche|ancora)\b.*|altr[oi] (?:da|di|articoli)\b.*|articoli correlati|potrebbe (?:anche )?interessarti",
    # Portuguese
    r"leia (?:também|mais)\b.*|mais (?:de|em|sobre|notícias|artigos)\b.+|artigos relacionados",
    # Dutch
    r"lees (?:ook|meer|verder)\b.*|meer (?:van|uit|over|artikelen)\b.*|gerelateerde (?:artikelen|berichten)",
)
RELATED_HEADING = re.compile(rf"(?:{'|'.join(_RELATED)})\s*[:»›>→]*\Z", re.IGNORECASE)

ABOUT_HEADING = re.compile(
    r"(?:about|über|zur|zum|sobre|a propos de|à propos de|over de|sull['’]|l['’])\s*"
    r"(?:the |die |den |der |el |la |los |las |o |a |os |l['’]|d['’])?"
    r"(?:authors?|writers?|columnists?|reporters?|autorin(?:nen)?|autoren|autor|person|autor[ae]s?|auteurs?|autori)\s*:?\Z",
    re.IGNORECASE,
)

BYLINE = re.compile(
    r"(?:(?:written |reported |words )?by|von|par|por|di|door|text:|author:)\s+(?P<names>\S.*)\Z", re.IGNORECASE
)
AND = re.compile(r"\s*(?:,\s*(?:and|und)?|&|\b(?:and|und|et|y|e|en|with|mit)\b)\s+")
CONJUNCTIONS = frozenset({"and", "und", "et", "y", "e", "en", "&"})
PARTICLES = frozenset(
    {
        "af", "al", "bin", "d", "da", "dal", "de", "del", "della", "den", "der", "di", "do", "dos", "du", "el", "ibn",
        "la", "las", "le", "los", "ten", "ter", "van", "von", "zu", "zum", "zur",
    }
)  # fmt: skip

# What a writer does: a verb that only a writer is the subject of …
WRITES = re.compile(
    r"(?:(?:also|now|currently|regularly|usually|often|frequently|has|have|long)\s+)*"
    r"(?:covers?|covered|writes|write|written|wrote|reports|report|reported|edits?|edited|contributes?|blogs?|"
    r"schreibt|schreiben|berichtet|berichten|couvre|couvrent|écrit|écrivent|cubre|cubren|escribe|escriben|"
    r"scrive|scrivono|cobre|escreve|escrevem|schrijft|schrijven)\b(?!\s*(?:that\b|dass\b|que\b|che\b|dat\b|[,:\"“”]))"
)
# … or what a person is.
IS = re.compile(
    r"(?:is|are|was|were|has been|have been|works?|worked|serves?|served|joined|ist|sind|war|arbeitet|est|sont|es|son|"
    r"è|sono|é|são|zijn)\b"
)
TRADE = re.compile(
    r"\b(?:reporters?|correspondents?|columnists?|writers?|editors?|journalists?|authors?|critics?|contributors?|"
    r"novelists?|essayists?|bloggers?|freelancers?|"
    r"redakteur(?:e|in|innen)?|korrespondent(?:en|in|innen)?|kolumnist(?:en|in|innen)?|journalist(?:en|in|innen)|"
    r"autor(?:en|in|innen|a|es)?|journalistes?|chroniqueu(?:rs?|ses?)|rédact(?:eurs?|rices?)|correspondante?s?|"
    r"auteurs?|autrices?|periodistas?|columnistas?|redactor(?:a|es)?|giornalist[aie]|autor[ei]|jornalistas?|"
    r"redacteur(?:en)?|schrijvers?)\b",
    re.IGNORECASE,
)
PRONOUN = re.compile(
    r"\b(?:he|she|they|his|her|hers|him|their|them|er|sie|sein|seine|ihr|ihre|il|elle|ils|elles|son|sa|ses|él|ella|"
    r"ellos|ellas|su|sus|lui|lei|suo|sua|loro|ele|ela|seu|hij|zij|zijn|haar)\b",
    re.IGNORECASE,
)

FURNITURE = re.compile(
    r"(?:©|\(c\)\s*\d{4}|copyright\b|all rights reserved).*|"
    r"(?:share(?: this(?: (?:article|story|post))?)?|print|e-?mail|advertisements?|anzeige|publicité|comments?|tweet)",
    re.IGNORECASE,
)

# The first letters of a month's name -> its number; four letters where three are not enough.
MONTHS = {
    "jan": 1, "jän": 1, "ene": 1, "gen": 1, "feb": 2, "fév": 2, "fev": 2, "mar": 3, "mär": 3, "mrt": 3, "maa": 3,
    "apr": 4, "avr": 4, "abr": 4, "may": 5, "mai": 5, "mag": 5, "mei": 5, "jun": 6, "juin": 6, "giu": 6, "jul": 7,
    "juil": 7, "lug": 7, "aug": 8, "aoû": 8, "ago": 8, "sep": 9, "set": 9, "oct": 10, "okt": 10, "ott": 10, "out": 10,
    "nov": 11, "dec": 12, "dez": 12, "déc": 12, "dic": 12,
}  # fmt: skip
