"""The report: its shape, its bytes, and the three ways a person or a tool reads it."""

import csv
import io
import dataclasses
import json

import checker
import jsonschema
import pytest
from checker import report
from hypothesis import given
from hypothesis import strategies as st

NOTE = "PT daily note\r\nPain 6/10 in the L knee.\r\n=Plan: will do stairs\nEst. goal – 4+/5 💪 strength\n"
RULES = {"pain": {"title": "Pain", "question": "Is pain rated?", "satisfy": "If it happened, document where it hurts.",
                  "missing": {"location": "where it is"}}}


def evidence(words, why="rating", cue=None):
    start = NOTE.index(words)
    if cue:
        at = NOTE.index(cue)
        cue = {"start": at, "end": at + len(cue), "text": cue, "means": "planned", "reach": {"start": at + len(cue), "end": len(NOTE)}}
    return report.evidence(start, start + len(words), words, why, cue, "planned" if cue else "present")


def outcome(rule, result, authority="binding", **more):
    carried_by = [{"lcd": "L34049", "version": "36", "for": "KY, OH"}]
    return report.outcome(rule, result, authority, ["97110/supportive-pain"], carried_by, f"The note: {rule}.", **more)


def made(*outcomes, **more):
    base = dict(
        policy={"version": "2026.11", "digest": "ab" * 32}, claim={"state": "KY", "on": "2026-01-15"},
        governing=[{"lcd": "L34049", "version": "36", "status": "in force", "text": "Read on 2026-11-23."}],
        gaps=[{"code": "unknown-date", "text": "The effective date of version 36 is not known."}],
        note={"file": "a b.txt", "kind": "daily", "treatment": "delivered", "length": len(NOTE)},
        indication={"outcome": "met", "from": ["need"]},
        outcomes=outcomes or (
            outcome("condition", "unmet"),
            outcome("need", "met", evidence=[evidence("4+/5 💪", "goal")]),
            outcome("pain", "partial", missing=["location"], reason="one of three",
                    evidence=[evidence("6/10"), evidence("stairs", "activity", "will")]),
            outcome("progress", "not-applicable", authority="guidance"),
            outcome("unskilled", "unmet", evidence=[evidence("=Plan: will do stairs")])))
    return report.assemble(**{**base, **more})


# The report's shape


def test_keys_stand_in_the_contracts_order():
    found = made()
    assert list(found) == ["schema", "checker", "policy", "claim", "governing", "gaps", "note", "indication", "outcomes", "not_checked"]
    assert found["claim"] == {"on": "2026-01-15", "contractor": None, "state": "KY", "discipline": None, "side": None, "visit": None}
    assert list(found["outcomes"][0]) == ["rule", "outcome", "authority", "cites", "carried_by", "say", "missing", "reason", "evidence",
                                         "node", "considered"]
    assert list(found["outcomes"][2]["evidence"][0]) == ["start", "end", "text", "why", "means", "section", "cue"]
    assert list(found["outcomes"][2]["evidence"][1]["cue"]) == ["start", "end", "text", "means", "reach"]
    assert found["outcomes"][2]["evidence"][1]["cue"]["means"] == "planned"
    assert found["outcomes"][0]["evidence"] == [] and found["outcomes"][0]["reason"] is None


def test_a_record_names_its_notes_and_each_spans_note():
    found = made(outcome("pain", "met", evidence=[{"note": 1, **evidence("6/10")}]), note=None,
                 notes=[{"file": "1.txt", "kind": "daily", "treatment": "delivered", "length": 3}] * 2)
    assert "note" not in found and len(found["notes"]) == 2
    assert found["outcomes"][0]["evidence"][0]["note"] == 1
    assert "note 2, line 2" in report.to_text(found, ["abc", NOTE])


def test_what_the_contract_does_not_know_is_refused():
    with pytest.raises(KeyError):
        made(claim={"payer": "x"})
    with pytest.raises(KeyError):
        made(outcome("pain", "denied"))


# JSON


def test_json_is_one_line_and_the_same_every_time():
    text = report.to_json(made())
    assert text == report.to_json(made()) and "\n" not in text and "💪" in text
    assert json.loads(text) == made()


def test_the_document_holds_reports_in_order_even_for_one():
    found = json.loads(report.to_document([made()]))
    assert list(found) == ["schema", "reports"] and found["reports"] == [made()]
    assert report.to_json(made()) in report.to_document([made(), made()]).split("\n")[2]
    assert list(json.loads(report.to_document([made()], record=True))) == ["schema", "record"]


# What a report asks for


def test_an_exclusion_found_is_flagged_and_either_indication_is_enough():
    needed = frozenset({"condition", "need", "unskilled"})
    assert report.group(made()["outcomes"][4]) == "flagged"
    assert report.wanting(made(), needed) == ["unskilled"]
    none = made(outcome("condition", "unmet"), outcome("need", "unmet"), indication={"outcome": "unmet", "from": []})
    assert report.wanting(none, needed) == ["condition", "need"]
    assert report.wanting(made(outcome("pain", "unmet")), needed) == []


def test_needed_is_what_the_policy_requires_or_excludes(policy):
    assert report.needed(policy) >= {"condition", "need", "continued-need", "skilled", "non-covered-purpose", "unskilled"}
    assert not report.needed(policy) & {"participation", "pain", "home-program"}


def test_a_rule_that_cites_a_revision_is_needed_all_the_same(policy):
    pinned = tuple(rule | {"cites": [cite + "@2027-01-01" for cite in rule["cites"]]} for rule in policy.rules)
    assert report.needed(dataclasses.replace(policy, rules=pinned)) == report.needed(policy)


# Text


def test_text_says_all_a_reader_needs():
    text = report.to_text(made(), [NOTE], RULES)
    for part in ("a b.txt", "read as kind: daily, treatment delivered", "version 2026.11", "state KY", "Governs this claim: Read on 2026-11-23.",
                 "The effective date of version 36 is not known. [unknown-date]", "Flagged", "Not found (1)", "Partly shown (1)", "Shown (1)",
                 "Does not apply (1)", 'line 2, rating: "6/10"', 'line 4, goal: "4+/5 💪"', "why only partly: one of three",
                 "not found: where it is", "document where it hurts", "Not checked here", "Not legal"):
        assert part in text.replace("\n      ", " "), part
    assert text.index("Flagged") < text.index("Not found") < text.index("Partly shown") < text.index("Shown (1)")
    assert max(map(len, text.splitlines())) <= 80


def test_explain_adds_the_cue_and_the_reading():
    assert "because" not in report.to_text(made(), [NOTE])
    text = report.to_text(made(), [NOTE], explain=True).replace("\n        ", " ")
    assert 'read as planned because of "will" in line 3' in text
    assert "no word near it says otherwise" in text


def test_text_of_a_note_that_is_no_therapy_note():
    found = made(outcome("pain", "not-applicable"), note={"file": None, "kind": "not-therapy", "treatment": None, "length": 0},
                 governing=[], claim={}, indication={"outcome": "not-applicable", "from": []})
    text = report.to_text(found, [""])
    assert "no therapy note" in text and "no LCD known here" in text and "nothing said about it" in text


def test_a_note_cannot_command_the_terminal():
    bad = "a\x1b[2J\x07b\u202ec\x9b1m"
    found = made(outcome("pain", "met", evidence=[{"start": 0, "end": len(bad), "text": bad, "why": None, "cue": None}]),
                 note={"file": "x\x1b]0;y\x07", "kind": "daily", "treatment": None, "length": len(bad)})
    text = report.to_text(found, [bad])
    assert not set(text) & set("\x1b\x07\u202e\x9b")


@given(st.text(max_size=200), st.data())
def test_lines_and_columns_lead_back_to_the_offset(text, data):
    offset = data.draw(st.integers(0, len(text)))
    line, column = report.Lines(text).at(offset)
    before = text[:offset].replace("\r\n", "\n\n") if text[offset - 1:offset + 1] != "\r\n" else text[:offset]
    assert line >= 1 and column >= 1
    assert report.Lines(text).starts[line - 1] + column - 1 == offset
    assert len(before) == offset


@given(st.text(max_size=300), st.integers(10, 100), st.integers(0, 4))
def test_wrapping_loses_no_word(text, width, indent):
    lines = report.wrap(text, width, indent, indent + 2)
    assert " ".join(lines).split() == report._plain(text).split()
    assert all(len(line) <= width or len(line.split()) == 1 for line in lines)


# CSV


def rows(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_csv_has_a_row_for_each_note_and_rule():
    text = report.to_csv([made(), made()], [[NOTE], [NOTE]], RULES)
    found = rows(text)
    assert len(found) == 10 and tuple(found[0]) == report.CSV_HEADER
    pain = found[2]
    assert pain["file"] == "a b.txt" and pain["rule"] == "pain" and pain["outcome"] == "partial"
    assert pain["missing"] == "where it is" and 'line 2, rating: "6/10" | line 3' in pain["evidence"]
    assert pain["policy_version"] == "2026.11" and pain["policy_digest"] == "ab" * 32 and pain["claim_state"] == "KY"
    assert "Not legal" in pain["disclaimer"] and found[4]["outcome"] == "flagged"
    assert text.endswith("\r\n")


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1", "%0A", "|calc", "\n=x"])
def test_csv_gives_a_spreadsheet_no_formula(value):
    found = rows(report.to_csv([made(note={"file": value, "kind": "daily", "treatment": None, "length": 1})], [[NOTE]]))[0]
    assert found["file"] == "'" + value


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40))
def test_csv_keeps_every_text(value):
    found = rows(report.to_csv([made(note={"file": value, "kind": "daily", "treatment": None, "length": 1})], [[NOTE]]))[0]
    assert found["file"] in (value, "'" + value)
    assert found["file"].lstrip()[:1] not in ("=", "+", "-", "@")


# SARIF: what we use of the 2.1.0 schema, with nothing else allowed

TEXT = {"type": "object", "properties": {"text": {"type": "string", "minLength": 1}}, "required": ["text"], "additionalProperties": False}
COUNT, INDEX = {"type": "integer", "minimum": 1}, {"type": "integer", "minimum": 0}


def closed(required, **properties):
    return {"type": "object", "properties": properties, "required": required.split(), "additionalProperties": False}


PLACE = closed("uri", uri={"type": "string", "pattern": r"^[^\s\\]+$"}, index=INDEX)
LOCATION = closed(
    "physicalLocation", message=TEXT,
    physicalLocation=closed("artifactLocation", artifactLocation=PLACE, region=closed(
        "startLine", startLine=COUNT, startColumn=COUNT, endLine=COUNT, endColumn=COUNT, charOffset=INDEX, charLength=INDEX,
        snippet=closed("text", text={"type": "string"}))))
LOCATIONS = {"type": "array", "items": LOCATION}
PROPERTIES = {"type": "object"}
LEVEL = {"enum": ["none", "note", "warning", "error"]}
SARIF = closed("$schema version runs", **{"$schema": {"type": "string"}, "version": {"const": "2.1.0"}}, runs={"type": "array", "items": closed(
    "tool results",
    tool=closed("driver", driver=closed("name", name={"type": "string"}, version={"type": "string"}, semanticVersion={"type": "string"}, rules={
        "type": "array", "uniqueItems": True,
        "items": closed("id", id={"type": "string"}, name={"type": "string"}, shortDescription=TEXT, fullDescription=TEXT, help=TEXT,
                        properties=PROPERTIES)})),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    newlineSequences={"type": "array", "minItems": 1, "uniqueItems": True, "items": {"type": "string"}},
    invocations={"type": "array", "items": closed(
        "executionSuccessful", executionSuccessful={"type": "boolean"}, toolExecutionNotifications={"type": "array", "items": closed(
            "message", descriptor=closed("id", id={"type": "string"}), level=LEVEL, message=TEXT, locations=LOCATIONS)})},
    artifacts={"type": "array", "items": closed("location", location=PLACE, encoding={"type": "string"})},
    results={"type": "array", "items": closed(
        "message", ruleId={"type": "string"}, ruleIndex=INDEX, level=LEVEL, message=TEXT, locations=LOCATIONS, properties=PROPERTIES,
        kind={"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]})},
    properties=PROPERTIES)})


def sarif(*reports):
    log = json.loads(report.to_sarif(list(reports), [[NOTE]] * len(reports), RULES))
    jsonschema.validate(log, SARIF)
    return log["runs"][0]


def test_sarif_is_valid_and_points_into_the_note():
    run = sarif(made())
    assert [r["id"] for r in run["tool"]["driver"]["rules"]] == ["condition", "need", "pain", "progress", "unskilled"]
    assert run["tool"]["driver"]["rules"][2]["properties"]["page"] == "rules/pain/"
    pain = run["results"][2]
    assert (pain["level"], pain["kind"], pain["ruleIndex"]) == ("note", "fail", 2)
    assert pain["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "a%20b.txt", "index": 0},
        "region": {"startLine": 2, "startColumn": 6, "endLine": 2, "endColumn": 10, "charOffset": 20, "charLength": 4, "snippet": {"text": "6/10"}}}
    assert [r["level"] for r in run["results"]] == ["warning", "none", "note", "none", "error"]
    assert run["results"][0]["locations"], "what was not found is still about this note"
    assert run["invocations"][0]["toolExecutionNotifications"][0]["descriptor"]["id"] == "unknown-date"


def test_sarif_never_gives_a_level_to_what_does_not_fail():
    for result in sarif(made())["results"]:
        assert result["kind"] == "fail" or result["level"] == "none"


@pytest.mark.parametrize("file, uri", [("-", "stdin"), (None, "note"), ("/x/a b.txt", "file:///x/a%20b.txt"), ("n\\ö.txt", "n/%C3%B6.txt"),
                                       ("C:\\n\\a.txt", "file:///C:/n/a.txt")])
def test_sarif_names_files_by_uri(file, uri):
    run = sarif(made(note={"file": file, "kind": "daily", "treatment": None, "length": 1}))
    assert run["artifacts"][0]["location"]["uri"] == uri


def test_sarif_of_several_notes_shares_rules_and_files():
    run = sarif(made(), made(note={"file": "b.txt", "kind": "daily", "treatment": None, "length": 1}))
    assert len(run["tool"]["driver"]["rules"]) == 5 and len(run["results"]) == 10
    assert [a["location"]["uri"] for a in run["artifacts"]] == ["a%20b.txt", "b.txt"]


# The checker's own reports keep the contract

OPTIONAL = {"type": ["string", "null"]}
ID = {"type": "string", "pattern": "^[a-z][a-z-]*$"}
SPAN = {"start": INDEX, "end": INDEX, "text": {"type": "string", "minLength": 1}}
NOTED = closed("file kind treatment length", date={"type": ["string", "null"], "pattern": r"^\d{4}-\d\d-\d\d$"}, source=INDEX, start=INDEX, file=OPTIONAL, treatment={"enum": ["delivered", "planned", "none", None]}, length=INDEX,
               kind={"enum": ["evaluation", "daily", "progress", "discharge", "not-therapy"]})


def many(items, least=0):
    return {"type": "array", "items": items, "minItems": least}


PLAIN = {"type": "string", "minLength": 1}
MEANS = {"enum": list(report.MEANS)}
NODE = r"^(applies|expect|flag|elements|partly|partial|episode)[a-z.\[\]0-9]*$"
EVIDENCE = dict(**SPAN, note=INDEX, why=PLAIN, means=MEANS, section={"anyOf": [{"type": "null"}, ID]}, cue={
        "anyOf": [{"type": "null"}, closed("start end text means reach", **SPAN, means=MEANS, reach=closed("start end", start=INDEX, end=INDEX))]})
JUDGED = closed(
    "rule outcome authority cites carried_by say missing reason evidence node considered", rule=ID, outcome={"enum": list(report.OUTCOMES)},
    authority={"enum": ["binding", "guidance"]}, cites=many({"type": "string", "pattern": "^97110/[a-z-]+$"}, 1),
    carried_by=many(closed("lcd version for", lcd=PLAIN, version=OPTIONAL, **{"for": OPTIONAL}), 1), say=PLAIN, missing=many(ID), reason=OPTIONAL,
    evidence=many(closed("start end text why means section cue", **EVIDENCE)), node={"type": ["string", "null"], "pattern": NODE},
    by_note={"type": "array", "items": {"enum": list(report.OUTCOMES)}},
    considered={**many(closed("start end text why means section cue node", **EVIDENCE, node={"type": "string", "pattern": NODE})), "maxItems": 5})
NUMBER = {"type": "number"}
PLACED = dict(note=INDEX, **{**SPAN, "text": {"type": "string"}})
AT, VALUE = closed("note start end text", **PLACED), closed("value note start end text", value=NUMBER, **PLACED)
EPISODE = closed(
    "order divided visits changes long_course goals repeats", order={"enum": ["dates", "given"]}, divided=many(INDEX),
    visits=closed("used from counted stated claimed", used=INDEX, counted=INDEX, claimed={"type": ["integer", "null"]},
                  stated={"anyOf": [{"type": "null"}, VALUE]}, **{"from": {"enum": ["claim", "stated", "counted", None]}}),
    changes={**many(closed("measure kind loss from to change direction small goal", measure=PLAIN, kind=PLAIN, loss={"type": ["boolean", "null"]},
                           to=VALUE, change=NUMBER, direction={"enum": ["better", "worse", "same", None]}, small={"type": "boolean"},
                           goal={"anyOf": [{"type": "null"}, VALUE]}, **{"from": VALUE})), "maxItems": 40},
    long_course={"anyOf": [{"type": "null"}, closed("visits small", visits={"type": "integer", "minimum": 13}, small=many(PLAIN))]},
    goals={**many(closed("text since notes", text=PLAIN, since=AT, notes=many(INDEX, 2))), "maxItems": 40},
    repeats={**many(closed("note of share same sentences differs", note=INDEX, of=INDEX, share={"type": "integer", "minimum": 85, "maximum": 100},
                           same=INDEX, sentences=INDEX, differs={**many(AT), "maxItems": 5})), "maxItems": 40})
REPORT = closed(
    "schema checker policy claim governing gaps indication outcomes not_checked", schema={"const": "1"}, checker=PLAIN,
    policy=closed("version digest", version=PLAIN, digest={"type": "string", "pattern": "^[0-9a-f]{64}$"}),
    claim=closed("on contractor state discipline side visit", visit={"type": ["integer", "null"]},
                 **dict.fromkeys(("on", "contractor", "state", "discipline", "side"), OPTIONAL)),
    governing=many(closed("lcd version status text", lcd=PLAIN, version=OPTIONAL, status=PLAIN, text=PLAIN)),
    gaps=many(closed("code text", code=ID, text=PLAIN)), note=NOTED, notes=many(NOTED, 1), episode=EPISODE,
    indication=closed("outcome from", outcome={"enum": list(report.OUTCOMES)}, **{"from": many({"enum": ["condition", "need"]})}),
    outcomes=many(JUDGED, 18), not_checked=many(PLAIN, 3))

EVALUATION = """PT initial evaluation
Dx: L TKA 2 wks ago. Cannot climb the stairs at home.
L knee flexion 85 deg, R 130. Quad strength L 3+/5, R 5/5.
Goal: climb 12 stairs with one rail in 6 wks.
"""
DAILY = """PT daily note, visit 5
Pain 4/10 in the L knee when going down stairs.
Step-ups 4 in 3x8 with tactile cues to keep the knee over the toes.
Flexion improved from 85 to 100 deg.
"""


def held(found, texts):
    jsonschema.validate(found, REPORT)
    for o in found["outcomes"]:
        assert len({(e["start"], e["end"]) for e in o["evidence"]}) == len(o["evidence"])
        for e in o["evidence"] + o["considered"]:
            text = texts[e.get("note", 0)]
            for span in filter(None, (e, e["cue"])):
                assert text[span["start"]:span["end"]] == span["text"]
            assert e["cue"] is None or 0 <= e["cue"]["reach"]["start"] <= e["cue"]["reach"]["end"] <= len(text)
        assert (o["reason"] is not None) == (o["outcome"] == "partial")
        if o["outcome"] in ("met", "not-applicable"):
            assert o["missing"] == []
    return found


@pytest.mark.parametrize("text", [EVALUATION, DAILY, "", "Milk, eggs, bread.", NOTE])
@pytest.mark.parametrize("claim", [{}, {"state": "KY", "on": "2025-06-01", "discipline": "PT", "side": "B", "visit": 14}])
def test_a_report_keeps_the_contract(policy, text, claim):
    found = held(checker.check(text, policy, claim, "n.txt"), [text])
    assert found["note"]["file"] == "n.txt" and found["note"]["length"] == len(text)
    assert report.to_text(found, [text], explain=True)


def test_rules_stand_in_the_policys_order(policy):
    assert [o["rule"] for o in checker.check(DAILY, policy)["outcomes"]] == [r["id"] for r in policy.rules]


def test_the_indication_is_the_better_of_the_two(policy):
    found = checker.check(EVALUATION, policy)
    own = {o["rule"]: o["outcome"] for o in found["outcomes"]}
    assert found["indication"]["outcome"] == "met"
    assert found["indication"]["from"] == [r for r in ("condition", "need") if own[r] == "met"]


def test_a_record_takes_each_rule_from_the_note_that_shows_most(policy):
    texts = [EVALUATION, DAILY]
    found = held(checker.check_record(texts, policy, {}, ["a.txt", "b.txt"]), texts)
    assert [n["file"] for n in found["notes"]] == ["a.txt", "b.txt"]
    single = [{o["rule"]: o["outcome"] for o in checker.check(text, policy)["outcomes"]} for text in texts]
    for o in found["outcomes"]:
        if o["rule"] not in report.EXCLUSIONS:
            both = [s[o["rule"]] for s in single]
            assert report.OUTCOMES.index(o["outcome"]) <= min(map(report.OUTCOMES.index, both))
