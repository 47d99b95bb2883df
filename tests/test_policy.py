"""The policy's words against the captured page; what holds on a day, on both sides of every boundary.

The days are asked of captured/2026-11, the documents as they stood in that month, so that a new version or a retirement in
policy/ changes no answer here. The words are those of policy/ itself.
"""

import itertools
import json
import re
from pathlib import Path

import pytest

yaml = pytest.importorskip("yaml")

from checker import policy as P

HERE = Path(__file__).parent
ROOT = HERE.parent


def yaml_of(name, home=HERE / "captured/2026-11"):
    return yaml.load((home / name).read_text(encoding="utf-8"), yaml.BaseLoader)


def nulls(value):
    """BaseLoader reads null as text; the policy's own reader does not."""
    if isinstance(value, dict):
        return {key: nulls(child) for key, child in value.items()}
    if isinstance(value, list):
        return [nulls(child) for child in value]
    return None if value in ("null", "~", "") else value


@pytest.fixture(scope="module")
def policy():
    """Rules and lexicon play no part in what governs a claim: they are left out here."""
    document = nulls(yaml_of("97110.yaml"))
    lcds = [nulls(yaml_of(f"lcd/{path.name}")) for path in sorted((HERE / "captured/2026-11/lcd").glob("*.yaml"))]
    return P.from_bundle({"version": document["version"], "digest": "", "policy": document, "lcds": lcds,
                          "contractors": nulls(yaml_of("contractors.yaml")), "rules": [], "lexicon": {}})


# -- the words


def plain(text):
    """Spaces and bullets are the page's layout; every other character is the policy's."""
    return " ".join(text.replace("\u00a0", " ").replace("•", " ").split())


CAPTURED = plain((HERE / "captured/97110.txt").read_text(encoding="utf-8"))
CAPTURED_ON = "2026-11-23"


@pytest.fixture(scope="module")
def captured_words():
    """{statement: its words read on the day the page was captured}, of policy/ as it is now: newer words may stand above them."""
    found = {}
    for statement in nulls(yaml_of("97110.yaml", ROOT / "policy"))["statements"]:
        read = [words for words in statement["revisions"] if words["read"]["on"] <= CAPTURED_ON]
        if read:
            found[statement["id"]] = read[0]
    return found


def test_every_word_of_a_statement_stands_in_the_source(captured_words):
    for name, words in captured_words.items():
        assert words["text"] == plain(words["text"])
        assert words["text"] in CAPTURED, name
        assert words.get("lead", "") in CAPTURED


def test_every_word_of_the_source_stands_in_a_statement(captured_words):
    rest = CAPTURED
    for words in captured_words.values():
        rest = rest.replace(words["text"], " | ", 1).replace(words.get("lead", "|"), " | ")
    left = [part.strip() for part in rest.split("|") if part.strip()]
    assert left[0] == "Indications – Medical Necessity"
    assert len(left) == 2 and left[1].startswith("L34427 – Outpatient Occupational Therapy")


def test_ids_in_the_order_of_the_source(captured_words):
    assert list(captured_words) == [
        "purpose", "participation", "indication-condition", "indication-need", "non-covered-purpose", "unskilled", "repetitive",
        "objective-loss", "functional-impact", "progress", "progress-metrics", "continued-visits",
        "supportive-measurements", "supportive-pain", "supportive-exercises", "supportive-cardiopulmonary"]
    places = [CAPTURED.index(words["text"]) for words in captured_words.values()]
    assert places == sorted(places)


def test_each_trap_has_a_reading(policy):
    for name in ("indication-condition", "indication-need", "supportive-pain", "supportive-exercises", "non-covered-purpose"):
        assert policy.statements[name]["reading"]


def test_the_source_page_names_these_lcds_and_no_others(policy):
    assert sorted(policy.lcds) == sorted(set(re.findall(r"L[0-9]{5}", CAPTURED)))


def test_who_carries_what(policy):
    by_lcd = {}
    for statement in policy.statements.values():
        for carrier in statement["carried_by"]:
            by_lcd.setdefault(carrier["lcd"], []).append(statement["id"])
    assert by_lcd["L34427"] == ["indication-condition", "indication-need", "objective-loss"]
    assert len(by_lcd["L34049"]) == 13
    assert set(by_lcd) == {"L34427", "L34049"}      # nothing was traced to the other two


# -- an LCD on a day


@pytest.mark.parametrize("lcd, day, status, version", [
    ("L34427", "2015-09-30", "not yet", None),
    ("L34427", "2015-10-01", "in force", None),
    ("L34427", "2023-04-12", "in force", None),
    ("L34427", "2023-04-13", "in force", "100"),
    ("L34427", "2026-11-23", "in force", "100"),
    ("L34427", "2026-11-24", "in force", "100"),     # after the last look: as last seen, and a gap says so
    ("L34049", "2015-10-01", "unknown", None),      # not "not yet": its first day was not readable
    ("L34049", "2025-05-28", "unknown", None),
    ("L34049", "2025-05-29", "in force", "35"),
    ("L34049", "2025-08-08", "in force", "35"),
    ("L34049", "2025-08-09", "in force", "35 or 36"),
    ("L34049", "2026-11-23", "in force", "35 or 36"),
    ("L34049", "2026-11-24", "in force", "35 or 36"),
    ("L33413", "2015-09-30", "not yet", None),
    ("L33413", "2015-10-01", "in force", None),
    ("L33413", "2019-09-30", "in force", None),
    ("L33413", "2019-10-01", "in force", "45"),
    ("L33413", "2022-12-31", "in force", "45"),
    ("L33413", "2023-01-01", "unknown", None),
    ("L33413", "2024-08-20", "unknown", None),
    ("L33413", "2024-08-21", "superseded", None),
    ("L33413", "2027-01-01", "superseded", None),
    ("L35036", "2015-09-30", "not yet", None),
    ("L35036", "2015-10-01", "in force", None),
    ("L35036", "2022-03-08", "in force", None),
    ("L35036", "2022-03-09", "in force", "119"),
    ("L35036", "2023-02-28", "in force", "119"),
    ("L35036", "2023-03-01", "unknown", None),      # the boundary day itself
    ("L35036", "2023-03-02", "retired", None),
    ("L35036", "2027-01-01", "retired", None),
])
def test_status(policy, lcd, day, status, version):
    found = P.status_on(policy.lcds[lcd], day)
    assert (found.status, found.version) == (status, version)
    assert lcd in found.text


def test_an_lcd_with_a_last_day_to_come_retires_by_itself(policy):
    """When the retirement was read the LCD was still active, and its file says so."""
    lcd = policy.lcds["L34049"] | {"last_day": "2026-12-31", "last_day_reason": "Retired on 2027-01-01."}
    assert lcd["checked"]["status"] == "active"
    assert [P.status_on(lcd, day).status for day in ("2026-12-30", "2026-12-31", "2027-01-01")] == ["in force", "in force", "retired"]
    assert P.status_on(lcd, "2027-01-01").text == "L34049 is retired, last in force on 2026-12-31. Retired on 2027-01-01."


def test_no_status_is_told_without_words_and_none_says_none(policy):
    days = [f"{year}-{month:02}-15" for year in range(2010, 2030) for month in (1, 4, 8, 12)]
    for lcd, day in itertools.product(policy.lcds.values(), days):
        assert "None" not in P.status_on(lcd, day).text


# -- a statement on a day


def test_statement_on(policy):
    found = P.statement_on(policy, "97110/continued-visits", "2026-01-15")
    assert found["text"].endswith("greater than 12-18 visits.")
    assert found["carried_by"] == [{
        "lcd": "L34049", "version": "36", "match": "word for word", "status": "in force", "text": found["carried_by"][0]["text"],
        "for": "CGS Administrators, LLC: KY, OH; PT and OT; Part A and Part B"}]
    assert "version 36" in found["note"]
    assert P.statement_on(policy, "supportive-pain", "2010-01-01")["carried_by"][0]["status"] == "unknown"


def test_no_such_statement(policy):
    with pytest.raises(P.ClaimError, match='no statement "97110/continued-visit"; did you mean "97110/continued-visits"'):
        P.statement_on(policy, "97110/continued-visit", "2026-01-15")


# -- who serves a state


def test_contractors_for(policy):
    assert P.contractors_for(policy, "KY", "B") == ("cgs",)
    assert P.contractors_for(policy, "TX") == ("novitas",)
    assert P.contractors_for(policy, "CA", "B") == ()
    assert P.contractors_for(policy, "VA", "A") == ("palmetto",)
    assert set(P.contractors_for(policy, "VA", "B")) == {"novitas", "palmetto"}
    assert set(P.contractors_for(policy, "VA")) == {"novitas", "palmetto"}


# -- what governs a claim


def claim(words):
    """"2026-01-15 KY PT B" or "2026-01-15 cgs PT B", in any order."""
    given = {}
    for word in words.split():
        key = ("on" if word[0].isdigit() else "discipline" if word in ("PT", "OT") else "side" if word in ("A", "B")
               else "state" if word.isupper() else "contractor")
        given[key] = word
    return given


@pytest.mark.parametrize("words, lcds, codes", [
    ("2026-01-15 KY PT B", ["L34049 35 or 36"], ["version-unknown"]),
    ("2026-01-15 KY", ["L34049 35 or 36"], ["version-unknown"]),
    ("2026-01-15 cgs OT A", ["L34049 35 or 36"], ["version-unknown"]),
    ("2025-06-01 OH PT B", ["L34049 35"], ["wording-unread"]),
    ("2025-01-15 KY PT B", [], ["before-first"]),
    ("2026-12-01 KY PT B", ["L34049 35 or 36"], ["version-unknown", "after-checked"]),
    ("2024-01-15 NC OT A", ["L34427 100"], []),
    ("2024-01-15 palmetto OT A", ["L34427 100"], []),
    ("2018-06-01 NC OT A", ["L34427 None"], ["version-unknown"]),
    ("2018-06-01 AL OT A", [], ["reach-unknown"]),
    ("2019-01-25 AL OT A", ["L34427 None"], ["version-unknown"]),
    ("2012-01-15 NC OT A", [], ["before-first", "no-lcd"]),
    ("2024-01-15 NC PT A", [], ["discipline-mismatch", "other-lcd"]),
    ("2024-01-15 NC PT B", [], ["discipline-mismatch", "no-lcd"]),
    ("2026-01-15 GA OT B", [], ["side-mismatch", "no-lcd", "after-checked"]),
    ("2024-01-15 NC OT", [], ["side-unknown"]),
    ("2024-01-15 NC A", [], ["discipline-unknown", "other-lcd"]),
    ("2024-01-15 NC", [], ["discipline-unknown", "side-unknown", "other-lcd"]),
    ("2022-06-01 TX PT B", ["L35036 119"], ["side-unknown", "wording-unread"]),
    ("2023-03-01 TX PT B", [], ["side-unknown", "status-unknown"]),
    ("2023-03-02 TX PT B", [], ["retired", "no-lcd"]),
    ("2026-01-15 PA OT A", [], ["retired", "no-lcd", "after-checked"]),
    ("2022-06-01 FL PT B", ["L33413 45"], ["discipline-unknown", "side-unknown", "wording-unread"]),
    ("2023-06-01 FL PT B", [], ["discipline-unknown", "side-unknown", "status-unknown"]),
    ("2025-02-01 FL PT B", [], ["retired", "no-lcd"]),
    ("2026-01-15 CA PT B", [], ["state-not-read"]),
    ("2026-01-15 CA noridian PT B", [], ["state-not-read", "no-lcd", "after-checked"]),
    ("2025-01-15 noridian PT B", [], ["no-lcd"]),
    ("2025-01-15 wps PT B", [], ["no-lcd"]),
    ("2025-01-15 ngs PT B", [], ["other-lcd"]),
    ("2026-01-15 FL cgs PT B", [], ["state-mismatch"]),
    ("2026-01-15 KY ngs PT B", [], ["state-mismatch"]),
    ("2022-06-01 VA PT B", [], ["contractor-ambiguous"]),
    ("2022-06-01 VA novitas PT B", ["L35036 119"], ["side-unknown", "wording-unread"]),
    ("2022-06-01 VA novitas PT A", [], ["state-mismatch"]),
    ("2024-01-15 VA OT A", ["L34427 100"], []),
    ("2024-01-15 VA OT", [], ["contractor-ambiguous"]),
    ("2026-01-15 PT B", [], ["no-state"]),
    ("KY PT B", [], ["no-date"]),
    ("PT", [], ["no-date", "no-state"]),
    ("", [], ["no-claim"]),
])
def test_governing(policy, words, lcds, codes):
    governing, gaps = P.governing(policy, claim(words))
    assert [f"{g['lcd']} {g['version']}" for g in governing] == lcds
    assert [gap["code"] for gap in gaps] == codes


@pytest.mark.parametrize("words, statement, authority", [
    ("2026-01-15 KY PT B", "97110/supportive-pain", "binding"),
    ("2026-01-15 KY PT B", "97110/indication-condition", "guidance"),
    ("2026-01-15 KY", "97110/continued-visits", "binding"),          # it covers both disciplines and both sides
    ("2024-01-15 NC OT A", "97110/indication-condition", "binding"),
    ("2024-01-15 NC OT A", "97110/continued-visits", "guidance"),
    ("2024-01-15 NC PT A", "97110/indication-condition", "guidance"),
    ("2024-01-15 NC OT B", "97110/indication-condition", "guidance"),
    ("2024-01-15 NC OT", "97110/indication-condition", "guidance"),  # the side decides it and was not given
    ("2024-01-15 NC A", "97110/indication-condition", "guidance"),
    ("2018-06-01 AL OT A", "97110/objective-loss", "guidance"),
    ("2025-05-28 KY PT B", "97110/supportive-pain", "guidance"),
    ("2026-11-24 KY PT B", "97110/supportive-pain", "binding"),
    ("2022-06-01 TX PT B", "97110/supportive-pain", "guidance"),
    ("KY PT B", "97110/supportive-pain", "guidance"),
    ("", "97110/supportive-pain", "guidance"),
])
def test_authority(policy, words, statement, authority):
    assert P.authority(policy, statement, P.governing(policy, claim(words))[0]) == authority


def test_an_lcd_whose_reach_was_not_read_binds_nothing(policy):
    traced = json.loads(json.dumps(policy.statements))
    traced["purpose"]["carried_by"].append({"lcd": "L35036", "version": "119", "match": "word for word", "confidence": "H"})
    altered = P.Policy(**{**policy.__dict__, "statements": traced})
    governing, _ = P.governing(altered, claim("2022-06-01 TX PT B"))
    assert [g["lcd"] for g in governing] == ["L35036"]
    assert P.authority(altered, "97110/purpose", governing) == "guidance"


def test_every_claim_gets_an_answer(policy):
    """State x contractor x discipline x side x day: no error, plain text, and never neither an LCD nor a gap."""
    days = [None, "1999-01-01", "2015-10-01", "2018-02-01", "2022-06-01", "2023-03-01", "2024-10-01", "2025-06-01", "2026-01-15", "2026-12-31"]
    places = ([{"state": s} for s in [*policy.states, None]] + [{"contractor": c} for c in policy.contractors]
              + [{"state": s, "contractor": c} for s in ("KY", "VA", "CA", "TX") for c in policy.contractors])
    for place, discipline, side, day in itertools.product(places, (None, "PT", "OT"), (None, "A", "B"), days):
        given = {**place, "discipline": discipline, "side": side, "on": day}
        governing, gaps = P.governing(policy, given)
        assert governing or gaps, given
        for entry in governing:
            assert entry["status"] == "in force" and set(entry) == {"lcd", "version", "status", "text"}
        for gap in gaps:
            assert set(gap) == {"code", "text"}
            assert gap["text"].strip() == gap["text"] and gap["text"][-1] in ".)" and "None" not in gap["text"], gap
        assert len({(gap["code"], gap["text"]) for gap in gaps}) == len(gaps)
        for statement in ("purpose", "indication-need"):
            assert P.authority(policy, statement, governing) in ("binding", "guidance")


def test_the_gap_says_no_other_contractors_lcd_applies(policy):
    text = " ".join(gap["text"] for gap in P.governing(policy, claim("2025-01-15 TX PT B"))[1])
    assert "retired" in text and "National policy" in text and "another contractor does not" in text


# -- claims that cannot be


@pytest.mark.parametrize("given, message", [
    ({"contractor": "cgss"}, 'there is no contractor "cgss"; did you mean "cgs"?'),
    ({"contractor": "zzz"}, 'there is no contractor "zzz"; use one of: cgs, first-coast, ngs, noridian, novitas, palmetto, wps'),
    ({"state": "Kentuky"}, 'there is no state "Kentuky"; did you mean "Kentucky"?'),
    ({"discipline": "SLP"}, 'there is no discipline "SLP"; use one of: OT, PT'),
    ({"side": "C"}, 'there is no claim side "C"; use one of: A, B'),
    ({"on": "2026-02-30"}, "there is no day 2026-02-30; write the date of service as 2026-01-15 (year, month, day)"),
    ({"on": "01/15/2026"}, '"01/15/2026" is no date of service; write it as 2026-01-15 (year, month, day)'),
    ({"on": "20260115"}, '"20260115" is no date of service; write it as 2026-01-15 (year, month, day)'),
    ({"visit": 0}, 'there is no visit "0"; a visit is a whole number, 1 for the first'),
    ({"visit": "-3"}, 'there is no visit "-3"; a visit is a whole number, 1 for the first'),
    ({"visit": "two"}, 'there is no visit "two"; a visit is a whole number, 1 for the first'),
    ({"visit": 2.5}, 'there is no visit "2.5"; a visit is a whole number, 1 for the first'),
    ({"visit": True}, 'there is no visit "True"; a visit is a whole number, 1 for the first'),
    ({"sate": "KY"}, 'there is no claim field "sate"; did you mean "state"?'),
    ({"state": "K\nY" * 90}, None),
])
def test_impossible_claims(policy, given, message):
    with pytest.raises(P.ClaimError) as error:
        P.validate_claim(policy, given)
    assert "\n" not in str(error.value) and len(str(error.value)) < 400
    assert message in (None, str(error.value))


@pytest.mark.parametrize("given", ["KY", 5, True, ["state"], {"visit": 10 ** 5000}, {"visit": -10 ** 5000}])
def test_what_is_no_claim_at_all(policy, given):
    with pytest.raises(P.ClaimError) as error:
        P.validate_claim(policy, given)
    assert "\n" not in str(error.value) and len(str(error.value)) < 200


def test_claims_are_read_kindly(policy):
    assert P.validate_claim(policy, {"state": " kentucky ", "discipline": "pt", "side": "Part B", "on": "2026-01-15", "visit": "14"}) == {
        "on": "2026-01-15", "contractor": None, "state": "KY", "discipline": "PT", "side": "B", "visit": 14}
    assert P.validate_claim(policy, {"contractor": "CGS"})["contractor"] == "cgs"
    assert P.validate_claim(policy, {"contractor": "Palmetto GBA"})["contractor"] == "palmetto"
    assert P.validate_claim(policy, None) == dict.fromkeys(P.CLAIM_KEYS)
    assert P.validate_claim(policy, {"state": "", "visit": None}) == dict.fromkeys(P.CLAIM_KEYS)
