"""What is said of the moment: pace, load, time, the conversation itself.

Pure values.
"""

from __future__ import annotations

from publisher.mail.reason.case import case
from publisher.model.reason import Reason

GREYLISTING = (
    case(
        Reason.GREYLISTED,
        "postgrey, rspamd, Mimecast, ZeroSpam, milter-greylist, SQLgrey, Barracuda, Exim",
        """
        greylist*
        graylist*
        grey|gray list|listed|listing
        internal resource|resources is|are|temporarily temporarily|unavailable
        try|come again|back in .. seconds|minutes
        retry in|after .. seconds|minutes
        """,
    ),
)

PACE = (
    case(
        Reason.MAILBOX_FULL,
        "Earthlink, WEB.DE, in words of those who send too much",
        """
        too much mail stored
        too many messages|mails on the server
        """,
    ),
    case(
        Reason.RATE_LIMITED,
        "Gmail, Yahoo, Outlook.com, iCloud, Comcast, Orange, GMX, QQ, Netease, Cox, Postfix, Sendmail, Exchange",
        """
        too many|much .. CONNECTIONS|concurrent|simultaneous|open|tls
        too fast|quickly|frequently|often|rapidly
        rate limit*|control|exceeded
        ratelimit*|receivingrate*|recipientlimit|reciplimit
        throttl*
        frequency limited
        concurren* .. connection*|exceed*|sessions
        maximum|max|limit .. connection|connections|sessions|concurrent|simultaneous .. EXCEEDED|per|limit
        maximum|max message|messages per connection
        number of connections|sessions|recipients|rcpts
        connection|connections|session limit|limits|rate
        receiving MAIL too|at
        receiving rate
        excessive volume
        volume .. excessive
        slow down
        try again slower
        mailbox unavailable or access denied
        thread limit
        queue quota
        exceeded the|their limit for the number
        mi dmc|sfq|ccl|cel
        rp drc|ccl|cel|trc|qrc
        hl icc|ifc|ihc
        cxthrt|cxcnct|cxsndr|cxmxrt
        trop de connexions
        """,
    ),
)

GIVEN_UP = (
    case(
        Reason.EXPIRED,
        "Postfix, Sendmail, Exim, qmail, Exchange: when they give up",
        """
        delivery time expired
        message|mail|queue|envelope expired
        queue .. too long
        retry time|timeout exceeded
        NOT be delivered .. for|in|within .. days|hours|long
        not delivered .. days|hours
        NOT be delivered for more than
        delivery expired
        given|gave up
        giving up after|trying|delivery
        has not been collected
        failed .. attempts
        """,
    ),
)

TIMES = (
    case(
        Reason.TIMEOUT,
        "Postfix, Exim, Sendmail, Exchange, Gmail, Yandex",
        """
        timed out
        time out
        timeout
        no|not answer|response|reply|responding|respond
        """,
    ),
    case(
        Reason.LOST_CONNECTION,
        "Postfix, Exim, qmail, Exchange, Gmail",
        """
        lost connection
        connection .. lost|reset|closed|dropped|broken|broke|aborted|died|terminated|interrupted|expired
        broken pipe
        closed the connection
        reset by peer
        premature* .. close*|end|disconnect*
        """,
    ),
)

SERVERS = (
    case(
        Reason.RATE_LIMITED,
        "Postfix, which says so at the end of a conversation that went wrong before; iCloud, Free",
        """
        too many errors|commands
        """,
    ),
    case(
        Reason.SYSTEM,
        "Postfix, Sendmail, Exim, Exchange, Cyrus, Dovecot, qmail, Cisco",
        """
        server configuration
        system|server|software|local|internal|configuration|database|ldap|script|program|lmtp|pipe FAILURE
        unexpected|unknown error|failure
        misconfigur*
        incorrectly configured
        rewrite map
        map .. not found
        command died
        temporary lookup failure
        ldap lookup
        file write error
        NOT|failed .. open|create|write|update|access|lock|store|append|save .. file|directory|message|mailbox|maildir
        trouble .. files|directory
        home directory
        read|write|disk error
        qq .. error|trouble
        out of memory
        internal error
        """,
    ),
    case(
        Reason.BUSY,
        "Postfix, Gmail, Yahoo, Outlook.com, Exchange, Exim, Mimecast",
        """
        busy|overloaded|maintenance
        system full
        server|system|service|host|mailbox|recipient|account|resource* .. unavailable|offline|down
        insufficient .. storage|resources|space|memory
        no|not .. space|resources
        load average
        temporar* .. unavailable|REFUSED|FAILURE|disabled|suspended|deferred|inaccessible
        temporary
        try|retry|come|back later|again
        later
        verification in progress
        unverified address
        closing .. transmission
        service|server .. not available|ready
        unable to process connection
        deferred
        """,
        kinds="4",
    ),
    case(
        Reason.BUSY,
        "Gmail, Postfix, Exchange: for now, with the code of for ever",
        """
        try again later
        temporarily unavailable|overloaded|locked
        server|system|service busy|overloaded
        insufficient system|disk storage|resources|space
        verification in progress
        not accepting network messages
        """,
        kinds="5",
    ),
    case(
        Reason.PROTOCOL,
        "all servers (RFC 5321)",
        """
        bad|wrong|invalid sequence|command|commands|argument|arguments|parameter|parameters
        command .. not|unrecognized|unknown|unimplemented|out
        UNKNOWN|unrecognized|unimplemented|unsupported command|parameter|option
        syntax error
        protocol error|violation
        not implemented
        out of sequence
        pipelining
        helo|ehlo|rcpt|mail first
        nested mail
        no valid recipients
        unsupported option
        """,
    ),
)
