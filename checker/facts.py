"""What happened: the note's mentions and measures with their meaning, its kind, and whether treatment was given.

`read` puts the earlier modules together once for a note; everything after it works on the result, a Facts value.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from functools import partial
from math import prod
from typing import NamedTuple

from . import context, kinds, measures, sections, tables, text as text_module
from .numbers import SPELLED

# Sections in which a named exercise was not done today.
NOT_DONE_SECTIONS = ("goals", "plan", "history", "home-program", "prior-level", "family-history", "diagnosis", "medications")


_BLANK = re.compile(r" ?(\([^()\n]{0,12}\))? ?: ?_{2,}(?! ?/? ?\w)").match  # a form's field that nobody filled


class Seen(NamedTuple):
    """A mention or measure as evidence: what it is, where, how it is meant and which cue says so."""
    concept: str
    start: int
    end: int
    first: int
    last: int
    sentence: int
    section: str
    means: str
    cue: tuple | None
    measure: measures.Measure | None = None


_seen = partial(tuple.__new__, Seen)  # of a tuple: a note has a hundred and more


class Facts(NamedTuple):
    """A note that has been read.

    kind: evaluation, daily, progress, discharge or not-therapy; treatment: delivered, planned or none;
    visit: the visit the note stands at, or None; seen: {concept or group: [Seen]}; measured: {kind: [Seen]};
    cues and copied: as context.scopes and context.blocks give them; odd: of all these what is not plainly a finding
    (negated, planned, a goal), with what an exception of its concept covers and a cue speaks against ("HEP not given").
    """
    text: text_module.Text
    sections: list
    seen: dict
    measured: dict
    kind: str
    treatment: str
    visit: int | None
    cues: dict
    copied: list
    odd: dict


def read(note, lexicon):
    """note text, policy.Lexicon-like (matcher, data, groups) -> Facts. Never raises, whatever the text."""
    text = text_module.read(note)
    hits = lexicon.matcher.find(text)
    cues = context.scopes(text, hits["q"], lexicon.context)
    copied = context.blocks(text, hits["b"], lexicon.context)
    found_sections = sections_of(text, hits, lexicon, copied)
    section_of, sentence_of = sections.Finder(found_sections).at, text.sentence_of
    plain = not copied and "__" not in text.norm  # neither copied text nor blanks to fill in: only cues and sections speak

    def see(name, first, last, start, end, measure=None):
        sentence = sentence_of[first]
        section = section_of(start)
        if plain and sentence not in cues and (section is None or section.means == "present" and not section.empty):
            return _seen((name, start, end, first, last, sentence, section.id if section else "", "present", None, measure))
        reading = context.read(first, last, start, cues.get(sentence, ()), section, copied)
        if section is not None and section.empty and start < section.heading[1]:
            reading = context.Reading("negated", (*section.heading, "negated"))  # "HEP: ____" says that there was a field
        elif measure is None and _BLANK(text.norm, end):
            reading = context.Reading("negated", (start, end, "negated"))  # "Pain (0-10): ____"
        return _seen((name, start, end, first, last, sentence, section.id if section else "", reading.means, reading.cue, measure))

    seen, measured, odd = defaultdict(list), defaultdict(list), defaultdict(list)
    for first, last, concept, start, end in hits["c"]:
        names = lexicon.names[concept]
        if "link" in names:  # a small word that ties two mentions together has no meaning of its own to read
            mention = _seen((concept, start, end, first, last, sentence_of[first], "", "present", None, None))
        else:
            mention = see(concept, first, last, start, end)
        for name in names:
            seen[name].append(mention)
        if mention.means != "present":
            for name in names:
                odd[name].append(mention)
    for first, last, concept, start, end in hits["x"]:
        mention = see(concept, first, last, start, end)
        if mention.means != "present":
            for name in lexicon.names[concept]:
                odd[name].append(mention)
    for m in measures.find(text, hits["m"], lexicon.measures, section_of):
        taken = see(m.kind, m.first, m.last, m.start, m.end, m)
        measured[m.kind].append(taken)
        if taken.means != "present" or m.frame == "goal":
            odd[m.kind].append(taken)
    _pain_at_zero(seen, measured, odd)
    kind = kinds.kind_of(text, seen, measured, lexicon.kinds)
    stated = [s.measure for s in measured.get("visits", ()) if (s.means in ("present", "past", "home", "negated") and s.section not in ("history", "plan", "goals") or _at_visit(text, s))
              and not (s.cue and any(word in text.norm[s.cue[0]:s.cue[1]] for word in ("episode", "chart", "record", "admission")))]
    return Facts(text, found_sections, seen, measured, kind, _treatment(text, seen, measured, kind), measures.visits(stated), cues, copied, odd)


def _at_visit(text, seen):
    """Whether a visit's number is no plan though it reads as one: "P: 3x/wk. V15.", "visits this plan: 17"."""
    words, first, (start, end) = text.words, seen.first, text.sentences[seen.sentence]
    line = text.lines[text.line_of[first]][0]
    dated = words[first - 1] in _VISIT and _DATE.fullmatch(text.norm[line:text.starts[first - 1]])
    if dated:
        return True  # the next entry of a log stands under the plan of the one before
    alone = words[first - 1] in _VISIT and (first - 1 == start or words[first - 2] == ".") and (seen.last == end or words[seen.last] == ".")
    return alone or words[max(0, first - 3):first] == ["this", "plan", ":"]


_VISIT = ("v", "vst", "visit")
_DATE = re.compile(r"[-0-9/. ]*[0-9][-0-9/. |:]*")
_ZERO_WITHIN = 8  # words from "Pain" to its 0: "Pain (NPRS 0-10), at worst: 0"


def _pain_at_zero(seen, measured, odd):
    """Pain that the note rates with 0, and nowhere higher, is no pain: its mentions before the 0 are marked as negated."""
    rated = [s for s in measured.get("pain", ()) if s.means in ("present", "home") and s.measure.value is not None]
    if not rated or any(s.measure.value > 0 for s in rated):
        return
    zeros = {}
    for s in rated:
        zeros.setdefault(s.sentence, []).append(s)
    for name in {"pain-word", *(s.concept for s in seen.get("pain-word", ()))}:
        for n, mention in enumerate(seen.get(name, ())):
            zero = next((z for z in zeros.get(mention.sentence, ()) if 0 <= z.first - mention.last <= _ZERO_WITHIN), None)
            if zero and mention.means == "present":
                seen[name][n] = mention._replace(means="negated", cue=(zero.start, zero.end, "negated"))
                odd[name].append(seen[name][n])


def sections_of(text, hits, lexicon, copied):
    """The sections of a note, those within copied text ended where it ends. hits: of Matcher.find; copied: context.blocks."""
    return [_before_the_end(s, copied) for s in sections.find(text, lexicon.headings, hits["h"])]


def _before_the_end(section, copied):
    """A section opened within copied text ends where that text ends: below it the note's own words begin."""
    ends = [end for start, end, *_ in copied if start <= section.start < end < section.end]
    return section._replace(end=min(ends)) if ends else section


# ---------------------------------------------------------------- treatment


def _treatment(text, seen, measured, kind):
    """delivered, planned or none: does the note report that exercise or another intervention was done?"""
    if kind == "not-therapy":
        return "none"
    dosed = _sentences(measured, "dose", "minutes", "load")
    done = {s.sentence for s in seen.get("done-word", ()) if s.means == "present"}
    if any(s.means == "present" for s in seen.get("no-treatment", ())):
        given = [s for s in seen.get("intervention", ()) if s.means == "present"
                 and (s.section == "treatment" or s.section in ("", "objective") and s.sentence in dosed | done)]
        if not given or kind == "evaluation":
            return "none"
    planned = False
    if kind == "evaluation":
        if _dosed(text, seen, measured, ("treatment",)):
            return "delivered"
        # What is named in a sentence about home was only handed out, and what is measured there was only tested.
        elsewhere = _sentences(seen, "home-frequency", "home-place", "home-giving", "home-sent", "home-paper", "home-program-word")
        acted = done | _sentences(seen, "exercise-named")
        tested = _sentences(measured, "test", "strength", "motion", "distance", "assist")
        if any(s.sentence in acted - elsewhere - tested for s in _by_hand(text, seen)):
            return "delivered"
        elsewhere |= _sentences(measured, "strength") - done
    elif _dosed(text, seen, measured) or _by_hand(text, seen) or _by_routine(seen) or kind == "daily" and "no-treatment" not in seen and _by_teaching(seen):
        return "delivered"
    for group in ("exercise-named", "exercise-category", "intervention"):
        for s in seen.get(group, ()):
            planned = planned or s.means == "planned"
            if s.means != "present" or s.section in NOT_DONE_SECTIONS:
                continue
            if kind == "evaluation":
                # An evaluation names exercise in its plan: only a dose, or a word for doing, shows that it was done.
                if s.sentence in elsewhere and s.section != "treatment":
                    continue
                if s.sentence in dosed and s.section not in ("assessment", "subjective") or s.section in ("treatment", "") and s.sentence in done:
                    return "delivered"
            elif group == "exercise-named" or s.section in ("treatment", "response") or s.sentence in done or s.sentence in dosed:
                return "delivered"
            elif group == "intervention" and s.section in ("", "objective"):
                return "delivered"
    return "planned" if planned else "none"


def _sentences(found, *names):
    """The sentences that hold any of the concepts, or measures, of these names."""
    return {s.sentence for name in names for s in found.get(name, ())}


def _by_hand(text, seen):
    """Skilled acts told in the first person ("I steadied him at the elbow", "moved my hand to the wrist"): [Seen]."""
    return [s for group in ("hands", "correct") for s in seen.get(group, ())
            if s.means == "present" and s.section not in NOT_DONE_SECTIONS + ("subjective",)
            and not {"i", "my", "me"}.isdisjoint(text.words[max(0, s.first - 3):s.last + 3])]


def _by_teaching(seen):
    """A visit told by what was corrected or taught in a movement: "needed a hand under the elbow", "taught him to roll"."""
    objects = {s.sentence for s in seen.get("skill-object", ())}
    return any(s.means == "present" and s.section in ("", "treatment", "objective", "response") and s.sentence in objects
               for group in ("hands", "correct", "cue", "grading") for s in seen.get(group, ()))


def _by_routine(seen):
    """A session told by its routine: "same as last visit, done alone"."""
    return any(s.means == "present" and s.section not in NOT_DONE_SECTIONS
               for group in ("no-skill", "same-routine") for s in seen.get(group, ()))


def _dosed(text, seen, measured, sections=()):
    """Things done so many times ("stood from the kitchen chair x6"): [Seen] of the doses, but not those of a hot pack.

    sections: only these count, when given: in an evaluation a dose tells of treatment only below its heading.
    """
    passive = {i for s in seen.get("passive-modality", ()) for i in range(s.last, s.last + 4)}
    return [s for s in measured.get("dose", ()) if s.means == "present" and s.section not in NOT_DONE_SECTIONS + ("subjective",)
            and (s.section in sections or not sections)
            and _times(text, s) >= 5 and s.first not in passive and s.first - 1 not in passive
            and text.words[s.last:s.last + 1] not in (["wks"], ["wk"], ["weeks"], ["visits"], ["days"], ["yrs"], ["mo"], ["hrs"], ["hours"], ["lb"], ["min"])]


def _times(text, dose):
    """How often something was done: 10 in "x10", 20 in "2x10"."""
    said = text.words[dose.first:dose.last]
    return max(dose.measure.value or 0, prod(int(word) if word.isdigit() else SPELLED[word] for word in said if word.isdigit() or word in SPELLED))


# ---------------------------------------------------------------- named facts for rules

MOST_MEASURES = 120  # of one kind that are compared with one another: more than any note has
# A measure counts when it was taken in this episode: today or at an earlier visit, but not in text copied forward.
REAL = ("present", "earlier")


def measured_change(facts):
    """Values before and now of the same kind, side by side: [Seen] of both, or []."""
    out = []
    for kind in ("strength", "motion", "test", "grip", "assist", "pain", "distance", "seconds", "percent", "number", "minutes"):
        group = [s for s in facts.measured.get(kind, ()) if s.means in ("present", "past", "earlier", "planned", "copied") and s.section not in ("plan", "history", "prior-level")
                 and s.measure.frame != "goal"]
        before = [s for s in group if s.measure.frame == "before" or s.means == "earlier"]
        for b in before:
            if b.means != "copied" and facts.text.words[max(0, b.first - 2):b.first] in (["up", "from"], ["down", "from"], ["improved", "from"], ["increased", "from"], ["↑", "from"], ["↓", "from"]):
                out = [b]  # "L quad up from 3/5": the change is said in one word
                break
            at = bisect_left(group, b.first, key=lambda s: s.first)
            around = group[max(0, at - MOST_MEASURES // 2):at + MOST_MEASURES // 2]
            for n in sorted(around, key=lambda s: abs(s.first - b.first)):
                if n.measure.frame == "now" and n.means != "earlier" and _comparable(facts, kind, b, n) and (n.measure.what == b.measure.what or kind in ("assist", "percent")) \
                        and (n.measure.value != b.measure.value or kind == "motion" and not _same_words(facts, b, n)) \
                        and (_near(facts, b, n) or _same(b, n) or kind == "distance") and not _vital_or_dose(facts, b, n, _NOT_WITH[kind == "distance"]):
                    out += [b, n]
                    break
            if out:
                break
        out = out or _then_and_now(facts, group)
    return sorted(out, key=lambda s: s.start) or _earlier_number(facts) or _by_arrow(facts)


def _comparable(facts, kind, a, b):
    """Whether two values can be of one thing at two times: not one of a goal, not two sizes of a step, not bare numbers of two lines."""
    if (a.section == "goals") != (b.section == "goals"):
        return False
    words, lines = facts.text.words, facts.text.line_of
    if kind == "seconds" and words[a.last - 1] == '"' == words[b.last - 1] and lines[a.first] == lines[b.first] \
            and any(m.sentence == a.sentence and m.first <= a.first for m in facts.seen.get("exercise-named", ())):
        return False  # 'step down 6" -> 4"': inches
    return kind != "number" or lines[a.first] == lines[b.first]


_ARROW_WITHIN = 5  # words from the older number to the arrow: "4 line loss -> 2"


def _by_arrow(facts):
    """Numbers of anything on either side of an arrow: "pads 4/d -> 2/d", "pad weight 310 g -> 140 g": [Seen, Seen], or []."""
    words, line_of = facts.text.words, facts.text.line_of
    plain = [s for kind in ("number", "percent", "test", "distance") for s in facts.measured.get(kind, ())
             if s.means in ("present", "past", "earlier") and s.section not in ("plan", "history", "prior-level", "goals", "treatment")]
    if len(plain) < 2:
        return []
    plain.sort(key=lambda s: s.first)
    exercised = {s.sentence for s in facts.seen.get("exercise-named", ())}
    for a, b in zip(plain, plain[1:]):
        if line_of[a.first] != line_of[b.first] or a.measure.value == b.measure.value or a.sentence in exercised or b.first - a.last > _ARROW_WITHIN + 3:
            continue
        between = words[a.last:b.first]
        if (">" in between or "->" in between) and not {",", ";", "."} & set(between) and not _vital_or_dose(facts, a, b):
            return [a, b]
    return []


def _dated(words, s):
    """The day that stands right before a value: ("10", "19") for "10/19 31 s", else None."""
    before = words[max(0, s.first - 4):s.first]
    while before and before[-1] in (":", "-", "="):
        before.pop()
    if len(before) >= 3 and before[-2] == "/" and before[-3].isdecimal() and before[-1].isdecimal() and int(before[-3]) <= 12 and int(before[-1]) <= 31:
        return before[-3], before[-1]
    return None


def _earlier_number(facts):
    """A value now and its earlier one, a bare number behind it: "held tandem 4 seconds; last week it was 1", "x8, last visit
    x4": [Seen, Seen], or []."""
    measured = facts.measured
    now = [s for kind in ("test", "seconds", "minutes", "distance", "motion", "strength", "grip", "dose", "number") for s in measured.get(kind, ())
           if s.means == "present" and s.measure.frame == "now" and s.section not in ("plan", "history", "prior-level", "goals")]
    if not now:
        return []
    now.sort(key=lambda s: s.first)
    for b in (*measured.get("number", ()), *measured.get("dose", ())):
        at = bisect_left(now, b.first, key=lambda s: s.first) - 1
        if b.measure.frame == "before" and b.means in ("present", "past", "earlier", "negated") and at >= 0:
            a = now[at]
            if a.sentence == b.sentence and (a.concept == "dose") == (b.concept == "dose") and a.measure.value != b.measure.value \
                    and b.first - a.last <= 8 and not _vital_or_dose(facts, a, b, ("heart-rate", "blood-pressure", "oximetry", "exertion")):
                return [a, b]
    return []


def _then_and_now(facts, group):
    """Two values of one thing in a sentence, "today" or "now" standing before the second: "wk 3: 52°  today: 68°"."""
    words = facts.text.words
    for a, b in zip(group, group[1:]):
        if a.sentence == b.sentence and a.measure.what == b.measure.what and a.measure.side == b.measure.side and a.measure.value != b.measure.value \
                and any(w in ("today", "now", "currently") for w in words[a.last:b.first]):
            return [a, b]
        if a.sentence == b.sentence and a.measure.what == b.measure.what and a.measure.value != b.measure.value \
                and (day := _dated(words, a)) and (other := _dated(words, b)) and day != other:
            return [a, b]  # "TUG 10/19 31 s; 11/12 24 s"
    return []


def _same_words(facts, a, b):
    return facts.text.norm[a.start:a.end] == facts.text.norm[b.start:b.end]


def _near(facts, a, b):
    return abs(a.first - b.first) <= 14 and abs(facts.text.line_of[a.first] - facts.text.line_of[b.first]) <= 1


def _same(a, b):
    """Whether two measures are surely of one thing, wherever they stand: the same motion, test or muscle of one side."""
    sides = {a.measure.side, b.measure.side}
    return a.measure.kind in ("strength", "motion", "grip", "test") and a.measure.what not in ("", "motion") \
        and a.measure.what == b.measure.what and (len(sides) == 1 or "" in sides)


_NOT_WITH = (("heart-rate", "blood-pressure", "oximetry", "exertion", "dose", "load"), ())  # a walk has its vital signs and its rounds


def _vital_or_dose(facts, a, b, kinds=_NOT_WITH[0]):
    low, high = min(a.first, b.first), max(a.last, b.last)
    sentence = a.sentence
    for kind in kinds:
        for s in facts.measured.get(kind, ()):
            if s.sentence == sentence and low - 3 <= s.first <= high + 2:
                return True
    return False


def one_sided_loss(facts):
    """A strength or motion loss measured on one side: [Seen], or []."""
    losses = [s for kind in ("strength", "motion", "grip") for s in facts.measured.get(kind, ())
              if s.means in REAL and s.measure.loss and s.measure.frame == "now"]
    losses = [s for s in losses if s.measure.joint not in _MIDDLE or any(_differ(a, b) for a, b in _pairs(facts, [s]))]
    losses += [s for s in facts.measured.get("test", ()) if s.measure.what in _OF_STRENGTH and s.measure.loss and s.means in REAL and s.measure.frame == "now"]
    if not losses:
        return []
    losses += [less for less, more in _side_by_side(facts) if less not in losses]
    side = _case_side(facts)
    pairs = _pairs(facts, losses)
    compared = any(s.measure.side == "O" for kind in ("strength", "motion", "grip") for s in facts.measured.get(kind, ())) \
        or any(not a.measure.side for a, b in pairs)
    one = [s for s in losses if s.measure.side in ("R", "L", "A") or not s.measure.side and (side or compared)]
    if _side_by_side(facts):
        return one
    if pairs and not any(_differ(a, b) for a, b in pairs):
        return []  # both sides have the same loss: nothing to compare with
    return one


_MIDDLE = ("trunk", "neck")  # a loss to one side is one of a pair only where both sides are told apart
_OF_STRENGTH = ("heel-raise",)  # tests that measure a limb's strength


def _differ(a, b):
    """Whether one side can stand for the other: it shows no loss, or clearly less of one (a grade, 15 degrees, a quarter)."""
    if not b.measure.loss:
        return True
    least = {"strength": 0.65, "motion": 10}.get(a.measure.kind, 0.25 * abs(b.measure.value or 0))
    return abs((a.measure.value or 0) - (b.measure.value or 0)) >= least


def other_side(facts):
    """The same measure on the other side, where a one-sided loss was measured: [Seen, Seen], or []."""
    losses = [s for kind in ("strength", "motion", "grip") for s in facts.measured.get(kind, ())
              if s.means in REAL and s.measure.loss and s.measure.frame == "now"]
    for a, b in _pairs(facts, losses):
        if _differ(a, b):
            return [a, b]
    for less, more in _side_by_side(facts):
        return [less, more]
    return []


def _pairs(facts, losses):
    out = []
    for s in losses[:MOST_MEASURES]:
        for other in sorted(facts.measured.get(s.concept, ())[:MOST_MEASURES], key=lambda o: (o.measure.frame != s.measure.frame, abs(o.first - s.first))):
            if other.means not in REAL or other.measure.frame == "goal" or other is s:
                continue
            sides = {s.measure.side, other.measure.side}
            if "" in sides and len(sides) == 2 and other.measure.side in ("R", "L", "O") and other.measure.loss is False and _near(facts, s, other):
                out.append((s, other))  # the affected side goes without saying
                break
            if (sides == {"R", "L"} or "O" in sides and len(sides) == 2) \
                    and (other.measure.what == s.measure.what or _near(facts, s, other) or _of_a_whole_side(facts, other)):
                out.append((s, other))
                break
            if "B" in sides and len(sides) == 2 and (sides & {"R", "L"}):
                out.append((s, other))
                break
    return out


def _of_a_whole_side(facts, s):
    """Full strength said of all of a side at once: "R 5/5 all", "the left is 5/5 throughout", "the right is 5/5"."""
    after = facts.text.words[s.last:s.last + 2]
    return s.measure.kind == "strength" and s.measure.loss is False \
        and (not s.measure.what or not {"all", "throughout", "globally", "grossly", "everywhere", "overall"}.isdisjoint(after))


def _case_side(facts):
    """The side of the note's case, R or L, when it names that one alone, or ""."""
    right, left = (not names.isdisjoint(facts.text.words) for names in (tables.RIGHT, tables.LEFT))
    return "" if right == left else "R" if right else "L"


def equipment_only(facts):
    """The exercise given is time on machines and nothing else: [Seen], or []."""
    named = [s for s in facts.seen.get("exercise-named", ()) if s.means == "present" and s.section not in ("goals", "plan", "history", "home-program")]
    machine = [s for s in facts.seen.get("equipment-time", ()) if s.means == "present"]
    others = [s for s in facts.seen.get("intervention", ()) if s.means == "present"]
    return machine if machine and len({s.concept for s in named}) == len({s.concept for s in machine}) and not others else []


def exercise_mode(facts):
    """A mode of participation said of an exercise, not of a measurement, or the weight it is done with: [Seen], or []."""
    exercise = {s.sentence for g in ("exercise-named", "exercise-category") for s in facts.seen.get(g, ()) if s.means not in ("negated", "copied", "other")}
    dosed = _sentences(facts.measured, "dose")
    motions = facts.measured.get("motion", ())
    measured = _sentences(facts.measured, "motion")
    done = [s for s in facts.seen.get("done-word", ()) if s.means == "present"]
    out = []
    for s in facts.seen.get("participation-mode", ()):
        if s.means not in ("present", "home", "earlier"):
            continue
        words = facts.text.norm[s.start:s.end]
        if any(s.sentence == d.sentence and 0 <= s.first - d.last <= 2 for d in done):
            out.append(s)  # "I did passive flexion in supine to 120"
        elif "rom" in words and any(m.sentence == s.sentence and m.first - s.last <= 2 and m.last > s.first and (m.measure.value or 0) > 30 for m in motions):
            continue  # "AROM 92 after heel slides x20"
        elif "aarom" in words and s.section not in NOT_DONE_SECTIONS:
            out.append(s)  # nobody is measured so, but told to take part so
        elif "rom" in words and s.sentence in measured and s.sentence not in dosed:
            continue
        elif s.sentence in exercise or s.sentence in dosed:
            out.append(s)
    named = {s.sentence for s in facts.seen.get("exercise-named", ()) if s.means in ("present", "home")}
    return out or [s for s in facts.measured.get("load", ()) if s.means in ("present", "home") and s.measure.frame != "goal" and s.sentence in named]


def load_change(facts):
    """A load or dose changed within the session ("40# -> 50#", "from 10 to 6"): [Seen], or []."""
    words = facts.text.words
    return [s for kind in ("load", "dose") for s in facts.measured.get(kind, ())
            if s.means == "present" and s.last < len(words) and words[s.last] in ("->", ">") and s.last + 1 < len(words) and words[s.last + 1][0].isdigit()]


def dosed_exercise(facts):
    """Something done a stated number of times, whatever its name: [Seen], or []."""
    return _dosed(facts.text, facts.seen, facts.measured)


def _side_by_side(facts):
    """Values of one kind for both sides in one sentence, one plainly less than the other: [(less, more)]."""
    out = []
    for kind in ("number", "test", "distance", "seconds", "grip", "motion", "strength"):
        group = [s for s in facts.measured.get(kind, ()) if s.means in REAL and s.measure.frame == "now" and s.measure.value is not None][:MOST_MEASURES]
        for a, b in zip(group, group[1:]):
            sides = {a.measure.side, b.measure.side}
            if a.sentence == b.sentence and sides in ({"R", "L"}, {"R", "O"}, {"L", "O"}, {"A", "O"}) and b.first - a.last <= 8 \
                    and abs(abs(a.measure.value) - abs(b.measure.value)) >= max(0.08 * max(abs(a.measure.value), abs(b.measure.value)), 6 if kind == "motion" else 0):
                out.append((a, b) if abs(a.measure.value) < abs(b.measure.value) else (b, a))
    return out


def vital_response(facts):
    """A vital sign with two different values close together, as before and after exercise: [Seen, Seen], or []."""
    for kind in ("heart-rate", "oximetry", "blood-pressure"):
        group = [s for s in facts.measured.get(kind, ()) if s.means in REAL and s.measure.frame != "goal"]
        for a, b in zip(group, group[1:]):
            if a.measure.value != b.measure.value and b.sentence - a.sentence <= 1 \
                    and not (kind == "blood-pressure" and a.sentence == b.sentence and not _POSITIONS.isdisjoint(facts.text.words[a.last:b.first])):
                return [a, b]
    return []


_POSITIONS = frozenset("sit sitting sat stand standing stood supine lying lie m tu w th f mon tues wed thurs fri".split())  # or days: no exercise between


FACTS = {"vital-response": vital_response, "dosed-exercise": dosed_exercise, "load-change": load_change, "measured-change": measured_change, "one-sided-loss": one_sided_loss, "other-side": other_side,
         "equipment-only": equipment_only, "exercise-mode": exercise_mode}
