"""How fast the checker is, in ms, medians: its start and its notes, with this Python and with the browser's under Node.

    python tests/bench/native.py

start: a new process that imports the checker, loads the bundle and checks a first note of about 2 KB (what Python itself
takes to start is told apart); note: one of the notes in tests/notes afterwards. In the browser's Python, build is the policy
made ready once Python and the checker are there, and per_note a note of 2 KB. Then the cost of a character by the length of
the text, as CPU time: the notes joined and cut into pieces of that length, so that every length reads the same words.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]
sys.path.append(str(ROOT / "docs" / "hooks"))

import checker  # noqa: E402
from checker import source  # noqa: E402

RUNS = 15
SIZES = (1_000, 10_000, 100_000, 1_000_000)
NOTES = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests/notes").glob("*.txt"))]
FIRST = min(NOTES, key=lambda note: abs(len(note) - 2000))

# In the new process; prints when it had begun and ended.
START = """
import time; begun = time.perf_counter()
import sys; from pathlib import Path
import checker; from checker import source
policy = checker.load(source.cached_bundle(Path.cwd()))
checker.to_json(checker.check(sys.stdin.buffer.read().decode(), policy))
print((time.perf_counter() - begun) * 1000)
"""


def timed(do) -> float:
    begun = time.perf_counter()
    do()
    return (time.perf_counter() - begun) * 1000


# As Python comes: it keeps what it compiled.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def started(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=ENVIRONMENT, input=FIRST.encode(), stdout=subprocess.PIPE, check=True).stdout.decode()


def native() -> dict:
    bundle = source.cached_bundle(ROOT)
    policy = checker.load(bundle)
    notes = [statistics.median(timed(lambda: checker.to_json(checker.check(note, policy))) for _ in range(RUNS)) for note in NOTES]
    return {"start": statistics.median(float(started(START)) for _ in range(RUNS)),
            "python": statistics.median(timed(lambda: started("")) for _ in range(RUNS)),
            "note": statistics.median(notes), "slowest note": max(notes)}


def pieces(notes, size) -> list[str]:
    """The notes joined, repeated if they are too short, cut into pieces of `size` characters; what is left over is dropped."""
    joined = "\n\n".join(notes) + "\n\n"
    joined *= -(-size // len(joined))
    return [joined[at:at + size] for at in range(0, len(joined) - size + 1, size)]


def by_size(read, notes, sizes=SIZES, runs=3) -> dict:
    """{size: µs of CPU a character}, medians; read(text) is timed."""
    found = {size: [] for size in sizes}
    for _ in range(runs):
        for size, times in found.items():
            texts = pieces(notes, size)
            begun = time.process_time()
            for text in texts:
                read(text)
            times.append((time.process_time() - begun) * 1e6 / (size * len(texts)))
    return {size: statistics.median(times) for size, times in found.items()}


def size_lines(found) -> list[str]:
    smallest, largest = min(found), max(found)
    out = [f"  characters {size:>9,} {cost:8.2f} µs each" for size, cost in found.items()]
    return out + [f"  {largest:,} to {smallest:,}: {found[largest] / found[smallest]:.2f} of the cost"]


def browser_files() -> list | None:
    """Standard library, checker and bundle that the check page downloads; None without Node."""
    if not shutil.which("node"):
        return None
    from runtime import runtime_files

    files = runtime_files(ROOT)
    return [next(path for name, path in files.items() if f"/{part}" in name) for part in ("python_stdlib", "checker", "bundle")]


def browsers() -> dict | None:
    """The same under Node; None without Node."""
    files = browser_files()
    return files and json.loads(subprocess.run(["node", "tests/bench/node.mjs", *files], cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout)


def main() -> None:
    print(f"{len(NOTES)} notes, the first one {len(FIRST)} characters, Python {sys.version.split()[0]}; ms, medians of {RUNS}")
    for name, value in native().items():
        print(f"  native  {name:14} {value:8.2f}")
    for name, value in (browsers() or {}).items():
        print(f"  browser {name:14} {value:8.2f}")
    policy = checker.load(source.cached_bundle(ROOT))
    print("\n".join(size_lines(by_size(lambda text: checker.to_json(checker.check(text, policy)), NOTES))))


if __name__ == "__main__":
    main()
