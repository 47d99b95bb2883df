"""How we word what is known: how sure a fact is, whom an LCD reaches, what it was when it was checked."""

from lookup import state_names
from markup import day, exact, mark, source, table, text

from checker.policy import status_on

FORCE = {
    "requires": "Asks for",
    "recommends": "Recommends",
    "excludes": "Does not cover",
    "informs": "Explains",
}
CONFIDENCE = {
    "H": "Read in a stored copy of a CMS or contractor page, or of CMS's own data",
    "M": "Read in a good secondary source, or one step of inference away",
    "L": "Weak or conflicting evidence",
    "U": "Not confirmed",
}
DISCIPLINES = {"PT": "physical therapy", "OT": "occupational therapy"}


def disciplines(lcd: dict) -> str:
    names = [DISCIPLINES[key] for key in lcd.get("discipline") or []]
    if not names:
        return "discipline not known"
    return f"{names[0]} only" if len(names) == 1 else " and ".join(names)


def sides(lcd: dict) -> str:
    side = lcd.get("side")
    if not side:
        return "claim side not known"
    return f"Part {side[0]} contractor only" if len(side) == 1 else "Part A and Part B contractor"


def reach(lcd: dict) -> str:
    return f"{disciplines(lcd)}; {sides(lcd)}"


def where(lcd: dict) -> str:
    return text(", ".join(state for place in lcd["jurisdictions"] for state in place["states"]))


def narrowing(lcd: dict) -> str:
    """", occupational therapy only, Part A contractor only": what keeps an LCD from reaching every claim."""
    limits = [words for words in (disciplines(lcd), sides(lcd)) if words.endswith("only")]
    return "".join(f", {words}" for words in limits)


def when_checked(lcd: dict) -> tuple[str, str | None, str]:
    return status_on(lcd, lcd["checked"]["on"])


def checked_status(lcd: dict) -> str:
    return when_checked(lcd)[0]


def status_when_checked(lcd: dict) -> str:
    return mark(checked_status(lcd))


def exceptions(policy: dict, place: dict) -> list[str]:
    """What a contractor's jurisdiction takes of states that are otherwise another's, and what it leaves to others."""
    said = [
        f"For Part {text(one['side'])} also, in {state_names(policy, [one['state']])}: {text(one['part'])}."
        for one in place.get("side_exceptions") or []
    ]
    return said + [text(words) for words in [place.get("side_exceptions_elsewhere")] if words]


def unknown() -> str:
    return mark("unknown", "not known")


def how_sure(fact: dict) -> str:
    """How good the evidence of a fact is, and where it stands."""
    return f"{CONFIDENCE[fact['confidence']]}: {source(fact['source'])}"


def articles_table(articles: list[dict]) -> str:
    rows = [_article_row(article) for article in articles]
    return table(["Article", "Version and status", "How sure"], rows) if rows else ""


def _article_row(article: dict) -> list[str]:
    version = f"version {exact(article['version'])}" if article.get("version") else "version not known"
    effective = f"effective {day(article['effective'])}" if article.get("effective") else "effective date not known"
    status = f"{text(article['status'])} when read, {day(article['as_of'])}"
    note_on_it = f"<br>{text(article['note'])}" if article.get("note") else ""
    return [f"{exact(article['id'])}<br>{text(article['title'])}", f"{version}, {effective}<br>{status}", how_sure(article) + note_on_it]
