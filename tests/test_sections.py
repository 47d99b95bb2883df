"""Where in the note: headings with and without colons, inside lines, short ones, empty ones, and notes with none."""

import pytest

from checker import facts, sections


@pytest.fixture
def at(policy):
    def section(note, words):
        found = facts.read(note, policy.lexicon).sections
        where = sections.at(found, note.index(words))
        return where.id if where else None
    return section


@pytest.mark.parametrize("note, words, section", [
    ("S: sore today\nO: flexion 95\nA: weak\nP: continue", "sore", "subjective"),
    ("S: sore today\nO: flexion 95\nA: weak\nP: continue", "weak", "assessment"),
    ("PAIN\nCurrent: 3; Best: 1; Worst: 7; Location: left heel\n", "heel", "pain"),
    ("GOALS 6 WK:\nflexion 120", "120", "goals"),
    ("Goals by 9/14: sit 90 s for dressing", "dressing", "goals"),
    ("OBJECTIVE\nflexion 95\n\nPLAN\nbridges next visit", "bridges", "plan"),
    ("P cont 2x wk, add bridges", "bridges", "plan"),
    ("Objective: flexion 95. HEP: heel slides daily", "heel", "home-program"),
    ("PMH: CHF, stroke 2014\nS: knee sore", "stroke", "history"),
    ("PMH: CHF, stroke 2014\nS: knee sore", "sore", "subjective"),
    ("Pt seen for gait. No headings here at all.", "headings", None),
    ("PLOF: independent with stairs\n\nNow needs a rail.", "rail", None),
    ("Plan for stairs is unclear but she did goals well", "stairs", None),
])
def test_which_section(at, note, words, section):
    assert at(note, words) == section


def test_a_heading_inside_a_line_lends_only_that_line(at):
    note = "Objective: flexion 95. HEP: heel slides\nGait slow with cane"
    assert at(note, "Gait") == "objective"


def test_sections_lie_inside_the_note(policy):
    note = "S:\nO:\nGoals:\nPlan:\nHEP:"
    for section in facts.read(note, policy.lexicon).sections:
        assert 0 <= section.start <= section.heading[1] <= section.end <= len(note)
