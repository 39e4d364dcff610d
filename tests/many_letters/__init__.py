"""Thousands of letters, each unlike the others, made by our composer and read and verified by other people's programs.

`python -m tests.many_letters` makes 2,000 and takes some minutes; the common tests take a small share of them
(`tests/test_mail_many.py`).
"""
