"""A year of newsletters, simulated with an injected clock, and the books that are kept beside it.

`site` is what config.toml would say. `newsroom`, `readers`, `editor`, `house` (the machine
with its downtimes) and `sender` act on the real database through the real functions.
`books` writes down in plain Python what each of them did, knows nothing of how letters are
chosen, and says what the laws would have: `laws` are held to what stands in the database.

    .venv/bin/python -m tests.year --seeds 1 2 3
"""
