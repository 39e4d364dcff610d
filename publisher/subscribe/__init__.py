"""Readers: how they come, and what they choose.

`importing` adds them by an admin's hand, one by one or from a file; `preferences` is what a
reader may choose of a newsletter. Signing up by oneself is not here yet.
"""
