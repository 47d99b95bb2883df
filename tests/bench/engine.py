"""One engine in a process of its own, for compare.py.

    python tests/bench/engine.py ours NOTES
    python tests/bench/engine.py medspacy NOTES RULES

NOTES is a folder of text files; RULES is a JSON file, [[concept, phrase, token pattern or null]]. Prints one line of JSON when
it is ready to read, {"cpu": ms since the process began}; then, for each line on standard input, reads all notes once and
prints {"cpu": ms, "peak": MB of memory so far, "found": how many mentions of concepts, where the engine tells}.
"""

import json
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def ours():
    """Everything the command line does with a note but print it: all rules, and the report as JSON."""
    sys.path.insert(0, str(ROOT))
    import checker
    from checker import source

    policy = checker.load(source.cached_bundle(ROOT))

    def read(note):
        checker.to_json(checker.check(note, policy))
        return 0
    return read


def medspacy(rules):
    """The pipeline that medspacy.load() gives: tokens, sentences (PyRuSH), targets, ConText with its own rules."""
    import medspacy
    from medspacy.target_matcher import TargetRule

    nlp = medspacy.load()
    nlp.get_pipe("medspacy_target_matcher").add(
        [TargetRule(phrase, concept, pattern=pattern) for concept, phrase, pattern in json.loads(Path(rules).read_text(encoding="utf-8"))])
    return lambda note: len(nlp(note).ents)


def peak():
    """The most memory this process had at once, in MB."""
    try:  # Linux tells it for this program alone; getrusage counts in the one that started it
        return next(int(line.split()[1]) / 1024 for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        import resource
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main():
    name, folder, *rules = sys.argv[1:]
    read = {"ours": ours, "medspacy": medspacy}[name](*rules)
    print(json.dumps({"cpu": time.process_time() * 1000}), flush=True)
    notes = [path.read_text(encoding="utf-8") for path in sorted(Path(folder).glob("*.txt"))]
    for _ in sys.stdin:
        begun = time.process_time()
        found = sum(map(read, notes))
        print(json.dumps({"cpu": (time.process_time() - begun) * 1000, "peak": peak(), "found": found}), flush=True)


if __name__ == "__main__":
    main()
