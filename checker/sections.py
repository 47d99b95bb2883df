"""Where in the note: sections opened by headings.

Two notes in five have no headings at all; for them the list is empty and everything stands in no section.
A heading counts at the start of a line, when a colon or a dash follows it, when it is all there is on the line, or
(for the single letters of SOAP) when it is written as a capital; inside a line only with a colon.
"""

import re
import sys
from bisect import bisect_right
from typing import NamedTuple

from .text import is_table_row


class Section(NamedTuple):
    """A section: its id ("" for a heading nobody knows), how its mentions are read, its code-point span, and whether
    there is nothing in it but blanks to fill in."""
    id: str
    means: str
    start: int
    end: int
    heading: tuple  # (start, end) of the heading itself
    empty: bool = False


_ONLY_AT_LINE_START = frozenset(("today", "visit", "function", "medications", "limitations"))
_RATED = frozenset(("current", "currently", "now", "worst", "best", "least"))  # fields of a rating open no section
_NESTED = 24  # short sections that may stand inside a long one before we stop looking for it
_WORDS_BEFORE_COLON = 4  # "Goals by 9/14:", "GOALS 6 WK:"


def find(text, headings, hits):
    """text, {id: heading data}, heading mentions of concepts.find -> list of Section in order, never overlapping."""
    line_start = _first_words(text)
    opened = {}
    for hit in hits:
        at_line = hit.first in line_start or _after_bullet(text, hit.first, line_start)
        if at_line:
            if not _heads_line(text, hit):
                continue
        elif not _inside_line(text, hit):
            continue
        kept = opened.get(hit.first)
        if kept is None or hit.last > kept[0].last:
            opened[hit.first] = (hit, at_line)
    starts = []
    for first in sorted(opened):
        hit, at_line = opened[first]
        starts.append((hit.start, hit, at_line))
    for first in line_start:
        if first not in opened and (end := _unknown_label(text, first)):
            starts.append((text.starts[first], end, True))
    starts.sort(key=lambda s: s[0])
    return _close(text, headings, starts)


def _first_words(text):
    out, seen = set(), -1
    for i, line in enumerate(text.line_of):
        if line != seen:
            seen = line
            out.add(i)
    return out


def _after_bullet(text, first, line_start):
    for back in (1, 2, 3):
        if first - back in line_start:
            between = text.words[first - back:first]
            return all(not w.isalpha() for w in between)
        if first - back < 0:
            break
    return False


def _heads_line(text, hit):
    words, i = text.words, hit.last
    line = text.line_of[hit.first]
    if i >= len(words) or text.line_of[i] != line:
        return hit.last - hit.first > 1 or len(words[hit.first]) > 2  # alone on its line
    if words[i] == ":" and words[hit.first] in _RATED and _number(words, i + 1):
        return False  # "Current: 3; Best: 1; Worst: 7" below "PAIN"
    if words[i] == ":" or words[i] == "-" and text.starts[i] > text.ends[i - 1] - 1 and not _number(words, i + 1):
        return True
    if words[i] in (",", ".") and (i + 1 >= len(words) or text.line_of[i + 1] != line):
        return True
    for j in range(i, min(i + _WORDS_BEFORE_COLON + 3, len(words))):
        if text.line_of[j] != line:
            break
        if words[j] == ":":
            alpha = sum(w.isalpha() for w in words[i:j])
            return alpha <= _WORDS_BEFORE_COLON and "." not in words[i:j]
    raw = text.raw[hit.start:hit.end]
    if len(raw) == 1:
        follows = text.raw[hit.end:hit.end + 1]
        return raw in "SOPT" and follows in " \t" and words[i].isalpha() or raw == "A" and text.raw[hit.end:hit.end + 2] == "  "
    row = text.norm[slice(*text.lines[line])]
    if raw.isupper() and len(raw) > 2 and is_table_row(row) and text.starts[i] - hit.end >= 3:
        return True
    return words[hit.first] == "hep" and text.starts[i] > hit.end


def _number(words, i):
    return i < len(words) and words[i][0].isdigit()


def _inside_line(text, hit):
    """Inside a line a heading needs its colon, and a sentence or a clause that has just ended."""
    words, i = text.words, hit.last
    if hit.concept in _ONLY_AT_LINE_START or i >= len(words) or words[i] != ":" or text.line_of[i] != text.line_of[hit.first]:
        return False
    before = words[hit.first - 1]
    gap = text.starts[hit.first] - text.ends[hit.first - 1]
    return before in (".", ";", "|", "/", ")", "!", "?", ",") or gap >= 2 or text.raw[hit.start].isupper() and not text.raw[text.starts[hit.first - 1]].isupper()


def _unknown_label(text, first):
    """The end of a label nobody knows ("What happened in the gap:"), or 0. It closes the section above it."""
    words, line = text.words, text.line_of[first]
    for j in range(first, min(first + 7, len(words))):
        if text.line_of[j] != line:
            return 0
        if words[j] == ":":
            alone = j > first and all(w.isalpha() or w in "/&()'" for w in words[first:j]) \
                and not (words[first] in _RATED and _number(words, j + 1))
            return text.ends[j] if alone and text.raw[text.starts[first]].isupper() else 0
    return 0


def _close(text, headings, starts):
    """Openers -> sections. A heading closes the section above it; an inline or short one only interrupts it."""
    out, ends = [], _ends(text, headings, starts)
    for n, (start, opener, at_line) in enumerate(starts):
        known = not isinstance(opener, int)
        entry = headings[opener.concept] if known else {"means": "present"}
        name, means, heading = (opener.concept, entry["means"], (start, opener.end)) if known else ("", "present", (start, opener))
        end = ends[n][means == "past"]
        if not at_line:
            end = min(end, text.lines[text.line_of[opener.first]][1])
            box = _NEXT_FIELD(text.norm, opener.end if known else opener, end)
            end = box.start() + 1 if box else end
        elif entry.get("short"):
            end = min(end, _short_end(text, opener))
        elif not known and out and out[-1].means in ("planned", "home") and out[-1].end > start and not _blank_above(text, start):
            name, means, heading = out[-1].id, out[-1].means, out[-1].heading  # "Mobility:" inside a list of goals
        near = starts[n + 1][0] if n + 1 < len(starts) else len(text.raw)
        body = text.norm[heading[1]:min(end, near)]
        out.append(Section(name, means, start, end, heading, known and not body.strip(_BLANKS)))
    return out


_BLANKS = " \t\n:_-.{}*[]()/;|"


def _ends(text, headings, starts):
    """For each opener where a section opened by it ends: (at the next heading that is not short, at the next of any kind)."""
    out, long, near = [], len(text.raw), len(text.raw)
    for start, opener, at_line in reversed(starts):
        out.append((long, near))
        if at_line:
            near = start
            long = long if _short(headings, opener) else start
    return out[::-1]


def _short(headings, opener):
    return not isinstance(opener, int) and bool(headings[opener.concept].get("short"))


def _short_end(text, hit):
    """Where a short section ends: with its sentence line, or, when the heading stands alone, at the next blank line."""
    line, words = text.line_of[hit.first], text.words
    i = hit.last
    while i < len(words) and text.line_of[i] == line and not words[i].isalnum():
        i += 1
    if i < len(words) and text.line_of[i] == line:
        while i + 1 < len(words) and (text.line_of[i + 1] == line or text.sentence_of[i + 1] == text.sentence_of[i]):
            i += 1
        return text.ends[i]
    seen = False
    for a, b in text.lines[line + 1:]:
        if text.norm[a:b].strip():
            seen = True
        elif seen:
            return a
    return len(text.raw)


def _blank_above(text, start):
    n = bisect_right(text.lines, start, key=lambda line: line[0]) - 1
    return n > 0 and not text.norm[slice(*text.lines[n - 1])].strip()


_NEXT_FIELD = re.compile(r"\.[ \t]{1,20}(?=\[|☐|☑)").search  # "HEP: [x] reviewed. [x] clams 2x12": the list of another field


class Finder:
    """Sections to be asked about offsets; questions in the order of the note cost next to nothing."""

    def __init__(self, sections):
        self._sections, self._starts = sections, [section.start for section in sections]
        self._known = (0, 0, None)  # from, to, section: the answer that holds for the offsets around the last one

    def at(self, offset):
        """The innermost section an offset stands in, or None."""
        low, high, section = self._known
        if low <= offset < high:
            return section
        last = bisect_right(self._starts, offset)
        low = self._starts[last - 1] if last else 0
        high = self._starts[last] if last < len(self._starts) else sys.maxsize
        found = None
        for section in reversed(self._sections[max(0, last - _NESTED):last]):
            if offset < section.end:
                found, high = section, min(high, section.end)
                break
            low = max(low, section.end)
        self._known = (low, high, found)
        return found


def at(sections, offset):
    """The innermost section an offset stands in, or None."""
    return Finder(sections).at(offset)
