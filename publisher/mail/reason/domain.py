"""What is said of a reader's domain: that it is not there, or that its servers cannot be reached.

Pure values.
"""

from __future__ import annotations

from publisher.mail.reason.case import case
from publisher.model.reason import Reason

_NO_SUCH_DOMAIN = """
        bad destination system|host|domain
        indicated no smtp service
        null mx
        nullmx
        domain|host .. does not|doesnt|never|no accept mail|email
        does not accept mail|email nullmx
        domain|host|system|hostname unknown|nonexistent|disabled|expired|suspended|deleted
        unknown|nonexistent|invalid|illegal|no|bad domain|host|hostname|system
        no such domain|host
        domain|host name|hostname|dns|mx .. not found
        domain|host .. not found|exist|resolve|registered
        host|domain name|names or domain|host .. not found
        name service error .. host not found
        domain|host .. does|do not|doesnt|never exist|resolve|exists
        NOT .. FIND .. host|domain|mail|mx|exchange* .. named|domain|host|server|record
        no mail|mx server|servers|exchanger|exchangers|host|hosts|record|records
        no mx|a .. record|records|or .. found|for|exists
        nxdomain
        mail exchanger .. not|no
        domain|mx .. has|have no .. mail|mx|exchanger|record
        recipients|recipient domain .. does not|doesnt|not|no longer
        domain .. no longer|not .. exist|active|hosted|accept*|available|valid|in|served|registered
        server does not|doesnt accept mail|email for
        able to find the recipient domain
        find the recipient domain
        no domain
        nodomain
        host dienst|rechner|domain unbekannt
        domaine inconnu|inexistant
        """

DOMAINS = (
    case(
        Reason.DOMAIN_DEAD,
        "Postfix, Sendmail, Exim, qmail, RFC 7504, RFC 7505",
        _NO_SUCH_DOMAIN,
        kinds="5",
    ),
    case(
        Reason.NO_ROUTE,
        "the same, as long as a name server may know it yet",
        _NO_SUCH_DOMAIN,
        kinds="4",
    ),
)

ROUTES = (
    case(
        Reason.NO_ROUTE,
        "Postfix, Sendmail, Exim, qmail, Exchange",
        """
        mail|message|routing|email|delivery|forwarding|mailer loop|loops|looping
        loops back to
        loop .. detected|hops|found|maximum
        too many hops|received|loops
        hop count|limit .. exceeded|reached|maximum
        exceeded .. hops
        hopcount exceeded
        cname lookup failed
        dns error
        dns|name|host|mx lookup|server|resolution|query|failure|service .. failure|failed|error|problem|timeout|timed
        host|domain|name .. not found try again
        name server timeout|error
        lookup .. failure|failed|failures
        temporar* .. resolving|lookup|dns|resolve
        temporary|dns failure .. lookup|domain|name
        unable to route|resolve|relay for
        no route|path to|for
        route .. not|to host .. failed
        network is|was unreachable
        network unreachable
        host|server|destination .. unreachable|down
        no answer from host|server
        connection refused
        connect to .. refused|failed|timed|error
        could not|couldnt|cannot|cant|unable|failed .. connect|establish|open .. connection|smtp|to|server|host
        ever able to establish
        not accept .. requests to connect
        wasnt able to establish an smtp connection
        hosts .. not|are .. reached|unreachable
        remote|all hosts have been failing
        retry timeout exceeded|not
        no connection
        mx .. points|point|pointing back|to .. localhost|loopback|us|itself
        bad|invalid|broken mx|dns record*|configuration
        relaying via|loop|back to .. myself
        config|configuration error mail
        """,
    ),
)
