"""What people see and change by web: the published tree, letters as pages, leaving by one click.

Async only because the framework is; whatever touches the store or a template runs in a
thread.
"""
