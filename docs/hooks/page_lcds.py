"""A page for each LCD: whom it reaches, its status by date of service, what was read and what was not."""

from lookup import contractor_of, lcd_path, state_names, statement_place
from markup import bullets, day, exact, facts, front, link, mark, page, source, table, text
from status import Period, periods
from wording import (
    DISCIPLINES, articles_table, checked_status, disciplines, exceptions, how_sure, reach, sides, status_when_checked, where, unknown, when_checked,
)

from checker.policy import status_on


def lcds_index(policy: dict) -> str:
    here = "lcds/index.md"
    rows = [
        [
            f"{link(lcd['id'], lcd_path(lcd['id']), here)}<br>{text(lcd['title'])}",
            text(contractor_of(policy, lcd)["name"]),
            f"{reach(lcd)}<br>{where(lcd)}",
            status_when_checked(lcd),
        ]
        for lcd in policy["lcds"]
    ]
    return page(
        front(title="LCDs", description="The local coverage determinations behind this guide: whom they reach and when they applied."),
        "# Local coverage determinations",
        "An LCD is one contractor's policy. It reaches only that contractor's states, the disciplines and the "
        "claim side it was written for, and the dates of service on which it was in force.",
        table(["LCD", "Contractor", "For", "Status when checked"], rows),
        f"Who serves your state, and whether there is an LCD at all: {link('contractors and states', 'contractors.md', here)}.",
        "**How this was read:** in stored copies of public pages and data, not on the live pages. Before you rely on a date, "
        "open the LCD in the <a href=\"https://www.cms.gov/medicare-coverage-database/search.aspx\">Medicare Coverage Database</a>.",
    )


def lcd_page(policy: dict, lcd: dict) -> str:
    here = lcd_path(lcd["id"])
    return page(
        front(
            title=f"{lcd['id']} {contractor_of(policy, lcd)['name']}",
            description=f"LCD {lcd['id']}, {lcd['title']}: reach, dates, status and what it says about CPT 97110.",
        ),
        f"# {text(lcd['id'])}: {text(lcd['title'])}",
        _banner(lcd),
        "## Whom it reaches {#reach}",
        _identity(policy, lcd),
        "## Status by date of service {#status}",
        _periods_table(periods(lcd, status_on)),
        "## Revisions {#revisions}",
        _revisions_table(lcd),
        "## What was read {#read}",
        _what_was_read(lcd),
        "## What it says about 97110 {#statements}",
        _carried(policy, lcd, here),
        _articles(lcd),
        _notes(lcd),
    )


def _banner(lcd: dict) -> str:
    """What must not be missed, at the top: the status, and every narrowing of the reach."""
    warnings = [_status_warning(lcd), _discipline_warning(lcd), _side_warning(lcd)]
    lines = "".join(f"<li>{warning}</li>" for warning in warnings if warning)
    kind = "limits" if any(warnings[1:]) or checked_status(lcd) != "in force" else "limits limits--none"
    return f'<ul class="{kind}">{lines}</ul>'


def _status_warning(lcd: dict) -> str:
    status, _, words = when_checked(lcd)
    ended = "<strong>Not for new claims.</strong> " if status in ("retired", "superseded") else ""
    return f"{mark(status)} {ended}{text(words)}"


def _discipline_warning(lcd: dict) -> str:
    if not lcd.get("discipline"):
        return f"<strong>Discipline not known.</strong> {text(lcd.get('discipline_reason'))}"
    if len(lcd["discipline"]) != 1:
        return ""
    (only,) = lcd["discipline"]
    other = next(name for key, name in DISCIPLINES.items() if key != only)
    return f"<strong>{DISCIPLINES[only].capitalize()} only.</strong> It does not govern a {other} claim."


def _side_warning(lcd: dict) -> str:
    side = lcd.get("side")
    if not side:
        return f"<strong>Claim side not known.</strong> {text(lcd.get('side_reason'))}"
    if side == ["A"]:
        return (
            "<strong>Part A contractor only.</strong> It does not govern claims billed to the Part B contractor, "
            "such as those of a private practice."
        )
    if side == ["B"]:
        return "<strong>Part B contractor only.</strong> It does not govern claims billed to the Part A contractor."
    return ""


def _identity(policy: dict, lcd: dict) -> str:
    places = "<br>".join(_place(policy, lcd, place) for place in lcd["jurisdictions"])
    return facts([
        ("Contractor", text(contractor_of(policy, lcd)["name"])),
        ("Discipline", disciplines(lcd).capitalize()),
        ("Claim side", sides(lcd)[0].upper() + sides(lcd)[1:]),
        ("Jurisdictions", places),
        ("Source", how_sure(lcd)),
    ])


def _place(policy: dict, lcd: dict, place: dict) -> str:
    """A jurisdiction, its states by name, and what limits our knowledge of it."""
    known = ""
    if place.get("known_from"):
        known = f" Known to apply there from {day(place['known_from'])}. {text(place['known_from_reason'])}"
    parts = "".join(f" {part}" for part in _parts_of_states(policy, lcd, place))
    return f"{exact(place['id'])}: {state_names(policy, place['states'])}.{parts} <small>{how_sure(place)}.{known}</small>"


def _parts_of_states(policy: dict, lcd: dict, place: dict) -> list[str]:
    """What the contractor's jurisdiction takes of other states, or leaves to other contractors."""
    its = [one for one in contractor_of(policy, lcd)["jurisdictions"] if one["id"] == place["id"]]
    return [said for one in its for said in exceptions(policy, one)]


def _periods_table(found: list[Period]) -> str:
    rows = [[_span(period), _status_and_version(period), text(period.words)] for period in found]
    return table(["Date of service", "Status", "In words"], rows)


def _status_and_version(period: Period) -> str:
    return mark(period.status) + (f"<br>version {exact(period.version)}" if period.version else "")


def _span(period: Period) -> str:
    if period.first and period.first == period.last:
        return _unbroken(f"{day(period.first)} only")
    ends = [f"from {day(period.first)}" if period.first else "", f"to {day(period.last)}" if period.last else ""]
    return "<br>".join(_unbroken(end) for end in ends if end) or "any day"


def _unbroken(words: str) -> str:
    return f'<span class="unbroken">{words}</span>'


def _revisions_table(lcd: dict) -> str:
    rows = [
        [
            _known_version(revision),
            _known_effective(revision) + (f"<br>posted {day(revision['posted'])}" if revision.get("posted") else ""),
            how_sure(revision),
        ]
        for revision in lcd["revisions"]
    ]
    last = lcd.get("last_day")
    ending = f"**Last date of service:** {day(last)}." if last else "**Last date of service:** none is recorded."
    return page(
        table(["Version", "Effective", "How sure"], rows),
        f"**Before these:** {text(lcd['earlier'])}" if lcd.get("earlier") else "",
        f"{ending} {text(lcd.get('last_day_reason'))}".rstrip(),
    )


def _known_version(revision: dict) -> str:
    if revision.get("version"):
        return f"Version {exact(revision['version'])}"
    return f"Version {unknown()}<br>{text(revision.get('version_reason'))}"


def _known_effective(revision: dict) -> str:
    """The first day of a revision; or that it is unknown, why, and how early it can be."""
    if revision.get("effective"):
        return f"Effective {day(revision['effective'])}" + (", the original" if revision.get("original") else "")
    earliest = f" Not before {day(revision['not_before'])}: {text(revision.get('not_before_reason'))}" if revision.get("not_before") else ""
    return f"Effective date {unknown()}<br>{text(revision.get('reason'))}{earliest}"


def _what_was_read(lcd: dict) -> str:
    checked = lcd["checked"]
    lines = [
        f"**Checked:** {day(checked['on'])}" + (f", version {text(checked['version'])}" if checked.get("version") else ""),
        f"**The source showed:** {text(checked.get('showed'))}" if checked.get("showed") else "",
        f"**Not known:** {text(checked['reason'])}" if checked.get("reason") else "",
        f"**Newest dated source:** {day(checked['dated'])}" if checked.get("dated") else "",
        f"**Last seen live:** {day(lcd['last_seen'])}. {text(lcd.get('last_seen_reason'))}" if lcd.get("last_seen") else "",
        f"**Gone by:** {day(lcd['gone_by'])}. {text(lcd.get('gone_by_reason'))}" if lcd.get("gone_by") else "",
        f"**Source:** {source(checked.get('source'))}" if checked.get("source") else "",
    ]
    return bullets([line for line in lines if line])


def _carried(policy: dict, lcd: dict, here: str) -> str:
    rows = [
        [
            link(statement["title"], statement_place(policy, statement["id"]), here),
            f"version {exact(carried['version'])}",
            text(carried["match"]),
        ]
        for statement in policy["policy"]["statements"]
        for carried in statement["carried_by"]
        if carried["lcd"] == lcd["id"]
    ]
    if not rows:
        return "Nothing in this guide is quoted from it: its text about 97110 could not be read, or carries none of these statements."
    return table(["Statement", "Read in version", "Match"], rows)


def _articles(lcd: dict) -> str:
    articles = articles_table(lcd.get("articles") or [])
    return page("## Billing and coding articles {#articles}", articles) if articles else ""


def _notes(lcd: dict) -> str:
    notes = lcd.get("notes") or []
    return page("## Notes {#notes}", bullets([text(line) for line in notes])) if notes else ""
