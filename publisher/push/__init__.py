"""Telling others at once that a feed changed: pings to hubs, and a WebSub hub of our own.

What is to be told stands in the store before anybody is told, and is crossed out when the
other side has answered; so a kill at any moment loses nothing, and costs at most one
telling too many for each connection that was open. Pure files decide, the others ask.
"""
