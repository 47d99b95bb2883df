"""The rules' own examples: each comes out as it says, and what is known to come out wrong still does."""

import pytest

import checker
from checker import facts, rules


def outcome(policy, rule, example):
    read = facts.read(example["note"], policy.lexicon)
    visit = int(example["visit"]) if example.get("visit") else None
    return rules.judge(next(r for r in policy.rules if r["id"] == rule), rules.Context(read, visit))



def test_every_example_comes_out_as_it_says(policy, full_policy):
    wrong = []
    for rule in full_policy["rules"]:
        for wanted, examples in rule["examples"].items():
            for example in examples:
                got = outcome(policy, rule["id"], example).outcome
                if got != wanted:
                    wrong.append(f"{rule['id']}: {got}, not {wanted}, although {example['because']}\n{example['note']}")
    assert not wrong, "\n\n".join(wrong)


def test_what_is_known_to_be_wrong_still_is(policy, full_policy):
    mended = [f"{rule['id']}: {case['because']} Move it to the examples: it now comes out as {case['should_be']}."
              for rule in full_policy["rules"] for case in rule.get("known_wrong") or ()
              if outcome(policy, rule["id"], case).outcome == case["should_be"]]
    assert not mended, "\n".join(mended)


def test_every_rule_has_two_examples_of_each_outcome_it_can_have(full_policy):
    few = [f"{rule['id']}: {outcome}" for rule in full_policy["rules"] for outcome in rule["say"]
           if len(rule["examples"].get(outcome) or ()) < 2]
    assert few == []


@pytest.mark.parametrize("kind", ["met", "partial"])
def test_outcomes_that_say_something_is_there_show_where(policy, full_policy, kind):
    bare = []
    for rule in full_policy["rules"]:
        if rule["id"] in ("non-covered-purpose", "unskilled"):
            continue  # "met" there means that nothing excluded was found
        for example in rule["examples"].get(kind) or ():
            report = checker.check(example["note"], policy, {"visit": example.get("visit")})
            found = next(o for o in report["outcomes"] if o["rule"] == rule["id"])
            if not found["evidence"]:
                bare.append(f"{rule['id']}: {example['note']}")
    assert bare == []
