"""The note as text: offsets survive, lines and sentences fall where a reader would put them."""

import unicodedata

import pytest
from hypothesis import given, settings, strategies as st

from checker import text

ANY_TEXT = st.text(st.characters(codec="utf-8"), max_size=400)


@given(ANY_TEXT)
def test_normalising_keeps_every_offset(note):
    assert len(text.normalise(note)) == len(note)


@given(ANY_TEXT)
def test_words_lie_inside_the_note_in_order_and_are_what_stands_there(note):
    read = text.read(note)
    last = 0
    for word, start, end in zip(read.words, read.starts, read.ends):
        assert last <= start < end <= len(note)
        assert read.norm[start:end] == word
        last = end


@given(ANY_TEXT)
def test_sentences_cover_every_word_once(note):
    read = text.read(note)
    covered = [i for first, last in read.sentences for i in range(first, last)]
    assert covered == list(range(len(read.words)))


@pytest.mark.parametrize("letter", ["İ", "ẞ", "ﬁ", "Ǆ", "𝔄", "😀"])
def test_letters_that_grow_when_lowered_keep_their_length(letter):
    assert len(text.normalise(letter * 3)) == len(letter * 3), unicodedata.name(letter[0])


def sentences(note):
    read = text.read(note)
    return [note[read.starts[a]:read.ends[b - 1]] for a, b in read.sentences]


def test_a_hard_wrapped_paragraph_is_read_across_its_lines():
    note = ("Patient states that she is doing better this week and the\n"
            "shoulder is less sore in the morning, but reaching to the\n"
            "second shelf still is not possible without a step stool or\n"
            "help. Range of motion remains limited and grip is\nweak.\n")
    assert sentences(note)[-1].replace("\n", " ") == "Range of motion remains limited and grip is weak."


def test_a_list_of_short_lines_is_one_sentence_a_line():
    assert sentences("quad sets 2x10\nheel slides x20\nSLR x15") == ["quad sets 2x10", "heel slides x20", "SLR x15"]


@pytest.mark.parametrize("note, expected", [
    ("L knee 40 deg. Pain at end range.", ["L knee 40 deg.", "Pain at end range."]),
    ("Seen by Dr. Smith today. No falls.", ["Seen by Dr. Smith today.", "No falls."]),
    ("1. Balance training.\n2. Gait training.", ["1. Balance training.", "2. Gait training."]),
    ("Flexion 95.5 degrees now.", ["Flexion 95.5 degrees now."]),
    ("No new complaints.All goals discussed.", ["No new complaints.", "All goals discussed."]),
])
def test_where_a_sentence_ends(note, expected):
    assert sentences(note) == expected


def test_hyphens_inside_words_part_them_and_signs_of_grades_stay():
    assert text.split_words("Sit-to-stand w/ 4-/5 and 3+") == ["sit", "to", "stand", "w", "/", "4", "-", "/", "5", "and", "3", "+"]


def test_windows_and_old_mac_line_ends():
    for end in ("\n", "\r\n", "\r"):
        read = text.read(f"one{end}two")
        assert [read.line_of[0], read.line_of[1]] == [0, 1]


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(["a", "no ", "3/5 ", "- ", "(", "[ ] ", ". ", "\n", "'", "\t", "x"]), st.integers(1, 3000))
def test_long_runs_of_one_thing_are_read(piece, times):
    text.read(piece * times)


@given(st.text("abz09 .,-'>_/(\n\t", max_size=80))
def test_plain_text_is_split_as_any_text_is(plain):
    with_more = text.read(plain + " é").words  # another letter, so that the other pattern reads it
    assert text.read(plain).words == with_more[:-1]
