// A box drawn on the picture fills the four fields of the form for a part of it; they draw it in turn. The form works
// without this file; here is only comfort.

const part = document.querySelector("[data-part]");
const marked = document.querySelector("[data-marked]");

if (part && marked) {
  const [left, top, right, bottom] = ["left", "top", "right", "bottom"].map((name) =>
    part.querySelector(`[name="${name}"]`),
  );
  const boxes = marked.querySelectorAll("[data-box]");
  const LEAST_PERCENT = 3; // a click is no box

  for (const element of part.querySelectorAll("[data-needs-script]")) element.hidden = false;

  const draw = () => {
    for (const box of boxes) {
      box.setAttribute("x", String(10 * Number(left.value)));
      box.setAttribute("y", String(10 * Number(top.value)));
      box.setAttribute("width", String(10 * Math.max(0, Number(right.value) - Number(left.value))));
      box.setAttribute("height", String(10 * Math.max(0, Number(bottom.value) - Number(top.value))));
    }
  };

  // Only where the form is open: else a finger on the picture scrolls the page.
  const choose = () => marked.classList.toggle("marked-live", part.open);

  let start = null;

  const place = (event) => {
    const frame = marked.getBoundingClientRect();
    const percent = (at, from, length) => Math.round(Math.min(100, Math.max(0, (100 * (at - from)) / length)));
    return [percent(event.clientX, frame.left, frame.width), percent(event.clientY, frame.top, frame.height)];
  };

  marked.addEventListener("pointerdown", (event) => {
    if (!part.open || event.button !== 0 || !event.isPrimary) return;
    event.preventDefault(); // or the browser would drag the picture away
    marked.setPointerCapture(event.pointerId);
    start = place(event);
  });

  marked.addEventListener("pointermove", (event) => {
    if (!start || !marked.hasPointerCapture(event.pointerId)) return;
    const end = place(event);
    const wide = [start[0], end[0]].sort((a, b) => a - b);
    const high = [start[1], end[1]].sort((a, b) => a - b);
    if (wide[1] - wide[0] < LEAST_PERCENT || high[1] - high[0] < LEAST_PERCENT) return;
    [left.value, right.value] = wide;
    [top.value, bottom.value] = high;
    draw();
  });

  for (const name of ["pointerup", "pointercancel"]) {
    marked.addEventListener(name, () => {
      start = null;
    });
  }

  for (const field of [left, top, right, bottom]) field.addEventListener("input", draw);
  part.addEventListener("toggle", choose);
  draw();
  choose();
}
