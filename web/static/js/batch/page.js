// The page of a batch: what was chosen is searched with picture by picture, and rows appear as they come. Without this
// file the form posts a few pictures at once; here is room for some hundred.

import { takeDrops } from "../drop.js";
import { askWith } from "./ask.js";
import { chosenFiles, droppedFiles, folderFiles } from "./files.js";
import { pageOf, saveFile } from "./keep.js";
import { smallPicture } from "./pictures.js";
import { csvOf } from "./rows.js";
import { Run } from "./run.js";
import { failedRow, foundRow, showMine } from "./table.js";
import { Tally, count } from "./tally.js";

const WORTH_TELLING_S = 15;
const STOPPED = "It was stopped before.";

const form = document.querySelector("[data-batch]"); // absent where there is nothing to search among
const part = (name) => document.querySelector(`[data-${name}]`);

if (form) {
  const ask = askWith(form.dataset.searchHref, Number(form.dataset.maxBytes));
  const mostFiles = Number(form.dataset.mostFiles);
  const columns = form.dataset.columns.split(" ");
  const files = form.querySelector("#files");
  const folder = form.querySelector("#folder");
  const rows = part("rows");
  const stop = part("stop");
  const goOn = part("go-on");
  const [note, chosenText, headline, status] = ["note", "chosen", "headline", "status"].map(part);

  let chosen = { files: [], beyond: [] }; // beyond: more than are taken at once
  // Of what is searched with, whatever is chosen meanwhile:
  let sent = chosen;
  let run = null;
  let tally = null;
  let drawn = []; // small versions of one's own pictures, on their way
  let isRunning = false;
  let saysWhen = false; // that it goes on

  for (const element of form.querySelectorAll("[data-needs-script]")) element.hidden = false;
  for (const element of form.querySelectorAll("[data-without-script]")) element.hidden = true;

  const choose = ({ files: found, passedOver }) => {
    chosen = { files: found.slice(0, mostFiles), beyond: found.slice(mostFiles) };
    note.textContent = "";
    const said = [count(chosen.files.length, "file", "files")];
    if (chosen.beyond.length) said.push(`${count(chosen.beyond.length, "file", "files")} more than are taken at once`);
    if (passedOver) said.push(`${count(passedOver, "file", "files")} passed over`);
    chosenText.textContent = found.length + passedOver ? `${said.join("; ")}.` : "";
  };

  files.addEventListener("change", () => {
    folder.value = "";
    choose(chosenFiles(files.files));
  });

  folder.addEventListener("change", () => {
    files.value = "";
    choose(folderFiles(folder.files));
  });

  if (files.files.length) choose(chosenFiles(files.files)); // a browser may keep a choice when it loads a page anew

  takeDrops(document.querySelector("[data-drop-veil]"), ["Files"], async (transfer) => {
    if (isRunning) return;
    files.value = "";
    folder.value = "";
    try {
      choose(await droppedFiles(transfer));
    } catch (error) {
      if (!(error instanceof DOMException)) throw error;
      note.textContent = "Your browser could not read this folder. Choose its pictures instead.";
    }
    form.scrollIntoView({ block: "nearest" });
    part("submit").focus();
  });

  // A row goes where its file stands among all, of which two are on their way at a time.
  const place = (row, at) => {
    row.dataset.place = at;
    const next = [...rows.children].find((other) => Number(other.dataset.place) > at);
    rows.insertBefore(row, next ?? null);
    part("answer").hidden = false;
  };

  const tellProgress = () => {
    const all = sent.files.length;
    part("progress").max = all;
    part("progress").value = tally.done;
    const copies = count(tally.copies, "copy", "copies");
    part("count").textContent = `${tally.done} of ${count(all, "picture", "pictures")}; ${copies} so far.`;
  };

  const showFound = async (one, hits) => {
    const made = hits.map((hit) => foundRow(one.name, hit));
    for (const row of made) place(row, one.place);
    const small = await smallPicture(one.file);
    if (small) for (const row of made) showMine(row, small);
  };

  const say = (sentence) => {
    if (status.textContent !== sentence) status.textContent = sentence;
  };

  const hear = {
    answer(one, answer) {
      tally.answer(one, answer);
      tellProgress();
      if (saysWhen) say("");
      saysWhen = false;
      if (answer.copies.hits.length) drawn.push(showFound(one, answer.copies.hits));
    },
    problem(one, sentence) {
      tally.problem(one, sentence);
      tellProgress();
      place(failedRow(one.name, sentence), one.place);
    },
    wait(seconds) {
      // Where every search waits a little, that is said once: who listens to the page would hear nothing else.
      if (seconds >= WORTH_TELLING_S) {
        saysWhen = true;
        say(`This site takes no more searches just now. It goes on in ${count(seconds, "second", "seconds")}.`);
      } else if (seconds) {
        say("This site takes only so many searches in a time: it goes on slowly.");
      }
    },
  };

  const listNames = (section, lines) => {
    section.hidden = !lines.length;
    section.querySelector("[data-names]").replaceChildren(
      ...lines.map(({ name, reason }) => {
        const line = document.createElement("li");
        line.textContent = reason ? `${name}: ${reason}` : name;
        return line;
      }),
    );
  };

  const unasked = () => [
    ...run.left.map(({ name }) => ({ name, reason: STOPPED })),
    ...sent.beyond.map(({ name }) => ({ name, reason: `At most ${mostFiles} are searched with at once.` })),
  ];

  const showAll = () => {
    headline.textContent = tally.headline();
    document.title = `${tally.headline()} – Retrace`;
    part("basis").textContent = tally.basis();
    part("notes").replaceChildren(
      ...tally.notes().map((sentence) => {
        const line = document.createElement("li");
        line.textContent = sentence;
        return line;
      }),
    );
    const without = tally.without();
    part("without-count").textContent = count(without.length, "picture", "pictures");
    listNames(part("without"), without.map((name) => ({ name })));
    listNames(part("unasked"), unasked());
    part("save").hidden = false;
  };

  // What is pressed goes away: the focus goes to what is there instead.
  const swap = (gone, there) => {
    const hadFocus = document.activeElement === gone || document.activeElement === document.body;
    gone.hidden = true;
    if (!there) return;
    there.hidden = false;
    if (hadFocus) there.focus();
  };

  const goOnSearching = async () => {
    isRunning = true;
    form.hidden = true;
    for (const name of ["run", "progress", "run-line"]) part(name).hidden = false;
    part("save").hidden = true;
    part("unasked").hidden = true;
    say("");
    swap(goOn, stop);
    tellProgress();
    const why = await run.go();
    await Promise.all(drawn);
    isRunning = false;
    showAll();
    swap(stop, run.left.length ? goOn : headline);
    part("progress").hidden = part("run-line").hidden = !run.left.length;
    say(why || "Done.");
    part("form-place").append(form);
    form.hidden = false;
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!chosen.files.length) {
      note.textContent = "Choose pictures, or a folder of them.";
      files.focus();
      return;
    }
    rows.replaceChildren();
    for (const name of ["answer", "without", "lede"]) if (part(name)) part(name).hidden = true;
    part("notes").replaceChildren();
    part("basis").textContent = "";
    headline.textContent = "Searching…";
    drawn = [];
    sent = chosen;
    tally = new Tally(sent.files.length + sent.beyond.length);
    run = new Run(sent.files, ask, hear);
    goOnSearching();
    stop.focus();
  });

  stop.addEventListener("click", () => run.stop("Stopped. What was found so far stands below."));
  goOn.addEventListener("click", goOnSearching);

  const keepPage = () => {
    const shown = ["opening", "answer", "without", "unasked"].map(part);
    return pageOf(headline.textContent, [document.querySelector(".sprite"), ...shown.filter((one) => !one.hidden)]);
  };

  const kinds = {
    html: async () => saveFile("report.html", "text/html", await keepPage()),
    csv: () => saveFile("report.csv", "text/csv", csvOf(columns, tally.records())),
    json: () =>
      saveFile("report.json", "application/json", `${JSON.stringify(tally.document(unasked()), null, 2)}\n`),
  };
  for (const button of document.querySelectorAll("[data-save-as]")) {
    button.addEventListener("click", () => kinds[button.dataset.saveAs]());
  }

  // What was found is kept nowhere but on this page.
  window.addEventListener("beforeunload", (event) => {
    if (isRunning) event.preventDefault();
  });
}
