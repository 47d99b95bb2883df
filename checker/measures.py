"""Numbers with a meaning: degrees, grades, assistance, pain, vitals, minutes, visits, doses, timed tests.

`find` reads a note sentence by sentence. In a sentence every number is looked at once, from left to right. A Scan holds
what was read before it: the motion, joint, muscle, test or vital sign named last, and the side. The READERS are asked in
their order what the number is; the first that knows it answers. After that a table's column, the section and the other
side's number have their say. Units stay as written: degrees, seconds, minutes, feet or metres, pounds or kilograms.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import NamedTuple

from . import tables
from .numbers import ORDINALS, SPELLED, Number, numbers
from .tables import ILL, LEFT, RIGHT, WELL, side_of
from .text import Text

KINDS = ("strength", "motion", "test", "assist", "pain", "grip", "percent", "distance", "seconds", "change", "heart-rate",
         "blood-pressure", "oximetry", "exertion", "minutes", "visits", "dose", "load", "number")


class Measure(NamedTuple):
    """A number and what it measures.

    kind: one of KINDS; what: motion, muscle, test or level; joint: joint id or ""; side: R, L, B, A (the affected one), O
    (the one that is well) or ""; value: as written (grades: 3.33 for 3+, 3.67 for 4-); loss: True, False or None (cannot be told);
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


class Reference:
    """The measures of the lexicon made ready, once for a policy: tests, joints, levels, units and their normal values."""

    def __init__(self, data):
        self.tests = {t["id"]: t for t in data["tests"]}
        self.grip = {g["id"]: float(g["normal"]) for g in data["grip"]}
        self.vitals = {v["id"] for v in data["vitals"]}
        self.joints = {j["id"]: {m: float(n) for m, n in (j.get("normal") or {}).items()} for j in data["joints"]}
        self.assist = {a["id"]: int(a["rank"]) for a in data["assist"]}
        self.units = {u: name for name, unit in data["units"].items() for u in unit}
        self.tolerance = float(data["tolerance"])
        self.motions = {}  # {motion: its normal value in every joint that has it}
        for normal in self.joints.values():
            for motion, degrees in normal.items():
                self.motions.setdefault(motion, []).append(degrees)


class Anchor(NamedTuple):
    """A phrase a number can belong to: its last word plus one, its group in lexicon/measures.yaml, its id."""
    last: int
    group: str
    name: str


@dataclass(slots=True)
class Scan:
    """A sentence being read: what it is, and what was read so far. A place is a word's number, -1 is none."""
    text: Text
    words: list
    first: int
    last: int
    numbers: list
    anchors: dict  # {word: [Anchor]} of the whole note
    reference: Reference
    default: str  # the joint the note is about
    # what was named last
    kind: str = ""  # motion, test, grip, pain, scale, reflex, or a vital sign
    what: str = ""
    joint: str = ""
    side: str = ""
    sides_to_come: list = field(default_factory=list)  # "R/L": of the next two numbers
    # motions
    motions: list = field(default_factory=list)  # "flex/ext/abd": one for each number of "165/160/80"
    motion_named: bool = False  # flexion and the like, and not only "AROM"
    motion_at: int = -1
    # grades
    strength: bool = False  # grades have been spoken of
    grades: bool = False  # its small numbers are grades: "three plus" stands among them, or in the next sentence
    last_kind: str = ""  # of the last grade, motion, grip, test or vital sign
    # where the last of each was named
    muscle_at: int = -1
    pain_at: int = -1
    reflex_at: int = -1
    test_at: int = -1
    vital_at: int = -1
    visits_at: int = -1
    oxygen: bool = False  # oxygen saturation has been spoken of
    pressure_to: int = -1  # where the last blood pressure ended


class Spot(NamedTuple):
    """A number of a sentence with what stands beside it. `after` and `after2` end with the sentence; end: past the unit."""
    number: Number
    first: int
    last: int
    value: float
    nth: int
    next: Number | None
    before: str
    after: str
    after2: str
    unit: str
    end: int


_new_measure, _new_spot = partial(tuple.__new__, Measure), partial(tuple.__new__, Spot)  # of a tuple, and faster than by name


# ---------------------------------------------------------------- a note


def find(text, hits, reference, sections_at):
    """text, measure anchors of concepts.find, Reference, offset -> section: the [Measure] in the order of the note."""
    anchors = {}
    for hit in hits:
        group, name = hit.concept.split(":", 1)
        anchors.setdefault(hit.first, []).append(Anchor(hit.last, group, name))
    anchors = dict(sorted(anchors.items()))
    default = _joint_of_the_note(anchors)
    by_sentence = {}
    for number in numbers(text):
        by_sentence.setdefault(text.sentence_of[number.first], []).append(number)
    graded = {sentence for sentence, found in by_sentence.items() if any(n.sign for n in found)}
    table = tables.find(text)
    out = _levels(text, anchors, reference)
    out = _in_columns(text, out, table.rows) if table.rows else out
    before = None
    for sentence, found in by_sentence.items():
        first, last = text.sentences[sentence]
        scan = Scan(text, text.words, first, last, found, anchors, reference, default)
        scan.grades = sentence in graded or not graded.isdisjoint((sentence - 1, sentence + 1)) and all(n.value <= 5 for n in found)
        if before and before.last == first and before.last_kind == "motion" and any(_side_at(text.words, i) for i in range(first, min(first + 5, last))):
            # "Left knee flexion is 98. The right goes to 135": the second sentence goes on with the motion of the first.
            scan.kind, scan.what, scan.joint, scan.last_kind = before.kind, before.what, before.joint, "motion"
        out += _sentence(scan, table)
        before = scan
    out.sort(key=attrgetter("start", "end", "kind"))
    out = _by_day(text, out)
    out = _under_vital_signs(text, anchors, out)
    out = [_against_a_norm(text.words, m) for m in out]
    return _against_the_other_side(text, [_in_section(text, m, sections_at(m.start)) for m in out])


MOST_VISITS = 1000  # a larger number is an account's or an encounter's


def visits(measures):
    """The visit the note stands at, the largest it states as reached, or None."""
    stated = [int(m.value) for m in measures if m.kind == "visits" and m.value and m.value < MOST_VISITS and m.frame != "goal"
              and not (m.value == 1 and m.frame == "before")]  # "up from 6 minutes at the first visit"
    return max(stated, default=None)


def _joint_of_the_note(anchors):
    """The first joint named, or "". A hand's many joints are named for a while and then others, so they do not count."""
    return next((a.name for found in anchors.values() for a in found
                 if a.group == "joints" and a.name not in ("finger", "thumb", "toe")), "")


def _levels(text, anchors, reference):
    """Levels of assistance as measures: their value is their rank."""
    out = []
    for first, found in anchors.items():
        for last, group, name in found:
            if group == "assist":
                rank = reference.assist[name]
                frame = _frame(text.words, first, last, *text.sentences[text.sentence_of[first]])
                out.append(Measure("assist", name, "", "", float(rank), rank < 8, frame, first, last,
                                   text.starts[first], text.ends[last - 1]))
    return out


def _sentence(scan, table):
    """The measures of one sentence: each number is read once, with what was read before it."""
    words, anchors, line_of = scan.words, scan.anchors, scan.text.line_of
    marks = [i for i in range(scan.first, scan.last) if i in anchors or words[i] in _SIDES]
    inside = {i for first in marks if first in anchors for anchor in anchors[first] for i in range(first, anchor.last)}
    with_signs = {line_of[number.first] for number in scan.numbers if number.sign}
    out, passed, resume = [], 0, -1
    for nth, number in enumerate(scan.numbers):
        first = number.first
        while passed < len(marks) and marks[passed] < first:
            _take_in(scan, marks[passed])
            passed += 1
        if first in anchors and any(anchor.group == "tests" for anchor in anchors[first]):
            _take_in(scan, first)  # "5x sit to stand": the test's name begins with the number
            continue
        line = line_of[first]
        if first < resume or line in table.headers:
            continue
        if first in inside and first not in anchors:
            continue  # "max A x2": the 2 belongs to the level's name
        if line in table.rows and line in with_signs:
            scan.strength = True  # "3-   3+   4": a row of grades
        measure, resume = _read(scan, _spot(scan, nth))
        if measure is None:
            continue
        out.append(measure)
        if measure.kind in ("strength", "motion", "grip", "test", "seconds", "distance"):
            scan.last_kind = measure.kind
        elif measure.kind == "blood-pressure":
            scan.pressure_to = measure.last
        if number.sign and measure.kind == "strength":
            scan.strength = True  # after "three plus", the plain "five" of the same sentence is a grade too
    out = _sides_across(scan.words, _sides_in_brackets(scan, out))
    return _in_columns(scan.text, out, table.rows) if table.rows else out


def _sides_in_brackets(scan, found):
    """Pairs "141 / 170, 128 / 172 (R / L)": the sides stand behind the numbers, in brackets."""
    words = scan.words
    if len(found) < 2 or "(" not in words[scan.first:scan.last]:
        return found
    for i in range(scan.first, scan.last - 4):
        if words[i] == "(" and words[i + 1] in _ONE_SIDE and words[i + 2] == "/" and words[i + 3] in _ONE_SIDE and words[i + 4] == ")":
            sides = [side_of(words[i + 1]), side_of(words[i + 3])]
            pairs = [(a, b) for a, b in zip(found, found[1:]) if b.last <= i and not a.side and not b.side and words[a.last:b.first] == ["/"]]
            told = {m: side for pair in pairs for m, side in zip(pair, sides)}
            found = [m._replace(side=told[m]) if m in told else m for m in found]
    return found


_ACROSS = {"R": "L", "L": "R", "O": "A"}
_AGAINST = frozenset("against vs versus compared (".split())


def _sides_across(words, found):
    """A number without a side, told against one that has it, is the other side's: "84 against 121 on the left", "4 lb (L 13)"."""
    return [a._replace(side=_ACROSS[b.side]) if not a.side and b.side in _ACROSS and b.first - a.last <= 3
            and not _AGAINST.isdisjoint(words[a.last:b.first]) else a for a, b in zip(found, [*found[1:], *found[-1:]])]


def _spot(scan, nth):
    words, last = scan.words, scan.last
    number = scan.numbers[nth]
    a, b = number.first, number.last
    after = words[b] if b < last else ""
    joined = b >= last or scan.text.starts[b] - scan.text.ends[b - 1] < 3  # "visit 17     minutes 38" are two fields of a form
    unit = scan.reference.units.get(after, "") if joined else ""
    return _new_spot((number, a, b, number.value, nth, scan.numbers[nth + 1] if nth + 1 < len(scan.numbers) else None,
                      words[a - 1] if a else "", after, words[b + 1] if b + 1 < last else "", unit, b + 1 if unit else b))


def _read(scan, spot):
    """What a number is -> (Measure, or None when it measures nothing; the word to go on from)."""
    kind, unit = scan.kind, spot.unit
    for reader in _ASKED[kind if kind in _OWN_KINDS else "", unit if unit in _OWN_UNITS else ""]:
        answer = reader(scan, spot)
        if answer is not None:
            return answer
    return _measure(scan, spot, "number", spot.last)


# ---------------------------------------------------------------- what numbers belong to


_BOTH = frozenset("b bilat bilateral bilaterally both ble bue bles bues bil".split())
_ONE_SIDE = RIGHT | LEFT
_BY_HEALTH = ILL | WELL | {"good", "other", "that"}
_SIDES = _ONE_SIDE | _BOTH | _BY_HEALTH
_LIMBS = frozenset("side leg arm hand foot knee hip shoulder elbow ankle wrist thumb finger limb extremity one".split())
_ENDS = frozenset(["", ".", ",", ";", ")", "|"])


def _take_in(scan, i):
    """Takes in the side and the anchors that stand at word i."""
    if scan.words[i] in _SIDES:
        _take_in_side(scan, i)
    for anchor in scan.anchors.get(i, ()):
        _take_in_anchor(scan, i, anchor)


def _take_in_side(scan, i):
    words, word = scan.words, scan.words[i]
    if word in _BY_HEALTH:
        side = _side_at(words, i)
        if side:
            scan.side, scan.sides_to_come = side, []
    elif _word(words, i + 1) == "/" and _word(words, i + 2) in _ONE_SIDE:
        scan.sides_to_come = [side_of(word), side_of(words[i + 2])]
    elif not (_word(words, i - 1) == "/" and scan.sides_to_come):
        scan.side, scan.sides_to_come = side_of(word), []


def _side_at(words, i):
    """The side that word i names: R, L, B, A (the affected one), O (the one that is well) or ""."""
    word = words[i]
    if word in _ONE_SIDE or word in _BOTH:
        return side_of(word)
    if word in WELL or word == "non" and not ILL.isdisjoint(words[i + 1:i + 3]):
        return "O"
    if word not in _BY_HEALTH:
        return ""
    limb = _word(words, i + 1) in _LIMBS
    if word == "that":  # "48 on that side, 75 on the other"
        return "A" if _word(words, i + 1) == "side" else ""
    if word in ("good", "other"):  # but not "good effort"
        alone = word == "other" and _word(words, i - 1) == "the" and _word(words, i + 1) in _ENDS
        return "O" if limb or alone else ""
    if "non" in words[max(0, i - 2):i]:
        return "O"
    return "A" if limb or word in ("affected", "involved", "operative") else ""


def _take_in_anchor(scan, i, anchor):
    name = anchor.name
    match anchor.group:
        case "motions":
            _take_in_motion(scan, i, name)
        case "joints":
            scan.joint = name
            if scan.kind not in ("motion", "test", "grip"):
                scan.what = name
        case "muscles":
            scan.muscle_at = i
            if scan.kind == "motion" and scan.motion_at < 0:
                scan.kind = ""  # the motion was the sentence's before: "flexion 98. R quad 4/5"
            if scan.kind not in ("motion", "test", "grip"):
                scan.what = scan.words[i]
        case "strength":
            scan.strength = True
        case "pain":
            scan.kind, scan.what, scan.pain_at = "pain", "pain", i
        case "scales":
            if scan.kind in ("pain", ""):
                scan.kind, scan.what = "scale", name
        case "reflex":
            scan.kind, scan.reflex_at = "reflex", i
        case "tests":
            scan.kind, scan.what, scan.test_at = "test", name, anchor.last
        case "grip":
            scan.kind, scan.what = "grip", name
        case "vitals":
            scan.kind, scan.what, scan.vital_at = name, name, i
            scan.oxygen = scan.oxygen or name == "oximetry"
        case "visits":
            scan.visits_at = i


def _take_in_motion(scan, i, name):
    if name == "motion" and scan.motion_named and i - scan.motion_at <= 3:
        return  # "L flex AROM": the motion has been named
    scan.motion_at = i
    if scan.kind == "motion" and scan.what and scan.words[i - 1] == "/" and name != "motion":
        scan.motions = [*(scan.motions or [scan.what]), name]
    else:
        scan.motions = [name]
    scan.what, scan.kind, scan.motion_named = name, "motion", name != "motion"


def _word(words, i):
    return words[i] if 0 <= i < len(words) else ""


def _anchor(scan, i, group):
    """The id of the group's anchor that begins at word i, or ""."""
    return next((anchor.name for anchor in scan.anchors.get(i, ()) if anchor.group == group), "")


def _measure(scan, spot, kind, end, what="", loss=None, value=None):
    """(Measure, end): a number's words go on to `end`; what and value are those read last unless told."""
    frame = _frame(scan.words, spot.first, end, scan.first, scan.last)
    joint = scan.joint if kind in ("motion", "strength", "number") else ""
    return _new_measure((kind, what or scan.what, joint, _whose(scan, end), spot.value if value is None else value, loss,
                         frame, spot.first, end, scan.text.starts[spot.first], scan.text.ends[end - 1])), end


_BEFORE_SIDE = frozenset("the on in with ( her his for".split())


def _whose(scan, end):
    """Whose side a number is that ends before word `end`: named before it, or right behind it."""
    words, side = scan.words, scan.side
    follows = words[end] if end < scan.last else ""
    if follows in ("on", "in", "for", "with"):
        told = next((i for i in range(end, min(end + 4, scan.last)) if words[i] not in _BEFORE_SIDE), None)
        if told is not None and words[told] not in _BOTH:
            side = _side_at(words, told) or side  # "six pounds on the right", "in the good hand"
    if scan.sides_to_come:
        side = scan.sides_to_come.pop(0)
    if follows in _ONE_SIDE and _word(words, end + 1) != "/":
        closed = end + 1 >= scan.last or words[end + 1] in (",", ";", ")", "|", ".")
        if scan.side == "" or closed:
            side = side_of(follows)  # "3+/5 R, 5/5 L"
    elif follows in _BY_HEALTH or follows == "non":
        side = _side_at(words, end) or side  # "3+/5 operative side, 5/5 non-operative"
    return side


# ---------------------------------------------------------------- readers: numbers that measure nothing

# A reader takes (scan, spot) and answers (Measure or None, the word to go on from), or None when it does not know.


_SEES = frozenset("saw see seen seeing came comes treated".split())


def read_ordinal(scan, spot):
    """No measure: "1st", "the third"; but "her tenth visit" counts visits."""
    if spot.after in ("st", "nd", "rd", "th") and scan.text.starts[spot.last] == scan.text.ends[spot.last - 1]:
        noun = spot.last + 2 if spot.after2 in ("pt", "ot", "therapy") else spot.last + 1  # "13th PT visit"
        if _word(scan.words, noun) in _VISIT_NAMES and spot.before not in ("by", "until", "before", "per", "at"):
            return _measure(scan, spot, "visits", noun + 1, "visits")  # "26th visit", "31st class"
        return None, spot.last + 1
    if scan.words[spot.last - 1] in ORDINALS and spot.after == "time" and not _SEES.isdisjoint(scan.words[max(scan.first, spot.first - 8):spot.first]):
        return _measure(scan, spot, "visits", spot.last + 1, "visits")  # "I saw him for the sixteenth time"
    if scan.words[spot.first] in ORDINALS and not _counts_visits(scan, spot):
        return None, spot.last
    return None


def read_code(scan, spot):
    """No measure: a procedure's code, "97110"."""
    word = scan.words[spot.first]
    return (None, spot.last) if len(word) == 5 and word[0] == "9" and word.isdigit() else None


def read_year(scan, spot):
    """No measure: a year, "2026"; but "2000 ft" is a distance."""
    if 1900 <= spot.value <= 2099 and spot.after not in ("ft", "feet", "steps"):
        word = scan.words[spot.first]
        if len(word) == 4 and word.isdigit():
            return None, spot.last
    return None


def read_clock(scan, spot):
    """No measure: a time of day, "9:02", "Start 14:30"."""
    following = spot.next
    if spot.after == ":" and following and following.first == spot.last + 1 and spot.value < 24 and following.value < 60 \
            and len(scan.words[following.first]) == 2 and scan.words[following.first].isdigit() \
            and scan.text.starts[following.first] == scan.text.ends[spot.last - 1] + 1:
        return None, following.last
    return None


def read_reflex(scan, spot):
    """No measure: a reflex or swelling, "DTR 2+"."""
    if scan.kind == "reflex" and not spot.unit and scan.reflex_at >= spot.first - 6:
        return None, spot.last
    return None


# ---------------------------------------------------------------- readers: n/m


_COUNTED = frozenset("able correct correctly accurate success successful completed hit got caught scored".split())
_COUNTED_AFTER = frozenset("/ visits trials times attempts reps tries throws catches clear clean correct correctly".split())
_NO_GRADE_AFTER = frozenset("days visits sessions goals steps trials met".split())
_DATE_BEFORE = frozenset("on since date dos dob dated until thru through by appt seen mon tue tues wed thu thur thurs fri"
                         " sat sun soc onset doi".split())


def read_fraction(scan, spot):
    """A number out of another: a grade "4-/5", pain "6-7/10", a score "46/56", "118/70", "visit 14/24", a date "4/5"."""
    words, high, nth = scan.words, spot.number, spot.nth + 1
    if spot.after in ("-", "to") and spot.next and spot.next.first == spot.last + 1 \
            and _word(words, spot.next.last) in ("/", "out"):
        high, nth = spot.next, nth + 1  # "6-7/10", "4-4+/5"
    link = _word(words, high.last)
    if link in ("/", "over"):
        top = high.last + 1
    elif link == "of" and nth < len(scan.numbers) and (scan.numbers[nth].value == 5 and scan.strength or scan.numbers[nth].value == 10 and scan.kind == "pain"):
        top = high.last + 1  # "graded 3 of 5", "pain 6 of 10"
    elif link == "out" and _word(words, high.last + 1) == "of":
        top = high.last + 2
    else:
        return None
    if nth >= len(scan.numbers) or scan.numbers[nth].first != top:
        return None
    over = scan.numbers[nth]
    answer = _out_of(scan, spot, high, over)
    if answer is None and scan.kind != "motion":
        if _word(words, over.last) == "/" and _word(words, over.last + 1)[:1].isdigit():
            return None, over.last + 2  # a date with its year
    return answer


def _out_of(scan, spot, high, over):
    """n/m, where n is `high`, the high end of what is written: a reader's answer."""
    words, before, end = scan.words, spot.before, over.last
    n, m, one = high.value, over.value, high is spot.number
    after = _word(words, end)
    if m == 5 and n <= 5 and not over.sign:
        return _out_of_five(scan, spot, high, end)
    if m == 10 and before == "_":
        return None  # "intensity: __/10": a field nobody filled
    if m == 10 and n <= 10 and after not in _COUNTED_AFTER and before not in ("visit", "visits", "on", "since", "from"):
        return _out_of_ten(scan, spot, n, end)
    if scan.kind == "blood-pressure" and 60 <= n <= 260 and 30 <= m <= 150:
        return _measure(scan, spot, "blood-pressure", end, "blood-pressure", value=n)
    if scan.kind == "test" and n <= m:
        test = scan.reference.tests[scan.what]
        if m >= 20 or str(int(m)) == test.get("out_of"):
            return _measure(scan, spot, "test", end, loss=_test_loss(test, n), value=n)
    if scan.kind == "exertion" and m == 20 and n <= 20:
        return _measure(scan, spot, "exertion", end, "exertion", value=n)
    spoken = scan.kind in scan.reference.vitals and words[over.first - 1] == "over"  # "pulse eighty eight and pressure one eighteen over seventy"
    if (scan.kind in ("", "scale") or spoken) and not scan.joint and after != "/" and before not in _ONE_SIDE and 70 <= n <= 220 and 35 <= m <= 130 and n > m:
        return _measure(scan, spot, "blood-pressure", end, "blood-pressure", value=n)
    if n <= m and one and _counts_visits(scan, spot):
        return _measure(scan, spot, "visits", end, "visits", value=n)
    if scan.kind == "motion" or before == "-" and scan.joint:
        return None  # a list of motions, read one by one
    if n <= 12 and m <= 31 and one and not high.sign:
        return None, end + 2 if after == "/" else end  # a date
    return None


def _out_of_five(scan, spot, high, end):
    """A grade of strength, unless it is a date or a count: "4-/5", but not "since 4/5", "4/5 days"."""
    after = _word(scan.words, end)
    graded = high.sign or scan.strength or after in ("all", "throughout") or spot.before in _ONE_SIDE \
        or spot.before in ("is", "side", ":") and _word(scan.words, spot.first - 2) in _ONE_SIDE  # "R 5/5 all", "the right is 5/5"
    if not (graded or scan.muscle_at >= 0 or scan.what or spot.before == ":") or after in _NO_GRADE_AFTER:
        return None
    dated = spot.before in _DATE_BEFORE or spot.before == "(" and not scan.strength or after == "/"
    if dated and not high.sign and high is spot.number:
        return None
    if scan.kind == "pain" and not graded and scan.muscle_at < scan.pain_at:
        return None
    grade = _grade(high)
    what = scan.what if scan.kind in ("", "motion", "grip") else "strength"
    return _measure(scan, spot, "strength", end, what, grade < 5, grade)


def _out_of_ten(scan, spot, n, end):
    """A rating: of pain unless a test, a scale or a count was named: "6/10", "Borg 4/10", "fatigue 5/10", "able 8/10"."""
    if scan.kind == "exertion" and spot.first - scan.vital_at <= (16 if scan.last_kind == "exertion" else 6):
        scan.last_kind = "exertion"
        return _measure(scan, spot, "exertion", end, "exertion")
    if scan.kind == "test" and spot.first - scan.test_at <= 9:
        return _measure(scan, spot, "test", end, loss=_test_loss(scan.reference.tests[scan.what], n), value=n)
    if scan.kind == "scale" or spot.before in _COUNTED or _word(scan.words, spot.first - 2) in _COUNTED:
        return _measure(scan, spot, "number", end, value=n)
    return _measure(scan, spot, "pain", end, "pain", value=n)


def _grade(number):
    """A grade as a number: a third of a step up for "+", down for "-"."""
    step = {"+": 0.33, "-": -0.33, "": 0.0}[number.sign]
    return round(number.value + step, 2)


# ---------------------------------------------------------------- readers: a unit or a sign tells


def read_dose(scan, spot):
    """A dose, two numbers: "3x10", "2 sets of 12"; or one of each side or thing: "10 each"."""
    after, following = spot.after, spot.next
    if after in ("ea", "each") and 5 <= spot.value <= 30 and not spot.number.sign and scan.kind not in ("grip", "pain", "strength") and spot.before != "of":
        return _measure(scan, spot, "dose", spot.last + 1, "dose")  # "shoulder AROM in the chair, 10 each"
    if after not in ("x", "sets", "set") or not following:
        return None
    if following.first == spot.last + 1 or following.first == spot.last + 2 and spot.after2 in ("of", "x"):
        end = following.last
        while end < scan.last and scan.words[end] in ("x", '"', "s", "sec", "'", "min"):
            end += 1
        return _measure(scan, spot, "dose", end, "dose")
    return None


_NO_INCH = frozenset("a an the one under less her his both".split())


_TIME = frozenset("wk wks week weeks day days mo mos month months visits sessions".split())
_LENGTHS = frozenset("step steps stool box block platform lift wedge".split())


def read_inches(scan, spot):
    """A length that says nothing alone: "8 inch step"; but "80 in flexion" is a motion."""
    if spot.after == "in" and not _TIME.isdisjoint(scan.words[spot.last + 2:min(scan.last, spot.last + 5)]) and spot.after2 not in _LENGTHS:
        return None  # "flexion 115 in 6 wks"
    if spot.after in ("in", "inch", "inches") and spot.after2 not in _MONTHS and not (spot.after == "in" and spot.after2 in _NO_INCH) and not _anchor(scan, spot.last + 1, "motions"):
        return _measure(scan, spot, "number", spot.last + 1)
    return None


_CAN_BE = {"heart-rate": (30, 220), "oximetry": (50, 100), "exertion": (0, 20), "blood-pressure": (60, 260)}
_LIMIT_BEFORE = frozenset("> < ≥ ≤ above below under over least than".split())


def read_vital(scan, spot):
    """A vital sign near its name: "HR 84", "SpO2 93%"; behind a limit it is a goal: "keep SpO2 > 90"."""
    vital = scan.kind
    if vital not in scan.reference.vitals or spot.first - scan.vital_at > (16 if scan.last_kind == vital else 8):
        return None
    least, most = _CAN_BE[vital]
    if spot.after == "%" and vital != "oximetry":
        return None
    if not least <= spot.value <= most or spot.unit in ("feet", "pounds", "reps", "degrees"):
        return None
    if vital == "exertion" and (spot.unit in ("minutes", "seconds") or not scan.words[spot.first][0].isdigit() and spot.before not in _AS_RATED):
        return None  # "breathless after the rows and took two rests"
    scan.last_kind = vital
    measure, end = _measure(scan, spot, vital, spot.end, vital)
    stayed = not {"stayed", "stays", "remained", "held", "kept"}.isdisjoint(scan.words[max(scan.first, spot.first - 5):spot.first])
    return measure._replace(frame="goal") if spot.before in _LIMIT_BEFORE and not stayed else measure, end


_SCALES_OF_EXERTION = frozenset(("borg", "rpe", "omni", "exertion"))


def read_exertion(scan, spot):
    """Perceived exertion by the scale named after it: "a twelve on the Borg", "13 on RPE"."""
    if spot.after == "on" and spot.value <= 20 and not _SCALES_OF_EXERTION.isdisjoint(scan.words[spot.last + 1:min(scan.last, spot.last + 4)]):
        return _measure(scan, spot, "exertion", spot.last, "exertion")
    return None


def read_pulse(scan, spot):
    """A pulse by its place behind a blood pressure: "pre 132/78, 81"."""
    if scan.pressure_to < 0 or spot.unit or not 40 <= spot.value <= 180 or spot.after in ("/", "over", "%"):
        return None
    between = scan.words[scan.pressure_to:spot.first]
    return _measure(scan, spot, "heart-rate", spot.last, "heart-rate") if between in ([","], ["/"], [], [";"]) else None


def read_repetitions(scan, spot):
    """A dose, one number: "x10", "15 reps"; but not how long it has hurt, "pain x 3 wks"."""
    if scan.kind == "test" and spot.unit == "reps" and 0 <= spot.first - scan.test_at <= 2 and scan.reference.tests[scan.what]["worse"] == "below":
        return None  # "30 sec sit to stand 7 reps": the test's score
    if (spot.after in ("times", "x") or spot.before == "x") and _counts_visits(scan, spot):
        return None
    by = spot.before == "x" and spot.unit not in ("minutes", "seconds", "feet")
    if not by and spot.unit != "reps" and spot.before not in ("sets", "reps"):
        return None
    if spot.before == "x" and scan.kind == "pain" and spot.after in ("yr", "yrs", "mo", "wk", "wks", "days"):
        return None, spot.last
    return _measure(scan, spot, "dose", spot.end, "dose")


_WHOLE = frozenset("normal full expected predicted norm norms".split())


def read_percent(scan, spot):
    """A percentage: "50% weight bearing"; of what is normal or of the other side it shows a loss; oxygen when that was named:
    "sats on room air while walking in the hall 91%"."""
    if spot.after != "%":
        return None
    compared = _word(scan.words, spot.last + 1) == "of" and any(
        scan.words[i] in _WHOLE or _side_at(scan.words, i) for i in range(spot.last + 2, min(scan.last, spot.last + 6)))
    if compared and scan.kind not in scan.reference.vitals:
        return _measure(scan, spot, "percent", spot.last + 1, loss=spot.value < 90)  # "strength 70% of the left"
    oxygen = scan.kind == "oximetry" or scan.oxygen and spot.value >= 70 and scan.kind in scan.reference.vitals
    return _measure(scan, spot, "oximetry" if oxygen else "percent", spot.last + 1)


def read_test(scan, spot):
    """A test's score or time, near its name: "TUG 18 s", "Berg 44"."""
    dated = scan.last_kind == "test" and _word(scan.words, spot.first - 2) == "/"  # "TUG 10/19 31 s; 11/12 24 s"
    if scan.kind != "test" or spot.first - scan.test_at > (16 if dated else 9):
        return None
    if spot.unit == "pounds" or spot.after in ("visits", "wk", "weeks"):
        return None
    return _measure(scan, spot, "test", spot.end, scan.what, _test_loss(scan.reference.tests[scan.what], spot.value))


def read_motion_after(scan, spot):
    """Degrees before their motion: "95 degrees of flexion", "eighty in external rotation"."""
    in_degrees = spot.unit == "degrees"
    if not in_degrees and (spot.after not in ("of", "in") or spot.value <= 5 or not scan.joint):
        return None
    link = spot.end < scan.last and scan.words[spot.end] in ("of", "in")
    motion = _anchor(scan, spot.end + 1 if link else spot.end, "motions")
    if not motion:
        return None
    scan.what, scan.kind = motion, "motion"
    return _measure(scan, spot, "motion", spot.end, loss=_motion_loss(scan, spot.value, spot.before))


def read_degrees(scan, spot):
    """Degrees of motion: "95°", "lacks 10 degrees"; but not of heat, "98.6 deg F"."""
    if spot.unit != "degrees":
        return None
    if spot.after2 == "f" and spot.value > 90:
        return None, spot.end
    before = "lacks" if not _LACKS.isdisjoint(scan.words[max(scan.first, spot.first - 5):spot.first]) else spot.before
    return _measure(scan, spot, "motion", spot.end, scan.what or "motion", _motion_loss(scan, spot.value, before))


def read_seconds(scan, spot):
    """A time held: "30 sec"."""
    return _measure(scan, spot, "seconds", spot.end) if spot.unit == "seconds" else None


def read_minutes(scan, spot):
    """Minutes of treatment: "25 min"."""
    return _measure(scan, spot, "minutes", spot.end, "minutes") if spot.unit == "minutes" else None


def read_distance(scan, spot):
    """A distance: "150 ft"."""
    return _measure(scan, spot, "distance", spot.end) if spot.unit == "feet" else None


_NEWTONS = frozenset("n nm newton newtons".split())  # nobody exercises with newtons: they are measured


def read_force(scan, spot):
    """Pounds or kilograms: of grip, "grip 18 lb", "50 lb grip", or a load, "leg press 40#"."""
    if spot.unit != "pounds":
        return None
    grip = "dynamometry" if spot.after in _NEWTONS else _anchor(scan, spot.end, "grip")
    if grip:
        scan.kind, scan.what = "grip", grip
    if scan.kind == "grip":
        return _measure(scan, spot, "grip", spot.end, scan.what, _weak_grip(scan, spot.value, spot.after))
    return _measure(scan, spot, "load", spot.end)


# ---------------------------------------------------------------- readers: visits


def read_visits(scan, spot):
    """Visits reached: "visit 14 of 24", "visits to date: 16", "attended 6 sessions"; but not "6 more visits"."""
    if not _counts_visits(scan, spot):
        return None
    total = spot.next and spot.after in ("of", "/") and spot.next.first == spot.last + 1
    return _measure(scan, spot, "visits", spot.next.last if total else spot.last, "visits")


_VISITS_FILLERS = frozenset(": # no number to date since soc attended completed of today is was this now count total ( ) seen so"
                            " far used through thru - has had for . this episode poc scheduled no year being the her his , start care cert certification"
                            " period quarter block course term / treated days attendance attendances".split())
_VISITS_TO_COME = frozenset("more additional remaining approved authorized auth x recommend request requesting next another"
                            " plan will expect per allowed left wk week weekly".split())
_ATTENDED = frozenset("total attended completed seen after past had".split())
_THERAPY_WORDS = frozenset("tx treatment occupational physical therapy pt ot skilled outpatient hand home health scheduled total prior".split())
_BEEN = frozenset("seen been attended treated come came".split())
_HERE = frozenset("here seen attended".split())
_VISITS = ("visits", "visit", "vis", "vsts", "sessions", "treatments")
_VISIT_NAMES = frozenset("visit session treatment tx rx class attendance appointment appt contact encounter vst".split())
_COURSES = frozenset("conditioning hardening program programme rehab therapy tx treatment pt ot".split())
_NO_VISIT_BEFORE_V = frozenset("mr mrs ms miss dr cm mm m in ft s sec kg lb lbs n deg degrees % min reps l r".split())
_UNIT_AFTER_VISITS = frozenset("x wk week weeks wks more % year years yr yrs yo y".split())


def _counts_visits(scan, spot):
    words, first, last, a, b, after = scan.words, scan.first, scan.last, spot.first, spot.last, spot.after
    named = scan.visits_at
    if named >= 0 and words[named] == "v" and (a - named > 2 or _word(words, named - 1) in _NO_VISIT_BEFORE_V or words[named - 1:named] == ["."]
                                              and _word(words, named - 2) in _NO_VISIT_BEFORE_V or _word(words, named - 1)[:1].isdigit()):
        named = -1  # "78 cm v 142", "Mrs. V., 74"
    if named >= 0 and 0 < a - named <= 8 and _word(words, named - 1) not in ("first", "last", "next", "per", "each", "home"):
        if all(w in _VISITS_FILLERS or w[0].isdigit() or w in SPELLED or w == "plan" and words[at - 1] in ("this", "current")
               for at, w in enumerate(words[named + 1:a], named + 1)):
            return not spot.unit and after not in _UNIT_AFTER_VISITS
    if _numbered(scan, spot):
        return True
    if after in ("/", "of") and spot.next and spot.next.first == b + 1 and _word(words, spot.next.last) in _VISITS:
        return True  # "attended 22/24 sessions"
    if after in _VISITS and spot.before in ("/", "of") and a - 2 >= first and words[a - 2][0].isdigit():
        return False
    if after in _VISITS:
        before = words[max(first, a - 3):a]
        alone = _word(words, b + 1) in ("", "|", ".", ",", ";") or b + 1 >= last
        if after in ("sessions", "treatments") and _ATTENDED.isdisjoint(before) and not alone and _ATTENDED.isdisjoint(words[b + 1:b + 3]):
            return False
        behind = words[b:min(last, b + 4)]
        if behind[1:2] == ["into"]:
            return True  # "fourteen visits into the plan"
        behind = behind[:behind.index(",")] if "," in behind else behind
        behind = behind[:behind.index("since")] if "since" in behind else behind  # "15 visits since her left shoulder"
        if _VISITS_TO_COME.isdisjoint(behind) and _VISITS_TO_COME.isdisjoint(words[max(first, a - 6):a]):
            return True
        return "past" in before or "beyond" in before  # "past the twelve visits approved"
    if after in _THERAPY_WORDS:  # "fifteen occupational therapy visits"
        behind = words[b:min(last, b + 4)]
        ends = next((w for w in behind if w not in _THERAPY_WORDS), "")
        if ends in ("visits", "sessions", "treatments", "appointments") and _VISITS_TO_COME.isdisjoint(words[max(first, a - 6):a]):
            return True
    if after == "occasions" or after == "times" and not _BEEN.isdisjoint(words[max(first, a - 5):a]):
        return True  # "seen on sixteen occasions", "has been to us nineteen times"
    if after == "times" and not _HERE.isdisjoint(words[max(first, a - 9):a]):
        return True  # "has been here, let me count, seventeen times"
    if after == "x" and spot.before in ("seen", "attended") or spot.before == "x" and _word(words, a - 2) in ("seen", "attended"):
        return not spot.unit or spot.unit == "reps"  # "seen 13x"
    if after in ("appointments", "of", "/") and not {"attended", "used"}.isdisjoint(words[max(first, a - 3):a]):
        return True  # "attended fourteen of fourteen scheduled appointments", "used 14/20"
    if after == "appointments" and _word(words, b + 1) in ("kept", "attended", "done", "completed"):
        return True
    if after in ("down", "done", "used", "gone") and not {"go", "left", "remain", "remaining"}.isdisjoint(words[b:min(last, b + 7)]):
        return a == first or spot.before in (",", ":", ";", "-", "now")  # "14 down, 6 to go"
    return after in ("of", "/") and spot.before in ("visit", "#", "v", "session")


def _numbered(scan, spot):
    """A visit told by its number alone: "PT #13", "tx day 31", "OT tx 19", "total to date: 24", "thirteenth treatment", "contact 14"."""
    words, a, b = scan.words, spot.first, spot.last
    before, before2, after = _word(words, a - 1), _word(words, a - 2), spot.after
    closed = after in ("", "|", ".", ",", "of", ";", "/", ")") or b >= scan.last
    if b < len(words) and scan.text.starts[b - 1] < scan.text.norm.find("\n") and (a == 0 or a == 1 and words[0] == "#"):  # the head of a scrawl
        behind = _word(words, b + 1)
        if a and not spot.unit and (after[:1].isalpha()) or after in ("/", "|") and behind[:1].isalpha():
            return spot.value > 1  # "#13 L frozen shoulder", "13 / GBS"
    if before in ("contact", "encounter", "appt", "appointment") and a > scan.first:
        return closed and not spot.unit
    if before == "." and before2 == "no" and _word(words, a - 3) in _VISIT_NAMES:
        return closed  # "treatment no. 16"
    if before == "#":
        return before2 in ("pt", "ot", "tx", "rx", "session", "appt", "treatment", "note")
    if before == "day":
        if after == "of" and _word(words, b + 1) in _COURSES:
            return True  # "day 14 of treatment"
        if after == "of" and spot.next and spot.next.first == b + 1 and (spot.next.last >= scan.last
                or _word(words, spot.next.last) in _COURSES.union((".", ",", "|", ";"))):
            return not _COURSES.isdisjoint(words[max(scan.first, a - 5):a])  # "work conditioning, day 14 of 20"
        return before2 in ("tx", "treatment", "rx", "therapy")
    if before in ("tx", "rx"):
        return a - 1 >= scan.first and (after in ("", "|", ".", ",", "of", ";") or b >= scan.last) and before2 in ("pt", "ot", "")
    if words[max(scan.first, a - 4):a] == ["total", "to", "date", ":"]:
        return not spot.unit and after not in ("min", "minutes", "units", "unit")
    return words[b - 1] in ORDINALS and after in _VISIT_NAMES and before not in ("by", "until", "before", "per", "at")


# ---------------------------------------------------------------- readers: what was named before tells


def read_signed_grade(scan, spot):
    """A grade by its sign alone: "quads 3+", "four minus"."""
    if spot.number.sign and spot.value <= 5 and spot.after != "x" and scan.kind != "reflex":
        return _measure(scan, spot, "strength", spot.last, scan.what or "strength", True, _grade(spot.number))
    return None


_PARTS = frozenset("day week month year way part story wheeled legged".split())


def read_when(scan, spot):
    """No measure: a week, a day or a phase, "wk 2", "POD 3"; but "2x/wk 18 visits" counts visits."""
    if spot.after in _PARTS and scan.text.norm[scan.text.ends[spot.last - 1]] == "-":
        return None, spot.last  # "three-day split"
    if spot.before == "day" and _numbered(scan, spot):
        return None
    if spot.before in ("wk", "week", "day", "pod", "phase", "month") and spot.after not in ("visits", "sessions", "/", "x", "times") \
            and spot.end == spot.last:
        return None, spot.last
    return None


_CHANGED = frozenset("up down gained improved increased decreased reduced".split())
_SINCE = frozenset("since from over compared vs versus".split())


def read_change(scan, spot):
    """By how much something changed: "up 8 lb since eval" is no force of 8 lb, "gained 15 degrees" no motion."""
    at = spot.first - 1
    if spot.before in ("by", "about", "another", "of"):
        at -= 1
    if _word(scan.words, at) not in _CHANGED or spot.after in ("to", "->", "x", "/"):
        return None
    rest = scan.words[spot.end:min(scan.last, spot.end + 4)]
    since = not _SINCE.isdisjoint(rest[:3]) and "to" not in rest
    if not since and not (scan.words[at] in ("gained", "improved") and spot.unit in ("degrees", "feet", "seconds")):
        return None
    if not spot.unit and spot.after not in ("points", "point", "pts", "%", "grade", "grades", "inches", "cm", "mm", "since"):
        return None
    return _measure(scan, spot, "change", spot.end)


def read_grip(scan, spot):
    """Grip without a unit: "grip R 62, L 40"."""
    if scan.kind == "grip" and spot.first - scan.first < 60 and spot.after not in ("x", "wk"):
        return _measure(scan, spot, "grip", spot.last, scan.what, _weak_grip(scan, spot.value, ""))
    return None


_LACKS = frozenset("lacks lacking lacked lag short shy missing".split())
_NO_GRADE_BEFORE = _LACKS | {"x", "-", "of", "by", "from", "to"}
_NO_GRADE_BEHIND = frozenset("x wks weeks wk visits / - to of in out degrees times reps sets days people".split())


def read_plain_grade(scan, spot):
    """A whole grade once strength was spoken of: "MMT: quads 4"."""
    if scan.grades and scan.kind == "motion" and spot.value <= 5 and not spot.unit and spot.before not in _NO_GRADE_BEFORE \
            and spot.after not in _NO_GRADE_BEHIND:
        return _measure(scan, spot, "strength", spot.last, loss=spot.value < 5)  # "dorsiflexion right is a two, left five"
    if scan.strength and spot.value <= 5 and scan.kind != "pain" and spot.before != "x" \
            and spot.after not in ("x", "wks", "weeks", "visits", "/") \
            and (scan.words[spot.first].isdigit() or scan.last_kind == "strength" and spot.before in ("full", "is", ":", "a", "side")):
        return _measure(scan, spot, "strength", spot.last, loss=spot.value < 5)
    return None


_FIELDS_OF_PAIN = frozenset("current currently now best worst average avg rest usual least".split())
_NO_PAIN_AFTER = frozenset("x d y times wks weeks week days day hrs hours hour months month / years year yrs yr mo min minutes minute"
                           " blocks steps places spots pillows nights st nd rd th % flights reps sets of".split())
_JOINT_RATED_WHEN = frozenset("now today at when if sitting standing walking lying resting by while and".split())
_AS_RATED = frozenset(": rpe borg a an at about around to is was be being maybe only just hits reaches say =".split())
_RATED_WHEN = _ENDS | frozenset("now today at with when if on in after during while sitting standing walking lying resting going by most and"
                                " but or this that since yesterday tonight".split())


def read_pain(scan, spot):
    """Pain without its scale: "pain 3 w/ stairs", "hurts about a six", "Current 3  Worst 5"; but not "pain 3 weeks"."""
    if spot.after == "-" and spot.next and (spot.value, spot.next.value) == (0, 10):
        return None, spot.next.last  # "Pain (0-10)": the scale
    since = spot.first - scan.pain_at
    if scan.kind == "pain" and spot.after == "mm" and since <= 6 and spot.value <= 100:
        return _measure(scan, spot, "pain", spot.last + 1, "pain", value=spot.value / 10)  # "VAS 62 mm"
    if spot.value > 10 or spot.before == "x" or spot.after in _NO_PAIN_AFTER:
        return None
    before = scan.words[max(scan.first, spot.first - 2):spot.first]
    if scan.kind == "pain":
        if scan.words[spot.first][0].isdigit():
            near = since <= 6 or since <= 12 and spot.before in _AS_RATED or since <= 24 and not _FIELDS_OF_PAIN.isdisjoint(before)
        else:
            near = since <= 24 and spot.before in _AS_RATED and spot.after in _RATED_WHEN
        return _measure(scan, spot, "pain", spot.last, "pain") if near else None
    if spot.before == "a" and spot.after in _JOINT_RATED_WHEN and scan.joint and not scan.strength and scan.kind in ("", "motion") \
            and not {"is", "'s", "was", "about"}.isdisjoint(scan.words[max(scan.first, spot.first - 3):spot.first]):
        scan.kind, scan.pain_at = "pain", spot.first
        return _measure(scan, spot, "pain", spot.last, "pain")  # "the shoulder is about a two sitting here"
    return None


_OF_ONE_JOINT = frozenset(("dorsiflexion", "plantarflexion", "inversion", "eversion"))


def read_motion(scan, spot):
    """A motion without a unit: "knee flexion 95", "-35/112", "flex/abd 165/160"."""
    if scan.kind != "motion" or not scan.what or spot.after in ("x", "reps", "wks", "weeks") \
            or spot.before in ("x", "grade", "gr"):
        return None
    # A bare number belongs to the motion just before it, or to the row of numbers it stands in.
    near = spot.first - scan.motion_at <= (9 if spot.before == ":" else 6) or scan.last_kind == "motion"
    if near and (spot.value > 5 or scan.joint or scan.what in _OF_ONE_JOINT and spot.after not in ("sets", "min") or spot.before in ("-", "+", "lacks", "lacking")):
        return _motion(scan, spot)
    return None


def read_joint_range(scan, spot):
    """A joint's range without a motion: "knee 0-138"."""
    following = spot.next
    if scan.kind or not scan.joint or not following or following.first != spot.last + 1:
        return None
    linked = spot.after in ("-", "to") or spot.after == "/" and spot.before == "-"
    if linked and spot.value < following.value and 30 < following.value <= 180 and not _lone_minus(scan.text, spot.last):
        return _motion(scan, spot)
    return None


_GOES_TO = frozenset("is goes has gets was to : , plus side hand arm leg knee hip shoulder elbow wrist ankle foot".split())


def read_other_side(scan, spot):
    """The other side's motion, given by its number alone: "L shoulder up to 88 degrees, R 150", "knee 8-92, L goes 3 to 145",
    "flexion 92. She lifts the good arm to 175"."""
    if scan.last_kind != "motion" or spot.value <= 5 or spot.after in ("x", "reps", "wks", "weeks", "sets", "visits"):
        return None
    before = scan.words[spot.first - 1]
    sided = any(_side_at(scan.words, i) for i in range(max(scan.first, spot.first - 6), spot.first))
    if sided and (_side_at(scan.words, spot.first - 1) or before in _GOES_TO):
        return _motion(scan, spot)
    return None


def read_today(scan, spot):
    """The newer of two values, its unit said once: "38 seconds at the first visit and 21 today"."""
    if spot.after in ("today", "now") and spot.before in ("and", "to", ",", "then", ";", "->") and scan.last_kind in ("seconds", "distance", "motion", "test"):
        return _measure(scan, spot, scan.last_kind, spot.last)
    return None


READERS = (
    read_ordinal, read_code, read_year, read_clock, read_when, read_change, read_fraction, read_dose, read_inches, read_reflex,
    read_pulse, read_exertion, read_vital, read_repetitions, read_percent, read_test, read_motion_after, read_degrees, read_seconds, read_minutes, read_distance, read_force,
    read_visits, read_signed_grade, read_grip, read_plain_grade, read_pain, read_motion, read_joint_range, read_other_side,
    read_today)

# What a reader knows nothing without, the thing named last or the unit: it is not even asked.
_OF_KIND = {read_reflex: "reflex", read_test: "test", read_grip: "grip", read_motion: "motion"}
_OF_UNIT = {read_degrees: "degrees", read_seconds: "seconds", read_minutes: "minutes", read_distance: "feet", read_force: "pounds"}
_OWN_KINDS, _OWN_UNITS = frozenset(_OF_KIND.values()), frozenset(_OF_UNIT.values())
_ASKED = {(kind, unit): tuple(r for r in READERS if _OF_KIND.get(r, kind) == kind and _OF_UNIT.get(r, unit) == unit)
          for kind in ("", *_OWN_KINDS) for unit in ("", *_OWN_UNITS)}


# ---------------------------------------------------------------- degrees, and whether a number shows a loss


def _motion(scan, spot):
    """A number after a motion: one value, a range "0-138" or "-35/112", or one of a list "165/160/80"."""
    negative = spot.before in ("-", "minus", "negative") and not _word(scan.words, spot.first - 2)[:1].isdigit()
    if _is_range(scan, spot, negative):
        high, end = spot.next.value, spot.next.last
        if scan.reference.units.get(_word(scan.words, end)) == "degrees":
            end += 1
        if not scan.motion_named:
            scan.what = "motion"
        lacking = spot.value >= 3 and scan.what in ("motion", "flexion", "extension")  # a range that does not begin at 0
        return _measure(scan, spot, "motion", end, loss=_motion_loss(scan, high, "") or lacking, value=high)
    if len(scan.motions) > 1:  # each number of the list has its motion, and the next row begins anew
        scan.what, *rest = scan.motions
        scan.motions = [*rest, scan.what]
    value = -spot.value if negative else spot.value
    if scan.what == "extension" and value > 40 and (scan.joint or scan.default) in ("knee", "elbow"):
        scan.what = "flexion"  # "extension lacks 6; the right one gets to 135"
    return _measure(scan, spot, "motion", spot.last, loss=_motion_loss(scan, value, spot.before), value=value)


def _is_range(scan, spot, negative):
    high = spot.next
    if spot.after not in ("-", "to", "/") or not high or high.first != spot.last + 1 or len(scan.motions) > 1:
        return False
    if spot.after == "to" and spot.before == "from":
        return False  # "has gone from 90 to 130": a change
    if spot.after == "/" and spot.value > 30 and (not negative or scan.motion_named):
        return False  # "165/160" are two motions
    return spot.value < high.value <= 180 and not high.sign and not _lone_minus(scan.text, spot.last)


def _lone_minus(text, i):
    """Whether the dash at word i is the sign of the number after it: a space before it and none after."""
    return text.words[i] == "-" and text.starts[i] > text.ends[i - 1] and text.starts[i + 1] == text.ends[i]


def _motion_loss(scan, value, before):
    """Whether a motion in degrees shows a loss: against the joint's normal, or that of every joint that has the motion."""
    if before in _LACKS or value < 0:
        return abs(value) >= 3
    reference, what, joint = scan.reference, scan.what, scan.joint
    if not joint and what in reference.joints.get(scan.default, ()):
        joint = scan.default  # a note about one joint does not name it at every number
    own = reference.joints.get(joint, {}).get(what)
    normals = reference.motions.get(what, ()) if own is None else (own,)
    if not normals:
        return None
    if what == "extension" and joint in ("knee", "elbow", "finger", "thumb"):  # straight is 0: degrees are what is lacking
        return value >= 5 if before == "-" else None if value else False
    below = [value < normal * (1 - reference.tolerance) for normal in normals]
    return True if all(below) else None if any(below) else False


def _weak_grip(scan, value, unit):
    """True for a force that is weak in anyone, else None: only the other hand can tell."""
    pounds = value * 2.2 if unit in ("kg", "kgs") else value
    return True if pounds < scan.reference.grip[scan.what] else None


def _test_loss(test, value):
    if test.get("normal") is None:
        return None
    normal = float(test["normal"])
    return value < normal if test["worse"] == "below" else value > normal


# ---------------------------------------------------------------- when


_MONTHS = frozenset("jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august"
                    " september october november december".split())
_MONTH_NUMBER = {name: n for n, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}
_PAST = frozenset("was were yesterday initial initially eval ie baseline soc from previously prior had admission preop start previous"
                  " originally first prev".split())
_PAST_AFTER = frozenset([
    ("on", "arrival"), ("on", "admission"), ("on", "eval"), ("on", "initial"), ("at", "last"), ("at", "first"),
    ("at", "previous"), ("at", "eval"), ("at", "ie"), ("at", "soc"), ("at", "initial"), ("at", "visit"), ("at", "start"),
    ("at", "baseline"), ("last", "visit"), ("last", "week"), ("last", "month"), ("two", "weeks"), ("on", "v"), ("on", "visit"),
    ("on", "session"), ("at", "session"), ("visit",), ("session",), ("yesterday",), ("week", "before"), *(("in", month) for month in _MONTHS)])


def _frame(words, first, last, low, high):
    """now, before or goal, by the words right beside a number: "(was 3+)", "initial 84", "from 2+ to 3+", "72 -> 41"."""
    before, after = _words_before(words, first, low), words[last:min(high, last + 4)]
    if after and after[0] in ("today", "now"):
        return "now"
    if _begins_a_change(words, after, last, high):
        return "before"
    if "goal" in before or "goals" in before or "target" in before:
        return "goal"
    if "last" in before or before[-1:] == [":"] and before[-3:-2] in (["visit"], ["eval"]):
        return "before"  # "last month 18/30", "(visit 1: 13)"
    if words[low] in _THEN_OPENS and _begins_then(words[low:low + 8]):
        return "before"
    if "(" in words[low:first] and _in_brackets_of_then(words, first, last, low, high):
        return "before"
    near = before[-2:]
    if not _PAST.isdisjoint(near) and near[-1] not in ("now", "today", "to") and not _only_told(words, near, first, low, high):
        if "from" in near and near != ["(", "from"] and not _tells_of_change(words[max(low, first - 4):first], before, after):
            return "before" if _past_follows(after) else "now"  # "from 20 inches" is where something is done, "from 10 to 20" a change
        return "before"
    return "before" if _past_follows(after) else "now"


_TOLD = frozenset(("was", "were"))
_CONTRAST = frozenset("now today currently presently -> > but last then initially initial eval previously yesterday ago".split())


def _only_told(words, near, first, low, high):
    """Whether "was" only tells what an examination found ("extensors were 4/5"): nothing newer stands beside it, as in
    "112, was 95", "it was 14", "was 95, now 112"."""
    if not _PAST.isdisjoint(set(near) - _TOLD):
        return False
    at = first - 1 if words[first - 1] in _TOLD else first - 2
    beside = words[at - 1] if at > low else ""
    return beside not in ("visit", "eval", "session", "week", "month", "(", ",", ";", "it", "which", "that", "this", "-", "") and _CONTRAST.isdisjoint(words[low:high + 6])


_ENTRY = frozenset("wk week visit v day session tx".split())


def _day_of(words, first, last):
    """What a sentence that begins with a day or a visit sorts by, ("day", 10, 3) or ("visit", 4), or None: "10/3 flexion 88",
    "Oct 24: 10 stairs", "Wk 4: ..."."""
    a, b, c = (_word(words, i) if i < last else "" for i in (first, first + 1, first + 2))
    if a.isdigit() and b == "/" and c.isdigit() and 1 <= int(a) <= 12 and 1 <= int(c) <= 31:
        return ("day", int(a), int(c)) if (int(c) not in (5, 10) or _word(words, first + 3) in (":", "/", "-")) else None
    if a[:3] in _MONTH_NUMBER and a in _MONTHS and b.isdigit() and int(b) <= 31:
        return "day", _MONTH_NUMBER[a[:3]], int(b)
    if a in _ENTRY and b.isdigit() and c in (":", "-", ".", "|", ")", ","):
        return a, int(b)
    return None


def _by_day(text, found):
    """In a log of days or visits all entries but the latest are earlier: "Oct 3: 2 stairs. Oct 24: 10 stairs."

    A log needs two entries of one kind, in order; an entry ends with its line or where the next begins.
    """
    days = [(first, day) for first, last in text.sentences if text.words[first] in _MONTHS or text.words[first] in _ENTRY
            or text.words[first][0].isdigit() if (day := _day_of(text.words, first, last))]
    kinds = {}
    for first, day in days:
        kinds.setdefault(day[0], []).append(day)
    logs = {kind: max(own) for kind, own in kinds.items() if own[0] != own[-1] and own in (sorted(own), sorted(own, reverse=True))}
    if not logs:
        return found
    out, starts = [], [first for first, _ in days]
    for m in found:
        n = bisect_right(starts, m.first) - 1
        if n >= 0 and m.frame == "now" and text.line_of[starts[n]] == text.line_of[m.first]:
            kind, *_ = day = days[n][1]
            if kind in logs and day != logs[kind]:
                m = m._replace(frame="before")
        out.append(m)
    return out


_THEN = _MONTHS | frozenset("eval evaluation ie adm admit admission soc initial initially pre preop start baseline last prev"
                            " previous previously ago".split())


_THEN_OPENS = frozenset(("at", "on", "initially", "then"))


_THEN_IN_BRACKETS = _THEN | frozenset("mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday"
                                      " sunday had came started began week month".split())


def _begins_then(words):
    """Whether a sentence that begins with one of _THEN_OPENS names an earlier time that speaks for all of it: "At visit 13:
    flexion 94", "On admission, ..."."""
    end = next((i for i, word in enumerate(words) if word in (":", ",")), None)
    if end is None or not {"today", "now", "rest", "discharge", "exam", "examination"}.isdisjoint(words[:end]):
        return False
    return end == 1 and words[0] in ("initially", "then") or not _THEN.isdisjoint(words[1:end]) or _names_a_day(words[1:end])


def _in_brackets_of_then(words, first, last, low, high):
    """Whether a number stands in brackets after another, with an earlier time: "13.8 (17.2 with a cane 5/8)", "mod A (max A
    adm)". A comma parts what is said of one number from what is said of the next."""
    bracket = next((i for i in range(first - 1, max(low, first - 12), -1) if words[i] in ("(", ")")), None)
    if bracket is None or words[bracket] == ")":
        return False
    begun = next(i for i in range(first - 1, bracket - 1, -1) if words[i] in ("(", ",", ";"))
    closed = next((i for i in range(last, min(high, last + 8)) if words[i] in (")", ",", ";")), None)
    if closed is None:
        return False
    inside = words[begun + 1:first] + [""] + words[last:closed]
    return not _THEN_IN_BRACKETS.isdisjoint(inside) or _names_a_day(inside)


def _names_a_day(words):
    """Whether a day ("5/8", "10/14"), a week or a visit ("wk 2", "v3", "visit 6") is among the words."""
    for i, word in enumerate(words):
        after = words[i + 1:i + 3]
        if word in ("wk", "week", "visit", "v", "day", "tx", "session") and after and after[0].isdigit():
            return True
        if word in ("wk", "wks", "week", "weeks", "days", "mo", "month", "months") and after[:1] == ["back"]:
            return True
        if word.isdigit() and after[:1] and after[0] in ("th", "st", "nd", "rd"):
            return True  # "(17th: 5.5)"
        if word.isdigit() and after[:1] == ["/"] and after[1:] and after[1].isdigit() and after[1] not in ("5", "10"):
            return int(word) <= 12 and 1 <= int(after[1]) <= 31
    return False


def _words_before(words, first, low):
    """Up to three words before a number, a minus left out; what stands before a comma speaks of another number."""
    if first > low and words[first - 1] == "-":
        before = words[max(low, first - 4):first - 1]
    else:
        before = words[max(low, first - 3):first]
    for at in range(len(before) - 1, -1, -1):
        if before[at] in (",", ";"):
            return before[at + 1:]
    return before


def _begins_a_change(words, after, last, high):
    """Whether an arrow, or a word in brackets, says that a newer number follows: "72 -> 41", "3/5 (initial)"."""
    if not after:
        return False
    if after[0] in ("->", ">") or after[:2] in (["-", ">"], ["-", "->"]):
        return True
    if after[0] != "(":
        return False
    if after[1:2] and after[1] in _THEN and after[2:3] == [")"]:
        return True  # "90 (start)"
    if ")" not in words[last:min(high, last + 6)]:
        return False
    return _word(words, words.index(")", last) + 1) in ("->", ">")  # "88 (3/1) -> 112"


def _tells_of_change(wide, before, after):
    """Whether "from" begins a change; `wide` are the four words before the number."""
    return "to" in after or "->" in after or "up" in wide or "down" in wide \
        or not {"↑", "↓", "increased", "improved"}.isdisjoint(before)


def _past_follows(after):
    """"84 at eval", "3+ on admission", "18 initially"."""
    if not after:
        return False
    if after[0] in ("on", "at", "wk", "week", "v", "(") and _names_a_day(after):
        return True  # "20 sec on 10/3"
    if after[0] == "then":
        return len(after) == 1 or not after[1].isalpha() or after[1] in ("and", "now", "today", "to")  # not "8 then rested"
    second = after[2:3] if after[:2] == ["at", "the"] else after[1:2]
    return after[0] in ("initially", "previously", "initial") or (after[0],) in _PAST_AFTER or (after[0], *second) in _PAST_AFTER


# ---------------------------------------------------------------- columns, sections, the other side


def _in_columns(text, found, rows):
    """Measures in rows of a table take side and time from their column: by order when each column has one."""
    out, by_line = [], {}
    for m in found:
        by_line.setdefault(text.line_of[m.first], []).append(m)
    for line, row in by_line.items():
        cells = rows.get(line)
        if cells and len(cells) == len(row):
            row = [_under(m, cell) for m, cell in zip(row, cells)]
        elif cells:
            row = [_under(m, tables.nearest(cells, m.start - text.lines[line][0])) for m in row]
        out += row
    return out


_VITAL_ROWS = 12  # lines below their heads
_VITAL_NEAR = 6   # characters beside its head


def _under_vital_signs(text, anchors, found):
    """Numbers in the rows below "SpO2   HR   RPE" are what their column's head says, when they can be."""
    heads = {}
    for first, named in anchors.items():
        for anchor in named:
            if anchor.group == "vitals":
                line = text.line_of[first]
                heads.setdefault(line, {})[text.starts[first] - text.lines[line][0]] = anchor.name
    with_numbers = {text.line_of[m.first] for m in found}
    heads = {line: columns for line, columns in heads.items() if len(columns) > 1 and line not in with_numbers}
    if not heads:
        return found
    out, lines = [], sorted(heads)
    for m in found:
        line = text.line_of[m.first]
        above = bisect_left(lines, line)
        head = lines[above - 1] if above and line <= lines[above - 1] + _VITAL_ROWS else None
        if head is not None and m.kind in ("number", "pain") and m.value is not None:
            column = m.start - text.lines[line][0]
            nearest = min(heads[head], key=lambda c: abs(c - column))
            low, high = _CAN_BE[heads[head][nearest]]
            if abs(nearest - column) <= _VITAL_NEAR and low <= m.value <= high:
                m = m._replace(kind=heads[head][nearest], what=heads[head][nearest], joint="", loss=None)
        out.append(m)
    return out


def _under(measure, cell):
    return measure._replace(side=cell.side or measure.side, frame=cell.frame or measure.frame) if cell else measure


_RATINGS = _FIELDS_OF_PAIN | {"today", "activity", "rating", "level", "pain"}


def _in_section(text, measure, section):
    """A number among the goals is a goal; a bare one behind a label in a section on pain ("Worst: 7") is a rating."""
    if section is None:
        return measure
    if section.id == "goals" and section.means == "planned" and measure.frame == "now":
        return measure._replace(frame="goal")
    if section.id == "pain" and measure.kind == "number" and measure.value is not None and measure.value <= 10 \
            and not _RATINGS.isdisjoint(text.words[max(0, measure.first - 3):measure.first]) and _word(text.words, measure.last) not in _NO_PAIN_AFTER:
        return measure._replace(kind="pain", what="pain")
    return measure


_NORM = frozenset("normal norm norms nl age mean avg average expected ref reference nml typical".split())
_NORM_REACH = 10  # words behind the number


def _against_a_norm(words, m):
    """A number whose norm is told behind it shows a loss when it falls short: "29 mm (normal 40+)", "10 (age norm 12-17)"; errors
    and times fall short above it: "22 errors (age mean 13)"."""
    if m.value is None or m.loss or m.frame == "goal" or m.kind in ("pain", "visits", "minutes", "dose", "load"):
        return m
    behind = words[m.last:m.last + _NORM_REACH]
    norm = next((i for i, word in enumerate(behind) if word in _NORM), None)
    if norm is None or norm > 4 or "(" not in behind[:norm + 1] and "," not in behind[:norm + 1]:
        return m
    value = next((float(word) for word in behind[norm:norm + 5] if word.replace(".", "", 1).isdigit()), None)
    if value is None:
        return m
    above = not {"errors", "error", "s", "sec", "secs", "seconds"}.isdisjoint(behind[:norm]) or m.kind == "seconds"
    short = m.value > 1.1 * value if above else m.value < 0.9 * value
    return m._replace(kind="test" if m.kind == "number" else m.kind, loss=True) if short else m


_OPPOSITE = {"": ("O",), "R": ("L", "O"), "L": ("R", "O"), "A": ("O",)}


def _against_the_other_side(text, measures):
    """Where the other side's same measure is plainly larger, a value without a verdict shows a loss."""
    return [m._replace(loss=_less_than_the_other(text, m, measures[max(0, n - 12):n + 13]))
            if m.loss is None and m.kind in ("grip", "motion") and m.side in _OPPOSITE and m.frame == "now" else m
            for n, m in enumerate(measures)]


def _less_than_the_other(text, measure, beside):
    loss, line = None, text.line_of[measure.first]
    for other in beside:
        if other.kind == measure.kind and other.side in _OPPOSITE[measure.side] and other.value \
                and other.frame != "goal" and abs(text.line_of[other.first] - line) <= 1:
            if abs(measure.value) < 0.9 * abs(other.value):
                return True
            if abs(measure.value) > abs(other.value):
                loss = False
    return loss
