"""The certificate by which a web server proves its name: whether it is trusted, and until when it is good."""

from __future__ import annotations

import contextlib
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

SECONDS = 4.0  # for each address


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What a server showed."""

    ends: datetime | None = None  # None: it is not trusted, or was not reached
    distrust: str = ""  # why it is not trusted; "": it is, or was not reached
    unreached: str = ""  # why it was not reached; "": it was


def look(host: str, port: int, addresses: Sequence[str], tls: ssl.SSLContext) -> Proof:
    """Ask the first of its addresses that answers; nothing but a greeting is said."""
    unreached = "it has no address"
    for address in addresses:
        try:
            with contextlib.ExitStack() as stack:
                connection = stack.enter_context(socket.create_connection((address, port), timeout=SECONDS))
                encrypted = stack.enter_context(tls.wrap_socket(connection, server_hostname=host))
                told = (encrypted.getpeercert() or {}).get("notAfter")
        except ssl.SSLCertVerificationError as wrong:
            return Proof(distrust=wrong.verify_message)
        except (OSError, ValueError) as wrong:
            unreached = f"{address}: {getattr(wrong, 'strerror', None) or wrong}"
            continue
        return Proof(ends=datetime.fromtimestamp(ssl.cert_time_to_seconds(str(told)), UTC))
    return Proof(unreached=unreached)
