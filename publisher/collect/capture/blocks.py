"""A captured page as blocks: what stands between blank lines."""

from __future__ import annotations

import re
from dataclasses import dataclass

from publisher.collect.summary import folded

# U+2028 and U+2029 are line and paragraph ends, U+0085 and U+000C too; a lone CR is an old one.
_LINE_END = re.compile(r"\r\n|[\n\r\f\x85\u2028]")
_PARAGRAPH_END = re.compile("\u2029")
_LONGEST_WRAPPED = 100  # characters; a longer line was not wrapped by whoever saved the page
_SENTENCE_END = re.compile(r"[.!?…][\"”’»)\]]*\Z")
_LONGEST_HEADING = 200  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block; `lines` have no blank at either end."""

    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def folded(self) -> str:
        """Its words on one line."""
        return folded(self.text)

    @property
    def ends_sentence(self) -> bool:
        return bool(_SENTENCE_END.search(self.lines[-1]))

    @property
    def is_heading(self) -> bool:
        """One line that is not prose: no full stop at its end, no comma or semicolon."""
        line = self.lines[0]
        return len(self.lines) == 1 and len(line) <= _LONGEST_HEADING and line[-1] not in ".…,;"

    @property
    def is_given_twice(self) -> bool:
        """The same line two times or more: how a picture's description is captured."""
        return len(self.lines) > 1 and len(set(self.lines)) == 1


def blocks_of(text: str) -> list[Block]:
    """Blocks in order. A page with no blank line at all has a block for each line."""
    lines = [line.strip() for line in _LINE_END.split(_PARAGRAPH_END.sub("\n\n", text))]
    filled = [line for line in lines if line]
    if len(filled) > 1 and not any(not line for line in lines[lines.index(filled[0]) : _last(lines)]):
        return [Block(lines=(line,)) for line in filled]
    blocks: list[Block] = []
    held: list[str] = []
    for line in [*lines, ""]:
        if line:
            held.append(line)
        elif held:
            blocks.append(Block(lines=tuple(held)))
            held = []
    return blocks


def paragraphs_of(block: Block) -> list[str]:
    """A block of the text as paragraphs: lines too long to be wrapped ones stand alone."""
    if len(block.lines) > 1 and max(map(len, block.lines)) > _LONGEST_WRAPPED:
        return list(block.lines)
    return [block.text]


def _last(lines: list[str]) -> int:
    return max(index for index, line in enumerate(lines) if line)
