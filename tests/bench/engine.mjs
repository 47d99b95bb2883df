/* Our engine in the browser's Python, under Node, for compare.py: says and hears what engine.py does.
 *
 *   node tests/bench/engine.mjs NOTES STDLIB CHECKER BUNDLE
 */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { start } from "../../tools/parity.mjs";

const [folder, stdlib, checker, bundle] = process.argv.slice(2);
const cpu = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

const check = await start({ stdlib, checker, bundle });
say({ cpu: cpu() });
const notes = readdirSync(folder).filter((name) => name.endsWith(".txt")).sort().map((name) => readFileSync(join(folder, name), "utf8"));
for await (const _ of createInterface({ input: process.stdin })) {
  const begun = cpu();
  notes.forEach((note) => check(note, {}));
  say({ cpu: cpu() - begun, peak: process.resourceUsage().maxRSS / 1024, found: 0 });
}
