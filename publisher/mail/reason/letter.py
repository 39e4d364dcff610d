"""What is said of the letter itself: that it is too large, or that something in it is not taken.

Pure values.
"""

from __future__ import annotations

from publisher.mail.reason.case import case
from publisher.model.reason import Reason

LETTERS = (
    case(
        Reason.SPAM,
        "T-Online, which does not tell the two apart",
        """
        spam or virus
        """,
    ),
    case(
        Reason.CONTENT,
        "Exim, Postfix",
        """
        lines|line too long
        line limit exceeded
        """,
    ),
    case(
        Reason.TOO_LARGE,
        "Postfix, Sendmail, Exim, Gmail, Exchange, Mimecast, QQ, Amazon SES (RFC 1870)",
        """
        CONTENT .. too big|large|long|huge
        CONTENT .. EXCEEDED|larger|bigger|greater .. size|limit|maximum|max|length|fixed
        CONTENT size|sizes .. EXCEEDED|limit|limits|too|maximum|larger|bigger
        EXCEEDED|larger|maximum|max .. CONTENT .. size|length|limit|sizes
        EXCEEDED|fixed|maximum .. size limit
        maximum|max CONTENT size
        number of attachments .. exceed*
        class size limit
        recipsizelimit|sendsizelimit|toolarge|messagetoolarge
        """,
    ),
    case(
        Reason.CONTENT,
        "Gmail, Yahoo, amavis, ClamAV, Exim, Exchange, Zoho, Amazon SES (RFC 5322)",
        """
        virus|viruses|malware|trojan|worm|infected|ransomware|eicar
        BAD|banned|dangerous|unacceptable|unsafe|executable|REFUSED attachment*|extension|file|filename|content
        attachment*|file|filename|extension .. NOT|REFUSED|banned|dangerous
        attachment type
        banned exe|zip
        potential security issue
        BAD|malformed|missing|duplicate|multiple|broken|unacceptable header|headers|mime|date|subject|body
        BAD|missing|duplicate|required .. header|headers
        header|headers .. missing|invalid|malformed|NOT|duplicate|required|forbidden
        rfc .. compliant|compliance
        message .. malformed
        corrupt message
        missing a valid message id
        8 bit data
        bare lf|cr|linefeed|line|newline
        line length .. EXCEEDED|limit
        mime error|structure|nesting
        conversion .. required|prohibited
        charset|encoding .. not|unsupported
        encoded word
        unicode character
        empty|blank message|body|subject
        password protected
        """,
    ),
)
