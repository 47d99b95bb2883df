"""Every problem the reader of the policy can find has a folder under problems/, with the words a person sees.

A folder holds changes to the small sound policy in problems/_base: changes.txt (`-` lines become `+` lines, or the
file is removed), files to lay over it, or both; and expected.txt, the problems word for word. After a wanted change of
wording run the tests with UPDATE_EXPECTED=1 and read the difference.
"""

import hashlib
import json
import os
import re
import shutil
import sys
from pathlib import Path

import pytest

pytest.importorskip("yaml")

from checker import source

HERE = Path(__file__).parent
ROOT = HERE.parent
PROBLEMS = HERE / "problems"
FOLDERS = sorted(path.name for path in PROBLEMS.iterdir() if path.name != "_base")


def policy_with(folder, where):
    """A copy of the sound policy under `where`, changed as the folder says."""
    shutil.copytree(PROBLEMS / "_base", where, dirs_exist_ok=True)
    over = folder / "policy"
    if over.is_dir():
        shutil.copytree(over, where / "policy", dirs_exist_ok=True)
    changes = folder / "changes.txt"
    for change in changes.read_text(encoding="utf-8").split("\n\n") if changes.is_file() else ():
        name, *lines = change.strip("\n").split("\n")
        path = where / name
        if lines == ["remove"]:
            path.unlink()
            continue
        old, new = ("\n".join(line[2:] for line in lines if line[0] == sign) for sign in "-+")
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{name} does not hold {old!r}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")
    return where


def told(problems):
    return "".join(f"{problem}\n" for problem in problems)


@pytest.mark.parametrize("name", FOLDERS)
def test_problem(name, tmp_path):
    policy, problems = source.read(policy_with(PROBLEMS / name, tmp_path))
    expected = PROBLEMS / name / "expected.txt"
    if os.environ.get("UPDATE_EXPECTED"):
        expected.write_text(told(problems), encoding="utf-8", newline="\n")
    assert policy is None
    assert told(problems) == expected.read_text(encoding="utf-8")
    assert name in {problem.code for problem in problems}
    assert {problem.code for problem in problems} <= set(source.CODES)


def test_every_code_has_its_folder():
    assert sorted(source.CODES) == FOLDERS


def test_base_is_sound(tmp_path):
    policy, problems = source.read(policy_with(PROBLEMS / "_base", tmp_path))
    assert told(problems) == ""
    assert policy["policy"]["id"] == "97110"


def test_both_parsers_give_the_same_tree(tmp_path, monkeypatch):
    import yaml

    if not hasattr(yaml, "CBaseLoader"):
        pytest.skip("this PyYAML has no C parser")
    slow = {}
    for path in sorted(ROOT.glob("policy/**/*.yaml")):
        slow[path] = source._compose(yaml, yaml.BaseLoader, path.read_text(encoding="utf-8"), path.name, [])
        fast = source._compose(yaml, yaml.CBaseLoader, path.read_text(encoding="utf-8"), path.name, [])
        assert fast == slow[path], path


def test_scalars_are_text(tmp_path):
    where = policy_with(PROBLEMS / "_base", tmp_path)
    path = where / "policy/lexicon/measures.yaml"
    path.write_text('units: {no: no, day: 2025-01-01, number: 010, nothing: null, empty: , quoted: "null"}\n', encoding="utf-8")
    policy, problems = source.read(where)
    assert told(problems) == ""
    assert policy["lexicon"]["measures"] == {
        "units": {"no": "no", "day": "2025-01-01", "number": "010", "nothing": None, "empty": None, "quoted": "null"}}


def test_the_projects_own_policy_is_sound():
    assert told(source.read(ROOT)[1]) == ""


# -- the bundle


@pytest.fixture
def sound(tmp_path):
    return policy_with(PROBLEMS / "_base", tmp_path / "project")


def test_bundle_is_the_same_bytes_and_says_what_it_is(sound):
    text = source.bundle(source.read(sound)[0])
    assert text == source.bundle(source.read(sound)[0])
    assert text.endswith("}\n") and text.count("\n") == 1
    bundle = json.loads(text)
    digest = bundle.pop("digest")
    plain = json.dumps(bundle, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert digest == hashlib.sha256(plain.encode()).hexdigest()
    assert bundle["schema"] == "1" and bundle["version"] == "2026.11"
    assert set(bundle) == {"schema", "version", "policy", "lcds", "contractors", "rules", "lexicon"}
    assert "examples" not in bundle["rules"][0] and bundle["lexicon"]["table"]


def test_comments_and_order_do_not_change_the_bundle(sound):
    before = source.bundle(source.read(sound)[0])
    path = sound / "policy/97110.yaml"
    path.write_text("# a comment\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    assert source.bundle(source.read(sound)[0]) == before


def test_cached_bundle(sound, tmp_path, monkeypatch):
    built = tmp_path / "checker" / "bundle.json"
    built.parent.mkdir()
    for name in ("concepts.py", "source.py", "text.py"):
        shutil.copy(ROOT / "checker" / name, built.with_name(name))
    monkeypatch.setattr(source, "BUILT", built)
    text = source.cached_bundle(sound)
    assert text == source.bundle(source.read(sound)[0])
    assert json.loads(built.read_text(encoding="utf-8"))["sources"]
    assert [path.name for path in built.parent.glob("*.json")] == ["bundle.json"]

    monkeypatch.setitem(sys.modules, "yaml", None)           # from here on there is no PyYAML
    assert source.cached_bundle(sound) == text
    path = sound / "policy/lexicon/measures.yaml"
    path.write_text('tolerance: "0.20"\n', encoding="utf-8")
    with pytest.raises(source.SourceError, match="older than policy/.*make bundle"):
        source.cached_bundle(sound)
    built.unlink()
    with pytest.raises(source.SourceError, match="not there.*make bundle"):
        source.cached_bundle(sound)


def test_cached_bundle_says_the_first_problem(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "_keep", lambda text: pytest.fail("a policy with problems is not kept"))
    with pytest.raises(source.SourceError, match=r"^policy/ has \d+ problems?; the first: policy/.* \[bad-date\]$"):
        source.cached_bundle(policy_with(PROBLEMS / "bad-date", tmp_path))


def test_messages_are_one_line_each():
    for name in FOLDERS:
        for line in (PROBLEMS / name / "expected.txt").read_text(encoding="utf-8").splitlines():
            assert re.match(r"policy/\S+:\d+:\d+: .+ \[[a-z-]+\]$|    hint: .+", line), line
