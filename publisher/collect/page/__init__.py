"""A web page read: an article with all that stands around it, or a column's list of articles.

Pure: HTML, its address and the source's selectors come in, values go out; fetching is the
business of `pagesource.py`. What a page says of itself is asked in this order, each filling
the gaps of the one before it:

selectors  CSS from config.toml, where a source sets some (`selectors.py`)
JSON-LD    schema.org in scripts (`jsonld.py`), and microdata in attributes (`microdata.py`),
           both as the same nodes, understood in `schemaorg.py`
meta       OpenGraph, `article:*`, the old names (`meta.py`)
page       headings, `rel=author`, the class names that most sites use (`people.py`,
           `stories.py`); the text itself is found by trafilatura and taken from the page
           with its own markup (`body.py`)

Known weakness: what only a script puts into the page is not seen; class names are known in
English, words in the languages of `capture/words.py`.
"""
