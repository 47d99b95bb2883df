"""What may stand in no file of the project. The patterns are put together here, so that this file passes too."""

import re
import subprocess

import pytest
from conftest import ROOT

# Folders of one machine, as the first part of a path; /tmp and /usr are everybody's.
MACHINE = r"(?<![\w.~$}/-])/(?:" + "|".join(["wo" + "rk", "ro" + "ot", "ho" + "me", "Us" + "ers", "o" + "pt"]) + r")/\w"
WINDOWS = r"\b[A-Z]:\\(?:" + "Us" + "ers" + r")\\"

REGISTRIES = r"(?i)\b(?:" + "|".join([
    r"py" + r"pi\.(?:org|python\.org)", "pythonhosted" + r"\.org", r"registry\." + "npmjs", r"registry\." + "yarnpkg",
    r"deb\." + "debian", r"cdn\.js" + "delivr", r"unp" + r"kg\.com", r"cdn" + r"js\.cloudflare", r"fonts\." + "g(?:oogleapis|static)",
]) + ")"

# Places and papers that are not part of the project.
OUTSIDE = "|".join([
    r"\.\./sha" + "red", r"\bDESIGN" + r"\.md\b", r"\bfac" + r"ts\.md\b", r"\bCONTRACT" + r"\.md\b", r"\btherapeutic-exercise-" + r"97110\.txt",
    r"(?i:\bissues? #)" + r"\d", r"(?i:\bissues (?:show|list)\b)",
])

# The AMA's descriptors are the AMA's: the project has the code's number and its own words. Long and medium forms of
# the codes a therapy note names; the short form of 97110 is plain English and cannot be told from a note's own words.
DESCRIPTORS = r"(?is)" + "|".join([
    r"(?:procedure|px),?\s*(?:1|one)\s*(?:or\s+more|/?\s*>)\s+" + "areas",
    r"each\s+15\s+min\w*[;,:]?\s*(?:therapeutic\s+)?" + "exercis",
    r"exercises?\s+to\s+develop\s+" + "strength",
    r"strength\s+and\s+endurance,\s+range\s+of\s+motion\s+and\s+" + "flexibility",
    r"reeducation\s+of\s+movement,\s+" + "balance",
    r"kinesthetic\s+sense,\s+" + "posture",
    r"manual\s+therapy\s+techniques?\s+\((?:eg|e\.g\.),\s+" + "mobili",
    r"dynamic\s+activities\s+to\s+improve\s+" + "functional",
    r"gait\s+training\s+\(includes\s+" + "stair",
    r"management\s+training\s+\((?:eg|e\.g\.),\s+activities\s+of\s+" + "daily",
])


BUILT = re.compile(r"(?:^|/)(?:\.git|\.venv|build|site|node_modules|__pycache__|\.pytest_cache|\.hypothesis)/|^checker/bundle\.json$")


def names() -> list[str]:
    """The files that are, or would be, part of the project; in a copy without git, all that was not built."""
    if (ROOT / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                                cwd=ROOT, capture_output=True, check=True).stdout
        return sorted(filter(None, listed.decode().split("\0")))
    found = (path.relative_to(ROOT).as_posix() for path in ROOT.rglob("*") if path.is_file())
    return sorted(name for name in found if not BUILT.search(name))


def tracked() -> dict[str, str]:
    """The text files among them: {path: text}."""
    found = {}
    for name in names():
        path = ROOT / name
        if path.is_file():
            data = path.read_bytes()
            if b"\0" not in data:
                found[name] = data.decode("utf-8", "replace")
    return found


FILES = tracked()


@pytest.mark.parametrize("pattern, what", [
    (MACHINE, "a path of one machine"), (WINDOWS, "a path of one machine"),
    (REGISTRIES, "the address of a package registry or CDN"),
    (OUTSIDE, "something that is not part of the project"),
    (DESCRIPTORS, "a descriptor that belongs to the AMA"),
], ids=["machine", "windows", "registries", "outside", "descriptors"])
def test_no_file_holds(pattern, what):
    compiled = re.compile(pattern)
    found = [f"{name}:{text.count(chr(10), 0, m.start()) + 1}: {m.group()!r}"
             for name, text in FILES.items() for m in compiled.finditer(text)]
    assert not found, f"{what}:\n" + "\n".join(found)


def test_the_patterns_find_what_they_are_for():
    """A pattern with a slip in it would pass for ever."""
    for pattern, text in [
        (MACHINE, "see /ho" + "me/ann/x"), (MACHINE, "'/wo" + "rk/main'"), (WINDOWS, "C:\\Us" + "ers\\ann"),
        (REGISTRIES, "https://py" + "pi.org/simple"), (REGISTRIES, "https://registry." + "npmjs.org/x"),
        (OUTSIDE, "../sha" + "red/notes"), (OUTSIDE, "see issue #" + "12"),
        (DESCRIPTORS, "Therapeutic procedure, 1 or more " + "areas, each 15 minutes"),
        (DESCRIPTORS, "exercises to develop " + "strength and endurance"),
    ]:
        assert re.search(pattern, text), (pattern, text)
    for pattern, text in [(MACHINE, "https://example.org/ho" + "me/x"), (MACHINE, "care at ho" + "me/work/leisure"), (DESCRIPTORS,
            "restoring or maintaining strength, endurance, range of motion and flexibility")]:
        assert not re.search(pattern, text), (pattern, text)


def test_what_is_built_is_not_tracked():
    assert not [name for name in names() if BUILT.search(name)]


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "tests/bench/requirements-medspacy.txt"])
def test_every_requirement_has_its_hashes(name):
    text = re.sub(r"\\\n\s*", " ", FILES[name])
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]
    assert lines
    for line in lines:
        assert re.match(r"[a-z0-9._-]+==\S+ +(?:; .+ )?--hash=sha256:[0-9a-f]{64}", line), line[:80]


@pytest.mark.parametrize("name", ["requirements", "requirements-dev", "tests/bench/requirements-medspacy"])
def test_the_pins_are_those_asked_for(name):
    asked = re.findall(r"(?m)^([A-Za-z0-9_.-]+==\S+)", FILES[f"{name}.in"])
    for pin in asked:
        assert re.search(rf"(?mi)^{re.escape(pin)} ", FILES[f"{name}.txt"]), pin


def test_lock_file_names_no_addresses_of_packages():
    assert '"resolved"' not in FILES["package-lock.json"]
