"""The table of an open connection: whose answer is awaited, and what a reply of each kind does then.

Pure values; `protocol.py` tells the theory and carries the moves out, `opening.py` has the
table of what comes before.
"""

from __future__ import annotations

from enum import StrEnum


class Step(StrEnum):
    """Whose answer is awaited once the connection is open."""

    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    END = "the end of the letter"
    BDAT = "BDAT"
    LONE_DOT = "the end of an empty letter"
    RSET = "RSET"
    QUIT = "QUIT"


class Move(StrEnum):
    ON = "go on with the next command"
    BODY = "write the body, or a lone dot where the recipient was refused"
    REFUSE = "note the refusal; its group goes on"
    LAND = "the letter has its answer"
    BYE = "close"
    GIVE_UP = "the relay is out of step"


_M = Move
# step -> what a reply 2yz, 3yz, 4yz, 5yz does
MOVES: dict[Step, tuple[Move, Move, Move, Move]] = {
    Step.MAIL: (_M.ON, _M.REFUSE, _M.REFUSE, _M.REFUSE),
    Step.RCPT: (_M.ON, _M.REFUSE, _M.REFUSE, _M.REFUSE),
    Step.DATA: (_M.REFUSE, _M.BODY, _M.REFUSE, _M.REFUSE),
    Step.END: (_M.LAND, _M.LAND, _M.LAND, _M.LAND),
    Step.BDAT: (_M.LAND, _M.LAND, _M.LAND, _M.LAND),
    Step.LONE_DOT: (_M.ON, _M.GIVE_UP, _M.ON, _M.ON),
    Step.RSET: (_M.ON, _M.GIVE_UP, _M.GIVE_UP, _M.GIVE_UP),
    Step.QUIT: (_M.BYE, _M.BYE, _M.BYE, _M.BYE),
}
