"""The pages that are made from the policy: pure functions from the policy to Markdown.

    pages(policy) -> {path: (markdown, source)}   path under docs/; source: the YAML file that made it
    nav(policy)   -> the navigation of the whole site, in MkDocs' own shape

What stands on a page is in the page_... module of its kind.
"""

from lookup import contractor_of, lcd_path, rule_path, rules_of, topic_path
from page_changes import changes_page
from page_contractors import contractors_page
from page_guidance import guidance_index, topic_page
from page_lcds import lcd_page, lcds_index
from page_rules import rule_page, rules_index

POLICY_FILE = "policy/97110.yaml"
CONTRACTORS_FILE = "policy/contractors.yaml"


def pages(policy: dict) -> dict[str, tuple[str, str]]:
    """Every generated page."""
    topics = policy["policy"]["topics"]
    made = {
        "guidance/index.md": (guidance_index(policy), POLICY_FILE),
        "rules/index.md": (rules_index(policy), POLICY_FILE),
        "lcds/index.md": (lcds_index(policy), CONTRACTORS_FILE),
        "contractors.md": (contractors_page(policy), CONTRACTORS_FILE),
        "changes.md": (changes_page(policy), POLICY_FILE),
    }
    made |= {topic_path(topic): (topic_page(policy, topic), POLICY_FILE) for topic in topics}
    made |= {rule_path(rule["id"]): (rule_page(policy, rule), f"policy/rules/{rule['id']}.yaml") for rule in rules_of(policy)}
    made |= {lcd_path(lcd["id"]): (lcd_page(policy, lcd), f"policy/lcd/{lcd['id']}.yaml") for lcd in policy["lcds"]}
    return made


def nav(policy: dict) -> list:
    """The navigation: written pages and made ones."""
    topics = [{topic["title"]: topic_path(topic)} for topic in policy["policy"]["topics"]]
    rules = [{rule["title"]: rule_path(rule["id"])} for rule in rules_of(policy)]
    lcds = [{f"{lcd['id']} {contractor_of(policy, lcd)['name']}": lcd_path(lcd["id"])} for lcd in policy["lcds"]]
    return [
        {"Home": "index.md"},
        {"Check a note": "check.md"},
        {"Guidance": ["guidance/index.md", *topics, {"Change log": "changes.md"}]},
        {"Rules": ["rules/index.md", *rules]},
        {"LCDs and contractors": ["lcds/index.md", *lcds, {"Contractors and states": "contractors.md"}]},
        {"What is not checked": "scope.md"},
        {"Privacy": ["privacy.md", {"Third-party software": "third-party.md"}]},
        {"Maintain": [
            "maintain/index.md",
            {"The text changed": "maintain/statement.md"},
            {"A rule is missing": "maintain/rule.md"},
            {"A wording is missed": "maintain/phrase.md"},
            {"Templates": "maintain/templates.md"},
        ]},
    ]
