/* Makes the Python files of the check page, with the Python that will run them.
 *
 *   node tools/runtime.mjs stdlib OUT     the standard library: byte-compiled, only the modules that runtime.json keeps
 *   node tools/runtime.mjs checker OUT    checker/*.py, byte-compiled, without the parts that only the command line needs
 *
 * In: node_modules/pyodide and checker/. Out: one zip. The same input gives the same bytes: fixed dates, sorted names,
 * and byte code that carries a hash of its source in place of a time.
 *
 * What is kept: what Pyodide imports when it starts (`keep_for_the_start`), and what the checker or Python itself may
 * import later (`keep_besides`). A module that is missing shows in tests/test_parity.py.
 *
 * Why: Pyodide ships its library as source and compiles some 190 modules at every start. Byte code starts in about
 * half the time, and the modules nobody imports need not be downloaded.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const settings = JSON.parse(readFileSync(join(root, "tools/runtime.json"), "utf8"));
const pyodideDir = join(root, "node_modules/pyodide");

// Runs inside Pyodide. `files` is a list of [name in the zip, file name that tracebacks show, source bytes].
const PACK = `
import importlib._bootstrap_external as external, importlib.util, io, zipfile

def pack(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zip:
        for name, shown, source in sorted(files):
            code = compile(source, shown, "exec", dont_inherit=True, optimize=2)
            data = external._code_to_hash_pyc(code, importlib.util.source_hash(source), False)
            entry = zipfile.ZipInfo(name + "c", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            zip.writestr(entry, data, compresslevel=9)
    return out.getvalue()

def stdlib(keep):
    files = []
    with zipfile.ZipFile("/lib/python314.zip") as shipped:
        there = set(shipped.namelist())
        for module in keep.to_py():
            name = module.replace(".", "/") + ".py"
            if name not in there:
                raise ValueError("tools/runtime.json keeps " + module + ", which this Pyodide does not have")
            files.append((name, "/lib/python314.zip/" + name, shipped.read(name)))
    return pack(files)

def checker(names, sources):
    return pack([("checker/" + n, "/lib/checker.zip/checker/" + n, s.encode()) for n, s in zip(names.to_py(), sources.to_py())])
`;

async function python() {
  for (const [name, want] of Object.entries(settings.sha256)) {
    const got = createHash("sha256").update(readFileSync(join(pyodideDir, name))).digest("hex");
    if (got !== want) throw new Error(`node_modules/pyodide/${name} is not the file that tools/runtime.json names: sha256 ${got}`);
  }
  const { loadPyodide } = await import(pathToFileURL(join(pyodideDir, "pyodide.mjs")).href);
  const py = await loadPyodide({ indexURL: pyodideDir });
  if (py.version !== settings.pyodide) throw new Error(`Pyodide ${py.version}, but tools/runtime.json names ${settings.pyodide}`);
  py.runPython(PACK);
  return py;
}

function checkerSources() {
  const names = readdirSync(join(root, "checker"))
    .filter((n) => n.endsWith(".py") && !settings.leave_out_of_checker.includes(n))
    .sort();
  return [names, names.map((n) => readFileSync(join(root, "checker", n), "utf8"))];
}

async function main([what, out]) {
  if (!out || !["stdlib", "checker"].includes(what)) throw new Error("usage: node tools/runtime.mjs stdlib|checker OUT");
  const py = await python();
  const made = what === "stdlib"
    ? py.globals.get("stdlib")([...settings.keep_for_the_start, ...settings.keep_besides])
    : py.globals.get("checker")(...checkerSources());
  const bytes = made.toJs();
  mkdirSync(dirname(resolve(out)), { recursive: true });
  writeFileSync(`${out}.part`, bytes);
  renameSync(`${out}.part`, out); // never leaves half a file under the final name
}

main(process.argv.slice(2)).catch((error) => {
  console.error(`runtime: ${error.message}`);
  process.exitCode = 1;
});
