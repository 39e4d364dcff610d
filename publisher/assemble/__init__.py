"""Assembling: from what is news to an issue with its letters and deliveries.

`assembly` is what config.toml says of a newsletter, `composing` makes the letters of an
issue, `slots` makes the issue of a slot.
"""
