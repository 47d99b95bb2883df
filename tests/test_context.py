"""How a mention is meant: the cases that stand beside the cues, one line each."""

from checker import context, facts, sections, text


def meaning(case, policy):
    read = text.read(case["say"])
    lexicon = policy.lexicon
    hits = lexicon.matcher.find(read)
    cues = context.scopes(read, hits["q"], lexicon.context)
    at = read.norm.index(text.normalise(case["of"]))
    first = next(i for i, start in enumerate(read.starts) if start >= at)
    last = next((i for i, start in enumerate(read.starts) if start >= at + len(case["of"])), len(read.words))
    copied = context.blocks(read, hits["b"], lexicon.context)
    section = sections.at(facts.sections_of(read, hits, lexicon, copied), read.starts[first])
    return context.read(first, last, read.starts[first], cues.get(read.sentence_of[first], ()), section, copied)


def test_every_case_comes_out_as_it_says(policy, full_policy):
    wrong = [f"{case['say']}  {case['of']}: {got.means}, not {case['means']}"
             for case in full_policy["lexicon"]["context"]["cases"]
             if (got := meaning(case, policy)).means != case["means"]]
    assert not wrong, "\n".join(wrong)


def test_what_is_known_to_come_out_wrong_still_does(policy, full_policy):
    right = [case["say"] for case in full_policy["lexicon"]["context"]["known_wrong"] if meaning(case, policy).means == case["means"]]
    assert not right, "move these to the cases:\n" + "\n".join(right)


def test_a_meaning_other_than_present_names_its_cue(policy, full_policy):
    for case in full_policy["lexicon"]["context"]["cases"]:
        found = meaning(case, policy)
        assert (found.means == "present") == (found.cue is None), case["say"]


def test_every_meaning_is_shown_by_a_case(full_policy):
    shown = {case["means"] for case in full_policy["lexicon"]["context"]["cases"]}
    used = {cue["means"] for cue in full_policy["lexicon"]["context"]["cues"]}
    assert used <= shown
