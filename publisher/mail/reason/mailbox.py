"""What is said of a mailbox that is there, or was: the surest first.

Pure values.
"""

from __future__ import annotations

from publisher.mail.reason.case import case
from publisher.model.reason import Reason

# A wish of the mailbox's owner or house. They come first: their words speak of logins and policies.
WISHES = (
    case(
        Reason.RESTRICTED,
        "Postfix, Yandex: by a list of recipients",
        """
        recipient address rejected access denied
        policy rejection on the target address
        """,
        statuses=("5.7.1", "5.7.0", ""),
        kinds="5",
    ),
    case(
        Reason.RESTRICTED,
        "Exchange, Microsoft 365",
        """
        resolver rst notauthorized|authrequired|recipientrestricted|recipientnotauthorized
        resolver rst sendernotauthenticatedforgroup|sendernotauthenticatedformailbox|sendernotauthenticatedfor*
        delivery restriction check failed
        recipientrestricted|recipientnotpermittedbymailtips
        your message wasnt|cant delivered|be .. permission to send
        you dont have permission to send
        recipient not authorized
        """,
    ),
    case(
        Reason.RESTRICTED,
        "Google groups, Postfix, Mimecast, QQ, Sympa, mailing lists",
        """
        recipient only accepts|accept mail|messages|email from
        only accepts|accept mail|messages|email from
        only members|subscribers|moderators may|can post
        posting is|to .. restricted|not allowed
        you do not have permission to post
        may not have permission to post messages to the group
        group|list .. not accept .. external|outside
        restricted recipient
        recipient .. restricted to|by
        not accept* mail|messages|email from outside
        does not accept external mail|email|messages
        rejected|blocked by .. user|recipient|recipients wish|settings
        rejected by recipients
        your message was rejected by this user
        this user is not accepting mail|messages|email from you
        recipients .. personal|own blacklist|blocklist
        sender|senders is|are on .. recipient* block*
        blocked senders
        local user only
        mailbox delivery restricted
        mailbox delivery failure policy
        this address|mailbox|account is not allowed to receive
        not allowed to receive mail|email|messages
        accepts mail only from
        no reply address|mailbox|account .. not|never
        challenge response
        """,
    ),
)

FULL = (
    case(
        Reason.MAILBOX_FULL,
        "Domino, Exchange: of a mailbox, where it is for good",
        """
        not enough|no|insufficient disk space|storage
        """,
        kinds="5",
    ),
    case(
        Reason.MAILBOX_FULL,
        "Gmail, Postfix, Exim, Dovecot, qmail, Exchange, Yahoo, iCloud, QQ",
        """
        mailbox|mailboxes|inbox|maildir|mailfolder|account|user|users|recipient|recipients|storage .. full
        mailfull|mailboxfull|overquota*|quotaexceeded*|mbxquota*
        over|exceed*|reached .. mailbox|disk|storage|allocated|mail|user|account|email|mailfolder|folder .. quota|limit
        over quota|overquota
        STORE .. EXCEEDED|excess* .. QUOTA|storage|size|space|allocation
        STORE|extended|email quota .. EXCEEDED|violation|full
        mailbox|inbox|account|user|recipient|recipients .. out of storage|space
        out of storage space
        not|no|insufficient|low enough|more|sufficient room|space|storage .. mailbox|inbox|account|user|recipient
        no space left on .. mailbox|user|account
        mailbox|inbox size|storage limit
        mailbox has|is reached|at|above|beyond .. limit|maximum|capacity
        mailbox would|will exceed|be .. quota|limit|full
        exceeded storage allocation
        exceed* .. storage allocation|quota
        storage allocation exceed*
        mail|mailbox|email quota exceed*
        delivery .. over quota
        would be over quota
        would exceed .. quota
        quota exceed*
        exceed* .. quota
        exceeded .. storage limit|space
        too much mail|data in .. mailbox|account
        boite .. pleine
        postfach|mailbox .. voll
        casella .. piena
        buzon|casilla|bandeja .. lleno|llena
        caixa .. cheia
        skrzynka .. pelna|przepelniona
        speicherplatz .. ueberschritten
        """,
    ),
)

DISABLED = (
    case(
        Reason.DISABLED,
        "Gmail, Yahoo, Free, Mail.ru, Exchange, Rambler, Plesk, cPanel",
        """
        USER|adresse .. is|are|was|has|been|currently|temporarily|permanently .. CLOSED|deleted|removed
        USER|login CLOSED
        disabled|deactivated|suspended|inactive|closed|locked|frozen|expired|terminated|dormant USER
        recipient address rejected inactive|disabled|blocked
        disableduser
        that you tried to reach is disabled|inactive|suspended
        mailbox|account|user|address .. no longer|not .. active|in use|used
        no longer in use
        no longer used|active|accepting|accepts|accept|monitored|available|valid|exists
        no longer receives|receiving|accept*
        not accepting|accept messages|mail|email|mails on|for this|that
        mailbox|account|user .. not|isnt .. active|enabled|activated
        has been disabled|deactivated|suspended due|because|for
        mailbox|account .. unused|inactivity
        due to inactivity
        account .. violation of
        user|recipient|account .. is not accepting|receiving
        delivery to this|that address|user|recipient .. suspended|disabled
        stillgelegt|deaktiviert|gesperrtes postfach|konto
        compte .. desactive|ferme|suspendu|inactif
        cuenta .. desactivada|suspendida|inactiva|deshabilitada
        """,
    ),
)

MOVED = (
    case(
        Reason.MOVED,
        "Sendmail, Lotus Notes, RFC 5321, RFC 7293",
        """
        user|mailbox|recipient|address|account .. has|have moved|changed
        has moved to .. @|new|another
        new|changed|current email|e|mail address is|to
        address has|was changed
        please|now use|try|write .. @ instead
        user not local please try
        no longer employed|works|working|with|employee|works
        has left the|our company|organization|organisation|firm|employ*
        mailbox|domain owner has changed
        nicht mehr|mehr im unternehmen|beschaeftigt|taetig
        """,
        kinds="5",
    ),
)
