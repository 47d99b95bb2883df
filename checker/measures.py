"""Numbers with a meaning: degrees, grades, assistance, pain, vitals, minutes, visits, doses, timed tests.

Every number of the note is looked at once, with its unit and with the anchors (motion, joint, muscle, test, vital)
around it in the same sentence. A range keeps both ends; nothing is averaged. Units as written: degrees, seconds,
minutes, feet or metres, pounds or kilograms, points.
"""

import re
from typing import NamedTuple

from .text import is_table_row

KINDS = ("strength", "motion", "test", "assist", "pain", "grip", "percent", "distance", "seconds", "heart-rate",
         "blood-pressure", "oximetry", "exertion", "minutes", "visits", "dose", "load", "number")

_UNITS = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
          "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
          "seventeen": 17, "eighteen": 18, "nineteen": 19, "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5,
          "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10, "eleventh": 11, "twelfth": 12,
          "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17, "eighteenth": 18,
          "nineteenth": 19, "twentieth": 20, "thirtieth": 30}
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_ORDINALS = {w for w in _UNITS if w.endswith(("th", "rst", "ond", "ird"))}
_RIGHT = {"r", "rt", "right", "rle", "rue", "rtka", "rtha", "rtsa"}
_LEFT = {"l", "lt", "left", "lle", "lue", "ltka", "ltha", "ltsa"}
_BOTH = {"b", "bilat", "bilateral", "bilaterally", "both", "ble", "bue", "bles", "bues", "bil"}
_OTHER = {"uninvolved", "uninjured", "contralateral", "unaffected", "nonaffected", "opposite", "noninvolved", "sound"}
_ONE_SIDE = _RIGHT | _LEFT
_SIDES = _RIGHT | _LEFT | _BOTH | _OTHER | {"good", "other"}
_BEFORE = {"was", "were", "initial", "initially", "eval", "ie", "baseline", "soc", "from", "previously", "prior", "had",
           "admission", "preop", "start", "previous", "originally", "first"}
_NOW = {"now", "today", "current", "currently", "to", "is", "are", "dc", "present", "latest", "improved", "increased"}
_DATE_BEFORE = {"on", "since", "date", "dos", "dob", "dated", "until", "thru", "through", "by", "appt", "seen", "mon",
                "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun", "soc", "onset", "doi"}
_SPLIT = re.compile(r"^\d+$")


class Number(NamedTuple):
    """A number as written: words first..last-1, its value (the last end of a range), low end, sign "+" "-" or ""."""
    first: int
    last: int
    value: float
    low: float | None
    sign: str


class Measure(NamedTuple):
    """A number and what it measures.

    kind: one of KINDS; what: motion, muscle, test or level; joint: joint id or ""; side: R, L, B or "";
    value: as written (grades: 3.5 for 3+, 3.33 for 4-); loss: True, False or None (cannot be told);
    frame: now, before or goal; first..last-1: its words; start, end: code points.
    """
    kind: str
    what: str
    joint: str
    side: str
    value: float | None
    loss: bool | None
    frame: str
    first: int
    last: int
    start: int
    end: int


# ---------------------------------------------------------------- numbers


def numbers(text):
    """The numbers of a text.Text, digits or spelled ("one hundred and five", "four minus") -> [Number], in order."""
    words, out, i = text.words, [], 0
    while i < len(words):
        word = words[i]
        if word[0].isdigit():
            try:
                value = float(word)
            except ValueError:  # digits of another script that float() does not read
                i += 1
                continue
            last = i + 1
        elif word in _UNITS or word in _TENS:
            value, last = _spelled(words, i)
            if last is None:
                i += 1
                continue
        else:
            i += 1
            continue
        last, sign = _sign(text, last, value)
        out.append(Number(i, last, value, None, sign))
        i = last
    return out


def _spelled(words, i):
    value, last = 0, i
    if i + 1 < len(words) and 1 <= _UNITS.get(words[i], 0) <= 9 and words[i + 1] in (*_TENS, "oh", *_TEENS):
        # spoken hundreds: "one sixty five", "one oh four", "one eighteen"
        rest, end = (_UNITS.get(words[i + 2] if i + 2 < len(words) else "", 0), i + 3) if words[i + 1] == "oh" else _spelled(words, i + 1)
        if end is not None:
            return _UNITS[words[i]] * 100.0 + rest, end
    while last < len(words):
        word = words[last]
        if word in _TENS:
            value += _TENS[word]
        elif word in _UNITS:
            if word in ("second", "first") and last == i and word == "second":
                return 0, None  # "thirty second sit to stand", "per second"
            if last > i and words[last - 1] in _UNITS:
                break
            value += _UNITS[word]
        elif word == "hundred" and last > i:
            value *= 100
        elif word == "and" and last > i and words[last - 1] == "hundred":
            pass
        else:
            break
        last += 1
    return (float(value), last) if last > i else (0, None)


def _sign(text, last, value):
    """The plus or minus of a grade, written against its number and not against another one ("3-", but not "3-4")."""
    words = text.words
    if last < len(words) and value <= 5:
        word = words[last]
        if word in ("plus", "minus"):
            return last + 1, "+" if word == "plus" else "-"
        joined = last + 1 < len(words) and words[last + 1][0].isdigit() and text.starts[last + 1] == text.ends[last]
        if word in ("+", "-") and text.starts[last] == text.ends[last - 1] and not joined:
            return last + 1, word
    return last, ""


# ---------------------------------------------------------------- anchors


def _grade(number):
    step = {"+": 0.33, "-": -0.33, "": 0.0}[number.sign]
    return round(number.value + step, 2)


class Reference:
    """The measures of the lexicon made ready, once for a policy: tests, joints, levels, units and their normal values."""

    def __init__(self, data):
        self.tests = {t["id"]: t for t in data["tests"]}
        self.grip = {g["id"]: float(g["normal"]) for g in data["grip"]}
        self.vitals = {v["id"] for v in data["vitals"]}
        self.joints = {j["id"]: j.get("normal") or {} for j in data["joints"]}
        self.assist = {a["id"]: int(a["rank"]) for a in data["assist"]}
        self.units = {u: name for name, unit in data["units"].items() for u in unit}
        self.tolerance = float(data["tolerance"])


class _Anchors:
    """The anchors of a note, by the word they begin at: what a number can belong to."""

    def __init__(self, hits, reference):
        self.by_first = {}
        for hit in hits:
            group, name = hit.concept.split(":", 1)
            self.by_first.setdefault(hit.first, []).append((hit.last, group, name))
        self.firsts = sorted(self.by_first)
        self.default = ""
        self.tests, self.grip, self.vitals, self.joints = reference.tests, reference.grip, reference.vitals, reference.joints
        self.assist, self.units, self.tolerance = reference.assist, reference.units, reference.tolerance

    def at(self, i, group):
        """The id of the group's anchor that begins at word i, or ""."""
        return next((name for _, g, name in self.by_first.get(i, ()) if g == group), "")


def find(text, hits, reference, sections_at):
    """text, measure anchors of concepts.find, Reference, offset -> section: the [Measure] in the order of the note."""
    anchors = _Anchors(hits, reference)
    anchors.default = next((name for first in anchors.firsts for _, group, name in anchors.by_first[first]
                            if group == "joints" and name not in ("finger", "thumb", "toe")), "")
    found = numbers(text)
    out = []
    by_sentence = {}
    for number in found:
        by_sentence.setdefault(text.sentence_of[number.first], []).append(number)
    tables, headers = _tables(text)
    for sentence, group in by_sentence.items():
        out += _sentence(text, sentence, group, anchors, tables, headers)
    out += _levels(text, anchors)
    out.sort(key=lambda m: (m.start, m.end, m.kind))
    out = [_rated(text, _goal(m, sections_at), sections_at) for m in out]
    return _compare(out, text, anchors)


def _rated(text, measure, sections_at):
    """A bare number behind a label in a section on pain ("Worst: 7") is a rating."""
    if measure.kind == "number" and measure.value is not None and measure.value <= 10 and _word(text.words, measure.first - 1) in (":", "="):
        section = sections_at(measure.start)
        if section is not None and section.id == "pain" and _word(text.words, measure.first - 2) in _RATING_LABELS:
            return measure._replace(kind="pain", what="pain")
    return measure


_RATING_LABELS = {"current", "currently", "now", "today", "best", "worst", "average", "rest", "activity", "rating", "level", "usual", "least", "pain"}


def _goal(measure, sections_at):
    section = sections_at(measure.start)
    if section is not None and section.means == "planned" and measure.frame == "now" and section.id == "goals":
        return measure._replace(frame="goal")
    return measure


def _sentence(text, sentence, group, anchors, tables, headers):
    """The measures of one sentence: each number is read once, left to right, with what was read before it."""
    words = text.words
    first, last = text.sentences[sentence]
    state = {"side": "", "what": "", "kind": "", "joint": "", "pending": [], "motion_named": False}
    seen = {a: anchors.by_first[a] for a in range(first, last) if a in anchors.by_first}
    inside = {i for a, entries in seen.items() for end, _, _ in entries for i in range(a, end)}
    signed = {text.line_of[n.first] for n in group if n.sign}
    marks = [i for i in range(first, last) if i in seen or words[i] in _SIDES]
    out, at, skip = [], 0, -1
    for n, number in enumerate(group):
        while at < len(marks) and marks[at] < number.first:
            _step(words, marks[at], seen, state)
            at += 1
        for _, name, _ in seen.get(number.first, ()):
            if name == "tests":
                _step(words, number.first, seen, state)
        if number.first < skip or text.line_of[number.first] in headers or number.first in inside and number.first not in seen:
            continue
        if text.line_of[number.first] in tables and text.line_of[number.first] in signed:
            state["strength"] = True  # "3-   3+   4": a row of grades
        nxt = group[n + 1] if n + 1 < len(group) else None
        measure, skip = _read(text, number, nxt, first, last, state, anchors, group, n)
        if measure is not None:
            out.append(measure)
            state["last"] = measure
        if measure is not None and measure.kind in ("strength", "motion", "grip", "test"):
            state["after"] = measure.kind
        if number.sign and measure is not None and measure.kind == "strength":
            state["strength"] = True  # after "three plus", the plain "five" of the same sentence is a grade too
    return _under_headers(text, out, tables)


def _under_headers(text, found, tables):
    """Measures in rows of a table take side and time from their column: by order when each column has one."""
    out = []
    for line in dict.fromkeys(text.line_of[m.first] for m in found):
        row = [m for m in found if text.line_of[m.first] == line]
        cells = tables.get(line)
        if cells and len(row) == len(cells):
            row = [m._replace(side=c[1] or m.side, frame=c[2] or m.frame) for m, c in zip(row, cells)]
        elif cells:
            row = [_from_header(m, cells, text) for m in row]
        out += row
    return out


def _step(words, i, seen, state):
    word = words[i]
    if word in _OTHER or word in ("good", "other") and _word(words, i + 1) in ("side", "leg", "arm", "hand", "knee", "hip", "shoulder", "ankle", "wrist"):
        state["side"], state["pending"] = "O", []
    elif word in _RIGHT or word in _LEFT or word in _BOTH:
        slash = i + 1 < len(words) and words[i + 1] == "/" and i + 2 < len(words) and words[i + 2] in _ONE_SIDE
        if slash:
            state["pending"] = [_side(word), _side(words[i + 2])]
        elif not (i and words[i - 1] == "/" and state["pending"]):
            state["side"], state["pending"] = _side(word), []
    for end, group, name in seen.get(i, ()):
        if group == "motions" and name == "motion" and state["motion_named"] and i - state.get("motion_at", -9) <= 3:
            continue  # "L flex AROM": the motion has been named
        if group == "motions":
            state["motion_at"] = i
            if state["kind"] == "motion" and state["what"] and words[i - 1] == "/" and name != "motion":
                state["motions"] = state.get("motions", [state["what"]]) + [name]
            else:
                state["motions"] = [name]
            state["what"], state["kind"], state["motion_named"] = name, "motion", name != "motion"
        elif group == "joints":
            state["joint"] = name
            if state["kind"] not in ("motion", "test", "grip"):
                state["what"] = name
            state["seen"] = i
        elif group == "muscles":
            state["muscle"] = i
            if state["kind"] not in ("motion", "test", "grip"):
                state["what"] = word
        elif group == "strength":
            state["strength"] = True
        elif group == "pain":
            state["kind"], state["what"], state["pain"] = "pain", "pain", i
        elif group == "scales":
            if state["kind"] in ("pain", ""):
                state["kind"], state["what"] = "scale", name
        elif group == "reflex":
            state["reflex"] = i
            state["kind"] = "reflex"
        elif group == "tests":
            state["kind"], state["what"], state["test"] = "test", name, end
        elif group == "grip":
            state["kind"], state["what"] = "grip", name
        elif group == "vitals":
            state["kind"], state["what"], state["vital"] = name, name, i
        elif group == "visits":
            state["visits"] = i


def _side(word):
    return "R" if word in _RIGHT else "L" if word in _LEFT else "B"


def _word(words, i):
    return words[i] if 0 <= i < len(words) else ""


# ---------------------------------------------------------------- one number


def _read(text, number, nxt, first, last, state, anchors, group, n):
    """-> (Measure or None, word to go on from). What a number is, by its unit and then by its anchor."""
    words = text.words
    a, b, value = number.first, number.last, number.value
    before, after, after2 = _word(words, a - 1), _word(words, b) if b < last else "", _word(words, b + 1) if b + 1 < last else ""
    spelled = not words[a][0].isdigit()

    def make(kind, end, what="", loss=None, val=None, joint=""):
        side = state["side"]
        told = [w for w in words[end:min(end + 4, last)] if w not in ("the", "on", "in", "(", "her", "his", "for")][:1]
        if words[end:end + 1] in (["on"], ["in"], ["for"]) and told and told[0] in _ONE_SIDE:
            side = _side(told[0])  # "six pounds on the right"
        if state["pending"]:
            side = state["pending"].pop(0)
        if end < last and words[end] in ("r", "l", "right", "left") and state["side"] == "" and _word(words, end + 1) not in ("/",):
            side = _side(words[end])
        m = Measure(kind, what or state["what"], joint or state["joint"], side, value if val is None else val, loss,
                    _frame(words, a, end, first, last), a, end, text.starts[a], text.ends[end - 1])
        return m, end

    if after in ("st", "nd", "rd", "th") and text.starts[b] == text.ends[b - 1]:
        return None, b + 1  # "1st"
    if len(words[a]) == 5 and words[a].isdigit() and words[a][0] == "9":
        return None, b  # a procedure code
    if len(words[a]) == 4 and words[a].isdigit() and 1900 <= value <= 2099 and after not in ("ft", "feet", "steps"):
        return None, b  # a year
    if words[a] in _ORDINALS and not _visits(words, number, first, last, state, anchors):
        return None, b
    # n/m: a date, a grade, a pain rating, a score, a pressure
    tail = b
    high = number
    if after in ("-", "to") and nxt and nxt.first == b + 1 and (_word(words, nxt.last) in ("/", "out")):
        high, tail = nxt, nxt.last  # 6-7/10, 4-4+/5
    slash = tail < last and _word(words, tail) in ("/", "over") or _word(words, tail) == "out" and _word(words, tail + 1) == "of"
    if slash:
        top = tail + (1 if _word(words, tail) in ("/", "over") else 2)
        over = next((m for m in group[n:] if m.first == top), None)
        if over is not None:
            m = _over(text, number, high, over, first, last, state, anchors, make)
            if m is not None:
                return m
            if over.first + 1 <= last and _word(words, over.last) == "/" and _word(words, over.last + 1)[:1].isdigit() and state["kind"] != "motion":
                return None, over.last + 2  # a date with its year
    # a dose
    if after in ("x", "sets", "set") and nxt and (nxt.first == b + 1 or nxt.first == b + 2 and after2 in ("of", "x")):
        end = nxt.last
        while _word(words, end) in ("x", '"', "s", "sec", "'", "min") and end < last:
            end += 1
        return make("dose", end, what="dose")
    unit = anchors.units.get(after, "") if b < last else ""
    if after in ("in", "inch", "inches") and not anchors.at(b + 1, "motions"):
        return make("number", b + 1)
    end = b + 1 if unit else b
    if state["kind"] == "reflex" and not unit and state.get("reflex", -9) >= a - 6:
        return None, b
    vital = state["kind"] if state["kind"] in anchors.vitals else ""
    if vital and a - state["vital"] <= 8 + 4 * (state.get("after") == vital):
        ok = {"heart-rate": 30 <= value <= 220, "oximetry": 50 <= value <= 100, "exertion": value <= 20,
              "blood-pressure": 60 <= value <= 260}[vital]
        if ok and unit not in ("feet", "pounds", "reps", "degrees"):
            state["after"] = vital
            limit = before in (">", "<", "≥", "≤", "above", "below", "under", "over", "least", "than")
            measure, end = make(vital, end, what=vital)
            return (measure._replace(frame="goal") if limit else measure), end
    if before == "x" and unit not in ("minutes", "seconds", "feet") or unit == "reps" or before in ("sets", "reps"):
        if before == "x" and state["kind"] == "pain" and after in ("yr", "yrs", "mo", "wk", "wks", "days"):
            return None, b
        return make("dose", end, what="dose")
    if after == "%":
        return make("oximetry" if vital == "oximetry" else "percent", b + 1)
    if state["kind"] == "test" and a - state["test"] <= 9:
        test = anchors.tests[state["what"]]
        if unit not in ("pounds",) and after not in ("visits", "wk", "weeks"):
            return make("test", end, what=state["what"], loss=_test_loss(test, value))
    ahead = anchors.at(end + 1 if end < last and words[end] in ("of", "in") else end, "motions") if unit == "degrees" or after in ("of", "in") else ""
    if ahead and (unit == "degrees" or value > 5 and state["joint"]):
        state["what"], state["kind"] = ahead, "motion"  # "95 degrees of flexion", "eighty in external rotation"
        return make("motion", end, loss=_motion_loss(anchors, state, value, before))
    if unit == "degrees":
        val, end2 = value, b + 1
        if after2 == "f" and value > 90:
            return None, b + 1
        return make("motion", end2, loss=_motion_loss(anchors, state, value, before), what=state["what"] or "motion")
    if unit == "seconds":
        return make("seconds", end)
    if unit == "minutes":
        return make("minutes", end, what="minutes")
    if unit == "feet":
        return make("distance", end)
    if unit == "pounds":
        ahead = anchors.at(end, "grip")
        if ahead:
            state["kind"], state["what"] = "grip", ahead  # "50 lb grip"
        if state["kind"] == "grip":
            return make("grip", end, what=state["what"], loss=_weak_grip(anchors, state["what"], value, after))
        return make("load", end)
    visits = _visits(words, number, first, last, state, anchors)
    if visits:
        total = nxt and after in ("of", "/") and nxt.first == b + 1
        return make("visits", nxt.last if total else b, what="visits")
    if number.sign and value <= 5 and not (after == "x") and state["kind"] != "reflex":
        return make("strength", b, loss=True, val=_grade(number), what=state["what"] or "strength")
    if state["kind"] == "grip" and a - first < 60 and after not in ("x", "wk"):
        return make("grip", b, what=state["what"], loss=_weak_grip(anchors, state["what"], value, ""))
    if state.get("strength") and value <= 5 and words[a].isdigit() and after not in ("x", "wks", "weeks", "visits", "/") and before != "x" and state["kind"] != "pain":
        return make("strength", b, loss=value < 5, val=value)
    if state["kind"] == "pain" and a - state["pain"] <= 6 and value <= 10 and before != "x" and after not in ("x", "times", "wks", "weeks", "days", "hrs", "hours", "months", "/", "years", "yrs", "yr", "mo") and not spelled:
        return make("pain", b, what="pain")
    if state["kind"] == "motion" and state["what"] and after not in ("x", "reps", "wks", "weeks", "/wk") and before not in ("x", "grade", "gr"):
        joint = state["joint"]
        if value > 5 or before in ("-", "lacks", "lacking") or joint:
            return _motion(text, number, nxt, last, state, anchors, make)
    range_after = nxt is not None and nxt.first == b + 1 and after in ("-", "to", "/") and not _lone_minus(text, b)
    if state["kind"] == "" and state["joint"] and range_after and (before == "-" or after != "/") and value < nxt.value and 30 < nxt.value <= 180:
        return _motion(text, number, nxt, last, state, anchors, make)
    return make("number", b, what=state["what"])


_COUNTED = {"able", "correct", "correctly", "accurate", "success", "successful", "completed", "hit", "got", "caught", "scored"}


def _over(text, low, high, over, first, last, state, anchors, make):
    """n/m -> (Measure, end), or None when it is a date or nothing we know."""
    words = text.words
    a, n, m, end = low.first, high.value, over.value, over.last
    before = _word(words, a - 1)
    known_scale = high.sign or low is not high
    if m == 5 and n <= 5 and not over.sign:
        date = before in _DATE_BEFORE or before == "(" and not state.get("strength") or _word(words, end) == "/"
        context = high.sign or state.get("strength") or state.get("muscle") is not None or state["what"] or words[a - 1:a] == [":"]
        if context and (not date or known_scale) and _word(words, end) not in ("days", "visits", "sessions", "goals", "steps", "trials", "met"):
            grade = _grade(high)
            if state["kind"] == "pain" and not high.sign and not state.get("strength") and state.get("muscle", -1) < state["pain"]:
                return None
            return make("strength", end, loss=grade < 5, val=grade, what=state["what"] if state["kind"] in ("", "motion", "grip") else "strength")
        return None
    if m == 10 and before == "_":
        return None  # "intensity: __/10": a field nobody filled
    if m == 10 and n <= 10 and _word(words, end) != "/" and before not in ("visit", "visits", "on", "since", "from") and _word(words, end) not in ("visits", "trials", "times", "attempts", "reps"):
        if state["kind"] == "exertion" and a - state["vital"] <= 6:
            return make("exertion", end, what="exertion")
        if state["kind"] == "test" and a - state["test"] <= 9:
            return make("test", end, loss=_test_loss(anchors.tests[state["what"]], n), val=n)
        if state["kind"] == "scale" or before in _COUNTED or _word(words, a - 2) in _COUNTED:
            return make("number", end, val=n)
        return make("pain", end, what="pain", val=n)
    if state["kind"] == "blood-pressure" and 60 <= n <= 260 and 30 <= m <= 150:
        return make("blood-pressure", end, what="blood-pressure", val=n)
    if state["kind"] == "test" and n <= m and (m >= 20 or str(int(m)) == anchors.tests[state["what"]].get("out_of")):
        return make("test", end, loss=_test_loss(anchors.tests[state["what"]], n), val=n)
    if m in (20,) and n <= 20 and state["kind"] == "exertion":
        return make("exertion", end, what="exertion", val=n)
    if 70 <= n <= 220 and 35 <= m <= 130 and n > m and not state["kind"] and not state["joint"]:
        return make("blood-pressure", end, what="blood-pressure", val=n)
    if n <= m and low is high and _visits(words, low, first, last, state, anchors):
        return make("visits", end, what="visits", val=n)
    if state["kind"] == "motion" or before == "-" and state["joint"]:
        return None  # a list of motions, read one by one
    if n <= 12 and m <= 31 and low is high and not high.sign:
        return None, end if _word(words, end) != "/" else end + 2  # a date
    return None


_VISIT_FILLERS = {":", "#", "no", "number", "to", "date", "attended", "completed", "of", "today", "is", "was", "this", "now",
                  "count", "total", "(", ")", "seen", "so", "far", "used", "through", "thru", "-", "has", "had", "for", "."}


def _visits(words, number, first, last, state, anchors):
    """Whether a number counts visits reached: "visit 14 of 24", "visits to date: 16", "attended 6", "past the twelve visits"."""
    a, b = number.first, number.last
    seen = state.get("visits")
    after = _word(words, b) if b < last else ""
    if seen is not None and 0 < a - seen <= 8 and _word(words, seen - 1) not in ("last", "next", "per", "each", "home"):
        if all(w in _VISIT_FILLERS or w[0].isdigit() or w in _UNITS or w in _TENS for w in words[seen + 1:a]):
            unit_after = after in anchors.units or after in ("x", "wk", "week", "weeks", "wks", "more", "%")
            return not unit_after
    before = set(words[max(first, a - 3):a])
    if after in ("sessions", "treatments") and not before & {"attended", "completed", "seen", "after", "past", "had"}:
        return False
    if after in ("visits", "visit", "vis", "sessions", "treatments") and b < last:
        tail = words[b:min(last, b + 4)]
        two = set(words[max(first, a - 6):a]) | set(tail[:tail.index(",")] if "," in tail else tail)
        if two & {"more", "additional", "remaining", "approved", "authorized", "auth", "x", "recommend", "request", "requesting", "next", "another", "plan", "will", "expect", "per", "allowed", "per", "left", "wk", "week", "weekly"}:
            return "past" in words[max(first, a - 3):a] or "beyond" in words[max(first, a - 3):a]
        return True
    if after in ("of", "/") and _word(words, a - 1) in ("visit", "#", "v", "session"):
        return True
    return False


def _motion(text, number, nxt, last, state, anchors, make):
    """A number after a motion: one value, a range "0-138" or "-35/112", or one of a list "165/160/80"."""
    words = text.words
    a, b, value = number.first, number.last, number.value
    before, after = _word(words, a - 1), _word(words, b) if b < last else ""
    negative = before == "-" and not _word(words, a - 2)[:1].isdigit()
    if after in ("-", "to", "/") and nxt and nxt.first == b + 1 and not state.get("motions", [""])[1:] and (value <= 30 or after != "/" or negative and not state["motion_named"]) \
            and nxt.value > value and not nxt.sign and nxt.value <= 180 and not _lone_minus(text, b):
        end = nxt.last
        if _word(words, end) in anchors.units and anchors.units[_word(words, end)] == "degrees":
            end += 1
        if not state["motion_named"]:
            state["what"] = "motion"
        loss = _motion_loss(anchors, state, nxt.value, "") or (value >= 3 and state["what"] in ("motion", "flexion", "extension"))
        return make("motion", end, loss=loss, val=nxt.value)
    motions = state.get("motions") or []
    if len(motions) > 1:
        state["what"] = motions[0]
        state["motions"] = motions[1:] + motions[:1]
    loss = _motion_loss(anchors, state, -value if negative else value, before)
    return make("motion", b, loss=loss, val=-value if negative else value)


def _lone_minus(text, i):
    """Whether the dash at word i is the sign of the number after it: a space before it and none after."""
    return text.words[i] == "-" and text.starts[i] > text.ends[i - 1] and text.starts[i + 1] == text.ends[i]


def _motion_loss(anchors, state, value, before):
    """Whether a motion in degrees shows a loss: against the joint's normal, or that of every joint that has the motion."""
    what, joint = state["what"], state["joint"]
    if not joint and what in (anchors.joints.get(anchors.default) or ()):
        joint = anchors.default  # a note about one joint does not name it at every number
    if state.get("contracture") or before in ("lacks", "lacking", "lag") or value < 0:
        return abs(value) >= 3
    normals = [float(n[what]) for j, n in anchors.joints.items() if what in n and (not joint or j == joint)]
    if joint and not normals:
        normals = [float(n[what]) for n in anchors.joints.values() if what in n]
    if not normals:
        return None
    if what == "extension" and joint in ("knee", "elbow", "finger", "thumb"):
        return value >= 5 if before == "-" else None if value else False
    below = [value < n * (1 - anchors.tolerance) for n in normals]
    return True if all(below) else False if not any(below) else None


def _weak_grip(anchors, what, value, unit):
    """True for a force that is weak in anyone, else None: only the other hand can tell."""
    pounds = value * 2.2 if unit in ("kg", "kgs") else value
    return True if pounds < anchors.grip[what] else None


def _test_loss(test, value):
    if test.get("normal") is None:
        return None
    normal = float(test["normal"])
    return value < normal if test["worse"] == "below" else value > normal


# ---------------------------------------------------------------- time frames, tables, comparison


def _frame(words, first, last, low, high):
    """now, before or goal, by the words right beside a number: "(was 3+)", "initial 84", "from 2+ to 3+", "72 -> 41"."""
    before = words[max(low, first - 3):first]
    after = words[last:min(high, last + 4)]
    if before and before[-1] == "-":
        before = words[max(low, first - 4):first - 1]
    for stop in (",", ";"):
        if stop in before:
            before = before[len(before) - before[::-1].index(stop):]  # what stands before a comma speaks of another number
    if after[:1] == ["today"] or after[:1] == ["now"]:
        return "now"
    if after[:1] == ["("] and after[1:2] and after[1] in ("initial", "eval", "ie", "baseline", "soc") and after[2:3] == [")"]:
        return "before"
    if after[:1] == ["("] and ")" in words[last:min(high, last + 6)]:
        close = words.index(")", last)
        if words[close + 1:close + 2] in (["->"], [">"]):
            return "before"  # "88 (3/1) -> 112"
    if after[:1] in (["->"], [">"]) or after[:2] == ["-", ">"]:
        return "before"
    if any(w in ("goal", "goals", "target") for w in before):
        return "goal"
    if before[-3:-2] in (["visit"], ["eval"]) and before[-1:] == [":"] or "last" in before:
        return "before"  # "(visit 1: 13)", "last month 18/30"
    near = before[-2:]
    if any(w in _BEFORE for w in near) and not any(w in ("now", "today", "to") for w in near[-1:]):
        if "from" in near and not ("to" in after or "->" in after or "up" in words[max(low, first - 4):first]
                                   or "down" in words[max(low, first - 4):first] or "↑" in before or "↓" in before or "increased" in before or "improved" in before):
            return "now"
        return "before"
    if after[:2] == ["at", "the"]:
        after = ["at", *after[2:]]
    if after[:2] in (["on", "arrival"], ["on", "admission"], ["at", "last"], ["at", "first"], ["at", "previous"], ["at", "eval"], ["at", "ie"], ["on", "eval"], ["at", "soc"], ["at", "initial"], ["at", "visit"], ["at", "start"], ["at", "baseline"], ["on", "initial"], ["last", "visit"], ["last", "week"], ["two", "weeks"]) or after[:1] in (["initially"], ["previously"], ["initial"]):
        return "before"
    if len(after) > 2 and after[0] == "(" and after[1] in ("initial", "eval", "ie"):
        return "now"
    return "now"


_HEADER_NOW = {"today", "current", "now", "dc", "discharge", "latest", "present", "final"}
_HEADER_BEFORE = {"eval", "initial", "ie", "soc", "baseline", "admit", "start", "previous", "prior", "last"}


def _tables(text):
    """({line: header cells} for rows of a table below a header of sides or times, the header lines).

    A cell: (column, side, frame, is it a date).
    """
    rows = [n for n, (a, b) in enumerate(text.lines) if is_table_row(text.norm[a:b]) or text.norm.count(";", a, b) + text.norm.count("|", a, b) > 1]
    if len(rows) < 2:
        return {}, set()
    first_of = {}
    for i, line in enumerate(text.line_of):
        first_of.setdefault(line, []).append(i)
    out, header, headers = {}, None, set()
    for n in rows:
        cells = _cells(text, n, first_of.get(n, []))
        marks = [c for c in cells if c[1] or c[2] or c[3]]
        if len(marks) >= 2 and len(marks) >= len(cells) - 1:
            dated = all(c[3] and not c[2] for c in marks)
            if dated:
                marks = [(c[0], c[1], "now" if k == len(marks) - 1 else "before", True) for k, c in enumerate(marks)]
            header = (n, marks)
            headers.add(n)
        elif header and n - header[0] <= 14:
            out[n] = header[1]
    return out, headers


def _cells(text, line, indices):
    """The cells of one line, split at wide gaps: (column, side, frame, is it a date)."""
    cells, start = [], None
    base = text.lines[line][0]
    groups, apart = [], False
    for i in indices:
        if text.words[i] in (";", "|"):
            apart = True
        elif groups and not apart and text.starts[i] - text.ends[groups[-1][-1]] < 2:
            groups[-1].append(i)
        else:
            groups.append([i])
            apart = False
    for group in groups:
        words = [text.words[i] for i in group]
        words += ["dc"] if words[:3] == ["d", "/", "c"] else []
        side = next((_side(w) for w in words if w in _RIGHT or w in _LEFT), "")
        frame = "goal" if words[0] in ("goal", "goals", "target") else "now" if any(w in _HEADER_NOW for w in words) else "before" if any(w in _HEADER_BEFORE for w in words) else ""
        date = len(words) >= 3 and words[1] == "/" and words[0].isdigit() and words[2] != "5"
        plain = len(words) <= 3
        cells.append((text.starts[group[0]] - base, side if plain else "", frame if plain else "", date))
    return cells


def _from_header(measure, cells, text):
    base = text.lines[text.line_of[measure.first]][0]
    column = measure.start - base
    cell = min(cells, key=lambda c: abs(c[0] - column))
    if abs(cell[0] - column) > 8:
        return measure
    return measure._replace(side=cell[1] or measure.side, frame=cell[2] or measure.frame)


def _levels(text, anchors):
    """Levels of assistance as measures."""
    out = []
    for first in anchors.firsts:
        for last, group, name in anchors.by_first[first]:
            if group != "assist":
                continue
            rank = anchors.assist[name]
            low, high = text.sentences[text.sentence_of[first]]
            out.append(Measure("assist", name, "", "", float(rank), rank < 8, _frame(text.words, first, last, low, high),
                               first, last, text.starts[first], text.ends[last - 1]))
    return out


def _compare(measures, text, anchors):
    """Where the other side's same measure is plainly larger, a value without a verdict shows a loss."""
    out = list(measures)
    for n, m in enumerate(out):
        if m.loss is None and m.kind in ("grip", "motion") and m.side in ("R", "L") and m.frame == "now":
            for other in out[max(0, n - 12):n + 13]:
                if other.kind == m.kind and other.side in ("R", "L") and other.side != m.side and other.value and m.value is not None \
                        and abs(text.line_of[other.first] - text.line_of[m.first]) <= 1 and other.frame == "now":
                    if abs(m.value) < 0.9 * abs(other.value):
                        out[n] = m._replace(loss=True)
                        break
                    if abs(m.value) > abs(other.value):
                        out[n] = m._replace(loss=False)
    return out


def visits(measures):
    """The visit the note stands at, the largest it states as reached, or None."""
    stated = [int(m.value) for m in measures if m.kind == "visits" and m.value and m.frame != "goal"]
    return max(stated, default=None)
