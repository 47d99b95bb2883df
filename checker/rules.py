"""Whether the note shows it: each rule's tree over the facts, in three values (yes, no, cannot tell).

The trees are data (policy/rules/*.yaml); the node kinds are the closed list below. `ready` turns each node, once for a
policy, into what it asks of a note: a function of the Context that gives its value and the evidence for it. Nodes that say
the same are one function, and its hits are looked up once in a note.
"""

from bisect import bisect_left
from collections import defaultdict
from functools import partial
from operator import attrgetter
from typing import NamedTuple

from . import facts as facts_module

FINDING = ("present", "home")  # what is found at home is found
MEASURED = ("present", "home", "earlier")  # a measure taken at an earlier visit of the episode still shows the loss


class Verdict(NamedTuple):
    """value: True, False or None (cannot tell); hits: the facts.Seen that show it; steps: which child decided, and which of
    its children: of `any` the first that holds, of `all` the first that does not, () the node itself."""
    value: bool | None
    hits: list
    steps: tuple = ()


class Outcome(NamedTuple):
    """A rule's answer for a note. reason and missing are filled for partial and unmet; node: the steps from the rule to the
    node that decided, () when no rule was asked."""
    rule: str
    outcome: str
    missing: list
    reason: str | None
    hits: list
    node: tuple = ()


NO, UNKNOWN = Verdict(False, []), Verdict(None, [])
_verdict = partial(tuple.__new__, Verdict)  # of a tuple: a note asks a hundred and more


class Context:
    """One note being judged: its facts, the claim's visit number, the names of all that it mentions or measures, and what was
    already looked up: {find: hits}, and by sentence {find: {sentence: hits}}."""

    def __init__(self, facts, visit):
        self.facts = facts
        self.visit = max((v for v in (facts.visit, visit) if v), default=None)
        self.names = {*facts.seen, *facts.measured}
        self.looked_up = {}
        self.by_sentence = {}


def ready(rules, known):
    """Rules as data -> the same rules, with a function in the place of each tree: what `judge` takes. known: see `question`."""
    return [_ready(rule, known) for rule in rules]


def _ready(rule, known):
    made = {part: question(rule[part], known) for part in ("applies", "flag", "expect", "partly") if part in rule}
    if "elements" in rule:
        made["elements"] = [{**element, "node": question(element["node"], known)} for element in rule["elements"]]
    if "all" in rule.get("expect", ()):
        made["parts"] = [question(child, known) for child in rule["expect"]["all"]]
    made["partial"] = [{**part, "when": question(part["when"], known)} for part in rule.get("partial") or ()]
    return {**rule, **made}


def judge(rule, context):
    """A rule of `ready`, Context -> Outcome."""
    if context.facts.kind == "not-therapy":
        return Outcome(rule["id"], "not-applicable", [], None, [])
    if "applies" in rule:
        applies = rule["applies"](context)
        if not applies.value:
            return Outcome(rule["id"], "not-applicable", [], None, [], ("applies", *applies.steps))
    if "flag" in rule:
        flag = rule["flag"](context)
        if flag.value:
            return Outcome(rule["id"], "unmet", [], None, flag.hits, ("flag", *flag.steps))
        return Outcome(rule["id"], "met", [], None, [], ("flag", *flag.steps))
    if "elements" in rule:
        return _by_elements(rule, context)
    expect = rule["expect"](context)
    if expect.value:
        return Outcome(rule["id"], "met", [], None, expect.hits, ("expect", *expect.steps))
    for n, part in enumerate(rule["partial"]):
        verdict = part["when"](context)
        if verdict.value:
            return Outcome(rule["id"], "partial", list(part.get("missing") or ()), part["reason"], verdict.hits,
                           ("partial", n, "when", *verdict.steps))
    return Outcome(rule["id"], "unmet", list(rule.get("missing") or ()), None, [], ("expect", *expect.steps))


def shown_across(rule, contexts):
    """A rule of `ready` whose `expect` asks for several things, which may stand in different notes of an episode ->
    [(number of the note, facts.Seen)] when each is shown in one of them, otherwise []. contexts: {number: Context}."""
    contexts = {n: context for n, context in contexts.items() if "applies" not in rule or rule["applies"](context).value}
    found = []
    for ask in rule.get("parts", ()):
        shown = next(((n, verdict) for n, context in contexts.items() if (verdict := ask(context)).value), None)
        if shown is None:
            return []
        found += [(shown[0], hit) for hit in shown[1].hits]
    return found


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
        return Outcome(rule["id"], "met", [], None, hits, ("elements",))
    extra = rule["partly"](context) if "partly" in rule else NO
    if found or extra.value:
        return Outcome(rule["id"], "partial", missing, rule["reason"], hits or extra.hits, ("elements",) if found else ("partly", *extra.steps))
    return Outcome(rule["id"], "unmet", missing, None, [], ("elements",))


# ---------------------------------------------------------------- nodes


def question(node, known):
    """A node of a rule tree -> the function of a Context that gives its Verdict.

    known: {node: finder} of those made before. Raises KeyError for a node kind nobody knows (the loader refuses those).
    """
    ask = NODES[kind_of(node)](node, known)
    # `shown: no` marks a node that must hold but is not what a reader should be pointed to.
    return (lambda context: ask(context)._replace(hits=[])) if node.get("shown") == "no" else ask


def _all(node, known):
    children = [question(child, known) for child in node["all"]]

    def ask(context):
        hits, value = [], True
        for n, child in enumerate(children):
            verdict = child(context)
            if verdict.value is False:
                return _verdict((False, [], (n, *verdict.steps)))
            if verdict.value is None:
                value = None
            hits += verdict.hits
        return Verdict(value, hits)
    return ask


def _any(node, known):
    children = [(_needs(child), question(child, known)) for child in node["any"]]

    def ask(context):
        hits, value, steps, present = [], False, (), context.names
        for n, (needs, child) in enumerate(children):
            for names in needs:
                if names.isdisjoint(present):
                    break  # not one of the names occurs in the note
            else:
                verdict = child(context)
                if verdict.value:
                    if not value:
                        value, steps = True, (n, *verdict.steps)
                    hits += verdict.hits
                elif verdict.value is None and value is False:
                    value = None
        return NO if value is False else _verdict((value, hits, steps))
    return ask


def _needs(node):
    """Sets of names, from each of which a note must have one for the node to hold: what is quickly refused without them."""
    if "concept" in node or "measure" in node:
        return [frozenset(as_list(node.get("concept") or node["measure"]))]
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
        return _verdict((True, hits, ())) if hits else NO
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
    kinds, treatments = as_list(body.get("kind", ())), as_list(body.get("treatment", ()))
    over = int(body["visits_over"]) if "visits_over" in body else None

    def ask(context):
        facts = context.facts
        holds = (not kinds or facts.kind in kinds) and (not treatments or facts.treatment in treatments) \
            and (over is None or (context.visit or 0) > over) and ("first_visit" not in body or context.visit == 1)
        hits = [] if over is None else [s for s in facts.measured.get("visits", ()) if s.measure.value == facts.visit][:1]
        return Verdict(holds, hits)
    return ask


NODES = {"all": _all, "any": _any, "not": _not, "concept": _hits, "measure": _measure, "together": _hits, "note": _note,
          "fact": _hits}


# ---------------------------------------------------------------- hits


def as_list(value):
    return value if isinstance(value, (list, tuple)) else [value]


def kind_of(node):
    """The kind of a node of a rule tree, or None for what is no node."""
    return next((kind for kind in node if kind in NODES), None) if isinstance(node, dict) else None


def accepted(node):
    """The readings that a leaf takes."""
    return frozenset(node.get("means") or (MEASURED if "measure" in node else FINDING))


def finder(node, known):
    """A leaf, an `any` of leaves or a `together` -> the function of a Context that gives the facts.Seen it points at."""
    key = repr(node)
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


def _find_leaf(node, known):
    """The mentions of any of the names, or the measures of any of the kinds, that are meant, and stand, where the node says;
    measures also say what it asks for."""
    measured = "measure" in node
    names, means = as_list(node["measure" if measured else "concept"]), accepted(node)
    inside, outside = frozenset(node.get("in") or ()), frozenset(node.get("not_in") or ())

    def look(context):
        held = context.facts.measured if measured else context.facts.seen
        out = [s for name in names if name in held for s in held[name]
               if s.means in means and s.section not in outside and (not inside or s.section in inside)
               and (not measured or measure_fits(node, s.measure))]
        if len(out) > 1:
            out.sort(key=_start)
        return out
    return look


def measure_fits(node, measure):
    loss = node.get("loss", "any")
    if loss == "yes" and measure.loss is not True or loss == "no" and measure.loss is not False or loss == "unknown" and measure.loss is not None:
        return False
    if "frame" in node:
        if measure.frame not in as_list(node["frame"]):
            return False
    elif measure.frame == "goal":
        return False
    if "over" in node and not (measure.value is not None and measure.value > float(node["over"])):
        return False
    return not ("what" in node and measure.what not in as_list(node["what"]))


def _find_together(node, known):
    """One hit of each child in the same sentence (or line, or neighbouring sentences), linked if asked."""
    finders = [finder(child, known) for child in node["together"]]
    choose, within = chooser(node), node.get("within", "sentence")

    def look(context):
        for find in finders:
            if not find(context):
                return []
        groups = [by_place(find, context, within) for find in finders]
        places = groups[0] if within == "near" else _shared(groups)
        if not places:
            return []
        out = {}
        for where in places:
            beside = around(groups, where, within) if within == "near" else [group[where] for group in groups]
            out.update(dict.fromkeys(choose(beside, context)))
        return list(out)
    return look


def _shared(groups):
    """The places where each group has a hit, in the order of the first group."""
    first, *others = groups
    shared = set(first).intersection(*others)
    return [where for where in first if where in shared] if shared else []


def chooser(node):
    """A `together` -> the function of groups of hits and a Context that chooses one of each, or none."""
    links, apart, close, ordered = as_list(node.get("by", ())), int(node.get("apart", 0)), int(node.get("close", 0)), node.get("order") == "yes"

    def choose(groups, context):
        between = None
        if links:
            between = context.looked_up.get(choose)
            if between is None:
                between = context.looked_up[choose] = sorted((s for name in links for s in context.facts.seen.get(name, ())), key=_start)
        return _choose([], groups, between, apart, close, ordered)
    return choose


def around(groups, where, within):
    """What of each group stands at a place, or near it: [hits]."""
    if within == "near":
        return [[hit for place in (where - 1, where, where + 1) for hit in group.get(place, ())] for group in groups]
    return [group.get(where, ()) for group in groups]


def place_of(within, context):
    """How far apart `together` may stand -> the function that gives the place of a hit."""
    if within == "line":
        line_of = context.facts.text.line_of
        return lambda hit: line_of[hit.first]
    return (lambda hit: 0) if within == "note" else _sentence


_FINDERS = {"together": _find_together, "any": _find_any, "fact": _find_fact, "concept": _find_leaf, "measure": _find_leaf}
_start = attrgetter("start")


def by_place(find, context, within):
    """What is found, by where it stands: {sentence, or line, or 0 for anywhere in the note: hits}."""
    if within in ("line", "note"):
        return grouped(find(context), place_of(within, context))
    found = context.by_sentence.get(find)
    if found is None:
        found = context.by_sentence[find] = grouped(find(context), _sentence)
    return found


_sentence = attrgetter("sentence")


def grouped(hits, place):
    found = defaultdict(list)
    for hit in hits:
        found[place(hit)].append(hit)
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
