"""Numbers in digits and in words, and the sign of a grade."""

import pytest
from hypothesis import given, strategies as st

from checker import numbers, text


def values(words):
    return [n.value for n in numbers.numbers(text.read(words))]


@pytest.mark.parametrize("words, found", [
    ("105", [105]), ("98.6", [98.6]), ("seven", [7]), ("eighty five", [85]), ("twenty two", [22]), ("twenty-two", [22]),
    ("one hundred and five", [105]), ("two hundred", [200]), ("one oh four", [104]), ("one eighteen", [118]),
    ("one sixty five", [165]), ("four five", [4, 5]), ("the third of four", [3, 4]), ("thirty second hold", [32]),
    ("per second", []), ("no number and none", []), ("x²", []),
])
def test_values(words, found):
    assert values(words) == found


@pytest.mark.parametrize("words, sign", [
    ("3+", "+"), ("4-", "-"), ("4-/5", "-"), ("four plus", "+"), ("three minus", "-"), ("3", ""), ("3 - 4", ""), ("3-4", ""), ("12+", ""),
])
def test_signs(words, sign):
    assert numbers.numbers(text.read(words))[0].sign == sign


def test_a_number_that_breaks_off_ends_with_the_note():
    assert values("flexion one oh") == [100]


@given(st.lists(st.sampled_from([*numbers.SPELLED, "hundred", "and", "oh", "plus", "-", "3", "4.5", "."]), max_size=12).map(" ".join))
def test_numbers_lie_in_order_within_the_note(words):
    read = text.read(words)
    at = 0
    for number in numbers.numbers(read):
        assert at <= number.first < number.last <= len(read.words)
        at = number.last
