"""What filters say of a letter: that it is spam, or against a policy. They like to explain themselves at length.

Pure values.
"""

from __future__ import annotations

from publisher.mail.reason.case import case
from publisher.model.reason import Reason

SPAM = (
    case(
        Reason.SPAM,
        "SpamAssassin, rspamd, Gmail, Yandex, Mail.ru, Free, Zoho, Barracuda, Netease, amavis, T-Online, Vade",
        """
        spam
        spamprofiler|dspam
        spams|spammy|spamming|spammer|spammers|spamassassin|spamvertised|spamtrap|nospam
        junk|junkmail
        unsolicited|unsolicitedmessageerror
        phish*
        ube|uce
        bulk mail|email
        bayesian|bayes|gtube
        dt spm
        ofr 506
        ph01
        scored .. points
        score .. too|over|exceeds high|exceeded
        classified|identified|detected|suspected|flagged|marked|tagged as .. junk|bulk|scam
        scam|fraud|fraudulent|malicious
        suspicious
        unwanted content|MAIL
        antispam
        mass mailer
        symantec zodiac
        objectionable content
        content .. objectionable|suspicious
        content denied|rejected|blocked|refused|filter*
        rejected|blocked|denied|refused .. content
        url|urls|link|links|uri .. blocked|listed|bad|blacklisted|prohibited
        courrier indesirable
        """,
    ),
)

POLICIES = (
    case(
        Reason.POLICY,
        "Orange, La Poste: it may be taken later",
        """
        service refuse|refused
        """,
        kinds="5",
    ),
    case(
        Reason.POLICY,
        "iCloud, Yahoo, GMX, Mimecast, Postfix, Exchange, Spectrum, Proofpoint, Sophos, Cisco, Symantec, Trend Micro",
        """
        policy|policies
        administrative prohibition
        administratively prohibited|denied
        not ALLOWED by .. administrator|rule|rules
        REFUSED by .. administrator|rule|rules|filter|filters|system|server|header
        MAIL REFUSED|filtered
        envelope blocked|rejected
        mail rejete
        access denied|rejected|refused
        access to submit messages .. rejected
        acceptable use
        go away
        not welcome
        forbidden|disallowed|prohibits
        message not ALLOWED
        delivery not authorized
        not authorized|authorised
        not ALLOWED to connect
        client host rejected
        command rejected
        organizational settings
        ers customized
        block send|rcpt
        connection|connections not|REFUSED ALLOWED|by
        connection denied|rejected
        mail from .. not allowed
        will not be accepted
        """,
    ),
)
