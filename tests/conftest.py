"""What several test files share: the project's folder, the policy, a Chromium."""

import os
import re
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
for folder in (ROOT, ROOT / "docs" / "hooks"):
    if str(folder) not in sys.path:
        # Behind what is there: a hook is called site.py, as a module of Python's is.
        sys.path.append(str(folder))

# The same examples on every run; more of them on demand: HYPOTHESIS_PROFILE=long pytest
settings.register_profile("usual", max_examples=60, deadline=None, derandomize=True,
                          suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("long", parent=settings.get_profile("usual"), max_examples=2000, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def bundle_text() -> str:
    """The policy as the checker loads it."""
    from checker import source

    return source.cached_bundle(ROOT)


@pytest.fixture(scope="session")
def policy(bundle_text):
    """The loaded policy, ready for check()."""
    import checker

    return checker.load(bundle_text)


@pytest.fixture(scope="session")
def full_policy() -> dict:
    """The policy as its YAML has it: with the rules' examples."""
    from checker import source

    found, problems = source.read(ROOT)
    assert not problems, problems
    return found


def documents_of_2026_11(where: Path) -> Path:
    """A project whose policy/ holds the documents as they stood in 2026-11, and the rules and words as they are now.

    For tests that ask about dates or change the documents: policy/ itself may have moved on. A rule that cites newer words, or
    a newer statement, cites an old one here.
    """
    shutil.copytree(ROOT / "policy", where / "policy", ignore=shutil.ignore_patterns("lcd"))
    shutil.copytree(ROOT / "tests/captured/2026-11", where / "policy", dirs_exist_ok=True)
    known = re.findall(r"^  - id: (\S+)\n    heading:", (where / "policy/97110.yaml").read_text(encoding="utf-8"), re.MULTILINE)
    for path in (where / "policy/rules").glob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        path.write_text(re.sub(r"97110/([a-z0-9-]+)(?:@[\w-]+)?", lambda cite: f"97110/{cite[1] if cite[1] in known else known[0]}", text), encoding="utf-8")
    return where


@pytest.fixture(scope="session")
def policy_of_2026_11(tmp_path_factory) -> dict:
    """The policy as its YAML has it, with the documents of that month."""
    from checker import source

    found, problems = source.read(documents_of_2026_11(tmp_path_factory.mktemp("then") / "project"))
    assert not problems, problems
    return found


@pytest.fixture(scope="session")
def chromium() -> str | None:
    """The Chromium on the path, for Playwright's executable_path; None for Playwright's own."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return next(filter(None, map(shutil.which, names)), None)
