"""Feeds: neutral values made from posts (`channel`), and one writer a format (`atom`, `rss`).

Pure: values in, bytes out. The same posts give the same bytes, always and everywhere; so
a reader that compares bytes, ETags or hashes sees a change only where there is one.
"""
