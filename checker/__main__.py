"""The command line: notes in, reports out.

    check-97110 NOTE... [--state KY | --contractor cgs] [--discipline PT] [--side B] [--on DATE] [--visit N]
                        [--record] [--format text|json|csv|sarif] [--explain]
    check-97110 policy check
    check-97110 policy show 97110/continued-visits --on 2026-01-15
    check-97110 policy bundle [-o FILE]
    check-97110 policy diff BASE [--format text|markdown] [--comment FILE]

Exit 0: nothing the policy requires is missing and nothing it excludes was found; 1: something is or was (for
`policy check`: there is a problem; for `policy diff`: something differs); 2: bad usage or unreadable input, with one line on standard error.

What only one command needs is imported where it is needed, so that checking a note starts fast.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
LIMIT = 5_000_000  # bytes in one note: a thousand times a long note

# How it was started is how it is called in hints.
NAME = "check-97110" if Path(sys.argv[0]).stem == "check-97110" else "python -m checker"

FORMATS = ("text", "json", "csv", "sarif")
DIFF_FORMATS = ("text", "markdown")


class Stop(Exception):
    """Bad usage or unreadable input: its text is the one line a person sees."""


def main(argv: list[str] | None = None) -> int:
    """Runs one command; argv without the program's name. Returns the exit code, never raises for bad input."""
    argv = sys.argv[1:] if argv is None else argv
    try:
        code, text = _policy(argv[1:]) if argv[:1] == ["policy"] else _check(argv)
        _write(text)
        return code
    except Stop as stop:
        _complain(f"check-97110: {_one_line(stop)}")
        return 2
    except KeyboardInterrupt:
        return 130


class Parser(argparse.ArgumentParser):
    def error(self, message):
        raise Stop(f"{message} (try: {self.prog} --help)")


def _one_line(text) -> str:
    """One line, and nothing a terminal would obey."""
    return " ".join("".join(c if c.isprintable() else " " for c in str(text)).split())


def _complain(line: str) -> None:
    """On standard error, as far as there is one: closed or full, the exit code has to do."""
    if sys.stderr:
        try:
            print(line, file=sys.stderr, flush=True)
        except OSError:
            sys.stderr = None  # Python flushes once more at exit


def _write(text: str) -> None:
    """Bytes, not text: the same on every system, whatever its code page and its ends of line."""
    if sys.stdout is None:
        raise Stop("cannot write the report: standard output is closed")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader (`head`, a pager) has seen enough. Python flushes once more at exit: let that go nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise Stop(f"cannot write the report: {error.strerror}") from None


# -- notes


def _check(argv: list[str]) -> tuple[int, str]:
    parser = Parser(
        prog=NAME, allow_abbrev=False,
        description="Checks therapy notes against the Medicare policy for 97110. "
                    "Says what a note shows of what the policy asks for, with the words that show it; "
                    "never whether a claim will be paid. Nothing leaves this machine.",
        epilog=f"Also: {NAME} policy check | show | bundle | diff (see: {NAME} policy --help). "
               "Exit code: 0 nothing the policy requires is missing and nothing is flagged; 1 something is; "
               "2 bad usage or unreadable input.")
    parser.add_argument("notes", nargs="+", metavar="NOTE", help="a text file in UTF-8; - is standard input")
    parser.add_argument("--state", metavar="KY", help="the state or territory of the claim, two letters")
    parser.add_argument("--contractor", metavar="cgs", help="the Medicare contractor, in place of the state")
    parser.add_argument("--discipline", metavar="PT", help="PT or OT")
    parser.add_argument("--side", metavar="B", help="the claim side, A or B")
    parser.add_argument("--on", metavar="DATE", help="the date of service, as 2026-01-15")
    parser.add_argument("--visit", metavar="N", help="which visit of the episode the note is, from 1")
    parser.add_argument("--record", action="store_true", help="the notes are of one episode of one patient, a file each or several dated notes in one "
                                                               "file: one report, with visits, changes from first to last, goals carried on and notes that repeat each other")
    parser.add_argument("--format", metavar="|".join(FORMATS), default="text")
    parser.add_argument("--explain", action="store_true", help="in text: how each piece of evidence was read, and why")
    args = parser.parse_args(argv)
    if args.format not in FORMATS:
        raise Stop(f"there is no format {args.format}; use one of {', '.join(FORMATS)}")
    if args.notes.count("-") > 1:
        raise Stop("standard input (-) can be given only once")
    claim = {key: getattr(args, key) for key in ("on", "contractor", "state", "discipline", "side", "visit")}

    texts = [read_note(name) for name in args.notes]
    files = [_name(name) for name in args.notes]

    import checker
    from . import report

    policy = _load()
    reports, own = _reports(policy, texts, files, claim, args.record)
    needed = report.needed(policy)
    code = 1 if any(report.wanting(r, needed) for r in reports) else 0
    if args.format == "json":
        return code, report.to_document(reports, args.record)
    about = {rule["id"]: rule for rule in policy.rules}
    if args.format == "csv":
        return code, report.to_csv(reports, own, about)
    if args.format == "sarif":
        return code, report.to_sarif(reports, own, about)
    shown = [report.to_text(r, t, about, explain=args.explain) for r, t in zip(reports, own)]
    return code, ("\n" + "=" * 80 + "\n\n").join(shown)


def _reports(policy, texts: list[str], files: list[str], claim: dict, record: bool):
    """The reports, and beside each the list of the texts it is about."""
    import checker

    try:
        if record:
            return [checker.check_record(texts, policy, claim, files)], [texts]
        return [checker.check(text, policy, claim, file) for text, file in zip(texts, files)], [[t] for t in texts]
    except checker.ClaimError as error:
        raise Stop(str(error)) from None


def _name(name: str) -> str:
    """The file's name as it goes into a report: always UTF-8, whatever bytes the file system holds."""
    return os.fsencode(name).decode("utf-8", "replace")


def read_note(name: str) -> str:
    """The text of a note: a file's, or standard input's for `-`; a byte order mark at its start is dropped."""
    shown = "standard input" if name == "-" else _name(name) or "a note without a name"
    try:
        if name == "-":
            if sys.stdin is None:
                raise Stop("standard input is closed; name a file, or send the note in")
            data = sys.stdin.buffer.read(LIMIT + 1)
        else:
            with open(name, "rb") as file:
                data = file.read(LIMIT + 1)
    except FileNotFoundError:
        raise Stop(f"{shown}: there is no such file; check the name and the folder") from None
    except IsADirectoryError:
        raise Stop(f"{shown}: is a folder; name the notes in it, as in {shown.rstrip('/')}/*.txt") from None
    except PermissionError:
        if os.path.isdir(name):  # how Windows says it
            raise Stop(f"{shown}: is a folder; name the notes in it") from None
        raise Stop(f"{shown}: you may not read this file; ask its owner, or copy it where you may") from None
    except (OSError, ValueError) as error:
        raise Stop(f"{shown}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    if len(data) > LIMIT:
        raise Stop(f"{shown}: larger than 5 MB; a note is plain text, one visit a file")
    return _decode(data, shown)


def _decode(data: bytes, shown: str) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Stop(f"{shown}: is UTF-16 or UTF-32, not UTF-8; save it again with the encoding UTF-8")
    for start, what in ((b"%PDF", "a PDF"), (b"PK\x03\x04", "a Word or zip file"), (b"\xd0\xcf\x11\xe0", "a Word file"),
                        (b"{\\rtf", "a rich text file")):
        if data.startswith(start):
            raise Stop(f"{shown}: is {what}, not plain text; copy the note's text into a .txt file")
    if b"\0" in data:
        raise Stop(f"{shown}: is a binary file, not text; export the note as plain text")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Stop(f"{shown}: is not UTF-8 (byte {data[error.start]:#04x} at position {error.start}); "
                   "save it again with the encoding UTF-8") from None


# -- the policy


def _root() -> Path:
    """The folder that holds policy/: this project's, or for an installed checker the folder one stands in."""
    return next((root for root in (HOME, Path()) if (root / "policy" / "97110.yaml").is_file()), HOME)


def _bundle() -> str:
    """The bundle's text: the built one while it fits the YAML, otherwise built now."""
    from . import source

    root = _root()
    built = Path(__file__).with_name("bundle.json")
    try:
        if not (root / "policy").is_dir() and built.is_file():
            return built.read_text(encoding="utf-8")
        return source.cached_bundle(root)
    except source.SourceError as error:
        raise Stop(str(error)) from None
    except OSError as error:
        raise Stop(f"{error.filename}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Stop(f"{built}: is damaged; install the checker again") from None


def _load():
    """The policy, ready to check with."""
    import checker

    try:
        return checker.load(_bundle())
    except ValueError as error:
        raise Stop(str(error)) from None


def _policy(argv: list[str]) -> tuple[int, str]:
    parser = Parser(prog=f"{NAME} policy", allow_abbrev=False, description="The policy behind the checker.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="check|show|bundle|diff", parser_class=Parser)
    commands.add_parser("check", help="validate the YAML under policy/")
    show = commands.add_parser("show", help="print what a statement says and where it holds, or what an LCD was, on a day")
    show.add_argument("id", metavar="ID", help="a statement, as 97110/continued-visits, or an LCD, as L34049")
    show.add_argument("--on", metavar="DATE", help="the day, as 2026-01-15 (default: today)")
    bundle = commands.add_parser("bundle", help="write the policy as one JSON document")
    bundle.add_argument("-o", metavar="FILE", dest="out", help="the file to write (default: standard output)")
    diff = commands.add_parser("diff", help="say what a change of the policy does, and to which notes and claims")
    diff.add_argument("base", metavar="BASE", help="what to compare with: a git revision (where this branch left it), a folder with policy/ in it, "
                                                   "or a bundle.json")
    diff.add_argument("--format", metavar="|".join(DIFF_FORMATS), default="text")
    diff.add_argument("--comment", metavar="FILE", help="also write it there as Markdown, for a pull request")
    args = parser.parse_args(argv)
    return {"check": _policy_check, "show": _policy_show, "bundle": _policy_bundle, "diff": _policy_diff}[args.command](args)


def _policy_check(args) -> tuple[int, str]:
    policy, problems = _read()
    if problems:
        lines = [f"{_one_line(p.path)}:{p.line}:{p.column}: {_one_line(p.message)} [{p.code}]"
                 + (f"\n  hint: {_one_line(p.hint)}" if p.hint else "") for p in problems]
        count = f"{len(problems)} problem{'s' * (len(problems) != 1)}"
        return 1, "\n".join([*lines, "", count + " in policy/."]) + "\n"
    counts = [f"{len(policy['policy']['statements'])} statements", f"{len(policy['rules'])} rules",
              f"{len(policy['lcds'])} LCDs", f"{len(policy['lexicon']['concepts'])} concepts"]
    return 0, f"policy/ is sound: {', '.join(counts)}.\n"


def _policy_bundle(args) -> tuple[int, str]:
    from . import source

    policy, problems = _read()
    if problems:
        raise Stop(f"policy/ has {len(problems)} problem{'s' * (len(problems) != 1)}, so there is no bundle (try: {NAME} policy check)")
    text = source.bundle(policy)
    if args.out in (None, "-"):
        return 0, text
    _save(args.out, text)
    return 0, ""


def _save(name: str, text: str) -> None:
    try:
        Path(name).write_text(text, encoding="utf-8", newline="\n")
    except (OSError, ValueError) as error:
        raise Stop(f"{name or 'a file without a name'}: cannot be written: {getattr(error, 'strerror', None) or error}") from None


def _policy_diff(args) -> tuple[int, str]:
    from . import diff, diff_text

    if args.format not in DIFF_FORMATS:
        raise Stop(f"there is no format {args.format}; use one of {', '.join(DIFF_FORMATS)}")
    policy, problems = _read()
    if problems:
        raise Stop(f"policy/ has {len(problems)} problem{'s' * (len(problems) != 1)}, so it cannot be compared (try: {NAME} policy check)")
    base, name = _base(args.base)
    found = diff.compare(base, diff.side(policy), *_golden())
    markdown = diff_text.to_markdown(found, name, f"make diff BASE={args.base}")
    if args.comment is not None:
        _save(args.comment, markdown)
    return int(not found.empty), markdown if args.format == "markdown" else diff_text.to_text(found, name)


def _base(name: str):
    """(the diff.Side to compare with, what it is called)."""
    import tempfile

    from . import diff, past, source

    try:
        # An empty name, as an unset variable leaves it, is not the folder one stands in: nothing would ever differ from that.
        if name and (Path(name) / "policy" / "97110.yaml").is_file():
            return diff.side(source.read_past(Path(name))), name
        if Path(name).is_file():
            return diff.side_of_bundle(Path(name).read_text(encoding="utf-8")), name
        commit = past.branched(_root(), name)
        with tempfile.TemporaryDirectory() as folder:
            past.write_at(_root(), commit, Path(folder))
            return diff.side(source.read_past(Path(folder))), name if commit.startswith(name) else f"{name} ({commit[:7]})"
    except past.PastError as error:
        raise Stop(str(error)) from None
    except (source.SourceError, ValueError, KeyError, TypeError) as error:
        raise Stop(f"{name}: this policy cannot be compared: {error}") from None
    except OSError as error:
        raise Stop(f"{name}: cannot be read: {error.strerror}") from None


def _golden() -> tuple[dict, dict]:
    """The notes that the project keeps, {name: text}, and the outcomes they are labelled with, {name: {rule: outcomes}}."""
    import json

    folder = _root() / "tests" / "notes"
    notes = {f"tests/notes/{path.name}": path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.txt")) if path.name != "known_wrong.txt"}
    labels, file = {}, folder / "labels.jsonl"
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
        one = json.loads(line)
        labels[f"tests/notes/{one['note']}"] = {rule: label["accept"] for rule, label in one["labels"].items()}
    return notes, labels


def _read():
    try:
        from . import source

        if not (_root() / "policy").is_dir():
            raise Stop("there is no folder policy/ here; run this in the project's folder")
        return source.read(_root())
    except ImportError as error:
        raise Stop(f"reading the policy needs {error.name}: pip install PyYAML") from None


_FORCE = {"requires": "requires", "recommends": "recommends", "excludes": "excludes", "informs": "states"}


def _policy_show(args) -> tuple[int, str]:
    from datetime import date

    from . import policy, report

    loaded = _load().source
    try:
        day = policy.validate_claim(loaded, {"on": args.on})["on"] or date.today().isoformat()
        lines = _lcd_lines(loaded, args.id.upper(), day) if re.fullmatch(r"(?i)L[0-9]+", args.id) else _statement_lines(loaded, args.id, day)
    except policy.ClaimError as error:
        raise Stop(str(error)) from None
    lines += ["", f"Policy for {loaded.id}, version {loaded.version} ({loaded.digest[:12]})"]
    return 0, "\n".join(wrapped for line in lines for wrapped in ([line] if line.startswith("  ") else report.wrap(line, 80, 0, 2))) + "\n"


def _statement_lines(loaded, name: str, day: str) -> list[str]:
    """What a statement said on a day, and where that held."""
    from . import policy, report

    found = policy.statement_on(loaded, name, day)
    lines = [f"{found['statement']} on {day}: {found['title']}",
             f"Heading: {found['heading']}. The policy {_FORCE[found['force']]} this.", found["note"], ""]
    for part in filter(None, (found["lead"], found["text"])):
        for line in part.splitlines():
            lines += report.wrap(line, 80, 4, 4) if line.strip() else [""]
        lines.append("")
    lines.append("Said by")
    for lcd in found["carried_by"]:
        lines += report.wrap(f"{lcd['lcd']}, words read in version {lcd['version']} ({lcd['match']}). For {lcd['for']}. "
                             f"On {day}: {lcd['status']}. {lcd['text']}", 80, 2, 4)
    return lines


def _lcd_lines(loaded, name: str, day: str) -> list[str]:
    """What an LCD was on a day, retired ones too, for whom, and which statements were read in it."""
    from . import policy, report

    if name not in loaded.lcds:
        raise policy.ClaimError(f"there is no LCD {name} in this policy; there are: {', '.join(loaded.lcds)}")
    lcd = loaded.lcds[name]
    status = policy.status_on(lcd, day)
    carried = [f"{loaded.id}/{key}" for key, s in loaded.statements.items() if any(c["lcd"] == name for c in s["carried_by"])]
    lines = [f"{name} on {day}: {lcd['title']}", f"For {policy.reach(loaded, lcd)}.", f"On {day}: {status.status}. {status.text}", ""]
    return lines + (["Statements read in it", *(f"  {key}" for key in carried)] if carried else ["No statement here was read in it."])


if __name__ == "__main__":
    sys.exit(main())
