/* Checks notes with the Python of the browser, under Node: for tests and measurements.
 *
 *   node tools/parity.mjs < request.json > reports.json
 *
 * In:  {"stdlib": path, "checker": path, "bundle": path, "cases": [{"text", "claim"}]}
 * Out: a list, for each case {"report": JSON text of the report} or {"error": the last line of the Python error}
 *
 * `start` is what tests/bench/node.mjs uses as well.
 */
import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

/* The checker as the page's worker starts it: the same files, the same order. -> check(text, claim) -> JSON text;
 * check.build is how many ms the policy took to be made ready. */
export async function start({ stdlib, checker: code, bundle }) {
  const settings = JSON.parse(readFileSync(join(root, "tools/runtime.json"), "utf8"));
  const folder = join(root, "node_modules/pyodide");
  const { loadPyodide } = await import(pathToFileURL(join(folder, "pyodide.mjs")).href);
  const pyodide = await loadPyodide({ indexURL: folder, stdLibURL: resolve(stdlib), lockFileContents: settings.lock, packageBaseUrl: folder });
  pyodide.FS.writeFile("/lib/checker.zip", readFileSync(code));
  pyodide.pyimport("sys").path.insert(0, "/lib/checker.zip");
  const checker = pyodide.pyimport("checker");
  const bundled = readFileSync(bundle, "utf8");
  const begun = performance.now();
  const policy = checker.load(bundled);
  const build = performance.now() - begun;
  const check = (text, claim) => {
    const claimed = pyodide.toPy(claim);
    let report;
    try {
      report = checker.check(text, policy, claimed);
      return checker.to_json(report);
    } finally {
      claimed.destroy();
      report?.destroy?.();
    }
  };
  return Object.assign(check, { build });
}

async function main() {
  const request = JSON.parse(readFileSync(0, "utf8"));
  const check = await start(request);
  const answers = request.cases.map(({ text, claim }) => {
    try {
      return { report: check(text, claim) };
    } catch (error) {
      return { error: String(error.message).trimEnd().split("\n").at(-1) };
    }
  });
  process.stdout.write(JSON.stringify(answers));
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  main().catch((error) => {
    console.error(`parity: ${error.message}`);
    process.exitCode = 1;
  });
}
