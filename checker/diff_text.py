"""How a Diff is said: as text for a terminal, as Markdown for the comment on a pull request."""

import re

from .diff import Diff
from .report import wrap

SAME = "Nothing in the policy differs."
MARK = "policy-diff"          # in the first line of the Markdown, by which the comment is found again
MOST = 40                     # notes shown one by one in Markdown: a comment holds only so much
LONGEST = 240                 # characters of a value
OUTCOMES = {"met": "shown", "partial": "partly shown", "unmet": "not found", "not-applicable": "does not apply"}
FLAGS = {"met": "not flagged", "unmet": "flagged", "partial": "partly flagged", "not-applicable": "does not apply"}
EXCLUSIONS = ("non-covered-purpose", "unskilled")
TITLES = {"policy": "The policy as a whole", "statements": "Statements", "LCDs": "LCDs", "contractors": "Contractors", "rules": "Rules",
          "phrases": "Words and phrases"}

# What a gap says, by its code, in a few words.
GAPS = {
    "after-checked": "the day lies after the last check",
    "before-first": "the day lies before the first revision known",
    "contractor-ambiguous": "several contractors serve the state",
    "discipline-mismatch": "the LCD is for the other discipline",
    "discipline-unknown": "the LCD's discipline is not known",
    "no-lcd": "the contractor has no LCD for it",
    "not-known": "the contractor or state is not in the policy",
    "other-lcd": "another LCD, whose text is not here, may be the one",
    "reach-unknown": "whether the LCD reached the state is not known",
    "retired": "the LCD is retired",
    "side-mismatch": "the LCD is for the other claim side",
    "side-unknown": "the LCD's claim side is not known",
    "state-mismatch": "the LCD does not reach the state",
    "state-not-read": "no source read says who serves the state",
    "status-unknown": "whether the LCD was in force is not known",
    "version-unknown": "which version held is not known",
    "wording-unread": "the words of that version were not read",
}


def to_text(diff: Diff, base: str, width: int = 80) -> str:
    """The whole of it, for a person at a terminal. base: what was compared with."""
    out = wrap(f"Compared with {base}: {_versions(diff)}", width, 0, 2)
    if diff.empty:
        return "\n".join([*out, SAME]) + "\n"

    def head(title):
        out.extend(["", title, "-" * len(title)])

    out += wrap(summary(diff), width, 0, 2)
    for part, lines in _differences(diff):
        head(f"{TITLES[part]} ({len(lines)})")
        for line in lines:
            out += wrap(line, width, 2, 4)
    if diff.governed:
        head("Claims that are governed otherwise")
        for one in diff.governed:
            for who in claims(one):
                out += wrap(f"{who}: {governs(one)}", width, 2, 4)
    if diff.turned or diff.new_rules:
        head(f"Notes that come out otherwise ({len({t.note for t in diff.turned})})")
        for line in [*_counts(diff), *_new_rules(diff)]:
            out += wrap(line, width, 2, 4)
        for turned in diff.turned:
            out += ["", *wrap(outcome(turned), width, 2, 4)]
            for line in evidence(turned):
                out += wrap(line, width, 4, 6)
    return "\n".join(out) + "\n"


def to_markdown(diff: Diff, base: str, command: str = "") -> str:
    """The same for a comment on a pull request; of many notes the first. command: what shows all of them."""
    if diff.empty:
        return f"<!-- {MARK} same -->\n{SAME}\n"
    out = [f"<!-- {MARK} -->", "## What this change of the policy does", "", _plain(f"Compared with {base}: {_versions(diff)}"), "", _plain(summary(diff))]
    if diff.governed:
        out += ["", "### Claims that are governed otherwise", ""]
        out += [f"- **{_plain(who)}**: {_plain(governs(one))}" for one in diff.governed for who in claims(one)]
    if diff.turned or diff.new_rules:
        out += ["", "### Notes that come out otherwise", "", *(f"- {_plain(line)}" for line in [*_counts(diff), *_new_rules(diff)])]
    if diff.turned:
        out += ["", "<details><summary>Note by note</summary>", ""]
        for turned in diff.turned[:MOST]:
            out += [f"- {_plain(outcome(turned))}", *(f"  - {_plain(line)}" for line in evidence(turned))]
        if len(diff.turned) > MOST:
            out.append(f"- and {len(diff.turned) - MOST} more{f', which `{command}` shows' if command else ''}")
        out += ["", "</details>"]
    for part, lines in _differences(diff):
        out += ["", f"<details><summary>{TITLES[part]} ({len(lines)})</summary>", "", *(f"- {_plain(line)}" for line in lines[:MOST])]
        out += [f"- and {len(lines) - MOST} more"] if len(lines) > MOST else []
        out += ["", "</details>"]
    return "\n".join(out) + "\n"


def _versions(diff):
    old, new = (f"version {one['version']} ({one['digest'][:12]})" for one in (diff.old, diff.new))
    return f"{old} is now {new}." if old != new else f"{new}."


def summary(diff: Diff) -> str:
    """One sentence: how much of what."""
    things = {part: len({c.where[:1] for c in diff.changed if c.part == part}) for part in TITLES}
    named = {"policy": ("entry about the policy", "entries about the policy"), "statements": ("statement", "statements"), "LCDs": ("LCD", "LCDs"),
             "contractors": ("contractor", "contractors"), "rules": ("rule", "rules"), "phrases": ("list of words", "lists of words")}
    differ = [f"{count} {named[part][count != 1]}" for part, count in things.items() if count]
    notes, claims_ = len({t.note for t in diff.turned}), len(diff.governed)
    ending = "s" * (sum(things.values()) == 1)
    return (f"{_and(differ)} differ{ending}; " if differ else "") + (
        f"{notes or 'no'} note{'s' * (notes != 1)} come{'s' * (notes == 1)} out otherwise; "
        f"{f'claims are governed otherwise in {claims_} way' + 's' * (claims_ != 1) if claims_ else 'what governs a claim stays as it is'}.")


def _and(words):
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


# -- what differs

_KEYS = {"effective": "effective date", "applies": "when it applies", "expect": "what shows it", "flag": "what is flagged", "carried_by": "said by",
         "is": "groups", "match": "examples of it", "skip": "examples that are none", "plain": "in plain words", "dated": "newest dated source",
         "except": "exceptions", "known_wrong": "known to come out wrong"}


def _differences(diff):
    """(part, a line for each place that differs) of every part in which something does."""
    for part in TITLES:
        lines = [difference(changed) for changed in diff.changed if changed.part == part]
        if lines:
            yield part, lines


def difference(changed) -> str:
    """One place that differs: "L34049, last day: was not given, now "2026-12-31"."""
    where = ", ".join(_KEYS.get(key, key.replace("_", " ")) for key in changed.where)
    if len(changed.where) == 1 or not where:
        where = where or "all"
    was, now = changed.was, changed.now
    if was is None or now is None:
        one = now if was is None else was
        return f"{where}: {'new' if was is None else 'gone'}: {_cut(one)}"
    was, now = _apart(was, now)
    return f'{where}: was "{was}", now "{now}"'


def _cut(text):
    return text if len(text) <= LONGEST else text[:LONGEST - 3].rstrip() + "..."


def _apart(was, now):
    """Two long texts, each from a little before the first word that differs to a little after the last."""
    if max(len(was), len(now)) <= 120:
        return was, now
    a, b = (re.findall(r"[^\s|]+[\s|]*", text) for text in (was, now))   # a phrase parts its choices with |
    head = next((n for n, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    tail = next((n for n, (x, y) in enumerate(zip(a[::-1], b[::-1])) if x != y), min(len(a), len(b)))
    tail = min(tail, min(len(a), len(b)) - head)
    first, rest = max(0, head - 4), max(0, tail - 4)
    return tuple(_cut("... " * (first > 0) + "".join(words[first:len(words) - rest]).rstrip() + " ..." * (rest > 0)) for words in (a, b))


# -- notes


def outcome(turned) -> str:
    """One note: "tests/notes/knee.txt, pain: partly shown, before not found (labelled: shown)"."""
    words = FLAGS if turned.rule in EXCLUSIONS else OUTCOMES
    was, now = words.get(turned.was, turned.was), words.get(turned.now, turned.now)
    said = f"{turned.note}, {turned.rule}: from {was} to {now}"
    if not turned.wanted:
        return said
    right = _or([words[one] for one in turned.wanted])
    return f"{said}, as it should be" if turned.now in turned.wanted else f"{said}; it should be {right}"


def _or(words):
    return " or ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def evidence(turned) -> list[str]:
    """The words in the note that decided before and do not now, and the other way round."""
    lines = []
    for title, own, other in (("before", turned.before, turned.after), ("now", turned.after, turned.before)):
        found = [e for e in own if e not in other]
        if found:
            more = f" and {len(found) - 4} more" if len(found) > 4 else ""
            lines.append(f"{title}: " + ", ".join(f'line {line} "{_cut(text)}" ({why})' for line, text, why in found[:4]) + more)
    return lines


def _counts(diff):
    """How many notes go which way, rule by rule."""
    counts = {}
    for turned in diff.turned:
        words = FLAGS if turned.rule in EXCLUSIONS else OUTCOMES
        key = (turned.rule, words.get(turned.was, turned.was), words.get(turned.now, turned.now))
        counts[key] = counts.get(key, 0) + 1
    return [f"{rule}: {count} from {was} to {now}" for (rule, was, now), count in counts.items()]


def _new_rules(diff):
    return [f"{rule} is a new rule; of {diff.notes} notes: " + ", ".join(f"{counts[key]} {word}" for key, word in OUTCOMES.items() if key in counts)
            for rule, counts in diff.new_rules.items()]


# -- claims


def claims(governed) -> list[str]:
    """Whose claims: "PT and OT, Part B, KY and OH", as few as say it all."""
    by_place, by_kinds = {}, {}
    for place, discipline, side in governed.claims:
        by_place.setdefault(place, {}).setdefault(discipline, []).append(side)
    for place, kinds in by_place.items():
        by_sides = {}
        for discipline, sides in kinds.items():
            by_sides.setdefault(tuple(sides), []).append(discipline)
        for sides, disciplines in by_sides.items():
            by_kinds.setdefault((tuple(disciplines), sides), []).append(place)
    return [f"{_and(list(d))}, {_and([f'Part {s}' for s in sides])}, {_and(places)}" for (d, sides), places in by_kinds.items()]


def governs(governed) -> str:
    """From when to when, and what: "from 2026-12-01 on L34049 version 37 governs instead of 36."""
    said = [_instead(*change[1:]) for change in governed.changes if change[0] == "lcds"]
    for kind, words in (("bound", "{} now bind{s}"), ("unbound", "{} no longer bind{s}"), ("reworded", "{} bind{s} in other words"),
                        ("says", "the report now says that {}"), ("unsays", "the report no longer says that {}")):
        items = [GAPS.get(change[1], change[1]) for change in governed.changes if change[0] == kind]
        if items:
            said.append(words.format(_and(items), s="s" * (len(items) == 1)))
    return f"{_span(governed.first, governed.last)} {'; '.join(said)}."


def _span(first, last):
    if first and first == last:
        return f"on {first}"
    if first:
        return f"from {first} to {last}" if last else f"from {first} on"
    return f"up to {last}" if last else "on any day"


def _instead(was, now):
    if not was:
        return f"{_lcds(now)} governs, where no LCD did"
    if not now:
        return f"no LCD governs, where {_lcds(was)} did"
    if [lcd for lcd, _ in was] == [lcd for lcd, _ in now] and len(now) == 1:
        return f"{_lcds(now)} governs instead of {was[0][1] or 'a version not known'}"
    return f"{_lcds(now)} governs instead of {_lcds(was)}"


def _lcds(lcds):
    return _and([f"{lcd} {f'version {version}' if version else 'in a version not known'}" for lcd, version in lcds])


def _plain(text):
    """Text that Markdown leaves as it is, and that calls nobody."""
    marked = "".join("\\" + c if c in "\\`*_[]<>|#~" else c for c in text)
    return re.sub(r"(?<!\w)@", "@\u200b", marked.replace("&", "&amp;"))
