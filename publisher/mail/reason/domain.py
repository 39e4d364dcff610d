"""What is said of a reader's domain: that it is not there, or that its servers cannot be reached.

Pure values.
"""

from __future__ import annotations

from publisher.mail.reason.case import case
from publisher.model.reason import Reason

_NO_SUCH_DOMAIN = """
        bad destination system|host|domain
        null mx
        nullmx|nxdomain|nodomain|nonexistentdomain|infodomainnonexistent
        DOMAIN .. does not|no exist|accept|resolve
        DOMAIN .. doesnt exist|accept|resolve
        dns lookup failure not found
        no match|matches to|for nameserver query
        DOMAIN|server .. never accepts mail
        DOMAIN UNKNOWN|deleted
        UNKNOWN|invalid|illegal|no|nonexistent DOMAIN
        no such DOMAIN
        DOMAIN .. not found|registered|resolved
        domain name not found
        name service error .. host not found
        NOT .. FIND .. host|domain .. named|name|record
        NOT|able .. FIND .. recipient domain
        NOT .. FIND .. mail exchanger
        couldnt FIND any host
        no mail exchanger*|server|servers|host
        no mx
        no valid mx
        no a .. record|records
        mx records point to non existent hosts
        recipient|recipients domain .. NOT|no
        domain .. no longer .. exists|active|hosted|available|in|served|used|valid|accepts|receives|registered
        domain .. IS .. expired|retired|discontinued|decommissioned
        domaine .. nest plus|pas
        domain .. nicht mehr
        dominio .. ya no|inexistente
        dominio .. non .. piu|esiste
        dominio .. nao .. mais|existe
        indicated no smtp service
        recipient domain must exist
        unrouteable|unroutable mail domain
        domaine inconnu|inexistant
        domain unbekannt
        """

_LET_GO = """
        no longer relay|relays|relaying .. for
        no longer handle|handles|handling|host|hosts|serve|serves|process|processes .. MAIL|domain
        no longer receive|receives .. for
        no longer provide|provides|responsible|authoritative .. for
        """

# Words like those of a relay that is closed, but for good.
LET_GO = (
    case(
        Reason.USER_UNKNOWN,
        "a server that has the domain, but not the mailbox",
        """
        NOT|no handle|accept mail|email|messages for|to that|this|such user|mailbox|recipient|account
        """,
        kinds="5",
    ),
    case(Reason.DOMAIN_DEAD, "servers that a domain still names", _LET_GO, kinds="5"),
    case(Reason.NO_ROUTE, "the same, as long as somebody may mend it", _LET_GO, kinds="4"),
)

DOMAINS = (
    case(
        Reason.NO_ROUTE,
        "Postfix, Exim, Sendmail: a name server that does not answer now",
        """
        host|name|domain not found try again
        host unknown|found .. try again
        """,
    ),
    case(
        Reason.NO_ROUTE,
        "Gmail: the domain is there, but not the server that it names",
        """
        dns type mx lookup of .. responded with code noerror
        """,
    ),
    case(
        Reason.DOMAIN_DEAD,
        "Gmail: as final as it gets, whatever status it says that with",
        """
        dns type mx lookup of .. responded with code nxdomain
        """,
    ),
    case(
        Reason.DOMAIN_DEAD,
        "Postfix, Sendmail, Exim, qmail, Exchange, Trend Micro, RFC 7504, RFC 7505",
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
        "Postfix, Sendmail, Exim, qmail, Exchange, Gmail",
        """
        mail|message|routing|email|delivery|forwarding loop|loops|loopdetected
        loop|loopdetected .. detected|message|routing
        loops back to
        mailloop
        name or service not known
        message|mail looping
        host is unreachable
        host not reachable
        dns records .. NOT .. found
        message .. is looping
        mxloopback
        too many hops
        hop|hops count|limit .. exceed*|reached
        EXCEEDED .. hops
        cname lookup failed
        dns error|failure
        dns|name|host|mx|hostname .. lookup|server|resolution|query|service .. FAILURE|timeout
        not found try again
        name server timeout
        dns|name|host|mx lookup failure|failed
        temporar* .. resolving|dns|resolve
        unable to look|route|resolve
        no route to
        network is unreachable
        network error
        domain is not reachable
        network|host unreachable
        connection refused
        connect to .. refused|failed
        NOT|failed .. connect|establish .. connection|smtp|to|server|host
        able to establish an smtp
        not accept .. requests to connect
        hosts|host .. NOT .. reached
        hosts have been failing
        mx .. points|pointing|point .. to|back .. localhost|loopback|local|us|itself
        best preference mx
        configuration error mail
        """,
    ),
)
