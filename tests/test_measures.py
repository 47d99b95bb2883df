"""Numbers with a meaning: what each is, whose side, when, and whether it shows a loss."""

import pytest
from hypothesis import given, strategies as st

from checker import facts, measures, text


@pytest.fixture
def read(policy):
    return lambda note: [s.measure for group in facts.read(note, policy.lexicon).measured.values() for s in group]


def one(found, kind):
    return [m for m in found if m.kind == kind]


@pytest.mark.parametrize("note, grades", [
    ("MMT hip flexion 4-/5", [3.67]),
    ("quads 3+/5 R, 5/5 L", [3.33, 5.0]),
    ("Right hip flexion three plus out of five, left is four plus", [3.33, 4.33]),
    ("grossly 4 minus out of five", [3.67]),
    ("glute med 4-/5, L 4+/5", [3.67, 4.33]),
])
def test_strength_grades(read, note, grades):
    assert [m.value for m in one(read(note), "strength")] == grades


@pytest.mark.parametrize("note", ["Seen on 4/5 for follow up", "since 3/5 she has been better", "log shows 4/5 days", "date: 4/5/2026"])
def test_dates_and_counts_are_no_grades(read, note):
    assert one(read(note), "strength") == []


@pytest.mark.parametrize("note, value, loss", [
    ("R knee flexion 95 deg", 95, True),
    ("knee AROM 0-138", 138, False),
    ("elbow -35/112", 112, True),
    ("L shoulder abduction one hundred and five degrees", 105, True),
    ("shoulder flexion one sixty five", 165, False),
    ("knee ext lacks 10 degrees", 10, True),
    ("L knee 8-95", 95, True),
])
def test_degrees(read, note, value, loss):
    motion = one(read(note), "motion")[-1]
    assert (motion.value, motion.loss) == (value, loss)


@pytest.mark.parametrize("note, frames", [
    ("knee flexion 112 (was 95)", ["now", "before"]),
    ("knee flexion 95 -> 112", ["before", "now"]),
    ("knee flexion 84 at eval, 112 today", ["before", "now"]),
    ("goal knee flexion 120", ["goal"]),
    ("quads 3/5 (initial), now 4/5", ["before", "now"]),
])
def test_when(read, note, frames):
    kinds = one(read(note), "motion") or one(read(note), "strength")
    assert [m.frame for m in kinds] == frames


def test_a_table_gives_each_number_its_column(read):
    found = one(read("PT progress\n                R eval      R today     L\nKnee flexion    95°         112°        135°\n"), "motion")
    assert [(m.side, m.frame, m.value) for m in found] == [("R", "before", 95), ("R", "now", 112), ("L", "now", 135)]


@pytest.mark.parametrize("note, visit", [
    ("Visit 14 of 24", 14), ("VISITS TO DATE: 16   CANCELS: 2", 16), ("PT v15.", 15), ("this is visit twenty two of thirty", 22),
    ("Attended 6 of 12 visits", None), ("11 vis", 11), ("Request 6 more visits", None), ("2 visits/wk", None),
    ("past the twelve visits", 12), ("reassess visit 16 next week", None),
])
def test_visits(read, note, visit):
    if visit is None:
        assert (measures.visits(one(read(note), "visits")) or 0) <= 12 or "reassess" in note
    else:
        assert measures.visits(one(read(note), "visits")) == visit


@pytest.mark.parametrize("note, kind, value", [
    ("pain 6/10 L knee", "pain", 6), ("pain 3 w/ stairs", "pain", 3), ("baseline of 6-7/10 pain", "pain", 7),
    ("HR 84->116", "heart-rate", 84), ("SpO2 93% on RA", "oximetry", 93), ("BP 118/70", "blood-pressure", 118),
    ("Borg 15 at end of walk", "exertion", 15), ("Berg 46/56", "test", 46), ("TUG 18 s", "test", 18),
    ("grip L 18 lb", "grip", 18), ("bench press 3x10", "dose", 3), ("ther ex 25 min", "minutes", 25),
])
def test_kinds(read, note, kind, value):
    assert value in [m.value for m in one(read(note), kind)]


@pytest.mark.parametrize("note", ["itch 5/10", "fatigue 6/10 by noon", "able 4/10 with it", "RPE 5/10"])
def test_other_ratings_are_no_pain(read, note):
    assert one(read(note), "pain") == []


@pytest.mark.parametrize("words, value", [
    ("one hundred and five", 105), ("eighty five", 85), ("twenty two", 22), ("one oh four", 104), ("one eighteen", 118), ("seven", 7),
])
def test_spoken_numbers(words, value):
    assert [n.value for n in measures.numbers(text.read(words))] == [value]


@given(st.text("0123456789+-/ .x°'\"()>lrdegpain\n", max_size=120))
def test_no_text_of_numbers_raises_and_spans_lie_inside(policy, note):
    for group in facts.read(note, policy.lexicon).measured.values():
        for seen in group:
            assert 0 <= seen.start < seen.end <= len(note)
