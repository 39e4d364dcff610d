"""What is said of an address: that nobody has it, or that it is none. The surest first.

Pure values.
"""

from __future__ import annotations

from publisher.mail.reason.case import case
from publisher.model.reason import Reason

UNKNOWN = (
    case(
        Reason.BAD_ADDRESS,
        "Gmail, Postfix, Outlook.com",
        """
        not a valid rfc
        address|mailbox|recipient syntax
        bad address syntax
        """,
    ),
    case(
        Reason.USER_UNKNOWN,
        "Postfix, Sendmail, Exim, qmail, Exchange, Gmail, Yahoo, Zoho, Barracuda, Proofpoint, Mail.ru, QQ",
        """
        USER|login|customer|local UNKNOWN|invalid
        UNKNOWN USER|local|login|virtual|customer
        unknown or illegal|invalid|expired
        unknown in|at .. table|map|list|recipient|here|domain|server
        no such USER|local|name|id|usr|customer|member|object
        nosuchuser|recipnotfound|recipientnotfound|invalidrecipient|usernotfound|unknownuser
        baduser|nomailbox|userunknown
        USER|name|id|usuario .. does|do|did not|no exist|exists|exit|have
        USER|name|it .. doesnt|dont|didnt exist|exists|have
        USER .. NOT .. FOUND
        user|recipient|mailbox|account|address|email|alias .. not|isnt .. valid|here|existing|recognized
        user|recipient|mailbox|account|address|email notfound
        does not|no exist .. here|mailbox|user|account|on this
        that you tried to reach does not|doesnt exist
        account that you tried to reach
        user|recipient|mailbox|account doesnt|didnt exist
        user|address|account|mailbox has|have .. no|not .. account|mailbox|existed
        doesnt|does have|not .. have|a .. account
        NOT|failed .. FIND .. USER
        not our|my|a customer|user|valid|known|local|existing
        not a valid|known|local|existing|current user|recipient|mailbox|account|address|customer|email|alias|username
        is not a|an .. mailbox|user|recipient|account
        isnt a valid|known user|recipient|mailbox|account|address
        no USER|one|mbox here|by|with|found|exists|for|matches|matching|of|named|at|on|corresponding
        no|not .. here|mailbox|user by|with that|this name
        no user|recipient|mailbox|account|address|inbox|maildrop
        no valid user|mailbox
        not in .. recipient|user|customer|account|address|member|validrcptto list|table|database|directory
        not listed in .. directory|domino|address|name
        not found in .. directory|database|domino|ldap|address|table|name
        BAD|unavailable USER|destination|name
        bad destination mailbox|email|address
        invalid final delivery
        marked as invalid
        mailbox|user|recipient|account|alias|addressee .. invalid|nonexistent|undeliverable|missing|nonexisting
        undeliverable address
        recipient|address verification|verify failed|failure
        verification failed for @
        cannot verify|route .. user|recipient|mailbox
        could not be found or was misspelled
        address .. could not be found
        address not present|known in
        mailbox|user|account|recipient .. was|has .. deleted|removed|cancelled
        mailbox|account .. ever|never .. existed|created|assigned
        mailbox not found|available here|known|exist
        unrouteable|unroutable|unrouted address|mail
        not unique
        destination .. not recognized|recognised|known
        we are unable to deliver to .. address|recipient|user
        all relevant mx records point to non existent hosts
        all recipients .. rejected|invalid|refused|bad
        all recipient addresses rejected access denied
        blank mailhost
        who is|are this|that|you
        dd requested mail action aborted
        message was not accepted invalid mailbox
        utilisateur|destinataire|adresse|boite|compte .. inconnu|inconnue|inexistant|inexistante|invalide
        benutzer|empfaenger|empfänger|postfach|adresse|teilnehmer .. unbekannt|ungueltig|ungültig|existiert|nicht
        utente|destinatario|casella|indirizzo .. sconosciuto|sconosciuta|inesistente|non
        usuario|destinatario|buzon|cuenta|direccion|utilizador .. desconocid*|inexistente*|invalido|no|nao|não
        gebruiker|ontvanger|postbus|adres .. onbekend|bestaat
        uzytkownik|adresat|odbiorca|konto .. nieznany|istnieje|nie
        nie ma takiego|takiej
        cet|cette utilisateur|adresse .. existe
        """,
    ),
    case(
        Reason.USER_UNKNOWN,
        "Microsoft 365, which says no more of an address that its directory does not have",
        """
        recipient address rejected access denied
        access denied
        """,
        kinds="5",
        statuses=("5.4.1",),
    ),
    case(
        Reason.BAD_ADDRESS,
        "Postfix, Sendmail, Gmail, qmail, Exchange",
        """
        malformed|unparseable|unparsable|unqualified|illegal|ill address|recipient|formed
        bad|invalid|illegal|incorrect|improper .. address|recipient|mailbox|rcpt syntax
        syntax error .. address|recipient|mailbox|local
        address syntax
        address|recipient .. contains|has .. invalid|illegal|bad|restricted characters|character
        recipient address .. not|isnt .. valid rfc
        need|must .. fully qualified .. address|recipient
        bad|invalid address|recipient|mailbox .. format
        mailbox name not allowed|valid
        restricted characters in address
        user name|part .. too long
        local part .. too long|invalid|illegal
        domain missing|literal
        ambiguous address|recipient|name|user
        """,
    ),
    case(
        Reason.NO_UTF8,
        "Postfix, Exim, Gmail (RFC 6531)",
        """
        smtputf8 .. not|required|needed|unsupported|but
        internationalized|utf8|utf .. address* .. not|unsupported
        requires|require|need|needs|without smtputf8
        non ascii address* .. not|permitted
        """,
    ),
)
