"""Serves a built site on this machine alone, and says where.

    python tools/serve.py FOLDER PORT      the next free port when PORT is taken
"""

import functools
import http.server
import sys


class Handler(http.server.SimpleHTTPRequestHandler):
    # Named here, since the system's own table of types may lack or misname them, and a browser insists.
    extensions_map = {**http.server.SimpleHTTPRequestHandler.extensions_map,
                      ".mjs": "text/javascript", ".js": "text/javascript", ".wasm": "application/wasm",
                      ".json": "application/json", ".svg": "image/svg+xml"}

    def end_headers(self):
        self.send_header("Cache-Control", "no-cache")  # a rebuilt site shows at once
        super().end_headers()

    def log_message(self, format, *args):
        pass  # an access log would bury the address


def open_server(folder: str, port: int) -> http.server.ThreadingHTTPServer:
    """A server on the port or on the next free one of the twenty after it."""
    for candidate in range(port, port + 20):
        try:
            return http.server.ThreadingHTTPServer(("127.0.0.1", candidate), functools.partial(Handler, directory=folder))
        except OSError:
            continue
    sys.exit(f"serve: no free port from {port} to {port + 19}; choose another: make serve PORT=9000")


def main(folder: str, port: str) -> None:
    if not port.isdecimal() or not 1 <= int(port) <= 65500:
        sys.exit(f"serve: {port} is no port; choose one from 1024 to 65500: make serve PORT=9000")
    with open_server(folder, int(port)) as server:
        print(f"\n  The site is at  http://127.0.0.1:{server.server_address[1]}/   (stop it with Ctrl+C)\n", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()


if __name__ == "__main__":
    main(*sys.argv[1:])
