// One frame in place of still pictures: the first picture lies on the second, and a slider, or blinking, shows either.
// The page works without this file; here is only comfort.

const laid = document.querySelector("[data-laid]");

if (laid) {
  const frame = laid.querySelector("[data-frame]");
  const over = laid.querySelector('[data-still="laid"]');
  const controls = laid.querySelector("[data-controls]");
  const shareRow = laid.querySelector("[data-share-row]");
  const share = laid.querySelector("[data-share]");
  const blinkRow = laid.querySelector("[data-blink-row]");
  const switcher = laid.querySelector("[data-switch]");
  const shown = laid.querySelector("[data-shown]");
  const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");
  const BLINK_MS = 900; // two changes in nearly two seconds: far below what harms (WCAG 2.3.1)

  // What the slider says changes all the time; a sheet of our own takes it, as the page allows no style in its tags.
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets.push(sheet);

  let isFirst = true; // of the two, while they blink
  let timer = 0;

  const way = () => laid.querySelector('[name="way"]:checked').value;

  const draw = () => {
    const percent = Number(share.value);
    if (way() === "wipe") {
      const edge = 100 - percent;
      sheet.replaceSync(`.laid-over { clip-path: inset(0 0 0 ${edge}%); } .laid-wipe::after { left: ${edge}%; }`);
    } else if (way() === "fade") {
      sheet.replaceSync(`.laid-over { opacity: ${percent / 100}; }`);
    } else {
      sheet.replaceSync(`.laid-over { visibility: ${isFirst ? "visible" : "hidden"}; }`);
      shown.textContent = isFirst ? shown.dataset.first : shown.dataset.second;
    }
  };

  const turn = () => {
    isFirst = !isFirst;
    draw();
  };

  const stop = () => {
    window.clearInterval(timer);
    timer = 0;
  };

  const choose = () => {
    stop();
    const blinks = way() === "blink";
    frame.classList.toggle("laid-wipe", way() === "wipe");
    shareRow.hidden = blinks;
    blinkRow.hidden = !blinks;
    shown.setAttribute("aria-live", "off");
    if (blinks && !stillness.matches) timer = window.setInterval(turn, BLINK_MS);
    draw();
  };

  for (const radio of laid.querySelectorAll('[name="way"]')) radio.addEventListener("change", choose);
  share.addEventListener("input", draw);
  stillness.addEventListener("change", choose);

  // A hand on the button stops the blinking: from then on it shows the one or the other.
  switcher.addEventListener("click", () => {
    stop();
    shown.setAttribute("aria-live", "polite");
    turn();
  });

  // The line can be drawn with a finger or the mouse; for keys there is the slider.
  const follow = (event) => {
    const { left, width } = frame.getBoundingClientRect();
    share.value = String(Math.round(100 - (100 * (event.clientX - left)) / width));
    draw();
  };

  frame.addEventListener("pointerdown", (event) => {
    if (way() !== "wipe" || event.button !== 0) return;
    event.preventDefault(); // or the browser would drag the picture away
    frame.setPointerCapture(event.pointerId);
    follow(event);
  });

  frame.addEventListener("pointermove", (event) => {
    if (frame.hasPointerCapture(event.pointerId)) follow(event);
  });

  over.classList.add("laid-over");
  over.draggable = false;
  frame.append(over);
  laid.classList.add("laid-live");
  for (const part of ["laid", "blend"]) laid.querySelector(`[data-part="${part}"]`).hidden = true;
  laid.querySelector("[data-caption]").hidden = true;
  controls.hidden = false;
  choose();
}

// A link to the reasons opens them.
const why = document.querySelector("[data-why]");

if (why) {
  const open = () => {
    if (window.location.hash === `#${why.id}`) why.open = true;
  };
  window.addEventListener("hashchange", open);
  open();
}
