"""What is said of the moment: pace, load, time, the conversation itself; and words that say little.

Pure values.
"""

from __future__ import annotations

from publisher.mail.reason.case import case
from publisher.model.reason import Reason

PACE = (
    case(
        Reason.RATE_LIMITED,
        "Gmail, Yahoo, Outlook.com, iCloud, Comcast, Orange, GMX, QQ, Netease, Postfix, Exchange",
        """
        too many|much .. CONNECTIONS|concurrent|simultaneous|invalid|unrecognized|bad|unauthenticated
        too fast|quickly|frequently|often|rapidly|soon
        rate limit*|limited|control|exceeded
        rate .. exceed*|limited|limit|too
        ratelimit*
        receivingrate*
        throttl*
        frequency .. limited|limit|exceed*
        concurren* .. connection*|limit|exceed*|sessions
        maximum|max|number|limit .. CONNECTIONS|concurrent|simultaneous .. EXCEEDED|per|limit
        maximum|max message* per connection
        connection|connections|session|message limit|limits|rate .. exceed*|reached
        connection|session .. limit exceed*|reached
        is receiving mail|email|messages|mails too|at
        receiving mail|email at a rate
        excessive volume|number|amount|connections|rate|traffic
        slow down
        slowdown
        limit .. number .. messages
        exceeded .. limit|maximum .. number|messages|recipients|connections|per
        exceeded their limit for
        mailbox unavailable or access denied
        message rate limit
        thread limit
        limit on .. connections|number|messages
        queue quota
        mi dmc|sfq|ccl|cel|dmr|stc
        rp drc|ccl|cel|trc|qrc
        hl icc|ifc|ihc|itc
        cxthrt|cxcnct|cxsndr|cxmxrt
        reduce .. rate|connections|volume
        over .. rate|limit .. per
        so many messages|mails
        veuillez ralentir|patienter
        trop de|connexions
        """,
    ),
)

TIMES = (
    case(
        Reason.EXPIRED,
        "Postfix, Sendmail, Exim, qmail, Exchange: when they give up",
        """
        delivery|delivered time|within|expired .. expired|limit|time
        delivery time|period|temporarily expired|suspended|exceeded
        message|mail|queue|retry|delivery|retries|msg .. expired|lifetime|timeout
        in the queue too long
        been in .. queue too long
        queue .. too long
        retry|maximum|max time|timeout|retries .. exceeded|not|reached|elapsed
        could not|cannot|not be delivered .. for|in|within .. days|hours
        giving|given|gave up
        not delivered .. days|hours
        undeliverable|undelivered for|after .. days|hours
        timed out .. queue
        not be delivered .. long
        failed .. attempts
        too old
        """,
        kinds="5",
    ),
    case(
        Reason.TIMEOUT,
        "Postfix, Exim, Sendmail, Exchange, and our own sender",
        """
        timeout|timed exceeded|out|while|closing|waiting|error|during|on|after|from
        time out
        timeout
        did|does not|no answer|respond|response|reply
        not responding
        idle .. long|time*|exceeded
        no answer|response
        """,
    ),
    case(
        Reason.LOST_CONNECTION,
        "Postfix, Exim, Exchange, and our own sender",
        """
        lost connection
        connection .. lost|reset|closed|dropped|broken|aborted|died|cut|terminated|interrupted
        broken pipe
        reset by peer
        connection expired
        unexpected* .. close*|disconnect*|eof
        premature* .. close*|end|disconnect*
        remote|server|host .. closed|dropped|hung .. connection|up
        bad connection
        """,
    ),
)

SERVERS = (
    case(
        Reason.SYSTEM,
        "Postfix, Sendmail, Exim, Exchange, Cyrus, Dovecot",
        """
        system|server|software|local|internal|configuration|config|database|ldap|script|program FAILURE|configuration
        backend|lmtp|pipe|unexpected|unknown FAILURE
        error .. system|configuration|database|local|writing|opening
        misconfigur*|mis configured|configuration
        rewrite map
        local delivery|mailer|agent fail*|error
        mailer|agent error|failure
        command died|failed with
        NOT|failed .. open|create|write|update|access|lock|chdir|store|append|save .. mailbox|maildir|output|home
        NOT|failed .. open|create|write|update|access|lock|store|append|save .. file|directory|message|mail|folder
        home directory
        read|write|io|disk|i error|failure
        qq .. error|trouble
        out of memory
        map|table lookup|parse .. problem|failure|error|found
        unable to process|complete
        service|mail .. not|un configured|implemented
        stale|segmentation
        operating system
        exception
        uncaught
        """,
    ),
    case(
        Reason.BUSY,
        "Postfix, Gmail, Yahoo, Outlook.com, Exchange, Exim, Mimecast",
        """
        server|system|service|host|mailbox|resource* .. busy|overloaded|unavailable|unreachable|offline|down|load
        account|mail|we|currently|temporarily|too .. busy|overloaded|unavailable|unreachable|maintenance|load
        insufficient|not|out|no|low .. system|disk|enough|of|free|resource* .. storage|resources|space|memory|disk
        no space|disk
        load average|too|is .. high|average
        temporar* .. unavailable|REFUSED|FAILURE|disabled|suspended|deferred|inaccessible|NOT|overloaded
        temporar* .. system|domain|server|lookup|local|internal
        unavailable temporar*|at|now|currently
        try|retry|resend|reconnect|come again|later|back .. later|again|time
        try again
        later
        verification in progress
        unverified address
        shutting|going|closing down|transmission
        closing transmission
        maintenance
        mailbox .. busy|locked|in use
        not available
        service|server not|un available|ready
        temporary
        cannot accept|process .. at|now|connection
        unable to process .. at this|connection
        quarantin*
        deferred
        """,
        kinds="4",
    ),
    case(
        Reason.BUSY,
        "Gmail, Postfix, Exchange: for now, with the code of for ever",
        """
        try again later
        temporarily unavailable|overloaded
        server|system|service .. busy|overloaded
        insufficient|out system|of|disk storage|resources|memory|space
        verification in progress
        """,
        kinds="5",
    ),
    case(
        Reason.PROTOCOL,
        "all servers (RFC 5321)",
        """
        bad|wrong|invalid|improper sequence|command|commands|argument|arguments|parameter|parameters
        sequence of commands
        command .. not|unrecognized|unrecognised|unknown|unimplemented|out|order|rejected
        unrecognized|unrecognised|unknown|unimplemented|unsupported|invalid command|parameter|option|authentication|verb
        syntax error
        protocol error|violation
        parameter* .. not|unsupported|unrecognized
        not implemented
        out of sequence|order
        pipelining
        need|send|expected|please|say .. mail|rcpt|helo|ehlo .. first|before|command
        helo|ehlo|rcpt|mail first
        no valid recipients|commands
        unsupported option|parameter|extension
        """,
    ),
)

# These say so little that a status is believed before them.
VAGUE = (
    case(
        Reason.USER_UNKNOWN,
        "RFC 5321, GMX, Outlook.com, Comcast: what they say of an address that they do not have",
        """
        mailbox|recipient|user|account|address .. unavailable|unreachable
        mailbox|recipient not available
        recipient|recipients|rcpt|address rejected|refused|invalid
        invalid address|recipient|mailbox|user
        address|mailbox|user .. invalid|rejected
        bad address
        not valid
        unknown
        doesnt|not exist
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
        Reason.POLICY,
        "Barracuda and others who say no more",
        """
        blocked|rejected|refused|prohibited|denied
        """,
    ),
)
