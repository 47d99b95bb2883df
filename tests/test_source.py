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
import time
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


def test_scalars_are_text():
    node, problems = source._parse("x.yaml", b'{no: no, day: 2025-01-01, number: 010, nothing: null, empty: , quoted: "null"}\n')
    assert told(problems) == ""
    assert source.plain(node) == {"no": "no", "day": "2025-01-01", "number": "010", "nothing": None, "empty": None, "quoted": "null"}


# -- files as nobody wants them


RULE = "policy/rules/pain.yaml"


def sound_file(where, name=RULE):
    path = policy_with(PROBLEMS / "_base", where) / name
    return path, path.read_bytes()


@pytest.mark.parametrize("pattern", [b"[%s]", b"{a: %s}", b"[%s"])
@pytest.mark.parametrize("levels", [100, 1000, 50_000])
def test_levels_without_end(tmp_path, pattern, levels):
    before, after = pattern.split(b"%s")
    path, _ = sound_file(tmp_path)
    path.write_bytes(before * levels + after * levels)
    problem, = source.read(tmp_path)[1]
    assert (problem.code, problem.line) == ("not-yaml", 1) and "too many levels" in problem.message and problem.column > 50


@pytest.mark.parametrize("title, message, column", [
    (b'"\\ud800"', "no text holds", 8), (b'"a\\0"', "no text holds", 8), (b'"\\e[2J"', "no text holds", 8),
    (b'"a \\Uffffffff"', "no such character", 11), (b'"\\U00110000"', "no such character", 9),
])
def test_escapes_for_what_is_no_character(tmp_path, title, message, column):
    path, data = sound_file(tmp_path)
    path.write_bytes(data.replace(b"Pain is located", title, 1))
    problem, = source.read(tmp_path)[1]
    assert (problem.code, problem.line, problem.column) == ("not-yaml", 2, column) and message in problem.message


def test_an_unfinished_merge_is_called_one(tmp_path):
    path, data = sound_file(tmp_path)
    path.write_bytes(data + b"<<<<<<< HEAD\nsatisfy: x\n=======\nsatisfy: y\n>>>>>>> other\n")
    problem, = source.read(tmp_path)[1]
    assert (problem.code, problem.line) == ("not-yaml", data.count(b"\n") + 1) and "merge" in problem.message and "<<<<<<<" in problem.hint


@pytest.mark.parametrize("data", [b"a\0b", "id: pain\n".encode("utf-16-le")])
def test_what_nobody_sees_has_a_cure(tmp_path, data):
    path, _ = sound_file(tmp_path)
    path.write_bytes(data)
    problem, = source.read(tmp_path)[1]
    assert problem.code == "not-yaml" and "save the file as UTF-8" in problem.hint


def test_a_map_of_wrong_keys_only_takes_no_time_at_all(tmp_path):
    path, _ = sound_file(tmp_path)
    path.write_bytes(b"".join(b"k%d: b\n" % n for n in range(5000)))
    started = time.monotonic()
    assert len(source.read(tmp_path)[1]) > 5000
    assert time.monotonic() - started < 20


def test_windows_ends_of_line_change_nothing(sound):
    before = source.bundle(source.read(sound)[0])
    for path in sound.rglob("*.yaml"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert source.bundle(source.read(sound)[0]) == before


def test_what_is_no_plain_file(tmp_path):
    path, _ = sound_file(tmp_path)
    for name, make in (("loop", lambda p: p.symlink_to(p)), ("nowhere", lambda p: p.symlink_to("/no/such/file")), ("pipe", os.mkfifo)):
        make(path.with_name(f"{name}.yaml"))
    path.with_name("folder.yaml").mkdir()
    assert [(problem.path, problem.code) for problem in source.read(tmp_path)[1]] == [
        ("policy/rules/loop.yaml", "missing-file"), ("policy/rules/nowhere.yaml", "missing-file"), ("policy/rules/pipe.yaml", "stray-file")]
    assert source._sources(tmp_path)


def test_what_an_editor_leaves_is_not_read(sound):
    before, marked = source.bundle(source.read(sound)[0]), source._sources(sound)
    (sound / "policy/.DS_Store").write_bytes(b"\0")
    (sound / "policy/rules/.pain.yaml.swp").write_bytes(b"\0")
    (sound / "policy/rules/.#pain.yaml").symlink_to("someone@host.123")
    assert source.bundle(source.read(sound)[0]) == before and source._sources(sound) == marked


@pytest.mark.parametrize("old, new", [
    ("rank: \"0\"", "rank: []"), ("normal: \"45\"", "normal: {}"), ("flexion: \"135\"", "flexion: "),
    ("phrases: [tug]", "phrases: [[tug]]"), ("id: tug, ", ""), ("worse: above", "worse: so"), ("[deg]", "deg"), ("\"0.10\"", "inf"),
    ("visits: {phrases: [visit*]}\n", ""), ("out_of: \"60\"", "out_of: []"), ("[{id: tug", "[x, {id: tug"),
])
def test_measures_have_a_shape(tmp_path, old, new):
    path, data = sound_file(tmp_path, "policy/lexicon/measures.yaml")
    assert old.encode() in data
    path.write_bytes(data.replace(old.encode(), new.encode(), 1))
    problem, = source.read(tmp_path)[1]
    assert problem.path == "policy/lexicon/measures.yaml" and problem.code in ("wrong-value", "missing-key")


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
    path.write_text(path.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
    with pytest.raises(source.SourceError, match="older than policy/.*pip install PyYAML, or make bundle"):
        source.cached_bundle(sound)
    built.unlink()
    with pytest.raises(source.SourceError, match="not there.*make bundle"):
        source.cached_bundle(sound)


@pytest.mark.parametrize("data", [b"\xff\xfe", b"{", b""])
def test_a_damaged_bundle_is_made_anew(sound, tmp_path, monkeypatch, data):
    built = tmp_path / "bundle.json"
    for name in ("concepts.py", "source.py", "text.py"):
        shutil.copy(ROOT / "checker" / name, built.with_name(name))
    built.write_bytes(data)
    monkeypatch.setattr(source, "BUILT", built)
    text = source.cached_bundle(sound)
    assert json.loads(text)["schema"] == "1" and json.loads(built.read_text(encoding="utf-8"))["sources"]


def test_where_nothing_can_be_kept_nothing_is(monkeypatch):
    """On a read-only file system even removing what is not there is an error."""
    def refuse(*args, **more):
        raise OSError(30, "Read-only file system")

    for name in ("write_text", "unlink"):
        monkeypatch.setattr(source.Path, name, refuse)
    source._keep("text")


def test_cached_bundle_says_the_first_problem(tmp_path, monkeypatch):
    monkeypatch.setattr(source, "_keep", lambda text: pytest.fail("a policy with problems is not kept"))
    with pytest.raises(source.SourceError, match=r"^policy/ has \d+ problems? .make check shows all.; the first: policy/.* \[bad-date\]$"):
        source.cached_bundle(policy_with(PROBLEMS / "bad-date", tmp_path))


def test_messages_are_one_line_each():
    for name in FOLDERS:
        for line in (PROBLEMS / name / "expected.txt").read_text(encoding="utf-8").splitlines():
            assert re.match(r"policy/\S+:\d+:\d+: .+ \[[a-z-]+\]$|    hint: .+", line), line
