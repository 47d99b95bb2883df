"""The notes of one episode side by side: how they divide and in which order they stand, the visits, what changed from first
to last, goals carried on, and notes that repeat each other. Plain functions over the facts of the notes.

A place is {note, start, end, text}: note counts from 0, start and end are code points in the text as it was handed in.
"""

import re
from bisect import bisect_left
from datetime import date
from typing import NamedTuple

MOST = 40           # of changes, goals or repeats that are told
LONG_COURSE = 12    # visits: beyond them 97110/continued-visits asks for more
SMALL = 0.25        # of what was wanting at the first note; a smaller change is shown as small, which is no verdict


class Piece(NamedTuple):
    """A note of the record: which text it stands in and where, and its own date ("2026-01-15") or None."""
    source: int
    start: int
    end: int
    date: str | None


# ---------------------------------------------------------------- dates


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_NAME = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_DATE = re.compile(
    r"(?<![\d/.-])(?:(?P<y>20\d\d)-(?P<m>\d\d)-(?P<d>\d\d)|(?P<m2>\d{1,2})(?P<sep>[/.-])(?P<d2>\d{1,2})(?P=sep)(?P<y2>20\d\d|\d\d)"
    rf"|(?P<m3>{_NAME}) {{1,3}}(?P<d3>\d{{1,2}})(?:st|nd|rd|th)?,? {{1,3}}(?P<y3>20\d\d)|(?P<d4>\d{{1,2}})[ -](?P<m4>{_NAME})[ -](?P<y4>20\d\d))(?![\d/])", re.I)
# What may stand before the date of the note itself, and what tells that a date is another's.
_LABEL = re.compile(r"(?:\bdate(?: of (?:service|visit|treatment|session|note|tx|evaluation|eval))?|\bdos|\bd\.o\.s\.?|\b(?:visit|service|treatment|session|note|tx) date"
                    r"|\b(?:mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)[a-z]{0,6}\.?)[ \t:#,=-]{0,6}$", re.I)
_ANOTHERS = re.compile(r"\b(?:dob|d\.o\.b|birth|born|onset|surgery|sx|doi|injury|injured|soc|start of care|referr\w{0,4}|order\w{0,3}|cert\w{0,10}|recert\w{0,10}"
                       r"|poc|plan of care|thru|through|since|until|by|last|next|prior|previous|s/p|signed|printed|due|mri|x-?ray|post-?op|dx|fall|from|to|on)\b"
                       r"[ \t:.#,=-]{0,6}(?:\w{1,12}[ \t:.#-]{1,4}){0,2}$", re.I)
_TITLE = re.compile(r"\b(?:notes?|visit|session|treatment|tx|eval\w{0,8}|re-?eval\w{0,8}|progress|discharge|daily|soap|pt|ot|physical|occupational|therapy|therapist)\b", re.I)
# A line that can only be a note's title, so that it opens one without a blank line above it: "PT daily note 9/22/2026".
_TITLED = re.compile(r"[ \t*#=-]*(?:(?:PT|OT|physical therapy|occupational therapy|hand therapy)\b.{0,30}\b(?:note|evaluation|eval|re-?eval\w*|visit|progress|discharge|treatment|session)\b"
                     r"|(?:daily|progress|treatment|discharge|evaluation|initial|visit|session) (?:note|evaluation|summary|report)\b)", re.I).match
_AFTER_A_TITLE = re.compile(r"\W*(?:(?:visit|session|tx|#)\W*\d+\W*(?:of \d+)?)?\s*", re.I).fullmatch
_MARKS = " \t*#-=|[("  # what may stand before a title
_RULE = re.compile(r"[-=_*#~]{3,}")
_HEAD_LINES = 6     # lines that hold text
_HEAD_WORDS = 14    # in a line that opens a note
_LEAST = 50         # characters of a note


def _iso(match):
    """The date of a match as 2026-01-15, or None when there is no such day. Month before day, as Medicare's notes have it."""
    g = match.groupdict()
    year = int(g["y"] or g["y2"] or g["y3"] or g["y4"])
    month, day = g["m"] or g["m2"] or g["m3"] or g["m4"], int(g["d"] or g["d2"] or g["d3"] or g["d4"])
    month = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
    try:
        return date(year if year > 99 else 2000 + year, month, day).isoformat()
    except ValueError:
        return None


def _lines(text):
    """The lines of a text that hold something: [(start, end)]."""
    return [(m.start(), m.end()) for m in re.finditer(r"[^\r\n]*[^\s][^\r\n]*", text)]


def date_of(text):
    """The day a note gives as its own in its head, as 2026-01-15, or None: none given, or two that differ. Never guessed."""
    labelled, others = [], []
    for n, (start, end) in enumerate(_lines(text[:4000])[:_HEAD_LINES]):
        line = text[start:min(end, start + 300)]
        for match in _DATE.finditer(line):
            before, day = line[:match.start()], _iso(match)
            if _LABEL.search(before):
                labelled.append(day)
            elif not before.strip(_MARKS) or n < 2 and _TITLE.search(before) and not _ANOTHERS.search(before):
                others.append(day)
    found = dict.fromkeys(labelled or others[:1])
    return next(iter(found)) if len(found) == 1 else None


# ---------------------------------------------------------------- one text, several notes


def pieces(texts):
    """The texts of a record -> ([Piece] in their order, "dates" or "given", the numbers of the texts that were divided).

    A text is divided at lines that open a note with its date, when there are two or more. The notes stand in the order of
    their dates when each has one, otherwise as given.
    """
    found, divided = [], []
    for source, text in enumerate(texts):
        starts = _heads(text)
        if len(starts) > 1:
            divided.append(source)
        ends = [*starts[1:], len(text)]
        found += [Piece(source, start, end, date_of(text[start:end])) for start, end in zip(starts, ends)]
    if len(found) > 1 and all(piece.date for piece in found):
        return sorted(found, key=lambda piece: piece.date), "dates", divided
    return found, "given", divided


def _heads(text):
    """Where the notes of a text begin: [0] when it is one note."""
    heads, above, lines = [], None, _lines(text)  # above: the line before that holds something
    for n, (start, end) in enumerate(lines):
        if above is None or _is_title(text[start:end]) or _RULE.fullmatch(text[slice(*above)].strip()) or len(re.findall(r"\r\n|\r|\n", text[above[1]:start])) > 1:
            day = _opens(text[start:end]) or _titles(text[start:end]) and _below_a_title(text, lines[n + 1:n + 3])
            if day:
                heads.append((start, day))
        above = start, end
    kept = []
    for start, day in heads:
        if kept and (day == kept[-1][1] or len(text[kept[-1][0]:start].strip()) < _LEAST):
            continue  # the head of the next page, or of a list
        kept.append((start, day))
    days = [day for _, day in kept]
    if len(kept) < 2 or len(text[kept[-1][0]:].strip()) < _LEAST or days != sorted(days) and days != sorted(days, reverse=True):
        return [0]
    return [0, *(start for start, _ in kept[1:])]


def _is_title(line):
    """Whether a line is a note's title with its date and no more, so that it opens a note without a blank line above it."""
    match = _DATE.search(line, 0, 160)
    return bool(match and _TITLED(line, 0, match.start()) and _AFTER_A_TITLE(line[match.end():]))


def _titles(line):
    """Whether a line is a note's title and no more: "PT DAILY NOTE"."""
    return len(line) <= 60 and len(line.split()) <= 6 and bool(_TITLE.search(line)) and not line.rstrip().endswith(".")


def _below_a_title(text, lines):
    """The day in the one or two lines below a title, or None."""
    return next((day for start, end in lines if (day := _opens(text[start:end]))), None)


def _opens(line):
    """The day of a line that opens a note: a date alone, or with a note's title or a label; or None."""
    match = _DATE.search(line, 0, 160)
    if not match:
        return None
    if not line[:match.start()].strip(_MARKS) and _TITLE.search(" ".join(line[match.end():match.end() + 40].split()[:3])):
        return _iso(match)  # "3/4/2026 OT daily: putty 10 min, ...", the note on the same line
    if len(line) > 160 or len(line.split()) > _HEAD_WORDS:
        return None
    before, after = line[:match.start()], line[match.end():]
    if _ANOTHERS.search(before) and not _LABEL.search(before):
        return None
    alone = not re.sub(r"(?i)\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\b|\W", "", before + after)
    titled = bool(_TITLE.search(before) or _TITLE.search(after)) and (not before.strip(_MARKS) or bool(_TITLE.search(before)) or bool(_LABEL.search(before)))
    labelled = bool(_LABEL.search(before)) and len(before.split()) <= 4
    return _iso(match) if alone or titled or labelled else None


# ---------------------------------------------------------------- visits


def visits(read, claimed):
    """How far the episode has come: {used, from, counted, stated, claimed, by_note}.

    read: the facts of the notes in order; counted: notes with treatment; stated: the largest number of a visit that a note
    gives, with its place; used: the largest of the three. by_note: the visit each note stands at.
    """
    counted, reached, by_note, stated = 0, 0, [], None
    for n, facts in enumerate(read):
        counted += facts.kind != "not-therapy" and facts.treatment == "delivered"
        if facts.visit and (stated is None or facts.visit > stated["value"]):
            seen = next((s for s in facts.measured.get("visits", ()) if s.measure.value == facts.visit), None)
            stated = {"value": facts.visit, **(_spot(n, seen, facts) if seen else {"note": n, "start": 0, "end": 0, "text": ""})}
        reached = max(reached, counted, facts.visit or 0)
        by_note.append(reached)
    used = max(claimed or 0, reached)
    if by_note and claimed:
        by_note[-1] = used
    source = "claim" if claimed == used else "stated" if stated and stated["value"] == used else "counted"
    return {"used": used, "from": source if used else None, "counted": counted, "stated": stated, "claimed": claimed, "by_note": by_note}


def _spot(n, s, facts):
    return {"note": n, "start": s.start, "end": s.end, "text": facts.text.raw[s.start:s.end]}


# ---------------------------------------------------------------- from first to last


_COMPARED = ("motion", "strength", "grip", "test", "assist")
_LACKING = ("knee", "elbow", "finger", "thumb")  # where degrees of extension are what is lacking
_REAL = ("present", "home")


def changes(read, reference, titles):
    """What was measured in the first and in a later note: [{measure, kind, loss, from, to, change, direction, small, goal}].

    The same joint, motion and side, muscle and side, test, or help with an activity. from and to are places with their
    value; direction: better, worse, same, or null when which way is better is not known; loss: whether the first value shows one, or
    null; small: see SMALL; goal: the last one set, or null.
    """
    taken, goals = {}, {}
    for n, facts in enumerate(read):
        if facts.kind == "not-therapy":
            continue
        for kind in _COMPARED:
            for s in facts.measured.get(kind, ()):
                if s.measure.value is None or s.measure.frame == "before":
                    continue
                key = _key(facts, s)
                if key is None:
                    continue
                if s.measure.frame == "goal" or s.means == "planned":
                    goals.setdefault(key, {})[n] = (n, s, facts)
                elif s.means in _REAL and s.section not in ("history", "prior-level", "plan", "goals"):
                    taken.setdefault(key, {}).setdefault(n, (n, s, facts))
    taken, goals = _one_side(taken), _one_side(goals)
    out = [_change(key, [*found.values()], goals.get(key), reference, titles) for key, found in taken.items() if len(found) > 1]
    return [change for change in out if change][:MOST]


def _key(facts, s):
    """What a measure is of: (kind, what, joint, side, the activity helped with), or None when it does not say."""
    m = s.measure
    if m.kind == "assist":
        activity = _activity(facts, s)
        return activity and ("assist", "", "", "", activity)
    if m.kind == "test":
        return "test", m.what, "", m.side if m.side in ("R", "L") else "", ""
    if m.kind == "grip":
        return "grip", m.what, "", m.side, ""
    if m.kind == "motion":
        return m.what and ("motion", m.what, m.joint, m.side, "")
    if not m.what or m.what == "strength" and not m.joint:
        return None
    return "strength", _muscle(m.what), "" if m.what not in _MOTIONS else m.joint, m.side, ""


_MOTIONS = frozenset("flexion extension abduction adduction external-rotation internal-rotation dorsiflexion plantarflexion inversion eversion"
                     " supination pronation radial-deviation ulnar-deviation rotation side-bend raise".split())


def _muscle(what):
    """One name for quad, quads and quadriceps."""
    return what if what in _MOTIONS else what[:4]


def _activity(facts, s):
    """The activity that a level of help is of: the nearest in its sentence, the one before it first."""
    near = [a for a in facts.seen.get("activity", ()) if a.sentence == s.sentence]
    if not near:
        return None
    return min(near, key=lambda a: (abs(a.first - s.first) + 3 * (a.first > s.first), a.first)).concept


def _one_side(taken):
    """Measures of no stated side or joint are of the one that the record names, when it names just one."""
    for place in (2, 3):
        known = {}
        for key in taken:
            if key[place]:
                known.setdefault(key[:place] + key[place + 1:], set()).add(key[place])
        merged = {}
        for key, found in taken.items():
            sides = known.get(key[:place] + key[place + 1:], ())
            if not key[place] and len(sides) == 1:
                key = (*key[:place], next(iter(sides)), *key[place + 1:])
            for n, value in found.items():
                merged.setdefault(key, {}).setdefault(n, value)
        taken = {key: dict(sorted(found.items())) for key, found in merged.items()}
    return taken


_KILOGRAMS = re.compile(r"\bkg", re.I)


def _change(key, found, goals, reference, titles):
    (a, first, facts_a), (b, last, facts_b) = found[0], found[-1]
    texts = facts_a.text.raw[first.start:first.end], facts_b.text.raw[last.start:last.end]
    if key[0] == "grip" and bool(_KILOGRAMS.search(texts[0])) != bool(_KILOGRAMS.search(texts[1])):
        return None  # pounds and kilograms
    sign, normal = _better(key, reference)
    lacking = key[0] == "motion" and key[1] == "extension" and key[2] in _LACKING
    old, new = (abs(x.measure.value) if lacking else x.measure.value for x in (first, last))
    change = round(new - old, 2)
    direction = "same" if not change else None if not sign else "better" if change * sign > 0 else "worse"
    goal = None
    if goals:
        n, s, facts = [*goals.values()][-1]
        goal = {"value": s.measure.value, **_spot(n, s, facts)}
    return {"measure": _label(key, first, titles), "kind": key[0], "loss": first.measure.loss,
            "from": {"value": old, **_spot(a, first, facts_a)}, "to": {"value": new, **_spot(b, last, facts_b)},
            "change": change, "direction": direction, "small": first.measure.loss is not False and _small(old, change, normal), "goal": goal}


def _better(key, reference):
    """(1 when more is better, -1 when less is, 0 when that is not known; the normal value or None)."""
    kind, what, joint, side, activity = key
    if kind == "test":
        test = reference.tests.get(what)
        normal = test and test.get("normal")
        return (0 if not test else 1 if test["worse"] == "below" else -1), None if normal is None else float(normal)
    if kind == "motion":
        if what == "extension" and joint in _LACKING:
            return -1, 0.0
        return (0 if what == "extension" and not joint else 1), reference.joints.get(joint, {}).get(what)
    return 1, {"strength": 5.0, "assist": 9.0}.get(kind)


def _small(old, change, normal):
    """Whether less than a quarter of what was wanting has been made good, or, where no normal value is known, of the first value."""
    wanting = abs(normal - old) if normal is not None else abs(old) * SMALL * 4
    return abs(change) < SMALL * wanting if wanting else False


_SIDES = {"R": "right", "L": "left", "B": "both sides", "O": "other side"}


def _label(key, s, titles):
    """A measure in words: "left knee flexion", "left quads strength", "Timed Up and Go", "help with Bed mobility"."""
    kind, what, joint, side, activity = key
    if kind == "assist":
        return "help with " + titles.get(activity, activity)
    if kind in ("test", "grip"):
        title = titles.get(what, what)
        return " ".join(filter(None, (_SIDES.get(side), title.lower() if kind == "grip" else title)))
    own = "strength" if s.measure.what == "strength" else f"{s.measure.what} strength" if kind == "strength" else what
    return " ".join(filter(None, (_SIDES.get(side), joint, own))).replace("-", " ")


# ---------------------------------------------------------------- goals


_STATUS = frozenset("ongoing continue continued continuing cont progressing met partially not yet unmet in progress new goal goals stg ltg stgs ltgs".split())


def goals(read):
    """Goals that stand unchanged in more than one note: [{text, since, notes}], by where they stand first.

    The same sentence under goals, whatever its numbering and status; since: the place in the first note.
    """
    found = {}
    for n, facts in enumerate(read):
        for key, start, end in _goal_sentences(facts):
            found.setdefault(key, []).append((n, start, end))
    out = []
    for key, places in found.items():
        notes = [*dict.fromkeys(n for n, _, _ in places)]
        if len(notes) > 1:
            n, start, end = places[0]
            text = read[n].text.raw[start:end]
            out.append({"text": text, "since": {"note": n, "start": start, "end": end, "text": text}, "notes": notes})
    out.sort(key=lambda goal: (goal["since"]["note"], goal["since"]["start"]))
    return out[:MOST]


def _goal_sentences(facts):
    """What is said below a heading for goals: [(what it comes down to, start, end)]."""
    text, out = facts.text, []
    for section in facts.sections:
        if section.id != "goals":
            continue
        low = bisect_left(text.starts, section.heading[1])
        high = bisect_left(text.starts, section.end)
        while low < high:
            if not text.words[low].isalnum():
                low += 1
                continue
            last = min(text.sentences[text.sentence_of[low]][1], high)
            words = [word for word in text.words[low:last] if word.isalnum() or word in ("/", "+", "-")]
            while words and (words[0] in _STATUS or words[0].isdigit() and len(words[0]) == 1 or not words[0].isalnum()):
                words.pop(0)
            while words and (words[-1] in _STATUS or not words[-1].isalnum()):
                words.pop()
            if len([word for word in words if word.isalpha()]) >= 2:
                out.append((tuple(words), *text.offsets(low, last)))
            low = last
    return out


# ---------------------------------------------------------------- notes that repeat each other


SHINGLE = 4         # words
REPEATED = 0.85     # of a note's words stand in the same order in an earlier one
_LEAST_WORDS = 20
_LONG_LINE = 90     # code points: a longer line belongs to no head
_SHOWN = 5          # sentences that differ


def repeats(read):
    """Notes that repeat an earlier one nearly word for word: [{note, of, share, same, differs}].

    share: how much of the note, in hundredths; same: how many sentences are the same; differs: places of the first that are
    not. The head of a note does not count. Each run of four words is looked up once, so the time grows with the record.
    """
    latest, bodies, sentences, out = {}, [], [], []
    for n, facts in enumerate(read):
        words, first = _body(facts)
        runs = {tuple(words[i:i + SHINGLE]) for i in range(len(words) - SHINGLE + 1)}
        met = {}
        for run in runs:
            if run in latest:
                met[latest[run]] = met.get(latest[run], 0) + 1
            latest[run] = n
        bodies.append(runs)
        sentences.append(_sentences(facts, first))
        # The note that is repeated is one of the two that were last to hold most of the runs.
        near = sorted(met, key=lambda m: (met[m], m))[-2:] if len(words) >= _LEAST_WORDS else []
        if not near:
            continue
        share, of = max((len(runs & bodies[m]) / len(runs), m) for m in near)
        if share >= REPEATED:
            theirs = {key for key, *_ in sentences[of]}
            own = sentences[n]
            differs = [{"note": n, "start": a, "end": b, "text": facts.text.raw[a:b]} for key, a, b in own if key not in theirs]
            out.append({"note": n, "of": of, "share": int(100 * share), "same": len(own) - len(differs), "sentences": len(own),
                        "differs": differs[:_SHOWN]})
    return out[:MOST]


def _body(facts):
    """The words of a note below its head (of its first two lines those that are short), and the number of the first."""
    text, lines = facts.text, []
    for i, line in enumerate(text.line_of):
        if not lines or lines[-1] != line:
            lines.append(line)
            a, b = text.lines[line]
            if len(lines) == 3 or b - a > _LONG_LINE:
                return text.words[i:], i
    return text.words, 0


def _sentences(facts, first):
    """The sentences of a note from a word on: [(words, start, end)]."""
    text = facts.text
    return [(tuple(text.words[a:b]), *text.offsets(a, b)) for a, b in text.sentences if a >= first and b > a]


# ---------------------------------------------------------------- all of it


def episode(read, order, divided, counted, reference, titles):
    """What the notes say together: {order, divided, visits, changes, long_course, goals, repeats}.

    counted: of `visits`. long_course: past twelve visits, {visits, small: the measures that changed little}, otherwise null.
    """
    found = changes(read, reference, titles)
    small = [change["measure"] for change in found if change["small"]]
    long_course = {"visits": counted["used"], "small": small} if counted["used"] > LONG_COURSE else None
    return {"order": order, "divided": divided, "visits": {key: counted[key] for key in ("used", "from", "counted", "stated", "claimed")},
            "changes": found, "long_course": long_course, "goals": goals(read), "repeats": repeats(read)}


def moved(found, starts):
    """The same with every place moved by where its note starts in the text handed in. found: plain data with places."""
    if isinstance(found, list):
        return [moved(part, starts) for part in found]
    if not isinstance(found, dict):
        return found
    out = {key: moved(value, starts) for key, value in found.items()}
    if "note" in out and "start" in out:
        by = starts[out["note"]]
        out["start"], out["end"] = out["start"] + by, out["end"] + by
    return out
