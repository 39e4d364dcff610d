"""A real DNS server on loopback: answers from a zone, and says that a name is not there where it is not."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Thread

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from publisher.fetch.dns import Resolver

Zone = Mapping[tuple[str, str], Sequence[str]]
"""Records by name and type, as a zone file has them; SERVFAIL as a record lets the server fail."""


@contextmanager
def dns_stand(zone: Zone) -> Iterator[Resolver]:
    """A resolver that asks this zone."""
    records = {(name.lower().rstrip("."), kind): list(found) for (name, kind), found in zone.items()}
    names = {name for name, _ in records}

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            octets, socket = self.request
            query = dns.message.from_wire(octets)
            (question,) = query.question
            name = question.name.to_text(omit_final_dot=True).lower()
            found = records.get((name, dns.rdatatype.to_text(question.rdtype)), [])
            response = dns.message.make_response(query)
            response.flags |= dns.flags.AA | dns.flags.RA
            if found == ["SERVFAIL"]:
                response.set_rcode(dns.rcode.SERVFAIL)
            elif found:
                response.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", question.rdtype, found))
            elif name not in names:
                response.set_rcode(dns.rcode.NXDOMAIN)
            socket.sendto(response.to_wire(), self.client_address)

    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield Resolver(["127.0.0.1"], port=server.server_address[1])
        finally:
            server.shutdown()
            thread.join()
