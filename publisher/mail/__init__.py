"""The mail room: letters as the octets that go over the wire, and nothing that sends them.

Pure. `headers` writes header fields, `quoted` writes bodies, `wire` makes whole messages, `dkim` signs them.
"""
