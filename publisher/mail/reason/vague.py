"""What may be said of anything: a status that means one thing is believed before these.

Pure values.
"""

from __future__ import annotations

from publisher.mail.reason.case import case
from publisher.model.reason import Reason

VAGUE = (
    case(
        Reason.USER_UNKNOWN,
        "RFC 5321, GMX, Outlook.com, Comcast, Cisco: what they say of an address that they do not have",
        """
        mailbox|recipient|user|account|address .. unavailable|unreachable
        mailbox|recipient|account .. not available
        BOX|rcpt rejected|refused
        recipient REFUSED
        recipient .. not accepted
        recipient address rejected in reply to rcpt
        unavaiable
        not valid
        USER .. unknown
        @ .. unknown
        doesnt|not exist
        bad|invalid|unknown destination
        nexiste pas|plus
        non esiste
        no existe
        nao existe
        existiert nicht
        bestaat niet
        nie istnieje
        neexistuje
        finns inte
        findes|finnes ikke
        не существует
        destin|dest|utente|casella sconosciuto|sconosciuta
        not found
        cannot be reached
        undeliverable
        no such
        failed .. router
        unable to deliver
        """,
        kinds="5",
        statuses=("", "5.0.0", "5.1.0", "5.2.0", "5.3.0", "5.4.1", "5.5.0"),
    ),
    case(
        Reason.DISABLED,
        "servers that do not say whom they mean",
        """
        inactive|deactivated|discontinued
        """,
        kinds="5",
        statuses=("", "5.0.0", "5.1.0", "5.2.0"),
    ),
    case(
        Reason.USER_UNKNOWN,
        "Cisco",
        """
        address rejected
        """,
        kinds="5",
        statuses=("5.1.0",),
    ),
    case(
        Reason.POLICY,
        "Barracuda and others who say no more",
        """
        blocked|prohibited|forbidden|disallowed
        not ALLOWED
        """,
    ),
)
