"""Rows and columns: what a header names, which rows it speaks for, which column a number stands in."""

import pytest

from checker import tables, text
from checker.tables import Cell


def find(note):
    return tables.find(text.read(note))


@pytest.mark.parametrize("header, named", [
    ("             R      L", [("R", ""), ("L", "")]),
    ("             eval   today  goal", [("", "before"), ("", "now"), ("", "goal")]),
    ("             R eval      R today     L", [("R", "before"), ("R", "now"), ("L", "")]),
    ("motion | right | left", [("R", ""), ("L", "")]),
    ("             4/1    5/2    6/3", [("", "before"), ("", "before"), ("", "now")]),
    ("MEASURES     SOC 9/1    Recert 11/9    MCID", [("", "before"), ("", "now")]),
    ("MEASURE      5/2 (IE)   today 5/27    other side", [("", "before"), ("", "now"), ("O", "")]),
    ("             4/1    5/2    L", [("R", "before"), ("R", "now"), ("L", "")]),
])
def test_a_header_names_sides_or_times(header, named):
    found = find(f"{header}\nknee flexion    95    112   ; ;\n")
    assert found.headers == {0}
    assert [(c.side, c.frame) for c in found.rows[1]] == named


@pytest.mark.parametrize("note", [
    "knee flexion    95\nknee extension    5\n",  # no header
    "             R      L\n",  # no row
    "Right leg lifts today   Left leg lifts today\nknee    95\n",  # sentences
    "quads    4/5    3/5\nhams    4/5    3/5\n",  # grades, no dates
    "HR rest/post    92/118    90/112\nSpO2    96/91    95/92\n",  # pulses, no dates
])
def test_no_table(note):
    assert find(note) == tables.Tables({}, set())


def test_a_header_speaks_for_the_rows_near_it():
    rows = "knee flexion    95    112\n"
    found = find("             R      L\n" + rows * (tables.ROWS_BELOW + 3))
    assert list(found.rows) == list(range(1, tables.ROWS_BELOW + 1))


def test_the_next_header_takes_over():
    found = find("             R      L\nflexion    95    112\n             eval    today\nflexion    95    112\n")
    assert [c.side for c in found.rows[1]] == ["R", "L"]
    assert [c.frame for c in found.rows[3]] == ["before", "now"]


def test_the_nearest_column():
    left, right = Cell(10, "L", "", False), Cell(30, "R", "", False)
    assert tables.nearest([left, right], 12) == left
    assert tables.nearest([left, right], 25) == right
    assert tables.nearest([left, right], 30 + tables.NEAR + 1) is None


@pytest.mark.parametrize("word, side", [("rt", "R"), ("lle", "L"), ("bilateral", "B")])
def test_words_of_sides(word, side):
    assert tables.side_of(word) == side
