"""A page for each rule: the question, the words behind it, what each outcome means, examples."""

from lookup import cited_by, lcd_of, lcd_path, rule_path, rules_of, statement_of, statement_place, statements_of
from markup import box, bullets, exact, front, link, mark, note, page, table, text
from page_guidance import quotation
from wording import reach, where

from checker.report import EXCLUSIONS, OUTCOMES

# Where a rule says what it looks for, and the keys by which a tree names things.
LOGIC = ("applies", "expect", "elements", "partly", "partial", "flag")
NAMES = {"concept": "concept", "by": "concept", "measure": "measure", "fact": "fact"}

OUTCOME_WORDS = {
    "met": "met", "partial": "partly", "unmet": "not found", "not-applicable": "does not apply",
    "flagged": "flagged", "clear": "not flagged",
}


def rules_index(policy: dict) -> str:
    here = "rules/index.md"
    rows = [
        [
            f"{link(rule['title'], rule_path(rule['id']), here)}",
            text(rule["question"]),
            ", ".join(link(statement_of(policy, cited)["title"], statement_place(policy, cited), here) for cited in cited_by(rule)),
        ]
        for rule in rules_of(policy)
    ]
    return page(
        front(title="Rules", description="The questions a note is checked against, and the policy sentence behind each."),
        "# Rules",
        "A rule is one question about a note. Each cites the policy sentence it comes from, says what every "
        "outcome means for it, and shows invented notes with the outcome they get and why.",
        table(["Rule", "The question", "Comes from"], rows),
    )


def rule_page(policy: dict, rule: dict) -> str:
    here = rule_path(rule["id"])
    statements = statements_of(policy, cited_by(rule))
    return page(
        front(title=rule["title"], description=rule["question"]),
        f"# {text(rule['title'])}",
        f"{text(rule['question'])}\n{{ .lead }}",
        "## What the policy says {#policy}",
        *(quotation(policy, statement, here) for statement in statements),
        _binds(policy, statements, here),
        "## What each outcome means here {#outcomes}",
        _outcome_table(rule),
        _missing(rule),
        "## What would satisfy it {#satisfy}",
        box("plain", "Ours", text(rule["satisfy"])),
        *_examples(rule),
        _known_wrong(rule),
        _looks_for(policy, rule),
        _aliases(rule),
    )


def _binds(policy: dict, statements: list[dict], here: str) -> str:
    """Which claims the cited words bind, and where to read more of them."""
    ids = sorted({carried["lcd"] for statement in statements for carried in statement["carried_by"]})
    lcds = [lcd_of(policy, lcd_id) for lcd_id in ids]
    claims = "; ".join(f"{link(lcd['id'], lcd_path(lcd['id']), here)} ({reach(lcd)}, {where(lcd)})" for lcd in lcds)
    more = ", ".join(link(statement["title"], statement_place(policy, statement["id"]), here) for statement in statements)
    return f"**Binding for:** {claims}. For every other claim it is guidance.\n\n**In the guidance:** {more}."


def _outcome_table(rule: dict) -> str:
    rows = [[outcome_mark(rule, outcome), text(rule["say"][outcome])] for outcome in OUTCOMES if outcome in rule["say"]]
    return table(["Outcome", "What it says of the note"], rows)


def outcome_mark(rule: dict, outcome: str) -> str:
    """The outcome as its shape and word. For an exclusion a finding is the problem, so its words differ."""
    if rule["id"] in EXCLUSIONS:
        outcome = {"met": "clear", "unmet": "flagged"}.get(outcome, outcome)
    return mark(outcome, OUTCOME_WORDS[outcome])


def _missing(rule: dict) -> str:
    missing = [text(words) for words in (rule.get("missing") or {}).values()]
    reasons = [text(part["reason"]) for part in [rule, *(rule.get("partial") or [])] if part.get("reason")]
    blocks = []
    if missing:
        blocks += ["What the report can name as missing:", bullets(missing)]
    if reasons:
        blocks += [f"“{OUTCOME_WORDS['partial'].capitalize()}” is the outcome when:", bullets(reasons)]
    return page(*blocks)


def _examples(rule: dict) -> list[str]:
    """Every example under its outcome. The notes are invented."""
    examples = rule.get("examples") or {}
    blocks = ["## Examples {#examples}", "The notes are invented; no patient stands behind them."] if examples else []
    for outcome in OUTCOMES:
        if examples.get(outcome):
            blocks.append(f"### {outcome_mark(rule, outcome)} {{#examples-{outcome}}}")
            blocks += [_example(example) for example in examples[outcome]]
    return blocks


def _example(example: dict) -> str:
    visit = f" Checked as visit {exact(example['visit'])}." if example.get("visit") else ""
    return f'<div class="example">{note(example["note"])}<p><strong>Why:</strong> {text(example["because"])}{visit}</p></div>'


def _known_wrong(rule: dict) -> str:
    wrong = rule.get("known_wrong") or []
    if not wrong:
        return ""
    blocks = [
        f"Should be {outcome_mark(rule, example['should_be'])}, and is not yet.\n\n{_example(example)}" for example in wrong
    ]
    return page("## What the checker still gets wrong {#known-wrong}", *blocks)


def _looks_for(policy: dict, rule: dict) -> str:
    """The ids that the rule's trees name, for whoever wants to add a phrase; concepts with what they stand for."""
    concepts = policy["lexicon"].get("concepts") or []
    found = dict.fromkeys(_named([rule.get(key) for key in LOGIC]))
    rows = [[f"{kind} `{name}`", _stands_for(concepts, name) if kind == "concept" else ""] for kind, name in found]
    if not rows:
        return ""
    return page(
        "## What it looks for {#looks-for}",
        f"The rule's own file says how these are joined. A word that is missing is added to a concept: "
        f"{link('add a phrase', 'maintain/phrase.md', rule_path(rule['id']))}.",
        table(["Name", "Stands for"], rows),
    )


def _named(node) -> list[tuple[str, str]]:
    """(kind, name) of every concept, measure and fact in a tree, in its order."""
    if isinstance(node, list):
        return [name for child in node for name in _named(child)]
    if not isinstance(node, dict):
        return []
    own = [(kind, name) for key, kind in NAMES.items() for name in _listed(node.get(key))]
    return own + [name for key, child in node.items() if key not in NAMES for name in _named(child)]


def _listed(value: str | list | None) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def _stands_for(concepts: list[dict], name: str) -> str:
    """The titles of the concept of this name, or of those in the group of this name."""
    titles = [concept["title"] for concept in concepts if name == concept["id"] or name in (concept.get("is") or [])]
    return text(", ".join(titles))


def _aliases(rule: dict) -> str:
    aliases = [text(alias) for alias in rule.get("aliases") or []]
    return page("## Also asked as {#aliases}", f"{' · '.join(aliases)}\n{{ .aliases }}") if aliases else ""
