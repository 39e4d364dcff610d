"""Addresses that may be shown to others than their owners."""

from __future__ import annotations


def masked(email: str) -> str:
    """Enough for its owner to know it, too little for whom a letter was passed on to."""
    local, _, domain = email.rpartition("@")
    return f"{local[:1]}…@{domain}"
