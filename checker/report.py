"""What we say: the report as plain data, and as JSON, text, CSV and SARIF.

In: what the other modules found. Out: `build` and `record` give plain data,
`to_json`, `to_text`, `to_csv` and `to_sarif` text. A report holds offsets, so
whoever prints it hands the note's text in again, and lines can be told.

The report is a public contract. `assemble`, `outcome` and `evidence` fix its
keys and their order, `to_json` its bytes: the same note, claim and policy give
the same bytes on every machine.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from functools import partial

from . import explain, policy as policy_module, record as record_module, sections

SCHEMA = "1"
VERSION = "1.0.0"

OUTCOMES = ("met", "partial", "unmet", "not-applicable")

# For these two `unmet` means "found", and is shown as flagged.
EXCLUSIONS = ("non-covered-purpose", "unskilled")

# Either of these is enough: the derived `indication` speaks for both.
INDICATION = ("condition", "need")

NOT_CHECKED = (
    "whether the service was reasonable and necessary: that is a judgment about the patient, not about words",
    "whether what the note says is true, and whether the skill claimed was needed",
    "units and minutes, modifiers, edits between codes, and the code chosen",
    "plan of care, certification, orders, progress report intervals, signatures and credentials",
    "payer rules other than the Medicare policy quoted here, and any contractor instruction outside it",
)

DISCLAIMER = (
    "Not legal, billing or medical advice, and no prediction of payment or denial. "
    "The policy text and the contractor decide. CPT is a registered trademark of the AMA."
)

# More of the same convinces nobody, and a long note repeats itself.
MOST_EVIDENCE = 20

# The groups a person reads, in the order of what needs a look first.
GROUPS = (
    ("flagged", "Flagged: the note shows what the policy excludes"),
    ("unmet", "Not found"),
    ("partial", "Partly shown"),
    ("met", "Shown"),
    ("not-applicable", "Does not apply"),
)

_CLAIM = ("on", "contractor", "state", "discipline", "side", "visit")


# -- from what was found to the report


def build(policy, claim: dict, governing: list, gaps: list, facts, outcomes: list, considered: list,
          file: str | None = None) -> dict:
    """The report on one note.

    policy: the loaded Policy; claim, governing, gaps: as policy.py gives them; facts: facts.Facts of the note;
    outcomes: rules.Outcome, in the rules' order; considered: for each of them what explain.considered gives; file: the
    note's name, if it has one.

    Each outcome says which `node` of its rule's YAML decided, null when no rule was asked. Its `evidence` are the words
    that show it, `considered` those that would have counted had they been read otherwise ("HEP not given"), each with
    what it `means`, an id of MEANS. `cue` are the words that make it mean that, with the stretch of the note that they
    speak for (`reach`), and `section` is the id of its heading in lexicon/headings.yaml; either can be null.
    """
    gaps, therapy = list(gaps), facts.kind != "not-therapy"
    if not facts.text.norm.strip():
        gaps.append({"code": "empty-note", "text": "The note is empty: there was nothing to read."})
    elif not therapy:
        gaps.append({"code": "not-therapy", "text": "This does not read as a physical or occupational therapy note, so no rule was applied."})
    seen = partial(_seen, policy.lexicon.titles, facts, sections.Finder(facts.sections).at)
    found = [_judged(why, o, others, policy, governing, facts.kind, seen)
             for why, o, others in zip(policy.whys, outcomes, considered, strict=True)]
    return assemble(
        policy={"version": policy.version, "digest": policy.digest}, claim=claim, governing=governing, gaps=gaps,
        note={"file": file, "kind": facts.kind, "treatment": facts.treatment if therapy else None, "length": len(facts.text.raw)},
        indication=_indication(found), outcomes=found, not_checked=policy.not_checked or NOT_CHECKED)


def carriers(policy, rule: dict) -> list[dict]:
    """The LCDs that carry what a rule cites, each once: [{lcd, version, for}]. policy: as policy.py reads it."""
    found = {}
    for cite in rule["cites"]:
        for carrier in policy_module.carried_by(policy, cite):
            found.setdefault((carrier["lcd"], carrier["version"]), carrier)
    return list(found.values())


def cited(rule: dict) -> list[str]:
    """The statements a rule cites, each once, without the revision it was read with: which words hold depends on the claim's day."""
    return list(dict.fromkeys(cite.partition("@")[0] for cite in rule["cites"]))


def _judged(why, judged, considered: list, policy, governing: list, kind: str, seen) -> dict:
    rule = why.rule
    binds = governing and any(policy_module.authority(policy.source, cite, governing) == "binding" for cite in rule["cites"])
    say = rule["say"].get(judged.outcome)
    if kind == "not-therapy" or say is None:
        say = "Not applied: this does not read as a physical or occupational therapy note."
    hits = {(hit.start, hit.end): hit for hit in reversed(judged.hits)}  # of two that say the same the first stays
    return outcome(
        judged.rule, judged.outcome, "binding" if binds else "guidance", cited(rule), policy.carriers[judged.rule], say,
        judged.missing, judged.reason if judged.outcome == "partial" else None,
        [seen(hits[place]) for place in sorted(hits)[:MOST_EVIDENCE]], explain.path(why, judged.node) if judged.node else None,
        [{**seen(hit), "node": explain.path(why, steps)} for hit, steps in considered])


def _seen(titles: dict, facts, section_at, hit) -> dict:
    cue, raw = None, facts.text.raw
    if hit.cue:
        start, end, means = hit.cue
        low, high = explain.reach(facts, hit, section_at)
        cue = {"start": start, "end": end, "text": raw[start:end], "means": means, "reach": {"start": low, "end": high}}
    why = _measured(hit.measure) if hit.measure else titles.get(hit.concept, hit.concept)
    means = "goal" if hit.measure and hit.measure.frame == "goal" else hit.means
    return evidence(hit.start, hit.end, raw[hit.start:hit.end], why, cue, means, hit.section or None)


_SIDES = {"R": "right", "L": "left", "B": "both sides"}
_FRAMES = {"before": "before", "goal": "goal"}


def _measured(measure) -> str:
    """What a number measures, in words: "motion: right knee flexion, before"."""
    own = measure.what if measure.what != measure.kind else None
    what = " ".join(filter(None, (_SIDES.get(measure.side), measure.joint, own))).replace("-", " ")
    told = measure.kind.replace("-", " ") + (f": {what}" if what else "")
    return ", ".join(filter(None, (told, _FRAMES.get(measure.frame))))


def _indication(outcomes: list[dict]) -> dict:
    """Condition or need: the better of the two, and which of them gave it."""
    own = {o["rule"]: o["outcome"] for o in outcomes if o["rule"] in INDICATION}
    best = min(own.values(), key=OUTCOMES.index, default="not-applicable")
    return {"outcome": best, "from": [rule for rule, result in own.items() if result == best and best in ("met", "partial")]}


def record(policy, reports: list[dict], pieces: list, read: list, episode: dict, across: dict) -> dict:
    """The reports on the notes of one record, in order -> one report: for each rule the note that shows most.

    For the two exclusions that is the note in which one was found. `notes` takes the place of `note`: each has its `date`,
    the `source` (which of the texts handed in, from 0) and its `start` there; offsets count in that text. Each piece of
    evidence says which note it stands in, from 0, each outcome what every note shows (`by_note`). `episode` is what
    record.episode gives: visits, changes, goals carried on, notes that repeat each other. pieces: record.Piece of each note;
    read: its facts; across: {rule: [(note, facts.Seen)]} of what notes show together.
    """
    starts, found = [piece.start for piece in pieces], []
    for judged in zip(*(r["outcomes"] for r in reports)):
        order = ("unmet", "partial", "met", "not-applicable") if judged[0]["rule"] in EXCLUSIONS else OUTCOMES
        best = min(range(len(judged)), key=lambda n: order.index(judged[n]["outcome"]))
        told = {**judged[best], **{part: [{"note": best, **e} for e in judged[best][part]] for part in ("evidence", "considered")}}
        if told["outcome"] not in ("met", "not-applicable"):
            told = _together(told, policy, read, episode, across)
        told = {**told, **{part: [_moved(e, starts[e["note"]]) for e in told[part]] for part in ("evidence", "considered")}}
        found.append({**told, "by_note": [o["outcome"] for o in judged]})
    notes = [{**r["note"], "date": piece.date, "source": piece.source, "start": piece.start} for r, piece in zip(reports, pieces)]
    gaps = list({(g["code"], g["text"]): g for r in reports for g in r["gaps"]}.values()) + _ordered(notes, episode)
    first = reports[0]
    return assemble(policy=first["policy"], claim=first["claim"], governing=first["governing"], gaps=gaps, notes=notes,
                    episode=record_module.moved(episode, starts), indication=_indication(found), outcomes=found,
                    not_checked=first["not_checked"])


def _ordered(notes: list[dict], episode: dict) -> list[dict]:
    """What is to be known of how the notes were found and put in order."""
    gaps = []
    for source in episode["divided"]:
        own = [n for n in notes if n["source"] == source]
        gaps.append({"code": "divided-text", "text": f"{own[0]['file'] or 'The text'} was read as {len(own)} notes, divided at the lines "
                                                     "that open a note with its date."})
    without = sum(n["date"] is None for n in notes)
    if without and len(notes) > 1:
        gaps.append({"code": "undated-notes", "text": f"{without} of {len(notes)} notes give no date of their own in their head that can be "
                                                      "told, so the notes stand in the order given."})
    return gaps


_MOST_CHANGES = 5  # shown for progress


def _together(told: dict, policy, read: list, episode: dict, across: dict) -> dict:
    """An outcome that no note shows alone, when the notes show it together: a measure that changed, a need that stands in several."""
    seen, rule = [], told["rule"]
    if rule == "progress":
        changed = [c for c in episode["changes"] if c["loss"] is not False and (c["direction"] == "better" or c["direction"] is None and c["change"])]
        for change in changed[:_MOST_CHANGES]:
            for end, when in (("from", "before"), ("to", "now")):
                place = change[end]
                seen.append({"note": place["note"], **evidence(place["start"], place["end"], place["text"], f"{change['measure']}, {when}")})
        node, say = "episode.changes", "The notes together show a change over time: the same measure in an earlier and in a later note."
    elif across.get(rule):
        for n, hit in across[rule]:
            facts = read[n]
            seen.append({"note": n, **_seen(policy.lexicon.titles, facts, sections.Finder(facts.sections).at, hit)})
        node, say = "expect.all", "The notes past the twelfth visit together show the deficits that remain and the reason to go on."
    if not seen:
        return told
    return {**told, "outcome": "met", "say": say, "missing": [], "reason": None, "evidence": seen[:MOST_EVIDENCE], "node": node, "considered": []}


def _moved(e: dict, by: int) -> dict:
    """A piece of evidence, by so many code points further on."""
    def further(span):
        return {**span, "start": span["start"] + by, "end": span["end"] + by}
    if not by:
        return e
    cue = e["cue"] and {**further(e["cue"]), "reach": further(e["cue"]["reach"])}
    return {**further(e), "cue": cue}


def assemble(*, policy: dict, claim: dict, governing: list, gaps: list, outcomes: list, indication: dict,
          note: dict | None = None, notes: list | None = None, episode: dict | None = None, not_checked=NOT_CHECKED) -> dict:
    """The report, with its keys in the contract's order.

    policy {version, digest}; claim: any of on, contractor, state, discipline, side, visit (absent ones become null);
    note {file, kind, treatment, length}, or `notes`, a list of those, for a record, with its `episode`; outcomes: of `outcome`, in the rules'
    order.
    Keys this function does not know are an error of the caller and raise KeyError.
    """
    extra = set(claim) - set(_CLAIM)
    if extra:
        raise KeyError(f"unknown claim keys: {', '.join(sorted(extra))}")
    what = {"note": _note(note)} if notes is None else {"notes": [_note(n) for n in notes], "episode": episode}
    return {
        "schema": SCHEMA,
        "checker": VERSION,
        "policy": {"version": policy["version"], "digest": policy["digest"]},
        "claim": {key: claim.get(key) for key in _CLAIM},
        "governing": [{key: g.get(key) for key in ("lcd", "version", "status", "text")} for g in governing],
        "gaps": [{"code": g["code"], "text": g["text"]} for g in gaps],
        **what,
        "indication": {"outcome": indication["outcome"], "from": list(indication["from"])},
        "outcomes": list(outcomes),
        "not_checked": list(not_checked),
    }


def _note(note: dict) -> dict:
    return {key: note.get(key) for key in ("file", "kind", "treatment", "length")} | {key: note[key] for key in ("date", "source", "start") if key in note}


def outcome(rule: str, outcome: str, authority: str, cites: list, carried_by: list, say: str, missing=(), reason: str | None = None,
            evidence=(), node: str | None = None, considered=()) -> dict:
    """A rule's outcome, with its keys in the contract's order. carried_by: [{lcd, version, for}]; evidence: of `evidence`;
    considered: the same, each with its `node` last."""
    if outcome not in OUTCOMES:
        raise KeyError(f"unknown outcome: {outcome}")
    return {"rule": rule, "outcome": outcome, "authority": authority, "cites": list(cites), "carried_by": list(map(dict, carried_by)),
            "say": say, "missing": list(missing), "reason": reason, "evidence": list(evidence), "node": node, "considered": list(considered)}


def evidence(start: int, end: int, text: str, why: str, cue: dict | None = None, means: str = "present", section: str | None = None) -> dict:
    """A piece of evidence, with its keys in the contract's order. cue: {start, end, text, means, reach: {start, end}}; in a
    record the number of the note it stands in comes first, as `note`."""
    return {"start": start, "end": end, "text": text, "why": why, "means": means, "section": section, "cue": cue}


# -- what a report says, for those who print it or act on it


def group(outcome: dict) -> str:
    """The group an outcome is shown in: an id of GROUPS."""
    if outcome["outcome"] == "unmet" and outcome["rule"] in EXCLUSIONS:
        return "flagged"
    return outcome["outcome"]


def needed(policy) -> frozenset:
    """The rules that the policy (as loaded) makes needed: those citing a statement that requires or excludes.

    What it recommends or describes is reported as well, but a note is not wanting for lack of it.
    """
    words = policy.source
    strict = {f"{words.id}/{name}" for name, s in words.statements.items() if s["force"] in ("requires", "excludes")}
    return frozenset(rule["id"] for rule in policy.rules if strict.intersection(cited(rule)))


def wanting(report: dict, needed: frozenset) -> list[str]:
    """The needed rules whose outcome is unmet, flagged ones among them; empty when nothing is wanting.

    `condition` and `need` are two ways to one thing, so neither is wanting while the other shows it.
    """
    alone = report["indication"]["outcome"] == "unmet"
    return [o["rule"] for o in report["outcomes"]
            if o["outcome"] == "unmet" and o["rule"] in needed and (alone or o["rule"] not in INDICATION)]


# -- JSON


_canonical = json.JSONEncoder(ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":")).encode


def to_json(report) -> str:
    """Canonical JSON: keys in the report's order, no blanks, no escapes beyond JSON's own, one line, no line end."""
    return _canonical(report)


def to_document(reports: list[dict], record: bool = False) -> str:
    """The command line's JSON: one document, each report on a line of its own in canonical form."""
    if record:
        return f'{{"schema":"{SCHEMA}","record":\n{to_json(reports[0])}\n}}\n'
    body = ",\n".join(map(to_json, reports))
    return f'{{"schema":"{SCHEMA}","reports":[\n{body}\n]}}\n'


# -- lines and columns


class Lines:
    """Where an offset stands: line and column from 1, in code points. Ends of line: CR LF, LF, CR."""

    def __init__(self, text: str):
        self.starts = [0, *(m.end() for m in re.finditer(r"\r\n|\n|\r", text))]

    def at(self, offset: int) -> tuple[int, int]:
        line = bisect_right(self.starts, offset)
        return line, offset - self.starts[line - 1] + 1


def _lines(texts: list[str]) -> list[Lines]:
    known = {text: Lines(text) for text in dict.fromkeys(texts)}
    return [known[text] for text in texts]


def _quote(text: str, limit: int = 160) -> str:
    flat = _plain(text)
    return flat if len(flat) <= limit else flat[: limit - 1].rstrip() + "…"


def _plain(text) -> str:
    """One line, and nothing a terminal would obey: a note may hold escape sequences."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+", " ", str(text)).split())


def texts_of(report: dict, texts: list[str]) -> list[str]:
    """The text that each note of a report stands in, of the texts handed in: several notes of a record can share one."""
    return [texts[n.get("source", place)] for place, n in enumerate(_notes(report))]


def _notes(report: dict) -> list[dict]:
    return report["notes"] if "notes" in report else [report["note"]]


# -- text for a terminal


def to_text(report: dict, texts: list[str], rules: dict | None = None, explain: bool = False, width: int = 80) -> str:
    """The report for a person at a terminal.

    texts: the note, or a record's notes in order; rules: {id: {"title", "satisfy"}}, or None for ids alone;
    explain: also say, for each piece of evidence, how it was read and which words made it so, which node of the rule
    decided, and what would have counted had it been read otherwise.
    """
    texts = texts_of(report, texts)
    rules, lines, out = rules or {}, _lines(texts), []
    notes, governing = _notes(report), {g["lcd"] for g in report["governing"]}

    def put(text: str, indent: int = 0, hang: int | None = None):
        out.extend(wrap(text, width, indent, indent if hang is None else hang))

    def put_why(o: dict):
        if o["node"]:
            put(f"decided by {o['node']} in policy/rules/{o['rule']}.yaml", 4, 6)
        if o["considered"]:
            put(_otherwise(o), 4, 6)
        for e in o["considered"]:
            put(_shown(e, lines, len(notes) > 1), 6, 8)
            put(_read(e, lines, texts), 8, 10)

    for number, n in enumerate(notes):
        dated = [n["date"] or "no date", "-"] if "date" in n else []
        head = f"{number + 1}." if len(notes) > 1 else ""
        put("  ".join(filter(None, [head, _plain(n["file"] or "note"), "-", *dated, _kind(n) + f", {n['length']:,} characters"])), 0, 2)
    put(f"Policy for 97110, version {report['policy']['version']} ({report['policy']['digest'][:12]})", 0, 2)
    put("Claim: " + _claim(report["claim"]), 0, 2)
    for g in report["governing"]:
        version = f" version {g['version']}" if g["version"] else ""
        put("Governs this claim: " + (g["text"] or f"{g['lcd']}{version}, {g['status']}."), 0, 2)
    if not report["governing"]:
        put("Governs this claim: no LCD known here. Every outcome below is guidance.", 0, 2)
    for gap in report["gaps"]:
        put(f"Note: {gap['text']} [{gap['code']}]", 0, 2)
    out.append("")
    source = report["indication"]["from"]
    put("Indication (a condition, or a need; either is enough): " + _WORDS[report["indication"]["outcome"]]
        + (f", from {' and '.join(source)}" if source else "") + ".", 0, 2)

    if report.get("episode"):
        for line, indent in _episode(report["episode"], lines):
            put(line, indent, indent + 2) if line else out.append("")

    for name, title in GROUPS:
        members = [o for o in report["outcomes"] if group(o) == name]
        if not members:
            continue
        out.append("")
        out.append(f"{title} ({len(members)})")
        out.append("-" * len(out[-1]))
        if name == "not-applicable":
            for o in members:
                put(f"{o['rule']}: {o['say']}", 2, 4)
                if explain:
                    put_why(o)
                    if "by_note" in o:
                        put(by_note(o), 4, 6)
            continue
        for o in members:
            put(f"{o['rule']}: {o['say']}", 2, 4)
            for e in o["evidence"]:
                put(_shown(e, lines, len(notes) > 1), 4, 6)
                if explain:
                    put(_read(e, lines, texts), 6, 8)
            if o["reason"]:
                put(f"why only partly: {o['reason']}", 4, 6)
            if o["missing"]:
                put("not found: " + "; ".join(_missing(o, rules)), 4, 6)
            satisfy = rules.get(o["rule"], {}).get("satisfy")
            if satisfy and name in ("unmet", "partial", "flagged"):
                put(satisfy, 4, 6)
            if explain:
                put_why(o)
            if "by_note" in o:
                put(by_note(o), 4, 6)
            put(_authority(o, governing), 4, 6)
    out += ["", "Not checked here"]
    for item in report["not_checked"]:
        put(f"- {item}", 2, 4)
    out.append("")
    put(DISCLAIMER)
    return "\n".join(out) + "\n"


def by_note(o: dict) -> str:
    """Which notes of a record show what a rule asks: "shown in notes 1 to 3 and 5; not in note 4"."""
    flags = o["rule"] in EXCLUSIONS
    told = []
    for outcome, words in (("unmet", "flagged in"), ("met", "nothing flagged in")) if flags else (("met", "shown in"), ("partial", "partly in"), ("unmet", "not in")):
        own = [n for n, found in enumerate(o["by_note"]) if found == outcome]
        if own:
            told.append(f"{words} {_numbers(own)}")
    return "; ".join(told) or "does not apply in any note"


def _numbers(own: list[int]) -> str:
    """Numbers of notes, from 1, in words: "notes 1 to 3 and 5"."""
    runs = []
    for n in own:
        if runs and n == runs[-1][1] + 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    parts = [part for a, b in runs for part in ([f"{a + 1} to {b + 1}"] if b > a + 1 else [str(n + 1) for n in range(a, b + 1)])]
    told = " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
    return ("note " if len(own) == 1 else "notes ") + told


def _episode(episode: dict, lines: list[Lines]):
    """What the notes say together, in lines with their indents."""
    yield "", 0
    yield "The notes together", 0
    yield "------------------", 0
    yield visits_in_words(episode["visits"], lines), 2
    for change in episode["changes"]:
        yield change_in_words(change, lines), 2
    if not episode["changes"]:
        yield "No measure was found in two notes, so no change from first to last can be told.", 2
    if episode["long_course"]:
        yield long_course_in_words(episode["long_course"]), 2
    for goal in episode["goals"]:
        yield goal_in_words(goal, lines), 2
    for repeat in episode["repeats"]:
        yield repeat_in_words(repeat), 2
        for place in repeat["differs"]:
            yield f'new in it: {_where(place, lines)}: "{_quote(place["text"])}"', 4


def _where(place: dict, lines: list[Lines]) -> str:
    return f"note {place['note'] + 1}, line {lines[place['note']].at(place['start'])[0]}"


def visits_in_words(visits: dict, lines: list[Lines]) -> str:
    """How far the episode has come, and how that is known."""
    notes = f"{visits['counted']} note{'s' * (visits['counted'] != 1)} with treatment"
    stated = visits["stated"] and f'"{_quote(visits["stated"]["text"], 40)}" in {_where(visits["stated"], lines)}'
    if visits["from"] == "claim":
        told = f"{visits['used']}, as the claim says; {notes}" + (f"; the notes state {visits['stated']['value']} ({stated})" if stated else "")
    elif visits["from"] == "stated":
        told = f"{visits['used']}, as stated: {stated}; {notes}"
    else:
        told = f"{visits['used']}, counted: {notes}" + (f"; the largest number stated is {visits['stated']['value']} ({stated})" if stated else "; none states a number")
    return f"Visits: {told}."


_WAYS = {"better": "towards less loss", "worse": "away from normal", "same": "no change", None: "which way is better is not known"}


def change_in_words(change: dict, lines: list[Lines]) -> str:
    """A measure from its first to its last note."""
    told = f'Change: {change["measure"]}, "{_quote(change["from"]["text"], 40)}" ({_where(change["from"], lines)}) to ' \
           f'"{_quote(change["to"]["text"], 40)}" ({_where(change["to"], lines)}): {_WAYS[change["direction"]]}'
    if change["goal"]:
        told += f'; goal "{_quote(change["goal"]["text"], 40)}" ({_where(change["goal"], lines)})'
    return told + "."


def long_course_in_words(course: dict) -> str:
    """More than twelve visits, and what changed little in them."""
    small = "; ".join(course["small"])
    little = f" Less than a quarter of what was wanting at first has been made good in: {small}. That is no verdict: the policy names no " \
             "number, and says that small changes in range of motion over a long course might not be meaningful progress." if small else ""
    return f"A long course: {course['visits']} visits, more than the twelve from which the policy asks why exercise has to go on.{little}"


def goal_in_words(goal: dict, lines: list[Lines]) -> str:
    """A goal that stands in several notes."""
    return f'Goal carried on unchanged since {_where(goal["since"], lines)}, in {len(goal["notes"])} notes: "{_quote(goal["text"], 100)}".'


def repeat_in_words(repeat: dict) -> str:
    """A note that repeats another."""
    return f"Note {repeat['note'] + 1} repeats note {repeat['of'] + 1} nearly word for word ({repeat['share']} in 100 of its words in the same " \
           f"order): {repeat['same']} of {repeat['sentences']} sentences are the same."


_WORDS = {"met": "shown", "partial": "partly shown", "unmet": "not found", "not-applicable": "does not apply"}


def _kind(note: dict) -> str:
    if note["kind"] == "not-therapy":
        return "read as no therapy note"
    treatment = f", treatment {note['treatment']}" if note["treatment"] else ""
    return f"read as kind: {note['kind']}{treatment}"


def _claim(claim: dict) -> str:
    names = {"on": "date of service", "side": "claim side"}
    said = [f"{names.get(key, key)} {value}" for key, value in claim.items() if value is not None]
    return ", ".join(said) if said else "nothing said about it"


def _shown(e: dict, lines: list[Lines], several: bool) -> str:
    note = e.get("note") or 0
    where = f"line {lines[note].at(e['start'])[0]}"
    if several:
        where = f"note {note + 1}, {where}"
    why = f", {e['why']}" if e["why"] else ""
    return f'{where}{why}: "{_quote(e["text"])}"'


def _otherwise(o: dict) -> str:
    if o["outcome"] == "not-applicable":
        return "would have made the rule apply, had it been read otherwise:"
    done = "been flagged" if o["rule"] in EXCLUSIONS else "counted"
    return f"would have {done}, had it been read otherwise:"


# How a mention can be meant, for "read as ...".
MEANS = {"present": "a finding", "home": "done or found at home", "earlier": "found at an earlier visit", "past": "past", "planned": "planned",
         "goal": "a goal", "taught": "taught", "risk": "a risk", "negated": "negated", "copied": "copied from an earlier note",
         "other": "someone or something else's"}


def _read(e: dict, lines: list[Lines], texts: list[str]) -> str:
    """How a mention was read, because of what, and where it stands."""
    note, cue = e.get("note") or 0, e["cue"]
    means = e["means"] or (cue["means"] if cue else "present")
    if cue:
        line = lines[note].at(cue["start"])[0]
        told = f'read as {MEANS[means]} because of "{_quote(cue["text"], 60)}" in line {line}'
        if cue["reach"]:
            told += f', which speaks for "{_quote(texts[note][cue["reach"]["start"]:cue["reach"]["end"]].strip(" :;,-"), 80)}"'
    elif means == "goal":
        told = "read as a goal because of the words beside it"
    else:
        told = "read as it stands: no word near it says otherwise"
    section = f"section {e['section'].replace('-', ' ')}, " if e["section"] else ""
    return f"{told}; {section}characters {e['start']} to {e['end']}"


def _missing(o: dict, rules: dict) -> list[str]:
    """What is missing, in the rule's own words where they are known."""
    words = rules.get(o["rule"], {}).get("missing") or {}
    return [words.get(name, name) for name in o["missing"]]


def _authority(o: dict, governing: set) -> str:
    """Whether the sentence binds this claim: through which LCD, or else whose sentence it is."""
    binds = o["authority"] == "binding"
    carried = [c["lcd"] + (f" version {c['version']}" if c["version"] else "") + (f" ({c['for']})" if c["for"] and not binds else "")
               for c in o["carried_by"] if not binds or c["lcd"] in governing]
    return ("binding here" if binds else "guidance here") + ": " + ", ".join(o["cites"]) + "; in " + ", ".join(carried)


def wrap(text: str, width: int, indent: int, hang: int) -> list[str]:
    """Fill to the width; a word longer than the line stands alone. (textwrap costs more to import than this.)"""
    lines, line, room = [], "", width - indent
    for word in _plain(text).split(" "):
        if line and len(line) + 1 + len(word) > room:
            lines.append(line)
            line, room = word, width - hang
        else:
            line = f"{line} {word}" if line else word
    lines.append(line)
    return [" " * (hang if n else indent) + line for n, line in enumerate(lines)]


# -- CSV for a spreadsheet

CSV_HEADER = ("file", "rule", "outcome", "authority", "say", "missing", "reason", "evidence", "cites", "carried_by",
              "note_kind", "policy_version", "policy_digest", *(f"claim_{key}" for key in _CLAIM), "disclaimer", "by_note")


def to_csv(reports: list[dict], texts: list[list[str]], rules: dict | None = None) -> str:
    """A row for each note and rule, under CSV_HEADER; texts[i] are the texts of reports[i]. RFC 4180, CR LF.

    A record has a row for each rule, with what each note shows, and rows for what its notes say together, whose rule is
    episode-visits, episode-change, episode-long-course, episode-goal or episode-repeat and whose outcome is empty.
    """
    rules = rules or {}
    rows = [CSV_HEADER]
    for report, own in zip(reports, texts, strict=True):
        lines, notes = _lines(texts_of(report, own)), _notes(report)
        files, kinds = "; ".join(dict.fromkeys(n["file"] or "" for n in notes)), "; ".join(n["kind"] for n in notes)
        end = (report["policy"]["version"], report["policy"]["digest"], *(report["claim"][key] for key in _CLAIM), DISCLAIMER)
        for o in report["outcomes"]:
            carried = "; ".join(" ".join(filter(None, (c["lcd"], c["version"]))) for c in o["carried_by"])
            rows.append((
                files, o["rule"], group(o), o["authority"], o["say"],
                "; ".join(_missing(o, rules)), o["reason"], " | ".join(_shown(e, lines, len(notes) > 1) for e in o["evidence"]),
                "; ".join(o["cites"]), carried, kinds, *end, by_note(o) if "by_note" in o else ""))
        for rule, say, places in _findings(report, lines):
            rows.append((files, rule, "", "", say, "", "", " | ".join(f'{_where(p, lines)}: "{_quote(p["text"])}"' for p in places), "", "", kinds, *end, ""))
    return "".join(",".join(map(_cell, row)) + "\r\n" for row in rows)


def _findings(report: dict, lines: list[Lines]):
    """What the notes of a record say together, one by one: (its name, the sentence, its places)."""
    episode = report.get("episode")
    if not episode:
        return
    yield "episode-visits", visits_in_words(episode["visits"], lines), [episode["visits"]["stated"]] if episode["visits"]["stated"] else []
    for change in episode["changes"]:
        yield "episode-change", change_in_words(change, lines), [change["from"], change["to"]]
    if episode["long_course"]:
        yield "episode-long-course", long_course_in_words(episode["long_course"]), []
    for goal in episode["goals"]:
        yield "episode-goal", goal_in_words(goal, lines), [goal["since"]]
    for repeat in episode["repeats"]:
        yield "episode-repeat", repeat_in_words(repeat), repeat["differs"]


_ABOUT = {"episode-visits": "Visits of the episode", "episode-change": "A measure from its first to its last note",
          "episode-long-course": "More than twelve visits", "episode-goal": "A goal carried from note to note",
          "episode-repeat": "A note that repeats another nearly word for word"}


def _cell(value) -> str:
    """A quoted cell that no spreadsheet takes for a formula: those begin, after blanks, with = + - @ or their wide twins."""
    text = "" if value is None else str(value)
    if re.match(r"[\s\ufeff]*[=+\-@|%＝＋－＠]|[\t\r\n]", text):
        text = "'" + text
    return '"' + text.replace('"', '""') + '"'


# -- SARIF 2.1.0 for code-scanning tools

_LEVEL = {"flagged": "error", "unmet": "warning", "partial": "note", "met": "none", "not-applicable": "none"}
_KIND = {"met": "pass", "not-applicable": "notApplicable"}


def to_sarif(reports: list[dict], texts: list[list[str]], rules: dict | None = None) -> str:
    """One SARIF run over all reports; columns and offsets count code points.

    A rule's page is given relative to the site in properties.page: `helpUri` has to be absolute, and a site can be
    put anywhere.
    """
    rules = rules or {}
    lines_of = [_lines(texts_of(report, own)) for report, own in zip(reports, texts, strict=True)]
    order = _numbered([*(o["rule"] for r in reports for o in r["outcomes"]),
                       *(name for r, lines in zip(reports, lines_of) for name, _, _ in _findings(r, lines))])
    files = _numbered(n["file"] or "note" for r in reports for n in _notes(r))
    results, notices = [], []
    for report, lines in zip(reports, lines_of):
        names = [n["file"] or "note" for n in _notes(report)]
        for o in report["outcomes"]:
            where = [_location(names[e.get("note") or 0], files, e, lines[e.get("note") or 0]) for e in o["evidence"]]
            results.append({
                "ruleId": o["rule"], "ruleIndex": order[o["rule"]], "kind": _KIND.get(o["outcome"], "fail"),
                "level": _LEVEL[group(o)],
                "message": {"text": _plain(o["say"] + (f" Not found: {'; '.join(_missing(o, rules))}." if o["missing"] else ""))},
                "locations": where or [_location(name, files) for name in dict.fromkeys(names)],
                "properties": {key: o[key] for key in ("outcome", "authority", "cites", "missing", "reason", "node", "by_note") if key in o},
            })
        for rule, say, places in _findings(report, lines):
            results.append({
                "ruleId": rule, "ruleIndex": order[rule], "kind": "informational", "level": "none", "message": {"text": _plain(say)},
                "locations": [_location(names[p["note"]], files, {**p, "why": None}, lines[p["note"]]) for p in places] or
                             [_location(name, files) for name in dict.fromkeys(names)],
                "properties": {}})
        notices += [{"descriptor": {"id": gap["code"]}, "level": "note", "message": {"text": gap["text"]},
                     "locations": [_location(name, files) for name in dict.fromkeys(names)]} for gap in report["gaps"]]
    first = reports[0] if reports else {"policy": None, "claim": None, "governing": [], "not_checked": []}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "check-97110", "version": VERSION, "semanticVersion": VERSION,
                "rules": [_descriptor(rule, rules.get(rule, {})) for rule in order]}},
            "columnKind": "unicodeCodePoints",
            "newlineSequences": ["\r\n", "\n", "\r"],
            "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notices}],
            "artifacts": [{"location": {"uri": _uri(file), "index": n}, "encoding": "utf-8"} for file, n in files.items()],
            "results": results,
            "properties": {"policy": first["policy"], "claim": first["claim"], "governing": first["governing"],
                           "not_checked": first["not_checked"], "disclaimer": DISCLAIMER},
        }],
    }
    return json.dumps(log, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def _descriptor(rule: str, about: dict) -> dict:
    found = {"id": rule, "name": "".join(part.capitalize() for part in rule.split("-")),
             "shortDescription": {"text": about.get("title") or _ABOUT.get(rule) or rule}}
    if about.get("question"):
        found["fullDescription"] = {"text": about["question"]}
    if about.get("satisfy"):
        found["help"] = {"text": about["satisfy"]}
    found["properties"] = {} if rule in _ABOUT else {"page": f"rules/{rule}/"}
    return found


def _numbered(names) -> dict[str, int]:
    """Each name once, in order, with its number from 0."""
    return {name: n for n, name in enumerate(dict.fromkeys(names))}


def _location(file: str, files: dict[str, int], e: dict | None = None, lines: Lines | None = None) -> dict:
    place = {"artifactLocation": {"uri": _uri(file), "index": files[file]}}
    if e:
        (line, column), (last, end) = lines.at(e["start"]), lines.at(e["end"])
        place["region"] = {
            "startLine": line, "startColumn": column, "endLine": last, "endColumn": end,
            "charOffset": e["start"], "charLength": e["end"] - e["start"], "snippet": {"text": e["text"]}}
    found = {"physicalLocation": place}
    if e and e["why"]:
        found["message"] = {"text": e["why"]}
    return found


def _uri(file: str) -> str:
    from urllib.parse import quote  # here: only SARIF needs it

    if file == "-":
        return "stdin"
    path = file.replace("\\", "/")
    if path.startswith("/"):
        return "file://" + quote(path)
    if re.match(r"[A-Za-z]:/", path):
        return "file:///" + quote(path, safe="/:")
    return quote(path)
