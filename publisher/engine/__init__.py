"""What carries issues to the sender: a port of four calls, and its embedded form.

The embedded form needs nothing beside the database: the ledger is the queue, and a lock
lets one process serve a site.
"""
