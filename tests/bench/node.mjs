/* Milliseconds for a note of about 2 KB with the Python of the browser, under Node. Medians.
 *
 *   node tests/bench/node.mjs STDLIB CHECKER BUNDLE [RUNS]
 *
 * The three files are those of docs/hooks/runtime.py. Prints one line of JSON:
 * {"notes", "characters", "start", "build", "first", "per_note"}, the last four in ms: from nothing to the policy loaded, of that
 * the policy itself, the first check, and a note afterwards (the median over all notes of the median of its runs).
 */
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { start } from "../../tools/parity.mjs";

const folder = resolve(dirname(fileURLToPath(import.meta.url)), "../notes");
const [stdlib, checker, bundle, runs = "7"] = process.argv.slice(2);
if (!bundle) {
  console.error("usage: node tests/bench/node.mjs STDLIB CHECKER BUNDLE [RUNS]");
  process.exit(2);
}

const median = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
};
const timed = (what) => {
  const before = performance.now();
  what();
  return performance.now() - before;
};

// The notes nearest to 2 KB, brought to that length so that they can be compared.
const SIZE = 2048;
const notes = readdirSync(folder)
  .filter((name) => name.endsWith(".txt"))
  .sort()
  .map((name) => readFileSync(join(folder, name), "utf8"))
  .sort((a, b) => Math.abs(a.length - SIZE) - Math.abs(b.length - SIZE))
  .slice(0, 15)
  .map((text) => (text.length >= SIZE ? text : `${text}\n${text}`).slice(0, SIZE));

const before = performance.now();
const check = await start({ stdlib, checker, bundle });
const started = performance.now() - before;
const first = timed(() => check(notes[0], {}));
const perNote = notes.map((note) => {
  check(note, {});
  return median(Array.from({ length: Number(runs) }, () => timed(() => check(note, {}))));
});
const round = (ms) => Math.round(ms * 100) / 100;
console.log(JSON.stringify({ notes: notes.length, characters: SIZE, start: round(started), build: round(check.build), first: round(first), per_note: round(median(perNote)) }));
