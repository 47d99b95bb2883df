/* Turns a report into what a reader sees. Everything that comes from a note is put in as text, never as markup.
 *
 *   showReport({ report, text, bundle, into, site })  fills the element `into`; returns { heading, summary }
 *   asText(report, bundle)                            the same in plain text, for the clipboard
 */

const GROUPS = [
  { key: "flagged", word: "Flagged", sign: "▲", lead: "The note shows something that the policy says is not covered." },
  { key: "unmet", word: "Not found", sign: "○", lead: "The policy asks for it; nothing in the note shows it." },
  { key: "partial", word: "Partly", sign: "◐", lead: "Something is there, and something is missing." },
  { key: "met", word: "Met", sign: "✓", lead: "The note shows it." },
  { key: "clear", word: "Not flagged", sign: "✓", lead: "Nothing was found that points to something the policy says is not covered." },
  { key: "not-applicable", word: "Does not apply", sign: "–", lead: "", several: "do not apply" },
];

const DISCLAIMER =
  "This looks for the elements that the quoted policy names, in the words of this note. It is not legal, billing or medical advice, " +
  "and no prediction of payment or denial. What is not found may still be there, and what is found may not be enough: the policy " +
  "text and the contractor decide.";

const KINDS = { evaluation: "an evaluation", daily: "a daily note", progress: "a progress note", discharge: "a discharge note" };
const TREATMENT = { delivered: "treatment was given", planned: "treatment is only planned", none: "no treatment is reported" };
const INDICATION = {
  met: ["✓", "Met", "The note shows at least one of the two things of which the policy asks for one: a condition, or a need tied to function."],
  partial: ["◐", "Partly", "The note shows part of what the policy asks for: a condition, or a need tied to function."],
  unmet: ["○", "Not found", "Neither a condition nor a need tied to function was found. The policy asks for at least one."],
  "not-applicable": ["–", "Does not apply", "This was not read as a therapy note."],
};

const EXCLUSIONS = ["non-covered-purpose", "unskilled"];

/* For an exclusion, what is found is the problem. */
function groupOf(outcome) {
  const turned = EXCLUSIONS.includes(outcome.rule) ? { unmet: "flagged", met: "clear" } : {};
  return turned[outcome.outcome] ?? outcome.outcome;
}

const DAY = new Intl.DateTimeFormat("en-US", { dateStyle: "long", timeZone: "UTC" });

/* Our prose with its days spelled out, as on the other pages. */
function prose(text) {
  return text.replace(/\b\d{4}-\d{2}-\d{2}\b/g, (day) => (Number.isNaN(Date.parse(day)) ? day : DAY.format(new Date(day))));
}

/* An element with attributes and children; a child that is a string becomes a text node. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "onclick") element.addEventListener("click", value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

/* The one place where the report's offsets, in code points, become JavaScript's, in UTF-16 units. */
function inUtf16(report, text) {
  let at = (offset) => offset;
  if (/[\ud800-\udbff][\udc00-\udfff]/.test(text)) {
    const units = [0];
    for (const character of text) units.push(units.at(-1) + character.length);
    at = (offset) => units[Math.min(offset, units.length - 1)];
  }
  return report.outcomes.map((outcome) => ({
    ...outcome,
    evidence: outcome.evidence.map((e) => ({ ...e, start: at(e.start), end: at(e.end) })),
  }));
}

function counts(report) {
  return GROUPS.map((group) => ({ ...group, count: report.outcomes.filter((o) => groupOf(o) === group.key).length }))
    .filter((group) => group.count);
}

const counted = (group) => `${group.count} ${group.count > 1 && group.several ? group.several : group.word.toLowerCase()}`;

function summaryOf(report) {
  return counts(report).map(counted).join(", ");
}

export function showReport({ report, text, bundle, into, site }) {
  const outcomes = inUtf16(report, text).map((outcome, index) => ({ ...outcome, number: index + 1, group: groupOf(outcome) }));
  const policy = lookUp(bundle);
  const links = new Links();
  const heading = h("h2", { id: "ck-results-title", tabindex: "-1" }, "Results");
  const summary = summaryOf(report);

  const findings = h("div", { class: "ck-findings" },
    h("p", { class: "ck-disclaimer" }, DISCLAIMER),
    governingBox(report, policy, site),
    indicationBox(report, outcomes, policy),
    GROUPS.map((group) => groupSection(group, outcomes.filter((o) => o.group === group.key), { report, policy, links, site })),
    notCheckedBox(report, site),
    h("p", { class: "ck-version" },
      `Policy version ${report.policy.version}, digest `, h("code", { title: report.policy.digest }, report.policy.digest.slice(0, 12)),
      `; checker ${report.checker}.`));

  into.replaceChildren(
    heading,
    h("p", { class: "ck-counts" }, counts(report).map((group) =>
      h("a", { class: `ck-count ck-${group.key}`, href: `#ck-group-${group.key}` }, sign(group.sign), counted(group)))),
    h("p", { class: "ck-kind" }, kindOf(report.note)),
    h("p", { class: "ck-jump" }, h("a", { href: "#ck-note-title" }, "To your note, marked")),
    h("div", { class: "ck-columns" }, findings, noteView(text, outcomes, policy, links)));
  return { heading, summary };
}

function kindOf(note) {
  if (note.kind === "not-therapy") return "This was not read as a therapy note, so no rule was applied. If it is one, it may be too short to tell, or only a part of it was put in.";
  const kind = KINDS[note.kind] ?? `a note of the kind “${note.kind}”`;
  const treatment = TREATMENT[note.treatment];
  return `Read as ${kind}${treatment ? `; ${treatment}` : ""}.`;
}

const sign = (character) => h("span", { class: "ck-sign", "aria-hidden": "true" }, character);

function lookUp(bundle) {
  const by = (list) => new Map((list ?? []).map((item) => [item.id, item]));
  const statements = by(bundle.policy.statements);
  const topics = new Map();
  for (const topic of bundle.policy.topics ?? []) for (const id of topic.statements) topics.set(id, topic.id);
  return { statements, topics, rules: by(bundle.rules), lcds: by(bundle.lcds) };
}

/* What is said of an LCD, without the name and version that stand before it already. */
function withoutName({ lcd, version, text }) {
  const name = `${lcd}, version ${version}`;
  const rest = text?.startsWith(name) ? text.slice(name.length).replace(/^[;,]?\s*/, "") : text ?? "";
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

// What governs the claim ------------------------------------------------------------------------------

function governingBox(report, policy, site) {
  const lcds = report.governing.map((g) => h("li", {}, h("a", { href: new URL(`lcds/${g.lcd}/`, site).href }, g.lcd),
    h("strong", {}, ` ${g.status}${g.version ? `, version ${g.version}` : ""}.`), ` ${prose(withoutName(g))}`));
  const gaps = report.gaps.map((gap) => h("li", {}, prose(gap.text)));
  return h("section", { class: "ck-box", "aria-labelledby": "ck-governing" },
    h("h3", { id: "ck-governing" }, "What governs this claim"),
    lcds.length ? h("ul", {}, lcds) : h("p", {}, "No LCD that is known here to be in force governs this claim. Every result below is guidance."),
    Object.values(report.claim).every((said) => said === null)
      ? h("p", {}, "Say above who pays, what was billed and when: then each result tells whether it binds.") : null,
    gaps.length ? [h("p", { class: "ck-minor" }, "What could not be settled:"), h("ul", { class: "ck-gaps" }, gaps)] : null);
}

function indicationBox(report, outcomes, policy) {
  const [shape, word, says] = INDICATION[report.indication.outcome];
  const from = report.indication.from.map((id) => policy.rules.get(id)?.title ?? id);
  return h("section", { class: `ck-box ck-indication ck-${report.indication.outcome}`, "aria-labelledby": "ck-indication" },
    h("h3", { id: "ck-indication" }, "Indication: ", badge(shape, word)),
    h("p", {}, says, from.length && report.indication.outcome !== "unmet" ? ` From: ${from.join(" and ")}.` : ""));
}

const badge = (shape, word) => h("span", { class: "ck-badge" }, sign(shape), word);

// The findings ----------------------------------------------------------------------------------------

function groupSection(group, outcomes, context) {
  if (!outcomes.length) return null;
  return h("section", { class: `ck-group ck-${group.key}`, "aria-labelledby": `ck-group-${group.key}` },
    h("h3", { id: `ck-group-${group.key}`, tabindex: "-1" }, sign(group.sign), `${group.word} (${outcomes.length})`),
    group.lead ? h("p", { class: "ck-minor" }, group.lead) : null,
    h("ol", { class: "ck-list" }, outcomes.map((outcome) => h("li", {}, finding(outcome, group, context)))));
}

function finding(outcome, group, { report, policy, links, site }) {
  const rule = policy.rules.get(outcome.rule) ?? { id: outcome.rule, title: outcome.rule, missing: {} };
  const missing = outcome.missing.map((id) => rule.missing?.[id] ?? id);
  const wanting = group.key === "flagged" || group.key === "unmet" || group.key === "partial";
  const more = h("details", { open: group.key === "flagged" || group.key === "unmet" },
    h("summary", {}, "The policy’s words"),
    outcome.cites.map((cite) => quotation(cite, outcome, report, policy, site)),
    h("p", { class: "ck-minor" }, h("a", { href: new URL(`rules/${outcome.rule}/`, site).href }, "How this is checked, with examples")));
  return h("article", { class: `ck-finding ck-${group.key}`, "aria-labelledby": `ck-rule-${outcome.rule}` },
    h("div", { class: "ck-head" },
      h("h4", { id: `ck-rule-${outcome.rule}` }, h("span", { class: "ck-number" }, String(outcome.number)), " ", rule.title),
      badge(group.sign, group.word)),
    h("p", {}, outcome.say),
    outcome.reason ? h("p", { class: "ck-reason" }, h("strong", {}, "Why only partly: "), outcome.reason) : null,
    missing.length ? h("p", { class: "ck-missing" }, h("strong", {}, "Missing: "), `${missing.join("; ")}.`) : null,
    outcome.evidence.length ? h("ul", { class: "ck-evidence", "aria-label": "Words in the note" },
      outcome.evidence.map((e, index) => evidenceItem(e, index, outcome, rule, links))) : null,
    wanting && rule.satisfy ? h("p", { class: "ck-satisfy" }, h("strong", {}, "What would satisfy it: "), rule.satisfy) : null,
    report.note.kind === "not-therapy" ? null : bindingLine(outcome, site),
    more);
}

function evidenceItem(e, index, outcome, rule, links) {
  const button = h("button", { type: "button", class: "ck-quote", onclick: () => links.toNote(outcome, index) },
    h("span", { class: "ck-hidden" }, "Show in the note: "),
    h("bdi", {}, `“${shortened(e.text)}”`));
  links.fromResults(outcome, index, button);
  const cue = e.cue ? `, read as ${e.cue.means} because of “${shortened(e.cue.text)}”` : "";
  return h("li", {}, button, e.why || cue ? h("span", { class: "ck-minor" }, ` ${e.why ?? ""}${cue}`) : null);
}

function shortened(text, limit = 160) {
  const flat = text.replace(/\s+/g, " ").trim();
  const characters = Array.from(flat);
  return characters.length <= limit ? flat : `${characters.slice(0, limit - 1).join("").trimEnd()}…`;
}

function bindingLine(outcome, site) {
  const carriers = outcome.carried_by.map((c, index) => [
    index ? "; " : "",
    h("a", { href: new URL(`lcds/${c.lcd}/`, site).href }, c.lcd),
    `${c.version ? ` version ${c.version}` : ""}${c.for ? `, for ${c.for}` : ""}`,
  ]).flat();
  return outcome.authority === "binding"
    ? h("p", { class: "ck-authority ck-binding" }, h("strong", {}, "Binds this claim"), carriers.length ? ": " : "", carriers)
    : h("p", { class: "ck-authority" }, h("strong", {}, "Guidance for this claim"), carriers.length ? ", said by " : "", carriers);
}

function quotation(cite, outcome, report, policy, site) {
  const id = cite.split("/").at(-1);
  const statement = policy.statements.get(id);
  if (!statement) return h("p", {}, cite);
  const words = wordsOn(statement, report.claim.on);
  const topic = policy.topics.get(id);
  return h("figure", { class: "ck-policy" },
    h("blockquote", {}, statement.lead ? h("p", {}, statement.lead) : null, words.lead ? h("p", {}, words.lead) : null, h("p", {}, words.text)),
    h("figcaption", {}, `Policy text, from the part on ${statement.heading[0].toLowerCase()}${statement.heading.slice(1)}. `,
      topic ? h("a", { href: new URL(`guidance/${topic}/#${id}`, site).href }, "What it means") : null));
}

/* Revisions stand newest first; one holds until the one above it begins. */
function wordsOn(statement, day) {
  const held = statement.revisions.find((revision) => !revision.effective || !day || revision.effective <= day);
  return held ?? statement.revisions.at(-1);
}

function notCheckedBox(report, site) {
  return h("section", { class: "ck-box", "aria-labelledby": "ck-not-checked" },
    h("h3", { id: "ck-not-checked" }, "Not checked here"),
    h("ul", {}, report.not_checked.map((item) => h("li", {}, item))),
    h("p", { class: "ck-minor" }, h("a", { href: new URL("scope/", site).href }, "What this does not check, and where to look instead")));
}

// The note with its marks -----------------------------------------------------------------------------

/* Remembers which button of the results belongs to which button in the note, and moves the focus between them. */
class Links {
  #results = new Map();
  #note = new Map();
  #cameFrom = new Map(); // button in the note -> the button in the results that last led to it
  #key = (outcome, index) => `${outcome.rule} ${index}`;

  fromResults(outcome, index, button) { this.#results.set(this.#key(outcome, index), button); }
  fromNote(outcome, index, button, marks) { this.#note.set(this.#key(outcome, index), { button, marks }); }

  toNote(outcome, index) {
    const { button, marks } = this.#note.get(this.#key(outcome, index)) ?? {};
    if (!button) return;
    document.querySelectorAll(".ck-here").forEach((mark) => mark.classList.remove("ck-here"));
    marks.forEach((mark) => mark.classList.add("ck-here"));
    select(button);
    this.#cameFrom.set(button, this.#results.get(this.#key(outcome, index)));
    button.focus({ preventScroll: true });
    (marks[0] ?? button).scrollIntoView({ block: "center", behavior: calm() ? "auto" : "smooth" });
  }

  toResults(outcome, index, from) {
    const button = this.#cameFrom.get(from) ?? this.#results.get(this.#key(outcome, index));
    button?.focus({ preventScroll: true });
    button?.scrollIntoView({ block: "center", behavior: calm() ? "auto" : "smooth" });
  }
}

const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/* One stop for the Tab key in the whole note; arrow keys go from mark to mark. */
function select(button) {
  button.closest(".ck-text").querySelectorAll(".ck-ref").forEach((other) => { other.tabIndex = other === button ? 0 : -1; });
}

const WEIGHT = ["not-applicable", "clear", "met", "partial", "unmet", "flagged"];

function noteView(text, outcomes, policy, links) {
  const found = outcomes.flatMap((outcome) => outcome.evidence
    .map((e, index) => ({ ...e, outcome, index, marks: [] }))
    .filter((e) => e.end > e.start));
  const starts = new Map();
  const ends = new Map();
  for (const e of found) {
    starts.set(e.start, [...(starts.get(e.start) ?? []), e]);
    ends.set(e.end, [...(ends.get(e.end) ?? []), e]);
  }
  const cuts = [...new Set([0, text.length, ...starts.keys(), ...ends.keys()])].sort((a, b) => a - b);
  const view = h("div", { class: "ck-text", role: "group", "aria-labelledby": "ck-note-title", "aria-describedby": "ck-note-help", dir: "auto" });
  let open = [];
  cuts.forEach((cut, position) => {
    open = open.filter((e) => e.end > cut);
    if (ends.has(cut)) view.append(references(ends.get(cut), policy, links));
    open = open.concat(starts.get(cut) ?? []);
    const piece = text.slice(cut, cuts[position + 1] ?? text.length);
    if (!piece) return;
    if (!open.length) {
      view.append(piece);
      return;
    }
    const heaviest = open.reduce((a, b) => (WEIGHT.indexOf(a.outcome.group) >= WEIGHT.indexOf(b.outcome.group) ? a : b));
    const mark = h("mark", { class: `ck-mark ck-${heaviest.outcome.group}` }, piece);
    open.forEach((e) => e.marks.push(mark));
    view.append(mark);
  });
  const first = view.querySelector(".ck-ref");
  if (first) first.tabIndex = 0;
  else view.tabIndex = 0; // a long note must be scrollable by keyboard
  view.addEventListener("keydown", (event) => {
    const refs = [...view.querySelectorAll(".ck-ref")];
    const here = refs.indexOf(document.activeElement);
    const next = { ArrowRight: here + 1, ArrowDown: here + 1, ArrowLeft: here - 1, ArrowUp: here - 1, Home: 0, End: refs.length - 1 }[event.key];
    if (here < 0 || next === undefined || !refs[next]) return;
    event.preventDefault();
    select(refs[next]);
    refs[next].focus();
  });
  return h("section", { class: "ck-noteview", "aria-labelledby": "ck-note-title" },
    h("h3", { id: "ck-note-title", tabindex: "-1" }, "Your note, marked"),
    h("p", { class: "ck-minor", id: "ck-note-help" },
      found.length
        ? "A small number leads back to the finding it belongs to. With the keyboard: arrow keys from number to number, Enter to go back."
        : "Nothing in the note is marked."),
    view);
}

/* The numbers are drawn from an attribute, so that the text of this view is the note and nothing else.
   Pieces of one finding that end in the same place share a number. */
function references(ending, policy, links) {
  const buttons = new Map();
  for (const e of ending) {
    const { number, rule, group } = e.outcome;
    if (!buttons.has(number)) {
      const title = policy.rules.get(rule)?.title ?? rule;
      const button = h("button", {
        type: "button", class: `ck-ref ck-${group}`, tabindex: "-1", "data-number": number,
        "aria-label": `Finding ${number}, ${title}: “${shortened(e.text, 60)}”. Back to the finding`,
        onclick: () => links.toResults(e.outcome, e.index, button),
      });
      buttons.set(number, button);
    }
    links.fromNote(e.outcome, e.index, buttons.get(number), e.marks);
  }
  return h("span", { class: "ck-refs" }, [...buttons.values()]);
}

// For the clipboard -----------------------------------------------------------------------------------

export function asText(report, bundle) {
  const { rules } = lookUp(bundle);
  const lines = ["Check of a therapy note against the policy for CPT 97110", kindOf(report.note)];
  lines.push(...report.governing.map((g) => `Governs: ${g.lcd}${g.version ? ` version ${g.version}` : ""}, ${g.status}. ${prose(g.text ?? "")}`));
  lines.push(...report.gaps.map((gap) => `Not settled: ${prose(gap.text)}`));
  const [, word] = INDICATION[report.indication.outcome];
  lines.push("", `Indication: ${word}`);
  for (const group of GROUPS) {
    const members = report.outcomes.filter((o) => groupOf(o) === group.key);
    if (members.length) lines.push("", `${group.word} (${members.length})`);
    for (const o of members) {
      const rule = rules.get(o.rule) ?? {};
      const missing = o.missing.map((id) => rule.missing?.[id] ?? id);
      lines.push(`- ${rule.title ?? o.rule}: ${o.say}`);
      if (missing.length) lines.push(`  Missing: ${missing.join("; ")}`);
      lines.push(...o.evidence.map((e) => `  “${shortened(e.text)}”${e.why ? ` (${e.why})` : ""}`));
      const carried = o.carried_by.map((c) => `${c.lcd}${c.version ? ` version ${c.version}` : ""}`).join(", ");
      lines.push(`  ${o.authority === "binding" ? "Binds this claim" : "Guidance"}${carried ? `: ${carried}` : ""}`);
    }
  }
  lines.push("", "Not checked here", ...report.not_checked.map((item) => `- ${item}`));
  lines.push("", DISCLAIMER, `Policy version ${report.policy.version}, digest ${report.policy.digest}; checker ${report.checker}.`, "");
  return lines.join("\n");
}
