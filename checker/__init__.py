"""Check a therapy note against the 97110 policy: load(bundle), check(note, ...), check_record(notes, ...).

    policy = checker.load(open("bundle.json", encoding="utf-8").read())
    report = checker.check("Knee flexion 95 degrees ...", policy, {"state": "KY", "on": "2026-01-15"})

The same note, claim and bundle give the same bytes from to_json(report), natively and in the browser.
"""

import gc
import json
from dataclasses import dataclass

from . import concepts, explain, facts, measures, policy as policy_module, record, report as report_module, rules
from .policy import ClaimError
from .report import to_json

__version__ = report_module.VERSION
__all__ = ["load", "check", "check_record", "to_json", "ClaimError", "Policy", "__version__"]

@dataclass(frozen=True, slots=True)
class Lexicon:
    """The words of the policy made ready: matcher, headings by id, context data, measures, groups by concept, kinds."""
    matcher: concepts.Matcher
    headings: dict
    context: dict
    measures: dict
    names: dict
    titles: dict
    kinds: dict


@dataclass(frozen=True, slots=True)
class Policy:
    """A bundle made ready: `source` as policy.py reads it, the rules (of rules.ready) in their order, what explains
    them (of explain.ready), which LCDs carry what each cites, the lexicon."""
    source: object
    rules: list
    whys: list
    carriers: dict
    lexicon: Lexicon
    version: str
    digest: str
    not_checked: list


def load(bundle):
    """The bundle's JSON text -> Policy. Raises ValueError when it is no bundle of this schema."""
    try:
        data = json.loads(bundle)
    except (ValueError, TypeError, RecursionError):
        data = None
    if not isinstance(data, dict) or data.get("schema") != report_module.SCHEMA:
        raise ValueError("this is no policy bundle of schema 1; build it anew with `make bundle`")
    try:
        return _ready(data)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"this policy bundle is damaged ({type(error).__name__}: {error}); build it anew with `make bundle`") from None


def _ready(data):
    source = policy_module.from_bundle(data)
    carriers = {rule["id"]: report_module.carriers(source, rule) for rule in source.rules}
    known = {}
    return Policy(source, rules.ready(source.rules, known), explain.ready(source.rules, known), carriers, lexicon(data["lexicon"]),
                  data["version"], data["digest"], [])


def lexicon(words):
    """The lexicon of a bundle -> Lexicon."""
    return Lexicon(
        matcher=concepts.Matcher(words["table"]), headings={h["id"]: h for h in words["headings"]}, context=words["context"],
        measures=measures.Reference(words["measures"]), kinds=words["kinds"],
        names={c["id"]: [c["id"], *(c.get("is") or ())] for c in words["concepts"]},
        titles={c["id"]: c["title"] for c in words["concepts"]} | _measure_titles(words["measures"]))


def _measure_titles(measures):
    return {entry["id"]: entry["title"] for group in ("tests", "grip", "vitals") for entry in measures[group]}


def check(note, policy, claim=None, file=None):
    """One note -> its report, plain data. Offsets are code points in the note as given.

    claim: any of on, contractor, state, discipline, side (text) and visit (int). Raises ClaimError when the claim
    names something that does not exist, TypeError when the note is no text. No text of a note raises.
    """
    _must_be_text(note)
    return _uncollected(_check, note, policy, policy_module.validate_claim(policy.source, claim), file)


def _check(note, policy, claim, file):
    read = facts.read(note, policy.lexicon)
    return _report(rules.Context(read, claim["visit"]), policy, claim, *policy_module.governing(policy.source, claim), file)


def _must_be_text(note):
    if not isinstance(note, str):
        raise TypeError(f"a note is text, and this is a {type(note).__name__}; decode bytes, or read the file first")


def _report(context, policy, claim, governing, gaps, file):
    outcomes = [rules.judge(rule, context) for rule in policy.rules]
    considered = explain.considered(policy.whys, outcomes, context)
    return report_module.build(policy, claim, governing, gaps, context.facts, outcomes, considered, file)


def _uncollected(do, *given):
    """do(*given), with Python's search for cycles put off meanwhile: what a note becomes has none, and the more of it there
    is, the dearer each search, so that a long note would cost more than its length."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        return do(*given)
    finally:
        if collecting:
            gc.enable()


def check_record(notes, policy, claim=None, files=None):
    """The notes of one episode -> one report on the record as a whole.

    A text that holds several dated notes is divided, and the notes are put in the order of their dates when each has one.
    Each rule is answered by the note that shows it best, an exclusion by one in which it was found; progress also by two
    notes that measure the same, and the need to go on by notes past the twelfth visit together. `episode` holds what the
    notes say together (see report.record). Raises ClaimError and TypeError as check does, ValueError when there is no note.
    """
    notes = list(notes)
    if not notes:
        raise ValueError("a record needs a note, and there is none")
    for note in notes:
        _must_be_text(note)
    return _uncollected(_check_record, notes, policy, policy_module.validate_claim(policy.source, claim), files)


def _check_record(notes, policy, claim, files):
    files = list(files or [None] * len(notes))
    pieces, order, divided = record.pieces(notes)
    read = [facts.read(notes[piece.source][piece.start:piece.end], policy.lexicon) for piece in pieces]
    visits = record.visits(read, claim["visit"])
    contexts = [rules.Context(found, visit or None) for found, visit in zip(read, visits["by_note"])]
    governing, gaps = policy_module.governing(policy.source, claim)
    reports = [_report(context, policy, claim, governing, gaps, files[piece.source]) for context, piece in zip(contexts, pieces)]
    late = {n: context for n, context in enumerate(contexts) if (context.visit or 0) > record.LONG_COURSE}
    across = {rule["id"]: rules.shown_across(rule, late) for rule in policy.rules if rule["id"] == "continued-need"}
    episode = record.episode(read, order, divided, visits, policy.lexicon.measures, policy.lexicon.titles)
    return report_module.record(policy, reports, pieces, read, episode, across)
