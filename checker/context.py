"""How a mention is meant: present, negated, planned, past, at home, someone else's, a risk - and which cue says so.

The family of methods is NegEx (Chapman 2001) and ConText (Harkema 2009): a cue has a direction and a scope inside its
sentence, longer cues take the place of the shorter ones inside them, and some words end a scope. Form values
("fever: none", "[ ] weakness") are cues like any other. Where no cue speaks, the section does: goals hold targets.
"""

from typing import NamedTuple

# When several cues reach a mention the first of these wins: "denies a history of falls" is a denial.
PRECEDENCE = ("other", "copied", "negated", "risk", "taught", "planned", "past", "earlier", "home")
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
        lo, hi = _scope(text, hit, cue, stops, text.sentences[sentence])
        found = by_sentence.setdefault(sentence, [])
        if cue["means"] == "present":
            # A ticked box, or words that only look like a cue, end what an earlier cue had opened.
            found[:] = [Cue(c.means, c.start, c.end, c.lo, hit.first) if c.end <= hit.start and c.lo < hit.first < c.hi else c
                        for c in found]
        found.append(Cue(cue["means"], hit.start, hit.end, lo, hi))
    _empty_forms(text, by_sentence)
    return by_sentence


def _empty_forms(text, by_sentence):
    """A label before boxes of which none is ticked ("HEP: [ ] issued [ ] reviewed") says nothing: it reads as negated."""
    for sentence, cues in by_sentence.items():
        boxes = [c for c in cues if text.norm[c.start:c.end] in ("[ ]", "[]", "☐", "[_]", "( )")]
        ticks = [c for c in cues if text.norm[c.start:c.end] in ("[x]", "☑", "(x)", "[*]")]
        # "[x] N/A", "[x] to be established": a tick that says no.
        ticked = any(not text.norm[c.end:c.end + 8].strip().startswith(("n/a", "na", "none", "no ", "no\n", "not ", "to be")) for c in ticks)
        if boxes and not ticked:
            first = text.sentences[sentence][0]
            at = next(i for i in range(first, len(text.words)) if text.starts[i] == boxes[0].start)
            if ":" in text.words[first:at]:
                cues.append(Cue("negated", boxes[0].start, boxes[0].end, first, at))


def _stands_alone(text, hit):
    """Whether nothing but punctuation, a gap or another field follows a form value ("pain: no", not "pain: no worse")."""
    last = text.sentences[text.sentence_of[hit.first]][1]
    if hit.last >= last:
        return True
    word = text.words[hit.last]
    return not word.isalnum() and word != "-" or text.starts[hit.last] - hit.end >= 2


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
    lo = hi = hit.last
    if cue["reach"] in ("after", "both"):
        limit = min(last, hit.last + reach)
        hi = hit.last
        while hi < limit:
            word = words[hi]
            if word in ends or word == "," and not cue.get("list") and not _list_runs_on(words, hi, limit):
                break
            hi += 1
    if cue["reach"] in ("before", "both"):
        limit = max(first, hit.first - reach)
        lo, brackets = hit.first, 0
        while lo > limit and words[lo - 1] not in ends and words[lo - 1] not in (",", "|", ";"):
            brackets += (words[lo - 1] == ")") - (words[lo - 1] == "(")
            if brackets < 0:
                break  # "78 degrees (85 at the last visit)": what stands before the bracket is not meant
            lo -= 1
        if cue["reach"] == "before":
            hi = hit.first
    return lo, hi


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
