"""The admins' desk: pages for who edits the config, the schedules and the letters. Everything is behind a login.

A page is a `Door`: path, method, the right it asks for, and about which newsletter it is. Who may
go through is decided in one place (`doors.py`), so that a page cannot forget to ask. A handler is a
plain function of a `Visit`, runs in a thread, and answers with a page, or after a change with the
way back and a word about what was done. Every change writes a row of the audit log in its own
transaction. Pages work without JavaScript; htmx brings what changes by itself.
"""
