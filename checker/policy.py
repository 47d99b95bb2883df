"""What the policy says on a day, and what governs a claim.

In: the bundle (plain data) and a claim: {"on", "contractor", "state", "discipline", "side", "visit"}, each optional.
Out: plain answers. Status is always computed from dates. Where a date is unknown the answer is "unknown", never a guess:

    status_on(lcd, day)                 -> Status(status, version, text)
    statement_on(policy, id, day)       -> the words of a statement on a day, and which LCDs carry them
    contractors_for(policy, state, side)-> the contractors that serve a state
    validate_claim(policy, claim)       -> the claim with all six keys, or ClaimError
    governing(policy, claim)            -> (LCDs known to govern, gaps: what is unknown, missing or does not fit)
    authority(policy, statement, governing) -> "binding" or "guidance"

Days are text, YYYY-MM-DD, so that they compare as they read.
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

CLAIM_KEYS = ("on", "contractor", "state", "discipline", "side", "visit")
DISCIPLINES = ("PT", "OT")
SIDES = ("A", "B")

NATIONAL = ("National policy and the reasonable-and-necessary standard still apply; "
            "the LCD of another contractor does not.")


class ClaimError(ValueError):
    """A claim that cannot be: the message is one line that says what is wrong and what would be right."""


class Status(NamedTuple):
    status: str            # not yet | in force | superseded | retired | unknown
    version: str | None    # "36", "35 or 36", or None when it cannot be told
    text: str              # why, in words


@dataclass(frozen=True)
class Policy:
    """The bundle, ready to be asked. The values are the bundle's plain data: read them, never change them."""
    version: str
    digest: str
    id: str
    title: str
    label: str
    statements: dict       # id -> statement, in the order of the policy
    lcds: dict             # id -> LCD
    contractors: dict      # id -> contractor
    states: dict           # code -> name
    rules: tuple           # in the order of the report
    reaches: dict          # LCD id -> whom it is for, in words
    lexicon: dict


def from_bundle(bundle: dict) -> Policy:
    """The Policy of a parsed bundle."""
    document, places = bundle["policy"], bundle["contractors"]
    contractors = _by_id(places["contractors"])
    return Policy(
        version=bundle["version"], digest=bundle.get("digest", ""),
        id=document["id"], title=document["title"], label=document["label"],
        statements=_by_id(document["statements"]), lcds=_by_id(bundle["lcds"]),
        contractors=contractors, states=places["states"], reaches={lcd["id"]: _reach(contractors, lcd) for lcd in bundle["lcds"]},
        rules=tuple(bundle["rules"]), lexicon=bundle["lexicon"])


def _by_id(items):
    return {item["id"]: item for item in items}


# -- an LCD on a day


def status_on(lcd: dict, day: str) -> Status:
    """What an LCD was on a day, from the dates in its file. An unknown date makes the answer unknown."""
    name, dated = lcd["id"], [r for r in lcd["revisions"] if r["effective"]]
    if not dated:
        return Status("unknown", None, f"No effective date of {name} is known.")
    first = dated[-1]
    if day < first["effective"]:
        if first.get("original"):
            return Status("not yet", None, f"{name} took effect on {first['effective']}.")
        return Status("unknown", None, f"The first day known for {name} is {first['effective']}. {lcd.get('earlier') or ''}".strip())
    return _ended(lcd, day) or _in_force(lcd, day, dated)


def _ended(lcd, day):
    """The status of a day on which the LCD is no longer known to be in force, or None."""
    name, checked = lcd["id"], lcd["checked"]
    last, gone = lcd["last_day"] or lcd.get("last_seen"), lcd.get("gone_by")
    if last and day > last:
        if gone and day < gone:
            why = lcd["last_day_reason"] if lcd["last_day"] else lcd["last_seen_reason"]
            days = f"on {gone}" if (first := _next(last)) == (gone := _before(gone)) else f"from {first} to {gone}"
            return Status("unknown", None, f"Whether {name} was in force {days} is not known. {why}")
        why = lcd["last_day_reason"] if lcd["last_day"] else f"{lcd['gone_by_reason']} {lcd['last_day_reason']}"
        word = "superseded" if checked["status"] == "superseded" else "retired"
        since = f"{word}, last in force on {lcd['last_day']}" if lcd["last_day"] else f"{word}, no longer active on {gone}"
        return Status(word, None, f"{name} is {since}. {why}")
    return None


def _in_force(lcd, day, dated):
    """The status of a day on which the LCD is known to be in force, with the version, or the versions it may be."""
    name, checked = lcd["id"], lcd["checked"]
    revision = next(r for r in dated if r["effective"] <= day)
    # Revisions above it whose own day is unknown may have begun by then.
    newer = lcd["revisions"][:lcd["revisions"].index(revision)]
    maybe = [r for r in newer if not r["effective"] and (r.get("not_before") or "") <= day]
    versions = [r["version"] for r in (revision, *reversed(maybe))]
    if None in versions:
        version, text = None, f"{name} was in force; which version is not known. {revision.get('version_reason') or ''}"
    else:
        version = " or ".join(versions)
        text = f"{name}, version {version}; version {versions[0]} is in force from {revision['effective']}."
        text = " ".join([text, *(r["reason"] for r in maybe)]) if maybe else f"{name}, version {version}, in force from {revision['effective']}."
    if day > checked["dated"] and not lcd["last_day"] and not lcd.get("gone_by"):
        text += f" {checked['reason']}"
    if _after_checked(lcd, day):
        text += f" Last checked on {checked['on']}; what has changed since is not known here."
    return Status("in force", version, text.strip())


def _after_checked(lcd, day):
    """Whether a day lies after the last look at a live LCD. It counts as in force as last seen, and a gap says so."""
    return not lcd["last_day"] and day > lcd["checked"]["on"]


def _next(day):
    return date.fromordinal(date.fromisoformat(day).toordinal() + 1).isoformat()


def _before(day):
    return date.fromordinal(date.fromisoformat(day).toordinal() - 1).isoformat()


# -- a statement on a day


def statement_id(policy: Policy, name: str) -> str:
    """The plain id of `97110/pain`, `97110/pain@2026-01-01` or `pain`. Raises ClaimError when there is none."""
    plain = name.removeprefix(policy.id + "/").split("@")[0]
    if plain not in policy.statements:
        raise ClaimError(_no("statement", name, [f"{policy.id}/{key}" for key in policy.statements]))
    return plain


def statement_on(policy: Policy, name: str, day: str) -> dict:
    """A statement's words on a day: {statement, heading, title, force, lead, text, effective, note, carried_by}.

    `note` says how sure it is that these were the words that day; `carried_by` gives each LCD's status that day.
    """
    statement = policy.statements[statement_id(policy, name)]
    revision, note = _revision_on(statement, day)
    carried = []
    for carrier in statement["carried_by"]:
        lcd = policy.lcds[carrier["lcd"]]
        status = status_on(lcd, day)
        carried.append({"lcd": lcd["id"], "version": carrier["version"], "match": carrier["match"],
                        "for": reach(policy, lcd), "status": status.status, "text": status.text})
    return {"statement": f"{policy.id}/{statement['id']}", "heading": statement["heading"], "title": statement["title"],
            "force": statement["force"], "lead": revision.get("lead"), "text": revision["text"],
            "effective": revision["effective"], "note": note, "carried_by": carried}


def _revision_on(statement, day):
    """(revision, note). A revision of unknown day stands for every day that no dated one claims."""
    for revision in statement["revisions"]:
        if revision["effective"] and revision["effective"] <= day:
            return revision, f"In these words from {revision['effective']}."
        if not revision["effective"]:
            read = revision["read"]
            return revision, f"Read on {read['on']} in {read['lcd']}, version {read['version']}. {revision['reason']}"
    oldest = statement["revisions"][-1]
    return oldest, f"The words before {oldest['effective']} are not known; these are the oldest we have."


def reach(policy: Policy, lcd: dict) -> str:
    """Whom an LCD is for: "CGS Administrators, LLC: KY, OH; PT and OT; Part A and Part B"."""
    return policy.reaches[lcd["id"]]


def _reach(contractors, lcd):
    states = ", ".join(state for place in lcd["jurisdictions"] for state in place["states"])
    discipline = " and ".join(lcd["discipline"] or ()) or "discipline not read"
    side = " and ".join(f"Part {s}" for s in lcd["side"] or ()) or "claim side not read"
    return f"{contractors[lcd['contractor']]['name']}: {states}; {discipline}; {side}"


def carried_by(policy: Policy, name: str) -> list[dict]:
    """The LCDs that carry a statement: [{lcd, version, for}]."""
    statement = policy.statements[statement_id(policy, name)]
    return [{"lcd": c["lcd"], "version": c["version"], "for": reach(policy, policy.lcds[c["lcd"]])}
            for c in statement["carried_by"]]


def authority(policy: Policy, name: str, governing: list[dict]) -> str:
    """"binding" when an LCD that carries the statement is known to govern the claim, else "guidance".

    An LCD whose own reach was never read (claim side or discipline) binds nothing.
    """
    carriers = {c["lcd"] for c in policy.statements[statement_id(policy, name)]["carried_by"]}
    binds = (entry["status"] == "in force" and policy.lcds[entry["lcd"]]["side"] and policy.lcds[entry["lcd"]]["discipline"]
             for entry in governing if entry["lcd"] in carriers)
    return "binding" if any(binds) else "guidance"


# -- the claim


def validate_claim(policy: Policy, claim: dict | None) -> dict:
    """The claim with all six keys, ids and codes as the policy writes them, None for what is not given."""
    try:
        claim = dict(claim or {})
    except (TypeError, ValueError):
        raise ClaimError(f'a claim has fields with values, as {{"state": "KY"}}, and this is a {type(claim).__name__}') from None
    for key in claim:
        if key not in CLAIM_KEYS:
            raise ClaimError(_no("claim field", key, CLAIM_KEYS))
    given = {key: None if claim.get(key) in (None, "") else claim[key] for key in CLAIM_KEYS}
    return {
        "on": _day(given["on"]),
        "contractor": _one_of("contractor", given["contractor"], _names(policy.contractors)),
        "state": _one_of("state", given["state"], {name: code for code, name in policy.states.items()} | dict(zip(policy.states, policy.states))),
        "discipline": _one_of("discipline", given["discipline"], dict(zip(DISCIPLINES, DISCIPLINES))),
        "side": _one_of("claim side", given["side"], {"A": "A", "B": "B", "Part A": "A", "Part B": "B"}),
        "visit": _visit(given["visit"]),
    }


def _names(items):
    return {item["name"]: key for key, item in items.items()} | {key: key for key in items}


def _one_of(what, value, known):
    """The id that a name stands for; `known` is {name: id}. Case does not matter."""
    if value is None:
        return None
    plain = str(value).strip().casefold()
    for name, key in known.items():
        if name.casefold() == plain:
            return key
    raise ClaimError(_no(what, value, list(known), sorted(set(known.values()))))


def _no(what, value, known, shown=None):
    """One line: there is no such thing; what may be meant; what there is."""
    import difflib  # only a mistake needs it, and every check pays for what is imported above

    value = " ".join(str(value).split())[:60]
    near = difflib.get_close_matches(value.casefold(), [k.casefold() for k in known], 1, 0.7)
    meant = next((k for k in known if near and k.casefold() == near[0]), None)
    hint = f'did you mean "{meant}"?' if meant else f"use one of: {', '.join(shown or known)}"
    return f'there is no {what} "{value}"; {hint}'


def _day(value):
    if value is None:
        return None
    text = str(value).strip()
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        raise ClaimError(f'"{" ".join(text.split())[:60]}" is no date of service; write it as 2026-01-15 (year, month, day)')
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ClaimError(f'there is no day {text}; write the date of service as 2026-01-15 (year, month, day)') from None


def _visit(value):
    if value is None:
        return None
    try:
        text = str(value).strip()
    except ValueError:  # Python writes no number as long as that
        text = "a number too long to write"
    if isinstance(value, (bool, float)) or not re.fullmatch(r"-?[0-9]{1,9}", text) or int(text) < 1:
        raise ClaimError(f'there is no visit "{" ".join(text.split())[:60]}"; a visit is a whole number, 1 for the first')
    return int(text)


# -- what governs it


def contractors_for(policy: Policy, state: str, side: str | None = None) -> tuple[str, ...]:
    """The contractors that may process a claim from a state on a claim side; none when no source read says so."""
    return tuple(key for key, contractor in policy.contractors.items() if _serves(contractor, state, side))


def _serves(contractor, state, side):
    """The jurisdictions in which a contractor serves a state, in whole or for one claim side in a part of it."""
    return [place["id"] for place in contractor["jurisdictions"]
            if state in place["states"] or any(_excepted(e, state, side) for e in place.get("side_exceptions") or ())]


def _excepted(exception, state, side):
    return exception["state"] == state and side in (None, exception["side"])


def governing(policy: Policy, claim: dict) -> tuple[list[dict], list[dict]]:
    """(governing, gaps) of a claim.

    governing: [{lcd, version, status, text}], only LCDs known to govern it on its day.
    gaps: [{code, text}]: whatever keeps the answer from being whole. With nothing governing there is always a gap.
    """
    claim = validate_claim(policy, claim)
    if not any(claim[key] for key in ("on", "contractor", "state", "discipline", "side")):
        return [], [_gap("no-claim", "No claim was given (date of service, state or contractor, discipline, claim side), so "
                                     "nothing can be said to bind it: every statement is shown as guidance.")]
    gaps = []
    if not claim["on"]:
        gaps.append(_gap("no-date", "No date of service was given, so it cannot be told which policy was in force."))
    contractor, found = _contractor(policy, claim)
    gaps += found
    if not contractor or not claim["on"]:
        return [], gaps
    entries, found = _of_contractor(policy, contractor, claim)
    return entries, gaps + found


def _gap(code, text):
    return {"code": code, "text": text}


def _contractor(policy, claim):
    """(the contractor of a claim or None, gaps)."""
    given, state, side = claim["contractor"], claim["state"], claim["side"]
    if not state:
        if given:
            return policy.contractors[given], []
        return None, [_gap("no-state", "Neither a state nor a contractor was given, so it cannot be told whose policy governs.")]
    serving = contractors_for(policy, state, side)
    place = policy.states[state]
    if given:
        contractor = policy.contractors[given]
        if given in serving:
            return contractor, []
        if serving or contractor["jurisdictions"]:
            others = " or ".join(policy.contractors[key]["name"] for key in serving)
            known = f" It is served by {others.rstrip('.')}." if others else ""
            return None, [_gap("state-mismatch", f"{place} is not among the states read for {contractor['name']}"
                                                 f"{f' on Part {side}' if side else ''}.{known} Check the state and the contractor.")]
        return contractor, [_gap("state-not-read", f"Which states {contractor['name']} serves was not read, so it is taken at your word for {place}.")]
    if not serving:
        return None, [_gap("state-not-read", f"No source read says which contractor serves {place}. Give the contractor if you know it.")]
    if len(serving) > 1:
        return None, [_gap("contractor-ambiguous", _ambiguous(policy, state, side, serving))]
    return policy.contractors[serving[0]], []


def _ambiguous(policy, state, side, serving):
    parts = []
    for key in serving:
        contractor = policy.contractors[key]
        partly = [f"for Part {e['side']}, {e['part']}" for place in contractor["jurisdictions"]
                  for e in place.get("side_exceptions") or () if _excepted(e, state, side)]
        parts.append(contractor["name"] + (f" ({'; '.join(partly)})" if partly else ""))
    more = "" if side else " or the claim side"
    return f"Claims from {policy.states[state]} go to {' or to '.join(parts)}. Give the contractor{more}."


def _of_contractor(policy, contractor, claim):
    """(governing, gaps) when contractor and day are known."""
    entries, gaps, open_question = [], [], False
    for lcd in (policy.lcds[key] for key in contractor["lcds"]):
        fits, found = _fit(policy, lcd, contractor, claim)
        status = status_on(lcd, claim["on"])
        known_over = fits is not False and status.status in ("not yet", "superseded", "retired")
        gaps += [] if known_over else found     # whom it reached is no question when it was not in force
        if fits is False:
            continue
        if status.status != "in force":
            gaps.append(_gap(_why_not(lcd, status, claim["on"]), status.text))
            open_question = open_question or status.status == "unknown"
        elif fits:
            entries.append({"lcd": lcd["id"], "version": status.version, "status": status.status, "text": status.text})
            gaps += _reading_gaps(policy, lcd, status)
            if _after_checked(lcd, claim["on"]):
                gaps.append(_gap("after-checked", f"{lcd['id']} was {lcd['checked']['status']} when last checked, on {lcd['checked']['on']}. "
                                                  "Whether it has changed since is not known here: look at the source before relying on it."))
        else:
            open_question = True
    for other in contractor.get("other_lcds") or ():
        found = _other(other, contractor, claim)
        gaps += found
        open_question = open_question or bool(found)
    if not entries and not open_question:
        gaps += _none(contractor, claim)
    return entries, gaps


def _fit(policy, lcd, contractor, claim):
    """(True fits, False does not, None cannot be told; gaps) for place, discipline and claim side."""
    gaps, fits = [], True
    for code, what, needs, has, reason in (
            ("discipline", "discipline", lcd["discipline"], claim["discipline"], lcd.get("discipline_reason")),
            ("side", "claim side", lcd["side"], claim["side"], lcd.get("side_reason"))):
        names = _sides(needs or ()) if code == "side" else " and ".join(needs or ())
        if needs is None:  # our reading is short, not the claim: it stays in the list, and authority() lets it bind nothing
            gaps.append(_gap(f"{code}-unknown", f"{lcd['id']}: {reason}"))
        elif has and has not in needs:
            gaps.append(_gap(f"{code}-mismatch", f"{lcd['id']} is for {names}; this claim is for {_sides([has]) if code == 'side' else has}."))
            return False, gaps
        elif not has and len(needs) < 2:
            gaps.append(_gap(f"{code}-unknown", f"{lcd['id']} is for {names} only, and the {what} was not given."))
            fits = None
    served = _serves(contractor, claim["state"], claim["side"]) if claim["state"] else [p["id"] for p in lcd["jurisdictions"]]
    places = [place for place in lcd["jurisdictions"] if place["id"] in served]
    if not places:
        return False, gaps + [_gap("state-mismatch", f"{lcd['id']} does not reach {policy.states[claim['state']]}.")]
    unsure = [place for place in places if (place.get("known_from") or "") > claim["on"]]
    if unsure:
        states = ", ".join(unsure[0]["states"])
        gaps.append(_gap("reach-unknown", f"Whether {lcd['id']} applied in {states} on {claim['on']} is not known. {unsure[0]['known_from_reason']}"))
        fits = None
    return fits, gaps


def _sides(sides):
    return " and ".join(f"Part {side}" for side in sides)


def _why_not(lcd, status, day):
    if status.status == "not yet":
        return "before-first"
    if status.status in ("retired", "superseded"):
        return "retired"
    return "before-first" if day < min(r["effective"] for r in lcd["revisions"] if r["effective"]) else "status-unknown"


def _reading_gaps(policy, lcd, status):
    """What is not known about the words, although the LCD is in force."""
    read = sorted({c["version"] for s in policy.statements.values() for c in s["carried_by"] if c["lcd"] == lcd["id"]})
    words = f"The words shown were read in version {' and '.join(read)}." if read else ""
    gaps = []
    if status.version is None or " or " in status.version:
        which = "Which version" if status.version is None else f"Whether version {status.version}"
        gaps.append(_gap("version-unknown", f"{which} of {lcd['id']} held on the day is not known. {words}".strip()))
    elif read and status.version not in read:
        gaps.append(_gap("wording-unread", f"{lcd['id']} was in force in version {status.version}, which was not read. {words}"))
    if not read:
        gaps.append(_gap("wording-unread", f"No statement here was traced to {lcd['id']}: its text on 97110 was not readable, so "
                                           "what it asks is not known here."))
    return gaps


def _other(other, contractor, claim):
    """The gap for an LCD that is known to exist, but whose text is not in this policy."""
    day, sure = claim["on"], True
    for needs, has in ((other["discipline"], claim["discipline"]), (other["side"], claim["side"])):
        if has and has not in needs:
            return []
        sure = sure and (has is not None or len(needs) > 1)
    if other.get("original") and day < other["original"]:
        return []
    text = (f"{contractor['name']} has another LCD, {other['id']} {other['title']} ({' and '.join(other['discipline'])}; "
            f"{_sides(other['side'])}), which {'is the one for' if sure else 'may be the one for'} this claim. {other['why']}")
    if day < other["effective"]:
        text += f" Version {other['version']} took effect on {other['effective']}; the version of {day} was not read."
    if day > other["as_of"]:
        text += f" It was {other['status']} when last read, {other['as_of']}."
    return [_gap("other-lcd", text)]


def _none(contractor, claim):
    """The gaps when the contractor has no LCD for the claim."""
    none, day = contractor.get("no_lcd"), claim["on"]
    if not none or (none.get("side") and claim["side"] not in none["side"]):
        return [_gap("no-lcd", f"No LCD of {contractor['name']} in force for this claim is known here. {NATIONAL}")]
    early = f" What held before {none['since']} was not read." if day < none["since"] else ""
    gaps = [_gap("no-lcd", f"{none['text']}{early} {NATIONAL}")]
    if day > none["checked"]:
        gaps.append(_gap("after-checked", f"{contractor['name']} was last checked for an LCD on {none['checked']}; one made since would not be known here."))
    return gaps
