"""The order of the checker's modules: each may import those above it, and of the rest only Python's own library."""

import ast
import sys

import pytest
from conftest import ROOT

# From the bottom of the checker to its top. `__init__` is what `import checker` gives.
ORDER = ("text", "policy", "numbers", "tables", "sections", "concepts", "context", "measures", "kinds", "facts", "rules", "explain", "record", "report",
         "__init__", "past", "usage", "source", "diff", "diff_text", "__main__")
OUTSIDE = {"source": {"yaml"}}  # the one import from elsewhere
PROGRAMS = {"past": {"subprocess"}}  # the one module that starts another program: git, never with a note
NETWORK = {"asyncio", "ftplib", "http", "imaplib", "poplib", "smtplib", "socket", "socketserver", "ssl", "subprocess",
           "telnetlib", "urllib.request", "webbrowser", "xmlrpc"}


def modules():
    return sorted(path.stem for path in (ROOT / "checker").glob("*.py"))


def imports(tree: ast.AST):
    """(own modules, others) that a module imports, at its top or anywhere within."""
    own, others = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                head, _, rest = alias.name.partition(".")
                if head == "checker":
                    own.add(rest or "__init__")
                else:
                    others.add(alias.name)
        elif isinstance(node, ast.ImportFrom):
            name = node.module or ""
            if node.level or name.split(".")[0] == "checker":
                module = name if node.level else name.partition(".")[2]
                if module:
                    own.add(module)
                else:  # from . import x: a module of that name, or else something of the package itself
                    own |= {alias.name if alias.name in ORDER else "__init__" for alias in node.names}
            else:
                others.add(name)
    return own, others


def tree(module: str) -> ast.AST:
    return ast.parse((ROOT / "checker" / f"{module}.py").read_text(encoding="utf-8"))


def test_every_module_has_its_place():
    assert set(modules()) == set(ORDER)


@pytest.mark.parametrize("module", ORDER)
def test_imports_only_from_above(module):
    own, _ = imports(tree(module))
    allowed = set(ORDER[: ORDER.index(module)])
    assert own <= allowed, f"checker/{module}.py imports {sorted(own - allowed)}, which stand below it"


@pytest.mark.parametrize("module", ORDER)
def test_imports_nothing_but_pythons_own_library(module):
    _, others = imports(tree(module))
    heads = {name.split(".")[0] for name in others}
    assert heads - set(sys.stdlib_module_names) <= OUTSIDE.get(module, set())


@pytest.mark.parametrize("module", ORDER)
def test_nothing_can_send_a_note_anywhere(module):
    _, others = imports(tree(module))
    reached = {name for name in others if name in NETWORK or name.split(".")[0] in NETWORK}
    assert not reached - PROGRAMS.get(module, set())
