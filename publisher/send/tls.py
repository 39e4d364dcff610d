"""TLS with a relay: what is trusted, and what went wrong in words.

Responsible for the terms of TLS (RFC 8996: none below 1.2; certificates and host names are
always verified) and for one sentence on any failure of the network; `session.py` connects.
"""

from __future__ import annotations

import os
import re
import ssl
from pathlib import Path

from publisher.send.actions import Trouble


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Certificates and host names are verified; the oldest version is TLS 1.2 (RFC 8996 §1)."""
    context = ssl.create_default_context(cafile=ca_file)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def tls_trouble(wrong: Exception) -> Trouble:
    if isinstance(wrong, ssl.SSLCertVerificationError):
        problem = f"its certificate is not trusted: {wrong.verify_message}; check the host in its url, or set `ca_file`"
        return Trouble(problem=problem, permanent=True)
    return Trouble(problem=f"TLS with it fails: {words_of(wrong)}")


def words_of(wrong: Exception) -> str:
    # asyncio writes its own sentence over the system's, and joins those of several addresses.
    numbers = {int(number) for number in re.findall(r"\[Errno (\d+)\]", str(wrong))}
    if numbers:
        return ", ".join(os.strerror(number) for number in sorted(numbers))
    if isinstance(wrong, OSError) and wrong.strerror:
        return wrong.strerror
    return str(wrong) or type(wrong).__name__
