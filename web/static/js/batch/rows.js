// Findings as rows: with the names and in the order that the command's CSV and JSON have them.

const rounded = (value) => (value === null ? null : Math.round(1e4 * value) / 1e4);

// Whole seconds, as Python writes them.
export const moment = (text) => `${new Date(text).toISOString().slice(0, 19)}+00:00`;

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

export const day = (date) => DAY.format(date);

export const firstSeen = (image) => image.sources[0]?.seen_at ?? image.added_at;

// A finding: `name` of one's own file, the answer to it, and one of its hits.
export const recordOf = (name, answer, { image, ...hit }) => ({
  mine: name,
  mine_sha256: answer.query.sha256,
  theirs_id: image.id,
  theirs_sha256: image.sha256,
  verdict: hit.verdict,
  what_was_done: hit.what_was_done,
  confidence: rounded(hit.probability),
  score: rounded(hit.score),
  source: image.sources[0]?.place ?? null,
  sources: image.sources.length,
  page: image.sources.find((source) => source.backlink)?.backlink ?? null,
  title: image.title,
  collection: image.collection,
  licence: image.licence,
  width: image.width,
  height: image.height,
  first_seen: moment(firstSeen(image)),
  decision: null, // for the signed-in, whom the API does not know
  is_new: true, // nobody's journal is kept here
});

const FRACTIONS = new Set(["confidence", "score"]);

// A table program computes what begins with such signs, and names come from strangers.
const cellOf = (name, value) => {
  if (value === null) return "";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return FRACTIONS.has(name) && Number.isInteger(value) ? value.toFixed(1) : String(value);
  return /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
};

const quoted = (cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

export const csvOf = (columns, records) =>
  [columns, ...records.map((record) => columns.map((name) => cellOf(name, record[name])))]
    .map((cells) => `${cells.map(quoted).join(",")}\r\n`)
    .join("");
