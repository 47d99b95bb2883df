"""Tables in a note: rows below a header of sides or times, and the column a number stands in.

                    R eval      R today     L
    Knee flexion    95          112         135

A header's cells name a side ("R", "left") or a time ("eval", "today", "goal", or dates, of which the last is now).
Columns are told apart by wide gaps, tabs, ";" or "|".
"""

from bisect import bisect_left
from typing import NamedTuple

from .text import is_table_row

RIGHT = frozenset("r rt right rle rue rtka rtha rtsa".split())
LEFT = frozenset("l lt left lle lue ltka ltha ltsa".split())
WELL = frozenset("uninvolved uninjured contralateral unaffected nonaffected opposite opp uninv noninvolved nonoperative nonsurgical"
                 " noninjured healthy sound".split())
ILL = frozenset("affected involved injured operative operated surgical hurt bad sore hemiparetic paretic hemiplegic repaired sx op".split())

_OTHER = WELL | {"other"}
_GOAL = frozenset("goal goals target ltg stg".split())
_NOW = frozenset("post today current now dc discharge latest present final recert recertification reeval reassessment".split())
_COUNTED = frozenset("d day v visit wk week session mo month pn".split())
_BEFORE = frozenset("pre adm admission eval initial ie soc baseline admit start previous prior last".split())

ROWS_BELOW = 14  # lines; further down a header no longer speaks for a row
NEAR = 8  # characters a number may stand beside its column's head


class Cell(NamedTuple):
    """A cell of a header: where it begins in its line; the side it names (R, L, B, or O for the other) and the
    time, or ""; whether it is a date; whether it is a side with its value ("L 70")."""
    column: int
    side: str
    frame: str
    dated: bool
    valued: bool = False


class Tables(NamedTuple):
    """rows: {line: the cells of its header}; headers: the lines that are headers."""
    rows: dict
    headers: set


def side_of(word):
    """The side a word of RIGHT, LEFT or both names: R, L or B."""
    return "R" if word in RIGHT else "L" if word in LEFT else "B"


def find(text):
    """text.Text -> Tables."""
    lines = [n for n, (start, end) in enumerate(text.lines) if _in_columns(text.norm[start:end])]
    rows, headers = {}, set()
    if len(lines) < 2:
        return Tables(rows, headers)
    header, cells = None, []
    for line in lines:
        found = _header(_cells(text, line))
        if found:
            header, cells = line, found
            headers.add(line)
        elif header is not None and line - header <= ROWS_BELOW:
            rows[line] = cells
    return Tables(rows, headers)


def _in_columns(line):
    return is_table_row(line) or line.count(";") + line.count("|") > 1


def _header(cells):
    """The cells that name a side or a time, when they are two or more and all but one; else []."""
    if any(c.valued for c in cells):
        return []  # "flexion    L 70    R 150" has its values
    named = [c for c in cells if c.side or c.frame or c.dated]
    alone = len(named) == 1 and named[0].frame == "before" and 2 <= len(cells) <= 3  # "assist level    prior session"
    both = len(cells) == len(named) + 2 and {"before", "now"} <= {c.frame for c in named}  # "measure  SOC 9/1  recert 11/9  MCID"
    if (len(named) < 2 or len(named) < len(cells) - 1) and not alone and not both:
        return []
    days = [c for c in named if c.dated and not c.frame]
    if len(days) > 1:  # "4/1   5/2   6/3": the last date is the note's own
        named = [c._replace(frame="now" if c == days[-1] else "before") if c in days else c for c in named]
        others = {c.side for c in named if c.side and c not in days} & {"R", "L"}
        if len(others) == 1 and not any(c.side for c in days):  # "4/1   5/2   L": the dates are the other side's
            side = "R" if others == {"L"} else "L"
            named = [c if c.side else c._replace(side=side) for c in named]
    return named


def _cells(text, line):
    """The cells of one line -> [Cell]."""
    begins = text.lines[line][0]
    return [_cell(text.words[group[0]:group[-1] + 1], text.starts[group[0]] - begins) for group in _groups(text, line)]


def _groups(text, line):
    """The words of a line that stand together, as lists of their places."""
    groups, apart = [], True
    words, starts, ends = text.words, text.starts, text.ends
    for i in range(bisect_left(text.line_of, line), bisect_left(text.line_of, line + 1)):
        if words[i] in (";", "|"):
            apart = True
        elif apart or starts[i] - ends[groups[-1][-1]] >= 2:
            groups.append([i])
            apart = False
        else:
            groups[-1].append(i)
    return groups


def _cell(words, column):
    slash = words.index("/") if "/" in words[1:-1] else 0
    dated = slash > 0 and words[slash - 1].isdecimal() and words[slash + 1].isdecimal() and words[slash + 1] != "5" \
        and int(words[slash - 1]) <= 12 and int(words[slash + 1]) <= 31  # "4/5" is a grade, "92/118" two pulses
    dated = dated or len(words) == 2 and words[0] in _COUNTED and words[1].isdigit()  # "d30", "v8", "wk 2"
    many = sum(w.isalpha() for w in words) > 2 if dated and slash and ":" not in words else len(words) > 3  # "SOC 10/28", "5/2 (IE)"
    if many and words[:3] != ["d", "/", "c"]:  # a sentence, no column's name
        return Cell(column, "", "", dated)
    side = next((side_of(w) for w in words if w in RIGHT or w in LEFT), "" if _OTHER.isdisjoint(words) else "O")
    valued = side != "" and len(words) == 2 and words[1].isdigit()
    return Cell(column, side, _frame(words), dated, valued)


def _frame(words):
    if words[0] in _GOAL:
        return "goal"
    if words[:2] in (["re", "eval"], ["re", "assess"], ["re", "cert"], ["re", "assessment"], ["re", "evaluation"]):
        return "now"
    if not _NOW.isdisjoint(words) or words[:3] == ["d", "/", "c"]:
        return "now"
    return "" if _BEFORE.isdisjoint(words) else "before"


def nearest(cells, column):
    """The cell whose column a place in a row belongs to, or None when it stands in none."""
    cell = min(cells, key=lambda c: abs(c.column - column))
    return cell if abs(cell.column - column) <= NEAR else None
