"""What the check page downloads: `runtime_files(root)` -> {path in the site: file on disk}.

Everything is served by the site itself. Four files come from the npm package of Pyodide, three of them unchanged;
the standard library and the checker are packed as byte code by tools/runtime.mjs, and the policy is one JSON bundle.
`assets/py/runtime.json` names them all with their sizes, so that the page can show progress and notice a cut-off download.

Every file is checked against the sha256 in tools/runtime.json, or named by its own. What was built is kept in `build/runtime/`
under a name made from what it was built from: a second build costs nothing, and needs no Node.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

UNCHANGED = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm")


class RuntimeFilesError(Exception):
    """The files cannot be made; the message says what to do."""


def runtime_files(root: Path, bundle_text: str | None = None) -> dict[str, str]:
    """The files of the check page, built if need be.

    In: the project's root; the bundle's text if the caller has it already. Out: site path -> absolute path of the source.
    """
    root = Path(root).resolve()
    settings = json.loads((root / "tools/runtime.json").read_text(encoding="utf-8"))
    package = root / "node_modules/pyodide"
    kept = root / "build/runtime"
    kept.mkdir(parents=True, exist_ok=True)
    _verify(package, settings)

    version = settings["pyodide"]
    stdlib = _made(root, kept, "stdlib", _recipe(root, settings, "keep_for_the_start", "keep_besides"))
    checker = _made(root, kept, "checker", _recipe(root, settings, "leave_out_of_checker") + _sources(root, settings))
    bundle = kept / "bundle.json"
    bundle.write_text(bundle_text if bundle_text is not None else _bundle(root), encoding="utf-8")

    parts = {
        "loader": (f"{version}/pyodide.mjs", package / "pyodide.mjs"),
        "engine": (f"{version}/pyodide.asm.mjs", package / "pyodide.asm.mjs"),
        "wasm": (f"{version}/pyodide.asm.wasm", package / "pyodide.asm.wasm"),
        "stdlib": (f"{version}/python_stdlib.{_short(stdlib)}.zip", stdlib),
        "checker": (f"checker.{_short(checker)}.zip", checker),
        "bundle": (f"bundle.{_short(bundle)}.json", bundle),
    }
    listing = {
        "pyodide": version,
        "lock": settings["lock"],
        "files": {
            part: {"url": url, "bytes": path.stat().st_size, "sha256": _sha256(path)} for part, (url, path) in parts.items()
        },
    }
    manifest = kept / "runtime.json"
    manifest.write_text(json.dumps(listing, sort_keys=True, indent=1) + "\n", encoding="utf-8")

    files = {f"assets/py/{url}": str(path) for url, path in parts.values()}
    files["assets/py/runtime.json"] = str(manifest)
    return files


def _verify(package: Path, settings: dict) -> None:
    for name, want in settings["sha256"].items():
        path = package / name
        if not path.is_file():
            raise RuntimeFilesError(f"node_modules/pyodide/{name} is missing: run `npm ci --ignore-scripts`")
        if _sha256(path) != want:
            raise RuntimeFilesError(
                f"node_modules/pyodide/{name} is not Pyodide {settings['pyodide']} as pinned in tools/runtime.json: "
                "run `npm ci --ignore-scripts`; after an upgrade, write the new sha256 there"
            )


def _recipe(root: Path, settings: dict, *keys: str) -> bytes:
    """What decides the bytes of a built zip, besides its sources: Pyodide itself, the script and its settings."""
    used = {key: settings[key] for key in ("pyodide", "sha256", *keys)}
    return (root / "tools/runtime.mjs").read_bytes() + json.dumps(used, sort_keys=True).encode()


def _sources(root: Path, settings: dict) -> bytes:
    parts = []
    for path in sorted((root / "checker").glob("*.py")):
        if path.name not in settings["leave_out_of_checker"]:
            parts += [path.name.encode(), hashlib.sha256(path.read_bytes()).digest()]
    return b"\n".join(parts)


def _made(root: Path, kept: Path, what: str, recipe: bytes) -> Path:
    """The zip for this recipe: the one kept from an earlier build, or a new one made by Node."""
    path = kept / f"{what}-{hashlib.sha256(recipe).hexdigest()[:16]}.zip"
    if path.is_file():
        return path
    node = shutil.which("node")
    if node is None:
        raise RuntimeFilesError("Node.js is not installed; it is needed once, to pack the Python files of the check page")
    run = subprocess.run([node, "tools/runtime.mjs", what, str(path)], cwd=root, capture_output=True, text=True)
    if run.returncode != 0 or not path.is_file():
        raise RuntimeFilesError(f"tools/runtime.mjs {what} failed: {run.stderr.strip()[-800:]}")
    for old in kept.glob(f"{what}-*.zip"):
        if old != path:
            old.unlink()
    return path


def _bundle(root: Path) -> str:
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    from checker import source

    return source.cached_bundle(root)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _short(path: Path) -> str:
    return _sha256(path)[:12]
