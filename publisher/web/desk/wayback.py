"""Where somebody goes who signed in: back to the page of the desk that they had asked for, and nowhere else. Pure.

What the address says is never gone to as it stands. Of it, what follows `/desk` is taken, and that
is looked for below our own desk: so it cannot lead to another site, whatever is written there.
"""

from __future__ import annotations

import re

LONGEST = 500
_PLAIN = re.compile(r"(?:/[\w.~%!$&'()*+,;=:@-]+)*/?(?:\?[\w.~%!$&'()*+,;=:@/?-]*)?", re.ASCII)
_NOT_BACK_TO = ("/login", "/logout", "/first/", "/invite/", "/reset/")


def way_back(asked: str) -> str:
    """Below the desk, e.g. `/issues/12?page=2`; "" for the desk itself, also where it is no page of ours."""
    before, found, path = asked.partition("/desk")
    if not found or len(asked) > LONGEST or "/.." in path or "//" in asked or not _PLAIN.fullmatch(path):
        return ""
    is_ours = before == "" or (before.startswith("/") and _PLAIN.fullmatch(before) is not None)
    return "" if not is_ours or path.startswith(_NOT_BACK_TO) else path
