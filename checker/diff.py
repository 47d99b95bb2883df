"""What a change of the policy does: two policies in, plain data out. Native only; nothing of it is needed to check a note.

    side(policy), side_of_bundle(text)  -> a policy made ready to be compared
    compare(old, new, notes, labels)    -> Diff: what differs, which notes come out otherwise, which claims are governed otherwise

How it is said is in diff_text.py.
"""

import json
import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

import checker

from . import policy as policy_module, source

PARTS = ("policy", "statements", "LCDs", "contractors", "rules", "phrases")


@dataclass(frozen=True)
class Side:
    """A policy to compare: its parts as the YAML has them, or as a bundle does (`whole` is False: no examples, and no
    phrases as written), and the same made ready to check with."""
    parts: dict
    whole: bool
    bundle: dict
    ready: object


@dataclass(frozen=True)
class Changed:
    """A place of the policy that differs. where: from the thing to the key; was, now: text, None for what is not there."""
    part: str
    where: tuple
    was: str | None
    now: str | None


@dataclass(frozen=True)
class Turned:
    """A note that comes out otherwise. rule: its id, or "kind of note"; was, now: the outcome; before, after: the evidence as
    (line, text, what it shows); wanted: the outcomes it is labelled with."""
    note: str
    rule: str
    was: str
    now: str
    before: tuple
    after: tuple
    wanted: tuple


@dataclass(frozen=True)
class Answer:
    """What governs a claim on a day: (LCD, version) pairs, codes of the gaps, and {statement: its words} of what binds."""
    lcds: tuple
    gaps: frozenset
    binding: dict


@dataclass(frozen=True)
class Governed:
    """What changes for claims on a range of days (None: no end), each change once.

    changes: ("lcds", what governed, what governs), ("bound" | "unbound" | "reworded", statement), ("says" | "unsays", code of a
    gap), the first only where it changes. claims: (state or contractor, discipline, side).
    """
    first: str | None
    last: str | None
    changes: tuple
    claims: tuple


@dataclass(frozen=True)
class Diff:
    """old, new: {"version", "digest"}; changed, turned, governed: see there; new_rules: {id: {outcome: number of notes}}."""
    old: dict
    new: dict
    changed: tuple
    turned: tuple
    governed: tuple
    new_rules: dict
    notes: int

    @property
    def empty(self) -> bool:
        return not (self.changed or self.turned or self.governed)


def side(policy: dict) -> Side:
    """A policy as source.read gives it, made ready. Raises ValueError when the checker cannot use it."""
    return _side(source.bundle(policy), policy)


def side_of_bundle(text: str) -> Side:
    """A built bundle, made ready. Raises ValueError when it is none of this schema."""
    return _side(text, None)


def _side(text, policy):
    ready, bundle = checker.load(text), json.loads(text)
    return Side(policy or bundle, policy is not None, bundle, ready)


def compare(old: Side, new: Side, notes: dict[str, str], labels: dict[str, dict] | None = None) -> Diff:
    """What differs between two policies, and what comes of it.

    notes: {name: text} to check with both; labels: {name: {rule: outcomes that are right}}, for some of them.
    The rules' own examples are checked as well, each for its own rule.
    """
    changed = _changed(old, new) if old.parts != new.parts else ()
    alike = all(old.bundle[part] == new.bundle[part] for part in ("rules", "lexicon"))
    turned, new_rules = ((), {}) if alike else _turned(old, new, notes, labels or {})
    return Diff(_about(old), _about(new), changed, turned, _governed(old.ready.source, new.ready.source), new_rules, len(notes))


def _about(one):
    return {"version": one.ready.version, "digest": one.ready.digest}


# -- what differs


def _changed(old, new):
    """A Changed for every place that differs, part by part."""
    was, now = _parts(old, old.whole and new.whole), _parts(new, old.whole and new.whole)
    return tuple(found for part in PARTS for found in _walk(part, (), was[part], now[part]))


def _parts(one, whole):
    """The policy by part, each a map whose keys are what a reader calls the things in it."""
    parts = one.parts if whole else one.bundle
    document, lexicon = parts["policy"], parts["lexicon"]
    return {
        "policy": {key: value for key, value in document.items() if key != "statements"},
        "statements": {f"{document['id']}/{s['id']}": s for s in document["statements"]},
        "LCDs": {lcd["id"]: lcd for lcd in parts["lcds"]},
        "contractors": {f"contractor {c['id']}": c for c in parts["contractors"]["contractors"]} | {"states": parts["contractors"]["states"]},
        "rules": {f"rule {rule['id']}": rule for rule in parts["rules"]},
        "phrases": _phrases(lexicon) if whole else _phrases({k: v for k, v in lexicon.items() if k != "table"}) | _spelled(lexicon["table"]),
    }


def _phrases(lexicon):
    named = {f"{what} {one['id']}": one for what, many in (("concept", "concepts"), ("section", "headings")) for one in lexicon[many]}
    return named | {key: lexicon[key] for key in ("context", "measures", "kinds")}


_LABELS = {"c": "concept", "x": "exceptions of concept", "h": "section", "q": "cue number", "b": "block", "m": "measure"}


def _spelled(table):
    """{what they stand for: every sequence of words} of a bundle, which no longer has the phrases as they were written."""
    found = {}
    for words, ending in ((table["words"], ""), (table["prefixes"], "*")):
        for first, numbers in words.items():
            for number in numbers.split():
                label, *rest = table["phrases"][int(number)].split("  ")
                kind, _, name = label.partition(":")
                found.setdefault(f"{_LABELS[kind]} {name}, words", []).append(" ".join([first + ending, *(r.replace(" ", "|") for r in rest)]))
    return found


def _walk(part, where, was, now):
    """The places below `where` that differ, in the order of the new policy."""
    if was == now:
        return
    if isinstance(was, dict) and isinstance(now, dict):
        for key in [*now, *(key for key in was if key not in now)]:
            yield from _walk(part, (*where, key), was.get(key), now.get(key))
    elif isinstance(was, list) and isinstance(now, list):
        yield from _walk_list(part, where, was, now)
    else:
        yield Changed(part, where, _flow(was), _flow(now))


def _walk_list(part, where, was, now):
    if not all(isinstance(item, dict) for item in was + now):
        gone, come = [i for i in was if i not in now], [i for i in now if i not in was]
        for before, after in _mended(gone, come):
            gone.remove(before)
            come.remove(after)
            yield Changed(part, where, before, after)
        if gone:
            yield Changed(part, where, _items(gone), None)
        if come:
            yield Changed(part, where, None, _items(come))
        if sorted(was, key=str) == sorted(now, key=str):
            yield Changed(part, where, _flow(was), _flow(now))
        return
    pairs = _paired(was, now)
    for before, after in pairs:
        yield from _walk(part, (*where, _name(after or before)), before, after)
    kept = [was.index(before) for before, after in pairs if before and after]
    if kept != sorted(kept):
        yield Changed(part, where, "in another order", "in this order: " + ", ".join(_name(item) for item in now))


def _mended(gone, come):
    """(old, new) of the texts that were changed rather than replaced: a phrase with one choice more."""
    import difflib

    left, pairs = [item for item in come if isinstance(item, str)], []
    for before in gone:
        near = difflib.get_close_matches(before, left, 1, 0.7) if isinstance(before, str) else ()
        for after in near:
            left.remove(after)
            pairs.append((before, after))
    return pairs


def _items(items):
    shown = ", ".join(f'"{item}"' for item in items[:12])
    return shown + (f" and {len(items) - 12} more" if len(items) > 12 else "")


def _flow(value) -> str | None:
    """A value on one line."""
    if isinstance(value, dict):
        return ", ".join(f"{key.replace('_', ' ')}: {_inner(child)}" for key, child in value.items())
    if isinstance(value, list):
        return ", ".join(map(_inner, value)) or "none"
    return value if value is None else " ".join(value.split())


def _inner(value):
    return f"({_flow(value)})" if isinstance(value, dict) and len(value) > 1 else "not known" if value is None else _flow(value)


# By what two items of a list are taken for the same, the surest first. Each gives None for items it says nothing of.
def _key(*names):
    return lambda item: tuple(json.dumps(item.get(name), sort_keys=True) for name in names) if all(item.get(name) for name in names) else None


_SAME = (lambda item: json.dumps(item, sort_keys=True), _key("id"), _key("lcd"), _key("state"), _key("version"), _key("effective"), _key("note"),
         _key("text"), _key("read"), _key("when"), _key("say", "of"), _key("concept"), _key("measure"), _key("because"), _key("means", "reach"),
         lambda item: next(iter(item), None))   # a rule's nodes: by their kind


def _paired(was, now):
    """(old or None, new or None) for every item of both lists, in the order of the new one, what is gone at the end."""
    left, found = list(was), {}
    for same in _SAME:
        open_ = {}
        for item in left:
            open_.setdefault(same(item), []).append(item)
        open_.pop(None, None)
        for at, item in enumerate(now):
            if at not in found and open_.get(same(item)):
                found[at] = open_[same(item)].pop(0)
                left.remove(found[at])
    return [(found.get(at), item) for at, item in enumerate(now)] + [(item, None) for item in left]


def _name(item):
    """What an item of a list is called."""
    if not isinstance(item, dict):
        return _flow(item)
    if item.get("id"):
        return item["id"]
    if "effective" in item:
        return f"version {item['version']}" if item.get("version") else f"revision of {item['effective'] or 'a day not known'}"
    for key in ("lcd", "state", "because", "say", "reason", "concept", "measure", "fact"):
        if item.get(key):
            return _flow(item[key]) if key in ("lcd", "state", "because", "say", "reason") else f"{key} {_flow(item[key])}"
    if item.get("reach"):
        return f"cue that makes it {item['means']}, {item['reach']}" if item.get("means") else "cue"
    return next(iter(item), "")


# -- notes that come out otherwise

_KIND = "kind of note"


def _turned(old, new, notes, labels):
    """(Turned of every note and example, {new rule: {outcome: number of notes}})."""
    turned, counts = [], {}
    known = {rule["id"] for rule in old.ready.rules}
    for name, text in notes.items():
        was, now = _read(text, None, old), _read(text, None, new)
        turned += _otherwise(name, text, was, now, labels.get(name, {}), now[1])
        for rule in now[1].keys() - known:
            held = counts.setdefault(rule, {})
            held[now[1][rule]["outcome"]] = held.get(now[1][rule]["outcome"], 0) + 1
    for rule in new.parts["rules"]:
        for outcome, example in _examples(rule):
            was, now = (_read(example["note"], example.get("visit"), one) for one in (old, new))
            name = f"policy/rules/{rule['id']}.yaml, example \"{_flow(example['because'])}\""
            turned += _otherwise(name, example["note"], was, now, {rule["id"]: [outcome]}, [rule["id"]])
    return tuple(turned), dict(sorted(counts.items()))


def _examples(rule):
    for outcome, examples in (rule.get("examples") or {}).items():
        yield from ((outcome, example) for example in examples)
    yield from ((case["should_be"], case) for case in rule.get("known_wrong") or ())


def _read(text, visit, one):
    report = checker.check(text, one.ready, {"visit": visit})
    return report["note"]["kind"], {outcome["rule"]: outcome for outcome in report["outcomes"]}


def _otherwise(name, text, was, now, wanted, rules):
    if was[0] != now[0]:
        yield Turned(name, _KIND, was[0], now[0], (), (), ())
        if "not-therapy" in (was[0], now[0]):   # that every rule then does not apply need not be said rule by rule
            return
    for rule in rules:
        before, after = was[1].get(rule), now[1].get(rule)
        if before and after and before["outcome"] != after["outcome"]:
            yield Turned(name, rule, before["outcome"], after["outcome"], _evidence(text, before), _evidence(text, after), tuple(wanted.get(rule, ())))


def _evidence(text, outcome):
    return tuple((text.count("\n", 0, e["start"]) + 1, " ".join(e["text"].split()), e["why"]) for e in outcome["evidence"])


# -- claims that are governed otherwise

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def _governed(old, new):
    """Governed for every range of days, the claims with the same change together. old, new: policy.Policy."""
    touched = _touched(old, new)
    if not touched:
        return ()
    starts, spans, words = _starts(old, new), {}, ({}, {})
    for contractor, state, label in _places(old, new, touched):
        for discipline, claim_side in product(policy_module.DISCIPLINES, policy_module.SIDES):
            claim = {"contractor": contractor, "state": state, "discipline": discipline, "side": claim_side}
            for span in _spans(old, new, claim, starts, words):
                spans.setdefault(span, []).append((label, discipline, claim_side))
    told = [Governed(*span, tuple(_once(old, new, claims))) for span, claims in spans.items()]
    return tuple(sorted((g for g in told if g.claims), key=lambda g: (g.first or "", g.last or "9", g.claims)))


def _touched(old, new):
    """The contractors whose claims may be governed otherwise."""
    def says(policy):
        return {key: (s["carried_by"], [(r["effective"], r.get("lead"), r["text"]) for r in s["revisions"]]) for key, s in policy.statements.items()}

    was, now = says(old), says(new)
    lcds = {key for key in {**old.lcds, **new.lcds} if old.lcds.get(key) != new.lcds.get(key)}
    for key in {**was, **now}:
        if was.get(key) != now.get(key):
            lcds |= {c["lcd"] for side_ in (was, now) if key in side_ for c in side_[key][0]}
    return {key for policy in (old, new) for key, c in policy.contractors.items()
            if old.contractors.get(key) != new.contractors.get(key) or lcds & set(c["lcds"])}


def _places(old, new, touched):
    """(contractor or None, state or None, what a reader calls it): each state they serve, and each of them by name."""
    states, shared = {}, {}
    for policy in (old, new):
        for state in policy.states:
            serving = policy_module.contractors_for(policy, state)
            if touched & set(serving):
                states[state] = None
                if len(serving) > 1:
                    shared |= dict.fromkeys((key, state) for key in serving if key in touched)
    name = {key: c["name"] for policy in (old, new) for key, c in policy.contractors.items()}
    return ([(None, state, state) for state in sorted(states)]
            + [(key, state, f"{state} with {name[key]}") for key, state in sorted(shared)]
            + [(key, None, name[key]) for key in sorted(touched)])


def _once(old, new, claims):
    """The claims of one change, without a contractor whose states are told already."""
    for label, discipline, claim_side in claims:
        state, _, _ = label.partition(" with ")
        own = {state} if state != label else {
            code for policy in (old, new) for c in policy.contractors.values() if c["name"] == label for place in c["jurisdictions"] for code in place["states"]}
        if not any((code, discipline, claim_side) in claims for code in own):
            yield label, discipline, claim_side


def _starts(old, new):
    """Every day on which an answer may begin, in order; before the first of them there is one answer more."""
    data = [(p.lcds, p.contractors, [[r["effective"] for r in s["revisions"]] for s in p.statements.values()]) for p in (old, new)]
    days = set(_DAY.findall(json.dumps(data)))
    return sorted(days | {_next(day) for day in days})


def _next(day, by=1):
    try:
        return (date.fromisoformat(day) + timedelta(days=by)).isoformat()
    except ValueError:   # a day in an address is none of ours
        return day


def _spans(old, new, claim, starts, words):
    """(first, last, changes) of each range of days on which the same changes begin and end for a claim."""
    days, since, found = [_next(starts[0], -1), *starts], {}, {}
    for day in days:
        here = _changes(_answer(old, claim, day, words[0]), _answer(new, claim, day, words[1]))
        for change in [change for change in since if change not in here]:
            found.setdefault((since.pop(change), _next(day, -1)), set()).add(change)
        for change in here:
            since.setdefault(change, day)
    for change, first in since.items():
        found.setdefault((first, None), set()).add(change)
    return [(None if first == days[0] else first, last, tuple(sorted(changes))) for (first, last), changes in found.items()]


def _changes(was, now):
    """What is otherwise on one day: see Governed. Statements are compared where an LCD governs before and after."""
    changes = {("lcds", was.lcds, now.lcds)} if was.lcds != now.lcds else set()
    if was.lcds and now.lcds:
        changes |= {("bound", key) for key in now.binding.keys() - was.binding.keys()}
        changes |= {("unbound", key) for key in was.binding.keys() - now.binding.keys()}
        changes |= {("reworded", key) for key in was.binding.keys() & now.binding.keys() if was.binding[key] != now.binding[key]}
    return changes | {("says", code) for code in now.gaps - was.gaps} | {("unsays", code) for code in was.gaps - now.gaps}


def _answer(policy, claim, day, words):
    """words: the words of statements already looked up on a day, kept between calls."""
    try:
        governing, gaps = policy_module.governing(policy, {**claim, "on": day})
    except policy_module.ClaimError:   # a contractor or state that this policy does not know
        return Answer((), frozenset(["not-known"]), {})
    bound = [key for key in policy.statements if policy_module.authority(policy, key, governing) == "binding"] if governing else []
    for key in bound:
        if (key, day) not in words:
            told = policy_module.statement_on(policy, key, day)
            words[key, day] = (told["lead"], told["text"])
    return Answer(tuple((g["lcd"], g["version"] or "") for g in governing), frozenset(g["code"] for g in gaps),
                  {f"{policy.id}/{key}": words[key, day] for key in bound})
