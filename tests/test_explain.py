"""Why an outcome came out as it did: the node that decided, how far a cue reaches, what would have counted."""

import checker
import pytest
from checker import explain, report
from hypothesis import given, strategies as st
from test_engine import PIECES


def asked(policy, note, rule, **claim):
    return next(o for o in checker.check(note, policy, claim)["outcomes"] if o["rule"] == rule)


def at(rule, path):
    """The node of a rule that a path leads to, and the key it ends with."""
    node, last = rule, None
    for part in path.replace("[", ".[").split("."):
        node = node[int(part[1:-1])] if part[0] == "[" else node[part]
        last = part
    return node, last


def test_each_path_leads_to_a_node(policy, full_policy):
    written = {rule["id"]: rule for rule in full_policy["rules"]}
    for why in policy.whys:
        for steps in why.parts:
            node, last = at(written[why.rule["id"]], explain.path(why, steps))
            assert last in explain.rules.NODES and node


@pytest.mark.parametrize("note, rule, outcome, node", [
    ("PT daily. Bridges 2x10. HEP reviewed.", "home-program", "met", "expect.any["),
    ("PT daily. Bridges 2x10.", "home-program", "unmet", "expect.any"),
    ("PT daily. Bridges 2x10. Quad strength 3/5.", "objective-loss", "met", "expect.measure"),
    ("PT daily. Knee pain 5/10. Bridges 2x10.", "pain", "partial", "elements"),
    ("PT daily. Bridges 2x10. Progressing well.", "progress", "partial", "partial[0].when.any[0].concept"),
    ("PT daily. Bridges 2x10. No pain.", "pain", "not-applicable", "applies.any"),
    ("PT EVALUATION. Quad 3/5.", "progress", "not-applicable", "applies.not"),
    ("PT daily. Bridges 2x10.", "continued-need", "not-applicable", "applies.all[0].note"),
    ("PT daily. Bridges 2x10 with cues.", "non-covered-purpose", "met", "flag.any"),
    ("Eggs, bread, milk.", "pain", "not-applicable", None),
])
def test_the_node_that_decided(policy, note, rule, outcome, node):
    found = asked(policy, note, rule)
    assert found["outcome"] == outcome
    assert found["node"].startswith(node) if node else found["node"] is None


# What would have counted


@pytest.mark.parametrize("note, rule, words, means, cue", [
    ("PT daily. Squats 3x10. HEP not given.", "home-program", "HEP", "negated", "not given"),
    ("PT daily. Squats 3x10. Will issue HEP next visit.", "home-program", "HEP", "planned", "Will"),
    ("PT daily. Squats 3x10. Denies pain.", "pain", "pain", "negated", "Denies"),
    ("PT daily. Squats 3x10. No weakness.", "condition", "weakness", "negated", "No"),
    ("PT daily. Squats 3x10.\nGoals: quad strength 4/5 by May", "objective-loss", "4/5", "goal", "Goals"),
    ("PT daily. Squats 3x10. Family history: mother with osteoarthritis of the knee.", "cause", "osteoarthritis", "other", None),
])
def test_what_would_have_counted(policy, note, rule, words, means, cue):
    found = asked(policy, note, rule)
    assert found["outcome"] in ("unmet", "not-applicable")
    e = next(e for e in found["considered"] if words in e["text"])
    assert e["means"] == means and e["node"]
    assert cue is None or e["cue"]["text"] == cue


@pytest.mark.parametrize("note, rule", [
    ("PT daily. Squats 3x10. HEP given.", "home-program"),
    ("PT daily. Squats 3x10.", "home-program"),
    ("PT daily. Squats 3x10. Home health nursing comes twice a week.", "home-program"),
    ("PT daily. Pain 5/10 in the knee when climbing stairs. Denies back pain.", "pain"),
])
def test_nothing_is_considered_where_nothing_was_read_otherwise(policy, note, rule):
    assert asked(policy, note, rule)["considered"] == []


def test_of_things_that_belong_together_both_must_be_there(policy):
    alone = asked(policy, "PT daily. Squats 3x10. Does not need cues.\n", "skilled")
    both = asked(policy, "PT daily. Squats 3x10.\nPlan: will cue to keep the knee over the toes next visit\n", "skilled")
    assert alone["outcome"] != "met" and both["outcome"] != "met"
    assert "expect.any[1].together" not in {e["node"] for e in alone["considered"]}
    assert {e["means"] for e in both["considered"]} <= {"planned"}


def test_what_an_exclusion_would_have_flagged(policy):
    found = asked(policy, "PT daily. Squats 3x10. No general conditioning.", "non-covered-purpose")
    assert found["outcome"] == "met"
    assert [(e["means"], e["node"]) for e in found["considered"]] == [("negated", "flag.any[0].concept")]
    shown = report.to_text(checker.check("PT daily. Squats 3x10. Denies pain. HEP not given.", policy), [""], explain=True)
    assert "would have made the rule apply, had it been read otherwise:" in shown
    assert "would have counted, had it been read otherwise:" in shown


def test_considered_is_a_handful(policy):
    note = "PT daily. Squats 3x10.\n" + "HEP not given. Will issue HEP. Denies pain. No weakness.\n" * 200
    for outcome in checker.check(note, policy)["outcomes"]:
        assert len(outcome["considered"]) <= explain.MOST_CONSIDERED


@given(st.lists(st.sampled_from(PIECES + ["HEP not given. ", "No cues needed for stairs. "]), max_size=60).map("".join))
def test_what_is_considered_was_read_as_no_finding_and_is_no_evidence(policy, note):
    for outcome in checker.check(note, policy)["outcomes"]:
        if outcome["outcome"] == "met" and outcome["rule"] not in report.EXCLUSIONS:
            assert outcome["considered"] == []
        for e in outcome["considered"]:
            assert note[e["start"]:e["end"]] == e["text"] != "" and e["means"] != "present"
            assert all(e["end"] <= seen["start"] or seen["end"] <= e["start"] for seen in outcome["evidence"])


# A cue's reach


@pytest.mark.parametrize("note, words, cue, reach", [
    ("PT daily. Squats 3x10. Denies pain, except on stairs.", "pain", "Denies", "pain"),
    ("PT daily\nSquats 3x10\n\nPlan:\nwill issue HEP\nreturn Friday\n", "HEP", "will", "issue HEP"),
    ("PT daily\nSquats 3x10\n\nGoals:\nquad strength 4/5\nknee flexion 120\n", "4/5", "Goals", "\nquad strength 4/5\nknee flexion 120"),
    ("PT daily\n[[ imported from 9/25 ]]\nhome exercise program reviewed\n[[ end import ]]\nSquats 2x10\n", "home exercise program", "imported", "home exercise program reviewed"),
])
def test_a_cue_reaches(policy, note, words, cue, reach):
    found = [e for o in checker.check(note, policy)["outcomes"] for e in o["evidence"] + o["considered"] if e["text"] == words and e["cue"]]
    assert found, words
    for e in found:
        span = e["cue"]["reach"]
        assert e["cue"]["text"].startswith(cue) and reach in note[span["start"]:span["end"]]
        assert span["start"] <= e["start"] and e["end"] <= span["end"]


def test_explain_speaks_plainly(policy):
    note = "PT daily\nS: Knee pain 3/10. Denies numbness.\nO: Knee flexion 95 (was 80). Squats 3x10. Home exercise program not given.\n"
    shown = " ".join(report.to_text(checker.check(note, policy), [note], explain=True).split())
    for part in ('"3/10" read as it stands: no word near it says otherwise; section subjective, characters 22 to 26',
                 'read as negated because of "not given" in line 3, which speaks for "Home exercise program"; section objective',
                 "decided by expect.any[0].fact in policy/rules/progress.yaml",
                 "would have counted, had it been read otherwise: line 3,", 'line 3, a home program: "Home exercise program" read as negated'):
        assert part in shown, part
