"""The generated pages, from a policy of three statements: anchors, citations, what stands first, what is escaped."""

import copy
import re

import pytest
from markup import day, exact, link, note, text
from pages import nav, pages
from status import periods

from checker.policy import status_on

SURE = {"source": "https://example.org/lcd", "confidence": "H"}
READ = {"on": "2026-11-20", "lcd": "L10001", "version": "7"}


def statement(name: str, words: str, **more) -> dict:
    return {
        "id": name, "heading": "Documentation", "title": f"About {name}", "force": "requires",
        "carried_by": [{"lcd": "L10001", "version": "7", "match": "word for word", "confidence": "H"}],
        "revisions": [{"effective": None, "reason": "No date was found.", "read": READ, "text": words}],
        "plain": f"Plainly {name}.",
    } | more


def lcd(name: str, **more) -> dict:
    return {
        "id": name, "title": f"Policy {name}", "contractor": "north", "discipline": ["PT", "OT"], "side": ["A", "B"],
        "jurisdictions": [{"id": "J1", "states": ["KY"], **SURE}],
        "revisions": [{"effective": "2020-01-01", "version": "7", "original": "yes", "posted": None, **SURE}],
        "last_day": None, "last_day_reason": "Not retired as far as read.",
        "checked": {"on": "2026-11-20", "version": "7", "status": "active", "showed": "Active.", "reason": "Nothing newer.",
                    "dated": "2026-11-01", "source": SURE["source"]},
        "articles": [], **SURE,
    } | more


RULE = {
    "id": "gain", "title": "A gain is shown", "question": "Is there a gain?", "order": "1", "cites": ["97110/gain"],
    "say": {"met": "The note shows a gain.", "partial": "Only half a gain.", "unmet": "The note shows no gain."},
    "missing": {"value": "the value before"}, "satisfy": "If there was one, document it.", "aliases": ["progress", "12-18"],
    "examples": {
        "met": [{"because": "From 3 to 4.", "note": "MMT 3/5 -> 4/5\n\n* <b>stairs</b> | rail_ing"}],
        "unmet": [{"because": "Nothing changes.", "note": "same as before", "visit": "9"}],
    },
    "known_wrong": [{"should_be": "met", "because": "It is spelled out.", "note": "three, now four"}],
}

POLICY = {
    "policy": {
        "id": "97110", "title": "Exercise", "version": "2026.11",
        "source": {"title": "A page", "url": "https://example.org/page", "checked": "2026-11-20"},
        "topics": [{"id": "showing", "title": "Showing it", "statements": ["loss", "gain"]},
                   {"id": "limits", "title": "Limits", "statements": ["fitness"]}],
        "statements": [
            statement("loss", "Loss of *motion* [and] strength, 1 < 2."),
            statement("gain", "The gain must be shown.", reading="We read it so."),
            statement("fitness", "Fitness is out.", force="excludes",
                      revisions=[{"effective": "2024-01-01", "read": READ, "text": "Fitness is out."},
                                 {"effective": "2020-01-01", "read": READ, "text": "Fitness was in."}]),
        ],
    },
    "lcds": [
        lcd("L10001"),
        lcd("L10002", discipline=["OT"], side=["A"]),
        lcd("L10003", last_day="2023-02-28", last_day_reason="So the page says.", gone_by="2023-03-02", side=None,
            side_reason="It was not shown.", checked=lcd("x")["checked"] | {"status": "retired"}),
    ],
    "contractors": {
        "contractors": [
            {"id": "north", "name": "North MAC", "jurisdictions": [{"id": "J1", "states": ["KY"], **SURE}], "lcds": ["L10001", "L10002", "L10003"]},
            {"id": "south", "name": "South MAC", "jurisdictions": [], "jurisdictions_reason": "Nobody read it.", "lcds": [],
             "no_lcd": {"since": "2024-01-01", "checked": "2025-08-08", "text": "None was found.", **SURE}},
        ],
        "states": {"KY": "Kentucky", "OH": "Ohio"},
    },
    "rules": [RULE],
    "lexicon": {},
}


@pytest.fixture(scope="module")
def made() -> dict:
    return pages(POLICY)


def test_a_page_for_each_thing_and_the_file_that_made_it(made):
    assert {path: made_from for path, (_, made_from) in made.items()} == {
        "guidance/index.md": "policy/97110.yaml",
        "guidance/showing.md": "policy/97110.yaml",
        "guidance/limits.md": "policy/97110.yaml",
        "rules/index.md": "policy/97110.yaml",
        "rules/gain.md": "policy/rules/gain.yaml",
        "lcds/index.md": "policy/contractors.yaml",
        "lcds/L10001.md": "policy/lcd/L10001.yaml",
        "lcds/L10002.md": "policy/lcd/L10002.yaml",
        "lcds/L10003.md": "policy/lcd/L10003.yaml",
        "contractors.md": "policy/contractors.yaml",
        "changes.md": "policy/97110.yaml",
    }


def test_the_same_policy_gives_the_same_pages_and_is_left_alone():
    before = copy.deepcopy(POLICY)
    assert pages(POLICY) == pages(POLICY)
    assert POLICY == before


def test_every_statement_has_an_anchor(made):
    page, _ = made["guidance/showing.md"]
    assert re.findall(r"^## .* \{#(.+)\}$", page, re.MULTILINE) == ["loss", "gain"]


def test_the_policys_words_stand_first_then_ours(made):
    page, _ = made["guidance/showing.md"]
    section = page[page.index("{#gain}"):]
    order = ['class="policy"', "The gain must be shown.", "L10001", "version 7", "In plain words", "Plainly gain.", "We read it so.",
             "Who says so", "A gain is shown"]
    places = [section.index(word) for word in order]
    assert places == sorted(places)


def test_ours_never_stands_in_the_block_of_the_policys_words(made):
    page, _ = made["guidance/showing.md"]
    for block in re.findall(r"<blockquote>(.*?)</blockquote>", page):
        assert "Plainly" not in block and "We read" not in block


def test_the_words_are_exact(made):
    page, _ = made["guidance/showing.md"]
    assert "Loss of &#42;motion&#42; &#91;and&#93; strength, 1 &#60; 2." in page


def test_older_words_stay_and_say_from_when(made):
    page, _ = made["guidance/limits.md"]
    assert page.index("Fitness is out.") < page.index("January 1, 2020") < page.index("Fitness was in.")
    assert "In these words since January 1, 2024." in page


def test_words_read_before_their_day_are_not_said_to_hold():
    policy = copy.deepcopy(POLICY)
    policy["policy"]["statements"][2]["revisions"][0]["effective"] = "2027-01-01"
    page, _ = pages(policy)["guidance/limits.md"]
    assert "In these words since" not in page
    assert "Put up before they apply: these words hold from January 1, 2027, and for earlier claims the words further down do." in page


def test_an_unknown_date_is_said_with_its_reason(made):
    assert "is not known: No date was found." in made["guidance/showing.md"][0]


def test_a_rule_cites_its_words_and_shows_every_outcome_it_has(made):
    page, _ = made["rules/gain.md"]
    assert page.index("Is there a gain?") < page.index("The gain must be shown.") < page.index("The note shows a gain.")
    for words in ("Only half a gain.", "The note shows no gain.", "the value before", "If there was one, document it.",
                  "From 3 to 4.", "Checked as visit 9.", "It is spelled out.", "progress · 12-18"):
        assert words in page, words
    assert "does not apply" not in page
    assert "../guidance/showing.md#gain" in page and "../lcds/L10001.md" in page


def test_an_example_keeps_its_lines_and_its_characters(made):
    page, _ = made["rules/gain.md"]
    assert "MMT 3/5 -&#62; 4/5&#10;&#10;&#42; &#60;b&#62;stairs&#60;/b&#62; &#124; rail&#95;ing" in page


def test_a_rule_names_what_it_looks_for_once():
    rule = RULE | {
        "applies": {"not": {"concept": "chat"}},
        "expect": {"any": [{"concept": ["activity", "chat"]}, {"together": [{"measure": "pain"}], "by": "stairs"}, {"fact": "treated"}]},
        "partial": [{"when": {"concept": "stairs"}, "reason": "Half of it."}],
        "elements": [{"id": "mode", "node": {"note": {"kind": ["daily"]}}}, {"id": "bed", "node": {"concept": "bed"}}],
    }
    lexicon = {"concepts": [{"id": "stairs", "title": "Stairs", "is": ["activity"]}, {"id": "bed", "title": "Bed", "is": ["activity"]},
                            {"id": "chat", "title": "Small talk"}]}
    page, _ = pages(POLICY | {"rules": [rule], "lexicon": lexicon})["rules/gain.md"]
    rows = [line for line in page[page.index("{#looks-for}"):].splitlines() if "`" in line]
    assert rows == ["| concept `chat` | Small talk |", "| concept `activity` | Stairs, Bed |", "| concept `stairs` | Stairs |",
                    "| measure `pain` |   |", "| fact `treated` |   |", "| concept `bed` | Bed |"]
    assert "Half of it." in page


def test_exclusions_speak_of_flags():
    rule = RULE | {"id": "unskilled"}
    page, _ = pages(POLICY | {"rules": [rule]})["rules/unskilled.md"]
    assert "flagged" in page and "not flagged" in page and "not found" not in page


@pytest.mark.parametrize("name, words", [
    ("L10002", ["Occupational therapy only.", "Part A contractor only."]),
    ("L10003", ["retired", "Not for new claims.", "February 28, 2023", "Claim side not known.", "It was not shown."]),
])
def test_the_top_of_an_lcd_says_what_narrows_it(made, name, words):
    page, _ = made[f"lcds/{name}.md"]
    top = page[:page.index("## Whom it reaches")]
    assert 'class="limits"' in top
    for word in words:
        assert word in top, word


def test_the_top_of_a_plain_lcd_warns_of_nothing(made):
    assert 'class="limits limits--none"' in made["lcds/L10001.md"][0]


def test_contractors_say_none_and_not_read(made):
    page, _ = made["contractors.md"]
    assert "no LCD found" in page and "August 8, 2025" in page and "Nobody read it." in page
    assert re.search(r"\*\*Not read:\*\* Ohio\.", page)


def test_in_the_list_of_states_a_contractor_that_has_none_says_so():
    contractors = copy.deepcopy(POLICY["contractors"])
    contractors["contractors"][0]["no_lcd"] = contractors["contractors"][1]["no_lcd"] | {"side": ["B"]}
    page, _ = pages(POLICY | {"contractors": contractors})["contractors.md"]
    (row,) = [line for line in page.splitlines() if line.startswith("| Kentucky")]
    assert "none found for Part B" in row


def test_an_lcd_says_which_part_of_another_state_its_contractor_takes():
    contractors = copy.deepcopy(POLICY["contractors"])
    contractors["contractors"][0]["jurisdictions"][0]["side_exceptions"] = [{"state": "OH", "side": "B", "part": "one county"}]
    page, _ = pages(POLICY | {"contractors": contractors})["lcds/L10001.md"]
    assert "For Part B also, in Ohio: one county." in page


def test_in_the_list_of_states_a_narrow_lcd_is_shown_as_narrow(made):
    (row,) = [line for line in made["contractors.md"][0].splitlines() if line.startswith("| Kentucky")]
    assert "occupational therapy only, Part A contractor only" in row and "retired" in row


def test_every_link_leads_somewhere(made):
    for path, (page, _) in made.items():
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page):
            parts = path.split("/")[:-1] + target.split("/")
            while ".." in parts:
                at = parts.index("..")
                del parts[at - 1:at + 1]
            assert "/".join(parts) in made, (path, target)


def test_the_navigation_names_every_page_once(made):
    found = []

    def walk(entry):
        if isinstance(entry, str):
            found.append(entry)
        for value in entry.values() if isinstance(entry, dict) else entry if isinstance(entry, list) else ():
            walk(value)

    walk(nav(POLICY))
    assert len(found) == len(set(found))
    assert set(made) <= set(found)


# Periods ----------------------------------------------------------------------------------------------


def test_periods_join_without_gap_or_overlap_and_agree_with_the_checker():
    for one in POLICY["lcds"]:
        found = periods(one, status_on)
        assert found[0].first is None and found[-1].last is None
        for earlier, later in zip(found, found[1:]):
            assert earlier.last < later.first
            assert (earlier.status, earlier.version) != (later.status, later.version)
        for period in found:
            for when in filter(None, (period.first, period.last)):
                assert status_on(one, when)[:2] == (period.status, period.version)


def test_a_doubtful_day_between_last_day_and_gone_is_unknown():
    found = periods(POLICY["lcds"][2], status_on)
    assert [(period.first, period.last, period.status) for period in found] == [
        (None, "2019-12-31", "not yet"),
        ("2020-01-01", "2023-02-28", "in force"),
        ("2023-03-01", "2023-03-01", "unknown"),
        ("2023-03-02", None, "retired"),
    ]


# Markup -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value, shown", [
    ("- not a list", "&#45; not a list"),
    ("12. not a list", "&#49;&#50;. not a list"),
    ("12-18 visits", "12-18 visits"),
    ("a <b> & \"c\"", "a &#60;b&#62; &#38; &#34;c&#34;"),
    ("two\n  lines", "two lines"),
    (None, ""),
])
def test_text_is_text(value, shown):
    assert exact(value) == shown


def test_our_prose_spells_its_dates_out_and_quotations_do_not():
    assert text("From 2025-05-29 on.") == "From May 29, 2025 on."
    assert exact("From 2025-05-29 on.") == "From 2025-05-29 on."
    assert day("2025-13-01") == "2025-13-01"
    assert "2025-05-29" in note("Seen 2025-05-29")


def test_links_are_relative():
    assert link("x", "lcds/L1.md", "guidance/a.md") == "[x](../lcds/L1.md)"
    assert link("x", "guidance/b.md#c", "guidance/a.md") == "[x](b.md#c)"
    assert link("x", "a.md#c", "a.md") == "[x](#c)"
