"""Fetching from strangers: one URL at a time, as a polite and careful guest.

Names are resolved and checked before we connect (`dial`), hosts are asked one thing at a
time (`hosts`), what comes is unpacked within bounds (`unpack`). What a document means is
none of this room's business.
"""
