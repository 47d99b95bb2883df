"""The rule tree: three values, where hits must stand, and that every node of the policy can be evaluated."""

from types import SimpleNamespace

import pytest

from checker import facts, rules

YES, NO, UNKNOWN = {"note": {"kind": ["daily"]}}, {"note": {"kind": ["evaluation"]}}, {"measure": "motion", "loss": "yes"}


@pytest.fixture
def judged(policy):
    def evaluate(node, note="PT daily note. Elbow motion 40 degrees of nothing known."):
        read = facts.read(note, policy.lexicon)
        return rules.question(node, {})(rules.Context(read, None))
    return evaluate


@pytest.fixture
def three(monkeypatch):
    """yes, no and cannot tell as nodes."""
    monkeypatch.setitem(rules.NODES, "is", lambda node, known: lambda context: rules.Verdict({"yes": True, "no": False, "unknown": None}[node["is"]], []))
    return lambda node: rules.question(node, {})(SimpleNamespace(names=set())).value


def leaf(word):
    return {"is": word}


@pytest.mark.parametrize("words, every, some", [
    (("yes", "yes"), True, True), (("yes", "no"), False, True), (("yes", "unknown"), None, True),
    (("no", "no"), False, False), (("no", "unknown"), False, None), (("unknown", "unknown"), None, None),
])
def test_all_and_any_in_three_values(three, words, every, some):
    assert three({"all": [leaf(w) for w in words]}) is every
    assert three({"any": [leaf(w) for w in words]}) is some


@pytest.mark.parametrize("word, turned", [("yes", False), ("no", True), ("unknown", None)])
def test_not_in_three_values(three, word, turned):
    assert three({"not": leaf(word)}) is turned


@pytest.mark.parametrize("note, found", [
    ("PT daily. Cannot climb stairs.", True),
    ("PT daily. Cannot recall. Stairs fine.", False),
    ("PT daily. Denies that he cannot climb stairs.", False),
])
def test_together_means_in_one_sentence(judged, note, found):
    node = {"together": [{"concept": "inability"}, {"concept": "activity"}], "apart": "6"}
    assert judged(node, note).value is found


def test_a_link_must_stand_between(judged):
    node = {"together": [{"concept": "exercise-named"}, {"concept": "activity"}], "by": "purpose-word", "order": "yes"}
    assert judged(node, "PT daily. Step-ups 2x10 for the stairs at home.").value
    assert not judged(node, "PT daily. Step-ups 2x10, stairs.").value


@pytest.mark.parametrize("node, needs", [
    ({"concept": ["a", "b"]}, [{"a", "b"}]),
    ({"together": [{"concept": "a"}, {"measure": "m", "loss": "yes"}]}, [{"a"}, {"m"}]),
    ({"any": [{"concept": "a"}, {"together": [{"concept": "b"}, {"concept": "c"}]}]}, [{"a", "b"}]),
    ({"any": [{"concept": "a"}, {"fact": "load-change"}]}, []),
    ({"all": [{"concept": "a"}, {"not": {"concept": "b"}}]}, [{"a"}]),
])
def test_what_a_node_cannot_hold_without(node, needs):
    assert rules._needs(node) == needs


def test_shown_no_gives_no_evidence(judged):
    node = {"all": [{"shown": "no", "any": [{"concept": "impairment"}]}, {"concept": "activity"}]}
    hits = judged(node, "PT daily. Weak quads. Stairs.").hits
    assert {h.concept for h in hits} == {"activity-stairs"}


def test_a_text_that_is_no_therapy_note_makes_every_rule_not_applicable(policy):
    read = facts.read("Shopping list: eggs, bread, milk.", policy.lexicon)
    assert {rules.judge(rule, rules.Context(read, None)).outcome for rule in policy.rules} == {"not-applicable"}


def test_every_outcome_a_rule_can_have_has_a_sentence(policy):
    for rule in policy.rules:
        can = {"met", "unmet"} | ({"not-applicable"} if "applies" in rule else set()) | ({"partial"} if rule.get("partial") or "elements" in rule else set())
        assert can <= set(rule["say"]), rule["id"]


@pytest.mark.parametrize("visit, outcome", [(None, "not-applicable"), (12, "not-applicable"), (13, "partial")])
def test_the_claims_visit_counts(policy, visit, outcome):
    read = facts.read("PT daily note. Quads 3+/5. Bridges 2x10. Continue 2x/wk.", policy.lexicon)
    rule = next(r for r in policy.rules if r["id"] == "continued-need")
    assert rules.judge(rule, rules.Context(read, visit)).outcome == outcome


@pytest.mark.parametrize("said, changed", [
    ("TUG 10/19 31 s; 11/12 24 s.", True), ("Pads 4/d -> 2/d since the first session.", True), ("Flexion has gone from 90 to 130 degrees.", True),
    ("Yesterday 80 ft x1. Walked 150 ft x2.", True),
    ("Start 9:02, end 9:48.", False), ('Step downs 6" -> 4", bridges.', False), ("HR 72 -> 104 after the bike.", False),
    ("Marching 10, heel raises 8 then rested.", False), ("Three-day split, she did 9 of 12 last month.", False),
])
def test_what_is_a_change_between_two_values(policy, said, changed):
    read = facts.read(f"PT daily note, visit 6.\n{said}\nQuad sets x20.", policy.lexicon)
    assert bool(facts.measured_change(read)) is changed


@pytest.mark.parametrize("said, means", [
    ("Pain (NPRS): 0 now, 0 at worst.", "negated"), ("Pain 0/10 at rest, 3/10 on stairs.", "present"), ("Pain 4/10.", "present"),
])
def test_pain_rated_with_nought_alone_is_no_pain(policy, said, means):
    read = facts.read(f"PT daily note. Quad sets x20. {said}", policy.lexicon)
    assert {s.means for s in read.seen["pain-word"]} == {means}
