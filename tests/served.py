"""The built site behind a local server that can misbehave, and Chromium to look at it: for the browser's tests and measurements."""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PREFIX = "/guide/"  # a sub-path, as on a project's Pages


def build(folder: Path) -> Path:
    """The site as it is published, in `folder`."""
    run = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT, capture_output=True, text=True, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"},
    )
    assert run.returncode == 0, run.stdout + run.stderr
    return folder


class Server:
    """Python's own http.server for a folder, below PREFIX.

    `log`: the paths asked for, in order. `faults`: {end of a path: "404" | "truncate" | "hang"}.
    `instead`: {end of a path: bytes, or a function from bytes to bytes}. `max_age`: seconds a browser may keep a file.
    """

    def __init__(self, folder: Path, max_age: int | None = None):
        self.max_age = max_age
        self.log: list[str] = []
        self.faults: dict[str, str] = {}
        self.instead: dict = {}
        self._closing = threading.Event()
        self._http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Handler, self, directory=str(folder)))
        self._http.daemon_threads = True
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        self.origin = f"http://127.0.0.1:{self._http.server_port}"
        self.url = self.origin + PREFIX

    def close(self):
        self._closing.set()
        self._http.shutdown()
        self._http.server_close()

    def set_for(self, table: dict, path: str):
        return next((value for end, value in table.items() if path.endswith(end) or (end.endswith("/") and end == path)), None)

    def wait_for_the_end(self):
        self._closing.wait(60)


class _Handler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, owner: Server, *args, **kwargs):
        self.owner = owner
        super().__init__(*args, **kwargs)

    def translate_path(self, path):
        path = path.split("?")[0]
        return super().translate_path("/" + path.removeprefix(PREFIX) if path.startswith(PREFIX) else "/nowhere")

    def do_GET(self):
        path = self.path.split("?")[0]
        self.owner.log.append(path)
        fault, instead = self.owner.set_for(self.owner.faults, path), self.owner.set_for(self.owner.instead, path)
        if fault is None and instead is None:
            return super().do_GET()
        if fault == "404":
            return self.send_error(404)
        file = Path(self.translate_path(path))
        file = file / "index.html" if file.is_dir() else file
        body = file.read_bytes() if file.is_file() else b""
        if instead is not None:
            body = instead(body) if callable(instead) else instead
        if fault == "truncate":
            body = body[: len(body) // 2]
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if fault == "hang":
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            return self.owner.wait_for_the_end()
        self.wfile.write(body)

    def end_headers(self):
        if self.owner.max_age is not None:
            self.send_header("Cache-Control", f"max-age={self.owner.max_age}")
        super().end_headers()

    def log_message(self, *args):
        pass


@contextlib.contextmanager
def serving(folder: Path, max_age: int | None = None):
    server = Server(folder, max_age)
    try:
        yield server
    finally:
        server.close()


@contextlib.contextmanager
def browsing(executable: str | None, **options):
    """A Chromium of its own, ended with the block. As root it runs without its sandbox, as it must."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=_arguments(), **options)
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def browsing_profile(executable: str | None, profile: Path, **options):
    """A Chromium with a profile that outlives it; yields its one context."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(str(profile), executable_path=executable, args=_arguments(), **options)
        try:
            yield context
        finally:
            context.close()


def _arguments() -> list[str]:
    return ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
