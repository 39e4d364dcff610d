"""Whether a refusal speaks about us: our address, our domain, our letter; and not about a mailbox.

Theory. The code says little: providers answer 550 5.7.1 to a mailbox that is closed and to a
sender they take for a spammer. So what is surely about the mailbox is looked for first, in the
enhanced status (RFC 3463 §3.2 and §3.3) and in the words; then what is surely about us, in the
security statuses (RFC 7372, and those that Google and Microsoft document), and in the words
for spam, reputation, policy and block lists. A temporary answer must say it in words or in a
status of authentication: `4.7.1` alone is greylisting more often than not.

Responsible for this one question. Whether to go on with an issue is `wellbeing.py`.

Pure. Known weakness: words are English; a provider that says it in another language, and
without a status, is taken to speak of the mailbox.
"""

from __future__ import annotations

import re

# An address may hold any word: <spam-report@readers.example> says nothing.
_ADDRESSES = re.compile(r"<[^<>]*>|[^\s@<>()]+@[\w.-]+")
_LINKS = re.compile(r"https?://\S+")

# RFC 3463 §3.2: bad mailbox, bad system, bad syntax, moved, null MX (RFC 7505); §3.3: mailbox disabled, full.
_STATUS_OF_A_MAILBOX = re.compile(r"[45]\.(?:1\.(?:1|2|3|4|6|10)|2\.[1-4])")
_WORDS_OF_A_MAILBOX = re.compile(
    r"""
      \b(?:unknown|invalid|inactive|disabled|no\ such|non-?existent|unrouteable)\ (?:\w+\ )?
        (?:user|mailbox|recipient|account|address|person|domain)
    | \b(?:user|mailbox|recipient|account|address|domain)\ (?:\w+\ ){0,2}
        (?:unknown|not\ found|inactive|disabled|suspended|closed|full|blocked|does\ ?n[o']t\ exist|not\ exist)
    | \b(?:over\ ?quota|mailbox\ is\ full|mailbox\ size|no\ mailbox|not\ our\ customer)\b
    | \brecipient(?:\ \S+)?\ (?:only\ accepts|not\ authori[sz]ed|restrict)
    | RESOLVER\.RST\.(?:NotAuthorized|RecipientRestricted|AuthRequired)
    """,
    re.IGNORECASE | re.VERBOSE,
)
# An Exchange mailbox may choose who writes to it; that is its reader's wish and no one's fault.
_STATUS_OF_A_WISH = re.compile(r"5\.7\.(?:2|12|17|1[2-3]\d)")

_STATUS_OF_US = re.compile(
    r"""
      5\.1\.8                                # the sender's domain or account is barred
    | 5\.4\.5                                # what may be sent in a day is sent
    | 5\.7\.(?:1|7|9|2[0-9]|3[0-2])          # refused by policy; SPF, DKIM, DMARC, reverse DNS (RFC 7372)
    | 5\.7\.(?:5\d\d|6\d\d|7\d\d)            # Microsoft: authentication, barred addresses, spam
    | 4\.7\.(?:2[3-9]|3[0-2]|5\d\d|6\d\d|7\d\d)
    """,
    re.VERBOSE,
)
_WORDS_OF_US = re.compile(
    r"""
      \bspam(?!\w)|\bspam(?:my|ming|mer|haus|cop|assassin)|\bunsolicited\b|\bjunk\b|\bphish|\bsuspicious\b|\babus
    | \breputation\b|\bcomplaints?\b|\bbanned\b|\bblock(?:ed|ing)?\b|\bblock\ ?list|\bbl(?:a|o)ck[\ -]?list
    | \b(?:dns|r)bls?\b|\bdenylist|\blisted\ (?:in|on|at|by)\b
    | \bpolic(?:y|ies)\b|\bunauthenticated\b|\bnot\ authenticated\b|\bfails?\ authentication\b
    | \b(?:spf|dkim|dmarc)\b|\breverse\ dns\b|\bptr\b
    | \bcontent\ (?:was\ )?(?:rejected|denied|blocked|refused)|\bsending\ (?:limit|quota)
    | \baccess\ denied,\ (?:bad|banned)
    """,
    re.IGNORECASE | re.VERBOSE,
)
_GREYLISTING = re.compile(r"\bgr[ae]y-?\ ?list", re.IGNORECASE)


def is_about_us(*, code: int, enhanced: str, text: str) -> bool:
    """Whether a reply of 4xx or 5xx speaks of our reputation, policy, authentication or of spam."""
    if code < 400 or _STATUS_OF_A_MAILBOX.fullmatch(enhanced) or _STATUS_OF_A_WISH.fullmatch(enhanced):
        return False
    words = _ADDRESSES.sub(" ", text)
    if _WORDS_OF_A_MAILBOX.search(_LINKS.sub(" ", words)) or _GREYLISTING.search(words):
        return False
    return bool(_STATUS_OF_US.fullmatch(enhanced) or _WORDS_OF_US.search(words))
