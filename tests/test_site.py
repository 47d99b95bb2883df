"""The real site, built as it is published: strict, complete, closed to every other origin."""

import base64
import hashlib
import importlib.util
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from conftest import ROOT

FOOTER = ["CPT is a registered trademark of the American Medical Association", "not legal, billing or medical advice",
          "The policy text and the contractor decide"]
# What a browser loads by itself, and where the address stands.
LOADING = {("script", "src"), ("img", "src"), ("img", "srcset"), ("iframe", "src"), ("source", "src"), ("video", "src"), ("audio", "src"),
           ("embed", "src"), ("object", "data"), ("input", "src"), ("use", "href"), ("form", "action"), ("base", "href")}
LOADING_RELS = {"stylesheet", "icon", "preload", "modulepreload", "prefetch", "preconnect", "dns-prefetch", "manifest"}
SOURCE_URL = "https://example.org/project/edit/main/"


def build(folder: Path, **environment) -> Path:
    """Builds the site into a folder, strictly."""
    run = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)],
        cwd=ROOT, capture_output=True, text=True,
        env=os.environ | {"NO_MKDOCS_2_WARNING": "1", "SOURCE_URL": "", "SITE_URL": ""} | environment,
    )
    said = run.stdout + run.stderr
    assert run.returncode == 0, said
    assert "WARNING" not in said, said
    return folder


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("site"))


class Page(HTMLParser):
    """What the tests ask of a page: its elements, its ids, its scripts, its text."""

    def __init__(self, html: str):
        super().__init__()
        self.elements, self.ids, self.inline, self.words = [], set(), [], []
        self._script = None
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.elements.append((tag, attributes))
        self.ids.add(attributes.get("id"))
        self._script = "" if tag == "script" and "src" not in attributes else None
        self._data = attributes.get("type") == "application/json"

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)

    def handle_data(self, data):
        if self._script is not None:
            self._script += data
        else:
            self.words.append(data)

    def handle_endtag(self, tag):
        if tag == "script" and self._script is not None:
            if not self._data:
                self.inline.append(self._script)
            self._script = None

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


@pytest.fixture(scope="module")
def pages(site) -> dict[str, Page]:
    return {path.relative_to(site).as_posix(): Page(path.read_text(encoding="utf-8")) for path in site.rglob("*.html")}


def hook():
    """The module site.py; its name is taken by Python's own."""
    spec = importlib.util.spec_from_file_location("site_hook", ROOT / "docs/hooks/site.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# What is there ----------------------------------------------------------------------------------------


def test_every_kind_of_page_is_there(pages, full_policy):
    expected = {"index.html", "404.html", "check/index.html", "scope/index.html", "privacy/index.html", "contractors/index.html", "changes/index.html",
                "maintain/index.html", "maintain/statement/index.html", "maintain/rule/index.html", "maintain/phrase/index.html"}
    expected |= {f"rules/{rule['id']}/index.html" for rule in full_policy["rules"]}
    expected |= {f"lcds/{lcd['id']}/index.html" for lcd in full_policy["lcds"]}
    expected |= {f"guidance/{topic['id']}/index.html" for topic in full_policy["policy"]["topics"]}
    assert expected <= set(pages)


def test_every_statement_stands_in_the_site_word_for_word(pages, full_policy):
    for topic in full_policy["policy"]["topics"]:
        page = pages[f"guidance/{topic['id']}/index.html"]
        for statement in full_policy["policy"]["statements"]:
            if statement["id"] in topic["statements"]:
                assert statement["id"] in page.ids
                assert " ".join(statement["revisions"][0]["text"].split()) in page.text, statement["id"]


def test_the_footer_is_on_every_page(pages):
    for path, page in pages.items():
        for words in FOOTER:
            assert words in page.text, (path, words)


def test_every_link_inside_the_site_leads_to_a_page_and_an_anchor(site, pages):
    lost = []
    for path, page in pages.items():
        if path == "404.html":
            continue  # its addresses start at the root, wherever that will be
        for tag, attributes in page.elements:
            address = urlsplit(urljoin(f"http://site/{path}", attributes.get("href") or "")) if tag == "a" else None
            if not address or address.netloc != "site":
                continue
            target = unquote(address.path).lstrip("/")
            target += "index.html" if not target or target.endswith("/") else ""
            if not (site / target).is_file() or address.fragment and target in pages and unquote(address.fragment) not in pages[target].ids:
                lost.append((path, attributes["href"]))
    assert not lost


def test_the_hooks_are_not_published(site):
    assert not list(site.rglob("*.py")) and not (site / "hooks").exists()


# Nothing is loaded from elsewhere ---------------------------------------------------------------------


def loaded(page: Page):
    """The addresses that a browser loads for a page by itself."""
    for tag, attributes in page.elements:
        for name, value in attributes.items():
            if (tag, name) in LOADING or tag == "link" and name == "href" and LOADING_RELS & set((attributes.get("rel") or "").split()):
                yield value or ""


def elsewhere(address: str) -> bool:
    return bool(urlsplit(address).netloc) or urlsplit(address).scheme not in ("", "data", "blob")


def test_no_page_loads_anything_from_another_origin(pages):
    found = [(path, address) for path, page in pages.items() for address in loaded(page) if elsewhere(address)]
    assert not found


def test_no_style_loads_anything_from_another_origin(site):
    for path in site.rglob("*.css"):
        for address in re.findall(r"(?:url\(\s*|@import\s+)['\"]?([^'\")\s;]+)", path.read_text(encoding="utf-8")):
            assert not elsewhere(address), (path.name, address)


def test_no_script_of_ours_names_another_origin():
    for path in (ROOT / "docs/assets").glob("*.*js"):
        for address in re.findall(r"['\"`](?:https?:|wss?:)?//[^'\"`]+", path.read_text(encoding="utf-8")):
            raise AssertionError((path.name, address))


# Content-Security-Policy ------------------------------------------------------------------------------


def csp(page: Page) -> dict[str, list[str]]:
    """The page's policy; it must be the first thing after the character set."""
    metas = [attributes for tag, attributes in page.elements if tag == "meta"]
    assert "charset" in metas[0]
    assert metas[1].get("http-equiv") == "Content-Security-Policy"
    return {part.split()[0]: part.split()[1:] for part in metas[1]["content"].split("; ")}


def test_every_page_is_closed(pages):
    for path, page in pages.items():
        policy = csp(page)
        assert policy["default-src"] == ["'none'"], path
        assert policy["connect-src"] == ["'self'"] and policy["base-uri"] == policy["form-action"] == ["'none'"], path
        allowed = {word for words in policy.values() for word in words}
        assert not [word for word in allowed if "unsafe-inline" in word or word == "'unsafe-eval'" or "://" in word or word in ("*", "https:", "http:")]


def test_every_inline_script_is_hashed_and_nothing_else_is(pages):
    for path, page in pages.items():
        wanted = {"'sha256-" + base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() + "'" for body in page.inline}
        given = {word for word in csp(page)["script-src"] if word.startswith("'sha256-")}
        assert given == wanted, path
        assert not [attributes for _, attributes in page.elements if any(name.startswith("on") for name in attributes)], path


def test_no_inline_style_that_the_policy_would_drop(pages):
    for path, page in pages.items():
        assert not [tag for tag, attributes in page.elements if tag == "style" or "style" in attributes], path


def test_only_the_check_page_may_run_python(pages):
    for path, page in pages.items():
        policy = csp(page)
        may = "'wasm-unsafe-eval'" in policy["script-src"], "blob:" in policy["worker-src"]
        assert may == ((True, True) if path == "check/index.html" else (False, False)), path


def test_a_page_without_a_character_set_is_an_error():
    with pytest.raises(Exception, match="charset"):
        hook().with_policy("<html><head></head></html>")


# Edit links -------------------------------------------------------------------------------------------


def edit_link(page: Page) -> str:
    (found,) = [attributes["href"] for tag, attributes in page.elements if tag == "a" and attributes.get("rel") == "edit"]
    return found


MADE_FROM = {
    "index.html": "docs/index.md",
    "rules/pain/index.html": "policy/rules/pain.yaml",
    "lcds/L34049/index.html": "policy/lcd/L34049.yaml",
    "guidance/supportive-documentation/index.html": "policy/97110.yaml",
    "contractors/index.html": "policy/contractors.yaml",
}


@pytest.mark.parametrize("path, made_from", MADE_FROM.items())
def test_without_an_address_the_edit_link_opens_the_file_in_the_site(site, pages, path, made_from):
    copy = site / urlsplit(urljoin(f"http://site/{path}", edit_link(pages[path]))).path.lstrip("/")
    assert copy.read_text(encoding="utf-8-sig") == (ROOT / made_from).read_text(encoding="utf-8")


def test_with_an_address_the_edit_link_opens_the_file_there(tmp_path):
    built = build(tmp_path / "site", SOURCE_URL=SOURCE_URL, SITE_URL="https://example.org/guide/")
    for path, made_from in MADE_FROM.items():
        page = Page((built / path).read_text(encoding="utf-8"))
        assert edit_link(page) == SOURCE_URL + made_from
        assert not [address for address in loaded(page) if elsewhere(address) and not address.startswith("https://example.org/guide/")]
    assert json.loads((built / "feed.json").read_text(encoding="utf-8"))["feed_url"] == "https://example.org/guide/feed.json"
    assert "<link>https://example.org/guide/changes/</link>" in (built / "feed.xml").read_text(encoding="utf-8")


# Generated files --------------------------------------------------------------------------------------


def test_the_bundle_in_the_site_is_the_bundle(site, bundle_text):
    assert (site / "assets/bundle.json").read_text(encoding="utf-8") == bundle_text
    assert json.loads(bundle_text)["policy"]["id"] == "97110"


def test_the_zip_of_the_checker_holds_what_a_browser_needs_and_never_changes(site):
    data = (site / "assets/checker.zip").read_bytes()
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert "checker/__init__.py" in names and "checker/rules.py" in names
    assert not {f"checker/{name}.py" for name in ("source", "past", "diff", "diff_text", "__main__")} & set(names)
    assert hook().checker_zip(ROOT) == hook().checker_zip(ROOT) == data


def feeds(page: Page) -> dict[str, str]:
    return {attributes["type"]: attributes["href"] for tag, attributes in page.elements if tag == "link" and attributes.get("rel") == "alternate"}


def test_every_page_leads_to_the_change_log_and_its_feeds(site, pages):
    for path, page in pages.items():
        if path == "404.html":
            continue  # it does not know where it stands
        named = feeds(page)
        assert set(named) == {"application/rss+xml", "application/feed+json"}, path
        linked = {urljoin(f"http://site/{path}", attributes["href"]) for tag, attributes in page.elements if tag == "a" and "href" in attributes}
        assert {"http://site/changes/", *(urljoin(f"http://site/{path}", href) for href in named.values())} <= linked, path
        assert {urljoin(f"http://site/{path}", href) for href in named.values()} == {"http://site/feed.xml", "http://site/feed.json"}


def test_each_entry_of_a_feed_leads_to_its_place_on_the_page(site, pages):
    urls = [item["url"] for item in json.loads((site / "feed.json").read_text(encoding="utf-8"))["items"]]
    assert urls and {url.partition("#")[2] for url in urls} <= pages["changes/index.html"].ids
    assert {url.partition("#")[0] for url in urls} == {"changes/"}


# Words that belong to others --------------------------------------------------------------------------


# The AMA's descriptors of 97110, as hashes of runs of four words, so that not even this file holds them.
DESCRIPTOR_HASHES = {
    "073278fbb06aab58",
    "4257993ab002ce41",
    "460b16dd2b860506",
    "5195a04466ce887a",
    "71c49f5301276e54",
    "879e1da05aab7d5f",
    "9b11074a353196a6",
    "a3a16b013a6db1f3",
    "b0ef049173696bd6",
    "bfb8a05c873a6cf6",
    "d68d95c4e415d7c5",
    "e5a9d77a88e83855",
    "e8529127c931e3d2",
}


def runs_of_four(text: str):
    words = re.findall(r"[a-z0-9]+", text.lower())
    return (" ".join(words[at:at + 4]) for at in range(len(words) - 3))


def descriptors(text: str) -> list[str]:
    return [run for run in runs_of_four(text) if hashlib.sha256(run.encode()).hexdigest()[:16] in DESCRIPTOR_HASHES]


def test_the_descriptors_would_be_found():
    assert descriptors("Exercises to develop, " + "strength.") and descriptors("procedure, 1 or more " + "areas")
    assert not descriptors("restoring or maintaining strength, endurance, range of motion and flexibility")


def test_no_descriptor_of_the_ama_is_in_the_built_site(site, pages):
    texts = {path: page.text for path, page in pages.items()}
    texts |= {path.name: path.read_text(encoding="utf-8") for path in [*site.rglob("*.json"), *site.rglob("*.txt")]}
    assert not [(path, found) for path, text in texts.items() for found in descriptors(text)]
