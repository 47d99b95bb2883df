"""The check page in a real Chromium: what a user sees, what never leaves the page, and what happens when things break."""

import hashlib
import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from served import ROOT, browsing, build, serving

NOTE = """Daily note, outpatient PT. Visit 8.
S: Pt still cannot climb the stairs at home without the rail. L knee pain 5/10 when going down stairs.
O: AROM L knee flexion 95 deg, R knee flexion 130 deg. L quad strength 4-/5.
There ex: step-ups 4 in 3x8 with tactile cues to keep the knee over the toes; heel slides 2x15.
A: Flexion improved from 80 to 95 deg since the evaluation.
P: Continue 2x/week.
"""
GROUP_WORDS = {"flagged": "Flagged", "unmet": "Not found", "partial": "Partly", "met": "Met", "clear": "Not flagged", "not-applicable": "Does not apply"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return build(tmp_path_factory.mktemp("served"))


@pytest.fixture(scope="module")
def browser(chromium):
    with browsing(chromium) as browser:
        yield browser


@pytest.fixture
def server(folder):
    with serving(folder) as server:
        yield server


@pytest.fixture
def tab(browser):
    """Opens pages, each in a fresh profile; fails if a script of the page failed."""
    contexts, errors = [], []

    def open_(url, **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.set_default_timeout(30_000)
        page.goto(url)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not errors


def ready(page):
    page.locator("#check[data-state=ready]").wait_for()


def check(page, text=NOTE, **claim):
    """Puts a note and a claim in, presses the button, and waits for the results."""
    page.locator("#ck-note").fill(text)
    for field, value in claim.items():
        control = page.locator(f"#ck-{field}")
        control.select_option(value) if field in ("payer", "discipline", "side") else control.fill(value)
    page.locator("#ck-check").click()
    page.locator("#ck-status", has_text="Checked:").wait_for()


def text_of(page):
    return page.evaluate("document.querySelector('.ck-text').textContent")


# What a user sees ------------------------------------------------------------------------------------


def test_a_note_is_checked_and_its_words_are_marked(server, tab, policy):
    import checker

    page = tab(server.url + "check/")
    check(page)
    expected = checker.check(NOTE, policy, {})
    shown = page.evaluate("""[...document.querySelectorAll('.ck-finding')].map((f) => [
        Number(f.querySelector('.ck-number').textContent), [...f.classList].find((c) => c.startsWith('ck-') && c !== 'ck-finding').slice(3),
        f.querySelector('.ck-badge').lastChild.textContent,
        [...f.querySelectorAll('.ck-quote bdi')].map((q) => q.textContent)])""")
    assert len(shown) == len(expected["outcomes"])
    for number, group, word, quotes in shown:
        outcome = expected["outcomes"][number - 1]
        turned = {"unmet": "flagged", "met": "clear"} if outcome["rule"] in ("non-covered-purpose", "unskilled") else {}
        assert group == turned.get(outcome["outcome"], outcome["outcome"])
        assert word == GROUP_WORDS[group]
        assert len(quotes) == len(outcome["evidence"])
    assert any(outcome["evidence"] for outcome in expected["outcomes"])

    assert text_of(page) == NOTE
    marked = page.evaluate("[...document.querySelectorAll('.ck-mark')].map((m) => m.textContent)")
    covered = {c for o in expected["outcomes"] for e in o["evidence"] for c in range(e["start"], e["end"])}
    assert "".join(marked) == "".join(NOTE[c] for c in sorted(covered))
    for said in ("not legal, billing or medical advice", expected["policy"]["version"], expected["policy"]["digest"][:12], "Not checked here",
                 "What governs this claim", "Indication"):
        assert said in page.locator("#ck-results").inner_text(), said
    for item in expected["not_checked"] + [gap["text"] for gap in expected["gaps"]]:
        assert item in page.locator("#ck-results").inner_text()


def test_the_results_show_the_policy_and_what_would_satisfy_it(server, tab, policy, full_policy):
    page = tab(server.url + "check/")
    check(page, "PT daily note. Patient seen. Tolerated well.")
    page.evaluate("document.querySelectorAll('.ck-finding details').forEach((d) => { d.open = true; })")
    shown = page.locator("#ck-report").inner_text()
    squeezed = " ".join(shown.split())
    unmet = page.locator(".ck-group.ck-unmet .ck-finding").count()
    assert unmet
    assert page.locator(".ck-group.ck-unmet .ck-satisfy").count() == unmet
    assert page.locator(".ck-group.ck-unmet .ck-policy").count() >= unmet
    cause = next(statement for statement in full_policy["policy"]["statements"] if statement["id"] == "purpose")
    assert " ".join(cause["revisions"][0]["text"].split()) in squeezed


def test_the_claim_decides_what_binds(server, tab):
    page = tab(server.url + "check/")
    check(page)
    assert page.locator(".ck-binding").count() == 0
    check(page, payer="state:KY", discipline="PT", side="B", on="2025-06-15")
    assert page.locator(".ck-binding").count() > 0
    assert "L34049" in page.locator("section[aria-labelledby=ck-governing]").inner_text()
    check(page, payer="contractor:novitas", on="2026-01-15")
    assert page.locator(".ck-binding").count() == 0
    assert page.locator(".ck-finding .ck-authority").count() > 0


def test_a_wrong_claim_is_said_at_the_form_and_the_note_stays(server, tab):
    page = tab(server.url + "check/")
    page.locator("#ck-note").fill(NOTE)
    page.locator("#ck-visit").fill("-3")
    page.locator("#ck-check").click()
    assert "visit" in page.locator("#ck-wrong").inner_text()
    assert page.locator("#ck-note").input_value() == NOTE
    page.locator("#ck-visit").fill("3")
    page.locator("#ck-note").fill("   ")
    page.locator("#ck-check").click()
    assert "no note" in page.locator("#ck-wrong").inner_text()


def test_results_that_no_longer_fit_the_note_say_so(server, tab):
    page = tab(server.url + "check/")
    check(page)
    assert not page.locator("#ck-stale").is_visible()
    page.locator("#ck-note").press_sequentially(" x")
    assert page.locator("#ck-stale").is_visible()
    page.locator("#ck-again").click()
    page.locator("#ck-stale").wait_for(state="hidden")


def test_the_example_can_be_put_in_and_everything_cleared(server, tab):
    page = tab(server.url + "check/")
    page.locator("#ck-example").click()
    page.locator("#ck-check").click()
    page.locator("#ck-status", has_text="Checked:").wait_for()
    page.locator("#ck-clear").click()
    assert page.locator("#ck-note").input_value() == ""
    assert not page.locator("#ck-results").is_visible()


def test_one_can_read_and_write_before_the_checker_is_there(server, tab):
    server.faults["pyodide.asm.wasm"] = "hang"
    page = tab(server.url + "check/")
    page.locator("#ck-note").fill(NOTE)
    page.locator("#ck-bytes", has_text=re.compile(r"\d\.\d of \d+\.\d MB")).wait_for()
    page.locator("#ck-payer option[value='state:KY']").wait_for(state="attached")  # the policy is there already
    page.locator("#ck-check").click()
    assert "as soon as" in page.locator("#ck-status").inner_text()


# What never leaves the page --------------------------------------------------------------------------


def test_nothing_is_requested_after_loading_and_nothing_is_stored(server, tab):
    page = tab(server.url + "check/")
    ready(page)
    before, asked = len(server.log), []
    page.on("request", lambda request: asked.append(request.url))
    check(page, NOTE, payer="state:OH")
    check(page, NOTE.upper())
    page.locator(".ck-quote").first.click()
    page.wait_for_timeout(500)
    assert server.log[before:] == []
    assert [url for url in asked if not url.startswith(("blob:", "data:"))] == []
    kept = page.evaluate("""async () => JSON.stringify([
        {...localStorage}, {...sessionStorage}, document.cookie, location.href, document.title, history.state,
        (await indexedDB.databases()).length, await caches.keys()])""")
    assert "knee" not in kept.lower()
    assert json.loads(kept)[-2:] == [0, []]
    page.reload()
    assert page.locator("#ck-note").input_value() == ""


def test_no_request_goes_to_another_origin(server, tab, browser):
    context = browser.new_context()
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(server.url + "check/")
    ready(page)
    context.close()
    assert [url for url in asked if not url.startswith((server.origin, "blob:" + server.origin, "data:"))] == []


SPY = '''
import json
import js
class ClaimError(ValueError): pass
def load(text): return json.loads(text)
TRIES = {
  "fetch": "js.fetch(url)", "xhr": "x = js.XMLHttpRequest.new(); x.open('GET', url, False); x.send()",
  "socket": "js.WebSocket.new(url.replace('http', 'ws'))", "events": "js.EventSource.new(url)", "beacon": "js.navigator.sendBeacon(url, 'x')",
  "eval": "js.eval('import(' + json.dumps(url) + ')')", "function": "js.Function.new('u', 'return import(u)')(url)",
  "constructor": "js.Object.constructor('u', 'return fetch(u)')(url)", "timer": "js.setTimeout('fetch(' + json.dumps(url) + ')', 0)",
  "worker": "js.Worker.new(url)", "scripts": "js.importScripts(url)", "cache": "js.caches.open('x').then(lambda c: c.add(url))",
  "package": "import pyodide_js; pyodide_js.loadPackage(url)", "open_url": "from pyodide.http import open_url; open_url(url)",
  "urllib": "import urllib.request as r; r.urlopen(url)",
}
def check(text, policy, claim={}, file=None):
    said = []
    for way, code in TRIES.items():
        for url in [policy["elsewhere"] + "?" + way, policy["here"] + "?" + way]:
            try:
                exec(code, {"js": js, "json": json, "url": url, "text": text})
                said.append(way + ": no error")
            except BaseException as error:
                said.append(way + ": " + type(error).__name__)
    return said
def to_json(said):
    return json.dumps({"schema": "1", "checker": "0", "policy": {"version": "0", "digest": "0"}, "claim": {}, "governing": [], "gaps": [],
      "note": {"kind": "daily", "treatment": "none"}, "indication": {"outcome": "unmet", "from": []}, "outcomes": [], "not_checked": said})
'''


def replaced(server, folder, source: str, bundle: dict | None = None):
    """Serves another checker (and perhaps another bundle) in place of ours, with a listing that fits."""
    listing = json.loads((folder / "assets/py/runtime.json").read_text())
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("checker/__init__.py", source)
    bodies = {"checker": packed.getvalue()}
    if bundle is not None:
        original = json.loads((folder / "assets/py" / listing["files"]["bundle"]["url"]).read_text())
        bodies["bundle"] = json.dumps(original | bundle).encode()
    for part, body in bodies.items():
        file = listing["files"][part]
        file |= {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
        server.instead[file["url"]] = body
    server.instead["runtime.json"] = json.dumps(listing).encode()


@pytest.fixture
def elsewhere(folder):
    with serving(folder) as server:
        yield server


def test_python_cannot_reach_any_server(server, elsewhere, folder, tab):
    replaced(server, folder, SPY, {"elsewhere": elsewhere.url, "here": server.url})
    page = tab(server.url + "check/")
    ready(page)
    before = len(server.log)
    check(page)
    page.wait_for_timeout(500)
    assert "fetch: " in page.locator("#ck-report").inner_text()  # it did try
    assert elsewhere.log == []
    assert server.log[before:] == []


def test_an_open_worker_would_have_been_noticed(server, elsewhere, folder, browser):
    """The control of the test above: without the three walls, the same attempts do arrive."""
    replaced(server, folder, SPY, {"elsewhere": elsewhere.url, "here": server.url})
    server.instead["check-runtime.mjs"] = lambda body: (
        body.replace(b"new Worker(blob,", b"new Worker(address,").replace(b"        seal();\n", b""))
    server.instead["worker.mjs"] = lambda body: body.replace(b"  lockDown();\n", b"")
    page = browser.new_page()
    page.goto(server.url + "check/")
    ready(page)
    check(page)
    page.wait_for_timeout(500)
    page.close()
    assert elsewhere.log


# When things break -----------------------------------------------------------------------------------


def impatient(server, **limits):
    """The page with shorter time limits, so that a test need not wait for the real ones."""
    def shorten(body: bytes) -> bytes:
        for name, ms in limits.items():
            body, count = re.subn(rf'data-{name}="\d+"'.encode(), f'data-{name}="{ms}"'.encode(), body)
            assert count == 1
        return body
    server.instead["/check/"] = shorten


@pytest.mark.parametrize("file, fault, said", [
    ("runtime.json", "404", "404"),
    ("pyodide.asm.wasm", "404", "404"),
    ("pyodide.asm.wasm", "truncate", "bytes"),
    ("pyodide.asm.wasm", "hang", "Nothing arrived"),
    ("pyodide.asm.mjs", "404", "404"),
    ("pyodide.mjs", "truncate", "bytes"),
    (".zip", "404", "404"),
    (".zip", "hang", "Nothing arrived"),
])
def test_a_runtime_that_does_not_arrive_is_said_and_can_be_tried_again(server, tab, file, fault, said):
    impatient(server, stall=1500)
    server.faults[file] = fault
    page = tab(server.url + "check/")
    page.locator("#ck-note").fill(NOTE)
    page.locator("#ck-check").click()
    page.locator("#ck-failure").wait_for()
    assert said in page.locator("#ck-failure").inner_text()
    assert page.locator("#ck-note").input_value() == NOTE
    server.faults.clear()
    page.locator("#ck-retry").click()
    page.locator("#ck-status", has_text="Checked:").wait_for()  # the note was still wanted
    assert not page.locator("#ck-failure").is_visible()
    assert page.locator("#ck-note").input_value() == NOTE


def test_a_file_of_the_right_length_but_other_content_is_refused(server, tab):
    server.instead["pyodide.mjs"] = lambda body: b" " * len(body)
    page = tab(server.url + "check/")
    page.locator("#ck-failure").wait_for()
    assert "pyodide.mjs" in page.locator("#ck-failure").inner_text()


def test_a_python_that_does_not_start_is_said(server, folder, tab):
    replaced(server, folder, "raise RuntimeError('no such luck')")
    page = tab(server.url + "check/")
    page.locator("#ck-failure").wait_for()
    assert "no such luck" in page.locator("#ck-failure").inner_text()
    assert page.locator("#ck-retry").is_visible()


def test_a_python_that_hangs_while_starting_is_said(server, folder, tab):
    impatient(server, boot=4000)
    replaced(server, folder, "while True: pass")
    page = tab(server.url + "check/")
    page.locator("#ck-failure").wait_for()
    assert "did not start within" in page.locator("#ck-failure").inner_text()


BRITTLE = SPY.split("TRIES")[0] + '''
def check(text, policy, claim={}, file=None):
    while "HANG" in text: pass
    if "RAISE" in text: raise ZeroDivisionError("quite broken")
    if "CLAIM" in text: raise ClaimError("there is no such day")
    return []
''' + SPY[SPY.index("def to_json"):]


def test_a_note_that_hangs_or_breaks_the_checker_ends_in_a_message_and_a_fresh_start(server, folder, tab):
    impatient(server, hang=1500)
    replaced(server, folder, BRITTLE)
    page = tab(server.url + "check/")
    for text, said in (("HANG", "too long"), ("RAISE", "quite broken")):
        page.locator("#ck-note").fill(text)
        page.locator("#ck-check").click()
        page.locator("#ck-failure", has_text=said).wait_for()
        assert page.locator("#ck-note").input_value() == text
    page.locator("#ck-note").fill("CLAIM")
    page.locator("#ck-check").click()
    page.locator("#ck-wrong", has_text="there is no such day").wait_for()
    check(page, "fine again")
    assert not page.locator("#ck-failure").is_visible()


# By keyboard, on a phone, for everyone ---------------------------------------------------------------


def test_everything_can_be_done_by_keyboard(server, tab):
    page = tab(server.url + "check/")
    ready(page)

    def focused(what="e.id || e.className"):
        return page.evaluate(f"((e) => {what})(document.activeElement)")

    def tab_to(found, limit=60):
        for _ in range(limit):
            page.keyboard.press("Tab")
            if found():
                return
        raise AssertionError(f"the Tab key does not lead there; last: {focused()}")

    tab_to(lambda: focused() == "ck-note")
    page.keyboard.insert_text(NOTE)
    tab_to(lambda: focused() == "ck-payer")
    page.keyboard.type("Kentucky")
    assert page.locator("#ck-payer").input_value() == "state:KY"
    tab_to(lambda: focused() == "ck-check")
    page.keyboard.press("Enter")
    page.locator("#ck-status", has_text="Checked:").wait_for()
    assert focused() == "ck-results-title"
    tab_to(lambda: "ck-quote" in focused())
    quote = focused("e.querySelector('bdi').textContent")
    page.keyboard.press("Enter")
    assert "ck-ref" in focused()
    assert quote.strip("“”")[:20] in focused("e.getAttribute('aria-label')")
    assert "".join(page.locator(".ck-here").all_text_contents()) == quote.strip("“”")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    assert focused("e.querySelector('bdi').textContent") == quote
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_the_drawer_shows_itself_while_the_keyboard_is_in_it(server, tab):
    page = tab(server.url, viewport={"width": 390, "height": 844}, reduced_motion="reduce")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("!!document.activeElement.closest('.md-sidebar--primary')"):
            break
    else:
        raise AssertionError("the Tab key does not lead into the drawer")
    page.wait_for_function("document.querySelector('.md-sidebar--primary').getBoundingClientRect().left >= 0")


def test_a_flagged_exclusion_is_not_titled_as_if_nothing_were_found(server, tab):
    page = tab(server.url + "check/")
    check(page, NOTE + "General fitness program for weight loss.\n", payer="state:KY", discipline="PT", on="2026-01-15")
    title = page.locator(".ck-finding.ck-flagged h4").first.inner_text()
    assert "Nothing" not in title and "fitness" in title.lower()
    assert "May 29, 2025" in page.locator("#ck-report").inner_text() and "2025-05-29" not in page.locator("#ck-report").inner_text()


HOSTILE = (
    "<script>window.broken = 1</script><svg onload=\"window.broken=1\"><img src=x onerror=window.broken=1>\n"
    "\U0001f9b5\U0001f468\u200d\U0001f469\u200d\U0001f466 \u202egnitset\u202c e\u0301 L knee pain 5/10 \U0001f600 when going down stairs; </div></template> "
    "\u05d0\u05d1\u05d2 quad strength 4-/5 \U0001f44d\U0001f3fd today.\n{{7*7}} ${1} javascript:alert(1) &lt;b&gt; \x00 \ufffd\n"
    "There ex: step-ups 3x8 with tactile cues\n"
)


def test_a_hostile_note_stays_text_and_its_marks_sit_right(server, tab, policy):
    import checker

    page = tab(server.url + "check/")
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    check(page, HOSTILE)
    assert page.evaluate("window.broken") is None and not dialogs
    assert page.locator("#ck-report :is(script, svg, img)").count() == 0
    note = page.locator("#ck-note").input_value()
    assert text_of(page) == note
    expected = checker.check(note, policy, {})
    covered = {c for o in expected["outcomes"] for e in o["evidence"] for c in range(e["start"], e["end"])}
    assert covered, "the note should have something to mark behind its emoji"
    marked = page.evaluate("[...document.querySelectorAll('.ck-mark')].map((m) => m.textContent)")
    assert "".join(marked) == "".join(note[c] for c in sorted(covered))


def test_half_a_character_does_not_break_it(server, tab):
    page = tab(server.url + "check/")
    ready(page)
    page.evaluate("document.getElementById('ck-note').value = 'L knee pain 5/10 \\ud83d today \\ude00.'")
    page.locator("#ck-check").click()
    page.locator("#ck-status", has_text="Checked:").wait_for()


@pytest.mark.parametrize("width", [320, 390, 768])
def test_nothing_is_wider_than_the_screen(server, tab, width):
    page = tab(server.url + "check/", viewport={"width": width, "height": 844})
    check(page, NOTE + "x" * 400 + " https://example.org/" + "y" * 300)
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious(server, tab, scheme, width):
    page = tab(server.url + "check/", color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce")
    check(page, NOTE + "General fitness program for weight loss, independent with all exercises.\n", payer="state:KY", discipline="PT")
    page.evaluate("document.querySelectorAll('.ck-finding details').forEach((d) => { d.open = true; })")
    page.evaluate((ROOT / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate("""async () => (await axe.run(document, {preload: false, resultTypes: ['violations'],
        runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})).violations
        .filter((v) => ['moderate', 'serious', 'critical'].includes(v.impact))
        .map((v) => [v.id, v.impact, v.nodes.map((n) => n.html.slice(0, 160))])""")
    assert found == []


def test_what_happens_is_announced(server, tab):
    page = tab(server.url + "check/")
    status = page.locator("#ck-status")
    assert status.get_attribute("aria-live") == "polite"
    ready(page)
    assert "Ready" in status.inner_text()
    check(page)
    assert re.search(r"Checked: .*\d+ (met|not found|partly)", status.inner_text())
