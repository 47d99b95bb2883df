"""How we write: text, dates, marks and tables as Markdown. Plain strings in, Markdown out.

Everything that comes from the policy passes through `text` or `note` first, so a `*` or a `<` in the
YAML reaches the reader as a `*` or a `<`.
"""

import posixpath
import re
from datetime import date

# A shape beside each word, so that no meaning hangs on colour alone.
SHAPES = {
    "met": "✓", "partial": "◐", "unmet": "○", "not-applicable": "–", "flagged": "▲", "clear": "✓",
    "in force": "●", "not yet": "◌", "superseded": "◑", "retired": "■", "unknown": "?", "none": "∅",
}

# Characters that mean something to HTML or to Markdown; an entity means only itself.
_SPECIAL = {ord(char): f"&#{ord(char)};" for char in "&<>\"\\`*_[]{}|#~^"}
_LINE_START = re.compile(r"^([-+=:]|\d+(?=[.)]))")
_ISO_DAY = re.compile(r"\b\d{4}-\d{2}-\d{2}\b")


def exact(value: str | None) -> str:
    """The value on one line, character for character, safe in Markdown and in HTML."""
    line = " ".join((value or "").split()).translate(_SPECIAL)
    return _LINE_START.sub(lambda found: "".join(f"&#{ord(char)};" for char in found[0]), line)


def text(value: str | None) -> str:
    """Our own prose on one line: as `exact`, with its dates spelled out."""
    return exact(_ISO_DAY.sub(lambda found: day(found[0]), value or ""))


def paragraphs(value: str) -> str:
    """Quoted words as HTML paragraphs; a blank line in the source parts them."""
    parts = re.split(r"\n\s*\n", value.strip())
    return "".join(f"<p>{exact(part)}</p>" for part in parts)


def note(value: str) -> str:
    """An example note as it was written, line by line, in one line of HTML."""
    body = value.strip("\n").translate(_SPECIAL).replace("\n", "&#10;")
    return f'<pre class="note" tabindex="0" aria-label="Example note">{body}</pre>'


def slug(value: str) -> str:
    """A word that can stand in an id or a class name."""
    return re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")


def day(value: str | None) -> str:
    """2026-11-23 as November 23, 2026; anything else as it is."""
    try:
        when = date.fromisoformat(value or "")
    except ValueError:
        return exact(value)
    return f"{when:%B} {when.day}, {when.year}"


def mark(kind: str, words: str | None = None) -> str:
    """A status or outcome: shape and word."""
    shape = f'<span class="mark__shape" aria-hidden="true">{SHAPES[kind]}</span>'
    return f'<span class="mark mark--{slug(kind)}">{shape} {text(words or kind)}</span>'


def link(label: str, to: str, page: str) -> str:
    """A Markdown link from `page` to `to`; both are paths under docs/. The label is plain text."""
    target, _, anchor = to.partition("#")
    path = posixpath.relpath(target, posixpath.dirname(page) or ".") if target != page else ""
    return f"[{text(label)}]({path}{'#' + anchor if anchor else ''})"


def source(address: str | None) -> str:
    """The name of the site a fact was read on, as a link to the page."""
    if not address:
        return "no source given"
    host = re.sub(r"^https?://(www\.)?", "", address).split("/")[0]
    return f'<a href="{exact(address)}">{exact(host)}</a>'


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table; the cells are Markdown already.

    On a phone each row becomes a block without the head, so a cell must say by itself what it is.
    """
    lines = [head, ["---"] * len(head), *rows]
    body = "\n".join("| " + " | ".join(cell or " " for cell in line) + " |" for line in lines)
    return f'<div class="stack" markdown>\n\n{body}\n\n</div>'


def bullets(items: list[str]) -> str:
    return "\n".join(f"- {item}" for item in items)


def facts(pairs: list[tuple[str, str]]) -> str:
    """Named facts as a definition list; the values are Markdown already."""
    lines = [f"{exact(name)}\n:   {value}" for name, value in pairs if value]
    return '<div class="facts" markdown>\n\n' + "\n\n".join(lines) + "\n\n</div>"


def box(kind: str, label: str, body: str) -> str:
    """Our own words in a labelled block; the body is Markdown."""
    return f'<div class="{kind}" markdown>\n<p class="{kind}__label">{text(label)}</p>\n\n{body}\n\n</div>'


def page(*blocks: str) -> str:
    """Blocks of Markdown as one page; empty blocks fall away."""
    return "\n\n".join(block for block in blocks if block)


def front(**meta: str) -> str:
    """A page's front matter."""
    lines = [f"{key}: {_quoted(value)}" for key, value in meta.items() if value]
    return "---\n" + "\n".join(lines) + "\n---"


def _quoted(value: str) -> str:
    return "'" + " ".join(value.split()).replace("'", "''") + "'"
