"""The APIs of content systems: what their answers mean, and how they are asked.

`wordpress` and `ghost` turn answers into found posts and are pure; `values` reads JSON
that may hold anything; `calls` asks, page after page, within limits.
"""
