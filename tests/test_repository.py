"""What may stand in no file of the project. The patterns are put together here, so that this file passes too."""

import os
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


# Workflows. They cannot be run here: what is tested is that they are YAML, what they run, and with which rights.

WORKFLOWS = sorted(name for name in FILES if name.startswith(".github/workflows/"))


def workflow(name):
    yaml = pytest.importorskip("yaml")
    return yaml.load(FILES[f".github/workflows/{name}"], yaml.BaseLoader)


def steps(name):
    return [step for job in workflow(name)["jobs"].values() for step in job["steps"]]


def commands(name):
    return [line for step in steps(name) for line in step.get("run", "").splitlines()]


def test_the_workflows_are_these():
    assert [name.rsplit("/", 1)[1] for name in WORKFLOWS] == ["comment.yml", "links.yml", "pages.yml", "preview.yml", "test.yml"]


@pytest.mark.parametrize("name", WORKFLOWS)
def test_every_workflow_pins_its_actions_and_says_its_rights(name):
    found = workflow(name.rsplit("/", 1)[1])
    assert set(found["permissions"].values()) <= {"read", "write"}
    for job in found["jobs"].values():
        assert "timeout-minutes" in job or "environment" in job
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step)
            # GitHub's own actions, at a major version or a commit.
            assert re.fullmatch(r"actions/[a-z-]+@(v[0-9]+|[0-9a-f]{40})", step.get("uses", "actions/x@v1")), step
            # What somebody else wrote comes in by the environment: put into the command it could add to it.
            assert "${{" not in step.get("run", "")
    assert "secrets." not in FILES[name] and "pull_request_target" not in FILES[name]


def test_what_runs_a_pull_request_may_only_read():
    for name in ("preview.yml", "test.yml"):
        assert "pull_request" in workflow(name)["on"] and workflow(name)["permissions"] == {"contents": "read"}
        assert not any("permissions" in job for job in workflow(name)["jobs"].values())


def test_the_preview_runs_what_a_maintainer_runs_at_home():
    assert "make diff" in commands("preview.yml") and "make site" in commands("preview.yml")
    (diff,) = [step for step in steps("preview.yml") if step.get("run") == "make diff"]
    assert diff["env"] == {"BASE": "origin/${{ github.base_ref }}"}
    makefile = FILES["Makefile"]
    assert "BASE ?= origin/main\nexport BASE\n" in makefile
    assert '-m checker policy diff "$$BASE" --comment build/policy-diff.md || [ $$? -eq 1 ]' in makefile
    kept = {step["with"]["name"]: step["with"]["path"] for step in steps("preview.yml") if step.get("uses", "").startswith("actions/upload-artifact@")}
    assert kept == {"policy-diff": "build/policy-diff.md\nbuild/number\n", "preview": "site"}


def test_what_may_write_a_comment_runs_nothing_of_the_pull_request():
    found = workflow("comment.yml")
    assert found["on"] == {"workflow_run": {"workflows": [workflow("preview.yml")["name"]], "types": ["completed"]}}
    assert found["permissions"] == {"actions": "read", "pull-requests": "write"}
    assert not [step for step in steps("comment.yml") if "uses" in step]
    assert {line.split()[0] for line in commands("comment.yml") if "make" in line or "python" in line or "said/" in line} <= {"head", "number=$(head"}
    assert 'gh run download "$RUN" --name policy-diff --dir said' in commands("comment.yml")
    assert '.head.sha)" != "$HEAD" ]' in FILES[".github/workflows/comment.yml"]


def test_the_comment_is_found_again_by_what_the_checker_writes():
    from checker import diff_text

    text = FILES[".github/workflows/comment.yml"]
    assert f'startswith("<!-- {diff_text.MARK}")' in text and f'grep -q "{diff_text.MARK} same"' in text


GH = """#!/bin/bash
echo "$*" >> asked
case "$*" in
  *--method*) ;;
  *pulls/7*) echo abc ;;
  *comments*) cat comments ;;
  *) echo none ;;
esac
"""


@pytest.mark.parametrize("said, number, comments, asked", [
    ("<!-- policy-diff -->\nx", "7\n", "", "api --method POST repos/o/r/issues/7/comments --field body=@body --silent"),
    ("<!-- policy-diff -->\nx", "7\n", "41\n42\n", "api --method PATCH repos/o/r/issues/comments/41 --field body=@body --silent"),
    ("<!-- policy-diff same -->\nx", "7\n", "41\n", "api --method PATCH repos/o/r/issues/comments/41 --field body=@body --silent"),
    ("<!-- policy-diff same -->\nx", "7\n", "", None),
    ("<!-- policy-diff -->\nx", "8\n", "", None),                       # another pull request than was previewed
    ("<!-- policy-diff -->\nx", "7/../../x; touch bad\n", "", "api --method POST repos/o/r/issues/7/comments --field body=@body --silent"),
])
def test_the_comment_is_posted_mended_or_left(tmp_path, said, number, comments, asked):
    """The step as it stands, with a program in the place of gh that writes down what it is asked."""
    (tmp_path / "gh").write_text(GH, encoding="utf-8")
    (tmp_path / "gh").chmod(0o755)
    (tmp_path / "said").mkdir()
    for name, text in (("said/policy-diff.md", said), ("said/number", number), ("comments", comments)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(["bash", "-e", "-c", steps("comment.yml")[1]["run"]], cwd=tmp_path, capture_output=True, text=True,
                          env={"PATH": f"{tmp_path}:{os.environ['PATH']}", "GH_REPO": "o/r", "HEAD": "abc", "RUN": "1"})
    assert done.returncode == 0, done.stderr
    wrote = [line for line in (tmp_path / "asked").read_text(encoding="utf-8").splitlines() if "--method" in line]
    assert wrote == ([asked] if asked else [])
    assert (tmp_path / "bad").exists() is False
    if asked:
        assert (tmp_path / "body").read_text(encoding="utf-8") == said


def test_the_commands_of_the_workflows_are_bash():
    for name in WORKFLOWS:
        for step in steps(name.rsplit("/", 1)[1]):
            if "run" in step:
                assert subprocess.run(["bash", "-n", "-c", step["run"]], capture_output=True).returncode == 0, step["run"]
