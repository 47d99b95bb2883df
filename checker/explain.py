"""Why an outcome came out as it did: where in a rule's tree it was decided, how far a cue reaches, and which mentions
would have counted had they been read otherwise ("HEP not given": a home program, but negated).
"""

from typing import NamedTuple

from . import rules

MOST_CONSIDERED = 5   # of an outcome: enough to see why
MOST_TRIED = 20       # of a node's mentions that are tried with what stands beside them

_FRAMES = ["now", "before", "goal"]


class Why(NamedTuple):
    """What explains the outcomes of a rule. rule: as data; parts: {steps to a tree: its Rest}; paths: those told before."""
    rule: dict
    parts: dict
    paths: dict


class Rest(NamedTuple):
    """A node, asked for what it leaves out. names: the concepts and measures below it; would: a function of a Context and
    the names in its facts.odd that gives what, read otherwise, would make it hold: [(Seen, steps below the node)]."""
    names: frozenset
    would: object


def ready(asked, known):
    """Rules as data -> their Why. known: what rules.ready has filled."""
    return [Why(rule, dict(_parts(rule, known)), {}) for rule in asked]


def _parts(rule, known):
    for part in ("applies", "flag", "expect"):
        if part in rule:
            yield (part,), _rest(rule[part], known)
    for n, element in enumerate(rule.get("elements") or ()):
        yield ("elements", n, "node"), _rest(element["node"], known)
    for n, part in enumerate(rule.get("partial") or ()):
        yield ("partial", n, "when"), _rest(part["when"], known)


def path(why, steps):
    """Where steps lead in a rule's YAML: ("expect", 2) to "expect.any[2].together"."""
    if steps not in why.paths:
        node, told = why.rule, ""
        for step in steps:
            kind = rules.kind_of(node)
            if kind:
                node, told = node[kind], f"{told}.{kind}"
            node = node[step]
            told += f"[{step}]" if isinstance(step, int) else f".{step}"
        kind = rules.kind_of(node)
        why.paths[steps] = (f"{told}.{kind}" if kind else told)[1:]
    return why.paths[steps]


def reach(facts, hit, section_at):
    """The code points (start, end) that the cue of a hit speaks for: words of its sentence, a section, or copied text.

    section_at: sections.Finder(facts.sections).at
    """
    start, end, means = hit.cue
    for cue in facts.cues.get(hit.sentence, ()):
        if (cue.start, cue.end, cue.means) == (start, end, means) and cue.lo <= hit.first and hit.last <= cue.hi:
            return facts.text.offsets(cue.lo, cue.hi)
    for a, b, _, span in facts.copied:
        if span == (start, end):
            return a, b
    section = section_at(hit.start)
    if section is not None and section.heading == (start, end) and not section.empty:
        return max(end, section.start), section.end
    return start, end


# ---------------------------------------------------------------- what would have counted


def considered(whys, outcomes, context):
    """What would have counted had it been read otherwise, for each outcome: [(Seen, the steps to the node it was for)].

    whys: of `ready`, in the order of the outcomes. Met outcomes have none; for the two exclusions it is what would have been
    flagged, for a rule that does not apply what would have made it apply.
    """
    odd = frozenset(context.facts.odd)
    return [_considered(why, outcome, context, odd) for why, outcome in zip(whys, outcomes)]


def _considered(why, outcome, context, odd):
    found = {}
    for steps in _in_question(why.rule, outcome):
        if found and steps[0] == "partial":
            break  # what would have made it met says enough
        names, would = why.parts[steps]
        if not odd.isdisjoint(names):
            for hit, below in would(context, odd):
                found.setdefault((hit.start, hit.end), (hit, steps + below))
    if not found:
        return []
    kept = [found[place] for place in sorted(found) if not any(h.start < place[1] and place[0] < h.end for h in outcome.hits)]
    return kept[:MOST_CONSIDERED]


def _in_question(rule, outcome):
    """The steps to the trees that did not hold and might have."""
    told = outcome.outcome
    if not outcome.node or told == "met" and "flag" not in rule:
        return ()
    if told == "not-applicable":
        return (("applies",),)
    if "flag" in rule:
        return (("flag",),) if told == "met" else ()
    if "elements" in rule:
        return [("elements", n, "node") for n, element in enumerate(rule["elements"]) if element["id"] in outcome.missing]
    parts = rule.get("partial") or () if told == "unmet" else ()
    return [("expect",), *(("partial", n, "when") for n in range(len(parts)))]


_NOTHING = Rest(frozenset(), lambda context, odd: [])


def _rest(node, known):
    return _KINDS.get(rules.kind_of(node), lambda node, known: _NOTHING)(node, known)


def _rest_of_leaf(node, known):
    names, misread = _misread(node)
    return Rest(names, lambda context, odd: [(hit, ()) for hit in misread(context.facts.odd)])


def _rest_of_any(node, known):
    children = [(n, _rest(child, known)) for n, child in enumerate(node["any"])]
    children = [(n, rest) for n, rest in children if rest.names]

    def would(context, odd):
        return [(hit, (n, *below)) for n, rest in children if not rest.names.isdisjoint(odd) for hit, below in rest.would(context, odd)]
    return Rest(frozenset().union(*(rest.names for _, rest in children)), would)


def _rest_of_all(node, known):
    children = [(n, rules.question(child, known), _rest(child, known)) for n, child in enumerate(node["all"])]

    def would(context, odd):
        out = []
        for n, ask, rest in children:
            if not ask(context).value:
                found = rest.would(context, odd)
                if not found:
                    return []  # something else is wanting as well
                out += [(hit, (n, *below)) for hit, below in found]
        return out
    return Rest(frozenset().union(*(rest.names for _, _, rest in children)), would)


def _rest_of_together(node, known):
    """The misread ones that stand with the others, misread or not, as the node asks."""
    children = [(rules.finder(child, known), *_misread_below(child)) for child in node["together"]]
    choose, within = rules.chooser(node), node.get("within", "sentence")

    def would(context, odd):
        seen = context.facts.odd
        misread = [look(seen) for _, _, look in children]
        if not any(misread):
            return []
        for hits, (find, _, _) in zip(misread, children):
            if not hits and not find(context):
                return []
        place = rules.place_of(within, context)
        groups = [rules.by_place(find, context, within) for find, _, _ in children]
        others = [rules.grouped(hits, place) for hits in misread]
        wrong = {id(hit) for hits in misread for hit in hits}
        out = {}
        for n, hits in enumerate(misread):
            for hit in hits[:MOST_TRIED]:
                if id(hit) in out:
                    continue
                where = place(hit)
                near = [[*a, *b] for a, b in zip(rules.around(groups, where, within), rules.around(others, where, within))]
                near[n] = [hit]
                if all(near):
                    out.update((id(h), h) for h in choose(near, context) if id(h) in wrong)
        return [(hit, ()) for hit in out.values()]
    return Rest(frozenset().union(*(names for _, names, _ in children)), would)


def _misread(node):
    """A leaf -> (its names, a function of facts.odd that gives what it would take but for how it is read: negated, planned,
    a goal, in a section left out)."""
    names, means = rules.as_list(node.get("concept") or node["measure"]), rules.accepted(node)
    if means.isdisjoint(rules.FINDING):
        return frozenset(), lambda odd: []  # what asks for a plan or a goal is not looked for among findings
    inside, outside = frozenset(node.get("in") or ()), frozenset(node.get("not_in") or ())
    freely = {**node, "frame": _FRAMES}

    def counts(s):
        return s.means in means and s.section not in outside and (s.measure is None or rules.measure_fits(node, s.measure))

    def look(odd):
        return [s for name in names if name in odd for s in odd[name]
                if (not inside or s.section in inside) and not counts(s) and (s.measure is None or rules.measure_fits(freely, s.measure))]
    return frozenset(names), look


def _misread_below(node):
    """A child of a `together` -> (its names, a function of facts.odd that gives what it would take)."""
    if "any" in node:
        children = [_misread_below(child) for child in node["any"]]
        return frozenset().union(*(names for names, _ in children)), lambda odd: [hit for _, look in children for hit in look(odd)]
    return _misread(node) if "concept" in node or "measure" in node else (frozenset(), lambda odd: [])


_KINDS = {"concept": _rest_of_leaf, "measure": _rest_of_leaf, "any": _rest_of_any, "all": _rest_of_all, "together": _rest_of_together}
