// What is dropped anywhere on a page, with a veil over it while it is dragged.

// Calls `take` with the transfer of a drop whose kinds are among those given: "Files", "text/uri-list".
export const takeDrops = (veil, kinds, take) => {
  // Entering a child fires before leaving its parent: count, to know when the pointer has left the page.
  let depth = 0;
  let isOurs = false; // a picture of this page, dragged somewhere else
  const canTake = (event) => !isOurs && event.dataTransfer.types.some((type) => kinds.includes(type));

  document.addEventListener("dragstart", () => {
    isOurs = true;
  });

  document.addEventListener("dragend", () => {
    isOurs = false;
  });

  document.addEventListener("dragenter", (event) => {
    if (!canTake(event)) return;
    depth += 1;
    veil.hidden = false;
  });

  document.addEventListener("dragleave", (event) => {
    if (!canTake(event)) return;
    depth -= 1;
    veil.hidden = depth > 0 ? veil.hidden : true;
  });

  document.addEventListener("dragover", (event) => {
    if (canTake(event)) event.preventDefault();
  });

  document.addEventListener("drop", (event) => {
    depth = 0;
    veil.hidden = true;
    if (!canTake(event)) return;
    event.preventDefault();
    take(event.dataTransfer);
  });
};
