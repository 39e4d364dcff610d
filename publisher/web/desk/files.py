"""Scripts and styles of the desk: our own, and others' that are kept here word for word (`vendored/`).

Their addresses hold a hash of their content, so a browser may keep them for ever.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from publisher.house.standby import Standby
from publisher.web.pages import HEADERS

VENDORED = Path(__file__).parent / "vendored"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
OWN = ("desk.css", "desk.js", "charts.js", "editor.js", "icon.svg")  # templates, so that a site may have its own
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_ANEW = {"Cache-Control": "no-cache"}


def read_files(templates: Standby) -> dict[str, bytes]:
    """By name; a site's own that is broken gives way to ours, so that the desk can be opened."""
    kept = {path.name: path.read_bytes() for path in VENDORED.iterdir() if path.suffix in TYPES}
    return kept | {name: templates.render(f"desk/{name}", {}).encode() for name in OWN}


def addresses_of(files: dict[str, bytes]) -> dict[str, str]:
    """Below /desk, by name without version: `htmx.min.js` -> `files/htmx-4.0.1.min.js?v=…`."""
    return {
        _bare(name): f"files/{name}?v={hashlib.sha256(content).hexdigest()[:12]}" for name, content in files.items()
    }


def file_route(files: dict[str, bytes]) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        name = request.path_params["name"]
        content = files.get(name)
        if content is None:
            raise HTTPException(404)
        kept = _FOR_EVER if request.query_params.get("v") else _ANEW
        return Response(content, media_type=TYPES[Path(name).suffix], headers=HEADERS | kept)

    return answer


def _bare(name: str) -> str:
    head, dash, tail = name.partition("-")
    return f"{head}.{tail.lstrip('0123456789.')}" if dash and tail[:1].isdigit() else name
