"""The only door to the database.

`database.py` opens it and hands out transactions; each other file holds the queries of
one noun, each a function that takes the connection of its caller's transaction first.
SQLAlchemy Core without ORM; SQLite or PostgreSQL. No name of SQLAlchemy or of a driver
is needed above this room but `Connection` as a type.
"""
