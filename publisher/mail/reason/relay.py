"""What a relay says of us as its customer.

Pure values.
"""

from __future__ import annotations

from publisher.mail.reason.case import case
from publisher.model.reason import Reason

# These speak of our account in so many words, whatever else they explain.
ACCOUNTS = (
    case(
        Reason.ACCOUNT,
        "Amazon SES, Microsoft 365, SendGrid, Mailgun, Gmail, OVH, Postmark, Brevo, Zoho, Alibaba",
        """
        bad outbound sender
        outboundspamexception
        your account|subscription|license .. CLOSED|probation|barred|restricted
        outgoing|outbound|sending account|mail .. CLOSED|paused|barred
        sending email account .. suspended
        sending paused for
        sending for this|your account|mailbox|address is CLOSED|paused|barred
        sending MAIL for|from .. account|mailbox .. CLOSED|paused|barred
        sending is disabled|suspended|blocked|paused
        domain .. has been suspended
        NOT allowed to send account disabled
        account disabled by administrator
        suspended from sending
        blocked from sending please|spam|out
        traffic not accepted from this
        email sending denied
        account suspended outgoing|sending|for|contact
        main account unavailable
        license expired
        sandbox domain
        """,
    ),
    case(
        Reason.RELAY_DENIED,
        "Mimecast, of a domain that it does not serve",
        """
        open relay not allowed
        """,
    ),
    case(
        Reason.RELAY_DENIED,
        "Sendmail, which tells why it does not trust us",
        """
        relaying denied ip name lookup
        """,
    ),
    case(
        Reason.QUOTA,
        "Postfix with a policy server, OVH, Zoho",
        """
        daily|hourly|monthly sending|relay limit|quota
        """,
    ),
)

RELAYS = (
    case(
        Reason.QUOTA,
        "Gmail, Google's relay, Amazon SES, Microsoft 365, Zoho, OVH, SendGrid, Mailgun, Brevo, Postmark, cPanel",
        """
        SENDING|account .. QUOTA .. EXCEEDED
        EXCEEDED .. SENDING .. QUOTA
        EXCEEDED .. SENDING mail limit
        max|maximum MAIL per hour|day|month
        maximum credits exceeded
        maximum sending rate exceeded
        not enough credit|credits
        insufficient|no credit|credits
        number of messages ALLOWED per hour|day
        limit of .. messages per hour|day
        you have|youve exceeded|reached .. messages|emails|mails|limit|quota
        throttling failure
        submissionquotaexceeded*
        submission quota was exceeded
        tenant has exceeded
        """,
    ),
    case(
        Reason.RELAY_DENIED,
        "Postfix, Sendmail, Exim, qmail, Exchange, Google's relay, Zoho, QQ",
        """
        RELAY access|REFUSED
        RELAY .. not .. ALLOWED
        RELAY .. denied
        NOT|refuse|refuses .. to RELAY
        NOT|no RELAY
        as a relay
        for relaying
        credentials for relay
        rcpthosts|rcpthost
        handle mail for
        not a gateway
        domain not|isnt handled|local|served|hosted
        """,
    ),
    case(
        Reason.LOGIN,
        "RFC 4954, Postfix, Gmail, Microsoft 365, Amazon SES, SendGrid",
        """
        LOGIN .. required|unsuccessful|credentials
        requires LOGIN
        LOGIN FAILURE|rejected|invalid|disabled
        LOGIN mechanism .. weak|unsupported
        must|please|cannot authenticate|log|login
        username and password not accepted
        BAD|UNKNOWN|expired login|password|credentials|username|token
        client was|not not|is authenticated
        client not authenticated
        unauthenticated senders|users|clients
        turn on smtp authentication
        application specific password
        smtpclientauthentication
        pop before smtp
        too many login attempts
        """,
    ),
    case(
        Reason.TLS,
        "Postfix, Gmail, RFC 3207, RFC 8689",
        """
        must|need issue|a|to .. TLS
        TLS .. required|needed|mandatory|NOT|unavailable|fail*|handshake|first
        encryption needed|required
        requiretls
        NOT .. over .. TLS
        NOT .. using .. TLS
        certificate .. verif*|untrusted|expired|trust|mismatch
        mta sts
        tlsa|dane
        """,
    ),
)
