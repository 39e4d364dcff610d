"""What is said of an address: that nobody has it, or that it is none. The surest first.

Pure values.
"""

from __future__ import annotations

from publisher.mail.reason.case import case
from publisher.model.reason import Reason

UNKNOWN = (
    case(
        Reason.SYSTEM,
        "vpopmail: the mailbox for all that nobody else has could not be written",
        """
        not exist but will deliver
        """,
    ),
    case(
        Reason.BAD_ADDRESS,
        "Gmail, Postfix, Outlook.com, QQ",
        """
        not a valid rfc
        address|mailbox|recipient syntax
        single label domains
        adr ambiguous
        """,
    ),
    case(
        Reason.BAD_ADDRESS,
        "Outlook.com",
        """
        invalid address
        """,
        statuses=("5.1.3",),
    ),
    case(
        Reason.USER_UNKNOWN,
        "Postfix, Sendmail, Exim, qmail, Exchange, Gmail, Yahoo, Zoho, Barracuda, Proofpoint, QQ: no such user",
        """
        USER|email|login|customer UNKNOWN|invalid
        UNKNOWN USER|email|local|login|virtual|customer
        unknown or illegal
        unknown in .. table|map|list|domain
        no such USER|email|local|person|name|id|customer|member|object
        nosuchuser|recipnotfound|exrecipnotfound|recipientnotfound|invalidrecipient|usernotfound|unknownuser
        not our|my customer|user
        not a valid|known|local|existing|current USER|email|customer
        not .. valid USER
        isnt|not a|an valid|known USER|email
        isnt a USER
        BAD USER|email
        unavailable user|mailbox|account|address|recipient
        unavailable mail|email user|account|address
        bad destination mailbox|email|address
        invalid final delivery
        marked as invalid
        BOX .. invalid|nonexistent|undeliverable|missing
        undeliverable address
        blank mailhost
        dd requested mail action aborted
        """,
    ),
    case(
        Reason.USER_UNKNOWN,
        "the same: it does not exist, it is not found",
        """
        USER|email|name|id .. does|do|did not|no exist|exists|have
        USER|email|name|it .. doesnt|dosnt|dont|didnt exist|exists|have
        USER .. NOT .. FOUND
        USER .. NOT here|valid|present|existing
        USER no longer|notfound exist|exists|here
        USER .. no longer exists|exist
        @ .. NOT .. FOUND
        @ is|was not|no a|longer
        that you tried to reach does not|no exist|exists
        that you tried to reach doesnt|dont exist|exists
        dont|doesnt|not exist|exists that|this|such user|account|mailbox|address
        not|isnt|no a|an|the|any user|mailbox|account of|on|at this|our|the server|system|domain|host
        not|isnt|no user|mailbox|account of|on|at this|our|the server|system|domain|host
        NOT|failed .. FIND .. USER
        doesnt have .. account
        no USER|one|mbox|customer here|by|with|found|exists|for|matches|matching|of|named|corresponding
        no valid user|mailbox
        no valid recipients for this mm
        no mailbox|maildrop
        no mail box available
        no one at this address
        not an active address
        recipient .. not local
        NOT accept user
        not .. in .. recipient|user|customer|account|address|member|validrcptto list|table|database|directory
        not listed in .. directory|domino|address|name
        not specify a valid .. mail file
        script list not found
        not found in .. directory|database|domino|ldap|address|table
        not found by smtp address lookup
        USER .. IS .. deleted|removed
        @ NOT|no used|assigned|active
        @ IS not|no in use
        USER|email NOT used|assigned
        BOX .. IS not .. used|assigned|activated|provisioned
        address|addresses .. IS not .. used|assigned|activated|provisioned
        USER|email .. not in use
        unused USER|email
        BOX|address unused
        never .. existed
        recipient|address verification|verify failed|failure
        verification failed for @
        could not be found or was misspelled
        unrouteable|unroutable|unrouted address|mail
        who is|are this|that|you
        all recipient addresses|recipients rejected|invalid|refused
        """,
    ),
    case(
        Reason.USER_UNKNOWN,
        "in French, German, Italian, Spanish, Portuguese, Dutch, Polish",
        """
        utilisateur|destinataire|adresse|boite|compte .. inconnu|inconnue|inexistant|inexistante|invalide
        cet|cette utilisateur|adresse .. existe
        nexiste|nexistent pas|plus
        benutzer|empfaenger|empfanger|postfach|adresse|teilnehmer .. unbekannt|ungueltig|ungultig|existiert
        utente|destinatario|casella|indirizzo .. sconosciuto|sconosciuta|inesistente
        usuario|destinatario|buzon|cuenta|direccion .. desconocid*|inexistente*|invalido|invalida
        usuario|cuenta|buzon no existe
        no existe .. usuario|persona|cuenta
        gebruiker|ontvanger|postbus|adres .. onbekend|bestaat
        uzytkownik|adresat|odbiorca|konto .. nieznany|istnieje
        nie ma takiego
        """,
    ),
    case(
        Reason.USER_UNKNOWN,
        "Microsoft 365, in ten languages: a name that `wasn't found at` a domain",
        """
        wasnt found at
        wurde nicht in|unter|bei gefunden
        est introuvable sur|a|dans|chez
        non e stato trovato in|su|presso
        nao foi encontrado|encontrada em|no
        is niet gevonden op|in|bij
        hittades inte pa|i
        blev ikke fundet pa|i
        ble ikke funnet pa|i
        nie znaleziono .. w domenie
        """,
        kinds="5",
    ),
    case(
        Reason.USER_UNKNOWN,
        "in Russian, Japanese, Chinese, Korean: Mail.ru, Yandex, Domino, NTT, QQ, Netease, Naver",
        """
        пользователь|получатель|адрес|адресат|ящик|почтовый .. найден*|существует|неизвестен|зарегистрирован
        нет такого|такой пользователя|получателя|адреса|ящика|пользователь
        несуществующ*
        неверный|неправильный адрес
        ユーザー|ユーザ|アドレス|メールアドレス|メールボックス|アカウント .. 見 つかりません|つかりませんでした
        ユーザー|ユーザ|アドレス|メールアドレス|メールボックス|アカウント .. 存 在 しません|せず|しない
        ディレクトリ|リスト .. 見|ありません つかりません|つかりませんでした
        リスト にありません
        宛 先 不 明
        宛 先 .. 見 つかりません|つかりませんでした
        不 存 在
        用 户|戶 不|未|没 存|找|有
        收 件 人 .. 不 存 在
        地 址 不 存 在
        查 无 此
        无 此 用 户
        존재하지 않는|않습니다|않음
        없는 사용자|계정|메일|주소
        """,
    ),
    case(
        Reason.BAD_ADDRESS,
        "Postfix, Sendmail, Gmail, qmail, Exchange",
        """
        malformed|unparseable|unparsable|unqualified address|recipient
        BAD .. address|recipient|mailbox|rcpt syntax
        syntax error .. address|recipient|mailbox
        address|recipient .. contains|has .. BAD|restricted character*
        need|must .. fully qualified .. address|recipient
        need fully qualified address
        mailbox name not ALLOWED|valid
        local part .. too|BAD long|characters
        ambiguous address|recipient|name|user
        """,
    ),
    case(
        Reason.NO_UTF8,
        "Postfix, Exim, Gmail (RFC 6531)",
        """
        smtputf8 .. NOT|required|needed|unsupported
        requires|require|need|needs|without smtputf8
        internationalized address* .. NOT|unsupported
        non ascii address* .. NOT
        """,
    ),
)
