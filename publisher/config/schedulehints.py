"""What somebody probably meant by a schedule that cannot be read.

People write schedules as they say them: `7 pm`, `Mon Thu`, `first Mon`, a time zone at the
end. Each of these has its answer here; what is none of them gets the general one. Nothing
is read by guessing: a hint only says what to write.
"""

from __future__ import annotations

import re

_TIME = r"[0-9]{1,2}:[0-9]{2}"
_DAY = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*"

# (what it looks like, in lower case, single blanks; what to write instead), the surest first
_HINTS = tuple(
    (re.compile(pattern), cure)
    for pattern, cure in (
        (
            r"[0-9] ?[ap]\.?m\b",
            "write times by the clock of 24 hours: `7 am` is `07:00`, `7 pm` is `19:00`, like `weekdays 19:00`",
        ),
        (r"\b(?:noon|midnight)\b", "write times in digits: noon is `12:00`, midnight `00:00`, like `daily 12:00`"),
        (
            r"\b(?:hourly|hours?|minutes?)\b",
            "for more often than daily, write cron fields, like `0 8-18/2 * * *`; for each post by itself there is "
            "`as_it_happens = true`",
        ),
        (r"\A@", "write it in words, like `daily 07:00`, or as five cron fields, like `0 7 * * *`"),
        (
            r"\b(?:yearly|annually|quarterly|every [0-9a-z]* ?(?:months?|years?))\b",
            "write cron fields, like `0 9 1 1,4,7,10 *` for four times a year",
        ),
        (r"\b(?:except|but|not|without)\b", "name the days that stay, like `Tue-Fri 07:00`"),
        (
            r"\Aevery (?:two|three|four|five|six|eight|[a-z]+) weeks\b",
            "write the number of weeks in digits, like `every 2 weeks Fri 12:00`",
        ),
        (r"\Aevery [0-9]+ days?\b", "days are named, like `Mon,Wed,Fri 07:00`; only weeks are counted"),
        (rf"\A(?:first|second|third|fourth|last) {_DAY}\b", "say of what: `monthly first Mon 09:00`"),
        (
            rf"{_TIME} ?(?:-|to) ?{_TIME}",
            "write each time, like `weekdays 07:00,08:00,09:00`, or cron fields, like `0 7-9 * * mon-fri`",
        ),
        (
            rf"{_TIME},? ?[a-z]+-?[a-z]* {_TIME}",
            "a schedule has the same times on all its days, like `Mon,Thu 07:00,18:30`",
        ),
        (rf"{_TIME} {_TIME}", "part times by commas, like `daily 07:00,18:30`"),
        (
            rf"{_TIME} ?(?:[a-z_]+/[a-z_]+|(?!and\b)[a-z]{{3,4}}|utc.*|gmt.*|z)\Z",
            'end with the time, like `weekdays 07:00`; its zone is said by `time_zone = "Europe/Berlin"`',
        ),
        (
            r"\bfrom\b(?! [0-9]{4}-[0-9]{2}-[0-9]{2}\Z)",
            "write `from` and a date at the end, like `every 2 weeks Fri 12:00 from 2026-12-04`",
        ),
        (r"[0-9]{1,2}(?:\.|h)[0-9]{2}\b", "write a colon in times, like `weekdays 07:00`"),
        (r"[a-z] [0-9]{1,4}\Z", "write hours and minutes, like `weekdays 07:00`"),
        (rf"\b{_DAY}(?: |;|/|\+){_DAY}\b", "part days by commas, like `Mon,Thu 18:30`"),
    )
)


def hint_for(words: str) -> str:
    """What to write instead of these words, in lower case and with single blanks; "" where nothing comes to mind."""
    return next((cure for pattern, cure in _HINTS if pattern.search(words)), "")
