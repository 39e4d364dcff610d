"""Sending: due letters out of the ledger, over our own SMTP session, outcomes back into it.

The pure part decides (`replies`, `outcome`, `retry`, `opening`, `transactions`), the acting part moves
bytes and rows (`session`, `deliver` and the files beside it). `catcher` is the other end
of the wire, for trying things out. How letters are made is the business of letter/ and
mail/; what may be sent to whom is the ledger's.
"""
