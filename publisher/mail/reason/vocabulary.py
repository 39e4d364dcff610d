"""Words that stand for each other in what servers say: the names in capitals that phrases use.

Pure values.
"""

from __future__ import annotations

from collections.abc import Mapping

# Whose name alone says that an address is on a list.
BLOCK_LISTS = (
    "abuseat abusix backscatterer barracudacentral cbl dnsbl dnsbls dsbl gbudb hostkarma invaluement junkemailfilter "
    "mailspike manitu nixspam njabl ordb psbl rbl rbls senderbase senderscore sorbs spamcop spameatingmonkey spamhaus "
    "spamhauss spamrats surbl uceprotect uribl"
)

_CLASSES = {
    "USER": "user users recipient recipients mailbox mailboxes account accounts address addressee adressee email alias "
    "username userid person rcpt inbox",
    "STORE": "mailbox mailboxes inbox maildir mailfolder storage disk account user users recipient recipients",
    "MESSAGE": "message messages mail mails email emails msg letter transaction",
    "CONTENT": "message mail email msg letter content body attachment attachments header headers data",
    "DOMAIN": "domain host hostname system",
    "PEER": "ip address addresses host server client domain network sender helo mailfrom",
    "CLOSED": "disabled deactivated suspended inactive closed locked frozen blocked terminated expired discontinued "
    "cancelled canceled dormant hangup",
    "UNKNOWN": "unknown unkown unknow unregistered unallocated undefined nonexistent",
    "BAD": "invalid illegal wrong incorrect bad improper malformed misspelled",
    "NOT": "not isnt wasnt doesnt didnt dont cannot cant couldnt never unable",
    "FOUND": "found known exist exists listed recognized recognised registered resolved located",
    "FIND": "find locate know recognize recognise resolve",
    "REFUSED": "rejected refused denied blocked prohibited forbidden disallowed",
    "EXCEEDED": "exceed exceeds exceeded exceeding reached reaches over hit above beyond exhausted used",
    "QUOTA": "quota quotas limit limits allowance credits",
    "SENDING": "sending send smtp outgoing outbound relay submission mailing daily hourly monthly plan",
    "RELAY": "relay relaying relays",
    "LISTS": BLOCK_LISTS,
    "LIST": BLOCK_LISTS + " proofpoint cloudmark",
    "SCHEME": "spf dkim dmarc arc",
    "FAILURE": "failure failures failed error errors problem problems trouble",
    "CONNECTIONS": "connection connections session sessions message messages mail mails email emails recipients rcpts "
    "errors commands requests transactions deliveries letters",
}

CLASSES: Mapping[str, frozenset[str]] = {name: frozenset(words.split()) for name, words in _CLASSES.items()}
