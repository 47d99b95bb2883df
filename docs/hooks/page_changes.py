"""The change log and its feeds: what changed in the policy, what was corrected here, what was checked and when.

    entries(policy)                -> [Entry, ...] newest first, all from days that stand in the YAML
    changes_page(policy)           -> the page
    rss(policy, title, address)    -> the same as RSS 2.0
    json_feed(policy, title, address) -> the same as JSON Feed 1.1

`address` is where the site is published, with a slash at its end, or "" when nobody has said: then links are relative.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import format_datetime
from xml.sax.saxutils import escape

from lookup import lcd_path, rule_path, statement_place
from markup import day as spelled, front, link, page, slug, table, text

from checker.policy import status_on

HERE = "changes.md"
RSS_FILE, JSON_FILE = "feed.xml", "feed.json"
ABOUT = "New words, versions and ends of the policies on CPT 97110, corrections of this guide, and what was checked."


@dataclass(frozen=True)
class Entry:
    """One thing that happened. key: names it for ever; day: the day it counts from, None when it is not known; known: the day
    on which it could be known here; to: the page about it, under docs/."""
    key: str
    kind: str
    day: str | None
    known: str
    title: str
    body: str
    to: str


def entries(policy: dict) -> list[Entry]:
    """Everything, what could be known last first."""
    found = [*_words(policy), *_first_readings(policy), *_versions(policy), *_ends(policy), *_checks(policy), *_corrections(policy)]
    return sorted(found, key=lambda entry: (entry.known, entry.day or "", entry.key), reverse=True)


def _words(policy):
    """A revision of a statement, once there is an older one or its day is known."""
    for statement in policy["policy"]["statements"]:
        *newer, oldest = statement["revisions"]
        for revision in [*newer, *([oldest] if oldest["effective"] else [])]:
            begins, read = revision["effective"], revision["read"]
            since = f"from {begins}" if begins else "from a day not known"
            yield Entry(f"statement-{statement['id']}-{begins or read['lcd'] + '-' + read['version']}", "words", begins, read["on"],
                        f"{statement['title']}: {'other words' if revision is not oldest else 'these words'} {since}",
                        f"Read in {read['lcd']}, version {read['version']}: {' '.join(revision['text'].split())}", statement_place(policy, statement["id"]))


def _first_readings(policy):
    """The oldest words we have, one entry for all that were read together."""
    together = {}
    for statement in policy["policy"]["statements"]:
        oldest = statement["revisions"][-1]
        if not oldest["effective"]:
            together.setdefault((oldest["read"]["on"], oldest["read"]["lcd"], oldest["read"]["version"]), []).append(statement["title"])
    for (on, lcd, version), titles in together.items():
        many = f"{len(titles)} statements" if len(titles) > 1 else "One statement"
        yield Entry(f"read-{lcd}-{version}-{on}", "check", on, on, f"{many} read in {lcd}, version {version}", "; ".join(titles) + ".", lcd_path(lcd))


def _versions(policy):
    for lcd in policy["lcds"]:
        for revision in lcd["revisions"]:
            begins, version = revision["effective"], revision["version"]
            named = f"{lcd['id']}, version {version}" if version else f"{lcd['id']}, first version known"
            posted = f" Posted on {revision['posted']}." if revision.get("posted") else ""
            yield Entry(f"{lcd['id']}-version-{version or 'of-' + str(begins)}", "version", begins, revision.get("posted") or _by_then(lcd, begins),
                        f"{named}, in force from {begins}" if begins else f"{named}, from a day not known",
                        f"{lcd['title']}.{posted} {revision.get('reason') or revision.get('version_reason') or ''}".strip(), lcd_path(lcd["id"]))


def _by_then(lcd, when):
    """The day on which something of an LCD could be known: its own, or that of the check when it is not known or lies ahead."""
    return min(when or lcd["checked"]["on"], lcd["checked"]["on"])


def _ends(policy):
    for lcd in policy["lcds"]:
        last, gone = lcd["last_day"], lcd.get("gone_by")
        if last:
            yield Entry(f"{lcd['id']}-last-day-{last}", "end", last, _by_then(lcd, last), f"{lcd['id']} {_ended(lcd)}: last in force on {last}",
                        lcd["last_day_reason"], lcd_path(lcd["id"]))
        elif gone:
            yield Entry(f"{lcd['id']}-gone-{gone}", "end", gone, _by_then(lcd, gone), f"{lcd['id']} {_ended(lcd)}: gone by {gone}",
                        lcd["gone_by_reason"], lcd_path(lcd["id"]))


def _ended(lcd):
    return "superseded" if lcd["checked"]["status"] == "superseded" else "retired"


def _checks(policy):
    source = policy["policy"]["source"]
    yield Entry(f"source-checked-{source['checked']}", "check", source["checked"], source["checked"], f"The source page read: {source['title']}",
                source.get("note") or "", "guidance/index.md")
    for lcd in policy["lcds"]:
        checked = lcd["checked"]
        status, version, _ = status_on(lcd, checked["on"])
        yield Entry(f"{lcd['id']}-checked-{checked['on']}", "check", checked["on"], checked["on"],
                    f"{lcd['id']} checked: {status}" + (f", version {version}" if version else ""), f"{checked['showed']} {checked['reason']}", lcd_path(lcd["id"]))
    for contractor in policy["contractors"]["contractors"]:
        none = contractor.get("no_lcd")
        if none:
            parts = " and ".join(f"Part {side}" for side in none.get("side") or ())
            yield Entry(f"{contractor['id']}-checked-{none['checked']}", "check", none["checked"], none["checked"],
                        f"{contractor['name']} checked: no LCD found{' for ' + parts if parts else ''}", none["text"], f"contractors.md#{contractor['id']}")


def _corrections(policy):
    """Every `corrected` in the policy, wherever it stands."""
    things = [(s["title"], f"statement-{s['id']}", s, statement_place(policy, s["id"])) for s in policy["policy"]["statements"]]
    things += [(lcd["id"], lcd["id"], lcd, lcd_path(lcd["id"])) for lcd in policy["lcds"]]
    things += [(c["name"], c["id"], c, f"contractors.md#{c['id']}") for c in policy["contractors"]["contractors"]]
    things += [(rule["title"], f"rule-{rule['id']}", rule, rule_path(rule["id"])) for rule in policy["rules"]]
    for name, key, thing, to in things:
        known = []
        for where, corrected in _corrected(thing, ""):
            own = f"{key}{'-' + slug(where) if where else ''}-corrected-{corrected['on']}"
            known.append(own)
            again = f"-{known.count(own)}" if known.count(own) > 1 else ""   # twice on one day, in one place
            yield Entry(own + again, "correction", corrected["on"], corrected["on"], f"Corrected: {name}{where}", corrected["why"], to)


def _corrected(value, where):
    """(which part of the thing, the correction) of each one below a value."""
    if isinstance(value, list):
        for item in value:
            yield from _corrected(item, where)
    elif isinstance(value, dict):
        if value.get("version") and "effective" in value:
            where = f", version {value['version']}"
        elif "effective" in value:
            where = f", words from {value['effective']}" if value["effective"] else ""
        for key, child in value.items():
            if key == "corrected":
                yield from ((where, one) for one in (child if isinstance(child, list) else [child]))
            else:
                yield from _corrected(child, where)


# The page ---------------------------------------------------------------------------------------------

SECTIONS = (
    ("policy", "What changed in the policy", ("words", "version", "end"),
     "By the day from which it counts. A day that is not known stands first, with what is known of it."),
    ("corrections", "What was corrected here", ("correction",), "Where this guide was wrong, and why it was changed."),
    ("checks", "What was read and checked", ("check",), "What a source showed on the day of the last look at it."),
)


def changes_page(policy: dict) -> str:
    found = entries(policy)
    return page(
        front(title="Change log", description=ABOUT),
        "# Change log",
        ABOUT + " It is made from the days in the policy's files, and written nowhere by hand.",
        f'To be told of what is new: <a href="../{RSS_FILE}">RSS feed</a>, <a href="../{JSON_FILE}">JSON feed</a>. '
        f"This is version {policy['policy']['version']} of the policy; every report of the checker names the version and the digest it was made with.",
        *(block for section in SECTIONS for block in _section(section, found)),
    )


def _section(section, found):
    key, title, kinds, about = section
    own = sorted((entry for entry in found if entry.kind in kinds), key=lambda e: (e.day is None, e.day or e.known, e.key), reverse=True)
    return [f"## {title} {{#{key}}}", about, table(["Day", "What", "In words"], [_row(entry) for entry in own]) if own else "Nothing so far."]


def _row(entry):
    when = spelled(entry.day) if entry.day else f"not known<br>seen {spelled(entry.known)}"
    return [f'<span id="{anchor(entry)}">{when}</span>', link(entry.title, entry.to, HERE), text(entry.body)]


def anchor(entry: Entry) -> str:
    """Where an entry stands on the page."""
    return slug(entry.key)


# The feeds --------------------------------------------------------------------------------------------


def rss(policy: dict, title: str, address: str) -> str:
    """RSS 2.0."""
    found = entries(policy)
    own = f'<atom:link href="{escape(address + RSS_FILE, _QUOTE)}" rel="self" type="application/rss+xml"/>\n' if address else ""
    items = "".join(
        f"<item>\n<title>{escape(entry.title)}</title>\n<link>{escape(_address(entry, address))}</link>\n<description>{escape(entry.body)}</description>\n"
        f"<category>{entry.kind}</category>\n<guid isPermaLink=\"false\">{escape(_guid(policy, entry))}</guid>\n<pubDate>{_stamp(entry.known)}</pubDate>\n</item>\n"
        for entry in found)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom">\n<channel>\n'
        f"<title>{escape(title)}</title>\n<link>{escape(address + 'changes/')}</link>\n<description>{escape(ABOUT)}</description>\n<language>en</language>\n"
        f"{own}<lastBuildDate>{_stamp(found[0].known)}</lastBuildDate>\n{items}</channel>\n</rss>\n")


_QUOTE = {'"': "&quot;"}


def _stamp(day):
    year, month, number = map(int, day.split("-"))
    return format_datetime(datetime(year, month, number, tzinfo=timezone.utc))


def json_feed(policy: dict, title: str, address: str) -> str:
    """JSON Feed 1.1."""
    own = {"home_page_url": address + "changes/", "feed_url": address + JSON_FILE} if address else {}
    items = [{"id": _guid(policy, entry), "url": _address(entry, address), "title": entry.title, "content_text": entry.body or entry.title,
              "date_published": f"{entry.known}T00:00:00Z", "tags": [entry.kind]} for entry in entries(policy)]
    made = {"version": "https://jsonfeed.org/version/1.1", "title": title, **own, "description": ABOUT, "language": "en", "items": items}
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def _address(entry, address):
    return f"{address}changes/#{anchor(entry)}"


def _guid(policy, entry):
    """The same wherever the site is published, so that a reader's program shows nothing twice."""
    return f"{policy['policy']['id']}:{entry.key}"
