"""Whether everything in the policy is of use: stage 5 of reading it (source.py). Needs the files sound up to stage 4.

    uncited   a statement that requires or excludes something, and no rule cites it
    unused    a concept that no rule, no kind of note and no part of the reading looks for
    shadowed  a phrase that one of its own concept's exceptions takes away
    never     a phrase that no note can hold: with a star within a word, where it stands for itself
"""

import re
from itertools import product

from . import concepts

# Groups that the reading itself looks for (facts.py, kinds.py, record.py); the tests hold this list against those files.
BY_THE_READING = frozenset((
    "link", "activity", "pain-word", "no-treatment", "intervention", "done-word", "exercise-named", "exercise-category", "hands", "correct",
    "no-skill", "same-routine", "passive-modality", "participation-mode", "equipment-time", "care-ends", "kind-letter", "therapy-discipline",
    "title-other", "therapy-named", "therapy-signature", "cue", "grading", "fault", "skill-object",
    *(f"{where}-{kind}" for where in ("title", "kind") for kind in ("evaluation", "daily", "progress", "discharge"))))
MOST_FORMS = 400  # of one phrase that are looked at


def problems(document, rules, kinds, lexicon):
    """What is of no use -> [(file, node, code, message, hint)].

    document: (path, node) of the policy's text; rules: [(path, node)]; kinds: the node of lexicon/kinds.yaml; lexicon:
    [(path, node)] of the files of concepts. A node has .value and .at, as source.Node.
    """
    return _uncited(document, rules) + _unused(rules, kinds, lexicon) + [problem for path, file in lexicon for concept in file.value
                                                                        for problem in _phrases(path, concept)]


def _uncited(document, rules):
    path, node = document
    cited = {cite.value.partition("/")[2].partition("@")[0] for _, rule in rules for cite in rule.value["cites"][1].value}
    return [(path, statement.value["id"][1], "uncited", f'the policy {statement.value["force"][1].value} "{statement.value["id"][1].value}", and no rule cites it',
             "no note is looked at for it: cite it in the rule it belongs to, or write a rule")
            for statement in node.value["statements"][1].value
            if statement.value["force"][1].value in ("requires", "excludes") and statement.value["id"][1].value not in cited]


def _unused(rules, kinds, lexicon):
    known = set(BY_THE_READING)
    for _, rule in rules:
        known |= _named(rule)
    known |= _keys(kinds)
    out = []
    for path, file in lexicon:
        for concept in file.value:
            own = concept.value["id"][1]
            groups = [group.value for group in concept.value["is"][1].value] if "is" in concept.value else []
            if known.isdisjoint([own.value, *groups]):
                out.append((path, own, "unused", f'nothing looks for "{own.value}"' + (f", nor for {', '.join(groups)}" if groups else ""),
                            "name it in a rule, give it a group that a rule names, or take it out"))
    return out


def _named(node):
    """The concepts and groups that a rule's tree names."""
    if isinstance(node.value, list):
        return set().union(*map(_named, node.value))
    found = set()
    if isinstance(node.value, dict):
        for key, (_, child) in node.value.items():
            if key in ("concept", "by"):
                found |= {name.value for name in child.value} if isinstance(child.value, list) else {child.value}
            else:
                found |= _named(child)
    return found


def _keys(node):
    """The groups that lexicon/kinds.yaml weighs or names."""
    found = set()
    for key, (_, child) in node.value.items():
        if isinstance(child.value, dict):
            found |= set(child.value)
        elif isinstance(child.value, list):
            found |= {item.value for item in child.value}
    return found


def _phrases(path, concept):
    out, taken = [], {}
    for exception in concept.value["except"][1].value if "except" in concept.value else ():
        whole = set(_forms(re.sub(r"(?<!\\)[()]", "", exception.value)))
        for form in _forms(exception.value):
            taken.setdefault(form, (exception.value, form not in whole))
    for phrase in concept.value["phrases"][1].value:
        if any("*" in items for items in concepts.expand(phrase.value)):
            out.append((path, phrase, "never", f'the phrase "{_short(phrase.value)}" is never found: within a word a star stands for itself',
                        "a star stands for any ending at the end of a word, and for any beginning at the start of a later one"))
        forms = list(_forms(phrase.value))
        hidden = [form for form in forms if form in taken]
        # A shorter form of an exception takes away more than was meant; a whole one is meant, unless nothing is left.
        shrunk = next((form for form in hidden if taken[form][1]), None)
        if shrunk or hidden and len(hidden) == len(forms):
            form = shrunk or hidden[0]
            out.append((path, phrase, "shadowed", f'the phrase "{_short(phrase.value)}" is never found as "{" ".join(form)}": the exception "{_short(taken[form][0])}" takes it away',
                        "what is in brackets may be missing: take the brackets off in the exception, or make it longer"))
    return out


def _short(phrase):
    return phrase if len(phrase) <= 60 else phrase[:59] + "…"


def _forms(phrase):
    """The word sequences a phrase stands for, each choice spelled out; those of very many forms are left alone."""
    for items in concepts.expand(phrase):
        choices = [[item] if isinstance(item, str) else item for item in items]
        count = 1
        for choice in choices:
            count *= len(choice)
        if count <= MOST_FORMS:
            yield from product(*choices)
