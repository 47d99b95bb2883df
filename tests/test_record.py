"""The notes of one episode: how they divide, in which order they stand, what they say together, and in every form.

Golden records stand in tests/records: the texts of an episode, and in expected.txt what they say together and which rules
they show. Set UPDATE_EXPECTED=1 to write that anew, then read the difference.
"""

import csv
import io
import json
import os
import random
import time

import checker
import pytest
from checker import facts, record, report
from checker.__main__ import main
from conftest import ROOT
from test_report import SARIF, held, jsonschema

RECORDS = ROOT / "tests" / "records"
NAMES = sorted(path.name for path in RECORDS.iterdir())


def texts_of(name):
    files = sorted(path for path in (RECORDS / name).glob("*.txt") if path.name != "expected.txt")
    return [path.read_text(encoding="utf-8") for path in files], [path.name for path in files]


def outcomes(found):
    return {o["rule"]: o["outcome"] for o in found["outcomes"]}


def together(found, texts):
    """What the report's text says of the notes together, unwrapped."""
    lines = report._lines(report.texts_of(found, texts))
    return [line for line, _ in report._episode(found["episode"], lines) if line][2:]


def test_there_are_records():
    assert len(NAMES) >= 3


@pytest.mark.parametrize("name", NAMES)
def test_golden(policy, name):
    texts, files = texts_of(name)
    found = checker.check_record(texts, policy, {}, files)
    told = [f"{n + 1}. {note['file']} {note['date']} {note['kind']}" for n, note in enumerate(found["notes"])]
    told += together(found, texts)
    told += [f"{o['rule']} {o['outcome']}: {report.by_note(o)}" for o in found["outcomes"] if o["rule"] in ("progress", "continued-need", "home-program")]
    shown = "\n".join(told) + "\n"
    expected = RECORDS / name / "expected.txt"
    if os.environ.get("UPDATE_EXPECTED"):
        expected.write_text(shown, encoding="utf-8", newline="\n")
    assert shown == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", NAMES)
def test_every_place_is_where_it_says(policy, name):
    texts, files = texts_of(name)
    found = checker.check_record(texts, policy, {}, files)
    own = report.texts_of(found, texts)
    held(found, own)

    def places(part):
        if isinstance(part, dict):
            if "start" in part and "note" in part:
                yield part
            part = list(part.values())
        for value in part if isinstance(part, list) else ():
            yield from places(value)
    spans = list(places([found["episode"], found["outcomes"]]))
    assert len(spans) > 20
    for span in spans:
        assert own[span["note"]][span["start"]:span["end"]] == span["text"]
    for n, note in enumerate(found["notes"]):
        assert own[n][note["start"]:note["start"] + note["length"]].strip()


def test_the_order_of_dated_files_does_not_matter(policy):
    for name in NAMES:
        texts, files = texts_of(name)
        shuffled = list(zip(texts, files))
        random.Random(7).shuffle(shuffled)
        a, b = (checker.check_record(t, policy, {}, f) for t, f in ((texts, files), zip(*shuffled)))
        for found in (a, b):
            for note in found["notes"]:
                note.pop("source")
        assert checker.to_json(a) == checker.to_json(b)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("more", ["PT daily note\nDate: 12/30/2026\nBike 10 min.\n", "PT daily note\nBike 10 min.\n", "Milk, eggs, bread.", ""])
def test_a_note_that_shows_nothing_takes_nothing_away(policy, name, more):
    texts, _ = texts_of(name)
    before, after = outcomes(checker.check_record(texts, policy)), outcomes(checker.check_record([*texts, more], policy))
    assert all(after[rule] == "met" for rule, outcome in before.items() if outcome == "met" and rule not in report.EXCLUSIONS)


def test_one_file_and_many_say_the_same(policy):
    texts, _ = texts_of("knee-course")
    parts = record.pieces(texts)[0]
    apart = checker.check_record([texts[0][p.start:p.end] for p in parts], policy)
    whole = checker.check_record(texts, policy)
    assert outcomes(apart) == outcomes(whole) and len(whole["notes"]) == 14
    assert [o["by_note"] for o in apart["outcomes"]] == [o["by_note"] for o in whole["outcomes"]]
    assert [c["change"] for c in apart["episode"]["changes"]] == [c["change"] for c in whole["episode"]["changes"]]


# Dates


@pytest.mark.parametrize("head, day", [
    ("PT Daily Note\nDate: 03/04/2026", "2026-03-04"), ("DOS: 3/4/26", "2026-03-04"), ("2026-03-04 PT note", "2026-03-04"),
    ("Date of service: March 4, 2026", "2026-03-04"), ("OT visit 4 Mar 2026", "2026-03-04"), ("Wed 3/4/2026", "2026-03-04"),
    ("DOB: 3/4/1950\nDate of service: 3/5/2026", "2026-03-05"), ("PT DAILY NOTE 03/04/2026 visit 6", "2026-03-04"),
    ("PT note\nSurgery: 3/4/2026", None), ("PT note\nDOB 3/4/1950", None), ("PT note s/p TKA 3/4/2026", None), ("PT note 3/4", None),
    ("PT note\nDate: 13/4/2026", None), ("PT note\nDate: 2/30/2026", None), ("PT note\nDOS: 3/4/2026\nDate: 3/5/2026", None),
    ("PT daily\nStrength 4/5, knee 0/10/20", None), ("", None), ("PT daily\nlast visit 3/4/2026", None),
])
def test_a_notes_own_date_is_read_and_never_guessed(head, day):
    assert record.date_of(head + "\nQuad sets 3x10.\n") == day


def test_the_order_given_stands_when_a_note_has_no_date(policy):
    found = checker.check_record(["PT daily note\nDOS: 3/9/2026\nQuad sets 3x10.", "PT daily note\nDOS: 3/4/2026\nQuad sets 3x10.", "PT daily\nBridges 2x10."], policy)
    assert [n["date"] for n in found["notes"]] == ["2026-03-09", "2026-03-04", None] and found["episode"]["order"] == "given"
    assert {"code": "undated-notes", "text": "1 of 3 notes give no date of their own in their head that can be told, so the notes stand "
                                             "in the order given."} in found["gaps"]


# One text, several notes

BODY = "S: stairs hard, one at a time with the rail.\nO: R knee flexion {}. Step-ups 2x10, heel slides x20.\n"


@pytest.mark.parametrize("between, heads, count", [
    ("\n", ["PT Daily Note 3/4/2026", "PT Daily Note 3/6/2026"], 2),
    ("\n\n\n", ["3/4/2026", "3/6/2026", "3/9/2026"], 3),
    ("----------\n", ["DOS: 3/4/2026", "DOS: 3/6/2026"], 2),
    ("\r\n\r\n", ["DATE OF SERVICE: 2026-03-04", "DATE OF SERVICE: 2026-03-06"], 2),
    ("\n", ["PT DAILY NOTE\nDOS: 3/4/2026", "PT DAILY NOTE\nDOS: 3/6/2026"], 2),
    ("\n", ["PT Daily Note 3/9/2026", "PT Daily Note 3/6/2026", "PT Daily Note 3/4/2026"], 3),
    ("\n", ["PT Daily Note 3/4/2026", "PT Daily Note 3/4/2026 page 2"], 1),
    ("\n", ["PT Daily Note 3/4/2026", "Next visit 3/6/2026"], 1),
    ("\n", ["PT Daily Note 3/4/2026", "Surgery 2/6/2026"], 1),
    ("\n", ["PT Daily Note 3/4/2026", "She came in on 3/6/2026 and walked further than she had at any visit in the last two weeks of care."], 1),
    ("\n", ["PT Daily Note 3/4/2026", "PT Daily Note 3/2/2026", "PT Daily Note 3/9/2026"], 1),
    ("", ["PT Daily Note 3/4/2026", "PT Daily Note 3/6/2026"], 2),  # nothing but a title and its date
    ("", ["PT daily note 3/4/2026 visit 7", "PT progress note 3/6/2026 visit 8"], 2),
    ("", ["PT Daily Note 3/4/2026", "PT Evaluation 3/6/2026: flexion 78, extension 10"], 1),  # what was found then
    ("\n", ["PT Daily Note", "PT Daily Note"], 1),
])
def test_a_text_is_divided_where_dated_notes_begin(policy, between, heads, count):
    text = between.join(f"{head}\n" + BODY.format(90 + n) for n, head in enumerate(heads))
    found, _, divided = record.pieces([text])
    assert len(found) == count and divided == ([0] if count > 1 else [])
    assert "".join(text[p.start:p.end] for p in sorted(found, key=lambda p: p.start)) == text
    assert [p.date for p in found] == sorted((p.date for p in found), key=str)
    told = [g["text"] for g in checker.check_record([text], policy, files=["n.txt"])["gaps"] if g["code"] == "divided-text"]
    assert told == ([f"n.txt was read as {count} notes, divided at the lines that open a note with its date."] if count > 1 else [])


# Visits


@pytest.mark.parametrize("heads, claim, used, source", [
    (["visit 3", "visit 14 of 24"], None, 14, "stated"), (["", ""], None, 2, "counted"), (["visit 3", "visit 4"], 20, 20, "claim"),
    (["visit 14", "visit 14"], 14, 14, "claim"),
])
def test_visits_are_counted_or_stated_and_it_is_said_which(policy, heads, claim, used, source):
    notes = [f"PT daily note {head}\nQuad sets 3x10, bridges 2x10.\n" for head in heads]
    found = checker.check_record(notes, policy, {"visit": claim})["episode"]["visits"]
    assert (found["used"], found["from"], found["counted"]) == (used, source, 2)


def test_a_note_counts_as_a_visit_when_treatment_was_given(policy):
    notes = ["PT daily note\nQuad sets 3x10, bridges 2x10.\n", "PT: patient cancelled, not seen today.\n", "Milk, eggs, bread."]
    assert checker.check_record(notes, policy)["episode"]["visits"]["counted"] == 1


# Changes


def changed(policy, *notes):
    return {c["measure"]: c for c in checker.check_record([f"PT daily note\nBridges 2x10. {n}\n" for n in notes], policy)["episode"]["changes"]}


@pytest.mark.parametrize("first, last, measure, change, direction", [
    ("L knee flexion 90.", "L knee flexion 104.", "left knee flexion", 14, "better"),
    ("L knee flexion 104.", "L knee flexion 90.", "left knee flexion", -14, "worse"),
    ("L knee flexion 90.", "Knee flexion 104.", "left knee flexion", 14, "better"),
    ("L knee extension lacks 12.", "L knee extension lacks 4.", "left knee extension", -8, "better"),
    ("R quad 3+/5.", "R quads 4/5.", "right quad strength", 0.67, "better"),
    ("TUG 22 s.", "TUG 15 s.", "Timed Up and Go", -7, "better"), ("Berg 40/56.", "Berg 46/56.", "Berg Balance Scale", 6, "better"),
    ("DASH 60.", "DASH 62.", "DASH", 2, "worse"), ("Grip L 20 lb.", "Grip L 20 lb.", "left grip", 0, "same"),
])
def test_a_measure_changes_in_its_own_direction(policy, first, last, measure, change, direction):
    found = changed(policy, first, last)[measure]
    assert (found["change"], found["direction"]) == (change, direction)


@pytest.mark.parametrize("first, last", [
    ("L knee flexion 90.", "R knee flexion 130."), ("L knee flexion 90.", "L knee extension lacks 5."), ("R quad 3+/5.", "R hamstring 4/5."),
    ("Grip L 20 lb.", "Grip L 9 kg."), ("L knee flexion 90.", "Goal: L knee flexion 120."), ("L knee flexion 90.", "No change."),
    ("TUG 22 s.", "Berg 46/56."),
])
def test_only_the_same_measure_is_compared(policy, first, last):
    assert changed(policy, first, last) == {}


def test_a_goal_is_shown_apart(policy):
    found = changed(policy, "L knee flexion 90.\nGoals:\nL knee flexion 120\n", "L knee flexion 100.\nGoals:\nL knee flexion 115\n")["left knee flexion"]
    assert (found["from"]["value"], found["to"]["value"], found["goal"]["value"]) == (90, 100, 115)


def test_progress_is_met_by_two_notes(policy):
    notes = ["PT daily note, visit 3\nL knee flexion 90. Bridges 2x10.\n", "PT daily note, visit 6\nL knee flexion 104. Bridges 2x10.\n"]
    assert all(outcomes(checker.check(n, policy))["progress"] == "unmet" for n in notes)
    found = next(o for o in checker.check_record(notes, policy)["outcomes"] if o["rule"] == "progress")
    assert found["outcome"] == "met" and found["node"] == "episode.changes" and found["by_note"] == ["unmet", "unmet"]
    assert [(e["note"], e["text"]) for e in found["evidence"]] == [(0, "90"), (1, "104")]
    assert found["say"] == "The notes together show a change over time: the same measure in an earlier and in a later note."
    for other in ("L knee flexion 90.", "L knee flexion 80.", "No complaints."):
        worse = checker.check_record([notes[0], f"PT daily note, visit 6\n{other} Bridges 2x10.\n"], policy)
        assert outcomes(worse)["progress"] == "unmet", other


def test_the_need_to_go_on_may_stand_in_two_late_notes(policy):
    early = "PT daily note, visit 3\nL quad 3+/5. Bridges 2x10. Still cannot climb stairs. Continue 2x/wk: skilled PT still needed to progress load safely.\n"
    late = ["PT daily note, visit 13\nL quad 4-/5. Bridges 2x10. Still cannot climb stairs.\n",
            "PT daily note, visit 14\nBridges 2x10. Continue 2x/wk, skilled PT still needed to progress load safely.\n"]
    assert outcomes(checker.check_record([early], policy))["continued-need"] == "not-applicable"
    found = next(o for o in checker.check_record([early, *late], policy)["outcomes"] if o["rule"] == "continued-need")
    assert found["outcome"] == "met" and {e["note"] for e in found["evidence"]} <= {1, 2}
    assert outcomes(checker.check_record([early, "PT daily note, visit 14\nBridges 2x10.\n"], policy))["continued-need"] == "unmet"


# Goals and repeats


def test_goals_carried_on(policy):
    goal = "Goals:\n1. Climb 12 stairs with one rail in 6 wks{}\n2. {}\n"
    notes = [f"PT daily note\nBridges 2x10.\n{goal.format(end, own)}" for end, own in
             (("", "Walk to the mailbox alone"), (" - ongoing", "Get out of the tub alone"), (" (not met)", "Carry laundry down the stairs"))]
    found = checker.check_record(notes, policy)["episode"]["goals"]
    assert [(g["text"], g["since"]["note"], g["notes"]) for g in found] == [("1. Climb 12 stairs with one rail in 6 wks", 0, [0, 1, 2])]


def test_repeats_say_what_is_the_same_and_what_differs(policy):
    texts, _ = texts_of("copied-notes")
    found = checker.check_record(texts, policy)["episode"]["repeats"]
    assert [(r["note"], r["of"]) for r in found] == [(1, 0), (2, 1)]
    assert found[0]["share"] == 100 and found[0]["differs"] == []
    assert [d["text"] for d in found[1]["differs"]] == ["O: L shoulder flexion 122, ER 40."]


def test_a_record_of_a_hundred_notes_is_read_side_by_side_in_no_time(policy):
    words = "stairs walk step hip with and for the patient did rail quad gait ramp bed chair sit stand load set".split()
    pick = random.Random(3)

    def seconds(count):
        notes = ["PT daily note\n" + "\n".join(" ".join(pick.choice(words) for _ in range(12)) + "." for _ in range(40)) for _ in range(count)]
        read = [facts.read(note, policy.lexicon) for note in [*notes[:count // 2], *notes[:count // 2]]]
        begun = time.process_time()
        counted = record.visits(read, None)
        record.episode(read, "given", [], counted, policy.lexicon.measures, policy.lexicon.titles)
        return time.process_time() - begun
    small, large = seconds(20), seconds(100)
    assert large < 2 and large < 5 * 3 * small + 0.05


# Every form


def test_text_csv_json_and_sarif_carry_the_record(policy):
    texts, files = texts_of("knee-course")
    found = checker.check_record(texts, policy, {}, files)
    text = " ".join(report.to_text(found, texts, explain=True).split())
    for part in ("1. notes.txt - 2026-01-05 - read as kind: evaluation", "The notes together", 'Visits: 14, as stated: "14" in note 14',
                 'Change: right knee flexion, "86" (note 1, line 4) to "94" (note 14, line', "towards less loss; goal",
                 "A long course: 14 visits, more than the twelve", "That is no verdict: the policy names no number",
                 'Goal carried on unchanged since note 1, line 6, in 3 notes: "1. R knee flexion 115 in 6 wks".', "was read as 14 notes", "not in note"):
        assert part in text, part
    rows = list(csv.DictReader(io.StringIO(report.to_csv([found], [texts]), newline="")))
    assert [r["rule"] for r in rows[:len(found["outcomes"])]] == [o["rule"] for o in found["outcomes"]] and rows[0]["by_note"]
    assert {"episode-visits", "episode-change", "episode-long-course", "episode-goal"} <= {r["rule"] for r in rows[len(found["outcomes"]):]}
    log = json.loads(report.to_sarif([found], [texts]))
    jsonschema.validate(log, SARIF)
    told = [r for r in log["runs"][0]["results"] if r["ruleId"] == "episode-change"]
    assert told and all(r["kind"] == "informational" and len(r["locations"]) == 2 for r in told)
    assert list(json.loads(report.to_document([found], record=True))["record"]["episode"]) == [
        "order", "divided", "visits", "changes", "long_course", "goals", "repeats"]


def test_a_repeat_is_told_in_words(policy):
    texts, _ = texts_of("copied-notes")
    text = " ".join(report.to_text(checker.check_record(texts, policy), texts).split())
    assert "Note 2 repeats note 1 nearly word for word (100 in 100 of its words in the same order):" in text
    assert 'new in it: note 3, line 4: "O: L shoulder flexion 122, ER 40."' in text


def test_a_record_without_measures_says_so(policy):
    text = report.to_text(checker.check_record(["PT daily note\nBridges 2x10.\n"] * 2, policy), ["PT daily note\nBridges 2x10.\n"] * 2)
    assert "No measure was found in two notes, so no change from first to last can be told." in " ".join(text.split())
    assert "Visits: 2, counted: 2 notes with treatment; none states a number." in " ".join(text.split())


def test_the_command_line_takes_one_file_of_many_notes(capfdbinary):
    assert main([str(RECORDS / "knee-course" / "notes.txt"), "--record"]) in (0, 1)
    assert b"was read as 14 notes" in capfdbinary.readouterr().out.replace(b"\n  ", b" ")


@pytest.mark.parametrize("own, words", [([0], "note 1"), ([0, 1], "notes 1 and 2"), ([0, 2, 3], "notes 1, 3 and 4"), ([0, 1, 2, 4], "notes 1 to 3 and 5"), ([1, 3, 5], "notes 2, 4 and 6")])
def test_numbers_of_notes_in_words(own, words):
    assert report._numbers(own) == words
