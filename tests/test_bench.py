"""The helpers of the measurements, on one note: what they count, and what they say. Nothing here measures speed."""

import re
import sys

import pytest
from conftest import ROOT

sys.path.append(str(ROOT / "tests" / "bench"))

import compare  # noqa: E402
import native  # noqa: E402

NOTE = "S: Knee pain 4/10 with stairs.\nO: Quad sets 2x10, SLR 3x10 with cues to keep the knee straight."


def rules(*phrases):
    return compare.target_rules({"concepts": [{"id": "one", "phrases": phrases}]})


def test_a_phrase_of_choices_is_spelled_out():
    assert rules("quad|quads (strength) set", "quad set") == [
        ["one", "quad strength set", None], ["one", "quads strength set", None], ["one", "quad set", None], ["one", "quads set", None]]


@pytest.mark.parametrize("phrase, tokens", [
    ("weak* knee", [{"LOWER": {"REGEX": "^(?:weak.*)$"}}, {"LOWER": {"IN": ["knee"]}}]),
    ("walks <n> feet|ft", [{"LOWER": {"IN": ["walks"]}}, {"LOWER": {"REGEX": r"^(?:\d.*)$"}}, {"LOWER": {"IN": ["feet", "ft"]}}]),
    ("legs .. buckle", [{"LOWER": {"IN": ["legs"]}}, {"OP": "?"}, {"OP": "?"}, {"OP": "?"}, {"LOWER": {"IN": ["buckle"]}}]),
])
def test_what_cannot_be_spelled_out_is_a_token_pattern(phrase, tokens):
    assert [pattern for _, _, pattern in rules(phrase)] == [tokens]


def test_too_many_choices_are_one_token_pattern():
    words = "|".join(f"w{chr(97 + n)}" for n in range(15))
    assert [pattern is None for _, _, pattern in rules(f"{words} {words}")] == [False]


def test_every_phrase_of_the_lexicon_is_given(full_policy):
    given = compare.target_rules(full_policy["lexicon"])
    assert {concept for concept, _, _ in given} == {c["id"] for c in full_policy["lexicon"]["concepts"]}
    for _, _, pattern in given:
        for token in pattern or ():
            re.compile(token.get("LOWER", {}).get("REGEX", ""))


def test_our_engine_answers_as_a_process(tmp_path):
    (tmp_path / "a.txt").write_text(NOTE, encoding="utf-8")
    found = compare.measure({"ours": [sys.executable, "tests/bench/engine.py", "ours", tmp_path]}, rounds=2, starts=0)["ours"]
    assert len(found["cpu"]) == 2 and min(found["cpu"]) > 0 and found["start"] > 0 and 5 < found["peak"] < 2000


def test_an_engine_that_ends_is_told():
    with pytest.raises(RuntimeError, match="^an engine ended too soon: .* -c pass$"):
        compare.Engine([sys.executable, "-c", "pass"])


def test_the_table_tells_rates_and_how_they_stand_to_each_other():
    row = {"found": 0, "peak": 40.0}
    told = compare.lines({"ours": row | {"start": 100.0, "cpu": [500.0, 400.0, 500.0]},
                          "medspaCy, all phrases": row | {"start": 4000.0, "peak": 200.0, "cpu": [10000.0, 12000.0, 9000.0]}}, 200, 100_000)
    assert re.sub(" +", " ", "\n".join(told)) == (
        " start notes/s KB/s memory\nours 100 ms 400 200 40 MB\nmedspaCy, all phrases 4000 ms 20 10 200 MB\n"
        "ours, against medspaCy, all phrases: 20.0 times the notes/s (rounds: 18.0 to 30.0), 0.03 of its start, 0.20 of its memory")


def test_without_medspacy_it_says_so_and_measures_ours(monkeypatch, capsys):
    monkeypatch.setattr(compare, "NOTES", [NOTE])
    monkeypatch.setattr(compare, "browser_files", lambda: None)
    monkeypatch.setattr(compare, "measure", lambda commands: {name: {"start": 90.0, "peak": 40.0, "found": 0, "cpu": [2.0]} for name in commands})
    compare.main(["--medspacy", "nowhere/python"])
    told = capsys.readouterr().out.splitlines()
    assert told[1] == "medspaCy is not here (`make bench` installs it; build/medspacy.log says why it could not): our figures alone"
    assert [line.split()[0] for line in told[3:]] == ["ours", "mentions"]


def test_mentions_are_counted_with_and_without_those_that_overlap(policy):
    every, alone = compare.mentions(policy, [NOTE])
    assert every > alone > 3


def test_a_python_without_medspacy_does_not_work():
    assert not compare.works("nowhere/python") and not compare.works(sys.executable)


def test_every_size_reads_the_same_words():
    assert native.pieces(["abc", "de"], 4) == ["abc\n", "\nde\n"]
    assert native.pieces(["abc"], 12) == ["abc\n\nabc\n\nab"]
    read = []
    found = native.by_size(read.append, ["abcd" * 10], sizes=(7, 42, 84), runs=1)
    assert list(found) == [7, 42, 84] and [sum(len(t) for t in read if len(t) == size) for size in found] == [42, 42, 84]


def test_the_cost_by_size_is_told_with_its_ratio():
    assert native.size_lines({1000: 2.0, 1_000_000: 2.5}) == [
        "  characters     1,000     2.00 µs each", "  characters 1,000,000     2.50 µs each", "  1,000,000 to 1,000: 1.25 of the cost"]
