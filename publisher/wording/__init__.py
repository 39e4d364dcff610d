"""The words that are ours, in the reader's language.

`wording.py` says them: sentences, dates, lists of names. `catalogs.py` reads what the
translators wrote, `publisher/locale/LANG/LC_MESSAGES/publisher.po`. What is said in the
source is English and stands for itself.
"""
