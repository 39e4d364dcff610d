"""What providers tell by HTTP: which letters bounced, and who complained.

One file each. All are pure: a request, keys and the time come in; what is told goes out, or why it is
refused. `table.py` names them.
"""
