"""Whether the note shows it: each rule's tree over the facts, in three values (yes, no, cannot tell).

A node gives its value and the evidence for it. The trees are data (policy/rules/*.yaml); the node kinds are the closed
list below, each a function of a node and the note's facts.
"""

from bisect import bisect_left
from typing import NamedTuple

from . import facts as facts_module

FINDING = ("present", "home")  # what is found at home is found
MEASURED = ("present", "home", "earlier")  # a measure taken at an earlier visit of the episode still shows the loss


class Verdict(NamedTuple):
    """value: True, False or None (cannot tell); hits: the facts.Seen that show it."""
    value: bool | None
    hits: list


class Outcome(NamedTuple):
    """A rule's answer for a note. reason and missing are filled for partial and unmet."""
    rule: str
    outcome: str
    missing: list
    reason: str | None
    hits: list


NO = Verdict(False, [])


class Context:
    """One note being judged: its facts, the claim's visit number, and the hits already looked up."""

    def __init__(self, facts, visit):
        self.facts = facts
        self.visit = max((v for v in (facts.visit, visit) if v), default=None)
        self.looked_up = {}


def judge(rule, context):
    """rule data, Context -> Outcome."""
    if context.facts.kind == "not-therapy":
        return Outcome(rule["id"], "not-applicable", [], None, [])
    if "applies" in rule:
        applies = evaluate(rule["applies"], context)
        if not applies.value:
            return Outcome(rule["id"], "not-applicable", [], None, [])
    if "flag" in rule:
        flag = evaluate(rule["flag"], context)
        if flag.value:
            return Outcome(rule["id"], "unmet", [], None, flag.hits)
        return Outcome(rule["id"], "met", [], None, [])
    if "elements" in rule:
        return _by_elements(rule, context)
    expect = evaluate(rule["expect"], context)
    if expect.value:
        return Outcome(rule["id"], "met", [], None, expect.hits)
    for part in rule.get("partial") or ():
        verdict = evaluate(part["when"], context)
        if verdict.value:
            return Outcome(rule["id"], "partial", list(part.get("missing") or ()), part["reason"], verdict.hits)
    return Outcome(rule["id"], "unmet", list(rule.get("missing") or ()), None, [])


def _by_elements(rule, context):
    found, missing, hits = 0, [], []
    for element in rule["elements"]:
        verdict = evaluate(element["node"], context)
        if verdict.value:
            found += 1
            hits += verdict.hits[:3]
        else:
            missing.append(element["id"])
    enough = len(rule["elements"]) if rule["enough"] == "all" else int(rule["enough"])
    if found >= enough:
        return Outcome(rule["id"], "met", [], None, hits)
    extra = evaluate(rule["partly"], context) if "partly" in rule else NO
    if found or extra.value:
        return Outcome(rule["id"], "partial", missing, rule["reason"], hits or extra.hits)
    return Outcome(rule["id"], "unmet", missing, None, [])


# ---------------------------------------------------------------- nodes


def evaluate(node, context):
    """A node of a rule tree -> Verdict. Raises KeyError for a node kind nobody knows (the loader refuses those)."""
    (kind, body), = ((k, node[k]) for k in _NODES if k in node)
    verdict = _NODES[kind](body, node, context)
    # `shown: no` marks a node that must hold but is not what a reader should be pointed to.
    return Verdict(verdict.value, []) if node.get("shown") == "no" else verdict


def _all(body, node, context):
    hits, value = [], True
    for child in body:
        verdict = evaluate(child, context)
        if verdict.value is False:
            return NO
        if verdict.value is None:
            value = None
        hits += verdict.hits
    return Verdict(value, hits)


def _any(body, node, context):
    hits, value = [], False
    for child in body:
        verdict = evaluate(child, context)
        if verdict.value:
            value = True
            hits += verdict.hits
        elif verdict.value is None and value is False:
            value = None
    return Verdict(value, hits)


def _not(body, node, context):
    value = evaluate(body, context).value
    return Verdict(None if value is None else not value, [])


def _concept(body, node, context):
    hits = _hits(node, context)
    return Verdict(bool(hits), hits)


def _measure(body, node, context):
    hits = _hits(node, context)
    if hits:
        return Verdict(True, hits)
    if node.get("loss") == "yes":
        unknown = _look_up({**node, "loss": "unknown"}, context.facts)
        if unknown:
            return Verdict(None, [])
    return NO


def _together(body, node, context):
    hits = _hits(node, context)
    return Verdict(bool(hits), hits)


def _note(body, node, context):
    facts, checks = context.facts, []
    if "kind" in body:
        checks.append(facts.kind in _list(body["kind"]))
    if "treatment" in body:
        checks.append(facts.treatment in _list(body["treatment"]))
    if "visits_over" in body:
        checks.append((context.visit or 0) > int(body["visits_over"]))
    if "first_visit" in body:
        checks.append(context.visit == 1)
    hits = [s for s in facts.measured.get("visits", ()) if s.measure.value == facts.visit][:1] if "visits_over" in body else []
    return Verdict(all(checks), hits)


def _fact(body, node, context):
    hits = facts_module.FACTS[body](context.facts)
    return Verdict(bool(hits), hits)


_NODES = {"all": _all, "any": _any, "not": _not, "concept": _concept, "measure": _measure, "together": _together,
          "note": _note, "fact": _fact}


# ---------------------------------------------------------------- hits


def _list(value):
    return value if isinstance(value, list) else [value]


def _hits(node, context):
    """The facts.Seen a leaf, an `any` of leaves or a `together` points at."""
    found = context.looked_up.get(id(node))  # the nodes of a loaded policy stay where they are
    if found is None:
        if "together" in node:
            found = _joined(node, context)
        elif "any" in node:
            found = sorted((h for child in node["any"] for h in _hits(child, context)), key=_start)
        elif "fact" in node:
            found = facts_module.FACTS[node["fact"]](context.facts)
        else:
            found = _look_up(node, context.facts)
        context.looked_up[id(node)] = found
    return found


def _start(hit):
    return hit.start


def _look_up(node, facts):
    means = node.get("means") or (MEASURED if "measure" in node else FINDING)
    inside, outside = node.get("in"), node.get("not_in") or ()
    home = facts.seen if "concept" in node else facts.measured
    out = []
    for name in _list(node.get("concept") or node["measure"]):
        for s in home.get(name, ()):
            if s.means in means and s.section not in outside and (not inside or s.section in inside):
                if s.measure is None or _measure_fits(node, s.measure):
                    out.append(s)
    if len(out) > 1:
        out.sort(key=_start)
    return out


def _measure_fits(node, measure):
    loss = node.get("loss", "any")
    if loss == "yes" and measure.loss is not True or loss == "no" and measure.loss is not False or loss == "unknown" and measure.loss is not None:
        return False
    if "frame" in node:
        if measure.frame not in _list(node["frame"]):
            return False
    elif measure.frame == "goal":
        return False
    if "over" in node and not (measure.value is not None and measure.value > float(node["over"])):
        return False
    return not ("what" in node and measure.what not in _list(node["what"]))


def _joined(node, context):
    """`together`: one hit of each child in the same sentence (or line, or neighbouring sentences), linked if asked."""
    within = node.get("within", "sentence")
    place = _place(within, context.facts.text)
    groups = []
    for child in node["together"]:
        by_place = {}
        for hit in _hits(child, context):
            by_place.setdefault(place(hit), []).append(hit)
        if not by_place:
            return []
        groups.append(by_place)
    links = sorted((s for name in _list(node["by"]) for s in context.facts.seen.get(name, ())), key=_start) if "by" in node else None
    apart = int(node.get("apart", 0))
    out = {}
    for where in groups[0]:
        near = (where - 1, where, where + 1) if within == "near" else (where,)
        choice = _choose([[h for w in near for h in g.get(w, ())] for g in groups], links, apart, node.get("order") == "yes")
        out.update(dict.fromkeys(choice))
    return list(out)


def _place(within, text):
    if within == "line":
        return lambda hit: text.line_of[hit.first]
    if within == "note":
        return lambda hit: 0
    return lambda hit: hit.sentence


def _choose(groups, links, apart, ordered):
    """One hit from each group, not overlapping, close enough and linked; the first such choice, or []."""
    if not all(groups):
        return []
    return _extend([], groups, links, apart, ordered)


def _extend(chosen, groups, links, apart, ordered):
    if not groups:
        return chosen
    for hit in groups[0]:
        if any(hit.first < c.last and c.first < hit.last for c in chosen):
            continue
        if chosen:
            before = chosen[-1]
            if ordered and hit.first < before.last:
                continue
            gap = max(hit.first - before.last, before.first - hit.last)
            if apart and gap > apart:
                continue
            if links is not None and len(groups) == 1 and not _linked(chosen + [hit], links):
                continue
        done = _extend(chosen + [hit], groups[1:], links, apart, ordered)
        if done:
            return done
    return []


def _linked(hits, links):
    """Whether a link word stands between the hits, before the last of them: "strength to climb stairs"."""
    low, high = min(h.end for h in hits), max(h.start for h in hits)
    for link in links[bisect_left(links, low, key=_start):]:
        if link.start >= high:
            return False
        if link.end <= high:
            return True
    return False
