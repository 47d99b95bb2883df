"""What the note mentions: one pass over its words with one table of phrases.

The table is made once, when the policy is bundled: the phrases, and for each first word which of them it may begin.
Concepts, context cues, headings and the anchors of measures share it; a label says which of them a phrase belongs to
("c:" concept, "x:" an exception of a concept, "q:" cue, "b:" block, "h:" heading, "m:" anchor of a measure). At reading
time every word is looked up once, and goes on only where a phrase goes on, so time grows with the note alone.
"""

import re
from bisect import bisect_left
from functools import partial
from typing import NamedTuple

from . import text as text_module

NUMBER, GAP = "<n>", ".."
MEASURE_GROUPS = ("motions", "joints", "muscles", "strength", "pain", "scales", "reflex", "tests", "grip", "vitals", "assist", "visits")
_BEGINS = 2  # letters by which phrases that want the beginning of a word are sorted
_KNOWN = 20000  # words whose phrases are kept: far more than the notes of a day have
MOST_SEQUENCES = 200  # that one phrase may stand for, once its choices of single words are kept together
NEGATIONS = frozenset(("no", "not", "without", "never", "isn't", "wasn't", "aren't", "nor"))  # no gap runs across these
LONGEST_GAP = 3  # words a ".." may stand for: bounded, so that no phrase can wander through a note
_PART = re.compile(r"(?<!\\)\(([^()]*)\)|(\S+)")


class Mention(NamedTuple):
    """A concept seen in the note: the words first..last-1 that show it, its id, code-point offsets. They sort as they stand."""
    first: int
    last: int
    concept: str
    start: int
    end: int


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
    """The phrase table of a lexicon, plain data: {"phrases": [label and the words after the first, as text], "words":
    {first word: the numbers of its phrases, as text}, "prefixes": the same for first words of any ending}.

    Words are parted by two blanks, the choices for one word by a single blank: a word holds none. As text the table is read
    fast; what a note needs of it is taken apart when a word is met.
    """
    phrases, index, words, prefixes = [], {}, {}, {}

    def add(given, label):
        for phrase in given or ():
            for first, *rest in expand(phrase):
                line = "  ".join([label, *(item if isinstance(item, str) else " ".join(item) for item in rest)])
                number = index.setdefault(line, len(phrases))
                if number == len(phrases):
                    phrases.append(line)
                for word in [first] if isinstance(first, str) else first:
                    ending = word.endswith("*") and len(word) > 1
                    (prefixes if ending else words).setdefault(word[:-1] if ending else word, {})[number] = None

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
    numbered = [{word: " ".join(map(str, numbers)) for word, numbers in starts.items()} for starts in (words, prefixes)]
    return {"phrases": phrases, "words": numbered[0], "prefixes": numbered[1]}


class Matcher:
    """A compiled table. `find(text)` gives the mentions by kind, each list in the order of the note."""

    def __init__(self, table):
        self._phrases = table["phrases"]
        self._words, self._prefixes = table["words"], table["prefixes"]
        self._lengths = sorted({len(p) for p in self._prefixes})
        self._items = {}  # the phrases met so far, taken apart
        self._known = {}  # the words met so far and what may follow them: a note uses few different words

    def find(self, text):
        """text.Text -> {"c": mentions, "q": cues, "b": block marks, "h": headings, "m": anchors}; of a label's
        overlapping matches the longest stays."""
        words, known, hits = text.words, self._known, []
        ahead = words + [""]  # so that looking ahead needs no check for the end of the note
        for i, place in enumerate(map(known.get, words)):
            if place is None:
                place = self._first(words[i])
            at = i
            while place:
                at += 1
                labels, nexts, loose, gaps = place
                for label in labels:
                    hits.append((i, at, label))
                if gaps:
                    near = ahead[at:at + LONGEST_GAP + 1]
                    for label, after, items in gaps:
                        if after is None or not after.isdisjoint(near):
                            end = _match(words, at, items, 0)
                            if end:
                                hits.append((i, end, label))
                after = ahead[at]
                place = nexts.get(after)
                if place is None:
                    place = loose and _go_on_loosely(nexts, loose, after)
                elif place.__class__ is list:
                    place = nexts[after] = _behind(place)
        return _resolve(text, hits)

    def _first(self, word):
        """The place behind a first word, or () when no phrase begins with it."""
        numbers = self._words.get(word, "").split()
        for n in self._lengths:
            if n > len(word):
                break
            if word[:n] in self._prefixes:
                numbers += self._prefixes[word[:n]].split()
        if word[0].isdigit():
            if not numbers and word != NUMBER:  # most numbers begin what any number does
                return self._remember(word, self._known.get(NUMBER) or self._first(NUMBER))
            numbers += self._words.get(NUMBER, "").split()
        return self._remember(word, _behind([self._phrase(number) for number in dict.fromkeys(numbers)]) if numbers else ())

    def _phrase(self, number):
        """(label, items after the first word) of a phrase of the table; a label is (kind, name)."""
        found = self._items.get(number)
        if found is None:
            label, *rest = self._phrases[int(number)].split("  ")
            found = self._items[number] = tuple(label.split(":", 1)), tuple(map(_item, rest))
        return found

    def _remember(self, word, place):
        if len(self._known) < _KNOWN:
            self._known[word] = place
        return place


def _item(choices):
    """An item of a phrase: a plain word, GAP, or (words, beginnings, whether a number will do, endings)."""
    if " " not in choices and (choices == GAP or choices != NUMBER and ("*" not in choices or choices == "*")):
        return choices
    choices = choices.split(" ")
    beginnings = tuple(w[:-1] for w in choices if w.endswith("*") and len(w) > 1)
    endings = tuple(w[1:] for w in choices if w.startswith("*") and len(w) > 1)
    return frozenset(w for w in choices if w != NUMBER and "*" not in w or w == "*"), beginnings, NUMBER in choices, endings


def _behind(phrases):
    """A place within phrases, [(label, items to come)], sorted by what a look at the next word can rule out:

    (labels that end here, {next word: the phrases that go on, or the place behind it once it was met}, {first letters of the
    next word, or NUMBER: [(beginnings it may have, its plain words, label, items to come)]}, [(label, words of which one
    must be near or None, items) of the phrases that go on with a gap or a loose word]).
    """
    labels, nexts, loose, gaps = [], {}, {}, []
    for label, items in phrases:
        if not items:
            labels.append(label)
            continue
        item, rest = items[0], (label, items[1:])
        if item.__class__ is str:
            if item == GAP:
                gaps.append((label, _plain_choices(items[1]), items))
            else:
                nexts.setdefault(item, []).append(rest)
            continue
        plain, beginnings, number_too, endings = item
        if endings or any(len(beginning) < _BEGINS for beginning in beginnings):
            gaps.append((label, None, items))
            continue
        for word in plain:
            nexts.setdefault(word, []).append(rest)
        if number_too:
            loose.setdefault(NUMBER, []).append((None, plain, *rest))
        for letters in {beginning[:_BEGINS] for beginning in beginnings}:
            loose.setdefault(letters, []).append((beginnings, plain, *rest))
    for word, going_on in nexts.items() if loose else ():
        going_on += _loosely(loose, word)
    return labels, nexts, loose, gaps


def _loosely(loose, word):
    """The phrases that go on with a word by its beginning, or because it is a number, and not by the word itself."""
    found = [rest for beginnings, plain, *rest in loose.get(word[:_BEGINS], ()) if word.startswith(beginnings) and word not in plain]
    if word[:1].isdigit():
        found += [rest for _, plain, *rest in loose.get(NUMBER, ()) if word not in plain and rest not in found]
    return found


def _go_on_loosely(nexts, loose, word):
    """The place behind a word that no phrase names, or None. That behind a number is nearly always the same, and kept."""
    letters = word[:_BEGINS]
    if letters not in loose:
        if NUMBER not in loose or not word[:1].isdigit():
            return None
        if NUMBER not in nexts:
            nexts[NUMBER] = _behind([rest for _, _, *rest in loose[NUMBER]])
        return nexts[NUMBER]
    going_on = _loosely(loose, word)
    return _behind(going_on) if going_on else None


def _plain_choices(item):
    """The words of which an item must be one, or None where a gap, a beginning or a number will do as well."""
    if isinstance(item, str):
        return None if item == GAP else frozenset((item,))
    return None if item[1] or item[2] or item[3] else item[0]


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
    choices = _plain_choices(items[n])
    for skipped in range(at, min(at + LONGEST_GAP + 1, len(words))):
        if choices is None or words[skipped] in choices:
            last = _match(words, skipped, items, n)
            if last:
                return last
        if words[skipped] in NEGATIONS:
            break  # "motion is not limited" is no limited motion
    return 0


def _resolve(text, hits):
    """Hits (first word, past the last, label), in the order of the note -> {kind: [Mention]}: none over the end of a sentence,
    the longest of a label's overlapping ones. What an exception of its concept covers is set aside, as kind "x"."""
    sentence_of, starts, ends = text.sentence_of, text.starts, text.ends
    kept, latest, exceptions = [], {}, {}  # latest: {label: the place in `kept` of its last hit}
    for hit in hits:
        first, last, label = hit
        if last - first > 1 and sentence_of[first] != sentence_of[last - 1]:
            continue
        if label[0] == "x":
            exceptions.setdefault(label[1], []).append((first, last))
            continue
        n = latest.get(label)
        if n is not None and first < kept[n][1]:
            if last - first <= kept[n][1] - kept[n][0]:
                continue
            kept[n] = _NOTHING
        latest[label] = len(kept)
        kept.append(hit)
    found = {"c": [], "q": [], "h": [], "b": [], "m": [], "x": []}
    for first, last, (kind, name) in kept:
        if last:
            if exceptions and kind == "c" and name in exceptions and _covered(first, last, exceptions[name]):
                kind = "x"
            found[kind].append((first, last, name, starts[first], ends[last - 1]))
    return {kind: [*map(_mention, sorted(own))] for kind, own in found.items()}


_NOTHING = (0, 0, ("", ""))  # in the place of a hit that a longer one took
_mention = partial(tuple.__new__, Mention)  # of a tuple: a note has a hundred and more


def _covered(first, last, exceptions):
    """Whether an exception, at least as long, overlaps the words first..last-1; exceptions stand in their order."""
    near = bisect_left(exceptions, (last,))
    return any(first < b and b - a >= last - first for a, b in exceptions[max(0, near - 12):near])
