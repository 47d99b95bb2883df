"""What kind of note it is: evaluation, daily, progress, discharge, or no PT or OT note at all.

Words are weighed (policy/lexicon/kinds.yaml): those of therapy against those of other professions, payers and gyms. The title,
the first and the last words say who writes, and count most.
"""


def kind_of(text, seen, measured, weights):
    """text.Text, {group: [facts.Seen]}, {kind of measure: [facts.Seen]}, the lexicon's kinds -> the kind of note, or not-therapy."""
    spoken_for = _score(text, seen, weights["therapy"])[0] + _opens(text, weights["opens"])
    against, words_against = _score(text, seen, weights["not-therapy"])
    title_end, decides = _title_end(text), float(weights["decides"])
    first_line = next((b for a, b in text.lines if text.norm[a:b].strip()), 0)
    spoken_for += decides * any(s.start < min(first_line, title_end) and s.means != "negated" for s in seen.get("therapy-discipline", ()))
    signed = _signed(text, weights["signs"])
    spoken_for += decides * (signed == "therapy")
    if signed == "other" or _another_profession(text, seen, weights["names"]):
        against += decides
    elif words_against == 1 and spoken_for >= 2:
        against = min(against, 1.5)  # one word decides nothing: "copay", ", MD"
    if not against:
        # Nothing speaks against it: then what therapists measure speaks for it as well.
        spoken_for += 0.5 * sum(kind in measured for kind in ("strength", "motion", "assist", "test", "dose"))
        spoken_for += 0.5 * sum(any(s.means == "present" for s in seen.get(group, ())) for group in _ACTS)
    if spoken_for < float(weights["least"]) or spoken_for <= against:
        return "not-therapy"
    best, most = "daily", 0
    ends = sum(s.means == "present" for s in seen.get("care-ends", ()))
    for kind in ("discharge", "evaluation", "progress", "daily"):
        score = 2 * ends if kind == "discharge" else 0
        score += 8 * any(s.start < min(first_line, title_end) and (s.means != "planned" or kind != "discharge") for s in seen.get("title-" + kind, ()))
        named = seen.get("kind-" + kind, ())
        score += 6 * any(s.start < title_end for s in named)
        score += sum(2 if _heads(text, s) else 1 for s in named if s.start >= title_end and s.means in ("present", "past", "home"))
        if score > most:
            best, most = kind, score
    return "progress" if best == "daily" and "kind-letter" in seen else best  # nobody writes a letter about one visit


_ACTS = ("intervention", "hands", "correct", "cue", "grading", "fault")


def _opens(text, names):
    """Whether the note opens with who writes it: "pt ..." as its first word, "Peds OT" in capitals within its first line."""
    first = next((i for i in range(len(text.words)) if text.words[i][0].isalnum()), 0)
    if text.words[first:first + 1] and text.words[first] in names:
        return True
    return any(text.words[i] in names and text.raw[text.starts[i]:text.ends[i]].isupper()
               for i in range(first, min(first + 12, len(text.words))) if text.line_of[i] == text.line_of[first])


_THERAPY = frozenset("pt ot pta cota dpt otr physical occupational therapy therapist physiotherapy physiotherapist hand rehab".split())
_SIGNATURE = 80  # code points of a line that is one
_NOT_SIGNED = frozenset(("cc", "dr", "referring", "ref", "to", "by", "faxed", "sent", "with", "per", "from"))


def _signed(text, signs):
    """therapy or other, by the credentials in capitals that end one of the last two lines; "" when there are none or of both
    kinds. "RN aware, call light in reach" is no signature: words follow the credential."""
    known, credentials, lines, ended = frozenset().union(*signs.values()), set(), set(), set()
    for i in range(len(text.words) - 1, -1, -1):
        if text.words[i][0].isalpha():
            line = text.line_of[i]
            lines.add(line)
            a, b = text.lines[line]
            if len(lines) > 2 or b - a > _SIGNATURE and (len(text.words) - i > 4 or not _NOT_SIGNED.isdisjoint(text.words[max(0, i - 6):i])):
                break  # of a longer line only the last words may be a signature
            if text.words[i] in known and text.raw[text.starts[i]:text.ends[i]].isupper():
                if line not in ended:
                    credentials.add(text.words[i])
            else:
                ended.add(line)
    told = [who for who, names in signs.items() if not credentials.isdisjoint(names)]
    return told[0] if len(told) == 1 else ""


def _another_profession(text, seen, names):
    """Whether a note's title, its first or its last words are those of another profession ("Recreation Therapist"); not
    where the last words say who referred or gets a copy."""
    words = text.words
    if not words:
        return False
    last = len(words) - 1
    while last and not words[last][0].isalnum():
        last -= 1
    closing = range(max(text.sentences[text.sentence_of[last]][0], last - 3), last + 1)
    if not _NOT_SIGNED.isdisjoint(words[max(closing[0], last - 7):last + 1]):
        closing = range(0)
    first = next(i for i in range(len(words)) if words[i][0].isalnum() or i == len(words) - 1)
    line = text.line_of[first]
    titled = any(s.first < first + 8 and text.line_of[s.first] == line and _THERAPY.isdisjoint(words[first:s.first]) for s in seen.get("title-other", ())) \
        and not any(text.line_of[s.first] == line and s.first < first + 12 and not _THERAPY.isdisjoint(words[s.first:s.last])
                    for name in ("therapy-named", "therapy-signature") for s in seen.get(name, ()))
    return titled or any(s.first == first or s.first in closing for group in names for s in seen.get(group, ()) if s.means == "present")


def _heads(text, s):
    return s.first == 0 or text.line_of[s.first - 1] != text.line_of[s.first]


def _title_end(text):
    """The offset where the title lines end: the first two lines that hold text."""
    shown = 0
    for a, b in text.lines:
        if text.norm[a:b].strip():
            shown += 1
            if shown == 2:
                return min(b, a + 120)
            if b - a > 160:
                return a + 80
    return len(text.raw)


def _score(text, seen, weights):
    """The weight of the groups' words in a note, and how many there are: each different wording counts once, five of a
    group at most."""
    total, count = 0.0, 0
    for group, weight in weights.items():
        wordings = {text.norm[m.start:m.end] for m in seen.get(group, ()) if m.means not in ("negated", "other")}
        total += float(weight) * min(len(wordings), 5)
        count += len(wordings)
    return total, count
