/* The check page: the form, the state of the checker in words, and where the results go.
 *
 * The note lives in the text box and in memory, and nowhere else: not in the address, the title, the console or any store.
 */

import { startRuntime } from "./check-runtime.mjs";
import { asText, h, showReport } from "./check-results.mjs";

const page = document.getElementById("check");
if (page) start(page);

function start(page) {
  const $ = (id) => document.getElementById(id);
  const note = $("ck-note");
  const results = $("ck-results");
  const site = new URL("../", import.meta.url);
  const limit = (name) => Number(page.dataset[name]);
  let bundle = null;
  let shown = null; // { report, text, claim } of the results on the page
  let asked = 0; // how many checks were asked for; only the answer to the last is shown
  let checking = false;

  // The state of the checker ----------------------------------------------------------------------------

  const say = (text) => { $("ck-status").textContent = text; };

  function tell(state) {
    page.dataset.state = state.state === "bundle" ? page.dataset.state ?? "loading" : state.state;
    if (state.state === "bundle") {
      bundle = state.bundle;
      fillPayers($("ck-payer"), bundle);
    } else if (state.state === "loading") {
      showProgress(state.got, state.total);
    } else if (state.state === "starting") {
      showProgress(1, 1, "Starting Python …");
    } else if (state.state === "restarting") {
      showProgress(1, 1, "Restarting Python …");
    } else if (state.state === "ready") {
      $("ck-progress").hidden = true;
      if (!checking) say(shown ? "" : "Ready. Everything needed is on this page now; you could go offline.");
    } else if (state.state === "failed") {
      $("ck-progress").hidden = true;
      fail(`The checker could not be loaded. ${state.message} Your note is still here.`, retry);
    }
  }

  function showProgress(got, total, words) {
    $("ck-progress").hidden = false;
    $("ck-bar").max = total;
    $("ck-bar").value = got;
    const mb = (bytes) => (bytes / 1e6).toFixed(1);
    $("ck-bytes").textContent = words ?? `Loading the checker: ${mb(got)} of ${mb(total)} MB. You can write or paste meanwhile.`;
  }

  function fail(message, again) {
    $("ck-failure").hidden = false;
    $("ck-failure-text").textContent = message;
    $("ck-retry").hidden = !again;
    say("");
  }

  const clearFailure = () => { $("ck-failure").hidden = true; };

  function retry() {
    clearFailure();
    say("Trying again.");
    const wanted = checking || page.dataset.queued === "yes";
    runtime.retry().then(() => { if (wanted) check(); else note.focus(); }, () => {});
  }

  // The form --------------------------------------------------------------------------------------------

  function claimOf() {
    const [kind, payer] = $("ck-payer").value.split(":");
    const claim = {};
    if (payer) claim[kind] = payer;
    if ($("ck-discipline").value) claim.discipline = $("ck-discipline").value;
    if ($("ck-side").value) claim.side = $("ck-side").value;
    if ($("ck-on").value) claim.on = $("ck-on").value;
    if ($("ck-visit").value) claim.visit = Number($("ck-visit").value);
    return claim;
  }

  function wrongField() {
    if ($("ck-on").validity.badInput) return [$("ck-on"), "The date of service is not a whole date."];
    const visit = $("ck-visit");
    if (!visit.validity.valid) return [visit, "The visit number is a whole number from 1 to 999."];
    if (!note.value.trim()) return [note, "There is no note yet: paste or type one first."];
    return null;
  }

  async function check() {
    clearFailure();
    const wrong = wrongField();
    $("ck-wrong").hidden = !wrong;
    for (const field of [$("ck-on"), $("ck-visit"), note]) field.removeAttribute("aria-invalid");
    if (wrong) {
      $("ck-wrong").textContent = wrong[1];
      wrong[0].setAttribute("aria-invalid", "true");
      wrong[0].focus();
      return;
    }
    const mine = ++asked;
    const text = wellFormed(note.value);
    const claim = claimOf();
    checking = true;
    page.dataset.queued = "yes";
    if (page.dataset.state === "failed") return retry();
    say(page.dataset.state === "ready" ? "Checking …" : "Your note will be checked as soon as the checker is ready.");
    try {
      const report = await runtime.check(text, claim);
      if (mine === asked) show({ report, text, claim });
    } catch (error) {
      if (mine === asked) refuse(error);
      if (error.kind === "boot") return; // still wanted: checked after a retry
    } finally {
      if (mine === asked) checking = false;
    }
    if (mine === asked) page.dataset.queued = "no";
  }

  function refuse({ kind, message }) {
    if (kind === "boot") return; // said already, with a button to try again
    if (kind === "claim") {
      $("ck-wrong").hidden = false;
      $("ck-wrong").textContent = message;
      $("ck-payer").focus();
      say("");
    } else if (kind === "hung") {
      fail(`The checker took too long with this note (${message}) and is being restarted. Your note is still here.`, null);
    } else {
      fail(`The checker failed on this note and is being restarted. Your note is still here. What Python said: ${message}`, null);
    }
  }

  function show(answer) {
    shown = answer;
    results.hidden = false;
    const { heading, summary } = showReport({ ...answer, bundle, into: $("ck-report"), site });
    $("ck-stale").hidden = true;
    $("ck-copied").textContent = "";
    say(`Checked: ${summary}.`);
    heading.focus({ preventScroll: true });
    heading.scrollIntoView({ block: "start" });
  }

  function markStale() {
    $("ck-size").textContent = note.value ? `${Array.from(note.value).length.toLocaleString("en")} characters` : "";
    $("ck-example").disabled = Boolean(note.value); // it would take the place of what is there
    if (!shown) return;
    const same = wellFormed(note.value) === shown.text && JSON.stringify(claimOf()) === JSON.stringify(shown.claim);
    $("ck-stale").hidden = same;
  }

  $("ck-form").addEventListener("submit", (event) => {
    event.preventDefault();
    check();
  });
  note.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) check();
  });
  $("ck-form").addEventListener("input", markStale);
  $("ck-again").addEventListener("click", check);
  $("ck-retry").addEventListener("click", retry);
  $("ck-example").addEventListener("click", () => {
    note.value = $("ck-example-note").content.textContent.trim();
    note.focus(); // before the button is switched off, so that the focus is not lost
    markStale();
    note.setSelectionRange(0, 0);
    note.scrollTop = 0;
  });
  $("ck-clear").addEventListener("click", () => {
    note.value = "";
    shown = null;
    asked += 1; // an answer still under way is no longer wanted
    checking = false;
    page.dataset.queued = "no";
    results.hidden = true;
    $("ck-report").replaceChildren();
    clearFailure();
    $("ck-wrong").hidden = true;
    markStale();
    say("Cleared.");
    note.focus();
  });
  $("ck-copy").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(asText(shown.report, bundle));
      $("ck-copied").textContent = "Copied. It holds words of the note.";
    } catch {
      $("ck-copied").textContent = "The browser did not allow copying.";
    }
  });
  $("ck-print").addEventListener("click", () => print());

  $("ck-check").disabled = false;
  markStale();
  if (!globalThis.WebAssembly || !globalThis.Worker) {
    tell({ state: "failed", message: "This browser cannot run it: it has no WebAssembly." });
    return;
  }
  const runtime = startRuntime({
    folder: new URL("py/", import.meta.url),
    limits: { stall: limit("stall"), boot: limit("boot"), check: limit("hang") },
    tell,
  });
}

/* A lone half of a character pair is no character, and Python would refuse it. Nothing moves: one unit for one unit. */
function wellFormed(text) {
  return text.toWellFormed?.() ?? text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
}

/* One list for both ways to say who pays, so that the two cannot disagree. */
function fillPayers(select, bundle) {
  const { contractors, states } = bundle.contractors;
  const names = states ?? {};
  const known = new Set(contractors.flatMap((c) => c.jurisdictions.flatMap((j) => j.states)));
  const codes = [...new Set([...Object.keys(names), ...known])].sort((a, b) => (names[a] ?? a).localeCompare(names[b] ?? b));
  const chosen = select.value;
  const named = (code) => (names[code] ? `${names[code]} (${code})` : code);
  select.replaceChildren(
    h("option", { value: "" }, "Not stated"),
    h("optgroup", { label: "By state" }, codes.map((code) => h("option", { value: `state:${code}` }, named(code)))),
    h("optgroup", { label: "By contractor" }, contractors.map((c) => h("option", { value: `contractor:${c.id}` }, c.name))));
  select.value = chosen;
}
