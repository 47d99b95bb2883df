"""What the note mentions: one pass over its words with one table of phrases.

The table is made once, when the policy is bundled: the phrases, and for each first word which of them it may begin.
Concepts, context cues, headings and the anchors of measures share it; a label says which of them a phrase belongs to
("c:" concept, "x:" an exception of a concept, "q:" cue, "b:" block, "h:" heading, "m:" anchor of a measure). At reading
time every word is looked up once, so time grows with the note alone.
"""

import re
from bisect import bisect_left
from typing import NamedTuple

from . import text as text_module

NUMBER, GAP = "<n>", ".."
MEASURE_GROUPS = ("motions", "joints", "muscles", "strength", "pain", "scales", "reflex", "tests", "grip", "vitals", "assist", "visits")
_BEGINS = 2  # letters by which phrases that want a beginning are sorted
MOST_SEQUENCES = 200  # that one phrase may stand for, once its choices of single words are kept together
NEGATIONS = frozenset(("no", "not", "without", "never", "isn't", "wasn't", "aren't", "nor"))  # no gap runs across these
LONGEST_GAP = 3  # words a ".." may stand for: bounded, so that no phrase can wander through a note
_PART = re.compile(r"(?<!\\)\(([^()]*)\)|(\S+)")


class Mention(NamedTuple):
    """A concept seen in the note: its id, code-point offsets, and the words first..last-1 that show it."""
    concept: str
    start: int
    end: int
    first: int
    last: int


class PhraseError(ValueError):
    """A phrase that cannot be read; the message says what is wrong with it."""


def expand(phrase):
    """The word sequences a phrase stands for: lists of items, each a word, or the list of words that may stand there.

    `(word)` is optional, `a|b` is either, `a_b` keeps two words together inside a choice, `word*` any ending, `*ing` any
    beginning (not as the first word), `<n>` a number, `..` up to three words; `\\(` and `\\)` are brackets of the note
    itself. Raises PhraseError for a phrase that says nothing or opens or ends with a gap.
    """
    parts = []
    for optional, plain in _PART.findall(phrase):
        single, longer = [], []
        for choice in (optional or plain).replace("\\", "").split("|"):
            words = _items(choice)
            if len(words) == 1:
                single.append(words[0])
            elif words:
                longer.append(words)
        choices = ([[single if len(single) > 1 else single[0]]] if single else []) + longer
        if choices:
            parts.append(choices + [[]] if optional else choices)
    sequences = [[]]
    for choices in parts:
        sequences = [s + choice for s in sequences for choice in choices]
        if len(sequences) > MOST_SEQUENCES:
            raise PhraseError(f"the phrase stands for more than {MOST_SEQUENCES} sequences; write two or more phrases")
    sequences = [s for s in sequences if s]
    if not sequences:
        raise PhraseError("the phrase is empty")
    for items in sequences:
        if items[0] == GAP or items[-1] == GAP:
            raise PhraseError("a phrase does not begin or end with a gap")
        if any(word.startswith("*") and len(word) > 1 for word in ([items[0]] if isinstance(items[0], str) else items[0])):
            raise PhraseError("a phrase does not begin with the end of a word")
    return sequences


def _items(choice):
    if choice in (NUMBER, GAP):
        return [choice]
    out = []
    for piece in choice.split("_") if choice != "_" else [choice]:
        if piece == NUMBER:
            out.append(piece)
        elif piece.startswith("*") and len(piece) > 1:
            out.append(piece)
        elif piece.endswith("*") and len(piece) > 1:
            words = text_module.split_words(piece[:-1])
            out += words[:-1] + [words[-1] + "*"] if words else []
        else:
            out += text_module.split_words(piece)
    return out


def compile_table(lexicon):
    """The phrase table of a lexicon, plain data: {"phrases": [[rest, label]], "words": {first: [indices into
    phrases]}, "prefixes": the same for first words of any ending}."""
    phrases, index, words, prefixes = [], {}, {}, {}

    def add(given, label):
        for phrase in given or ():
            for sequence in expand(phrase):
                rest = sequence[1:]
                number = index.setdefault((repr(rest), label), len(phrases))
                if number == len(phrases):
                    phrases.append([rest, label])
                for first in sequence[0] if isinstance(sequence[0], list) else [sequence[0]]:
                    ending = first.endswith("*") and len(first) > 1
                    numbers = (prefixes if ending else words).setdefault(first[:-1] if ending else first, [])
                    if number not in numbers:
                        numbers.append(number)

    for concept in lexicon["concepts"]:
        add(concept["phrases"], "c:" + concept["id"])
        add(concept.get("except"), "x:" + concept["id"])
    for number, cue in enumerate(lexicon["context"]["cues"]):
        add(cue["phrases"], f"q:{number}")
    for number, block in enumerate(lexicon["context"].get("blocks") or ()):
        add(block["opens"], f"b:open{number}")
        add(block["closes"], f"b:close{number}")
    for heading in lexicon["headings"]:
        add(heading["phrases"], "h:" + heading["id"])
    for group in MEASURE_GROUPS:
        entries = lexicon["measures"].get(group) or ()
        if isinstance(entries, dict):
            add(entries["phrases"], f"m:{group}:{group}")
        else:
            for entry in entries:
                add(entry["phrases"], f"m:{group}:{entry['id']}")
    return {"phrases": phrases, "words": words, "prefixes": prefixes}


class Matcher:
    """A compiled table. `find(text)` gives the mentions by kind, each list in the order of the note."""

    def __init__(self, table):
        self._table = table["phrases"]
        self._words, self._prefixes = table["words"], table["prefixes"]
        self._lengths = sorted({len(p) for p in self._prefixes})
        self._items = {}  # the phrases met so far, made ready
        self._known = {}  # the words met so far and what they may begin: a note uses few different words

    def find(self, text):
        """text.Text -> {"c": mentions, "q": cues, "b": block marks, "h": headings, "m": anchors}; of a label's
        overlapping matches the longest stays."""
        words, known, hits = text.words, self._known, []
        count = len(words)
        ahead = words + [""] * (LONGEST_GAP + 2)  # so that looking ahead needs no check for the end of the note
        for i, word in enumerate(words):
            starts = known.get(word)
            if starts is None:
                starts = self._starts(word)
            if not starts:
                continue
            alone, by_next, by_beginning, gaps = starts
            for label in alone:
                hits.append((label, i, i + 1))
            for label, third, items in by_next.get(ahead[i + 1], ()) if by_next else ():
                if third is None or ahead[i + 2] in third:
                    end = _match(words, i + 2, items, 0) if items else i + 2
                    if end:
                        hits.append((label, i, end))
            if by_beginning:
                after = ahead[i + 1]
                for label, beginnings, items in by_beginning.get(after[:_BEGINS], ()):
                    if after.startswith(beginnings):
                        end = _match(words, i + 1, items, 0)
                        if end:
                            hits.append((label, i, end))
            if gaps:
                near = ahead[i + 1:i + LONGEST_GAP + 2]
                for label, after, items in gaps:
                    if after is None or not after.isdisjoint(near):
                        end = _match(words, i + 1, items, 0)
                        if end:
                            hits.append((label, i, end))
        return _resolve(text, [hit for hit in hits if hit[2] <= count])

    def _starts(self, word):
        """What a word may begin, sorted by what a first look at the next words can rule out: (labels it has alone,
        {next word: [(label, words of which the third must be one, items)]}, {first letters of the next word: [(label,
        beginnings it may have, items)]}, [(label, words of which one must be near, items)])."""
        numbers = list(self._words.get(word, ()))
        for n in self._lengths:
            if n > len(word):
                break
            numbers += self._prefixes.get(word[:n], ())
        if word[0].isdigit():
            if not numbers and word != NUMBER:  # most numbers begin what any number does
                return self._remember(word, self._known.get(NUMBER) or self._starts(NUMBER))
            numbers += self._words.get(NUMBER, ())
        alone, by_next, by_beginning, gaps = [], {}, {}, []
        for number in dict.fromkeys(numbers):
            rest, label = self._table[number]
            items = self._items.get(number)
            if items is None:
                items = self._items[number] = _ready(rest)
            if not items:
                alone.append(label)
                continue
            if items[0] == GAP:
                gaps.append((label, _plain_choices(items[1]), items))
                continue
            choices, beginnings, number_too, endings = ((items[0],), (), False, ()) if isinstance(items[0], str) else items[0]
            third = _plain_choices(items[1]) if len(items) > 1 else None
            for choice in choices:
                by_next.setdefault(choice, []).append((label, third, items[1:]))
            if number_too or endings or any(len(beginning) < _BEGINS for beginning in beginnings):
                gaps.append((label, None, items))
            else:
                for letters in {beginning[:_BEGINS] for beginning in beginnings}:
                    by_beginning.setdefault(letters, []).append((label, beginnings, items))
        return self._remember(word, (alone, by_next, by_beginning, gaps) if numbers else ())

    def _remember(self, word, found):
        if len(self._known) < 20000:
            self._known[word] = found
        return found


def _plain_choices(item):
    """The words of which an item must be one, or None where a gap, a beginning or a number will do as well."""
    if isinstance(item, str):
        return None if item == GAP else frozenset((item,))
    return None if item[1] or item[2] or item[3] else item[0]


def _ready(rest):
    """The items of a phrase after its first word: a plain word, GAP, or (words, beginnings, whether a number will do)."""
    items = []
    for item in rest:
        if isinstance(item, str) and (item == GAP or item != NUMBER and ("*" not in item or item == "*")):
            items.append(item)
            continue
        choices = item if isinstance(item, list) else [item]
        beginnings = tuple(w[:-1] for w in choices if w.endswith("*") and len(w) > 1)
        endings = tuple(w[1:] for w in choices if w.startswith("*") and len(w) > 1)
        plain = frozenset(w for w in choices if w != NUMBER and "*" not in w or w == "*")
        items.append((plain, beginnings, NUMBER in choices, endings))
    return items


def _match(words, at, items, n):
    """Where items[n:] end when they start at word `at`, or 0."""
    for n in range(n, len(items)):
        item = items[n]
        if item.__class__ is str:
            if item == GAP:
                return _match_gap(words, at, items, n + 1)
            if at >= len(words) or words[at] != item:
                return 0
        else:
            if at >= len(words):
                return 0
            word = words[at]
            if word not in item[0] and not (item[1] and word.startswith(item[1])) and not (item[2] and word[0].isdigit()) \
                    and not (item[3] and word.endswith(item[3])):
                return 0
        at += 1
    return at


def _match_gap(words, at, items, n):
    for skipped in range(at, min(at + LONGEST_GAP, len(words)) + 1):
        last = _match(words, skipped, items, n)
        if last:
            return last
        if skipped < len(words) and words[skipped] in NEGATIONS:
            break  # "motion is not limited" is no limited motion
    return 0


def _resolve(text, hits):
    """Hits of words -> {kind: [Mention]}: none over the end of a sentence, the longest of a label's overlapping ones,
    and none that an exception of its concept covers."""
    sentence_of, starts, ends = text.sentence_of, text.starts, text.ends
    best = {}
    for label, first, last in hits:
        if sentence_of[first] != sentence_of[last - 1]:
            continue
        kept = best.get(label)
        if kept is None:
            best[label] = [(first, last)]
        elif label[0] == "x" or first >= kept[-1][1]:
            kept.append((first, last))
        elif last - first > kept[-1][1] - kept[-1][0]:
            kept[-1] = (first, last)
    found = {"c": [], "q": [], "h": [], "b": [], "m": []}
    for label, places in best.items():
        kind, name = label[0], label[2:]
        if kind == "x":
            continue
        exceptions = best.get("x:" + name, ()) if kind == "c" else ()
        mentions = found[kind]
        for first, last in places:
            if not exceptions or not _covered(first, last, exceptions):
                mentions.append(Mention(name, starts[first], ends[last - 1], first, last))
    for mentions in found.values():
        mentions.sort(key=_place)
    return found


def _covered(first, last, exceptions):
    """Whether an exception, at least as long, overlaps the words first..last-1; exceptions stand in their order."""
    near = bisect_left(exceptions, (last,))
    return any(first < b and b - a >= last - first for a, b in exceptions[max(0, near - 12):near])


def _place(mention):
    return mention.first, mention.last, mention.concept
