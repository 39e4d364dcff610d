"""What is said of a mailbox that is there, or was: the surest first.

Pure values.
"""

from __future__ import annotations

from publisher.mail.reason.case import case
from publisher.model.reason import Reason

# Their words speak of logins, policies and block lists, which are not meant.
WISHES = (
    case(
        Reason.NO_ROUTE,
        "cPanel, which does not know which it is",
        """
        account or domain may exist
        """,
    ),
    case(
        Reason.USER_UNKNOWN,
        "Microsoft 365 and Exchange by the mark of their filter, whatever status a relay puts before it",
        """
        address|addresses rejected access denied as 201806281|201806271
        """,
        kinds="5",
    ),
    case(
        Reason.USER_UNKNOWN,
        "Microsoft 365 and Exchange, which say no more of an address that their directory does not have",
        """
        address|addresses rejected access denied
        """,
        kinds="5",
        statuses=("5.4.1", "5.1.1", "5.1.10"),
    ),
    case(
        Reason.SPAM,
        "Korean and Chinese providers, filters in front of a mailbox",
        """
        denied|rejected|blocked|refused by .. spam|antispam|junk|content filter|engine|gateway
        mail|message|email is denied|rejected|blocked by|as .. spam|filter
        """,
    ),
    case(
        Reason.RESTRICTED,
        "Postfix, Yandex: by a list of recipients",
        """
        recipient address rejected access denied
        policy rejection on the target address
        """,
        kinds="5",
    ),
    case(
        Reason.RESTRICTED,
        "Exchange, Microsoft 365",
        """
        resolver rst notauthorized*|authrequired|recipientrestricted|restrictedtorecipients*
        resolver rst sendernotauthenticatedfor*
        delivery restriction check failed
        you dont|do have|not .. permission to send to
        """,
    ),
    case(
        Reason.RESTRICTED,
        "Google groups, Sympa, Mimecast, QQ, Zoho, mailing lists",
        """
        only accepts|accept MAIL from
        accepts MAIL only from
        only members|subscribers|moderators may|can post
        posting .. restricted|not
        not have permission to post
        group|list .. not accept .. external|outside
        recipient .. restricted to
        does not accept external MAIL
        not accept MAIL from outside
        not accept MAIL from this|your|you|that
        rejected by recipients
        sender not pre approved
        recipient|user has blocked
        members only|list
        not subscribed to this|the
        isnt|not on the recipients list
        recipient refuses
        recipient|recipients preferences
        recipient is not ALLOWED
        your message was rejected by this user
        is|are not accepting MAIL from|with
        groupe que vous avez|essayez
        gruppe die sie kontaktieren
        grupo con el|que
        gruppo che hai
        groep waarmee|die
        群 組|组 可 能 不 存 在
        グループ が 存 在 しない
        SENDER is|are on .. recipient*
        blocked senders
        local user only
        mailbox delivery restricted
        mailbox delivery failure policy
        """,
    ),
)

FULL = (
    case(
        Reason.TOO_LARGE,
        "GMX, Exchange: of a mailbox, too",
        """
        message too large|big
        """,
    ),
    case(
        Reason.MAILBOX_FULL,
        "Domino, Exchange: of a mailbox, where it is for good",
        """
        not enough disk space|storage
        no|insufficient disk space|storage
        not enough|sufficient storage|disk space
        """,
        kinds="5",
    ),
    case(
        Reason.MAILBOX_FULL,
        "Gmail, Postfix, Exim, Dovecot, qmail, Exchange, Yahoo, iCloud, Comcast, Free, Orange, QQ",
        """
        STORE .. full
        mailfull|mailboxfull|overquota*|quotaexceeded*|overdrawn
        over quota
        quota exceed*
        exceed* .. quota
        STORE .. EXCEEDED .. QUOTA|storage|size|space
        STORE|extended .. quota|limit .. EXCEEDED|violation
        mail|email|extended quota EXCEEDED|violation
        EXCEEDED .. STORE|folder .. quota|limit
        out of storage space
        storage allocation
        STORE .. out of storage|space
        not enough|sufficient room|space|storage .. STORE
        no|insufficient|low room|space|storage .. STORE
        no space left on
        not have enough space|storage|room
        STORE size limit
        STORE .. at|above|beyond .. limit|maximum|capacity
        exceeded .. storage limit|space
        too much mail|data in
        too many messages on the server
        full mailbox
        diskspace|userdisk|domaindisk quota
        over the ALLOWED quota
        quota violation
        space .. used up
        """,
    ),
    case(
        Reason.MAILBOX_FULL,
        "in French, German, Italian, Spanish, Portuguese, Polish",
        """
        boite .. pleine
        postfach|mailbox .. voll
        speicherplatz .. ueberschritten
        casella .. piena
        buzon|casilla|bandeja|mailbox .. lleno|llena
        caixa .. cheia
        skrzynka .. pelna|przepelniona
        """,
    ),
)

DISABLED = (
    case(
        Reason.BUSY,
        "cPanel, Plesk, Coremail: a mailbox that will open again",
        """
        temporar* CLOSED
        """,
    ),
    case(
        Reason.POLICY,
        "servers that take no more of somebody: us",
        """
        no longer accept|accepts|accepting .. from
        """,
    ),
    case(
        Reason.DISABLED,
        "Gmail, Yahoo, Free, Mail.ru, Exchange, Rambler, Coremail, Plesk, cPanel",
        """
        BOX .. IS .. CLOSED
        address|email .. IS .. disabled|deactivated|suspended|inactive|closed|discontinued|terminated
        address|email .. IS .. retired|abandoned|decommissioned|deprovisioned|defunct|obsolete
        address retired|discontinued|decommissioned
        retired|abandoned|decommissioned|defunct|obsolete USER
        BOX|login CLOSED
        disabled|deactivated|suspended|inactive|closed|locked|frozen|expired|terminated|dormant USER
        inactive email
        recipient address rejected inactive|disabled|blocked
        disableduser|accountdisabled*
        USER .. NOT .. active|activated|enabled
        USER .. no longer .. active|use|used|available|valid|accepting|accepts|monitored
        no longer in use
        no longer active|accepting|accepts|available|valid|monitored|used
        not accepting MAIL
        has been disabled|deactivated|suspended
        due to inactivity
        account .. violation of
        recipient no longer on server
        tried to reach is CLOSED
        currently suspended
        archived recipient
        suspend the service
        """,
    ),
    case(
        Reason.DISABLED,
        "in French, German, Spanish, Italian, Portuguese, Dutch, Polish, Swedish, Russian",
        """
        compte .. desactive|ferme|suspendu|inactif
        adresse|boite|compte .. nest plus
        adresse|konto|postfach .. nicht mehr .. verwendet|benutzt|genutzt|aktiv|gueltig|gultig
        adresse|konto|postfach .. wird|ist nicht mehr
        destinataire archive|archivee
        konto|postfach .. deaktiviert|gesperrt|stillgelegt
        falta de uso
        cuenta|casilla|buzon .. expirado|expirada|expiro
        cuenta .. desactivada|suspendida|inactiva|deshabilitada
        direccion|cuenta|buzon|correo .. ya no .. usa|utiliza|activa|activo|valida|valido|disponible
        indirizzo|casella|utente .. non .. piu .. attivo|attiva|utilizzato|utilizzata|usato|valido|valida
        indirizzo|casella|utente non piu
        endereco|conta|caixa .. nao .. mais
        adres|mailbox|postbus .. niet meer
        adres|konto|skrzynka .. juz nie
        adressen|kontot .. inte langre
        адрес|ящик|почтовый .. больше не
        ящик|аккаунт .. заблокирован|отключен|отключён|удален|удалён
        """,
    ),
)

MOVED = (
    case(
        Reason.MOVED,
        "Sendmail, Postfix, Domino, vacation texts of offices (RFC 5321, RFC 7293)",
        """
        USER has|have moved|changed
        has moved to
        has been replaced by
        @ has moved|changed
        my|new|current address|email is
        use|try .. @ instead
        user not local please try
        no longer employed|works|working
        no longer with our|the|us
        has left the|our company|organization|organisation|firm
        mailbox|domain owner has changed
        """,
        kinds="5",
    ),
)

# What else stands with it says more.
REFUSED = (
    case(
        Reason.RESTRICTED,
        "qmail, by a list of recipients",
        """
        badrcptto|badrecipientto
        """,
    ),
)
