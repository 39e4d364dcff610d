"""Cells that a spreadsheet would run, and how they are kept from it.

Excel and its like take a cell that begins with one of a few characters for a formula, and a name
may be chosen by a stranger. Such a cell is written with an apostrophe before it (OWASP, "CSV
Injection"); where it is read again, the apostrophe is taken away. A cell that has one there of its
own gets a second, so that nothing is lost.
"""

from __future__ import annotations

import re

# OWASP names the full-width signs, too, which some programs read like the others.
_RUN = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_KEPT = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")


def kept_from_running(cell: str) -> str:
    """The cell as it is written."""
    return f"'{cell}" if _RUN.match(cell) else cell


def as_it_was(cell: str) -> str:
    """The cell as it was before that."""
    return cell[1:] if _KEPT.match(cell) else cell
