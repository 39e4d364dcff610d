"""The site, opened: config, database, templates, keys, and the rooms that act, put together.

What a command does and what a button of the desk does is done here, once: `cli/` and `web/` ask,
and tell people what came of it. Nothing here reads a command line or a request, and nothing writes
to a terminal or a page. Parts that a room needs are made here and handed to it.
"""
