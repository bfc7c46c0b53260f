// One picture, sent to the JSON API: what came of it.

const UNSAID_WAIT_S = 5; // where a site that is busy does not say for how long

export const inWords = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

const problem = (sentence) => ({ kind: "problem", sentence });

// Seconds, or a date (RFC 9110).
const waitOf = (response) => {
  const said = response.headers.get("Retry-After") ?? "";
  const seconds = /^\d+$/.test(said) ? Number(said) : (Date.parse(said) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(1, Math.ceil(seconds)) : UNSAID_WAIT_S;
};

const isReadable = async (file) => {
  try {
    await file.slice(0, 1).arrayBuffer();
    return true;
  } catch {
    return false;
  }
};

const sentence = (text) => {
  const whole = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(whole) ? whole : `${whole}.`;
};

// Returns what came of it by its `kind`: an `answer`; a `problem` of this file; `later`, with the seconds to wait and
// whether it is this visitor's share that is used up; `lost`, where there is no site; `stopped`.
export const askWith = (href, maxBytes) => async (file, signal) => {
  if (!file) return problem("Your browser could not read it.");
  if (file.size > maxBytes) {
    return problem(`This file has ${inWords(file.size)}; at most ${maxBytes / 2 ** 20} MB are taken.`);
  }
  try {
    const response = await fetch(href, {
      method: "POST",
      body: file,
      headers: { Accept: "application/json", "Content-Type": "application/octet-stream" },
      credentials: "omit",
      signal,
    });
    if (response.status === 429 || response.status === 503) {
      return { kind: "later", seconds: waitOf(response), isShare: response.status === 429 };
    }
    const told = await response.json();
    return response.ok ? { kind: "answer", answer: told } : problem(sentence(told.detail));
  } catch {
    if (signal.aborted) return { kind: "stopped" };
    return (await isReadable(file)) ? { kind: "lost" } : problem("Your browser could not read it.");
  }
};
