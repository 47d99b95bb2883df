"""Phrases: what the notation stands for, and what a table finds."""

import pytest

from checker import concepts, text


def table(*phrases, exceptions=()):
    lexicon = {"concepts": [{"id": "thing", "phrases": list(phrases), "except": list(exceptions)}], "headings": [],
               "context": {"cues": []}, "measures": {}}
    return concepts.Matcher(concepts.compile_table(lexicon))


def found(matcher, note):
    return [note[m.start:m.end] for m in matcher.find(text.read(note))["c"]]


@pytest.mark.parametrize("phrase, note, expected", [
    ("sit to stand", "Sit-to-stand x10", ["Sit-to-stand"]),
    ("climb* (the) stairs|steps", "climbs the steps, climbing stairs", ["climbs the steps", "climbing stairs"]),
    ("visit <n> of <n>", "visit 14 of 24", ["visit 14 of 24"]),
    ("needs .. help", "needs her husband's help; needs a very long and patient help", ["needs her husband's help"]),
    ("mod|mod_assist to stand", "mod assist to stand", ["mod assist to stand"]),
    ("<n> flights", "after 2 flights", ["2 flights"]),
    ("s/p", "s/p TKA", ["s/p"]),
    (r"\(+\) romberg", "(+) Romberg", ["(+) Romberg"]),
    ("can't reach", "can’t reach", ["can’t reach"]),
])
def test_the_notation(phrase, note, expected):
    assert found(table(phrase), note) == expected


def test_the_longest_of_overlapping_matches_stays():
    assert found(table("weak", "weak grip", "grip"), "weak grip today") == ["weak grip"]


def test_an_exception_voids_a_match_it_covers():
    assert found(table("stretch*", exceptions=["stretch of road"]), "stretch of road, stretching") == ["stretching"]


def test_no_phrase_runs_over_the_end_of_a_sentence():
    assert found(table("no .. pain"), "He said no. Pain is better.") == []


def test_no_gap_runs_over_a_negation():
    assert found(table("motion .. limited"), "motion is limited; motion is not limited") == ["motion is limited"]


@pytest.mark.parametrize("phrase, message", [
    ("", "the phrase is empty"),
    ("()", "the phrase is empty"),
    (".. pain", "a phrase does not begin or end with a gap"),
    ("pain ..", "a phrase does not begin or end with a gap"),
    ("(a) (b) (c) (d) (e) (f) (g) (h) x", "the phrase stands for more than 200 sequences; write two or more phrases"),
])
def test_phrases_that_cannot_be_read_say_why(phrase, message):
    with pytest.raises(concepts.PhraseError, match="^" + message.replace("(", r"\(") + "$"):
        concepts.expand(phrase)


def test_every_concept_matches_its_match_and_skips_its_skip(full_policy):
    wrong = []
    empty = {"headings": [], "context": {"cues": []}, "measures": {}}
    for concept in full_policy["lexicon"]["concepts"]:
        matcher = concepts.Matcher(concepts.compile_table(empty | {"concepts": [concept]}))
        for kind, wanted in (("match", True), ("skip", False)):
            for example in concept.get(kind) or ():
                if bool(found(matcher, example)) != wanted:
                    wrong.append(f"{concept['id']}: {kind}: {example}")
    assert wrong == []


# Words too small to tell anything alone. Groups of words that tie mentions together are made of them.
SMALL = set("a an the and or of to for in on at by with from as is was were be been has have had do did no not so but if then than "
            "that this it he she they his her him my up down out over off into all full set told asked went made put".split())
TIES = {"link", "skill-reason", "skill-object", "continue-because", "home-report", "done-word", "was-word", "now-word", "activity-verb"}


def test_no_phrase_shrinks_to_a_word_that_says_nothing(full_policy):
    """`told (him) (to)` would find every "told": read a phrase without what is in brackets."""
    lone = [(concept["id"], phrase) for concept in full_policy["lexicon"]["concepts"] if TIES.isdisjoint(concept.get("is") or ())
            for phrase in concept["phrases"] for sequence in concepts.expand(phrase)
            if len(sequence) == 1 and not SMALL.isdisjoint(sequence[0] if isinstance(sequence[0], list) else [sequence[0]])]
    assert lone == []
