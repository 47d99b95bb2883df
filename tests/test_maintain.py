"""The pages for maintainers: what they say is what happens. Each walk does what its page says, on a copy of policy/."""

import re

import pytest
from conftest import ROOT, documents_of_2026_11
from test_examples import outcome
from test_notes import KNOWN, LABELS, NOTES, disagreements
from test_notes import told as told_of_notes

import checker
from checker import policy as policy_module
from checker import source

PAGES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs/maintain").glob("*.md"))}


@pytest.fixture
def copy(tmp_path):
    """A maintainer's clone: the folder, whose policy/ may be changed."""
    return documents_of_2026_11(tmp_path / "project")


def edit(root, path, old, new):
    """Puts `new` in the place of the first `old`, as a person would by hand."""
    file = root / "policy" / path
    held = file.read_text(encoding="utf-8")
    assert held.count(old) >= 1, (path, old)
    file.write_text(held.replace(old, new, 1), encoding="utf-8")


def told(root):
    return [str(problem).split("\n")[0] for problem in source.read(root)[1]]


def codes(root):
    return [problem.code for problem in source.read(root)[1]]


def full(root):
    """The policy of a sound clone: (as its YAML has it, ready to check with)."""
    found, problems = source.read(root)
    assert not problems, "\n".join(map(str, problems))
    return found, checker.load(source.bundle(found))


def template(name):
    """The YAML that the page of templates gives under a heading."""
    return re.search(rf"\{{ #{name} \}}.*?```yaml\n(.*?)```", PAGES["templates"], re.DOTALL).group(1)


def with_templates(root, *names):
    """The clone with these templates filled in, each where its page says."""
    if "statement" in names:
        file = root / "policy/97110.yaml"
        file.write_text(file.read_text(encoding="utf-8").rstrip("\n") + "\n\n" + template("statement"), encoding="utf-8")
        edit(root, "97110.yaml", "supportive-cardiopulmonary]", "supportive-cardiopulmonary, an-example]")
    if "lcd" in names:
        (root / "policy/lcd/L12345.yaml").write_text(template("lcd"), encoding="utf-8")
        edit(root, "contractors.yaml", "lcds: [L34049", "lcds: [L12345, L34049")
    if "rule" in names:
        (root / "policy/rules/an-example.yaml").write_text(template("rule"), encoding="utf-8")
    if "concept" in names:
        file = root / "policy/lexicon/concepts/exercises.yaml"
        file.write_text(file.read_text(encoding="utf-8").rstrip("\n") + "\n" + template("concept"), encoding="utf-8")
    return root


# -- what the pages say of the check


def cures():
    """{code: [(page, cure)]} of the tables on the pages."""
    found = {}
    for page, words in PAGES.items():
        for table in re.findall(r"^\| Code \| What to do \|\n.*\n((?:\|.*\n)+)", words, re.MULTILINE):
            for code, cure in re.findall(r"^\| (.+?) \| (.+) \|$", table, re.MULTILINE):
                for name in re.findall(r"`(.+?)`", code):
                    found.setdefault(name, []).append((page, cure))
    return found


def test_every_code_of_the_check_has_its_cure_on_a_page():
    found = cures()
    missing = [code for code in source.CODES if code not in found]
    assert not missing, f"say in a table under docs/maintain/ what to do about: {', '.join(missing)}"
    assert all(len(cure) > 30 for rows in found.values() for _, cure in rows)


def test_the_pages_name_no_code_that_is_gone():
    assert not set(cures()) - set(source.CODES)


def test_every_key_and_node_named_on_the_page_of_rules_is_one():
    named = set(re.findall(r"^\| `\{(\w+):", PAGES["rule"], re.MULTILINE)) | {"any", "not"}
    assert named == set(source.NODE.kinds)


# -- templates


@pytest.mark.parametrize("name", ["lcd", "statement rule concept", "statement lcd rule concept"])
def test_a_template_filled_in_is_sound(copy, name):
    with_templates(copy, *name.split())
    found, _ = full(copy)
    assert ("L12345" in [lcd["id"] for lcd in found["lcds"]]) == ("lcd" in name)


def test_the_rule_of_the_template_does_what_its_examples_say(copy):
    found, policy = full(with_templates(copy, "statement", "rule", "concept"))
    rule = next(rule for rule in found["rules"] if rule["id"] == "an-example")
    for wanted, examples in rule["examples"].items():
        assert len(examples) >= 2
        for example in examples:
            assert outcome(policy, "an-example", example).outcome == wanted, example["note"]


def test_the_optional_lines_of_the_templates_are_sound_too(copy):
    with_templates(copy, "statement", "lcd", "rule", "concept")
    for path, key in (("97110.yaml", "reading"), ("lcd/L12345.yaml", "posted"), ("lexicon/concepts/exercises.yaml", "except")):
        edit(copy, path, f"# {key}: ", f"{key}: ")
    assert told(copy) == []


def test_what_is_copied_unchanged_stays_no_secret(copy):
    """The statement alone: its id stands in no topic yet. The rule alone: it cites what is not there."""
    file = copy / "policy/97110.yaml"
    held = file.read_text(encoding="utf-8")
    file.write_text(held.rstrip("\n") + "\n\n" + template("statement"), encoding="utf-8")
    assert "no-topic" in codes(copy)
    file.write_text(held, encoding="utf-8")
    with_templates(copy, "rule")
    assert set(codes(copy)) == {"unknown-statement", "unknown-concept"}


# -- (a) a revision of a day to come


NEW_VERSION = """revisions:                       # newest first; each governs until the one above it
  - effective: "2027-01-01"
    version: "37"
    posted: "2026-11-20"
    source: https://example.org/L34049
    confidence: H
"""
NEW_WORDS = """      - effective: "2027-01-01"
        read: {on: "2026-11-24", lcd: L34049, version: "37"}
        text: >-
          Documentation must support the need for more than 10 visits.
"""


def add_words(root):
    held = (root / "policy/97110.yaml").read_text(encoding="utf-8")
    start = held.index("  - id: continued-visits")
    place = held.index("    revisions:\n", start) + len("    revisions:\n")
    (root / "policy/97110.yaml").write_text(held[:place] + NEW_WORDS + held[place:], encoding="utf-8")


def test_a_revision_of_a_day_to_come_followed_to_green(copy):
    add_words(copy)
    assert codes(copy) == ["unknown-version"] and "L34049 has no revision with version 37" in told(copy)[0]

    edit(copy, "lcd/L34049.yaml", "revisions:                       # newest first; each governs until the one above it\n", NEW_VERSION)
    (line,) = told(copy)
    assert line.startswith("policy/rules/continued-need.yaml:") and line.split(": ", 1)[1] in PAGES["statement"]

    edit(copy, "rules/continued-need.yaml", "97110/continued-visits", "97110/continued-visits@2027-01-01")
    found, policy = full(copy)

    before, after = (policy_module.statement_on(policy.source, "97110/continued-visits", day) for day in ("2026-12-31", "2027-01-01"))
    assert "12-18 visits" in before["text"] and "more than 10 visits" in after["text"]
    lcd = policy.source.lcds["L34049"]
    assert [policy_module.status_on(lcd, day).version for day in ("2026-12-31", "2027-01-01")] == ["35 or 36", "37"]
    assert "continued-need" in checker.report.needed(policy)


def test_a_rule_may_cite_both_wordings(copy):
    add_words(copy)
    edit(copy, "lcd/L34049.yaml", "revisions:                       # newest first; each governs until the one above it\n", NEW_VERSION)
    edit(copy, "rules/continued-need.yaml", "  - 97110/continued-visits\n", "  - 97110/continued-visits@36\n  - 97110/continued-visits@2027-01-01\n")
    _, policy = full(copy)
    report = checker.check("PT visit 14. Bridges 2x10.", policy, {"on": "2026-12-31", "state": "KY"})
    assert next(o for o in report["outcomes"] if o["rule"] == "continued-need")["cites"] == ["97110/continued-visits"]


def test_a_version_to_come_needs_the_day_it_was_put_up(copy):
    edit(copy, "lcd/L34049.yaml", "revisions:                       # newest first; each governs until the one above it\n", NEW_VERSION.replace('    posted: "2026-11-20"\n', ""))
    (problem,) = source.read(copy)[1]
    assert problem.code == "date-order" and '"posted:"' in problem.hint


# -- (b) a rule for a new statement


def test_a_rule_for_a_new_statement_followed_to_green(copy):
    with_templates(copy, "rule")
    assert "policy/rules/an-example.yaml" in told(copy)[0] and set(codes(copy)) == {"unknown-statement", "unknown-concept"}
    with_templates(copy, "statement")
    assert codes(copy) == ["unknown-concept"]
    with_templates(copy, "concept")
    _, policy = full(copy)
    report = checker.check("PT visit 3. Bridges 2x10. Winded after the second set.", policy, {"on": "2026-01-15", "state": "KY", "discipline": "PT", "side": "B"})
    told_of = next(o for o in report["outcomes"] if o["rule"] == "an-example")
    assert (told_of["outcome"], told_of["authority"]) == ("met", "binding")
    assert [e["text"] for e in told_of["evidence"]] == ["Winded after"]


@pytest.mark.parametrize("old, new, code", [
    ("order: \"99\"", "order: \"11\"", "duplicate-id"), ("id: an-example", "id: another", "id-mismatch"),
    ("expect: {concept: example-response}", "expect: {concepts: example-response}", "unknown-key"),
    ("expect: {concept: example-response}", "expect: {measure: pains}", "wrong-value"),
    ("question:", "questions:", "unknown-key"), ("  unmet: The note does not", "  partial: It half does.\n  unmet: The note does not", "missing-key"),
])
def test_slips_in_a_new_rule_are_told_with_a_code_of_its_page(copy, old, new, code):
    with_templates(copy, "statement", "rule", "concept")
    edit(copy, "rules/an-example.yaml", old, new)
    assert code in codes(copy)
    assert any(page in ("rule", "index") for page, _ in cures()[code])


# -- (c) a phrase that is too broad


def test_a_phrase_that_is_too_broad_names_the_notes_it_breaks(copy):
    file = copy / "policy/lexicon/concepts/limitations.yaml"
    held = file.read_text(encoding="utf-8")
    place = held.index("  phrases:\n", held.index("- id: difficulty")) + len("  phrases:\n")
    file.write_text(held[:place] + "    - takes\n    - time\n" + held[place:], encoding="utf-8")
    broken = full(copy)[1]
    reports = {label["note"]: checker.check((NOTES / label["note"]).read_text(encoding="utf-8"), broken) for label in LABELS}
    new = [line for line in disagreements(reports) if line not in KNOWN.read_text(encoding="utf-8").splitlines()]
    assert new and all(re.fullmatch(r"\S+\.txt \S+ \S+, labelled \S+", line) for line in new)
    shown = re.search(r"```text\n(new, .*?)```", PAGES["phrase"], re.DOTALL)[1].splitlines()
    assert told_of_notes(new, []).splitlines()[1] == shown[0] and re.fullmatch(r"  \S+\.txt \S+ \S+, labelled \S+", shown[1])


# -- (d) an LCD is retired


def test_a_retired_lcd_governs_to_its_last_day_and_no_longer(copy):
    edit(copy, "lcd/L34049.yaml", "last_day: null\n", 'last_day: "2026-12-31"\n')
    _, policy = full(copy)
    note = (ROOT / "tests/notes/knee-tka-soap.txt").read_text(encoding="utf-8")
    seen = {}
    for day in ("2026-12-30", "2026-12-31", "2027-01-01"):
        report = checker.check(note, policy, {"on": day, "state": "OH", "discipline": "PT", "side": "B"})
        pain = next(o for o in report["outcomes"] if o["rule"] == "pain")
        seen[day] = [g["lcd"] for g in report["governing"]], pain["authority"], [gap["code"] for gap in report["gaps"]]
    assert seen == {
        "2026-12-30": (["L34049"], "binding", ["version-unknown"]),
        "2026-12-31": (["L34049"], "binding", ["version-unknown"]),
        "2027-01-01": ([], "guidance", ["retired", "no-lcd"]),
    }


def test_a_last_day_before_the_newest_version_is_refused(copy):
    edit(copy, "lcd/L34049.yaml", "last_day: null\n", 'last_day: "2024-12-31"\n')
    assert codes(copy) == ["date-order"]


# -- what stands on GitHub


def github(name):
    yaml = pytest.importorskip("yaml")
    return yaml.safe_load((ROOT / ".github" / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["policy-changed", "checker-wrong"])
def test_no_report_goes_off_without_the_word_on_patients(name):
    form = github(f"ISSUE_TEMPLATE/{name}.yml")
    assert {"name", "description", "body"} <= set(form)
    ids = [field["id"] for field in form["body"] if field["type"] != "markdown"]
    assert len(ids) == len(set(ids))
    ticks = [option for field in form["body"] if field["type"] == "checkboxes" for option in field["attributes"]["options"]]
    assert [option["required"] for option in ticks] == [True] and "patient's record" in ticks[0]["label"]
    assert "patient" in form["body"][0]["attributes"]["value"]
    for field in form["body"]:
        assert field["type"] in ("markdown", "input", "textarea", "dropdown", "checkboxes") and "attributes" in field


def test_what_is_wrong_is_shown_by_an_invented_sentence():
    first = next(field for field in github("ISSUE_TEMPLATE/checker-wrong.yml")["body"] if field["type"] != "markdown")
    assert (first["id"], first["validations"]["required"]) == ("sentence", True) and "invented" in first["attributes"]["label"]
    assert github("ISSUE_TEMPLATE/config.yml") == {"blank_issues_enabled": False}


def test_the_review_asks_for_each_thing_that_was_forgotten_before():
    words = (ROOT / ".github/pull_request_template.md").read_text(encoding="utf-8")
    asked = re.findall(r"^- \[ \] \*\*(.+?)\*\*", words, re.MULTILINE)
    assert asked == ["Source", "Version", "Date", "Words", "Both sides", "Invented", "Nothing past is lost", "The difference"]


def test_every_owned_path_is_there():
    lines = [line.split() for line in (ROOT / ".github/CODEOWNERS").read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    for path, *owners in lines:
        assert owners and all("placeholder" in owner or not owner.startswith("@OWNER/") for owner in owners)
        assert path == "*" or (ROOT / path.strip("/")).exists(), path


def test_the_look_at_the_sources_blocks_nobody():
    workflow = github("workflows/links.yml")
    assert set(workflow[True]) == {"schedule", "workflow_dispatch"}      # YAML reads the key "on" as yes
    assert workflow["permissions"] == {"contents": "read"}
