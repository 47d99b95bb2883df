"""Asks every source address in policy/ whether it still answers, and writes what a maintainer should look at.

    python3 tools/links.py [--summary FILE] [--seconds 20]

In: the addresses that stand in policy/**/*.yaml. Out: Markdown, on standard output and at the end of FILE. A page that
no longer answers is news, not a fault of anybody's change: the exit code is 0 whatever the addresses say.
"""

import argparse
import http.client
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
ADDRESS = re.compile(r"https?://[^\s\"'<>`]+")
AGENT = {"User-Agent": "97110-policy-guide link check (weekly)", "Accept": "*/*"}

# What an answer means to a maintainer, worst first.
SECTIONS = (
    ("gone", "Gone", "The page is not there any more. Find where its words are now, read them, and mend the address and the day."),
    ("moved", "Moved for good", "The page answers at another address. See that it is the same page, then mend the address."),
    ("silent", "Could not be asked", "No answer, or one that keeps programs out. Open it by hand; next week it may answer again."),
)


class Answer(NamedTuple):
    kind: str      # ok | gone | moved | silent
    said: str      # in words


class _Stay(urllib.request.HTTPRedirectHandler):
    """Does not follow: where an address leads to is part of the answer."""

    def redirect_request(self, *args, **more):
        return None


def addresses(root: Path) -> dict[str, list[str]]:
    """{address: ["policy/lcd/L34049.yaml:6", …]}, in the order of the files."""
    found = {}
    for path in sorted((root / "policy").rglob("*.yaml")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for address in ADDRESS.findall(line):
                found.setdefault(address.rstrip(".,;:)]}"), []).append(f"{path.relative_to(root).as_posix()}:{number}")
    return found


def ask(address: str, seconds: float) -> Answer:
    """One address: by HEAD, and by GET where HEAD is not understood. The body is never read, and nothing raises."""
    answer = Answer("silent", "no answer")
    for method in ("HEAD", "GET"):
        answer = _ask(method, address, seconds)
        if answer.kind in ("ok", "moved"):
            break
    return answer


def _ask(method: str, address: str, seconds: float) -> Answer:
    opener = urllib.request.build_opener(_Stay)
    for _ in range(5):
        try:
            request = urllib.request.Request(address, method=method, headers=AGENT)
            with opener.open(request, timeout=seconds) as response:
                return Answer("ok", f"answers ({response.status})")
        except urllib.error.HTTPError as error:
            to = error.headers.get("Location")
            error.close()
            if error.code in (301, 308) and to:
                return Answer("moved", f"now at {urllib.parse.urljoin(address, to)}")
            if error.code in (302, 303, 307) and to:
                address = urllib.parse.urljoin(address, to)   # for the moment elsewhere: that is how many sites answer
                continue
            return Answer("gone" if error.code in (404, 410) else "silent", f"answers {error.code} {error.reason}".strip())
        except (OSError, ValueError, http.client.HTTPException) as error:
            why = getattr(error, "reason", None) or error
            return Answer("silent", f"no answer within {seconds:g} seconds" if "timed out" in str(why) else f"no answer: {why}")
    return Answer("silent", "leads from one address to the next without end")


def summary(places: dict[str, list[str]], answers: Iterable[Answer]) -> str:
    """What a maintainer reads, in Markdown."""
    told = dict(zip(places, answers))
    lines = ["# The sources of the policy", "", f"{sum(a.kind == 'ok' for a in told.values())} of {len(told)} addresses answer."]
    for kind, title, do in SECTIONS:
        those = [address for address, answer in told.items() if answer.kind == kind]
        if those:
            lines += ["", f"## {title}", "", do, ""]
            lines += [f"- <{address}>: {told[address].said}. In {', '.join(places[address])}." for address in those]
    lines += ["", "That an address answers does not say that its words are the same: versions are read by a person."]
    return "\n".join(lines) + "\n"


def main(argv: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(description="Asks every source address in policy/ whether it still answers.")
    parser.add_argument("--summary", metavar="FILE", help="a file to add the result to")
    parser.add_argument("--seconds", type=float, default=20, help="how long one address may take")
    args = parser.parse_args(argv)
    places = addresses(root)
    with ThreadPoolExecutor(4) as pool:
        text = summary(places, pool.map(lambda address: ask(address, args.seconds), places))
    sys.stdout.write(text)
    if args.summary:
        with open(args.summary, "a", encoding="utf-8") as file:
            file.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
