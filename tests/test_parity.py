"""The same notes, natively and with the Python of the browser on its stripped library: the same bytes."""

import json
import shutil
import subprocess

import pytest
from conftest import ROOT

import checker

CLAIMS = [
    {},
    {"state": "KY", "discipline": "PT", "side": "B", "on": "2026-01-15", "visit": 14},
    {"contractor": "palmetto", "discipline": "OT", "side": "A", "on": "2024-02-29", "visit": 1},
    {"state": "TX", "on": "2023-02-28"},
]
# Each takes another way through the code than a note does.
ODD = [
    "", " ", "\n\n\n", "a", "\ufeffPain 5/10", "\x00\x01\x02", "é" * 300, "\U0001f9b5 knee pain 5/10 \U0001f468\u200d\U0001f469\u200d\U0001f466", "\u202egnits\u202c",
    "\r\nS: pain\r\nO: knee flexion 95°\r", "Straße İstanbul ǅ ﬁ", "x" * 20_000, "pain 5/10. " * 500, "S:\nO:\nA:\nP:\n", "½ ¼ 4+/5 4‑/5 −10°",
]
WRONG_CLAIMS = [{"state": "ZZ"}, {"contractor": "nobody"}, {"on": "2026-02-30"}, {"discipline": "XX"}, {"side": "C"}]


def cases(full_policy):
    notes = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "tests/notes").glob("*.txt"))]
    notes += [example["note"] for rule in full_policy["rules"] for outcome in (rule.get("examples") or {}).values() for example in outcome]
    found = [{"text": text, "claim": CLAIMS[number % len(CLAIMS)]} for number, text in enumerate(notes + ODD)]
    return found + [{"text": "Knee pain 5/10.", "claim": claim} for claim in WRONG_CLAIMS]


def natively(policy, case):
    try:
        return {"report": checker.to_json(checker.check(case["text"], policy, case["claim"]))}
    except checker.ClaimError as error:
        return {"error": str(error)}


@pytest.fixture(scope="module")
def files(bundle_text):
    from runtime import runtime_files

    found = runtime_files(ROOT, bundle_text)
    kinds = {"python_stdlib": "stdlib", "checker": "checker", "bundle": "bundle"}
    return {kinds[name.split("/")[-1].split(".")[0]]: path for name, path in found.items() if name.split("/")[-1].split(".")[0] in kinds}


def test_the_browsers_python_says_the_same_byte_for_byte(files, policy, full_policy):
    asked = cases(full_policy)
    assert len(asked) > 50
    node = shutil.which("node")
    assert node, "Node.js is needed for this test"
    run = subprocess.run([node, str(ROOT / "tools/parity.mjs")], input=json.dumps({**files, "cases": asked}),
                         capture_output=True, text=True, encoding="utf-8", timeout=300)
    assert run.returncode == 0, run.stderr
    answers = json.loads(run.stdout)
    assert len(answers) == len(asked)
    for case, answer in zip(asked, answers, strict=True):
        expected = natively(policy, case)
        if "error" in expected:
            assert answer["error"].endswith(expected["error"]), case
        else:
            assert answer == expected, case["text"][:200]
