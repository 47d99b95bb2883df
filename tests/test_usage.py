"""What nothing uses: the groups the reading itself looks for are held against the code."""

import re
from pathlib import Path

import pytest

pytest.importorskip("yaml")

from checker import usage

CHECKER = Path(__file__).parents[1] / "checker"


def looked_for():
    """The groups that the reading names as text, in the calls that look mentions up."""
    code = "".join((CHECKER / f"{name}.py").read_text(encoding="utf-8") for name in ("facts", "kinds", "record", "explain"))
    found = set(re.findall(r'seen\.get\("([a-z-]+)"', code)) | set(re.findall(r'"([a-z-]+)" in (?:facts\.)?seen', code))
    for names in re.findall(r'for (?:group|g|name) in \(((?:"[a-z-]+",? ?)+)\)', code):
        found |= set(re.findall(r'"([a-z-]+)"', names))
    return {name for name in found if not name.endswith("-")}


def test_what_the_reading_looks_for_counts_as_used():
    kinds = {"strength", "motion", "test", "grip", "assist", "pain", "distance", "seconds", "percent", "number", "minutes", "dose", "load", "heart-rate",
             "oximetry", "blood-pressure", "exertion"}  # of measures, looked up in the same way
    assert looked_for() - kinds <= usage.BY_THE_READING


def test_nothing_is_said_to_be_used_that_is_not_there():
    code = "".join((CHECKER / f"{name}.py").read_text(encoding="utf-8") for name in ("facts", "kinds", "record", "explain"))
    assert [name for name in usage.BY_THE_READING if f'"{name}"' not in code and not name.startswith(("title-", "kind-"))] == []
