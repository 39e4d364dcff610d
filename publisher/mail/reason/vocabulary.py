"""Words that stand for each other in what servers say: the names in capitals that phrases use.

Pure values.
"""

from __future__ import annotations

from collections.abc import Mapping

# Whose name alone says that an address is on a list.
BLOCK_LISTS = (
    "abuseat abusix backscatterer barracudacentral cbl dnsbl dnsbls dsbl gbudb hostkarma invaluement ipcheck "
    "junkemailfilter mailspike manitu nixspam njabl ordb psbl rbl rbls senderbase senderscore sorbs spamcop "
    "spameatingmonkey spamhaus spamhauss spamrats spamrl surbl uceprotect uribl"
)

_CLASSES = {
    # Whom a letter is for, and where it is kept.
    "USER": "user users recipient recipients mailbox mailboxes account accounts address addresses adress addressee "
    "adressee alias username userid person rcpt rcptto inbox",
    "BOX": "user recipient mailbox account userid username alias inbox",
    "STORE": "mailbox mailboxes inbox maildir mailfolder storage disk account user users recipient recipients",
    "CLOSED": "disabled deactivated suspended inactive closed locked frozen blocked terminated expired discontinued "
    "cancelled canceled dormant hangup retired abandoned decommissioned deprovisioned defunct obsolete",
    "UNKNOWN": "unknown unkown unknow unrecognized unregistered unallocated undefined nonexistent",
    "FOUND": "found known exist exists listed recognized recognised registered resolved located",
    "FIND": "find locate know recognize recognise resolve",
    # Whom it comes from, and where it goes.
    "PEER": "ip address addresses host server client domain network sender helo mailfrom",
    "SENDER": "sender senders mailfrom originator envelope",
    "DOMAIN": "domain domains host hostname system",
    "RELAY": "relay relaying relays",
    "LISTS": BLOCK_LISTS,
    "LIST": BLOCK_LISTS + " proofpoint cloudmark",
    "SCHEME": "spf dkim dmarc arc",
    "TLS": "tls ssl starttls encryption",
    "LOGIN": "authentication auth login logon sasl",
    # What is sent.
    "MAIL": "message messages mail mails email emails",
    "CONTENT": "message mail email msg letter content body attachment attachments header headers data",
    "CONNECTIONS": "connection connections session sessions message messages mail mails email emails recipients rcpts "
    "requests transactions deliveries letters",
    "SENDING": "sending send smtp outgoing outbound relay submission mailing daily hourly monthly plan",
    "QUOTA": "quota quotas limit limits allowance credits",
    "EXCEEDED": "exceed exceeds exceeded exceeding reached reaches over hit above beyond exhausted used",
    # What becomes of it.
    "REFUSED": "rejected refused denied blocked prohibited forbidden disallowed",
    "ALLOWED": "allowed permitted authorized authorised accepted",
    "FAILURE": "failure failures failed error errors problem problems trouble",
    "BAD": "invalid illegal wrong incorrect bad improper misspelled",
    "NOT": "not isnt wasnt doesnt didnt dont cannot cant couldnt never unable",
    "IS": "is are was has been have",
}

CLASSES: Mapping[str, frozenset[str]] = {name: frozenset(words.split()) for name, words in _CLASSES.items()}
