"""How fast the checker is, in ms, medians: its start and its notes, with this Python and with the browser's under Node.

    python tests/bench/native.py

start: a new process that imports the checker, loads the bundle and checks a first note of about 2 KB (what Python itself
takes to start is told apart); note: one of the notes in tests/notes afterwards.
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


def browsers() -> dict | None:
    """The same under Node, with the files that the check page downloads; None without Node."""
    if not shutil.which("node"):
        return None
    from runtime import runtime_files

    files = runtime_files(ROOT)
    wanted = [next(path for name, path in files.items() if f"/{part}" in name) for part in ("python_stdlib", "checker", "bundle")]
    return json.loads(subprocess.run(["node", "tests/bench/node.mjs", *wanted], cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True).stdout)


def main() -> None:
    print(f"{len(NOTES)} notes, the first one {len(FIRST)} characters, Python {sys.version.split()[0]}; ms, medians of {RUNS}")
    for name, value in native().items():
        print(f"  native  {name:14} {value:8.2f}")
    for name, value in (browsers() or {}).items():
        print(f"  browser {name:14} {value:8.2f}")


if __name__ == "__main__":
    main()
