"""What the status of an LCD is, as a table of periods. Computed from the dates in its file, never stored.

    periods(lcd, status_on) -> [Period, ...] oldest first

`status_on(lcd, day) -> (status, version, words)` is the checker's own reading of those dates; we ask it on
every day on which the answer can change, and join the days between.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

StatusOn = Callable[[dict, str], tuple[str, str | None, str]]
_DAWN = "1966-07-01"  # Medicare's first day: before every date of service


@dataclass(frozen=True)
class Period:
    first: str | None  # None: from the beginning
    last: str | None  # None: no end is known
    status: str
    version: str | None
    words: str


def periods(lcd: dict, status_on: StatusOn) -> list[Period]:
    """The periods of one LCD file."""
    starts = [_DAWN, *_turns(lcd)]
    answers = [status_on(lcd, day) for day in starts]
    kept = [
        (start, answer)
        for index, (start, answer) in enumerate(zip(starts, answers))
        if index == 0 or answer[:2] != answers[index - 1][:2]
    ]
    ends = [_shift(start, -1) for start, _ in kept[1:]] + [None]
    return [
        Period(None if start == _DAWN else start, end, *answer)
        for (start, answer), end in zip(kept, ends)
    ]


def _turns(lcd: dict) -> list[str]:
    """Every day on which the answer can change."""
    revisions = lcd.get("revisions") or []
    first_days = [
        *(revision.get("effective") for revision in revisions),
        *(revision.get("not_before") for revision in revisions),
        lcd.get("gone_by"),
    ]
    last_days = [lcd.get("last_day"), lcd.get("last_seen"), (lcd.get("checked") or {}).get("on")]
    return sorted({day for day in first_days if day} | {_shift(day, 1) for day in last_days if day})


def _shift(day: str, by: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=by)).isoformat()
