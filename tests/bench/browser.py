"""How soon the check page shows its first outcome: ours, and the same page on Pyodide as shipped.

    python tests/bench/browser.py [--runs 7] [--site FOLDER] [--json]

A note stands in the box and the button is pressed as soon as the page can be used; measured is the time from the start of the
navigation until the first finding is on the page. Cold: a browser process and a profile that never saw the site. Warm: a new
process, third visit of its profile. The server is on this machine and compresses nothing, so what a network adds is not in the
times; what it would have to carry is given in bytes, as gzip packs it.

"As shipped" differs in one file: Pyodide's own python_stdlib.zip, source only and complete, in place of our byte code.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "tests"))

from served import browsing_profile, build, serving  # noqa: E402

NOTE = (ROOT / "tests/notes/knee-tka-soap.txt").read_text(encoding="utf-8")

# Put into the page before its own scripts: fills in the note, presses the button, and notes the time of the first finding.
PRESS = """
addEventListener("DOMContentLoaded", () => {
  document.getElementById("ck-note").value = %s;
  document.getElementById("ck-form").requestSubmit();
  const report = document.getElementById("ck-report");
  new MutationObserver(() => {
    if (!window.firstOutcome && report.querySelector(".ck-finding")) window.firstOutcome = performance.now();
  }).observe(report, {childList: true, subtree: true});
});
"""


def as_shipped(site: Path) -> dict[str, bytes]:
    """What to serve in place of our files to get the same page on Pyodide as shipped."""
    listing = json.loads((site / "assets/py/runtime.json").read_text())
    shipped = (ROOT / "node_modules/pyodide/python_stdlib.zip").read_bytes()
    stdlib = listing["files"]["stdlib"]
    stdlib |= {"bytes": len(shipped), "sha256": hashlib.sha256(shipped).hexdigest(), "url": stdlib["url"].replace("python_stdlib.", "shipped.")}
    return {stdlib["url"]: shipped, "assets/py/runtime.json": json.dumps(listing).encode()}


def first_outcome(executable: str | None, url: str, profile: Path) -> float:
    with browsing_profile(executable, profile) as context:
        page = context.new_page()
        page.add_init_script(PRESS % json.dumps(NOTE))
        page.goto(url)
        page.locator(".ck-finding").first.wait_for(timeout=60_000)
        return page.evaluate("window.firstOutcome")


def times(executable: str | None, url: str, runs: int) -> dict[str, list[float]]:
    found = {"cold": [], "warm": []}
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder:
            found["cold"].append(first_outcome(executable, url, Path(folder)))
            first_outcome(executable, url, Path(folder))
            found["warm"].append(first_outcome(executable, url, Path(folder)))
    return found


def transferred(site: Path, instead: dict[str, bytes]) -> dict[str, int]:
    """Bytes of the runtime's files for a first visit: as they are, and as gzip packs them."""
    listing = json.loads(instead.get("assets/py/runtime.json", (site / "assets/py/runtime.json").read_bytes()))
    bodies = [instead.get(f["url"]) or (site / "assets/py" / f["url"]).read_bytes() for f in listing["files"].values()]
    return {"raw": sum(map(len, bodies)), "gzip": sum(len(gzip.compress(body, 9)) for body in bodies)}


def measure(runs: int = 7, site: Path | None = None, executable: str | None = None) -> dict:
    """-> {"ours" | "as shipped": {"cold": ms, "warm": ms, "raw": bytes, "gzip": bytes}}, medians of `runs`."""
    executable = executable or next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with tempfile.TemporaryDirectory() as folder:
        site = site or build(Path(folder))
        found = {}
        for name, instead in (("ours", {}), ("as shipped", as_shipped(site))):
            with serving(site, max_age=600) as server:
                server.instead |= instead
                timed = times(executable, server.url + "check/", runs)
            found[name] = {when: statistics.median(all_) for when, all_ in timed.items()} | transferred(site, instead)
        return found


def lines(found: dict) -> list[str]:
    ours, shipped = found["ours"], found["as shipped"]
    out = [f"{'check page, first outcome':28}{'cold':>10}{'warm':>10}{'bytes':>14}{'gzip':>14}"]
    for name, row in found.items():
        out.append(f"{name:28}{row['cold']:>7.0f} ms{row['warm']:>7.0f} ms{row['raw']:>14,}{row['gzip']:>14,}")
    out.append(f"{'as shipped : ours':28}{shipped['cold'] / ours['cold']:>10.2f}{shipped['warm'] / ours['warm']:>10.2f}"
               f"{shipped['raw'] / ours['raw']:>14.2f}{shipped['gzip'] / ours['gzip']:>14.2f}")
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--site", type=Path, help="a built site; without it, one is built")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found = measure(options.runs, options.site)
    print(json.dumps(found) if options.json else "\n".join(lines(found)))


if __name__ == "__main__":
    main()
