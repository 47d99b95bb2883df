"""The weekly look at the sources, against a server on this machine: what is told of each kind of answer."""

import importlib.util
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import ROOT

spec = importlib.util.spec_from_file_location("links", ROOT / "tools/links.py")
links = importlib.util.module_from_spec(spec)
spec.loader.exec_module(links)


class Site(BaseHTTPRequestHandler):
    def do_HEAD(self):
        code, to = {"/here": (200, None), "/gone": (404, None), "/taken-off": (410, None), "/old": (301, "/here"), "/today": (302, "/here"),
                    "/round": (302, "/round"), "/no-head": (405, None), "/closed": (403, None), "/broken": (500, None)}.get(self.path.split("?")[0], (404, None))
        if self.path == "/slow":
            time.sleep(1.5)
        if self.path == "/no-head" and self.command == "GET":
            code = 200
        self.send_response(code)
        if to:
            self.send_header("Location", to)
        self.end_headers()

    do_GET = do_HEAD

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path, kind, said", [
    ("/here", "ok", "answers (200)"), ("/no-head", "ok", "answers (200)"), ("/today", "ok", "answers (200)"),
    ("/gone", "gone", "answers 404 Not Found"), ("/taken-off", "gone", "answers 410 Gone"),
    ("/old", "moved", "now at {site}/here"), ("/closed", "silent", "answers 403 Forbidden"), ("/broken", "silent", "answers 500 Internal Server Error"),
    ("/round", "silent", "leads from one address to the next without end"), ("/slow", "silent", "no answer within 0.5 seconds"),
])
def test_what_an_answer_means(site, path, kind, said):
    assert links.ask(site + path, 0.5) == (kind, said.format(site=site))


@pytest.mark.parametrize("address", ["http://[", "http://127.0.0.1:99999/", "https://no-such-host.invalid/x"])
def test_an_address_that_leads_nowhere_raises_nothing(address):
    assert links.ask(address, 2).kind == "silent"


def test_nobody_at_the_door():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    assert links.ask(f"http://127.0.0.1:{port}/", 2).said.startswith("no answer: ")


def test_every_address_of_the_policy_is_found_with_its_places():
    found = links.addresses(ROOT)
    assert len(found) >= 15 and all(place.startswith("policy/") for places in found.values() for place in places)
    for path in (ROOT / "policy").rglob("*.yaml"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.strip().startswith(("source: http", "url: http")):
                assert line.split(": ", 1)[1].strip().strip('"') in found


def test_the_summary_says_what_to_do_and_never_fails(site, tmp_path, capsys):
    lcd = tmp_path / "policy/lcd/L00001.yaml"
    lcd.parent.mkdir(parents=True)
    lcd.write_text(f'source: {site}/here\nnotes:\n  - See {site}/gone.\n  - "{site}/old"\nwhere: {{source: {site}/closed}}\n', encoding="utf-8")
    told = tmp_path / "summary.md"
    assert links.main(["--summary", str(told), "--seconds", "2"], tmp_path) == 0
    assert told.read_text(encoding="utf-8") == capsys.readouterr().out == f"""# The sources of the policy

1 of 4 addresses answer.

## Gone

The page is not there any more. Find where its words are now, read them, and mend the address and the day.

- <{site}/gone>: answers 404 Not Found. In policy/lcd/L00001.yaml:3.

## Moved for good

The page answers at another address. See that it is the same page, then mend the address.

- <{site}/old>: now at {site}/here. In policy/lcd/L00001.yaml:4.

## Could not be asked

No answer, or one that keeps programs out. Open it by hand; next week it may answer again.

- <{site}/closed>: answers 403 Forbidden. In policy/lcd/L00001.yaml:5.

That an address answers does not say that its words are the same: versions are read by a person.
"""


def test_without_addresses_it_says_so(tmp_path, capsys):
    (tmp_path / "policy").mkdir()
    assert links.main([], tmp_path) == 0
    assert "0 of 0 addresses answer." in capsys.readouterr().out
