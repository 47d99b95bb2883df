/* Runs the checker, in Python, away from the page.
 *
 * In:  {id, op: "boot", urls, lock, wasm, stdlib, checker, bundle}   once, first
 *      {id, op: "check", text, claim}                         as often as wanted
 * Out: {event: "ready"}                     it can be spoken to
 *      {id, ok: true, report: <JSON text>}  for a check; for the boot, without a report
 *      {id, ok: false, kind, message}       kind: "claim" (the claim was wrong), "boot" or "python"
 *
 * Every message with an id is answered once. The page has fetched all bytes and closed itself to the network before it
 * starts this worker; what is left here is to take away the ways to the network from Python as well.
 *
 * No static import stands here: the file is itself imported, from a one-line script that inherits the page's policy.
 */

let checker = null;
let policy = null;
let pyodide = null;

const answer = (id, rest) => self.postMessage({ id, ...rest });

self.onmessage = async ({ data }) => {
  const { id, op } = data;
  try {
    if (op === "boot") {
      await boot(data);
      answer(id, { ok: true });
    } else if (op === "check") {
      answer(id, { ok: true, report: check(data.text, data.claim) });
    } else {
      answer(id, { ok: false, kind: "python", message: `unknown request ${String(op)}` });
    }
  } catch (error) {
    answer(id, { ok: false, ...described(error, op) });
  }
};

function check(text, claim) {
  const claimed = pyodide.toPy(claim);
  let report;
  try {
    report = checker.check(text, policy, claimed);
    return checker.to_json(report);
  } finally {
    claimed.destroy();
    report?.destroy?.();
  }
}

/* A Python error arrives with its whole traceback as the message; its last line is what happened. */
function described(error, op) {
  const message = String(error?.message ?? error?.errno ?? error);
  if (error?.type === "ClaimError") {
    return { kind: "claim", message: message.trimEnd().split("\n").at(-1).replace(/^[\w.]*ClaimError:\s*/, "") };
  }
  return { kind: op === "boot" ? "boot" : "python", message: message.trimEnd().split("\n").at(-1) };
}

async function boot({ urls, lock, wasm, stdlib, checker: code, bundle }) {
  const giveBack = serveBytes(wasm, stdlib);
  try {
    const { loadPyodide } = await import(urls.loader);
    pyodide = await loadPyodide({
      indexURL: urls.folder,
      stdLibURL: `${urls.folder}python_stdlib.zip`,
      // No package is ever loaded, so the list of packages is empty, and there is no other place to load one from.
      lockFileContents: lock,
      packageBaseUrl: urls.folder,
      stdout: () => {},
      stderr: () => {},
    });
  } finally {
    giveBack();
  }
  pyodide.FS.writeFile("/lib/checker.zip", new Uint8Array(code));
  const sys = pyodide.pyimport("sys");
  sys.path.insert(0, "/lib/checker.zip");
  checker = pyodide.pyimport("checker");
  policy = checker.load(bundle);
  lockDown();
}

/* While Pyodide boots, its requests for files are answered from what the page has fetched already. */
function serveBytes(wasm, stdlib) {
  const fetch = self.fetch;
  const instantiateStreaming = WebAssembly.instantiateStreaming;
  self.fetch = async (url) => {
    const path = new URL(url?.url ?? url, self.location.href).pathname;
    if (path.endsWith(".wasm")) return new Response(new Uint8Array(0), { headers: { "Content-Type": "application/wasm" } });
    if (path.endsWith("/python_stdlib.zip")) return new Response(stdlib);
    throw new TypeError("nothing is fetched here");
  };
  WebAssembly.instantiateStreaming = async (_response, imports) => ({
    module: wasm,
    instance: await WebAssembly.instantiate(wasm, imports),
  });
  return () => {
    self.fetch = fetch;
    WebAssembly.instantiateStreaming = instantiateStreaming;
  };
}

/* The second wall; the first is the policy of the page, which this worker inherits. */
function lockDown() {
  const names = [
    "fetch", "fetchLater", "XMLHttpRequest", "WebSocket", "WebSocketStream", "WebTransport", "EventSource", "RTCPeerConnection",
    "importScripts", "Worker", "SharedWorker", "caches", "Cache", "CacheStorage", "BroadcastChannel", "Request", "indexedDB", "eval",
  ];
  for (const name of names) {
    for (let holder = self; holder; holder = Object.getPrototypeOf(holder)) {
      if (Object.hasOwn(holder, name)) delete holder[name];
    }
    Object.defineProperty(self, name, { value: undefined, writable: false, configurable: false });
  }
  // Code made from text. Function itself has to stay: Pyodide asks what is an instance of it.
  const refuse = function () {
    throw new TypeError("code is not made from text here");
  };
  refuse.prototype = Function.prototype;
  const kinds = [function () {}, async function () {}, function* () {}, async function* () {}];
  for (const kind of kinds) {
    Object.defineProperty(Object.getPrototypeOf(kind), "constructor", { value: refuse, writable: false, configurable: false });
  }
  Object.defineProperty(self, "Function", { value: refuse, writable: false, configurable: false });
  for (const name of ["setTimeout", "setInterval"]) {
    const real = self[name];
    Object.defineProperty(self, name, {
      value: (what, ...rest) => (typeof what === "function" ? real.call(self, what, ...rest) : refuse()),
      writable: false,
      configurable: false,
    });
  }
}

self.postMessage({ event: "ready" });
