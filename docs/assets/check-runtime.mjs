/* Loads the checker, closes the page to the network, starts the worker, and passes notes to it.
 *
 * `startRuntime({ folder, limits, tell })` begins at once and returns { check, retry }:
 *   check(text, claim)  -> promise of a report; rejects with { kind, message }; waits until the checker is ready
 *   retry()             tries again after a failure
 * `tell(state)` is called with what a reader should know:
 *   { state: "loading", got, total }   bytes
 *   { state: "bundle", bundle }        the policy has arrived
 *   { state: "starting" | "ready" | "restarting" }
 *   { state: "failed", message }
 *
 * `limits`, in milliseconds: stall (nothing arrives), boot (Python does not start), check (a note takes too long).
 */

const SEAL = "connect-src 'none'";

export function startRuntime({ folder, limits, tell }) {
  let parts = null; // all bytes, kept so that a worker can be restarted without the network
  let worker = null;
  let pending = new Map(); // id -> { resolve, reject, timer }
  let lastId = 0;
  let lost = false; // the worker died while nobody was waiting for it
  let ready = begin(false);

  function begin(again) {
    const attempt = (async () => {
      if (!parts) {
        parts = await fetchParts(folder, limits.stall, again, tell);
        seal();
      }
      tell({ state: "starting" });
      await startWorker();
      tell({ state: "ready" });
    })();
    attempt.catch((error) => {
      stopWorker({ kind: "boot", message: error.message });
      tell({ state: "failed", message: error.message });
    });
    return attempt;
  }

  function retry() {
    ready = begin(true);
    return ready;
  }

  async function check(text, claim) {
    if (lost) restart();
    try {
      await ready;
    } catch (error) {
      throw { kind: "boot", message: error.message };
    }
    let answer;
    try {
      answer = await ask({ op: "check", text, claim }, limits.check);
    } catch (error) {
      // Whatever went wrong inside, the next note gets a fresh Python.
      if (error.kind !== "claim") restart();
      throw error;
    }
    return JSON.parse(answer.report);
  }

  function restart() {
    lost = false;
    stopWorker({ kind: "python", message: "the checker was restarted" });
    tell({ state: "restarting" });
    ready = begin(false);
  }

  function stopWorker(reason) {
    worker?.terminate();
    worker = null;
    for (const { reject, timer } of pending.values()) {
      clearTimeout(timer);
      reject(reason);
    }
    pending = new Map();
  }

  /* Every request is answered once: by the worker, by its time limit, or by the worker's end. */
  function ask(request, limit) {
    return new Promise((resolve, reject) => {
      const id = ++lastId;
      const timer = setTimeout(() => {
        pending.delete(id);
        reject({ kind: "hung", message: `no answer within ${seconds(limit)}` });
      }, limit);
      pending.set(id, { resolve, reject, timer });
      worker.postMessage({ id, ...request });
    });
  }

  async function startWorker() {
    const limit = limits.boot;
    // A worker started by its address would not be held by the page's policy; one started from a blob is.
    const address = new URL("worker.mjs", import.meta.url).href;
    const blob = URL.createObjectURL(new Blob([`import(${JSON.stringify(address)})`], { type: "text/javascript" }));
    const mine = new Worker(blob, { type: "module" });
    worker = mine;
    try {
      await within(limit, "Python did not start", new Promise((resolve, reject) => {
        mine.onmessage = ({ data }) => {
          if (data.event === "ready") return resolve();
          const waiting = pending.get(data.id);
          if (!waiting) return;
          pending.delete(data.id);
          clearTimeout(waiting.timer);
          if (data.ok) waiting.resolve(data);
          else waiting.reject({ kind: data.kind, message: data.message });
        };
        mine.onerror = (event) => {
          event.preventDefault();
          const message = event.message || "the worker stopped";
          reject(new Error(message));
          if (worker === mine) {
            lost = true;
            stopWorker({ kind: "python", message });
          }
        };
      }));
    } finally {
      URL.revokeObjectURL(blob);
    }
    const { urls, lock, wasm, stdlib, checker, bundle } = parts;
    try {
      await ask({ op: "boot", urls, lock, wasm, stdlib, checker, bundle }, limit);
    } catch (error) {
      throw new Error(error.kind === "hung" ? `Python did not start within ${seconds(limit)}.` : `Python did not start: ${error.message}.`);
    }
  }

  return { check, retry };
}

/* From here on nothing can be fetched by this page or its workers. Policies add up, so this can only close, never open. */
function seal() {
  const meta = document.createElement("meta");
  meta.httpEquiv = "Content-Security-Policy";
  meta.content = SEAL;
  document.head.append(meta);
}

async function fetchParts(folder, stall, again, tell) {
  const stop = new AbortController();
  let idle;
  const alive = () => {
    clearTimeout(idle);
    idle = setTimeout(() => stop.abort(new Error(`Nothing arrived for ${seconds(stall)}.`)), stall);
  };
  alive();
  try {
    const listing = await (await get(new URL("runtime.json", folder), { cache: "no-cache", signal: stop.signal })).json();
    const files = listing.files;
    const total = Object.values(files).reduce((sum, file) => sum + file.bytes, 0);
    let got = 0;
    const count = (bytes) => {
      alive();
      got += bytes;
      tell({ state: "loading", got, total });
    };
    count(0);
    // A second attempt goes past the browser's cache, which may hold the broken file.
    const options = { cache: again ? "reload" : "default", signal: stop.signal };
    const fetchPart = async (part, read) => {
      const file = files[part];
      const response = await get(new URL(file.url, folder), options);
      const body = counted(response.body, file, count);
      try {
        return await read(new Response(body.stream, { headers: { "Content-Type": type(file.url) } }));
      } catch (error) {
        throw body.error ?? new Error(`${name(file.url)} could not be read: ${error.message}.`);
      }
    };
    const bytes = async (part) => {
      const buffer = await fetchPart(part, (response) => response.arrayBuffer());
      await verify(buffer, files[part]);
      return buffer;
    };
    const all = Promise.all([
      fetchPart("wasm", (response) => WebAssembly.compileStreaming(response)),
      bytes("bundle").then((buffer) => {
        const text = new TextDecoder().decode(buffer);
        tell({ state: "bundle", bundle: JSON.parse(text) });
        return text;
      }),
      bytes("stdlib"),
      bytes("checker"),
      // Only to have them in the browser's cache, and to show how far we are: the worker imports them by address.
      bytes("loader"),
      bytes("engine"),
    ]);
    const stalled = new Promise((_, reject) => stop.signal.addEventListener("abort", () => reject(stop.signal.reason)));
    const [wasm, bundle, stdlib, checker] = await Promise.race([all, stalled]);
    const loader = new URL(files.loader.url, folder).href;
    return { urls: { loader, folder: new URL("./", loader).href }, lock: listing.lock, wasm, bundle, stdlib, checker };
  } catch (error) {
    stop.abort(error);
    throw error;
  } finally {
    clearTimeout(idle);
  }
}

async function get(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    throw new Error(`${name(url)} could not be fetched.`);
  }
  if (!response.ok) throw new Error(`${name(url)} could not be fetched: the server answered ${response.status}.`);
  return response;
}

/* The same bytes, counted as they pass; too few or too many is an error, since a cut-off file fails in odd ways later.
   The error is kept beside the stream: whoever reads the stream reports one of his own. */
function counted(stream, file, count) {
  let seen = 0;
  const body = { error: null };
  body.stream = stream.pipeThrough(new TransformStream({
    transform(chunk, out) {
      seen += chunk.byteLength;
      count(chunk.byteLength);
      out.enqueue(chunk);
    },
    flush(out) {
      if (seen === file.bytes) return;
      body.error = new Error(`${name(file.url)} arrived with ${seen} of ${file.bytes} bytes.`);
      out.error(body.error);
    },
  }));
  return body;
}

/* After the seal no file can be fetched again, so it has to be the right one. (Without https the browser cannot tell.) */
async function verify(buffer, file) {
  if (!globalThis.crypto?.subtle) return;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", buffer));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (hex !== file.sha256) throw new Error(`${name(file.url)} is not the file that this page was built with.`);
}

const type = (url) => (String(url).endsWith(".wasm") ? "application/wasm" : "application/octet-stream");
const name = (url) => String(url).split("/").at(-1);
const seconds = (ms) => `${Math.round(ms / 100) / 10} seconds`;

function within(limit, what, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} within ${seconds(limit)}.`)), limit);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
