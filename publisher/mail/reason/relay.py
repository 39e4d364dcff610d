"""What a relay says of us as its customer, and what is said of the letter itself.

Pure values.
"""

from __future__ import annotations

from publisher.mail.reason.case import case
from publisher.model.reason import Reason

RELAYS = (
    case(
        Reason.QUOTA,
        "Gmail, Google's relay, Amazon SES, Microsoft 365, Zoho, OVH, SendGrid, Mailgun, Brevo, Postmark",
        """
        SENDING|account QUOTA .. EXCEEDED
        daily|hourly|monthly .. quota|limit|limits|allowance .. exceed*|reached|hit|over
        EXCEEDED .. SENDING .. QUOTA
        maximum|maximal credits exceeded
        maximum sending rate exceeded
        maximum send rate
        max|maximum|too .. emails|messages|mails per hour|day|month
        maximum number of .. messages|emails|mails .. allowed|day|hour|sent
        number of messages .. allowed .. day|hour
        you have exceeded|reached .. messages|emails|mails|limit|quota|allowed
        throttling failure
        user .. exceeded .. sending|send|daily
        submissionquotaexceeded*
        sendinglimit*|senderquota*
        not enough|insufficient|no credits|credit
        account .. limit|limits|quota exceeded|reached
        recipient limit|rate exceeded for .. sender|day
        """,
    ),
    case(
        Reason.ACCOUNT,
        "Amazon SES, Microsoft 365, SendGrid, Mailgun, Gmail, OVH, Postmark",
        """
        bad outbound sender
        sending .. paused|suspended|disabled|blocked .. account
        account|domain|user|sender .. sending .. paused|suspended|disabled|blocked|denied
        SENDING .. account|user|domain|mail|service|email|access .. CLOSED|paused|barred
        your account|domain|subscription|license|service .. CLOSED|probation|barred|restricted
        account .. under review|probation|evaluation
        tenant .. blocked|exceeded|threshold
        traffic not accepted from this
        email sending denied
        compromised account|mailbox|password
        user .. restricted .. sending
        relay .. denied .. suspended
        sending email account .. suspended
        license expired
        from address is not verified|authorized .. account
        sandbox
        """,
    ),
    case(
        Reason.RELAY_DENIED,
        "Postfix, Sendmail, Exim, qmail, Exchange, Zoho, Mimecast, QQ",
        """
        relay|relaying access|not|denied|prohibited|disallowed|forbidden|refused|rejected|is|permission
        relay|relaying .. denied|prohibited|disallowed|forbidden|refused|not|rejected
        NOT|wont|refuse|refuses|deny|denies|authorized|allowed|permitted|configured|no to .. RELAY
        NOT .. permitted|allowed|able|do .. RELAY
        we|i do|dont|will not|relay relay
        not|doesnt|dont|cannot|refuse .. relay
        as a relay
        authorized|allowed|permitted to|for relay
        rcpthosts
        isnt|not in my|allowed list of .. rcpthosts|hosts
        not a gateway
        no relaying|relay
        not|isnt .. gateway|relay host
        relayhost|norelay|relaydenied
        domain|host not|isnt .. handled|local|served|hosted .. here|by|system|server
        not .. local domain
        invalid credentials for relay
        email|mail relay denied
        host denies relay
        openrelay
        not|isnt .. handled|served|local|accepted .. mail|host|server
        """,
    ),
    case(
        Reason.LOGIN,
        "RFC 4954, Postfix, Gmail, Microsoft 365, Amazon SES",
        """
        authentication|auth|login|logon .. required|needed|first|unsuccessful|invalid|incorrect|rejected
        authentication|auth|login|logon|sasl .. fail*|error|credentials|disabled|denied
        must|please|need .. authenticate|login|log|auth
        username and password not accepted
        invalid|bad|incorrect|wrong|unknown|expired login|password|credentials|username|token|api|auth
        client was|is not authenticated
        not authenticated|logged
        unauthenticated senders|users|clients
        turn on smtp authentication
        credentials|password .. invalid|incorrect|rejected|expired|required|wrong
        application specific password
        smtpclientauthentication
        pop before smtp
        authenticate|authentication before|first
        too many .. login|auth|authentication
        you must|have .. issue|to .. auth
        """,
    ),
    case(
        Reason.TLS,
        "Postfix, Gmail, RFC 3207, RFC 8689",
        """
        must|need|please .. starttls|tls
        tls|ssl|encryption|starttls .. required|needed|mandatory|NOT|unavailable|fail*|handshake|first|must
        encryption needed|required
        require*|without|use|using|over|a|no .. tls|starttls|ssl|encryption
        certificate .. verif*|untrusted|expired|invalid|trust|mismatch|not|fail*
        requiretls
        handshake failure|failed
        secure connection|channel
        mta sts
        dane|tlsa
        """,
    ),
)

LETTERS = (
    case(
        Reason.TOO_LARGE,
        "Postfix, Sendmail, Exim, Gmail, Exchange, QQ (RFC 1870)",
        """
        CONTENT .. too|is big|large|long|huge|much
        CONTENT .. EXCEEDED|larger|bigger|greater .. size|limit|maximum|max|length|fixed|bytes|kb|mb
        CONTENT size|sizes .. EXCEEDED|limit|limits|too|maximum|larger|bigger
        EXCEEDED|larger|maximum|max .. CONTENT .. size|length|limit|sizes
        exceed*|over|larger|than|maximum|fixed|max .. size limit
        size .. exceed*|limit|too .. limit|exceeded|large|big|maximum
        maximum|max .. message|mail|email size
        number of attachments .. exceed*
        looping|too big
        msgsize|messagetoolarge|toolarge|oversize
        datei|nachricht|mail .. zu gross|groß
        message too|trop large|long|big|volumineux|gros
        """,
    ),
    case(
        Reason.CONTENT,
        "Gmail, Yahoo, amavis, ClamAV, Exim, Exchange, Zoho (RFC 5322)",
        """
        virus|viruses|malware|trojan|worm|infected|ransomware|eicar|macro
        illegal|banned|dangerous|unacceptable|unsafe|executable|REFUSED attachment*|extension|file|filename|content
        attachment*|file|filename|extension .. NOT|REFUSED|banned|stripped|type|dangerous
        rejecting banned content
        potential security issue
        BAD|missing|duplicate|multiple|broken|unacceptable header|headers|mime|date|from|subject|body|msg|rfc
        header|headers .. missing|invalid|malformed|not|duplicate|required|syntax|forbidden|bad|multiple|error
        rfc compliant|compliance|5322|2822|822|violation|2047
        not rfc
        compliant|conform* .. rfc|with
        message .. malformed
        missing .. header|headers|mime|body|subject|date|message
        bare lf|cr|linefeed|line|newline
        line|lines too long
        line length .. exceed*|limit
        mime error|structure|nesting|header|type|parts
        conversion .. required|prohibited|not|failed
        8bit|8bitmime|binarymime|8 .. not|data|characters
        charset|character|encoding .. not|unsupported|unknown|disallowed|illegal
        contains .. bare|nul|null|invalid|illegal|disallowed
        encoded word
        empty|blank message|body|subject
        unicode character
        could not|cannot|unable .. parse .. message|mail|email
        password protected|encrypted
        """,
    ),
)
