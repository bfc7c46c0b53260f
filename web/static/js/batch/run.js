// Many files, a few at a time, until all are searched with or somebody stops it.

const AT_ONCE = 2;
const MOST_TRIES = 5; // of one file, where the site is not ready
const LONGEST_WAIT_S = 600; // longer than that nobody watches a page

const sleep = (ms, signal) =>
  new Promise((resolve) => {
    const timer = window.setTimeout(resolve, ms);
    signal.addEventListener("abort", () => {
      window.clearTimeout(timer);
      resolve();
    });
  });

export class Run {
  #ask;
  #hear;
  #control = new AbortController();
  #until = 0; // no file is sent before this moment
  #why = "";

  // `ask` sends one file; `hear` has `answer(one, answer)`, `problem(one, sentence)` and `wait(seconds)`, when nothing
  // is sent for so long. `one` is a file with its name and its place among all.
  constructor(files, ask, hear) {
    this.left = files.map((one, place) => ({ ...one, place, tries: 0 }));
    this.#ask = ask;
    this.#hear = hear;
  }

  // Goes on until all is done, and then gives "", or until it is stopped, and then gives why.
  async go() {
    this.#control = new AbortController();
    this.#until = 0;
    this.#why = "";
    await Promise.all(Array.from({ length: AT_ONCE }, () => this.#work(this.#control.signal)));
    this.left.sort((one, other) => one.place - other.place);
    return this.#why;
  }

  stop(why) {
    this.#why ||= why;
    this.#control.abort();
  }

  async #work(signal) {
    for (;;) {
      await this.#wait(signal);
      if (signal.aborted || !this.left.length) return;
      const one = this.left.shift();
      this.#settle(one, await this.#ask(one.file, signal));
    }
  }

  async #wait(signal) {
    while (!signal.aborted && Date.now() < this.#until) await sleep(this.#until - Date.now(), signal);
  }

  #settle(one, told) {
    if (told.kind === "answer") {
      this.#hear.answer(one, told.answer);
    } else if (told.kind === "problem") {
      this.#hear.problem(one, told.sentence);
    } else if (told.kind === "later" && !told.isShare && (one.tries += 1) >= MOST_TRIES) {
      this.#hear.problem(one, "The site was not ready to search with it.");
    } else {
      this.left.unshift(one);
      if (told.kind === "lost") this.stop("The site cannot be reached. Go on when it can.");
      if (told.kind === "later") this.#putOff(told.seconds);
    }
  }

  #putOff(seconds) {
    if (seconds > LONGEST_WAIT_S) {
      this.stop(`This site takes more searches of yours in ${Math.ceil(seconds / 60)} minutes. Go on then.`);
    } else {
      this.#until = Math.max(this.#until, Date.now() + 1000 * seconds);
      this.#hear.wait(seconds);
    }
  }
}
