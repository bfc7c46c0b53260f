// What became of all files, in the words and with the names of the command's report.

import { day, moment, recordOf } from "./rows.js";

const many = (number) => number.toLocaleString("en");

export const count = (number, one, others) => `${many(number)} ${number === 1 ? one : others}`;

const inOrder = (list) => list.toSorted((one, other) => one.place - other.place);

const sum = (list, name) => list.reduce((total, one) => total + one[name], 0);

export class Tally {
  #files;
  #searched = []; // a file that was searched with each, its records among it
  #unread = [];
  #held = { searched: null, model_id: null };

  constructor(files) {
    this.#files = files;
  }

  answer({ place, name }, answer) {
    const { hits, total } = answer.copies;
    this.#searched.push({
      place,
      name,
      total,
      records: hits.map((hit) => recordOf(name, answer, hit)),
      refuted: answer.refuted_total,
      tooPlain: Number(answer.query.too_plain),
    });
    this.#held = { searched: answer.searched, model_id: answer.model_id };
  }

  problem({ place, name }, sentence) {
    this.#unread.push({ place, name, sentence });
  }

  get done() {
    return this.#searched.length + this.#unread.length;
  }

  get copies() {
    return this.#searched.reduce((total, one) => total + one.records.length, 0);
  }

  get found() {
    return this.#searched.filter((one) => one.records.length).length;
  }

  records() {
    return inOrder(this.#searched).flatMap((one) => one.records);
  }

  without() {
    return inOrder(this.#searched.filter((one) => !one.records.length)).map((one) => one.name);
  }

  headline() {
    const pictures = count(this.#searched.length, "picture", "pictures");
    if (!this.copies) return `No copies of your ${pictures}.`;
    return `${count(this.copies, "copy", "copies")} of ${many(this.found)} of your ${pictures}.`;
  }

  basis() {
    const { searched } = this.#held;
    if (searched === null) return "";
    const now = new Date();
    return `Searched ${count(searched, "picture", "pictures")} of the catalogue, ${day(now)}, ${now.toISOString().slice(11, 16)} UTC.`;
  }

  notes() {
    const refuted = sum(this.#searched, "refuted");
    const tooPlain = sum(this.#searched, "tooPlain");
    return [
      refuted && `${many(refuted)} that look like copies were decided to be none, and are left out.`,
      tooPlain && `${many(tooPlain)} of your pictures are too plain to judge: only identical ones count for them.`,
      this.#unread.length && `${many(this.#unread.length)} could not be read.`,
      ...inOrder(this.#searched)
        .filter((one) => one.records.length < one.total)
        .map((one) => `Of the copies of ${one.name} the surest ${one.records.length} of ${one.total} are shown.`),
    ].filter(Boolean);
  }

  // `unasked` are files that were not searched with, and why.
  document(unasked) {
    return {
      what: [count(this.#files, "chosen file", "chosen files")],
      made_at: moment(Date.now()),
      since: null,
      pictures: this.#searched.length,
      pictures_with_findings: this.found,
      too_plain: sum(this.#searched, "tooPlain"),
      searched: this.#held.searched,
      change: null, // answers do not tell it
      model_id: this.#held.model_id,
      refuted: sum(this.#searched, "refuted"),
      told_before: 0,
      findings: this.records(),
      unread: inOrder(this.#unread).map((one) => ({ locator: one.name, reason: one.sentence })),
      not_searched: unasked.map((one) => ({ locator: one.name, reason: one.reason })),
    };
  }
}
