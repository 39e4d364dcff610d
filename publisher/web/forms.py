"""Reading the fields of a form, whichever way a browser or a mail program wrote them."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qs

from python_multipart.exceptions import FormParserError
from starlette.exceptions import HTTPException
from starlette.requests import Request

LARGEST_PART_BYTES = 1024


async def fields_of(request: Request, *, most: int) -> Mapping[str, list[str]]:
    """Every field with its values, by multipart or, whatever type is told, urlencoded (RFC 8058 §3.2).

    Raises HTTPException 400 for what is neither, and for more than `most` fields.
    """
    if request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        reading = request.form(max_files=1, max_fields=most, max_part_size=LARGEST_PART_BYTES)
        fields: dict[str, list[str]] = {}
        try:
            async with reading as form:
                for name, value in form.multi_items():
                    if isinstance(value, str):
                        fields.setdefault(name, []).append(value)
        except FormParserError:
            raise HTTPException(400) from None
        return fields
    try:
        return parse_qs((await request.body()).decode("ascii"), max_num_fields=most)
    except ValueError:
        raise HTTPException(400) from None
