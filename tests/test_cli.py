"""The command line: what it prints, how it ends, and that no input makes it fall over."""

import csv
import io
import json
import os
import re
import subprocess
import sys
import threading

import pytest
from checker import report
from checker.__main__ import LIMIT, main, read_note
from conftest import ROOT

NOTE = """\
PT DAILY NOTE
S: R knee pain 5/10, can't get up from low chair w/o arms since TKA 3 wks ago.
O: R knee flex AROM 88 deg, ext -8; L knee flex 128, ext 0. R quads 3+/5, L 5/5.
   SAQ 2# 3x10, mini squats 2x10 w/ verbal cues to keep weight on R leg, step ups 4" x10.
A: Flexion up from 80 to 88 deg since last week.
P: Continue 2x/wk. LTG: rise from toilet without arms. HEP reviewed.
"""
RULES = len(list((ROOT / "policy/rules").glob("*.yaml")))


@pytest.fixture
def note(tmp_path):
    path = tmp_path / "note.txt"
    path.write_text(NOTE, encoding="utf-8")
    return str(path)


@pytest.fixture
def run(capfdbinary):
    """Runs the command in this process: (exit code, standard output, standard error)."""
    def go(*argv):
        code = main([str(a) for a in argv])
        out, err = capfdbinary.readouterr()
        return code, out.decode("utf-8"), err.decode("utf-8")
    return go


def start(*argv, **more):
    """Runs the command as a person does."""
    more = {"capture_output": True, "cwd": ROOT, "timeout": 60, **more}
    return subprocess.run([sys.executable, "-m", "checker", *map(str, argv)], **more)


# Reports


def test_text_is_what_a_person_gets(run, note):
    code, out, err = run(note, "--state", "KY", "--on", "2026-01-15")
    assert code in (0, 1) and err == ""
    assert "read as kind: daily" in " ".join(out.split()) and "L34049" in out and "Not checked here" in out
    assert 'line 2' in out and "5/10" in out


@pytest.mark.parametrize("count", [1, 2, 3])
def test_json_holds_a_report_for_each_note_in_order(run, note, tmp_path, count):
    names = [note]
    for n in range(1, count):
        path = tmp_path / f"{9 - n}.txt"
        path.write_text(NOTE.replace("88", str(80 + n)), encoding="utf-8")
        names.append(str(path))
    code, out, err = run(*names, "--format", "json")
    found = json.loads(out)
    assert code in (0, 1) and err == "" and found["schema"] == "1"
    assert [r["note"]["file"] for r in found["reports"]] == names
    assert all(len(r["outcomes"]) == RULES for r in found["reports"])


def test_evidence_is_what_stands_at_its_place(run, note):
    found = json.loads(run(note, "--format", "json")[1])["reports"][0]
    spans = [e for o in found["outcomes"] for e in o["evidence"]]
    assert spans and all(NOTE[e["start"]:e["end"]] == e["text"] for e in spans)


def test_a_record_is_one_report(run, note, tmp_path):
    other = tmp_path / "two.txt"
    other.write_text(NOTE.replace("88", "95"), encoding="utf-8")
    code, out, _ = run(note, other, "--record", "--format", "json")
    assert code in (0, 1) and len(json.loads(out)["record"]["outcomes"]) == RULES
    for form in ("text", "csv", "sarif"):
        code, out, err = run(note, other, "--record", "--format", form)
        assert code in (0, 1) and out and err == ""


def test_the_claim_decides_what_binds(run, note):
    def authority(*claim):
        found = json.loads(run(note, "--format", "json", *claim)[1])["reports"][0]
        return {o["authority"] for o in found["outcomes"]}, found
    bound, found = authority("--state", "KY", "--discipline", "pt", "--side", "b", "--on", "2025-06-01", "--visit", "14")
    assert "binding" in bound and found["governing"][0]["lcd"] == "L34049"
    assert found["claim"] == {"on": "2025-06-01", "contractor": found["claim"]["contractor"], "state": "KY",
                              "discipline": "PT", "side": "B", "visit": 14}
    free, found = authority("--state", "TX", "--on", "2025-06-01")
    assert free == {"guidance"} and found["gaps"]


def test_csv_and_sarif(run, note):
    code, out, _ = run(note, "--format", "csv")
    assert code in (0, 1) and len(list(csv.DictReader(io.StringIO(out, newline="")))) == RULES
    log = json.loads(run(note, "--format", "sarif")[1])
    assert log["version"] == "2.1.0" and len(log["runs"][0]["results"]) == RULES


def test_explain_says_how_evidence_was_read(run, note):
    assert "read as" in run(note, "--explain")[1].split("\n", 8)[-1]


def test_exit_code_is_what_is_wanting(run, note, tmp_path, policy):
    bare = tmp_path / "bare.txt"
    bare.write_text("PT DAILY NOTE, visit 3\nBike 10 min, quad sets 3x10.\n", encoding="utf-8")
    for path in (note, bare):
        code, out, _ = run(path, "--format", "json")
        assert code == (1 if report.wanting(json.loads(out)["reports"][0], report.needed(policy)) else 0)
    assert run(note)[0] == 0 and run(bare)[0] == 1 and run(note, bare)[0] == 1


def test_the_same_bytes_every_time(note):
    runs = {start(note, "--format", "json", env={**os.environ, "PYTHONHASHSEED": seed}).stdout for seed in "123"}
    assert len(runs) == 1


def test_standard_input_is_a_note():
    done = start("-", "--format", "json", input=NOTE.encode())
    assert done.returncode in (0, 1) and done.stderr == b""
    found = json.loads(done.stdout)["reports"][0]
    assert found["note"]["file"] == "-" and found["note"]["length"] == len(NOTE)


# Notes as they come


@pytest.mark.parametrize("text, length", [("", 0), ("\ufeff", 0), (" \r\n\t", 4), ("Buy milk, eggs and bread. Call the bank.", 40)])
def test_a_note_that_is_none_gets_a_report_that_says_so(run, tmp_path, text, length):
    path = tmp_path / "n.txt"
    path.write_bytes(text.encode())
    code, out, err = run(path, "--format", "json")
    found = json.loads(out)["reports"][0]
    assert (code, err) == (0, "") and found["note"]["kind"] == "not-therapy" and found["note"]["length"] == length
    assert {o["outcome"] for o in found["outcomes"]} == {"not-applicable"}
    assert ("empty-note" in [g["code"] for g in found["gaps"]]) == (not text.strip("\ufeff \r\n\t"))
    assert "no therapy note" in " ".join(run(path)[1].split())


def test_line_ends_and_a_byte_order_mark_change_nothing_but_offsets(run, tmp_path):
    def outcomes(data):
        path = tmp_path / "n.txt"
        path.write_bytes(data)
        found = json.loads(run(path, "--format", "json")[1])["reports"][0]
        text = data.decode("utf-8-sig")
        assert all(text[e["start"]:e["end"]] == e["text"] for o in found["outcomes"] for e in o["evidence"])
        return [(o["rule"], o["outcome"], o["missing"]) for o in found["outcomes"]]
    plain = outcomes(NOTE.encode())
    assert outcomes(b"\xef\xbb\xbf" + NOTE.encode()) == plain
    assert outcomes(NOTE.replace("\n", "\r\n").encode()) == plain
    assert outcomes(NOTE.replace("\n", "\r").encode()) == plain


# Input that cannot be used: one line, exit 2


def refused(result, *parts):
    code, out, err = result
    assert (code, out) == (2, "")
    assert err.startswith("check-97110: ") and err.count("\n") == 1 and "Traceback" not in err
    for part in parts:
        assert part in err, err


@pytest.mark.parametrize("data, part", [
    (b"pain\0 6/10", "binary"), (b"caf\xe9 note", "not UTF-8"), ("pain".encode("utf-16"), "UTF-16"), ("pain".encode("utf-32"), "UTF-32"), (b"%PDF-1.7\n%\xe2", "PDF"),
    (b"PK\x03\x04xx", "Word"), (b"{\\rtf1 a}", "rich text"), (b"a" * (LIMIT + 1), "5 MB"), (b"\x89PNG\r\n\x1a\n\0", "binary"),
])
def test_a_file_that_is_no_text(run, tmp_path, data, part):
    path = tmp_path / "n.txt"
    path.write_bytes(data)
    refused(run(path), str(path), part)


def test_a_file_of_just_five_megabytes_is_read(tmp_path):
    path = tmp_path / "n.txt"
    path.write_bytes(b"a" * LIMIT)
    assert len(read_note(str(path))) == LIMIT


def test_a_file_that_is_not_there(run, tmp_path):
    refused(run(tmp_path / "none.txt"), "none.txt", "no such file")
    refused(run(tmp_path), "folder", "/*.txt")
    refused(run("a\0b"), "cannot be read")
    refused(run(""), "without a name", "no such file")
    refused(run("x" * 5000), "cannot be read")


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_one_may_not_read(run, note):
    os.chmod(note, 0)
    refused(run(note), "may not read")


def test_one_bad_note_among_good_ones_stops_all(run, note, tmp_path):
    refused(run(note, tmp_path / "none.txt", "--format", "json"), "none.txt")


@pytest.mark.parametrize("option, value, part", [
    ("--state", "ZZ", "state"), ("--contractor", "acme", "contractor"), ("--on", "2026-02-30", "2026-02-30"), ("--on", "1/15/2026", "2026-01-15"),
    ("--visit", "0", "visit"), ("--visit", "-3", "visit"), ("--visit", "ten", "visit"), ("--visit", "1.5", "visit"), ("--side", "C", "side"),
    ("--discipline", "MD", "discipline"), ("--format", "xml", "text, json, csv, sarif"), ("--state", "x\ny\x1b[2J", "state"),
    ("--on", "\U0001d7da026-01-01", "2026-01-15"), ("--visit", "9" * 5000, "visit"),
])
def test_a_claim_that_cannot_be(run, note, option, value, part):
    code, out, err = run(note, f"{option}={value}")
    refused((code, out, err), part)
    assert "\x1b" not in err


@pytest.mark.parametrize("argv", [[], ["--no-such"], ["-", "-"], ["policy"], ["policy", "make"], ["policy", "show"], ["note.txt", "--state"]])
def test_bad_usage(run, argv):
    refused(run(*argv))


@pytest.mark.parametrize("argv", [["--help"], ["policy", "--help"], ["policy", "show", "--help"]])
def test_help(argv):
    done = start(*argv)
    assert done.returncode == 0 and b"usage: python -m checker" in done.stdout and b"Traceback" not in done.stderr


def test_a_reader_that_leaves_early_is_no_error(note):
    process = subprocess.Popen([sys.executable, "-m", "checker", *[note] * 60, "--format", "json"], cwd=ROOT,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.read(10)
    process.stdout.close()
    errors = []
    reader = threading.Thread(target=lambda: errors.append(process.stderr.read()))
    reader.start()
    assert process.wait(60) in (0, 1)
    reader.join()
    process.stderr.close()
    assert errors == [b""]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is always full")
def test_a_full_disk_is_said(note):
    with open("/dev/full", "wb") as full:
        done = start(note, stdout=full, capture_output=False, stderr=subprocess.PIPE)
    assert done.returncode == 2 and done.stderr.count(b"\n") == 1 and b"cannot write" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="closes descriptors the way of Unix")
def test_closed_streams_are_said_where_one_is_left(note):
    def closed(which, *argv):
        command = " ".join([f'"{sys.executable}"', "-m", "checker", *argv, which])
        return subprocess.run(["sh", "-c", command], cwd=ROOT, capture_output=True, timeout=60)

    for done, part in ((closed(">&-", note), b"output is closed"), (closed("<&-", "-"), b"input is closed"), (closed(">&-", "policy", "check"), b"closed")):
        assert done.returncode == 2 and done.stderr.count(b"\n") == 1 and part in done.stderr
    for which in ("2>&-", "2>/dev/full", ">&- 2>&-"):
        done = closed(which, "/no/such/file")
        assert (done.returncode, done.stdout) == (2, b"")


def test_a_bundle_that_is_none_is_said(run, note, monkeypatch):
    from checker import source

    monkeypatch.setattr(source, "cached_bundle", lambda root: "{}")
    refused(run(note), "no policy bundle", "make bundle")
    refused(run("policy", "show", "97110/purpose"), "no policy bundle")


def test_a_policy_that_cannot_be_read_is_said(run, note, monkeypatch):
    from checker import source

    def refuse(root):
        raise PermissionError(13, "Permission denied", "policy/97110.yaml")
    monkeypatch.setattr(source, "cached_bundle", refuse)
    refused(run(note), "policy/97110.yaml: cannot be read: Permission denied")


def test_a_damaged_bundle_of_an_installed_checker_is_said(run, note, tmp_path, monkeypatch):
    import checker.__main__ as command

    (tmp_path / "bundle.json").write_bytes(b"\xff\xfe")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "HOME", tmp_path)
    monkeypatch.setattr(command, "__file__", str(tmp_path / "__main__.py"))
    refused(run(note), "bundle.json", "damaged")


@pytest.mark.skipif(os.name == "nt", reason="Windows does not remove the folder one stands in")
def test_a_folder_that_is_gone_is_no_matter(note, tmp_path):
    gone = tmp_path / "gone"
    gone.mkdir()
    command = f'cd "{gone}" && rmdir "{gone}" && "{sys.executable}" -m checker "{note}"'
    done = subprocess.run(["sh", "-c", command], env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, timeout=60)
    assert done.returncode in (0, 1) and done.stderr == b"" and "read as kind" in " ".join(done.stdout.decode().split())


def test_checking_a_note_loads_little(note, bundle_text):
    """A start that pulls in a YAML parser or a web client is a slow one. The bundle is built by now."""
    done = start(note, "--format", "json", env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1"})
    loaded = {line.rsplit("|", 1)[-1].strip() for line in done.stderr.decode().splitlines()}
    assert "checker.report" in loaded
    assert not loaded & {"checker.diff", "checker.diff_text", "checker.past", "yaml", "csv", "urllib.request", "http", "socket", "ssl", "subprocess", "asyncio", "unittest"}


# The policy


def test_policy_check_finds_nothing(run):
    code, out, err = run("policy", "check")
    assert (code, err) == (0, "") and f"{RULES} rules" in out


def test_policy_check_shows_each_problem_and_its_cure(run, monkeypatch):
    from checker import source

    problem = source.Problem("policy/rules/pain.yaml", 3, 9, "unknown-key", "unknown key: titel", "did you mean title?")
    monkeypatch.setattr(source, "read", lambda root: ({}, [problem]))
    code, out, _ = run("policy", "check")
    assert code == 1
    assert "policy/rules/pain.yaml:3:9: unknown key: titel [unknown-key]\n  hint: did you mean title?\n" in out
    assert "1 problem" in out


def test_policy_check_keeps_each_problem_on_its_line(run, monkeypatch):
    from checker import source

    problem = source.Problem("policy/rules/a\nb.yaml", 1, 1, "unknown-key", 'the key "\x1b[2J\n\u202e" is not known here', "a\nb")
    monkeypatch.setattr(source, "read", lambda root: (None, [problem]))
    out = run("policy", "check")[1]
    assert 'policy/rules/a b.yaml:1:1: the key " [2J " is not known here [unknown-key]\n  hint: a b\n' in out


def test_policy_show_prints_what_held_that_day(run):
    code, out, err = run("policy", "show", "97110/continued-visits", "--on", "2025-06-01")
    assert (code, err) == (0, "")
    assert "12-18" in out and "L34049" in out and "2025-06-01" in out and "in force" in out
    assert max(map(len, out.splitlines())) <= 80
    assert run("policy", "show", "continued-visits", "--on", "2025-06-01")[1] == out
    assert run("policy", "show", "97110/pain-support")[0] == 2
    refused(run("policy", "show", "97110/supportive-pian"), "97110/supportive-pain")
    refused(run("policy", "show", "97110/purpose", "--on", "2025-13-01"), "2025-13-01")


@pytest.fixture
def revised(monkeypatch, tmp_path):
    """The small policy with a statement that has other words from 2027 on, in an LCD of versions 1 and 2 that ends in 2028."""
    import shutil

    import checker
    from checker import source

    shutil.copytree(ROOT / "tests/problems/_base", tmp_path / "p")
    for name, old, new in (
            ("97110.yaml", '      - effective: "2025-01-01"\n', '      - {effective: "2027-01-01", read: {on: "2026-11-23", lcd: L00001, version: "2"}, text: Show progress in numbers.}\n'
                                                                '      - effective: "2025-01-01"\n'),
            ("lcd/L00001.yaml", "last_day: null", 'last_day: "2028-12-31"'), ("lcd/L00001.yaml", "Not retired.", "So the page says.")):
        file = tmp_path / "p/policy" / name
        assert old in file.read_text(encoding="utf-8")
        file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    policy, problems = source.read(tmp_path / "p")
    assert not problems
    loaded = checker.load(source.bundle(policy))
    monkeypatch.setattr("checker.__main__._load", lambda: loaded)
    return loaded


@pytest.mark.parametrize("day, words, since, status", [
    ("2019-12-31", "Show progress.", "The words before 2025-01-01 are not known; these are the oldest we have.",
     "On 2019-12-31: not yet. L00001 took effect on 2020-01-01."),
    ("2024-12-31", "Show progress.", "The words before 2025-01-01 are not known; these are the oldest we have.",
     "On 2024-12-31: in force. L00001, version 1, in force from 2020-01-01."),
    ("2025-01-01", "Show progress.", "In these words from 2025-01-01.", "On 2025-01-01: in force. L00001, version 2, in force from 2025-01-01."),
    ("2026-12-31", "Show progress.", "In these words from 2025-01-01.", "On 2026-12-31: in force. L00001, version 2, in force from 2025-01-01."),
    ("2027-01-01", "Show progress in numbers.", "In these words from 2027-01-01.", "On 2027-01-01: in force. L00001, version 2, in force from 2025-01-01."),
    ("2028-12-31", "Show progress in numbers.", "In these words from 2027-01-01.", "On 2028-12-31: in force. L00001, version 2, in force from 2025-01-01."),
    ("2029-01-01", "Show progress in numbers.", "In these words from 2027-01-01.",
     "On 2029-01-01: retired. L00001 is retired, last in force on 2028-12-31. So the page says."),
    ("9999-12-31", "Show progress in numbers.", "In these words from 2027-01-01.",
     "On 9999-12-31: retired. L00001 is retired, last in force on 2028-12-31. So the page says."),
])
def test_policy_show_answers_for_any_day(run, revised, day, words, since, status):
    code, out, err = run("policy", "show", "97110/progress", "--on", day)
    assert (code, err) == (0, "") and out.startswith(f"97110/progress on {day}: Another statement\n")
    plain = " ".join(out.split())
    assert f" {since} {words} Said by " in plain and status in plain
    assert out.endswith(f"\n\nPolicy for 97110, version 2026.11 ({revised.digest[:12]})\n")
    code, out, err = run("policy", "show", "L00001", "--on", day)
    assert (code, err) == (0, "") and out.startswith(f"L00001 on {day}: An LCD\nFor Some MAC: KY; PT and OT; Part A and Part B.\n")
    assert status in " ".join(out.split()) and "\nStatements read in it\n  97110/pain\n  97110/progress\n" in out


def test_a_retired_lcd_keeps_its_file_its_answer_and_its_page(run, full_policy):
    from pages import pages

    gone = [lcd["id"] for lcd in full_policy["lcds"] if lcd["last_day"] or lcd.get("gone_by")]
    assert {"L33413", "L35036"} <= set(gone)
    for name in gone:
        assert (ROOT / f"policy/lcd/{name}.yaml").is_file() and f"lcds/{name}.md" in pages(full_policy)
        assert run("policy", "show", name, "--on", "2022-06-01")[1].startswith(f"{name} on 2022-06-01: ")
    assert "\nNo statement here was read in it.\n" in run("policy", "show", "L35036", "--on", "2022-06-01")[1]
    assert "On 2023-02-28: in force." in run("policy", "show", "L35036", "--on", "2023-02-28")[1]
    assert "On 2023-03-01: unknown." in run("policy", "show", "L35036", "--on", "2023-03-01")[1]
    assert "On 2023-03-02: retired." in run("policy", "show", "l35036", "--on", "2023-03-02")[1]
    known = ", ".join(lcd["id"] for lcd in full_policy["lcds"])
    assert run("policy", "show", "L99999") == (2, "", f"check-97110: there is no LCD L99999 in this policy; there are: {known}\n")


def test_every_report_names_the_version_and_the_digest_of_the_policy(run, note, tmp_path, bundle_text):
    """Calendar version, year and month, from the head of 97110.yaml; and the digest, which tells any two policies apart."""
    policy = json.loads(bundle_text)
    version, digest = policy["version"], policy["digest"]
    assert re.fullmatch(r"20[0-9]{2}\.(0[1-9]|1[0-2])", version) and version == policy["policy"]["version"]
    for extra in ((), ("--record",)):
        assert f"Policy for 97110, version {version} ({digest[:12]})\n" in run(note, *extra)[1]
        document = json.loads(run(note, "--format", "json", *extra)[1])
        reports = document.get("reports") or [document["record"]]
        assert all(report["policy"] == {"version": version, "digest": digest} for report in reports)
        rows = list(csv.DictReader(io.StringIO(run(note, "--format", "csv", *extra)[1])))
        assert rows and all((row["policy_version"], row["policy_digest"]) == (version, digest) for row in rows)
        assert json.loads(run(note, "--format", "sarif", *extra)[1])["runs"][0]["properties"]["policy"] == {"version": version, "digest": digest}


def test_the_digest_tells_two_policies_apart(full_policy):
    from checker import source

    other = json.loads(json.dumps(full_policy))
    other["policy"]["statements"][0]["revisions"][0]["text"] += " "
    assert json.loads(source.bundle(other))["digest"] != json.loads(source.bundle(full_policy))["digest"]
    assert source.bundle(json.loads(json.dumps(full_policy))) == source.bundle(full_policy)


def test_policy_show_without_a_day_takes_today(run):
    assert run("policy", "show", "97110/purpose")[0] == 0


def test_policy_bundle(run, tmp_path, bundle_text):
    code, out, _ = run("policy", "bundle")
    assert code == 0 and json.loads(out)["digest"] == json.loads(bundle_text)["digest"]
    target = tmp_path / "bundle.json"
    assert run("policy", "bundle", "-o", target) == (0, "", "")
    assert target.read_bytes().decode() == out
    assert run("policy", "bundle", "-o", "-")[1] == out
    refused(run("policy", "bundle", "-o", tmp_path / "no" / "where.json"), "where.json")
    refused(run("policy", "bundle", "-o", ""), "without a name")
    refused(run("policy", "bundle", "-o", "a\0b"), "cannot be written")


# What we say of it


def test_the_readmes_example_is_true(run, monkeypatch, policy_of_2026_11):
    from checker import __main__, source

    text = source.bundle(policy_of_2026_11)
    monkeypatch.setattr(__main__, "_bundle", lambda: text)
    monkeypatch.chdir(ROOT)
    command, *lines = (ROOT / "README.md").read_text(encoding="utf-8").split("\n$ python3 -m checker ")[1].split("\n```")[0].splitlines()
    out = run(*command.split())[1].splitlines()
    at = 0
    for line in lines:
        if line != "…":
            assert line in out[at:], line
            at = out.index(line, at) + 1
