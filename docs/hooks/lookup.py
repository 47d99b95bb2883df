"""Where things are: the path of a page, and one thing of the policy by its id. Plain data in and out."""

from markup import text


def topic_path(topic: dict) -> str:
    return f"guidance/{topic['id']}.md"


def rule_path(rule_id: str) -> str:
    return f"rules/{rule_id}.md"


def lcd_path(lcd_id: str) -> str:
    return f"lcds/{lcd_id}.md"


def rules_of(policy: dict) -> list[dict]:
    return sorted(policy["rules"], key=lambda rule: int(rule["order"]))


def cited_by(rule: dict) -> list[str]:
    """The ids of the statements a rule cites."""
    return [cite.split("/", 1)[1].split("@")[0] for cite in rule["cites"]]


def statements_of(policy: dict, ids: list[str]) -> list[dict]:
    return [statement_of(policy, statement_id) for statement_id in ids]


def statement_of(policy: dict, statement_id: str) -> dict:
    return next(statement for statement in policy["policy"]["statements"] if statement["id"] == statement_id)


def statement_place(policy: dict, statement_id: str) -> str:
    """The page and anchor of a statement."""
    topic = next(topic for topic in policy["policy"]["topics"] if statement_id in topic["statements"])
    return f"{topic_path(topic)}#{statement_id}"


def lcd_of(policy: dict, lcd_id: str) -> dict:
    return next(lcd for lcd in policy["lcds"] if lcd["id"] == lcd_id)


def contractor_of(policy: dict, lcd: dict) -> dict:
    return next(one for one in policy["contractors"]["contractors"] if one["id"] == lcd["contractor"])


def state_names(policy: dict, codes: list[str]) -> str:
    names = policy["contractors"].get("states") or {}
    return text(", ".join(names.get(code, code) for code in codes))
