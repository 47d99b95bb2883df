"""The note as text: normalisation that keeps every offset, words, lines and sentences.

All offsets are code points in the note as given. `len(normalise(t)) == len(t)` holds for every text, so a
place found in the normalised text is the same place in the note.
"""

import re
from bisect import bisect_right
from collections import Counter
from itertools import accumulate
from typing import NamedTuple

# One character for one character: whatever editors, dictation and EMR exports put in place of plain ASCII.
_SAME_LENGTH = str.maketrans({
    **dict.fromkeys("‘’‚‛′`´", "'"),
    **dict.fromkeys("“”„‟″", '"'),
    **dict.fromkeys("‐‑‒–—−﹣－", "-"),
    **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000\ufeff\u200b\v\f", " "),
    **dict.fromkeys("×✕✖", "x"), **dict.fromkeys("º˚", "°"), **dict.fromkeys("•●▪◦‣∙·■", "•"),
    **dict.fromkeys("→⇒➔➜", ">"), **dict.fromkeys("☑☒✓✔✗✘√", "☑"), **dict.fromkeys("☐□▢❏", "☐"), "\u0304": " ", "\u0305": " ", "\u2028": "\n", "\u2029": "\n", "\u0085": "\n",
})

# A hyphen between letters joins one compound and is no word of its own: "sit-to-stand" reads as three words.
_LETTER = r"[^\W\d_]"
_WORD = rf"{_LETTER}+(?:'{_LETTER}+)?|\d+(?:\.\d+)?|(?<![\w.])\.\d+|->|(?<!{_LETTER})-|-(?!{_LETTER})|[^\s\w-]|_"
# These part a text into what is between words, a word, what is between, and so on: any text, and faster one of plain ASCII.
_ANY_TEXT = re.compile(f"({_WORD})")
_ASCII_TEXT = re.compile(f"({_WORD.replace(_LETTER, '[a-z]')})", re.ASCII)

# Words that carry a full stop without ending a sentence: never after a title, otherwise unless a capital follows.
_TITLES = frozenset("dr mr mrs ms vs".split())
_ABBREVIATIONS = frozenset(
    "approx pt pts ex exs rep reps min mins max deg lb lbs wk wks mo yr yrs ft in no st fx dx hx rx tx sx"
    " gen maint tol cont prog instr ther exer str bal coord func ext flex abd add rot lat ant post inf sup bilat eval incl resp cont ind indep amb e i g a p q d b t".split())

# Words. What reads a sentence may look at every pair in it, so no text may make one sentence without end.
LONGEST_SENTENCE = 160

_ENDS = frozenset(".?!")  # may end a sentence
_BULLET = re.compile(r"[ \t]*(?:[•*>+]|-(?=[ \t])|\(?\d{1,2}[.)](?=[ \t])|\[[ x]?\]|☐|☑)")
_COLUMNS = re.compile(r"\S(?: {3,}|\t)[^\s]")


class Text(NamedTuple):
    """A note made ready for reading.

    words/starts/ends: the words (lower case) and their code-point offsets; sentences: (first word, past last word);
    sentence_of, line_of: for each word the index of its sentence and of its line; lines: (start, end) offsets.
    """
    raw: str
    norm: str
    words: list
    starts: list
    ends: list
    lines: list
    line_of: list
    sentences: list
    sentence_of: list

    def offsets(self, first, last):
        """Code-point (start, end) of the words first..last-1."""
        return self.starts[first], self.ends[last - 1]


def normalise(text):
    """Lower case, plain quotes, dashes and spaces, one character for one. Returns a string of the same length."""
    folded = text.lower()
    if len(folded) != len(text):  # a few capitals (for instance the dotted I) grow when lowered: leave those alone
        folded = "".join(low if len(low := c.lower()) == 1 else c for c in text)
    folded = folded.translate(_SAME_LENGTH)
    if "\r" in folded:
        folded = folded.replace("\r\n", " \n").replace("\r", "\n")
    return folded


def split_words(text):
    """The words of a short text or phrase, as the note's own words are split."""
    return _ANY_TEXT.findall(normalise(text))


def read(text):
    """Text -> Text. Never raises, whatever the characters."""
    norm = normalise(text)
    pieces = (_ASCII_TEXT if norm.isascii() else _ANY_TEXT).split(norm)
    edges = list(accumulate(map(len, pieces)))  # the end of each piece is where the next begins
    words, starts, ends = pieces[1::2], edges[:-1:2], edges[1::2]
    lines = _lines(norm)
    line_of = _line_of(starts, lines)
    sentences = _sentences(text, norm, words, starts, ends, lines, line_of)
    sentence_of = []
    for n, (first, last) in enumerate(sentences):
        sentence_of += [n] * (last - first)
    return Text(text, norm, words, starts, ends, lines, line_of, sentences, sentence_of)


def _lines(norm):
    out, at = [], 0
    for line in norm.split("\n"):
        out.append((at, at + len(line)))
        at += len(line) + 1
    return out


def _line_of(starts, lines):
    out = []
    for n, (_, end) in enumerate(lines):
        out += [n] * (bisect_right(starts, end, len(out)) - len(out))
    return out


def is_table_row(line):
    """Whether a line is laid out in columns (three or more spaces, or a tab, between words)."""
    return ("   " in line or "\t" in line) and bool(_COLUMNS.search(line))


def _continues(raw, norm, lines):
    """The lines that go on from the line above: hard-wrapped prose, not a list, a form or a table."""
    stripped = [norm[a:b].strip() for a, b in lines]
    lengths = [len(s) for s in stripped if len(s) > 30]
    widest = max(lengths, default=0)
    # A hard-wrapped note has several full lines of nearly the same width.
    full = [n for n in lengths if n >= widest - 14]
    wrapped = widest <= 110 and len(full) >= 3 and len(full) * 2 >= len(lengths)
    out = set()
    if widest > 110:
        return out
    for n in range(1, len(lines)):
        above, here = stripped[n - 1], stripped[n]
        full_above = len(above) >= 40 and len(above) >= widest - 20
        if not (wrapped or full_above) or not above or not here or above[-1] in ".:;!?" or _BULLET.match(here):
            continue
        if is_table_row(norm[slice(*lines[n - 1])]) or is_table_row(norm[slice(*lines[n])]):
            continue
        at = lines[n][0] + norm[slice(*lines[n])].index(here[0])
        if raw[at].islower() or here[0] in "/,)&" or wrapped and len(above) >= widest - 14:
            out.add(n)
    return out


def _sentences(raw, norm, words, starts, ends, lines, line_of):
    """The sentences, (first word, past last word): they end with a line that does not go on, or with their full stop."""
    continues = _continues(raw, norm, lines)
    count, out, first = len(words), [], 0
    ends_a_line = {end - 1 for end in accumulate(Counter(line_of).values())}
    for i in sorted(ends_a_line.union(i for i, word in enumerate(words) if word in _ENDS)):
        while i - first >= LONGEST_SENTENCE:
            out.append((first, first + LONGEST_SENTENCE))
            first += LONGEST_SENTENCE
        word, last = words[i], i + 1 == count
        if not last and line_of[i + 1] != line_of[i] and not continues.issuperset(range(line_of[i] + 1, line_of[i + 1] + 1)) \
                or word == "?" and (last or not _goes_on(raw, words, ends, i)) or word == "!" and words[i - 1] != "p" \
                or word == "." and not last and _ends_sentence(raw, words, starts, ends, line_of, i):
            out.append((first, i + 1))
            first = i + 1
    while first < count:
        out.append((first, min(first + LONGEST_SENTENCE, count)))
        first += LONGEST_SENTENCE
    return out


def _goes_on(raw, words, ends, i):
    """Whether a question mark ends nothing: its answer follows ("Falls? no"), or it marks a doubt ("?DVT")."""
    return words[i + 1] in ("y", "n", "yes", "no", "[", "☐", "☑", "none", "denies") or raw[ends[i]:ends[i] + 1].isalpha()


def _ends_sentence(raw, words, starts, ends, line_of, i):
    follows = raw[ends[i]:ends[i] + 1]
    if follows and not follows.isspace() and follows not in "\"')”’":
        # "pain.All other": a missing space after a full stop that follows a word still ends the sentence.
        return i > 0 and words[i - 1].isalpha() and len(words[i - 1]) > 2 and words[i + 1].isalpha() and len(words[i + 1]) > 2
    if i == 0 or line_of[i - 1] != line_of[i]:
        return False
    before = words[i - 1]
    if before.isdigit() and (i == 1 or line_of[i - 2] != line_of[i - 1]):
        return False  # "2. Balance training": the number of a list item
    if before in _TITLES:
        return False
    after = raw[starts[i + 1]:starts[i + 1] + 2]
    return before not in _ABBREVIATIONS or after[:1].isupper() and after[1:].islower()
