"""What is said of us: our return address, server, domain and letter; the surest first.

Pure values.
"""

from __future__ import annotations

from publisher.mail.reason.case import case
from publisher.model.reason import Reason

GREYLISTING = (
    case(
        Reason.RELAY_DENIED,
        "Mimecast, of a domain that it does not serve",
        """
        open relay not allowed
        """,
    ),
    case(
        Reason.GREYLISTED,
        "postgrey, rspamd, Mimecast, ZeroSpam, milter-greylist, SQLgrey, Barracuda",
        """
        greylist*
        graylist*
        grey|gray list|listed|listing|listing*
        internal resource temporarily unavailable
        internal resources are temporarily unavailable
        try again in .. seconds|minutes
        come back in .. seconds|minutes
        wait .. seconds|minutes .. try|retry|again
        please retry in|after .. seconds|minutes
        delivery delayed .. first|unknown
        first time .. sender|seen
        you have been|are .. deferred .. seconds
        temporarily .. deferred .. try again
        grey* action
        """,
    ),
)

# The address that we send from; these words often quote what is said of an unknown recipient.
SENDER = (
    case(
        Reason.BAD_SENDER,
        "Exim, Postfix, Sendmail, Orange, Yahoo, Exchange, QQ",
        """
        sender verify|verification fail*
        could not|cannot|couldnt|unable|failed .. verify|validate .. sender|return
        sender|from|return|mailfrom address rejected|invalid|denied|refused|blocked|unknown|not
        sender rejected|denied|refused|invalid|unknown|blocked|not|domain
        rejected|refused|blocked|denied .. sender|mailfrom address|domain|not
        invalid|bad|unknown|illegal|unacceptable|fake|forged|spoofed sender|return|from|mailfrom|originator
        emetteur|expediteur invalide|inconnu|refuse
        sender|senders|from|mailfrom|originator|envelope domain .. not|doesnt|invalid|must|rejected|does|unresolvable
        domain of sender .. does|not|must
        sender .. does not exist
        sender .. not .. authorized|allowed|owned|permitted|exist|valid|accepted|known|verified
        not owned by user
        not permitted to send|relay .. as|from|behalf
        sendasdenied|sendas
        not allowed|authorized to send .. from|as|with|this
        you .. not allowed|authorized .. send .. from|as
        must|need .. be|verify .. verified|sender .. identity|address
        email address is not verified
        null|empty sender .. not
        unresolvable .. from|domain
        unroutable|unrouteable|unverified|unverifiable sender
        reverse path|mailbox .. invalid|reject*
        host|private denies|list .. sender|denied
        sender .. banned|blacklisted|blocklisted|blocked
        badmailfrom|in my badmailfrom
        rejecting spoofed message
        anti spoofing|antispoofing
        from header|address .. missing|invalid|required
        messages missing a valid address in
        bad outbound from
        no identity changes
        """,
    ),
)

LISTED = (
    case(
        Reason.REPUTATION,
        "Postfix, Exim, Exchange, Outlook.com, Yahoo, GMX and all who ask block lists",
        """
        listed|found|REFUSED .. using|by|in|on|at|with|via|from .. LIST
        LISTS
        client|host|helo|ip|mailfrom|server|address|domain .. blocked|listed using|in|on|by|at
        PEER|you|your .. is|are|was|been|on|in .. blacklist*|blocklist*|denylist*|black|block|listed|banned|blocked
        blacklisted|blocklisted|denylisted
        black|block list|listed|listing
        blacklist|blocklist|denylist
        banned sending|sender|ip|host|client
        ip|host|server|address .. banned|blocked
        blacklist* .. ip|address
        part of their network is on our
        real time|realtime block*|black*
        open|insecure relay|proxy|mail
        bloquee pour incident
        client host blocked
        """,
    ),
    case(
        Reason.REPUTATION,
        "Gmail, Yahoo, Outlook.com, Microsoft 365, T-Online, Spectrum, Cisco, Netease, ImprovMX",
        """
        reputation
        complaints
        complaint rate
        unusual|high|excessive|unexpected rate|amount|volume of unsolicited|email|mail|messages|traffic
        unexpected volume
        suspicious due to
        unusual rate|amount of
        tss04|tss05|tss09|tss11|ts01|ts02|ts03|ts04
        temporarily|permanently deferred due|user
        messages from .. temporarily|permanently deferred
        rp 001|002|003
        sc|dy|ou 001|002|003|004
        weren't|werent sent
        bad reputation|neighborhood|neighbourhood
        hl rep|ihu|mep
        dt rbl
        ask your postmaster for help
        excessive unknown|invalid recipients
        too many invalid|unknown|bad|nonexistent recipients|users
        high invalid|number recipient|of .. invalid|unknown
        suspected spam sender
        known spammer|spam source|spam
        block* .. spamming|spammers
        block for spam
        spamming issues|host
        ip .. warming|warm
        untrusted|suspicious|compromised|infected host|server|ip|client|sender|mail
        intrusion prevention
        abus* .. sender|ip|host|client|network|detected|go|rejected
        dynamic ip|ips|address*|pool|client
        aup in|i|out|o|1210|1260|1410|1430|1450|1500|1510|1520|1530|1570
        black ip|mail
        country|geographic*|geographical|region .. blocked|denied|rejected|location
        """,
    ),
)

AUTHENTICATION = (
    case(
        Reason.AUTH,
        "Gmail, Yahoo, Outlook.com, iCloud, Comcast, GMX, Mimecast, QQ, Zoho, OpenDMARC, policyd-spf",
        """
        SCHEME .. fail*|reject*|policy|check|validation|verification|authentication|violation|violates|softfail
        SCHEME .. invalid|NOT|none|record|pass|missing|aligned|alignment|denied|error|hardfail|sender
        fail*|reject*|pass|policy|violat*|due|unauthenticated|by|per|against|of .. SCHEME
        BAD|NOT|without|missing|no .. SCHEME
        sender policy framework
        unauthenticated email|mail|message|sender
        unauthenticated .. not accepted
        sender is unauthenticated
        is unauthenticated
        not|didnt|doesnt|fail*|lack*|missing .. pass|meet|contain .. authentication
        required authentication level
        sender|message|mail|email|domain authentication .. fail*|required|check*|not
        fail* .. authentication .. check*|tests|domain
        sender id .. fail*|pra|validation
        permitted by the domain owner
        multiple authentication checks|failures
        openspf
        domain .. mismatch|mismatches .. ip
        invalid dns mx
        doesnt allow sending|mail* from
        does not designate
        forged|spoofed|spoofing
        domainkeys
        """,
    ),
    case(
        Reason.AUTH,
        "Gmail, Comcast, AT&T, Postfix, Exim, GMX: names of our server",
        """
        ptr
        reverse dns|hostname|lookup|host|ip|name|mapping|entry|record|map|address
        rdns
        fcrdns
        forward dns|confirmed
        cannot|couldnt|not|unable .. find your|reverse|host* .. hostname|reverse|name
        helo|ehlo .. reject*|invalid|not|must|required|bad|forged|name|mismatch|does|need|command|access
        invalid|bad|illegal|wrong|fake helo|ehlo|hostname
        client host rejected cannot|could
        no|without|valid|invalid|bad|missing reverse|rdns|ptr
        ip name lookup|mismatch
        hostname .. not .. match|resolve
        sender domain .. fix reverse
        valid sender domain
        ipv6 sending guidelines
        """,
    ),
)

SPAM = (
    case(
        Reason.SPAM,
        "SpamAssassin, rspamd, Gmail, Yandex, Mail.ru, Free, Zoho, Barracuda, Netease, amavis, T-Online, Vade",
        """
        spam
        spams|spammy|spamming|spammer|spammers|spamassassin|spamvertised|spamlike|spamtrap|nospam
        junk
        junkmail
        unsolicited
        unsolicitedmessageerror
        phish*
        ube|uce
        bulk mail|email|unwanted
        bayesian|bayes
        dt spm
        outboundspamexception
        hostile|objectionable content
        scored .. points
        score .. too high|exceed*|over
        considered|classified|identified|detected|suspected|flagged|marked|tagged like|to|as .. junk|bulk|scam
        looks|looked|appears|seems like|to|as|suspicious .. junk|bulk|scam|suspicious
        ofr|ofr006|ofr004 506|102
        advertis*
        scam|fraud|fraudulent|malicious|blackmail
        suspicious
        unwanted content|mail|email|message
        symantec zodiac
        csi .. cloudmark
        ph01
        content .. objectionable|suspicious
        content|contents .. denied|rejected|blocked|refused|filter*
        rejected|blocked|denied|refused|due .. content|contents
        message content rejected
        blocked .. bitly|url|link|links
        url|urls|link|links|uri .. blocked|listed|spam|bad|blacklisted|prohibited
        courrier indesirable
        anti spam|antispam
        """,
    ),
)

POLICIES = (
    case(
        Reason.POLICY,
        "iCloud, Yahoo, GMX, Mimecast, Postfix, Exchange, Spectrum, Proofpoint, Sophos",
        """
        policy|policies .. reason*|reject*|restriction*|violation*|block*|denied|prohibit*|refuse*|does|forbid*
        violat*|reject*|block*|due|denied|against|local|security|by|for|refused|breach .. policy|policies
        policy
        administrative prohibition|ly
        administratively prohibited|denied
        not allowed|permitted by .. administrator|rule|rules
        rejected|blocked|denied|refused by .. administrator|rule|rules|filter|filters|content|system|server|header
        message|email|mail|transaction rejected|refused|denied|blocked|filtered
        envelope blocked|rejected
        mail rejete
        access denied|rejected|refused
        acceptable use
        go away
        not welcome
        forbidden|disallowed
        message not allowed|accepted|permitted
        delivery not authorized
        not authorized|authorised
        prohibits
        client host rejected
        ers customized
        block send|rcpt
        service refuse|refused
        connection|connections not accepted|allowed|rejected|refused|denied
        mail from .. not allowed
        will not|wont be accepted
        """,
    ),
)
