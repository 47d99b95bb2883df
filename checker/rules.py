"""Whether the note shows it: each rule's tree over the facts, in three values (yes, no, cannot tell).

The trees are data (policy/rules/*.yaml); the node kinds are the closed list below. `ready` turns each node, once for a
policy, into what it asks of a note: a function of the Context that gives its value and the evidence for it. Nodes that say
the same are one function, and its hits are looked up once in a note.
"""

from bisect import bisect_left
from operator import attrgetter
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


NO, UNKNOWN = Verdict(False, []), Verdict(None, [])


class Context:
    """One note being judged: its facts, the claim's visit number, the names of all that it mentions or measures, and what was
    already looked up: {find: hits}, and by sentence {find: {sentence: hits}}."""

    def __init__(self, facts, visit):
        self.facts = facts
        self.visit = max((v for v in (facts.visit, visit) if v), default=None)
        self.names = {*facts.seen, *facts.measured}
        self.looked_up = {}
        self.by_sentence = {}


def ready(rules):
    """Rules as data -> the same rules, with a function in the place of each tree: what `judge` takes."""
    known = {}
    return [_ready(rule, known) for rule in rules]


def _ready(rule, known):
    made = {part: question(rule[part], known) for part in ("applies", "flag", "expect", "partly") if part in rule}
    if "elements" in rule:
        made["elements"] = [{**element, "node": question(element["node"], known)} for element in rule["elements"]]
    made["partial"] = [{**part, "when": question(part["when"], known)} for part in rule.get("partial") or ()]
    return {**rule, **made}


def judge(rule, context):
    """A rule of `ready`, Context -> Outcome."""
    if context.facts.kind == "not-therapy":
        return Outcome(rule["id"], "not-applicable", [], None, [])
    if "applies" in rule:
        applies = rule["applies"](context)
        if not applies.value:
            return Outcome(rule["id"], "not-applicable", [], None, [])
    if "flag" in rule:
        flag = rule["flag"](context)
        if flag.value:
            return Outcome(rule["id"], "unmet", [], None, flag.hits)
        return Outcome(rule["id"], "met", [], None, [])
    if "elements" in rule:
        return _by_elements(rule, context)
    expect = rule["expect"](context)
    if expect.value:
        return Outcome(rule["id"], "met", [], None, expect.hits)
    for part in rule["partial"]:
        verdict = part["when"](context)
        if verdict.value:
            return Outcome(rule["id"], "partial", list(part.get("missing") or ()), part["reason"], verdict.hits)
    return Outcome(rule["id"], "unmet", list(rule.get("missing") or ()), None, [])


def _by_elements(rule, context):
    found, missing, hits = 0, [], []
    for element in rule["elements"]:
        verdict = element["node"](context)
        if verdict.value:
            found += 1
            hits += verdict.hits[:3]
        else:
            missing.append(element["id"])
    enough = len(rule["elements"]) if rule["enough"] == "all" else int(rule["enough"])
    if found >= enough:
        return Outcome(rule["id"], "met", [], None, hits)
    extra = rule["partly"](context) if "partly" in rule else NO
    if found or extra.value:
        return Outcome(rule["id"], "partial", missing, rule["reason"], hits or extra.hits)
    return Outcome(rule["id"], "unmet", missing, None, [])


# ---------------------------------------------------------------- nodes


def question(node, known):
    """A node of a rule tree -> the function of a Context that gives its Verdict.

    known: {node: function} of the nodes made before. Raises KeyError for a node kind nobody knows (the loader refuses those).
    """
    key = "question", repr(node)
    if key not in known:
        kind = next(kind for kind in node if kind in _NODES)
        ask = _NODES[kind](node, known)
        # `shown: no` marks a node that must hold but is not what a reader should be pointed to.
        known[key] = (lambda context: Verdict(ask(context).value, [])) if node.get("shown") == "no" else ask
    return known[key]


def _all(node, known):
    children = [question(child, known) for child in node["all"]]

    def ask(context):
        hits, value = [], True
        for child in children:
            verdict = child(context)
            if verdict.value is False:
                return NO
            if verdict.value is None:
                value = None
            hits += verdict.hits
        return Verdict(value, hits)
    return ask


def _any(node, known):
    children = [(_needs(child), question(child, known)) for child in node["any"]]

    def ask(context):
        hits, value, present = [], False, context.names
        for needs, child in children:
            for names in needs:
                if names.isdisjoint(present):
                    break  # not one of the names occurs in the note
            else:
                verdict = child(context)
                if verdict.value:
                    value = True
                    hits += verdict.hits
                elif verdict.value is None and value is False:
                    value = None
        return Verdict(value, hits)
    return ask


def _needs(node):
    """Sets of names, from each of which a note must have one for the node to hold: what is quickly refused without them."""
    if "concept" in node or "measure" in node:
        return [frozenset(_list(node.get("concept") or node["measure"]))]
    if "any" in node:
        firsts = [_needs(child)[:1] for child in node["any"]]
        return [frozenset().union(*(names for names, in firsts))] if all(firsts) else []
    return [names for child in node.get("all") or node.get("together") or () for names in _needs(child)]


def _not(node, known):
    child = question(node["not"], known)

    def ask(context):
        value = child(context).value
        return Verdict(None if value is None else not value, [])
    return ask


def _hits(node, known):
    """`concept`, `together` and `fact`: what is found shows it."""
    find = finder(node, known)

    def ask(context):
        hits = find(context)
        return Verdict(True, hits) if hits else NO
    return ask


def _measure(node, known):
    ask = _hits(node, known)
    if node.get("loss") != "yes":
        return ask
    find_unknown = finder({**node, "loss": "unknown"}, known)

    def ask_for_loss(context):
        verdict = ask(context)
        return UNKNOWN if verdict is NO and find_unknown(context) else verdict
    return ask_for_loss


def _note(node, known):
    body = node["note"]
    kinds, treatments = _list(body.get("kind", ())), _list(body.get("treatment", ()))
    over = int(body["visits_over"]) if "visits_over" in body else None

    def ask(context):
        facts = context.facts
        holds = (not kinds or facts.kind in kinds) and (not treatments or facts.treatment in treatments) \
            and (over is None or (context.visit or 0) > over) and ("first_visit" not in body or context.visit == 1)
        hits = [] if over is None else [s for s in facts.measured.get("visits", ()) if s.measure.value == facts.visit][:1]
        return Verdict(holds, hits)
    return ask


_NODES = {"all": _all, "any": _any, "not": _not, "concept": _hits, "measure": _measure, "together": _hits, "note": _note,
          "fact": _hits}


# ---------------------------------------------------------------- hits


def _list(value):
    return value if isinstance(value, (list, tuple)) else [value]


def finder(node, known):
    """A leaf, an `any` of leaves or a `together` -> the function of a Context that gives the facts.Seen it points at."""
    key = "finder", repr(node)
    if key not in known:
        known[key] = _once(_FINDERS[next(kind for kind in node if kind in _FINDERS)](node, known))
    return known[key]


def _once(look):
    """The same function, asked once for a note."""
    def find(context):
        hits = context.looked_up.get(find)
        if hits is None:
            hits = context.looked_up[find] = look(context)
        return hits
    return find


def _find_any(node, known):
    finders = [finder(child, known) for child in node["any"]]
    return lambda context: sorted((hit for find in finders for hit in find(context)), key=_start)


def _find_fact(node, known):
    fact = facts_module.FACTS[node["fact"]]
    return lambda context: fact(context.facts)


def _find_concept(node, known):
    """The mentions of any of the names that are meant, and stand, where the node says."""
    names, means = _list(node["concept"]), frozenset(node.get("means") or FINDING)
    inside, outside = frozenset(node.get("in") or ()), frozenset(node.get("not_in") or ())

    def look(context):
        seen = context.facts.seen
        out = [s for name in names if name in seen for s in seen[name]
               if s.means in means and s.section not in outside and (not inside or s.section in inside)]
        if len(out) > 1:
            out.sort(key=_start)
        return out
    return look


def _find_measure(node, known):
    """The measures of any of the kinds that are meant, and stand, where the node says, and say what it asks for."""
    names, means = _list(node["measure"]), frozenset(node.get("means") or MEASURED)
    inside, outside = frozenset(node.get("in") or ()), frozenset(node.get("not_in") or ())

    def look(context):
        measured = context.facts.measured
        out = [s for name in names if name in measured for s in measured[name]
               if s.means in means and s.section not in outside and (not inside or s.section in inside) and _measure_fits(node, s.measure)]
        if len(out) > 1:
            out.sort(key=_start)
        return out
    return look


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


def _find_together(node, known):
    """One hit of each child in the same sentence (or line, or neighbouring sentences), linked if asked."""
    finders = [finder(child, known) for child in node["together"]]
    within, links = node.get("within", "sentence"), _list(node.get("by", ()))
    apart, close, ordered = int(node.get("apart", 0)), int(node.get("close", 0)), node.get("order") == "yes"

    def look(context):
        for find in finders:
            if not find(context):
                return []
        groups = [_by_place(find, context, within) for find in finders]
        places = groups[0] if within == "near" else _shared(groups)
        if not places:
            return []
        between = sorted((s for name in links for s in context.facts.seen.get(name, ())), key=_start) if links else None
        out = {}
        for where in places:
            if within == "near":
                choices = [[h for w in (where - 1, where, where + 1) for h in g.get(w, ())] for g in groups]
            else:
                choices = [g[where] for g in groups]
            out.update(dict.fromkeys(_choose([], choices, between, apart, close, ordered)))
        return list(out)
    return look


def _shared(groups):
    """The places where each group has a hit, in the order of the first group."""
    first, *others = groups
    shared = set(first).intersection(*others)
    return [where for where in first if where in shared] if shared else []


_FINDERS = {"together": _find_together, "any": _find_any, "fact": _find_fact, "concept": _find_concept, "measure": _find_measure}
_start = attrgetter("start")


def _by_place(find, context, within):
    """What is found, by where it stands: {sentence, or line, or 0 for anywhere in the note: hits}."""
    if within == "line":
        line_of = context.facts.text.line_of
        return _grouped(find(context), lambda hit: line_of[hit.first])
    if within == "note":
        return _grouped(find(context), lambda hit: 0)
    found = context.by_sentence.get(find)
    if found is None:
        found = context.by_sentence[find] = _grouped(find(context), _sentence)
    return found


_sentence = attrgetter("sentence")


def _grouped(hits, place):
    found = {}
    for hit in hits:
        found.setdefault(place(hit), []).append(hit)
    return found


def _choose(chosen, groups, links, apart, close, ordered):
    """`chosen` and one hit from each group, none within another, close enough and linked; the first such choice, or []."""
    before, last = chosen[-1] if chosen else None, len(groups) == 1
    for hit in groups[0]:
        if before:
            if ordered and hit.first < before.first:
                continue
            if apart and (hit.first - before.last > apart or before.first - hit.last > apart):
                continue
            if _overlaps(hit, chosen) or last and links is not None and not _linked([*chosen, hit], links, close):
                continue
        done = [*chosen, hit] if last else _choose([*chosen, hit], groups[1:], links, apart, close, ordered)
        if done:
            return done
    return []


def _overlaps(hit, chosen):
    """Whether a hit lies within another or holds it. Two may share a word ("wife now puts" and "puts on his socks"), but each
    has words of its own."""
    first, last = hit.first, hit.last
    for c in chosen:
        if c.first <= first and last <= c.last or first <= c.first and c.last <= last:
            return True
    return False


def _linked(hits, links, close):
    """Whether a link word stands between the hits, before the last of them and at most `close` words from it (0: any
    number): "strength to climb stairs"."""
    low, last = min(h.end for h in hits), max(hits, key=_start)
    for link in links[bisect_left(links, low, key=_start):]:
        if link.start >= last.start:
            return False
        if link.end <= last.start and (not close or last.first - link.last <= close):
            return True
    return False
