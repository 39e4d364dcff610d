"""Chaos: a real server with faults, the real command that is killed, and the law that must hold in the end."""
