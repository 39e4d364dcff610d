"""Collecting: from sources to stored posts.

A source is read (`feedsource`, `foldersource`, `capturesource`) into one `Found` value;
`identify` decides what of it is new or changed; `collector` stores that in one
transaction. A source that fails is a value in the report and touches no other.
"""
