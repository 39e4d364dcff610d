"""config.toml as text, with its mistakes at their lines; nothing is saved before its diff was seen."""

from __future__ import annotations

from starlette.responses import Response

from publisher.config.masking import masked, unmasked
from publisher.config.merging import with_line_ends_of
from publisher.errors import ConfigError
from publisher.house.configsaving import check, digest_of
from publisher.house.configstate import state_of
from publisher.model.user import Right
from publisher.web.desk.configdesk import LARGEST_BYTES, ConfigDesk, Told, diff_lines
from publisher.web.desk.desk import Desk
from publisher.web.desk.doors import Door, Method
from publisher.web.desk.visit import Visit

LONGEST_NOTE = 200


class ConfigText:
    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._config = ConfigDesk(desk)

    def show(self, visit: Visit) -> Response:
        text = self._config.text()
        return self._editor(visit, text, digest=digest_of(text), problems=self._problems(text))

    def edit(self, visit: Visit) -> Response:
        """Back from the diff, with what was typed."""
        new = self._typed(visit)
        return self._editor(visit, new, digest=visit.text("digest"), problems=self._problems(new))

    def look(self, visit: Visit) -> Response:
        """What would be saved, line by line; or what is wrong with it."""
        new, digest = self._typed(visit), visit.text("digest")
        state = state_of(self._desk.house, new)
        if state.wrong:
            return self._editor(visit, new, digest=digest, problems=self._config.told(state.wrong), status=422)
        old = self._config.text()
        if digest_of(old) != digest:
            base = self._config.begun_with(digest)
            return self._config.conflict(visit, base=base, mine=new, theirs=old, note="")
        values = {
            "diff": diff_lines(old, new),
            "warnings": state.warnings,
            "text": masked(new),
            "digest": digest,
            "longest_note": LONGEST_NOTE,
        }
        return self._desk.page(visit, "desk/config_look.html", values)

    def save(self, visit: Visit) -> Response:
        new, digest = self._typed(visit), visit.text("digest")
        try:
            note = visit.text("note")[:LONGEST_NOTE]
            return self._config.put(visit, new, digest=digest, note=note, back="/config/text")
        except ConfigError as wrong:
            return self._editor(visit, new, digest=digest, problems=self._config.told(wrong), status=422)

    def _typed(self, visit: Visit) -> str:
        """As the file would have it: its line ends, and its secrets behind the masks."""
        typed = (visit.texts("text") or ("",))[-1]
        original = self._config.begun_with(visit.text("digest")) or self._config.text()
        return unmasked(with_line_ends_of(typed, original), original)

    def _problems(self, text: str) -> list[Told]:
        try:
            check(self._desk.house, text)
        except ConfigError as wrong:
            return self._config.told(wrong)
        return []

    def _editor(self, visit: Visit, text: str, *, digest: str, problems: list[Told], status: int = 200) -> Response:
        lines = text.split("\n")
        shown = [
            {"line": one.line, "words": one.words, "text": masked(lines[one.line - 1]) if one.line else ""}
            for one in problems
            if one.line <= len(lines)
        ]
        line = visit.asked("line")
        values = {
            "text": masked(text),
            "digest": digest,
            "problems": shown,
            "rows": min(max(len(lines) + 2, 12), 28),
            "go_to": line if line.isdecimal() and len(line) < 6 else "",
        }
        return self._desk.page(visit, "desk/config_text.html", values, status=status)


def doors(desk: Desk) -> list[Door]:
    page = ConfigText(desk)
    steps = {"edit": page.edit, "look": page.look, "save": page.save}
    return [
        Door(path="/config/text", handler=page.show, right=Right.OWN),
        *(
            Door(
                path=f"/config/text/{name}",
                handler=step,
                right=Right.OWN,
                method=Method.POST,
                largest_bytes=LARGEST_BYTES,
            )
            for name, step in steps.items()
        ),
    ]
