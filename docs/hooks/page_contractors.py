"""The page of contractors: who serves which state, and what they have or are not known to have."""

from lookup import lcd_of, lcd_path, state_names
from markup import bullets, day, exact, front, link, mark, page, table, text
from wording import articles_table, exceptions, how_sure, narrowing, reach, status_when_checked


def contractors_page(policy: dict) -> str:
    here = "contractors.md"
    contractors = policy["contractors"]["contractors"]
    return page(
        front(
            title="Contractors and states",
            description="Which Medicare contractor serves which state, and whether it has a therapy LCD.",
        ),
        "# Contractors and states",
        "Medicare claims go to the contractor of the state where the service is given, and a claim has a side: "
        "Part A contractors take hospitals and other facilities, Part B contractors take private practices. "
        "A contractor's LCD never binds another contractor's claims.",
        "## By state {#states}",
        _states_table(policy, here),
        *(_contractor_section(policy, contractor, here) for contractor in contractors),
    )


def _states_table(policy: dict, here: str) -> str:
    names = policy["contractors"].get("states") or {}
    served = {code: _servers(policy, code) for code in sorted(names, key=names.get)}
    rows = [[text(names[code]), *_state_cells(policy, servers, here)] for code, servers in served.items() if servers]
    unread = [text(names[code]) for code, servers in served.items() if not servers]
    return page(
        table(["State", "Contractor", "LCDs, and their status when checked"], rows),
        f"**Not read:** {', '.join(unread)}. No source was read that says which contractor serves these, so the checker says so and names no LCD." if unread else "",
    )


def _servers(policy: dict, code: str) -> list[tuple[dict, str]]:
    """The contractors that serve a state, each with its jurisdiction and, if it takes only a part, which."""
    found = []
    for contractor in policy["contractors"]["contractors"]:
        for place in contractor["jurisdictions"]:
            parts = [exception for exception in place.get("side_exceptions") or [] if exception["state"] == code]
            if code in place["states"]:
                found.append((contractor, place["id"]))
            found += [(contractor, f"{place['id']}, for Part {part['side']}: {part['part']}") for part in parts]
    return found


def _state_cells(policy: dict, servers: list[tuple[dict, str]], here: str) -> list[str]:
    names = [f"[{text(contractor['name'])}](#{contractor['id']}) ({text(place)})" for contractor, place in servers]
    lcds = [_lcd_links(policy, contractor, here) for contractor, _ in servers]
    return ["<br>".join(names), "<br>".join(lcds)]


def _lcd_links(policy: dict, contractor: dict, here: str) -> str:
    """A contractor's LCDs with whatever narrows them; and those we know of but do not have."""
    lcds = [lcd_of(policy, lcd_id) for lcd_id in contractor["lcds"]]
    links = [f"{link(lcd['id'], lcd_path(lcd['id']), here)} {status_when_checked(lcd)}{narrowing(lcd)}" for lcd in lcds]
    others = [f"{text(other['id'])} (not in this guide){narrowing(other)}" for other in contractor.get("other_lcds") or []]
    none = contractor.get("no_lcd")
    lacking = [mark("none", f"none found{_for_side(none)}")] if none else []
    return "<br>".join(links + others + lacking) or "none"


def _contractor_section(policy: dict, contractor: dict, here: str) -> str:
    rows = [_place_row(policy, place) for place in contractor.get("jurisdictions") or []]
    unread = f"{mark('unknown', 'not read')} {text(contractor.get('jurisdictions_reason'))}"
    articles = articles_table(contractor.get("articles") or [])
    return page(
        f"## {text(contractor['name'])} {{#{contractor['id']}}}",
        table(["Jurisdiction", "States", "How sure"], rows) if rows else unread,
        _contractor_lcds(policy, contractor, here),
        _no_lcd(contractor),
        _other_lcds(contractor),
        page("Billing and coding articles:", articles) if articles else "",
    )


def _place_row(policy: dict, place: dict) -> list[str]:
    served = state_names(policy, place["states"])
    said = "<br>".join([served, *exceptions(policy, place)])
    return [exact(place["id"]), said, how_sure(place)]


def _contractor_lcds(policy: dict, contractor: dict, here: str) -> str:
    lcds = [lcd_of(policy, lcd_id) for lcd_id in contractor.get("lcds") or []]
    return bullets([
        f"{link(lcd['id'], lcd_path(lcd['id']), here)} {text(lcd['title'])}: {status_when_checked(lcd)} on {day(lcd['checked']['on'])}; {reach(lcd)}"
        for lcd in lcds
    ])


def _no_lcd(contractor: dict) -> str:
    none = contractor.get("no_lcd")
    if not none:
        return ""
    return (
        f"{mark('none', 'no LCD found' + _for_side(none))} {text(none['text'])} Checked {day(none['checked'])}. "
        f"{how_sure(none)}."
    )


def _for_side(none: dict) -> str:
    return f" for Part {' and '.join(none['side'])}" if none.get("side") else f" in the list of {day(none['checked'])}"


def _other_lcds(contractor: dict) -> str:
    others = contractor.get("other_lcds") or []
    if not others:
        return ""
    rows = [
        [
            f"{text(other['id'])}<br>{text(other['title'])}", reach(other),
            f"version {exact(other['version'])}, effective {day(other['effective'])}<br>{text(other['status'])} when read, {day(other['as_of'])}", f"{text(other['why'])} {how_sure(other)}",
        ]
        for other in others
    ]
    return page("Known, but its words are not in this guide:", table(["LCD", "For", "Version and status", "Why not"], rows))
