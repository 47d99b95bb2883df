"""The files of the check page: complete, checked, small enough, and the same on every build."""

import gzip
import hashlib
import json
import shutil
import zipfile
from pathlib import Path

import pytest
import runtime
from conftest import ROOT

# What a first visit may cost over the wire, compressed as a plain host does it.
BUDGET = 6_000_000


@pytest.fixture(scope="module")
def files():
    return {name: Path(path) for name, path in runtime.runtime_files(ROOT).items()}


def test_the_listing_names_every_file_with_its_size_and_hash(files):
    listing = json.loads(files["assets/py/runtime.json"].read_text())
    named = {f"assets/py/{file['url']}": file for file in listing["files"].values()}
    assert set(named) | {"assets/py/runtime.json"} == set(files)
    for name, file in named.items():
        body = files[name].read_bytes()
        assert (file["bytes"], file["sha256"]) == (len(body), hashlib.sha256(body).hexdigest())


def test_the_pinned_version_is_the_same_everywhere():
    settings = json.loads((ROOT / "tools/runtime.json").read_text())
    package = json.loads((ROOT / "package.json").read_text())
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert package["dependencies"]["pyodide"] == settings["pyodide"] == lock["packages"]["node_modules/pyodide"]["version"]
    assert settings["lock"]["info"] == json.loads((ROOT / "node_modules/pyodide/pyodide-lock.json").read_text())["info"]
    assert "resolved" not in (ROOT / "package-lock.json").read_text()
    assert f"Pyodide {settings['pyodide']}" in (ROOT / "docs/third-party.md").read_text(encoding="utf-8")


def test_the_zips_hold_byte_code_only_and_no_part_that_is_for_the_command_line(files):
    for name, path in files.items():
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                inside = archive.namelist()
            assert inside == sorted(inside) and all(entry.endswith(".pyc") for entry in inside)
            assert not {f"checker/{name}.pyc" for name in ("source", "past", "diff", "diff_text", "__main__")} & set(inside)
            assert "checker/__init__.pyc" in inside or "json/__init__.pyc" in inside


def test_a_first_visit_stays_within_its_budget(files):
    assert sum(len(gzip.compress(path.read_bytes(), 9)) for path in files.values()) < BUDGET


def test_a_second_build_gives_the_same_bytes_and_a_first_one_needs_no_luck(files, tmp_path):
    import subprocess

    built = {"stdlib": next(p for n, p in files.items() if "python_stdlib" in n), "checker": next(p for n, p in files.items() if "/checker." in n)}
    for what, path in built.items():
        again = tmp_path / f"{what}.zip"
        subprocess.run(["node", "tools/runtime.mjs", what, str(again)], cwd=ROOT, check=True)
        assert again.read_bytes() == path.read_bytes()


def copy_of_the_project(folder: Path) -> Path:
    (folder / "node_modules/pyodide").mkdir(parents=True)
    for name in (*runtime.UNCHANGED, "python_stdlib.zip"):
        shutil.copy(ROOT / "node_modules/pyodide" / name, folder / "node_modules/pyodide" / name)
    shutil.copytree(ROOT / "tools", folder / "tools")
    shutil.copytree(ROOT / "checker", folder / "checker", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def test_a_changed_file_of_pyodide_stops_the_build(tmp_path):
    project = copy_of_the_project(tmp_path)
    with open(project / "node_modules/pyodide/pyodide.asm.mjs", "a") as file:
        file.write(" ")
    with pytest.raises(runtime.RuntimeFilesError, match="pyodide.asm.mjs is not Pyodide"):
        runtime.runtime_files(project, "{}")
    (project / "node_modules/pyodide/pyodide.asm.mjs").unlink()
    with pytest.raises(runtime.RuntimeFilesError, match="npm ci"):
        runtime.runtime_files(project, "{}")


def test_without_node_the_message_says_what_is_missing(tmp_path, monkeypatch):
    project = copy_of_the_project(tmp_path)
    monkeypatch.setattr(runtime.shutil, "which", lambda name: None)
    with pytest.raises(runtime.RuntimeFilesError, match="Node.js"):
        runtime.runtime_files(project, "{}")
