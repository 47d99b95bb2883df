"""What a change of the policy does: the whole of what is said of a small one, each way of saying it, git, and the real policy.

diffs/small.txt and small.md hold every word of it. After a wanted change run with UPDATE_EXPECTED=1 and read the difference.
"""

import itertools
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest

pytest.importorskip("yaml")

from checker import diff, diff_text, past, policy as policy_module, source
from checker.__main__ import main
from conftest import ROOT

BASE = Path(__file__).parent / "problems/_base"
NOTES = {
    "a.txt": "PT note\nPlan: rest\nSubjective: left knee aches.\n",
    "b.txt": "PT note\nSubjective: left knee. It hurts, pain in the knee\n",
    "c.txt": "PT note\nSubjective: left knee strong.\n",
    "d.txt": "PT note\nSubjective: left knee. It hurts.\n",
}
LABELS = {"a.txt": {"pain": ["met", "partial"]}, "d.txt": {"pain": ["met"]}}


def small(where: Path, *changes) -> Path:
    """A copy of the small sound policy in which a note about a knee is a therapy note; changes: (file, old, new)."""
    shutil.copytree(BASE, where)
    for name, old, new in [("lexicon/kinds.yaml", 'therapy: {knee: "1"}', 'therapy: {knee: "9"}'), *changes]:
        file = where / "policy" / name
        text = file.read_text(encoding="utf-8")
        assert old in text, (name, old)
        file.write_text(text.replace(old, new, 1), encoding="utf-8", newline="\n")
    return where


CHANGES = [
    ("97110.yaml", 'version: "2026.11"', 'version: "2026.12"'),
    ("97110.yaml", "Say where it hurts.", "Say where it is that it hurts."),
    ("97110.yaml", '      - effective: "2025-01-01"\n', '      - effective: "2027-01-01"\n        read: {on: "2026-12-20", lcd: L00001, version: "2"}\n'
     '        text: Show progress in numbers.\n      - effective: "2025-01-01"\n'),
    ("lcd/L00001.yaml", '  - {effective: "2025-01-01"',
     '  - {effective: "2026-12-01", posted: "2026-11-20", version: "3", source: "https://example.org/lcd", confidence: H}\n  - {effective: "2025-01-01"'),
    ("lcd/L00001.yaml", "last_day: null", 'last_day: "2027-06-30"'),
    ("contractors.yaml", "name: Some MAC", "name: Some MAC, Inc."),
    ("rules/pain.yaml", "    - not: {fact: load-change}\n", ""),
    ("rules/pain.yaml", "cites: [97110/pain]", "cites: [97110/pain, 97110/progress@2027-01-01]"),
    ("rules/pain.yaml", "partial: [{because: one, note: pain}", "partial: [{because: new, note: pain at night}, {because: one, note: pain}"),
    ("lexicon/concepts/body.yaml", "[pain, it hurts]", "[pain, aches]"),
    ("lexicon/concepts/body.yaml", "match: [it hurts]", "match: [it aches]"),
]
@pytest.fixture(scope="module")
def sides(tmp_path_factory):
    """The small policy before and after CHANGES."""
    folder = tmp_path_factory.mktemp("policies")
    was, now = (source.read(small(folder / name, *changes)) for name, changes in (("was", ()), ("now", CHANGES)))
    assert not was[1] and not now[1], now[1]
    return diff.side(was[0]), diff.side(now[0])


def same_digests(text, found):
    for one, name in ((found.old, "OLD"), (found.new, "NEW")):
        text = text.replace(one["digest"][:12], name)
    return text


@pytest.fixture(scope="module")
def small_diff(sides):
    return diff.compare(*sides, NOTES, LABELS)


@pytest.mark.parametrize("name", ["small.txt", "small.md"])
def test_every_word_of_a_small_change(small_diff, name):
    said = diff_text.to_text(small_diff, "main") if name == "small.txt" else diff_text.to_markdown(small_diff, "main", "make diff BASE=main")
    said, expected = same_digests(said, small_diff), Path(__file__).parent / "diffs" / name
    if os.environ.get("UPDATE_EXPECTED"):
        expected.write_text(said, encoding="utf-8", newline="\n")
    assert said == expected.read_text(encoding="utf-8")


def test_nothing_differs(sides):
    same = diff.compare(sides[0], sides[0], NOTES)
    assert same.empty
    assert diff_text.to_text(same, "main") == f"Compared with main: version 2026.11 ({same.new['digest'][:12]}).\nNothing in the policy differs.\n"
    assert diff_text.to_markdown(same, "main") == "<!-- policy-diff same -->\nNothing in the policy differs.\n"


def test_there_and_back_is_the_same_change_the_other_way(sides, small_diff):
    back = diff.compare(*sides[::-1], NOTES, LABELS)
    assert [(c.was, c.now) for c in back.changed if c.part in ("policy", "contractors")] == [("2026.12", "2026.11"), ("Some MAC, Inc.", "Some MAC")]
    assert {(t.note, t.now, t.was) for t in back.turned} == {(t.note, t.was, t.now) for t in small_diff.turned}
    assert len(back.governed) == len(small_diff.governed)


def test_a_bundle_says_the_same_but_for_examples_and_phrases_as_written(sides, small_diff):
    old = diff.side_of_bundle(json.dumps(sides[0].bundle))
    found = diff.compare(old, sides[1], NOTES, LABELS)
    assert found.governed == small_diff.governed and found.turned == small_diff.turned

    def about(one, part):
        return {(c.where, c.was, c.now) for c in one.changed if c.part == part and "examples" not in c.where and "revisions" not in c.where}

    for part in ("policy", "statements", "LCDs", "contractors", "rules"):
        assert about(found, part) == about(small_diff, part)
    assert {diff_text.difference(c) for c in found.changed if c.part == "phrases"} == {
        'concept pain, words: gone: "it hurts"', 'concept pain, words: new: "aches"'}
    assert diff.compare(old, sides[0], NOTES).empty


def test_a_new_rule_is_counted_over_the_notes(sides, tmp_path):
    folder = small(tmp_path / "p")
    rule = (folder / "policy/rules/pain.yaml").read_text(encoding="utf-8")
    (folder / "policy/rules/ache.yaml").write_text(rule.replace("id: pain", "id: ache").replace('order: "1"', 'order: "2"'), encoding="utf-8")
    found = diff.compare(sides[0], diff.side(source.read(folder)[0]), NOTES)
    assert found.turned == () and found.new_rules == {"ache": {"met": 2, "not-applicable": 2}}
    text = diff_text.to_text(found, "main")
    assert "\n  rule ache: new: id: ache, title: Pain is located," in text
    assert "\n  ache is a new rule; of 4 notes: 2 shown, 2 does not apply\n" in text
    assert "\n- ache is a new rule; of 4 notes: 2 shown, 2 does not apply\n" in diff_text.to_markdown(found, "main")
    assert "rule ache: gone" in diff_text.to_text(diff.compare(diff.side(source.read(folder)[0]), sides[0], NOTES), "main")


def test_a_note_that_is_no_longer_a_therapy_note_is_said_once(sides, tmp_path):
    folder = small(tmp_path / "p", ("lexicon/kinds.yaml", 'therapy: {knee: "9"}', 'therapy: {knee: "0"}'))
    found = diff.compare(sides[0], diff.side(source.read(folder)[0]), {"b.txt": NOTES["b.txt"]})
    assert [diff_text.outcome(t) for t in found.turned] == [
        "b.txt, kind of note: from daily to not-therapy", 'policy/rules/pain.yaml, example "one", kind of note: from daily to not-therapy']


def test_an_example_that_turns_names_its_rule_and_what_it_is_an_example_of(sides, tmp_path):
    folder = small(tmp_path / "p", ("rules/pain.yaml", "met: [{because: one, note: knee pain}", 'met: [{because: It aches., note: "PT. Subjective: knee aches"}'),
                   ("lexicon/concepts/body.yaml", "[pain, it hurts]", "[pain, aches, it hurts]"))
    (turned,) = diff.compare(sides[0], diff.side(source.read(folder)[0]), {}).turned
    assert diff_text.outcome(turned) == 'policy/rules/pain.yaml, example "It aches.", pain: from does not apply to shown, as it should be'
    assert diff_text.evidence(turned) == ['now: line 1 "knee" (Knee)']


# -- lists


@pytest.mark.parametrize("was, now, said", [
    (["a", "b"], ["b", "c"], ['x: gone: "a"', 'x: new: "c"']),
    (["lift the arm", "b"], ["b", "lift the|his arm", "c"], ['x: was "lift the arm", now "lift the|his arm"', 'x: new: "c"']),
    (["a", "b"], ["b", "a"], ['x: was "a, b", now "b, a"']),
    ([{"id": "a", "n": "1"}, {"id": "b"}], [{"id": "b"}, {"id": "a", "n": "2"}],
     ['x, a, n: was "1", now "2"', 'x: was "in another order", now "in this order: b, a"']),
    ([{"effective": None, "version": "36"}], [{"effective": "2026-01-01", "version": "36"}], ["x, version 36, effective date: new: 2026-01-01"]),
    ([{"effective": "2026-01-01", "text": "old"}], [{"effective": "2027-01-01", "text": "new"}, {"effective": "2026-01-01", "text": "old"}],
     ["x, revision of 2027-01-01: new: effective: 2027-01-01, text: new"]),
    ([{"lcd": "L1", "version": "1"}], [{"lcd": "L1", "version": "2"}], ['x, L1, version: was "1", now "2"']),
    ([{"any": [{"concept": "a"}, {"concept": "b"}]}], [{"any": [{"concept": "b"}, {"measure": "pain"}]}],
     ["x, any, any, measure pain: new: measure: pain", "x, any, any, concept a: gone: concept: a"]),
    ([{"concept": "a", "apart": "3"}], [{"concept": "a", "apart": "4"}], ['x, concept a, apart: was "3", now "4"']),
    ([{"means": "negated", "reach": "after", "phrases": ["no"]}], [{"means": "negated", "reach": "after", "phrases": ["no", "not"]}],
     ['x, cue that makes it negated, after, phrases: new: "not"']),
    ([f"{n}" for n in range(14)], [], ["x: gone: " + ", ".join(f'"{n}"' for n in range(12)) + " and 2 more"]),
    (None, {"id": "a", "effective": None, "list": [], "in": {"on": "1", "by": "2"}}, ["x: new: id: a, effective: not known, list: none, in: (on: 1, by: 2)"]),
])
def test_lists_are_compared_by_what_their_items_are(was, now, said):
    assert [diff_text.difference(c) for c in diff._walk("rules", ("x",), was, now)] == said


def test_long_texts_are_shown_where_they_differ():
    words = [f"w{n}" for n in range(60)]
    was, now = " ".join(words), " ".join(words[:30] + ["other"] + words[31:])
    (changed,) = diff._walk("statements", ("97110/x", "plain"), was, now)
    assert diff_text.difference(changed) == ('97110/x, in plain words: was "... w26 w27 w28 w29 w30 w31 w32 w33 w34 ...", '
                                             'now "... w26 w27 w28 w29 other w31 w32 w33 w34 ..."')
    was, now = "|".join(words), "|".join(words[:30] + ["other"] + words[30:])
    assert diff_text._apart(was, now) == ("... w26|w27|w28|w29|w30|w31|w32|w33| ...", "... w26|w27|w28|w29|other|w30|w31|w32|w33| ...")
    assert diff_text.difference(diff.Changed("rules", ("x",), None, "y" * 300)) == "x: new: " + "y" * 237 + "..."


# -- claims


KY = tuple(itertools.product(["KY"], ["PT", "OT"], ["A", "B"]))


@pytest.mark.parametrize("first, last, changes, said", [
    ("2026-12-01", None, [("lcds", (("L34049", "36"),), (("L34049", "37"),))], "from 2026-12-01 on L34049 version 37 governs instead of 36."),
    (None, "2026-12-01", [("lcds", (), (("L1", ""),))], "up to 2026-12-01 L1 in a version not known governs, where no LCD did."),
    ("2026-12-01", "2026-12-01", [("lcds", (("L1", "2"),), ())], "on 2026-12-01 no LCD governs, where L1 version 2 did."),
    (None, None, [("lcds", (("L1", "2"),), (("L1", "2"), ("L2", "3")))], "on any day L1 version 2 and L2 version 3 governs instead of L1 version 2."),
    (None, None, [("lcds", (("L1", ""),), (("L1", "2"),))], "on any day L1 version 2 governs instead of a version not known."),
    ("2026-12-01", "2027-12-01", [("bound", "97110/a"), ("bound", "97110/b"), ("unbound", "97110/c"), ("reworded", "97110/d")],
     "from 2026-12-01 to 2027-12-01 97110/a and 97110/b now bind; 97110/c no longer binds; 97110/d binds in other words."),
    (None, None, [("says", "no-lcd"), ("unsays", "retired"), ("unsays", "not-known")],
     "on any day the report now says that the contractor has no LCD for it; the report no longer says that the LCD is retired "
     "and the contractor or state is not in the policy."),
])
def test_how_a_change_for_claims_is_said(first, last, changes, said):
    assert diff_text.governs(diff.Governed(first, last, tuple(changes), KY)) == said


@pytest.mark.parametrize("claims, said", [
    (KY, ["PT and OT, Part A and Part B, KY"]),
    (KY + tuple(("OH", d, s) for _, d, s in KY), ["PT and OT, Part A and Part B, KY and OH"]),
    ([("KY", "PT", "B")], ["PT, Part B, KY"]),
    ([("KY", "PT", "A"), ("KY", "PT", "B"), ("KY", "OT", "B")], ["PT, Part A and Part B, KY", "OT, Part B, KY"]),
    ([("KY", "PT", "B"), ("OH", "PT", "B"), ("TN", "OT", "A")], ["PT, Part B, KY and OH", "OT, Part A, TN"]),
])
def test_whose_claims_are_told_in_few_words(claims, said):
    assert diff_text.claims(diff.Governed(None, None, (), tuple(claims))) == said


def test_every_gap_the_policy_can_have_has_words(policy):
    loaded, codes = policy.source, set()
    days = ["2010-01-01", "2015-10-01", "2018-06-01", "2023-03-02", "2025-06-01", "2026-11-01", "2030-01-01"]
    for contractor, state, day, d, s in itertools.product([None, *loaded.contractors], [None, *loaded.states], days, ["PT", "OT"], ["A", "B"]):
        if contractor or state:
            codes |= {g["code"] for g in policy_module.governing(loaded, {"contractor": contractor, "state": state, "on": day, "discipline": d, "side": s})[1]}
    assert codes <= set(diff_text.GAPS), codes - set(diff_text.GAPS)


# -- Markdown


def test_what_stands_in_the_policy_is_no_markdown_and_calls_nobody():
    assert diff_text._plain("<b> *x* [a](b) `c` #1 @ann a@b & |") == "\\<b\\> \\*x\\* \\[a\\](b) \\`c\\` \\#1 @\u200bann a@b &amp; \\|"


def test_of_many_notes_a_comment_shows_the_first():
    turned = tuple(diff.Turned(f"{n}.txt", "pain", "met", "partial", ((1, "knee", "Knee"),) * 6, (), ()) for n in range(500))
    changed = tuple(diff.Changed("rules", ("rule pain", f"k{n}"), "a" * 500, "b" * 500) for n in range(100))
    said = diff_text.to_markdown(diff.Diff({"version": "1", "digest": "a"}, {"version": "1", "digest": "b"}, changed, turned, (), {}, 500), "x", "make diff BASE=x")
    assert "\n- and 460 more, which `make diff BASE=x` shows\n" in said and "\n- and 60 more\n" in said
    assert "\n  - before: " + ", ".join(['line 1 "knee" (Knee)'] * 4) + " and 2 more\n" in said
    assert len(said) < 65536


# -- the command, and git


@pytest.fixture
def run(capfdbinary):
    def go(*argv):
        code = main(["policy", "diff", *map(str, argv)])
        out, err = capfdbinary.readouterr()
        return code, out.decode("utf-8"), err.decode("utf-8")
    return go


def git(folder, *arguments):
    subprocess.run(["git", "-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false", *arguments], cwd=folder, check=True,
                   capture_output=True)


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with git: main has a commit that this branch does not have, and the work here is not committed."""
    folder = small(tmp_path / "project")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "one")
    git(folder, "checkout", "-qb", "work")
    git(folder, "checkout", "-q", "main")
    rule = folder / "policy/rules/pain.yaml"
    rule.write_text(rule.read_text(encoding="utf-8").replace("Pain is located", "Elsewhere"), encoding="utf-8")
    git(folder, "commit", "-qam", "two")
    git(folder, "checkout", "-q", "work")
    rule.write_text(rule.read_text(encoding="utf-8").replace("Where is the pain?", "Where does it hurt?"), encoding="utf-8")
    monkeypatch.setattr("checker.__main__._root", lambda: folder)
    return folder


def test_a_branch_is_told_its_own_changes_and_not_the_undoing_of_others(run, project):
    code, out, err = run("main")
    assert (code, err) == (1, "") and re.match(r"Compared with main \([0-9a-f]{7}\): version 2026.11 \(", out)
    assert out.split("Rules (1)")[1] == '\n---------\n  rule pain, question: was "Where is the pain?", now "Where does it hurt?"\n'
    assert run("main~1")[1].split("Rules")[1] == out.split("Rules")[1]
    comment = project / "comment.md"
    assert run("main", "--format", "markdown", "--comment", comment) == (1, comment.read_text(encoding="utf-8"), "")
    git(project, "commit", "-qam", "three")
    assert run("HEAD")[0] == 0 and run("HEAD~1")[0] == 1


def test_a_folder_and_a_bundle_are_read_too(run, project, tmp_path):
    old = small(tmp_path / "old")
    bundle = tmp_path / "bundle.json"
    bundle.write_text(source.bundle(source.read(old)[0]), encoding="utf-8")
    for base in (old, bundle):
        code, out, _ = run(base)
        assert code == 1 and "Where does it hurt?" in out and f"Compared with {base}"[:70] in " ".join(out.split())
    assert run(project)[0] == 0


def test_an_earlier_policy_is_compared_although_it_would_not_pass_today(run, project):
    document = project / "policy/97110.yaml"
    whole = document.read_text(encoding="utf-8")
    document.write_text(whole.replace("    force: requires\n", "    force: wants\n    more: than is known\n"), encoding="utf-8")
    git(project, "commit", "-qam", "unsound")
    document.write_text(whole, encoding="utf-8")
    assert '97110/pain, force: was "wants", now "requires"' in run("HEAD")[1]


@pytest.mark.parametrize("base, said", [
    ("no-such", 'there is no folder, bundle or git revision "no-such"; give for example origin/main (after git fetch), HEAD, a folder with policy/ in it, '
                "or a bundle.json"),
    ("", 'there is no folder, bundle or git revision ""; give for example'),
    ("HEAD:policy", 'there is no folder, bundle or git revision "HEAD:policy"; give for example'),
    ("a\0b", 'there is no folder, bundle or git revision "a b"; give for example'),
    ("bare", "the commit "),
    ("broken.json", "broken.json: this policy cannot be compared: this is no policy bundle of schema 1; build it anew with `make bundle`"),
    ("halves", "halves: this policy cannot be compared: policy/contractors.yaml:1:1: this file is needed and is not there [missing-file]"),
    ("odd", "odd: this policy cannot be compared: its files do not fit this checker"),
])
def test_what_cannot_be_compared_with_is_one_line(run, project, monkeypatch, base, said):
    monkeypatch.chdir(project)
    if base == "bare":
        git(project, "stash")
        git(project, "checkout", "-q", "--orphan", "bare")
        git(project, "rm", "-rqf", ".")
        git(project, "commit", "-q", "--allow-empty", "-m", "none")
        git(project, "checkout", "-q", "--orphan", "again", "main")
    (project / "broken.json").write_text("{}", encoding="utf-8")
    (project / "halves/policy").mkdir(parents=True)
    (project / "halves/policy/97110.yaml").write_text("id: x\n", encoding="utf-8")
    small(project / "odd", ("97110.yaml", 'version: "2026.11"\n', ""))
    code, out, err = run(base)
    assert (code, out) == (2, "") and err.startswith("check-97110: " + said) and err.count("\n") == 1
    if base == "bare":
        assert re.fullmatch(r"check-97110: the commit [0-9a-f]{7} has no folder policy/\n", err)


def test_bad_usage_is_one_line(run, project, monkeypatch, tmp_path):
    assert run() == (2, "", run()[2]) and "BASE" in run()[2]
    assert run("HEAD", "--format", "html") == (2, "", "check-97110: there is no format html; use one of text, markdown\n")
    assert run("HEAD", "--comment", tmp_path / "no/where.md")[2].endswith("where.md: cannot be written: No such file or directory\n")
    (project / "policy/rules/pain.yaml").write_text("id: pain\n", encoding="utf-8")
    code, out, err = run("HEAD")
    assert (code, out) == (2, "") and re.fullmatch(r"check-97110: policy/ has \d+ problems, so it cannot be compared \(try: .* policy check\)\n", err)


def test_without_git_it_says_what_to_do(run, project, tmp_path, monkeypatch):
    shutil.rmtree(project / ".git")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    assert run("main")[2] == 'check-97110: "main" is no folder and no bundle, and there is no git repository here\n'
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run("main")[2] == "check-97110: git is not installed; give a folder with policy/ in it, or a bundle.json\n"


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_of_a_commit_only_plain_files_are_written(project, tmp_path):
    (project / "policy/link.yaml").symlink_to("/etc/hostname")
    git(project, "add", ".")
    git(project, "commit", "-qm", "a link")
    past.write_at(project, past.branched(project, "HEAD"), tmp_path / "out")
    written = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*") if not path.is_dir()}
    assert "policy/rules/pain.yaml" in written and "policy/link.yaml" not in written
    assert written == {path.relative_to(project).as_posix() for path in (project / "policy").rglob("*.yaml") if path.is_file() and not path.is_symlink()}


# -- the real policy


def test_a_new_version_of_a_real_lcd_and_a_broad_phrase(policy_of_2026_11):
    """What a maintainer does first: a new version is put up, and a phrase is too broad. In a few seconds."""
    changed = json.loads(json.dumps(policy_of_2026_11))
    lcd = next(one for one in changed["lcds"] if one["id"] == "L34049")
    lcd["revisions"].insert(0, {"effective": "2026-12-01", "version": "37", "source": lcd["source"], "confidence": "H"})
    next(c for c in changed["lexicon"]["concepts"] if c["id"] == "pain")["phrases"].append("stairs")
    notes = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests/notes").glob("*.txt"))}
    began = time.perf_counter()
    found = diff.compare(diff.side(policy_of_2026_11), diff.side(changed), notes)
    took = time.perf_counter() - began
    said = [f"{who}: {diff_text.governs(one)}" for one in found.governed for who in diff_text.claims(one)]
    assert said[-1].startswith("PT and OT, Part A and Part B, KY and OH: from 2026-12-01 on L34049 version 37 governs instead of 35 or 36; ")
    assert said[-1].split(";")[0] + "\n" in (ROOT / "docs/maintain/index.md").read_text(encoding="utf-8")
    assert all("KY and OH" in line for line in said)
    assert {c.where[0] for c in found.changed} == {"L34049", "concept pain"}
    assert len(found.turned) > 10 and all(t.rule == "pain" for t in found.turned if t.was == "not-applicable")
    assert took < 30


def test_an_lcd_that_is_retired_and_its_claims_before_on_and_after_the_last_day(policy_of_2026_11):
    changed = json.loads(json.dumps(policy_of_2026_11))
    next(one for one in changed["lcds"] if one["id"] == "L34427")["last_day"] = "2026-12-31"
    was, now = diff.side(policy_of_2026_11), diff.side(changed)
    found = diff.compare(was, now, {})
    told = [f"{who}: {diff_text.governs(one)}" for one in found.governed for who in diff_text.claims(one)]
    assert told[-1] == ("OT, Part A, AL, GA, NC, SC, TN, VA and WV: from 2027-01-01 on no LCD governs, where L34427 version 100 did; "
                        "the report now says that the contractor has no LCD for it and the LCD is retired.")
    assert not any("governs" in line for line in told[:-1])
    claim = {"state": "GA", "discipline": "OT", "side": "A"}
    governed = [[g["lcd"] for g in policy_module.governing(now.ready.source, {**claim, "on": day})[0]] for day in ("2026-12-30", "2026-12-31", "2027-01-01")]
    assert governed == [["L34427"], ["L34427"], []]
    assert found.turned == ()


def leaves(value, path=()):
    if isinstance(value, (dict, list)):
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(child, (*path, key))
    else:
        yield path


def test_no_change_of_any_value_goes_unseen(sides):
    """Each value of the small policy changed alone is told, with the new value in it, and so is its taking away."""
    whole = {key: value for key, value in sides[1].parts.items() if key not in ("schema", "version")}
    old = diff.Side(whole, True, {}, None)
    for path in leaves(whole):
        new = json.loads(json.dumps(whole))
        place = new
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = "something else"
        told = [diff_text.difference(c) for c in diff._changed(old, diff.Side(new, True, {}, None))]
        assert told and any("something else" in line for line in told), path
