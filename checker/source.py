"""Reads policy/*.yaml: says every problem, or makes the bundle. The one module that needs PyYAML.

    read(root)          -> (policy, problems): the whole policy as plain data, and what is wrong with it
    bundle(policy)      -> the text of the bundle, the same bytes for the same policy
    cached_bundle(root) -> the same text, from the built checker/bundle.json while that fits the YAML

Stages: files, shape, references, time, use (usage.py). Each reports everything it finds; the first that finds something is the last
to run, because what follows would only repeat it. Every scalar is text: `no` is "no" and a date is its ten characters;
`null`, `~` and nothing are None.
"""

import hashlib
import json
import os
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from . import concepts, facts, measures, usage

CODES = (
    # files
    "file-name", "stray-file", "missing-file", "encoding", "not-yaml", "yaml-feature", "duplicate-key",
    # shape
    "unknown-key", "missing-key", "wrong-value", "bad-date", "bad-phrase", "null-without-reason",
    # references
    "duplicate-id", "id-mismatch", "unknown-statement", "unknown-lcd", "unknown-contractor", "unknown-state", "unknown-concept",
    "unknown-heading", "unknown-element", "unknown-version", "no-topic", "reach-mismatch",
    # time
    "revision-order", "date-order", "unknown-revision", "superseded",
    # use
    "uncited", "unused", "shadowed", "never",
)
BUILT = Path(__file__).with_name("bundle.json")
DEEPEST = 50  # levels inside one another; the policy's own have less than fifteen

# What the parser lets through as an escape, and no text holds: control characters and halves of a character.
_NO_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_CONFLICT = re.compile(r"^(?:<{7}|>{7})(?: |$)", re.MULTILINE)


class SourceError(Exception):
    """The policy cannot be read, or has problems: one clear line."""


@dataclass(frozen=True, order=True)
class Problem:
    path: str
    line: int
    column: int
    code: str
    message: str
    hint: str | None = None

    def __str__(self):
        told = f"{self.path}:{self.line}:{self.column}: {self.message} [{self.code}]"
        return f"{told}\n    hint: {self.hint}" if self.hint else told


@dataclass(frozen=True, slots=True)
class Node:
    """A value of a YAML file and where it stands: text, None, a list of nodes, or {key: (place of the key, node)}."""
    value: object
    at: tuple[int, int]


# -- shapes: what a file may hold


@dataclass(frozen=True)
class Word:
    """Text. `defines` and `refers` name what kind of thing an id is the id of; the references stage joins them."""
    what: str = "text"
    pattern: str = r"(?s)\s*\S.*"
    choices: tuple = ()
    defines: str = ""
    refers: str = ""
    parse: object = None        # raises ValueError for what the pattern cannot tell
    code: str = "wrong-value"


@dataclass(frozen=True)
class Null:
    """The shape, or null with its reason under the sibling key `reason`."""
    shape: object
    reason: str


@dataclass(frozen=True)
class Many:
    """A list of at least so many. A Python list [shape] is Many(shape, 1)."""
    shape: object
    least: int = 1


@dataclass(frozen=True)
class OneOrMany:
    shape: object


@dataclass(frozen=True)
class Table:
    """A map with keys of one kind and values of one kind."""
    key: object
    value: object


@dataclass(frozen=True)
class Kinds:
    """A map whose kind is told by which of these keys it has."""
    what: str
    kinds: dict = field(default_factory=dict)


ANY = object()


def _real_day(text):
    date.fromisoformat(text)


def _phrase(text):
    concepts.expand(text)


TEXT = Word()
DATE = Word("a day, as 2026-01-15", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", parse=_real_day, code="bad-date")
URL = Word("an address", r"https?://\S+")
NUMBER = Word("a whole number", r"[0-9]{1,4}")
VERSION = Word("a version number", r"[0-9]{1,4}")
SURE = Word("H, M or L", choices=("H", "M", "L"))
YES = Word("yes", choices=("yes",))
ID = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
LCD_ID = r"L[0-9]{5}"
STATE = r"[A-Z]{2}"


def _id(kind="", *, defines=False):
    return Word("an id, lower-case words with hyphens", ID, defines=kind if defines else "", refers="" if defines else kind)


def _one(*choices):
    return Word("one of: " + ", ".join(choices), choices=choices)


PHRASE = Word("a phrase", parse=_phrase, code="bad-phrase")
MEANS = _one("present", "negated", "planned", "past", "home", "other", "risk", "taught", "copied", "earlier")
OUTCOME = ("met", "partial", "unmet", "not-applicable")
DISCIPLINE, SIDE = [_one("PT", "OT")], [_one("A", "B")]
THE_LCD = Word("an LCD id, as L34049", LCD_ID, refers="lcd")
CITE = Word("a statement, as 97110/purpose", r"[0-9]{5}/" + ID + r"(@\S+)?", refers="statement")
STATED = {"source": URL, "confidence": SURE}

STATEMENT = {
    "id": _id("statement", defines=True), "heading": TEXT, "title": TEXT,
    "force": _one("requires", "recommends", "excludes", "informs"),
    "carried_by": [{"lcd": THE_LCD, "version": VERSION, "match": TEXT, "confidence": SURE, "note?": TEXT}],
    "revisions": [{"effective": Null(DATE, "reason"), "reason?": TEXT, "lead?": TEXT, "text": TEXT,
                   "read": {"on": DATE, "lcd": THE_LCD, "version": VERSION}}],
    "reading?": TEXT, "plain": TEXT,
}
POLICY = {
    "id": Word("a procedure code", r"[0-9]{5}"), "title": TEXT, "label": TEXT, "version": Word("a calendar version, as 2026.11", r"[0-9]{4}\.[0-9]{2}"),
    "source": {"title": TEXT, "url": URL, "checked": DATE, "note?": TEXT},
    "topics": [{"id": _id("topic", defines=True), "title": TEXT, "statements": [_id("statement")]}],
    "statements": [STATEMENT],
}
ARTICLE = {
    "id": Word("an article id, as A57067", r"A[0-9]{5}"), "title": TEXT, "version": Null(VERSION, "version_reason"), "version_reason?": TEXT,
    "effective": Null(DATE, "effective_reason"), "effective_reason?": TEXT, "status": TEXT, "as_of": DATE, "note?": TEXT, **STATED,
}
LCD = {
    "id": Word("an LCD id, as L34049", LCD_ID, defines="lcd"), "title": TEXT, "contractor": _id("contractor"),
    "discipline": Null(DISCIPLINE, "discipline_reason"), "discipline_reason?": TEXT,
    "side": Null(SIDE, "side_reason"), "side_reason?": TEXT,
    "jurisdictions": [{"id": TEXT, "states": [Word("a state, as KY", STATE, refers="state")],
                       "known_from?": DATE, "known_from_reason?": TEXT, **STATED}],
    "revisions": [{"effective": Null(DATE, "reason"), "reason?": TEXT, "original?": YES, "not_before?": DATE, "not_before_reason?": TEXT,
                   "version": Null(VERSION, "version_reason"), "version_reason?": TEXT, "posted?": DATE, **STATED}],
    "earlier?": TEXT,
    "last_seen?": DATE, "last_seen_reason?": TEXT, "gone_by?": DATE, "gone_by_reason?": TEXT,
    "last_day": Null(DATE, "last_day_reason"), "last_day_reason": TEXT,
    "checked": {"on": DATE, "version": VERSION, "status": _one("active", "superseded", "retired"), "showed": TEXT, "reason": TEXT,
                "dated": DATE, "source": URL},
    "articles": Many(ARTICLE, 0), "notes?": [TEXT], **STATED,
}
CONTRACTORS = {
    "contractors": [{
        "id": _id("contractor", defines=True), "name": TEXT, "jurisdictions_reason?": TEXT,
        "jurisdictions": Many({
            "id": TEXT, "states": [Word("a state, as KY", STATE, refers="state")], "side_exceptions_elsewhere?": TEXT,
            "side_exceptions?": [{"state": Word("a state, as KY", STATE, refers="state"), "side": _one("A", "B"), "part": TEXT, **STATED}],
            **STATED}, 0),
        "lcds": Many(THE_LCD, 0),
        "other_lcds?": [{"id": Word("an LCD id, as L34049", LCD_ID), "title": TEXT, "discipline": DISCIPLINE, "side": SIDE, "version": VERSION,
                         "effective": DATE, "original?": DATE, "status": TEXT, "as_of": DATE, "why": TEXT, **STATED}],
        "no_lcd?": {"side?": SIDE, "since": DATE, "checked": DATE, "text": TEXT, **STATED},
        "articles?": [ARTICLE],
    }],
    "states": Table(Word("a state, as KY", STATE, defines="state"), TEXT),
}

NODE = Kinds("a rule node")
_CONCEPT = OneOrMany(_id("concept"))
_WHERE = {"means?": [MEANS], "in?": OneOrMany(_id("heading")), "not_in?": OneOrMany(_id("heading"))}
NODE.kinds.update({
    "all": {"all": [NODE], "shown?": _one("no")},
    "any": {"any": [NODE], "shown?": _one("no")},
    "not": {"not": NODE},
    "concept": {"concept": _CONCEPT, **_WHERE},
    "measure": {"measure": OneOrMany(_one(*measures.KINDS)), "loss?": _one("yes", "no", "any", "unknown"), "what?": OneOrMany(_id()), "over?": NUMBER, "frame?": OneOrMany(_one("now", "before", "goal")), **_WHERE},
    "together": {"together": [NODE], "by?": _CONCEPT, "within?": _one("sentence", "near", "line", "note"), "apart?": NUMBER, "close?": NUMBER, "order?": YES},
    "note": {"note": {"kind?": [_id()], "treatment?": [_id()], "visits_over?": NUMBER, "first_visit?": YES}},
    "fact": {"fact": _one(*facts.FACTS)},
})
EXAMPLES = Many({"because": TEXT, "note": TEXT, "visit?": NUMBER}, 2)
RULE = {
    "id": _id("rule", defines=True), "title": TEXT, "question": TEXT, "cites": [CITE],
    "order": Word("a whole number", r"[1-9][0-9]?", defines="order"),
    "applies?": NODE, "expect?": NODE, "flag?": NODE,
    "elements?": [{"id": _id("element"), "node": NODE}], "enough?": Word("all, or a number", r"all|[0-9]"), "partly?": NODE, "reason?": TEXT,
    "partial?": [{"when": NODE, "reason": TEXT, "missing?": [_id("element")]}],
    "say": {"met": TEXT, "partial?": TEXT, "unmet": TEXT, "not-applicable?": TEXT},
    "missing": Table(_id("element", defines=True), TEXT),
    "satisfy": TEXT, "aliases": [TEXT],
    "examples": {outcome + ("?" if outcome in ("partial", "not-applicable") else ""): EXAMPLES for outcome in OUTCOME},
    "known_wrong?": [{"should_be": _one(*OUTCOME), "because": TEXT, "note": TEXT, "visit?": NUMBER}],
}
CONCEPTS = [{"id": _id("concept", defines=True), "title": TEXT, "is?": [_id("group", defines=True)], "phrases": [PHRASE],
             "except?": [PHRASE], "match": [TEXT], "skip?": [TEXT]}]
HEADINGS = [{"id": _id("heading", defines=True), "means": MEANS, "phrases": [PHRASE], "short?": YES}]
CONTEXT = {
    "stops": [PHRASE],
    "cues": [{"means": MEANS, "reach": _one("after", "before", "both", "inside"), "within?": NUMBER, "list?": YES, "alone?": YES, "until?": [TEXT], "phrases": [PHRASE]}],
    "blocks?": [{"means": MEANS, "opens": [PHRASE], "closes": [PHRASE]}],
    "cases?": [{"say": TEXT, "of": TEXT, "means": MEANS}], "known_wrong?": [{"say": TEXT, "of": TEXT, "means": MEANS}],
}
DECIMAL = Word("a number, as 0.10", r"[0-9]{1,5}(\.[0-9]{1,3})?")
_WORDS = {"phrases": [PHRASE]}


def _measured(kind, **more):
    return Many({"id": _id(kind, defines=True), **_WORDS, **more}, 0)


MEASURES = {
    "tolerance": DECIMAL, "motions": _measured("motion"), "joints": _measured("joint", normal=Table(_id(), DECIMAL)),
    **dict.fromkeys(("muscles", "strength", "pain", "scales", "reflex", "visits"), _WORDS),
    "tests": _measured("test", title=TEXT, worse=_one("below", "above"), normal=DECIMAL, **{"out_of?": NUMBER}),
    "grip": _measured("grip", title=TEXT, normal=DECIMAL), "vitals": _measured("vital sign", title=TEXT),
    "assist": _measured("level of assistance", rank=Word("a rank from 0 to 9", r"[0-9]")),
    "units": dict.fromkeys(("degrees", "seconds", "minutes", "feet", "pounds", "reps"), [TEXT]),
}

WEIGHT = Word("a weight, as 0.5", r"[0-9](\.[0-9])?")
KIND_WEIGHTS = {side: Table(_id("concept"), WEIGHT) for side in ("therapy", "not-therapy")} | {
    "least": WEIGHT, "decides": WEIGHT, "opens": [TEXT], "names": [_id("concept")], "signs": {"therapy": [TEXT], "other": [TEXT]}}

# Where each file stands, what it is called in the policy, its shape. A file that fits no line is an error.
LAYOUT = (
    ("97110.yaml", "policy", POLICY),
    ("contractors.yaml", "contractors", CONTRACTORS),
    ("lcd/*.yaml", "lcds", LCD),
    ("rules/*.yaml", "rules", RULE),
    ("lexicon/headings.yaml", "headings", HEADINGS),
    ("lexicon/context.yaml", "context", CONTEXT),
    ("lexicon/measures.yaml", "measures", MEASURES),
    ("lexicon/kinds.yaml", "kinds", KIND_WEIGHTS),
    ("lexicon/concepts/*.yaml", "concepts", CONCEPTS),
)
NAMED_BY_ID = ("policy", "lcds", "rules")
SEVERAL = {"group"}      # kinds of names that many may share
LOCAL = {"element"}      # kinds of names known only inside their own file


# -- reading


def read(root: Path) -> tuple[dict | None, list[Problem]]:
    """(the policy as plain data, []) or (None, every problem of the first stage that found one)."""
    root = Path(root)
    files, problems = _files(root)
    if not problems:
        seen = _Seen([], [], [])
        for path, (_, shape, node) in files.items():
            _look(shape, node, path, seen)
        problems = seen.problems
    problems = problems or _references(files, seen) or _time(files) or _use(files)
    return (None, sorted(set(problems))) if problems else (_policy(files), [])


def read_past(root: Path) -> dict:
    """A policy that was sound when it was made, to compare with: not validated anew, since later checks may ask for more.

    Raises SourceError when it cannot even be put together.
    """
    files, problems = _files(Path(root))
    try:
        return _policy({path: row for path, row in files.items() if row[2] is not None})
    except (KeyError, IndexError, TypeError, ValueError):
        raise SourceError(str(problems[0]) if problems else "its files do not fit this checker") from None


def _policy(files):
    def named(name):
        return [plain(node) for one, _, node in files.values() if one == name]

    document = named("policy")[0]
    return {
        "schema": "1", "version": document["version"], "policy": document,
        "lcds": sorted(named("lcds"), key=lambda lcd: lcd["id"]), "contractors": named("contractors")[0],
        "rules": sorted(named("rules"), key=lambda rule: int(rule["order"])),
        "lexicon": {"headings": named("headings")[0], "context": named("context")[0], "measures": named("measures")[0], "kinds": named("kinds")[0],
                    "concepts": [concept for file in named("concepts") for concept in file]},
    }


def plain(node: Node):
    """A node without its places."""
    if isinstance(node.value, dict):
        return {key: plain(child) for key, (_, child) in node.value.items()}
    return [plain(child) for child in node.value] if isinstance(node.value, list) else node.value


# -- stage 1: files


def _files(root):
    """({path: (name, shape, node)}, problems), the paths in order."""
    home, files, problems = root / "policy", {}, []
    for local in _held(home):
        path = "policy/" + local
        row = next((row for row in LAYOUT if re.fullmatch(row[0].replace(".", r"\.").replace("*", r"[^/]+"), local)), None)
        if row is None:
            problems.append(_stray(path, local))
            continue
        node, found = _open(path, home / local)
        problems += found
        files[path] = (row[1], row[2], node)
    for pattern, name, _ in LAYOUT:
        if not any(one == name for one, _, _ in files.values()):
            problems.append(Problem("policy/" + pattern, 1, 1, "missing-file", "this file is needed and is not there"))
    return files, problems


def _held(home):
    """What stands under policy/, in order, as "rules/pain.yaml"; hidden files are an editor's or the system's."""
    return sorted(path.relative_to(home).as_posix() for path in home.rglob("*") if not path.is_dir() and not path.name.startswith("."))


def _open(path, file):
    """(node, problems) of one file, if it can be read."""
    try:
        if file.exists() and not file.is_file():
            return None, [Problem(path, 1, 1, "stray-file", "this is no plain file", "remove it")]
        return _parse(path, file.read_bytes())
    except OSError as error:
        return None, [Problem(path, 1, 1, "missing-file", f"this file cannot be read: {error.strerror}")]


def _stray(path, local):
    fits = [row[0] for row in LAYOUT]
    if local.endswith((".yml", ".YAML", ".YML")):
        return Problem(path, 1, 1, "file-name", "policy files end in .yaml; this one would be ignored", f"call it {path.rsplit('.', 1)[0]}.yaml")
    near = _alike(local, fits)
    return Problem(path, 1, 1, "stray-file", "nothing reads this file",
                   f"did you mean policy/{near}?" if near and "*" not in near else "policy/ holds " + ", ".join(fits))


def _parse(path, data):
    """(node, problems) of one file."""
    if data.startswith(b"\xef\xbb\xbf"):
        return None, [Problem(path, 1, 1, "encoding", "the file begins with a byte order mark", "save it as UTF-8 without BOM")]
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _place(data[:error.start].decode("utf-8"))
        return None, [Problem(path, line, column, "encoding", f"the byte 0x{data[error.start]:02x} is not UTF-8", "save the file as UTF-8")]
    if "\t" in text:
        line, column = _place(text[:text.index("\t")])
        return None, [Problem(path, line, column, "not-yaml", "a tab stands here", "indent and separate with spaces")]
    if mark := _CONFLICT.search(text):
        return None, [Problem(path, *_place(text[:mark.start()]), "not-yaml", "a merge left both versions here",
                              "keep what is right, and remove the lines that begin with <<<<<<<, ======= and >>>>>>>")]
    import yaml

    problems = []
    try:
        try:
            node = _compose(yaml, getattr(yaml, "CBaseLoader", yaml.BaseLoader), text, path, problems)
        except yaml.YAMLError:   # again in pure Python, whose messages are the same everywhere
            problems.clear()
            node = _compose(yaml, yaml.BaseLoader, text, path, problems)
    except (ValueError, OverflowError):   # the pure parser's, when it makes the character
        beyond = re.search(r"\\U(?!000|0010)", text)
        return None, [Problem(path, *_place(text[:beyond.start() if beyond else 0]), "not-yaml", "there is no such character")]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark else _place(text[:getattr(error, "position", 0) or 0])
        why = getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read"
        context = getattr(error, "context", None)
        hint = f"it came up {context}" if context else None
        if "mapping values" in why:
            hint = "text with a colon and a space in it stands in quotation marks"
        elif "special characters" in why:
            hint = "a character nobody sees stands here: delete it, and save the file as UTF-8"
        return None, [Problem(path, line, column, "not-yaml", f"this is not YAML: {why}", hint)]
    if node is None and not problems:
        problems.append(Problem(path, 1, 1, "not-yaml", "the file is empty"))
    return node, problems


def _place(before):
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def _compose(yaml, loader, text, path, problems):
    """The tree of a file, from the parser's events; what we do not allow in YAML goes into `problems`."""
    events = yaml.parse(text, Loader=loader)

    def problem(event, code, message, hint=None):
        problems.append(Problem(path, event.start_mark.line + 1, event.start_mark.column + 1, code, message, hint))

    def value(event, depth=0):
        at = (event.start_mark.line + 1, event.start_mark.column + 1)
        if depth > DEEPEST:
            raise yaml.MarkedYAMLError(problem="too many levels inside one another", problem_mark=event.start_mark)
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            problem(event, "yaml-feature", "anchors and aliases (& and *) are not used here", "write the value out, or put it in quotation marks")
        elif event.tag:
            problem(event, "yaml-feature", "tags (!) are not used here: every value is text", "write the value alone, or put it in quotation marks")
        if isinstance(event, yaml.AliasEvent):
            return Node(None, at)
        if isinstance(event, yaml.ScalarEvent):
            if _NO_TEXT.search(event.value):
                problem(event, "not-yaml", "an escape makes a character here that no text holds", "write the character itself, or leave it out")
            return Node(None if event.implicit[0] and event.value in ("", "~", "null") else event.value, at)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(inner := next(events), yaml.SequenceEndEvent):
                items.append(value(inner, depth + 1))
            return Node(items, at)
        items = {}
        while not isinstance(inner := next(events), yaml.MappingEndEvent):
            key, child = value(inner, depth + 1), value(next(events), depth + 1)
            if not isinstance(key.value, str):
                problem(inner, "not-yaml", "a key is one piece of text")
            elif key.value in items:
                problem(inner, "duplicate-key", f'the key "{_short(key.value)}" stands twice; the first is on line {items[key.value][0][0]}', "keep one")
            else:
                items[key.value] = (key.at, child)
        return Node(items, at)

    root = None
    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            if root is not None:
                problem(event, "yaml-feature", "a file holds one document", "remove the line ---")
        elif isinstance(event, yaml.NodeEvent):
            root = value(event) if root is None else (value(event), root)[1]
    return root


# -- stage 2: shape


@dataclass
class _Seen:
    """What the look at the shapes brings: problems, names defined, names referred to, as (kind, name, path, place)."""
    problems: list
    defined: list
    referred: list


def _look(shape, node, path, seen):
    """Compares a node with its shape; what it finds goes into `seen`."""
    if shape is ANY:
        return
    if isinstance(shape, Null):
        shape = shape.shape if node.value is not None else ANY    # the reason is looked for where the siblings are known
        return _look(shape, node, path, seen)
    if isinstance(shape, OneOrMany):
        shape = Many(shape.shape) if isinstance(node.value, list) else shape.shape
    if isinstance(shape, list):
        shape = Many(shape[0])
    if isinstance(shape, Word):
        return _look_word(shape, node.value, node.at, path, seen)
    if isinstance(shape, Many):
        if not isinstance(node.value, list):
            return _wrong(seen, path, node.at, f"a list is needed here, not {_kind(node)}", "begin each item with a hyphen, or write [one, two]")
        if len(node.value) < shape.least:
            _wrong(seen, path, node.at, f"at least {shape.least} of these {'is' if shape.least == 1 else 'are'} needed, not {len(node.value)}")
        for child in node.value:
            _look(shape.shape, child, path, seen)
        return None
    if not isinstance(node.value, dict):
        return _wrong(seen, path, node.at, f"keys and values are needed here, not {_kind(node)}")
    if isinstance(shape, Table):
        for key, (at, child) in node.value.items():
            _look_word(shape.key, key, at, path, seen)
            _look(shape.value, child, path, seen)
        return None
    if isinstance(shape, Kinds):
        kind = next((kind for kind in shape.kinds if kind in node.value), None)
        if kind is None:
            first, (at, _) = next(iter(node.value.items()), ("", (node.at, None)))
            return seen.problems.append(Problem(path, *at, "unknown-key", f'"{_short(first)}" begins no kind of node', _near(first, shape.kinds)))
        shape = shape.kinds[kind]
    return _look_map(shape, node, path, seen)


def _look_map(shape, node, path, seen):
    allowed = {key.rstrip("?"): child for key, child in shape.items()}
    free = allowed.keys() - node.value.keys()
    for key, (at, child) in node.value.items():
        if key not in allowed:
            seen.problems.append(Problem(path, *at, "unknown-key", f'the key "{_short(key)}" is not known here', _near(key, free)))
            continue
        inner = allowed[key]
        if isinstance(inner, Null) and child.value is None and _absent(node, inner.reason):
            seen.problems.append(Problem(path, *child.at, "null-without-reason", f'"{key}" is null, and nothing says why',
                                         f'add "{inner.reason}:" with the reason why it is not known'))
        _look(inner, child, path, seen)
    for key in shape:
        if not key.endswith("?") and key not in node.value:
            seen.problems.append(Problem(path, *node.at, "missing-key", f'the key "{key}" is missing here'))


def _absent(node, key):
    return key not in node.value or node.value[key][1].value is None


def _look_word(shape, value, at, path, seen):
    if not isinstance(value, str):
        return _wrong(seen, path, at, f"{shape.what} is needed here, not {_kind(Node(value, at))}")
    if shape.choices and value not in shape.choices:
        return _wrong(seen, path, at, f'"{_short(value)}" is not {shape.what}', _near(value, shape.choices))
    if not re.fullmatch(shape.pattern, value):
        return _wrong(seen, path, at, f'"{_short(value)}" is not {shape.what}', code=shape.code)
    if shape.parse:
        try:
            shape.parse(value)
        except ValueError as error:
            why = f": {error}" if shape.code == "bad-phrase" else ""
            return _wrong(seen, path, at, f'"{_short(value)}" is not {shape.what}{why}', code=shape.code)
    if shape.defines:
        seen.defined.append((shape.defines, value, path, at))
    if shape.refers:
        seen.referred.append((shape.refers, value, path, at))
    return None


def _wrong(seen, path, at, message, hint=None, code="wrong-value"):
    seen.problems.append(Problem(path, *at, code, message, hint))


def _kind(node):
    return {type(None): "nothing", list: "a list", dict: "keys and values"}.get(type(node.value), f'"{_short(node.value)}"')


def _short(value):
    value = " ".join(str(value).split())
    return value if len(value) <= 60 else value[:57] + "..."


def _near(word, known):
    """A hint: the likeliest of the known words, or all of them when they are few."""
    near = _alike(word, known)
    if near:
        return f'did you mean "{near}"?'
    return "there are: " + ", ".join(sorted(known)) if 0 < len(known) <= 20 else None


def _alike(word, known):
    """The known word most like this one, or None."""
    import difflib  # only a mistake needs it, and every check pays for what is imported above

    return next(iter(difflib.get_close_matches(word, list(known), 1, 0.6)), None)


# -- stage 3: references


def _references(files, seen):
    problems, known = [], {}
    for kind, name, path, at in seen.defined:
        scope = (kind, path if kind in LOCAL else None)
        first = known.setdefault(scope, {}).setdefault(name, (path, at))
        if first != (path, at) and kind not in SEVERAL:
            problems.append(Problem(path, *at, "duplicate-id", f'the {_thing(kind)} "{name}" is already there: {first[0]}:{first[1][0]}', "ids are used once"))
    known[("concept", None)] = known.get(("concept", None), {}) | known.get(("group", None), {})
    for kind, name, path, at in seen.referred:
        names = known.get((kind, path if kind in LOCAL else None), {})
        prefix, plain_name = "", name
        if kind == "statement" and "/" in name:
            prefix, plain_name = "97110/", name.partition("/")[2].partition("@")[0]
        if plain_name not in names or not name.startswith(prefix):
            problems.append(Problem(path, *at, f"unknown-{kind}", f'there is no {_thing(kind)} "{name}"', _near(prefix + plain_name, [prefix + n for n in names])))
    for path, (name, _, node) in files.items():
        own, at = (node.value["id"][1].value, node.value["id"][1].at) if name in NAMED_BY_ID else (None, None)
        stem = path.rsplit("/", 1)[1].removesuffix(".yaml")
        if own not in (None, stem):
            problems.append(Problem(path, *at, "id-mismatch", f'the id is "{own}" and the file is called "{stem}.yaml"', f"call the file {own}.yaml, or mend the id"))
    return problems or _agreement(files)


def _thing(kind):
    return {"lcd": "LCD", "heading": "section", "element": "entry under \"missing\" with the id"}.get(kind, kind)


def _agreement(files):
    """What two places say of the same thing has to agree."""
    problems = []
    policy, contractors, lcds, rules = (_named(files, name) for name in ("policy", "contractors", "lcds", "rules"))
    (policy_path, document), (contractors_path, reach) = policy[0], contractors[0]
    versions = {_value(lcd, "id"): {_value(r, "version") for r in _items(lcd, "revisions")} for _, lcd in lcds}

    def version(node, lcd_key="lcd"):
        lcd, number = _value(node, lcd_key), _value(node, "version")
        if number not in versions[lcd]:
            problems.append(Problem(policy_path, *_at(node, "version"), "unknown-version", f"{lcd} has no revision with version {number}",
                                    "there are: " + ", ".join(sorted(v for v in versions[lcd] if v))))

    shown = {topic.value for group in _items(document, "topics") for topic in _items(group, "statements")}
    for statement in _items(document, "statements"):
        for node in (*_items(statement, "carried_by"), *(_get(r, "read") for r in _items(statement, "revisions"))):
            version(node)
        if _value(statement, "id") not in shown:
            problems.append(Problem(policy_path, *_at(statement, "id"), "no-topic", f'no topic shows the statement "{_value(statement, "id")}"',
                                    "add it to a topic, or no reader finds it"))

    listed = {item.value: (_value(c, "id"), item.at) for c in _items(reach, "contractors") for item in _items(c, "lcds")}
    served = {(_value(c, "id"), _value(place, "id"), state.value)
              for c in _items(reach, "contractors") for place in _items(c, "jurisdictions") for state in _items(place, "states")}
    for path, lcd in lcds:
        own, contractor = _value(lcd, "id"), _value(lcd, "contractor")
        if listed.get(own, ("", 0))[0] != contractor:
            problems.append(Problem(path, *_at(lcd, "contractor"), "reach-mismatch", f'contractors.yaml does not list {own} under "{contractor}"',
                                    f'add {own} to the lcds of "{contractor}" there, and to no other'))
        for place in _items(lcd, "jurisdictions"):
            for state in _items(place, "states"):
                if (contractor, _value(place, "id"), state.value) not in served:
                    problems.append(Problem(path, *state.at, "reach-mismatch", f'contractors.yaml does not have {state.value} in {_value(place, "id")} of "{contractor}"',
                                            "the LCD reaches only states its contractor serves"))
    for path, rule in rules:
        ways = [key for key in ("expect", "flag", "elements") if key in rule.value]
        if len(ways) != 1:
            problems.append(Problem(path, *rule.at, "missing-key", f"a rule says in one way what it looks for, and this one has {len(ways)}",
                                    'give it one of: "expect" (what shows it), "flag" (what is flagged), "elements" (several things, and how many are enough)'))
        says = _get(rule, "say").value
        for key, (at, _) in _get(rule, "examples").value.items():
            if key not in says:
                problems.append(Problem(path, *at, "missing-key", f'there are examples of "{key}", and "say" has no sentence for it'))
        for key, (at, _) in says.items():
            if key not in _get(rule, "examples").value:
                problems.append(Problem(path, *at, "missing-key", f'"say" has a sentence for "{key}", and there are no examples of it'))
    return problems


def _named(files, name):
    return [(path, node) for path, (one, _, node) in files.items() if one == name]


def _get(node, key):
    return node.value[key][1] if key in node.value else Node(None, node.at)


def _value(node, key):
    return _get(node, key).value


def _at(node, key):
    return _get(node, key).at


def _items(node, key):
    return _value(node, key) or []


# -- stage 4: time


def _time(files):
    problems = []
    (policy_path, document), = _named(files, "policy")
    for path, lcd in _named(files, "lcds"):
        problems += _revisions_in_order(path, lcd) + _ends_in_order(path, lcd)
    pins = {}
    for statement in _items(document, "statements"):
        problems += _revisions_in_order(policy_path, statement)
        pins[_value(statement, "id")] = [_value(r, "effective") or _value(_get(r, "read"), "version") for r in _items(statement, "revisions")]
    cites = [(path, cite) for path, rule in _named(files, "rules") for cite in _items(rule, "cites")]
    anew = {cite.value for _, cite in cites}
    return problems + [problem for path, cite in cites for problem in _cited(path, cite, pins, anew)]


def _revisions_in_order(path, node):
    """Newest first, no day twice. A revision of unknown day stands where its version puts it."""
    problems, newer = [], None
    for revision in _items(node, "revisions"):
        day, floor = _value(revision, "effective"), _value(revision, "not_before")
        if day and newer and day >= newer:
            problems.append(Problem(path, *_at(revision, "effective"), "revision-order", f"{day} stands below {newer}; the newest comes first, and no day twice"))
        newer = day or floor or newer
    return problems


def _ends_in_order(path, lcd):
    problems = []
    newest = next((_value(r, "effective") for r in _items(lcd, "revisions") if _value(r, "effective")), "")
    ends = [(key, _value(lcd, key)) for key in ("last_seen", "last_day", "gone_by") if _value(lcd, key)]
    for (before, first), (after, second) in zip([("the newest revision", newest), *ends], ends):
        if second < first:
            problems.append(Problem(path, *_at(lcd, after), "date-order", f"{after} is {second}, before {before}, {first}"))
    checked = _get(lcd, "checked")
    # A version is put up before the day it takes effect: one put up by the day of the check may begin later.
    known = next((_value(r, "posted") or _value(r, "effective") for r in _items(lcd, "revisions") if _value(r, "effective")), "")
    if known > _value(checked, "on"):
        problems.append(Problem(path, *_at(checked, "on"), "date-order", f"checked on {_value(checked, 'on')}, before the newest revision, {known}",
                                'if the revision was put up before it takes effect, give it "posted:" with that day'))
    if _value(checked, "dated") > _value(checked, "on"):
        problems.append(Problem(path, *_at(checked, "dated"), "date-order", f"dated {_value(checked, 'dated')}, after the day of the check, {_value(checked, 'on')}"))
    for key in ("last_seen", "gone_by"):
        if _value(lcd, key) and _absent(lcd, key + "_reason"):
            problems.append(Problem(path, *_at(lcd, key), "missing-key", f'the key "{key}_reason" is missing here'))
    return problems


def _cited(path, cite, pins, anew):
    """A statement with several revisions is cited with the one that was read, 97110/pain@2026-01-01, and some rule cites the newest."""
    name, _, pin = cite.value.partition("@")
    known = pins[name.partition("/")[2]]
    if pin and pin not in known:
        return [Problem(path, *cite.at, "unknown-revision", f"{name} has no revision {pin}", _near(pin, known))]
    newest = f"{name}@{known[0]}"
    if len(known) == 1 or pin and newest in anew:
        return []
    was = f"and no rule cites the new words, only those of {pin}" if pin else "and this rule does not say which words it was read with"
    return [Problem(path, *cite.at, "superseded", f"{name} was revised ({known[0]}), {was}", f"read the new words; if the rule still holds, cite {newest}")]


# -- stage 5: use


def _use(files):
    found = usage.problems(_named(files, "policy")[0], _named(files, "rules"), _named(files, "kinds")[0][1], _named(files, "concepts"))
    return [Problem(path, *node.at, code, message, hint) for path, node, code, message, hint in found]


# -- the bundle


def bundle(policy: dict) -> str:
    """The bundle's text: what the checker needs at run time, without examples; the same bytes for the same policy."""
    rules = [{key: value for key, value in rule.items() if key not in ("examples", "known_wrong")} for rule in policy["rules"]]
    lexicon = policy["lexicon"] | {"table": concepts.compile_table(policy["lexicon"])}
    # The table holds every phrase ready to be found: the phrases as written, and their examples, stay at home.
    lexicon["concepts"] = [{key: c[key] for key in ("id", "title", "is") if key in c} for c in lexicon["concepts"]]
    lexicon["headings"] = [{key: h[key] for key in ("id", "means", "short") if key in h} for h in lexicon["headings"]]
    lexicon["context"] = {key: value for key, value in lexicon["context"].items() if key not in ("cases", "known_wrong")} | {"cues": [{k: v for k, v in cue.items() if k != "phrases"} for cue in lexicon["context"]["cues"]],
                                               "blocks": [{"means": block["means"]} for block in lexicon["context"].get("blocks") or ()]}
    made = {key: policy[key] for key in ("schema", "version", "policy", "lcds", "contractors")} | {"rules": rules, "lexicon": lexicon}
    made["digest"] = hashlib.sha256(_json(made).encode()).hexdigest()
    return _json(made) + "\n"


def _json(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def cached_bundle(root: Path) -> str:
    """The bundle's text, from checker/bundle.json while that fits the YAML, else built anew and kept there.

    The built file is the bundle with one more key at its end: a digest of everything it was made from.
    """
    root = Path(root)
    mark = f',"sources":"{_sources(root)}"}}\n'
    try:
        built = BUILT.read_text(encoding="utf-8")
    except (OSError, ValueError):
        built = ""
    if built.endswith(mark):
        return built[:-len(mark)] + "}\n"
    try:
        policy, problems = read(root)
    except ModuleNotFoundError as error:
        raise SourceError(f"the built policy is {'older than policy/' if built else 'not there'} and {error.name} is not installed: "
                          "pip install PyYAML, or make bundle") from None
    if problems:
        first = f"{problems[0].path}:{problems[0].line}:{problems[0].column}: {problems[0].message} [{problems[0].code}]"
        raise SourceError(f"policy/ has {len(problems)} problem{'s' * (len(problems) > 1)} (make check shows all); the first: {first}")
    text = bundle(policy)
    _keep(text[:-2] + mark)
    return text


def _sources(root):
    """A digest of the YAML and of the code that turns it into the bundle."""
    home = root / "policy"
    made_from = [*(home / local for local in _held(home) if local.endswith(".yaml") and (home / local).is_file()), *(BUILT.with_name(name) for name in ("concepts.py", "source.py", "text.py"))]
    total = hashlib.sha256()
    for path in made_from:
        data = path.read_bytes()
        total.update(f"{path.name} {len(data)}\n".encode() + data)
    return total.hexdigest()


def _keep(text):
    """Writes the built file in one step; a folder that cannot be written to is no error: it is built again next time."""
    scratch = BUILT.with_name(f".bundle.{os.getpid()}.json")
    try:
        scratch.write_text(text, encoding="utf-8", newline="\n")
        scratch.replace(BUILT)
    except OSError:
        try:
            scratch.unlink()
        except OSError:   # it never came to be
            pass
