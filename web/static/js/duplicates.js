// Duplicates by the keyboard: the page does all of it by links and buttons, too.

const groups = [...document.querySelectorAll(".duplicates")];
const hint = document.querySelector("[data-keys]");
if (groups.length && hint) {
  hint.hidden = false;
}

const current = () => document.activeElement?.closest(".duplicates") ?? null;
const card = () => document.activeElement?.closest(".duplicate") ?? null;

function focusOn(element) {
  element?.focus();
  element?.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const at = groups.indexOf(current());
  const next = at < 0 ? groups[0] : groups[at + by];
  if (next) {
    next.scrollIntoView({ block: "start" });
    next.focus({ preventScroll: true });
  } else {
    document.querySelector(by > 0 ? '.pager [rel="next"]' : '.pager [rel="prev"]')?.click();
  }
}

function nextCard() {
  const cards = [...(current() ?? groups[0]).querySelectorAll(".duplicate")];
  const at = cards.indexOf(card());
  // The first stands for the group: there is nothing to decide on it.
  focusOn(cards[at < 0 ? Math.min(1, cards.length - 1) : (at + 1) % cards.length]);
}

function press(text) {
  const buttons = [...(card()?.querySelectorAll(".decide-choices button") ?? [])];
  buttons.find((button) => button.textContent.trim() === text)?.click();
}

const keys = {
  j: () => step(1),
  k: () => step(-1),
  n: nextCard,
  c: () => card()?.querySelector("[data-compare]")?.click(),
  x: () => press("Not a copy"),
  l: () => press("Licensed"),
  m: () => press("Mine"),
};

document.addEventListener("keydown", (event) => {
  const isTyping = event.target instanceof Element && event.target.closest("input, textarea, select");
  if (!groups.length || isTyping || event.ctrlKey || event.metaKey || event.altKey || !Object.hasOwn(keys, event.key)) {
    return;
  }
  event.preventDefault();
  keys[event.key]();
});

// After a decision the page comes back at its group.
const back = groups.find((group) => `#${group.id}` === location.hash);
if (back) {
  back.focus({ preventScroll: true });
}
