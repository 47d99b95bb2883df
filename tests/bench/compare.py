"""Our engine against medspaCy's: the same notes, the same lexicon, one run.

    python tests/bench/compare.py [--medspacy build/medspacy/bin/python]

Each engine is a process of its own. They take turns: in every round each reads all of tests/notes, after a first reading
that does not count. Times are CPU times, since the machine may have other work; a start is from nothing to ready for the first note.

What each does with a note:
  ours      sections, concepts, context (negated, planned, past, someone else's), measures and tables, kind of note, eighteen
            rules, the report as JSON
  medspaCy  the pipeline that medspacy.load() gives, nothing taken out and nothing added: tokens, sentences (PyRuSH), concepts
            (target matcher), context (ConText with its own rules). No sections, no measures, no rules, no report. Only the debug
            log is off that PyRuSH writes to standard error for every sentence, which saves it time.

The target matcher has the phrases of our concepts as the checker expands them, twice over: once those alone that can be spelled
out as literal phrases, which is what it is fastest at; once all, where what cannot be spelled out (any ending, any number, a
gap, very many choices) is a token pattern. It keeps one concept where several overlap, ours keeps all.
"""

import argparse
import itertools
import json
import math
import os
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from native import ENVIRONMENT, NOTES, ROOT, browser_files

import checker
from checker import concepts, source, text

ROUNDS = 3
STARTS = 2  # on top of the one that goes on to read
LEAST = 3000  # ms of reading in a round: who is quicker reads up to five times, and the median counts
MOST_LITERALS = 200  # that one sequence of choices is spelled out to; beyond it, it is a token pattern
ABSENT = "medspaCy is not here (`make bench` installs it; build/medspacy.log says why it could not): our figures alone"


def target_rules(lexicon) -> list:
    """The phrases of the concepts as medspaCy takes them: [[concept, phrase, token pattern, or None for a literal phrase]]."""
    found = {}
    for concept in lexicon["concepts"]:
        for phrase in concept["phrases"]:
            for sequence in concepts.expand(phrase):
                choices = [[item] if isinstance(item, str) else item for item in sequence]
                if all(_plain(word) for words in choices for word in words) and math.prod(map(len, choices)) <= MOST_LITERALS:
                    spelled = [(" ".join(words), None) for words in itertools.product(*choices)]
                else:
                    tokens = [token for words in choices for token in _tokens(words)]
                    spelled = [(json.dumps(tokens), tokens)]
                for name, pattern in spelled:
                    found[concept["id"], name] = pattern
    return [[concept, name, pattern] for (concept, name), pattern in found.items()]


def _plain(word) -> bool:
    return word not in (concepts.NUMBER, concepts.GAP) and (word == "*" or "*" not in word)


def _tokens(words) -> list:
    """The token pattern for one item of a phrase."""
    if words == [concepts.GAP]:
        return [{"OP": "?"}] * concepts.LONGEST_GAP
    if all(map(_plain, words)):
        return [{"LOWER": {"IN": words}}]
    return [{"LOWER": {"REGEX": "^(?:" + "|".join(r"\d.*" if w == concepts.NUMBER else re.escape(w).replace(r"\*", ".*") for w in words) + ")$"}}]


class Engine:
    """A running engine.py or engine.mjs; `start` is the CPU time until it was ready, in ms."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT | {"LOGURU_LEVEL": "INFO"}, text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.start = self._answer()["cpu"]

    def read(self) -> dict:
        """Reads all notes once -> {"cpu": ms, "peak": MB, "found"}."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self._answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"an engine ended too soon: {' '.join(map(str, self.process.args))}")
        return json.loads(line)


def measure(commands, rounds=ROUNDS, starts=STARTS) -> dict:
    """{engine: its command} -> {engine: {"start": ms, "peak": MB, "found", "cpu": [ms for all notes, one a round]}}."""
    def started(command):
        engine = Engine(command)
        engine.close()
        return engine.start

    times = {name: [] for name in commands}
    for _ in range(starts):
        for name, command in commands.items():
            times[name].append(started(command))
    engines = {name: Engine(command) for name, command in commands.items()}
    try:
        first = {name: engine.read() for name, engine in engines.items()}
        out = {name: {"start": statistics.median(times[name] + [engine.start]), "peak": first[name]["peak"],
                      "found": first[name]["found"], "cpu": []} for name, engine in engines.items()}
        for number in range(rounds):
            for name in list(engines)[::-1 if number % 2 else 1]:
                times = [engines[name].read()["cpu"]]
                while sum(times) < LEAST and len(times) < 5:
                    times.append(engines[name].read()["cpu"])
                out[name]["cpu"].append(statistics.median(times))
        return out
    finally:
        for engine in engines.values():
            engine.close()


def lines(found, notes, characters) -> list[str]:
    """What `measure` found, as a table, and under it how the others stand to ours and ours in the browser."""
    out = [f"{'':42}{'start':>9}{'notes/s':>9}{'KB/s':>7}{'memory':>9}"]
    for name, row in found.items():
        seconds = statistics.median(row["cpu"]) / 1000
        out.append(f"{name:42}{row['start']:>6.0f} ms{notes / seconds:>9.0f}{characters / 1000 / seconds:>7.0f}{row['peak']:>6.0f} MB")
    for other in (name for name in found if name.startswith("medspaCy")):
        for name in (name for name in found if name.startswith("ours")):
            a, b = found[name], found[other]
            times = sorted(theirs / own for own, theirs in zip(a["cpu"], b["cpu"]))
            out.append(f"{name}, against {other}: {statistics.median(times):.1f} times the notes/s (rounds: {times[0]:.1f} to "
                       f"{times[-1]:.1f}), {a['start'] / b['start']:.2f} of its start, {a['peak'] / b['peak']:.2f} of its memory")
    return out


def mentions(policy, notes) -> tuple[int, int]:
    """How many mentions of concepts ours finds: all, and of those that overlap the longest alone, as medspaCy counts."""
    every = alone = 0
    for note in notes:
        found, taken = policy.lexicon.matcher.find(text.read(note))["c"], set()
        for mention in sorted(found, key=lambda m: (m.first - m.last, m.first)):
            words = range(mention.first, mention.last)
            if taken.isdisjoint(words):
                taken.update(words)
                alone += 1
        every += len(found)
    return every, alone


def works(python) -> bool:
    return Path(python).exists() and not subprocess.run([python, "-c", "import medspacy"], cwd=ROOT, stderr=subprocess.DEVNULL).returncode


def main(arguments=None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--medspacy", type=Path, default=ROOT / "build/medspacy/bin/python", help="a Python that has medspaCy")
    options = parser.parse_args(arguments)
    python = options.medspacy.absolute()  # and no further: a virtual environment's Python is a link
    folder, here = "tests/notes", "tests/bench/engine"
    policy = checker.load(source.cached_bundle(ROOT))
    commands = {"ours": [sys.executable, f"{here}.py", "ours", folder]}
    files = browser_files()
    if files:
        commands["ours, in the browser's Python"] = ["node", f"{here}.mjs", folder, *files]
    print(f"{len(NOTES)} notes, {sum(map(len, NOTES)) / 1000:.0f} KB; Python {sys.version.split()[0]}, {os.cpu_count()} cores; CPU time, "
          f"medians of {ROUNDS} rounds")
    with tempfile.TemporaryDirectory() as rules_folder:
        if works(python):
            rules = target_rules(source.read(ROOT)[0]["lexicon"])
            literal = [rule for rule in rules if not rule[2]]
            for name, held in (("literal", literal), ("all", rules)):
                path = Path(rules_folder) / f"{name}.json"
                path.write_text(json.dumps(held), encoding="utf-8")
                commands[f"medspaCy, {name} phrases"] = [python, f"{here}.py", "medspacy", folder, path]
            print(f"medspaCy has {len(literal):,} literal phrases ('literal'), and {len(rules) - len(literal):,} token patterns on top of them ('all')")
        else:
            print(ABSENT)
        found = measure(commands)
    print("\n".join(lines(found, len(NOTES), sum(map(len, NOTES)))))
    every, alone = mentions(policy, NOTES)
    told = "".join(f"; {name} {row['found']:,}" for name, row in found.items() if row["found"])
    print(f"mentions of concepts: ours {every:,}, {alone:,} if of overlapping ones the longest counts{told}")


if __name__ == "__main__":
    main()
