"""Whether a push is signed by who knows our secret (WebSub §7.1). Pure."""

from __future__ import annotations

import hmac
import re

# method=signature, the signature in hexadecimal (WebSub §7.1); the names stand in §7.1.1
_SIGNATURE = re.compile(r"\s*(sha1|sha256|sha384|sha512)\s*=\s*([0-9a-f]{40,128})\s*\Z", re.IGNORECASE)


def is_signed(content: bytes, header: str, secret: str) -> bool:
    """Whether `header` is the signature of `content`, by the method that it names itself (WebSub §8.3)."""
    found = _SIGNATURE.match(header)
    if not found or not secret:
        return False
    right = hmac.digest(secret.encode("ascii"), content, found[1].lower())
    return hmac.compare_digest(right, bytes.fromhex(found[2]) if len(found[2]) % 2 == 0 else b"")
