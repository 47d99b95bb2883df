"""How a mention is meant: present, negated, planned, past, at home, someone else's, a risk - and which cue says so.

The family of methods is NegEx (Chapman 2001) and ConText (Harkema 2009): a cue has a direction and a scope inside its
sentence, longer cues take the place of the shorter ones inside them, and some words end a scope. Form values
("fever: none", "[ ] weakness") are cues like any other. Where no cue speaks, the section does: goals hold targets.
"""

import re
from bisect import bisect_left
from typing import NamedTuple

# When several cues reach a mention the first of these wins: "denies a history of falls" is a denial.
PRECEDENCE = ("other", "copied", "negated", "risk", "taught", "planned", "past", "earlier", "home")
LIST_ENDS = frozenset(("so", "then", "now", "today", "currently"))  # what follows these is no member of the list before
WHEN = frozenset(("today", "this", "visit", "date", "session", "day", "for", "now", "again", "still"))
REACH = 30  # words, unless the cue says less


class Cue(NamedTuple):
    """A cue found in the note: what it means, its code-point span, and the words lo..hi-1 it governs."""
    means: str
    start: int
    end: int
    lo: int
    hi: int


class Reading(NamedTuple):
    """How a mention is meant, and the cue (or heading) that says so: (start, end, means) or None."""
    means: str
    cue: tuple | None


PRESENT = Reading("present", None)


def scopes(text, hits, lexicon):
    """The cues of a note with what they govern, by sentence: {sentence index: [Cue]}.

    hits: cue mentions of concepts.find; lexicon: the context part of the bundle.
    """
    stops = frozenset(lexicon["stops"])
    cues = lexicon["cues"]
    by_sentence = {}
    for hit in _longest(h for h in hits if not cues[int(h.concept)].get("alone") or _stands_alone(text, h)):
        cue = cues[int(hit.concept)]
        sentence = text.sentence_of[hit.first]
        if cue["means"] == "negated" and text.words[hit.first] in ("without", "w") and _cannot(text.words, text.sentences[sentence][0], hit.first):
            continue  # "unable to rise from the toilet without the rail": the rail is there
        lo, hi = _scope(text, hit, cue, stops, text.sentences[sentence])
        found = by_sentence.setdefault(sentence, [])
        if cue["means"] == "present":
            # A ticked box ends what an earlier cue had opened; words that only look like a negation end a negation.
            ticked = text.norm[hit.start] in "[(☑"
            found[:] = [Cue(c.means, c.start, c.end, c.lo, hit.first)
                        if (ticked or c.means == "negated") and c.end <= hit.start and c.lo < hit.first < c.hi else c for c in found]
        if cue["reach"] == "both":  # a mention that holds the cue itself is not said by it: "HEP" is no HEP at home
            found.append(Cue(cue["means"], hit.start, hit.end, lo, hit.first))
            lo = hit.last
        found.append(Cue(cue["means"], hit.start, hit.end, lo, hi))
    _forms(text, by_sentence)
    return by_sentence


# The marks of a form: a ticked one, an empty one. Underscores are marks only beside a tick drawn among them ("_x_ knee  __ hip").
_MARK = re.compile(r"\[ ?[x*] ?\]|\(x\)|☑|_{0,8}x_{1,8}|_{1,8}x(?![^\W_])|\[[ _-]{0,8}\]|\( {1,8}\)|☐|_{2,40}")
_OPTION = re.compile(r"[ /,]*(yes|none|no|y|n|n/a|na|nt)(?![^\W_])").match
_OPTION_BEFORE = re.compile(r"(?<![^\W_])(yes|none|no|y|n|n/a|na|nt)[ :]{0,3}$").search


def _forms(text, by_sentence):
    """What the boxes of a form say, whatever their shape: answers ("Spasm: [ ] yes [x] no"), boxes behind their labels
    ("Stairs [ ]  Gait [x]"), and labels before boxes of which none is ticked ("HEP: [ ] issued [ ] reviewed")."""
    norm = text.norm
    if not ("[" in norm or "☐" in norm or "☑" in norm or "__" in norm or "_x" in norm or "x_" in norm or "(x)" in norm or "( )" in norm):
        return
    marks = {}
    for m in _MARK.finditer(norm):
        first = bisect_left(text.starts, m.start())
        if first < len(text.words) and text.starts[first] == m.start():
            marks.setdefault(text.sentence_of[first], []).append((m.start(), m.end(), "x" in m.group() or "*" in m.group() or m.group() == "☑"))
    for sentence, found in marks.items():
        first, last = text.sentences[sentence]
        start, end = text.starts[first], text.ends[last - 1]
        drawn = any(ticked and "_" in norm[a:b] for a, b, ticked in found)
        blank = not any(w[0].isdigit() for w in text.words[first:last])
        found = [m for m in found if drawn or norm[m[0]] != "_" or blank and len(found) > 1]
        if found:
            cues = by_sentence.setdefault(sentence, [])
            rest = _answers(text, cues, found, start, end)
            if rest:
                _labels(text, cues, rest, start, end)


def _answers(text, cues, marks, start, end):
    """Marks beside yes and no answer for their label; returns the marks that are none of these."""
    norm, rest, done = text.norm, [], start
    at = 0
    while at < len(marks):
        behind = _OPTION_BEFORE(norm, max(done, marks[at][0] - 8), marks[at][0])
        run, options = at, []
        while run < len(marks):
            if behind:
                option = _OPTION_BEFORE(norm, max(done, marks[run][0] - 8), marks[run][0])
                alone = run == at or option and not norm[marks[run - 1][1]:option.start()].strip(" /,|")
            else:
                option = _OPTION(norm, marks[run][1], end)
                alone = run == at or option and not norm[options[-1].end():marks[run][0]].strip(" /,|")
            if not option or not alone:
                break
            options.append(option)
            run += 1
        if len(options) < 2:
            rest.append(marks[at])
            at += 1
            continue
        chosen = [option.group(1) for option, mark in zip(options, marks[at:run]) if mark[2]]
        low, high = min(options[0].start(), marks[at][0]), max(options[-1].end(), marks[run - 1][1])
        label, done = (done, low), high
        if not any(c.isalnum() for c in norm[label[0]:label[1]]):
            label = (high, marks[run][0] if run < len(marks) else end)
        cues[:] = [c for c in cues if not low <= c.start < high]
        if not any(option.startswith("y") for option in chosen):
            cues.append(Cue("negated", low, high, bisect_left(text.starts, label[0]), bisect_left(text.starts, label[1])))
        at = run
    return rest


def _labels(text, cues, marks, start, end):
    """Boxes before or behind what they are for: a line that ends with a box has them behind."""
    norm = text.norm
    colon = norm.find(":", start, marks[0][0])
    field = start if colon < 0 else colon + 1
    behind = not any(c.isalnum() for c in norm[marks[-1][1]:end]) and any(c.isalpha() for c in norm[field:marks[0][0]])
    # "[x] N/A", "[x] to be established": a tick that says no.
    ticked = any(m[2] and (behind or not norm[m[1]:m[1] + 8].strip().startswith(("n/a", "na", "none", "no ", "no\n", "not ", "to be"))) for m in marks)
    if behind:
        cues[:] = [c for c in cues if not any(a <= c.start < b for a, b, _ in marks)]
    for n, (a, b, tick) in enumerate(marks):
        if tick or not behind and norm[a] != "_":
            continue  # a box before its label is a cue of the lexicon
        low, high = (marks[n - 1][1] if n else field, a) if behind else (b, marks[n + 1][0] if n + 1 < len(marks) else end)
        cues.append(Cue("negated", a, b, bisect_left(text.starts, low), bisect_left(text.starts, high)))
    if not ticked and colon >= 0 and (len(marks) > 1 or norm[marks[0][0]] != "_"):
        cues.append(Cue("negated", marks[0][0], marks[0][1], bisect_left(text.starts, start), bisect_left(text.starts, marks[0][0])))


def _stands_alone(text, hit):
    """Whether nothing but punctuation, a gap or another field follows a form value ("pain: no", not "pain: no worse")."""
    last = text.sentences[text.sentence_of[hit.first]][1]
    if hit.last >= last:
        return True
    word = text.words[hit.last]
    return not word.isalnum() and word != "-" or text.starts[hit.last] - hit.end >= 2


INABILITY = frozenset(("unable", "cannot", "can't", "cant", "couldn't", "not", "never", "doesn't", "won't", "isn't", "can't"))
BREAKS = frozenset((",", ";", ":", "and", "but", "then", "so", "or", "."))


def _cannot(words, first, at):
    """Whether an inability stands before word `at` in its clause."""
    for i in range(at - 1, max(first, at - 13) - 1, -1):
        if words[i] in BREAKS:
            return False
        if words[i] in INABILITY:
            return True
    return False


def _longest(hits):
    """Of overlapping cues only the longest stays; equally long ones with other reaches stay together."""
    out = []
    for hit in sorted(hits, key=lambda h: (h.first, -h.last)):
        if out and hit.first < out[-1].last:
            before = out[-1]
            if hit.last - hit.first > before.last - before.first:
                while out and hit.first < out[-1].last and hit.last - hit.first > out[-1].last - out[-1].first:
                    out.pop()
            elif (hit.first, hit.last) != (before.first, before.last):
                continue
        out.append(hit)
    return out


def _scope(text, hit, cue, stops, sentence):
    words, reach = text.words, int(cue.get("within") or REACH)
    ends = stops | frozenset(cue.get("until") or ()) | {";"}
    first, last = sentence
    lists, direction = cue.get("list"), cue["reach"]
    begin = _list_opens(words, hit.last, last)
    if begin:  # "Deferred today: bike, stairs, lunges"
        lists, reach, ends = True, REACH, ends | LIST_ENDS
        if direction == "before" and (hit.first == first or words[hit.first - 1] in (".", ",", ";", "|", "-", "•")):
            direction = "after"
    lo = hi = hit.last
    if direction in ("after", "both", "inside"):
        limit = min(last, hit.last + reach)
        hi, brackets = begin or hit.last, 0
        while hi < limit:
            word = words[hi]
            brackets += (word == "(") - (word == ")")
            if brackets < 0 and "(" in words[first:hit.last]:
                break  # "15# (was 5#) for the crib": the bracket alone is of the past
            if word == ":" and cue["means"] == "planned":  # "Plan 2x/wk: pulleys, wand, mobs"
                if len(words[hi - 1]) == 1 and words[hi - 1].isalpha():
                    break  # "wants to drop 20 lb. O: bike"
                lists, limit, ends = True, min(last, hi + REACH), ends | LIST_ENDS
            if word in ends or word == "," and not lists and not _list_runs_on(words, hi, limit):
                break
            hi += 1
    if direction in ("before", "both"):
        limit = max(first, hit.first - reach)
        lo, brackets = hit.first, 0
        if lo > limit and words[lo - 1] in (",", "-") and _stands_alone(text, hit):
            lo -= 1  # "Foot drop, resolved."
        while lo > limit and words[lo - 1] not in ends and words[lo - 1] not in ("|", ";") and (words[lo - 1] != "," or _list_ends(words, lo - 1, hit.first, limit)):
            brackets += (words[lo - 1] == ")") - (words[lo - 1] == "(")
            if brackets < 0:
                break  # "78 degrees (85 at the last visit)": what stands before the bracket is not meant
            lo -= 1
        if direction == "before":
            hi = hit.first
    return hit.first if direction == "inside" else lo, hi


def _list_opens(words, at, last):
    """Where a list begins: past a colon that follows at once, or after a word or two that say when; else 0."""
    for i in range(at, min(at + 3, last)):
        if words[i] == ":":
            return i + 1
        if words[i] not in WHEN:
            return 0
    return 0


def _list_ends(words, at, cue, limit):
    """Before the comma at `at`, is there a list that an "and" ends before the cue ("quad sets, SLR and bridges not done")?"""
    member = 0
    for i in range(at + 1, cue):
        if words[i] in ("and", "or", "&"):
            break
        if not (words[i].isalpha() or words[i] == ",") or words[i] in ("is", "was", "are", "were", "has", "with", "but", "to", "because", "so", "she", "he", "it"):
            return False
    else:
        return False
    for i in range(at - 1, limit - 1, -1):
        if words[i] == "," or not words[i].isalpha():
            break
        member += 1
    return 0 < member <= 4


def _list_runs_on(words, at, limit):
    """After the comma at `at`: does the list run on, in short members, to an "or" ("no pain, numbness or tingling")?"""
    run = 0
    for i in range(at + 1, limit):
        word = words[i]
        if word in ("or", "nor"):
            return True
        if word == ",":
            run = 0
        elif word[0].isdigit() or word in ("and", "no", "is", "was", "has", "with", "to"):
            return False
        else:
            run += 1
            if run > 4:
                return False
    return False


def blocks(text, hits, lexicon):
    """Stretches of text copied from an earlier note: [(start, end, means, cue span)], code points.

    hits: block mentions of concepts.find, named "open<n>" and "close<n>".
    """
    out, opened = [], None
    for hit in hits:
        if hit.concept.startswith("open"):
            opened = opened or hit
        elif opened and text.line_of[hit.first] > text.line_of[opened.first]:
            out.append(_block(opened, hit.start, lexicon))
            opened = None
    if opened:
        below = text.lines[text.line_of[opened.first] + 1:]
        end = next((a for a, b in below if not text.norm[a:b].strip()), len(text.raw))
        out.append(_block(opened, end, lexicon))
    return out


def _block(opened, end, lexicon):
    means = lexicon["blocks"][int(opened.concept[4:])]["means"]
    return opened.start, end, means, (opened.start, opened.end)


def read(first, last, start, sentence_cues, section, copied=()):
    """How the words first..last-1 (at code point `start`) are meant -> Reading."""
    best, rank = None, len(PRECEDENCE)
    affirmed = None
    for cue in sentence_cues:
        if cue.lo <= first and last <= cue.hi:
            if cue.means == "present":
                affirmed = cue
                continue
            n = PRECEDENCE.index(cue.means)
            if n < rank:
                best, rank = cue, n
    for a, b, means, span in copied:
        if a <= start < b and PRECEDENCE.index(means) < rank:
            return Reading(means, (*span, means))
    if best is not None:
        return Reading(best.means, (best.start, best.end, best.means))
    if section is not None and section.means != "present" and not affirmed:
        return Reading(section.means, (*section.heading, section.means))
    return PRESENT
