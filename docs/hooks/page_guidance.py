"""The guidance: for each topic the policy's exact words, who says them, and what we make of them.

The exact words come first; what we say about them follows and looks different.
"""

from lookup import (
    cited_by, contractor_of, lcd_of, lcd_path, rule_path, rules_of, statement_place, statements_of, topic_path,
)
from markup import box, day, exact, front, link, page, paragraphs, table, text
from wording import CONFIDENCE, FORCE, reach, status_when_checked, where


def guidance_index(policy: dict) -> str:
    here = "guidance/index.md"
    sections = [_topic_summary(policy, topic, here) for topic in policy["policy"]["topics"]]
    return page(
        front(title="Guidance", description="What Medicare's local policies say about CPT 97110, word for word, by topic."),
        "# Guidance",
        "What the local coverage determinations (LCDs) say about CPT 97110, topic by topic. On each page "
        "the policy's own words come first; what we make of them follows and is marked as ours. No LCD holds "
        "all of these words: each statement names the LCD that carries it, and an LCD binds only the claims it "
        f"reaches. Look up yours under {link('contractors and states', 'contractors.md', here)}.",
        f"The words are copied from {_source_page(policy)}, as it stood on {day(policy['policy']['source']['checked'])}. "
        f"{text(policy['policy']['source'].get('note'))}".rstrip(),
        *sections,
    )


def _topic_summary(policy: dict, topic: dict, here: str) -> str:
    rows = [
        [
            link(statement["title"], statement_place(policy, statement["id"]), here),
            FORCE[statement["force"]],
            ", ".join(link(carried["lcd"], lcd_path(carried["lcd"]), here) for carried in statement["carried_by"]),
        ]
        for statement in statements_of(policy, topic["statements"])
    ]
    return page(
        f"## {link(topic['title'], topic_path(topic), here)} {{#{topic['id']}}}",
        table(["Statement", "What it does", "Carried by"], rows),
    )


def topic_page(policy: dict, topic: dict) -> str:
    here = topic_path(topic)
    statements = statements_of(policy, topic["statements"])
    return page(
        front(title=topic["title"], description=f"CPT 97110, {topic['title'].lower()}: the policy's words and what they mean."),
        f"# {text(topic['title'])}",
        *(statement_section(policy, statement, here) for statement in statements),
    )


def statement_section(policy: dict, statement: dict, here: str) -> str:
    """One statement: the exact words, who carries them, then ours."""
    return page(
        f"## {text(statement['title'])} {{#{statement['id']}}}",
        quotation(policy, statement, here),
        box("plain", "In plain words (ours)", text(statement["plain"])),
        _reading(statement),
        "**Who says so**\n{ .minor }",
        _carriers(policy, statement, here),
        _older_words(statement),
        _related_rules(policy, statement, here),
    )


def quotation(policy: dict, statement: dict, here: str) -> str:
    """The newest words of a statement, set apart, with their source under them."""
    revision = statement["revisions"][0]
    cited = ", ".join(
        f"{link('LCD ' + carried['lcd'], lcd_path(carried['lcd']), here)} version {text(carried['version'])}"
        for carried in statement["carried_by"]
    )
    place = f"Copied from {_source_page(policy)}, its part on {exact(_part(statement['heading']))}."
    since = _since(revision)
    label = f"Policy text · {FORCE[statement['force']].lower()}"
    return "\n".join([
        '<div class="policy" markdown>',
        f'<p class="policy__label">{text(label)}</p>',
        "",
        f"<blockquote>{_words(revision)}</blockquote>",
        "",
        f"{cited}. {place} Read {day(revision['read']['on'])}.{since}",
        "{ .policy__source }",
        "",
        "</div>",
    ])


def _part(heading: str) -> str:
    """The name of a part within a sentence. Not all parts have a printed heading, so it is no quotation."""
    return heading[0].lower() + heading[1:]


def _source_page(policy: dict) -> str:
    """The page from which the words were taken, as a link."""
    page_read = policy["policy"]["source"]
    return f'<a href="{exact(page_read["url"])}">{exact(page_read["title"])}</a>'


def _words(revision: dict) -> str:
    """The exact words: the lead-in of the list they stand in, if they do, then their own."""
    lead = revision.get("lead")
    return (f'<p class="policy__lead">{exact(lead)}</p>' if lead else "") + paragraphs(revision["text"])


def _reading(statement: dict) -> str:
    reading = statement.get("reading")
    return box("plain", "How we read it (ours)", text(reading)) if reading else ""


def _carriers(policy: dict, statement: dict, here: str) -> str:
    rows = [_carrier_row(policy, carried, here) for carried in statement["carried_by"]]
    return table(["LCD", "For", "How it has these words"], rows)


def _carrier_row(policy: dict, carried: dict, here: str) -> list[str]:
    lcd = lcd_of(policy, carried["lcd"])
    name = f"{link(lcd['id'], lcd_path(lcd['id']), here)} version {text(carried['version'])}"
    contractor = f"{text(contractor_of(policy, lcd)['name'])}, {where(lcd)}<br>{reach(lcd)}"
    match = _sentences(carried["match"], carried.get("note"), CONFIDENCE[carried["confidence"]])
    return [f"{name}<br>{status_when_checked(lcd)} on {day(lcd['checked']['on'])}", contractor, match]


def _sentences(*parts: str | None) -> str:
    """The parts as sentences, one after the other."""
    said = [part.rstrip(".") for part in parts if part]
    return " ".join(f"{text(part[0].upper() + part[1:])}." for part in said)


def _since(revision: dict) -> str:
    """From when the newest words hold. Words read before their day are told as what is to come, whenever the page is read."""
    begins = revision.get("effective")
    if not begins:
        return ""
    if begins > revision["read"]["on"]:
        return f" Put up before they apply: these words hold from {day(begins)}, and for earlier claims the words further down do."
    return f" In these words since {day(begins)}."


def _older_words(statement: dict) -> str:
    newest, *older = statement["revisions"]
    blocks = [] if newest.get("effective") else [f"Since when these words have applied is not known: {text(newest['reason'])}"]
    blocks += [
        f"**Until then, from {day(revision['effective']) if revision.get('effective') else 'a day not known'}:**\n\n"
        f'<div class="policy policy--old"><blockquote>{_words(revision)}</blockquote></div>'
        for revision in older
    ]
    return page(*blocks)


def _related_rules(policy: dict, statement: dict, here: str) -> str:
    links = [link(rule["title"], rule_path(rule["id"]), here) for rule in rules_of(policy) if statement["id"] in cited_by(rule)]
    return f"**A note is checked for this by:** {', '.join(links)}" if links else "No rule checks a note for this."
