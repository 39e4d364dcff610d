"""When things happen: slots in the newsroom's time zone, each run once, whoever looks at the clock.

`slots` and `plan` are pure. The rows in the database are the truth; `loop` only looks at
the clock.
"""
