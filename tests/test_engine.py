"""The whole engine on any text: it never raises, its spans hold, its answer is stable, its time grows with the note."""

import gc
import time
from itertools import permutations

import pytest
from hypothesis import given, strategies as st

import checker

PIECES = ["S: ", "O: ", "Goals: ", "\n", "\n\n", "pain 6/10 L knee ", "no weakness, ", "4-/5 ", "[ ] ", "[x] ", "HEP ", "was ",
          "-> ", "visit 14 of 24 ", "cued to ", "for stairs ", "denies ", "(", ")", "12", "° ", "3x10 ", "will ", "wife ", "\t", "    ",
          "😀", "\u202e", "\u200b", "İ", "one hundred and ", "mod A ", "SpO2 93% ", "/ ", "; ", ". "]


def spans_hold(report, note):
    for outcome in report["outcomes"]:
        for evidence in outcome["evidence"]:
            assert note[evidence["start"]:evidence["end"]] == evidence["text"] != ""


@given(st.text(st.characters(codec="utf-8"), max_size=300))
def test_any_text_gives_a_report(policy, note):
    spans_hold(checker.check(note, policy), note)


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join))
def test_any_mix_of_note_pieces_gives_the_same_report_twice(policy, note):
    report = checker.check(note, policy)
    spans_hold(report, note)
    assert checker.to_json(report) == checker.to_json(checker.check(note, policy))


NOTE = """PT daily note, visit 14 of 24
S: L knee pain 6/10 going down stairs, has to hold the rail. Denies falls.
O: L knee flexion 98 (was 84), R 135. Quad 4-/5, R 5/5.
Tx: step-ups 4" 2x10 for stairs, cued to keep knee over toes; leg press 40# 3x10.
A: Still cannot descend stairs step over step because the quad is weak. P: cont 2x/wk x 3 wks.
"""


def outcomes(policy, note):
    return {o["rule"]: o["outcome"] for o in checker.check(note, policy)["outcomes"]}


@pytest.mark.parametrize("change", [
    str.upper, str.lower,
    lambda t: t.replace("\n", "\r\n"),
    lambda t: t.replace("'", "’").replace('"', "”").replace("-", "‐"),
    lambda t: t.replace(" ", "\u00a0"),
    lambda t: t.replace("\n", "\n\n"),
    lambda t: t + "\n\n\n",
    lambda t: t.replace("S:", "SUBJECTIVE:").replace("O:", "OBJECTIVE:").replace("A:", "ASSESSMENT:"),
    lambda t: "".join({"L": "R", "R": "L"}.get(w, w) for w in __import__("re").split(r"(\b)", t)),
], ids=["upper", "lower", "crlf", "curly", "nbsp", "spaced", "tail", "headings", "mirrored"])
def test_changes_that_should_not_matter_do_not(policy, change):
    assert outcomes(policy, change(NOTE)) == outcomes(policy, NOTE)


def test_the_order_of_the_sections_does_not_matter(policy):
    title, *sections = NOTE.strip().split("\n")
    found = {tuple(outcomes(policy, "\n".join([title, *order])).items()) for order in permutations(sections)}
    assert found == {tuple(outcomes(policy, NOTE).items())}


@pytest.mark.parametrize("words, others", [
    ("cannot descend", "is unable to descend"), ("cannot descend", "can not go down"), ("Still cannot", "Remains unable to"),
    ("Denies falls", "Reports no falls"), ("Denies falls", "No falls"),
    ("98 (was 84)", "98 degrees (84 at eval)"), ("98 (was 84)", "84 -> 98"),
    ("4-/5", "four minus out of five"), ("4-/5", "4 minus/5"), ("R 135", "right 135"), ("R 135", "uninvolved 135"),
    ("has to hold the rail", "needs the railing"), ("cued to keep", "verbal cues to keep"), ("cued to keep", "reminded to keep"),
    ("because the quad is weak", "due to quad weakness"), ("because the quad is weak", "as quad strength is poor"),
    ("for stairs", "to improve stair climbing"), ("step-ups", "step ups"), ("2x10", "2 sets of 10"), ("3x10", "3 x 10 reps"),
    ("visit 14 of 24", "visit #14"), ("visit 14 of 24", "14th visit"), ("cont 2x/wk x 3 wks", "continue twice a week for three weeks"),
    ("pain 6/10", "pain rated six out of ten"),
])
def test_other_words_for_the_same_thing(policy, words, others):
    assert words in NOTE
    assert outcomes(policy, NOTE.replace(words, others)) == outcomes(policy, NOTE)


@pytest.mark.parametrize("unit", [NOTE, "no pain, ", "3/5 ", "to ", "needs needs help ", "(((", "visit 1 of ", "was was ", "[ ] a [x] b "],
                         ids=["note", "denials", "grades", "to", "needs", "brackets", "visits", "was", "boxes"])
def test_time_grows_with_the_note_and_not_faster(policy, unit):
    def seconds(size):
        note = (unit * (size // len(unit) + 1))[:size]
        best = float("inf")
        for _ in range(3):
            start = time.process_time()
            checker.check(note, policy)
            best = min(best, time.process_time() - start)
        return best
    small, large = seconds(4_000), seconds(64_000)
    assert large / 16 < 4 * small + 0.002, f"{small:.4f} s for 4 KB, {large:.4f} s for 64 KB"


@pytest.mark.parametrize("collecting", [True, False])
def test_a_note_leaves_no_cycles_and_the_collector_as_it_was(policy, collecting):
    checker.check(NOTE, policy)
    gc.collect()
    (gc.enable if collecting else gc.disable)()
    try:
        checker.check(NOTE, policy)
        assert gc.isenabled() is collecting
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.parametrize("note, treatment", [
    ("PT daily. I steadied him at the elbow while he got off the commode.", "delivered"),
    ("PT daily. Side lying, pushing up off the elbow, 2 x 5.", "delivered"),
    ("PT daily. She went up on her toes at the counter fifteen times.", "delivered"),
    ("PT daily. OT held the scapula down; table slides 2x10.", "delivered"),
    ("PT daily. PT held today, patient at dialysis.", "none"),
    ("PT EVALUATION\nTreatment: craniocervical nods with the cuff 10x10 s\n", "delivered"),
    ("PT EVALUATION\nPlan: craniocervical nods with the cuff 10x10 s\n", "none"),
    ("PT daily\n[[ imported from 9/25 ]]\nP: add wall slides\n[[ end import ]]\nAnkle pumps 2x10 in the chair.\n", "delivered"),
    ("PT daily\n[[ imported from 9/25 ]]\nTx: wall slides 2x10\n[[ end import ]]\nDid not treat.\n", "none"),
])
def test_whether_treatment_was_given(policy, note, treatment):
    assert checker.check(note, policy)["note"]["treatment"] == treatment


@pytest.mark.parametrize("note, kind", [
    ("Peds OT  -  CIMT week 2 of 3\nWorked R hand: play-doh press, clothespins. Supination R 20 deg.\n", "daily"),
    ("EVAL + TX\nNeck pain for two months. Cervical rotation 40 deg. Prone Y x8.\n", "evaluation"),
    ("SNF OT 10-visit PN\nResident after stroke. Visit count 21.\nUB dressing mod A\n", "progress"),
    ("PT maintenance program, monthly note\nVisit 46. Bike 20 min.\n", "progress"),
    ("Hand therapy closing note\nFlexor tendon repair. Grip 33 kg. Tendon glides done at home.\n", "discharge"),
    ("Pulm rehab PT session, d/c'd from hosp 11 days ago\nSit to stand x8, SpO2 93%.\n", "daily"),
    ("PT visit 15. Patient is making progress with quad sets 3x10.", "daily"),
    ("PT PLAN OF CARE\nPlanned: quad sets, heel slides.\n", "evaluation"),
])
def test_the_title_tells_the_kind(policy, note, kind):
    assert checker.check(note, policy)["note"]["kind"] == kind


@pytest.mark.parametrize("note", [None, b"PT daily", 5, ["PT"]])
def test_a_note_is_text(policy, note):
    with pytest.raises(TypeError, match="a note is text, and this is a"):
        checker.check(note, policy)


def test_a_record_needs_a_note(policy):
    with pytest.raises(ValueError, match="a record needs a note"):
        checker.check_record([], policy)
    assert checker.check_record((n for n in [NOTE]), policy)["schema"] == "1"


@pytest.mark.parametrize("bundle", [
    None, "", "[[", "{}", "[" * 100_000, '{"schema": "2"}', '{"schema": "1"}', '{"schema": "1", "lexicon": 3}',
    '{"schema": "1", "lexicon": {"table": {}}}',
])
def test_what_is_no_bundle_is_refused(bundle):
    with pytest.raises(ValueError, match="policy bundle.*make bundle"):
        checker.load(bundle)


@pytest.mark.parametrize("number", ["1234567890", "9" * 400, "5000"], ids=["encounter", "endless", "thousands"])
def test_a_number_too_large_for_a_visit_counts_none(policy, number):
    note = f"PT daily. Visit {number}. Quad sets 3x10."
    for report in (checker.check(note, policy), checker.check_record([note], policy)):
        assert next(o["outcome"] for o in report["outcomes"] if o["rule"] == "continued-need") == "not-applicable"


def test_a_change_is_found_however_many_measures_stand_before_it(policy):
    note = "PT progress note\n" + "Sit to stand min A.\n" * 150 + "Bed mobility mod A (max A at eval).\n"
    assert next(o["outcome"] for o in checker.check(note, policy)["outcomes"] if o["rule"] == "progress") == "met"
