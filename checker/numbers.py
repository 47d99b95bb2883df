"""Numbers as a note has them, in digits or in words: "105", "one hundred and five", "3+", "four minus".

What a number means is read elsewhere (measures.py); here it is only found.
"""

from typing import NamedTuple

_ONES = {"zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}
_TEENS = {"ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
          "seventeen": 17, "eighteen": 18, "nineteen": 19}
_TENS = {"twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}
_NTH = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9,
        "tenth": 10, "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15,
        "sixteenth": 16, "seventeenth": 17, "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30}

ORDINALS = frozenset(_NTH)
_UNITS = _ONES | _TEENS | _NTH  # what may follow a ten, or stand alone
SPELLED = _UNITS | _TENS
_AFTER_HUNDREDS = frozenset({*_TENS, *_TEENS, "oh"})


class Number(NamedTuple):
    """A number as written: its words first..last-1, its value, and the sign of a grade: "+", "-" or ""."""
    first: int
    last: int
    value: float
    sign: str


def numbers(text):
    """The numbers of a text.Text -> [Number], in order."""
    words, out, past = text.words, [], 0
    for i, word in enumerate(words):
        if i < past or not (word in SPELLED or word[0].isdigit() or word[0] == "."):
            continue
        value, last = _at(words, i)
        if value is not None:
            past, sign = _sign(text, last, value)
            out.append(Number(i, past, value, sign))
    return out


def _at(words, i):
    """(value, word after) of the number that begins at word i, or (None, i) when it is none."""
    if words[i] in SPELLED:
        return spelled(words, i)
    try:
        return float(words[i]), i + 1
    except ValueError:  # a full stop, or digits of another script that float() does not read
        return None, i


def spelled(words, i):
    """(value, word after) of the number in words that begins at word i, one of SPELLED; (None, i) when it is none."""
    if 1 <= _UNITS.get(words[i], 0) <= 9 and i + 1 < len(words) and words[i + 1] in _AFTER_HUNDREDS:
        return _spoken_hundreds(words, i)
    if words[i] == "second":
        return None, i  # "per second"; after a ten it counts: "thirty second sit to stand"
    value, last = 0, i
    while last < len(words):
        word = words[last]
        if word in _TENS:
            value += _TENS[word]
        elif word in _UNITS:
            if last > i and words[last - 1] in _UNITS:
                break  # "four five" are two numbers
            value += _UNITS[word]
        elif word == "hundred":
            value *= 100
        elif word != "and" or words[last - 1] != "hundred":
            break
        last += 1
    return float(value), last


def _spoken_hundreds(words, i):
    """"one sixty five", "one eighteen", "one oh four": hundreds without the word."""
    if words[i + 1] == "oh":
        last = min(i + 3, len(words))
        rest = _UNITS.get(words[i + 2], 0) if i + 2 < len(words) else 0
    else:
        rest, last = spelled(words, i + 1)
    return _UNITS[words[i]] * 100.0 + rest, last


def _sign(text, last, value):
    """(word after, sign): the plus or minus of a grade, written against its number and no other ("3-", not "3-4")."""
    words = text.words
    if value > 5 or last >= len(words) or len(words[last - 1]) > 1 and words[last - 1].isdigit():
        return last, ""
    word = words[last]
    if word == "plus" or word == "minus":
        return last + 1, "+" if word == "plus" else "-"
    if (word == "+" or word == "-") and text.starts[last] == text.ends[last - 1]:
        joined = last + 1 < len(words) and words[last + 1][0].isdigit() and text.starts[last + 1] == text.ends[last]
        if not joined:
            return last + 1, word
    return last, ""
