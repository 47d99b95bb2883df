"""Numbers with a meaning: what each is, whose side, when, and whether it shows a loss."""

import pytest
from hypothesis import given, strategies as st

from checker import facts, measures
from conftest import ROOT


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


@pytest.mark.parametrize("note, sides", [
    ("knee flexion 92 on the hurt side, 140 on the good one", ["A", "O"]),
    ("ankle DF affected 2 deg, unaffected 14 deg", ["A", "O"]),
    ("quads 3+/5 operative side, 5/5 non-operative", ["A", "O"]),
    ("good effort, quads 3+/5 R", ["R"]),
    ("grip 20 lb with the right, 61 lb with the left", ["R", "L"]),
    ("knee flexion 84 degrees against 121 on the left", ["R", "L"]),
    ("lateral pinch 4 lb (L 13)", ["R", "L"]),
])
def test_sides_by_any_name(read, note, sides):
    assert [m.side for m in sorted(read(note), key=lambda m: m.first) if m.kind != "number"] == sides


@pytest.mark.parametrize("note, frames", [
    ("10/3 knee flexion 88\n10/17 knee flexion 104", ["before", "now"]),
    ("Oct 24: knee flexion 104. Oct 3: knee flexion 88.", ["now", "before"]),
    ("Wk 2: knee flexion 88. Wk 4: knee flexion 104.", ["before", "now"]),
    ("Wk 2: knee flexion 88.", ["now"]),  # one entry is no log
    ("10/3 knee flexion 88\n10/17 knee flexion 104\n10/12 knee flexion 96", ["now", "now", "now"]),  # in no order
])
def test_in_a_log_the_latest_entry_is_now(read, note, frames):
    assert [m.frame for m in sorted(read(note), key=lambda m: m.first) if m.kind == "motion"] == frames


def test_a_table_gives_each_number_its_column(read):
    found = one(read("PT progress\n                R eval      R today     L\nKnee flexion    95°         112°        135°\n"), "motion")
    assert [(m.side, m.frame, m.value) for m in found] == [("R", "before", 95), ("R", "now", 112), ("L", "now", 135)]


def test_a_column_of_vital_signs_says_what_its_numbers_are(read):
    note = "time  activity        SpO2   HR    RPE\n0     rest            94     82    -\n5     treadmill 1.4   89     108   5/10\n"
    found = [(m.kind, m.value) for m in sorted(read(note), key=lambda m: m.first) if m.kind != "number"]
    assert found == [("oximetry", 94), ("heart-rate", 82), ("oximetry", 89), ("heart-rate", 108), ("exertion", 5)]


@pytest.mark.parametrize("note, visit", [
    ("Visit 14 of 24", 14), ("VISITS TO DATE: 16   CANCELS: 2", 16), ("PT v15.", 15), ("this is visit twenty two of thirty", 22),
    ("Attended 6 of 12 visits", None), ("11 vis", 11), ("Request 6 more visits", None), ("2 visits/wk", None),
    ("past the twelve visits", 12), ("visit number six for this fifty eight year old gentleman", 6), ("reassess visit 16 next week", None),
    ("after fifteen occupational therapy visits", 15), ("PT #13", 13), ("Tx day 31", 31), ("Total to date: 24", 24),
    ("Vst 18", 18), ("seen 13x", 13), ("seen x13", 13), ("Sessions this quarter 22", 22), ("her 31st class", 31), ("contact 14.", 14),
    ("has been here, let me count, seventeen times since August", 17), ("(treatment days to date: 15)", 15), ("24th attendance", 24),
    ("WORK CONDITIONING - DAY 14 of 20", 14), ("Treatment no. 16", 16), ("used 14/20 auth.", 14), ("14 down, 6 to go", 14), ("Attendance: 14 of 16", 14),
    ("Fourteen visits into the plan.", 14), ("14 appointments kept, two missed", 14), ("#13   L frozen shoulder\nt// pulleys", 13),
    ("13 / GBS, onset 8/14\nTx: squats", 13), ("14/3 PT\nRows", None), ("13 yo boy\nRows", None), ("Hop 78 cm v 142", None), ("Mrs. V., 74", None),
    ("Prednisone, day 14 of 21", None), ("attendance for 22 classrooms", None), ("She has fallen fourteen times", None), ("The bell was rung 14x", None),
    ("has now had 15 visits since her left shoulder", 15), ("saw him for the sixteenth time", 16), ("13th PT visit", 13),
    ("Attended 22/24 sessions.", 22), ("20 sessions completed.", 20), ("Thirteenth treatment today.", 13), ("OT tx 19", 19),
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


# A reader, what it is asked about, and what comes of it: [(kind, value)]; [] when it says that nothing is measured.
READ = [
    ("ordinal", "1st", []), ("ordinal", "the third", []),
    ("code", "97110", []),
    ("year", "2026", []), ("distance", "2000 ft", [("distance", 2000)]),
    ("clock", "9:02", []), ("clock", "Start 9:02, end 9:48", []),
    ("reflex", "DTR 2+", []),
    ("fraction", "quads 4-/5", [("strength", 3.67)]), ("fraction", "pain 6-7/10", [("pain", 7)]),
    ("fraction", "Berg 46/56", [("test", 46)]), ("fraction", "118/70", [("blood-pressure", 118)]),
    ("fraction", "visit 14/24", [("visits", 14)]), ("fraction", "seen 4/12", []), ("fraction", "4/12/2026", []),
    ("fraction", "fatigue 5/10", [("number", 5)]), ("fraction", "Borg 4/10", [("exertion", 4)]),
    ("fraction", "Borg 13/20", [("exertion", 13)]),
    ("fraction", "pain six out of ten", [("pain", 6)]),
    ("dose", "3x10", [("dose", 3)]), ("dose", "2 sets of 12", [("dose", 2)]),
    ("when", "POD 3", []), ("when", "wk 2", []),
    ("change", "up 8 lb since eval", [("change", 8)]), ("change", "knee flexion gained 15 degrees", [("change", 15)]),
    ("motion", "knee flexion up to 95", [("motion", 95)]),
    ("inches", "8 inch step", [("number", 8)]),
    ("exertion", "a twelve on the Borg", [("exertion", 12)]),
    ("pulse", "pre 132/78, 81", [("blood-pressure", 132), ("heart-rate", 81)]),
    ("vital", "HR 84", [("heart-rate", 84)]), ("vital", "keep SpO2 > 90", [("oximetry", 90)]),
    ("percent", "sats on room air while walking in the hall 91%", [("oximetry", 91)]),
    ("repetitions", "x10", [("dose", 10)]), ("repetitions", "15 reps", [("dose", 15)]), ("repetitions", "pain x 3 wks", []),
    ("percent", "50% weight bearing", [("percent", 50)]), ("percent", "quads 70% of the left", [("percent", 70)]),
    ("fraction", "strength graded 3 of 5", [("strength", 3)]), ("pain", "VAS 62 mm", [("pain", 6.2)]),
    ("test", "gait speed .55 m/s", [("test", 0.55)]), ("test", "30 sec sit to stand 7 reps", [("test", 7)]),
    ("test", "TUG 18 s", [("test", 18)]), ("test", "Berg 44", [("test", 44)]),
    ("motion_after", "95 degrees of flexion", [("motion", 95)]), ("motion_after", "shoulder eighty in external rotation", [("motion", 80)]),
    ("degrees", "95 deg", [("motion", 95)]), ("degrees", "98.6 deg F", []),
    ("seconds", "30 sec", [("seconds", 30)]), ("minutes", "25 min", [("minutes", 25)]), ("distance", "150 ft", [("distance", 150)]),
    ("force", "grip 18 lb", [("grip", 18)]), ("force", "50 lb grip", [("grip", 50)]), ("force", "leg press 40#", [("load", 40)]),
    ("visits", "visit 14 of 24", [("visits", 14)]), ("visits", "attended 6 sessions", [("visits", 6)]),
    ("signed_grade", "quads 3+", [("strength", 3.33)]), ("signed_grade", "four minus", [("strength", 3.67)]),
    ("grip", "grip R 62, L 40", [("grip", 62), ("grip", 40)]),
    ("plain_grade", "MMT: quads 4", [("strength", 4)]),
    ("pain", "pain 3 w/ stairs", [("pain", 3)]), ("pain", "it hurts, about a six", [("pain", 6)]),
    ("pain", "PAIN yes, at the knee, current 3", [("pain", 3)]), ("pain", "the shoulder is a two at rest", [("pain", 2)]),
    ("motion", "knee flexion 95", [("motion", 95)]), ("motion", "knee AROM 0-138", [("motion", 138)]),
    ("motion", "shoulder flex/abd 165/160", [("motion", 165), ("motion", 160)]),
    ("joint_range", "knee 0-138", [("motion", 138)]),
    ("other_side", "shoulder L up to 88 deg, R 150", [("motion", 88), ("motion", 150)]),
    ("today", "38 seconds then, and 21 today", [("seconds", 38), ("seconds", 21)]),
]


@pytest.fixture
def asked(monkeypatch):
    """The names of the readers that answered, in order: each reader is watched."""
    answered = []

    def watched(reader):
        def ask(scan, spot):
            answer = reader(scan, spot)
            if answer is not None:
                answered.append(reader.__name__)
            return answer
        return ask

    for case, readers in measures._ASKED.items():
        monkeypatch.setitem(measures._ASKED, case, tuple(map(watched, readers)))
    return answered


@pytest.mark.parametrize("reader, note, found", READ, ids=[f"{reader}: {note}" for reader, note, _ in READ])
def test_each_reader_reads_its_own(read, asked, reader, note, found):
    assert [(m.kind, m.value) for m in sorted(read(note), key=lambda m: m.first)] == found
    assert asked[-1] == f"read_{reader}"
    assert len(set(asked)) == 1 or reader in ("other_side", "today", "pulse")  # these go on from the number before


def test_every_reader_has_its_place_an_example_and_a_test():
    named = {name for name in vars(measures) if name.startswith("read_")}
    assert named == {reader.__name__ for reader in measures.READERS} == {f"read_{reader}" for reader, _, _ in READ}
    assert [reader.__name__ for reader in measures.READERS if (reader.__doc__ or "").count('"') < 2] == []


@pytest.mark.parametrize("note, sides", [
    ("quads 3+/5 L", ["L"]), ("R/L knee flexion 95, 112", ["R", "L"]), ("right knee flexion 95", ["R"]),
    ("grip 18 lb on the left", ["L"]), ("uninvolved knee flexion 130", ["O"]), ("bilateral quads 4/5", ["B"]), ("knee flexion 95", [""]),
])
def test_sides(read, note, sides):
    assert [m.side for m in read(note)] == sides


@pytest.mark.parametrize("note, frame", [
    ("knee flexion 95 (initial)", "before"), ("knee flexion 88 (3/1) -> 112", "before"), ("knee flexion 84 at the last visit", "before"),
    ("flexion up from 84", "before"), ("84 degrees today", "now"), ("walked from 20 ft", "now"), ("flexion was 90, now 95", "before"), ("flexion was 90 and abduction 95", "now"), ("flexion 112, was 90", "now"),
])
def test_the_words_beside_a_number_tell_when(read, note, frame):
    assert min(read(note), key=lambda m: m.first).frame == frame


@pytest.mark.parametrize("note, values", [
    ("TUG 13.8 (17.2 w/ cane 5/8)", [(13.8, "now"), (17.2, "before")]),
    ("TUG 13.8 (17.2 at wk 2)", [(13.8, "now"), (17.2, "before")]),
    ("LEFS 52 (31 in Jan)", [(52, "now"), (31, "before")]),
    ("flexion 95 (R 134)", [(95, "now"), (134, "now")]),
    ("flexion 95 (norm 135, 84 eval)", [(95, "now"), (135, "now"), (84, "before")]),
])
def test_brackets_with_an_earlier_time_hold_the_earlier_value(read, note, values):
    assert [(m.value, m.frame) for m in sorted(read(note), key=lambda m: m.first) if m.kind in ("test", "motion")] == values


def test_a_level_of_assistance_in_brackets_is_an_earlier_one(read):
    assert [(m.what, m.frame) for m in read("sit to stand mod A (max A adm)")] == [("moderate", "now"), ("maximal", "before")]


def test_sides_may_stand_behind_the_pairs(read):
    assert [(m.value, m.side) for m in read("shoulder flexion 141 / 170, abduction 128 / 172 (R / L)")] \
        == [(141, "R"), (170, "L"), (128, "R"), (172, "L")]


def test_a_number_alone_is_the_other_sides_motion(read):
    assert [(m.kind, m.side, m.value) for m in read("L shoulder up to 88 degrees lying, R 150")] == [("motion", "L", 88), ("motion", "R", 150)]


def test_the_next_sentence_goes_on_with_the_motion(read):
    found = read("Left knee flexion is 98 degrees. The right side goes to one thirty.")
    assert [(m.what, m.side, m.value) for m in found] == [("flexion", "L", 98), ("flexion", "R", 130)]


@pytest.mark.parametrize("note", ["L quads 3/5. R 5/5 all.", "L quads 3/5. The right is 5/5."])
def test_a_grade_beside_a_side_is_one(read, note):
    assert [(m.side, m.value) for m in one(read(note), "strength")] == [("L", 3), ("R", 5)]


def test_the_newer_value_has_the_unit_of_the_older(read):
    assert [(m.kind, m.value) for m in read("38 seconds at the first visit and 21 today") if m.kind == "seconds"] == [("seconds", 38), ("seconds", 21)]


def test_the_other_side_tells_what_is_weak(read):
    assert [(m.side, m.loss) for m in one(read("grip R 62 lb, L 50 lb"), "grip")] == [("R", False), ("L", True)]


def test_a_label_in_a_section_on_pain_makes_a_rating(read):
    assert [m.value for m in one(read("Pain: sharp on the stairs and dull all day, worst: 7"), "pain")] == [7]


@given(st.text("0123456789+-/ .x°'\"()>lrdegpain\n", max_size=120))
def test_no_text_of_numbers_raises_and_spans_lie_inside(policy, note):
    for group in facts.read(note, policy.lexicon).measured.values():
        for seen in group:
            assert 0 <= seen.start < seen.end <= len(note)


def test_readers_that_are_not_asked_would_not_have_known(read, monkeypatch):
    notes = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests/notes").glob("*.txt"))]
    found = [read(note) for note in notes]
    monkeypatch.setattr(measures, "_ASKED", dict.fromkeys(measures._ASKED, measures.READERS))
    assert [read(note) for note in notes] == found
