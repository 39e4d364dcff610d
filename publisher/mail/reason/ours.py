"""What is said of us: our return address, our server and domain; the surest first.

Pure values.
"""

from __future__ import annotations

from publisher.mail.reason.case import case
from publisher.model.reason import Reason

# The address that we send from; these words often quote what is said of an unknown recipient.
SENDERS = (
    case(
        Reason.BAD_SENDER,
        "Exim, Postfix, Sendmail, Orange, Yahoo, Exchange, QQ, iCloud, Amazon SES, SendGrid, Postmark",
        """
        sender verify|verification
        verify .. sender|senders
        SENDER|from|return address REFUSED|invalid|unknown|not|undeliverable
        sender|senders|originator rejected|denied|refused|invalid|unknown|blocked
        sender was rejected
        sender .. banned|blacklisted|blocklisted
        BAD|UNKNOWN|unacceptable|fake|forged|spoofed SENDER|return
        emetteur|expediteur invalide|inconnu|refuse
        SENDER domain|address .. NOT|must|invalid|unresolvable
        SENDER has no a|mx|dns
        sender .. address REFUSED
        from domain is|must
        backscatter protection
        batv
        sender domain resolve
        sender address .. not|does
        domain of sender
        domain name required for sender
        unresolvable .. from|domain
        unroutable|unrouteable|unverified|unverifiable|unauthorized|unauthorised sender
        domain may exist or dns
        not owned by
        not logged in as
        NOT .. ALLOWED|permission|permissions .. send .. as|from|behalf .. @|this|sender
        not ALLOWED to send as|from
        permissions to send as
        sendasdenied|sendasdeniedexception
        email address is not verified
        verified sender
        sender signature
        null|empty sender
        badmailfrom
        messages missing a valid address in
        from address does|is not
        """,
    ),
)

LISTED = (
    case(
        Reason.REPUTATION,
        "all who ask block lists: Postfix, Exim, Exchange, Outlook.com, Yahoo, GMX, Cisco",
        """
        LISTS
        listed|found|REFUSED .. using|by|in|on|at|with|via|from .. LIST
        client|host|helo|ip|mailfrom|server|address|domain .. blocked|listed using|in|on|by|at
        PEER|you .. IS|on|in .. blacklist*|blocklist*|denylist*|black|block|listed|banned|blocked
        PEER blocked
        blacklist*|blocklist*|denylist*
        black|block list|listed
        listed by css
        your server requires confirmation
        banned sending|sender|ip|host|client
        bad|black ip
        invalid ip for
        client host blocked
        """,
    ),
    case(
        Reason.REPUTATION,
        "Gmail, Yahoo, Outlook.com, Microsoft 365, T-Online, Spectrum, QQ, Netease, Cisco, ImprovMX",
        """
        reputation
        complaints
        unusual|high|excessive|unexpected rate|amount|volume of unsolicited|email|mail|messages|traffic
        unexpected volume
        sender score
        messages from .. temporarily|permanently deferred
        messages from .. werent sent
        rp|sc|dy|ou 001|002|003|004
        tss04|tss05|tss09|tss11|ts01|ts02|ts03|ts04
        hl rep|ihu|mep
        dt rbl
        aup in|i|o|1210|1410|1430|1450|1500|1510|1520|1530|1570
        ask your postmaster for help
        accepting mail from your ip
        smtp server of your isp
        access from ip
        remote|client|sender|source ip .. forbidden|check|rejected|failed|invalid
        your|sending|client ip address|addresses is|are not
        adresse|adres|adresa|direccion|indirizzo|endereco ip
        ip adresse|adres|adresa|адрес
        ip check|verification failed|failure|error
        listed as abusive|spammer
        blocked for abuse
        dialup|transient ip
        dynamic ip|ips|address*|pool
        excessive unknown recipients
        too many invalid|unknown|bad|nonexistent recipients|users
        too many spams
        suspected spam|bounce sender|ip|attacks
        known spammer|spam source
        block for spam
        blocked for spamming
        ip blocked .. spam
        open|insecure|mail relay|proxy .. found|detected|possible|host
        open|insecure proxy
        insecure mail relay
        possible open relay
        compromised|infected host|server|ip|client|computer
        intrusion prevention
        country|geographic*|region .. REFUSED|location
        not ALLOWED to send .. directly
        client blocked from sending
        """,
    ),
)

AUTHENTICATION = (
    case(
        Reason.AUTH,
        "Gmail, Yahoo, Outlook.com, iCloud, Comcast, GMX, Mimecast, QQ, Zoho, OpenDMARC, policyd-spf",
        """
        SCHEME .. fail*|reject*|policy|check|validation|verification|authentication|violation|violates|softfail
        SCHEME .. invalid|NOT|none|record|pass|missing|alignment|aligned|denied|error|hardfail
        fail*|reject*|pass|policy|violat*|due|unauthenticated|by|per|against|of|sender .. SCHEME
        BAD|NOT|without|missing|no|mi .. SCHEME
        sender policy framework
        unauthenticated email|mail|message
        sender is unauthenticated
        it is unauthenticated
        required authentication level
        isnt|not aligned
        authentication information
        pass .. authentication
        sender|message|mail|email|domain authentication .. fail*|required|check*|not
        multiple authentication checks|failures
        sender id .. fail*|pra|validation
        permitted by the domain owner
        openspf
        domain .. mismatch|mismatches .. ip
        doesnt allow sending
        does not designate
        forged|spoofed|spoofing
        domainkeys
        dmarcrejection
        """,
    ),
    case(
        Reason.AUTH,
        "Gmail, Comcast, AT&T, Postfix, Exim, GMX: names of our server",
        """
        ptr
        rdns|fcrdns
        reverse dns|hostname|lookup|host|ip|name|mapping|entry|record
        forward dns|confirmed
        ip name lookup|possibly
        NOT .. FIND your|reverse .. hostname|reverse|name
        my name was rejected
        helo|ehlo .. reject*|invalid|NOT|must|required|bad|forged|name|mismatch|argument
        BAD|fake helo|ehlo|hostname
        invalid dns mx
        valid sender domain
        """,
    ),
    case(
        Reason.AUTH,
        "Outlook.com: the name by which we greeted it, as the status for arguments of commands tells",
        """
        invalid domain name
        """,
        statuses=("5.5.4",),
    ),
)
