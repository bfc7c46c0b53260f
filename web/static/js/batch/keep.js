// What was found as a file: a page of its own, with its pictures, that needs nothing else and runs nothing.

import { smallPicture } from "./pictures.js";
import { imageOf } from "./table.js";

export const saveFile = (name, type, text) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(link.href), 60_000); // a browser may still ask where to put it
};

const escaped = (text) => {
  const element = document.createElement("p");
  element.textContent = text;
  return element.innerHTML;
};

// The look of this page as one text, but for what it would have to load.
const styles = () =>
  [...document.styleSheets]
    .map((sheet) => {
      const rules = [...sheet.cssRules].filter((rule) => !(rule instanceof CSSFontFaceRule));
      const text = rules.map((rule) => rule.cssText).join("\n");
      return sheet.media.mediaText ? `@media ${sheet.media.mediaText} {\n${text}\n}` : text;
    })
    .join("\n");

// Writes what is shown in some elements of the page as HTML. Their copies belong to a document in which nothing runs
// and nothing is loaded, and are written out by the browser, which escapes every name and title.
export const pageOf = async (title, elements) => {
  const still = document.implementation.createHTMLDocument("");
  for (const element of elements) {
    const copy = still.importNode(element, true);
    const own = element.querySelectorAll("img");
    for (const [place, image] of [...copy.querySelectorAll("img")].entries()) {
      const small = own[place].src.startsWith("data:") ? null : await smallPicture(own[place]);
      if (small) image.replaceWith(still.importNode(imageOf(small)));
      else if (!image.src.startsWith("data:")) image.remove(); // a thumbnail that did not come
    }
    const links = element.querySelectorAll("a[href]");
    for (const [place, link] of [...copy.querySelectorAll("a[href]")].entries()) {
      link.setAttribute("href", links[place].href); // as a whole, since a file lies elsewhere
    }
    for (const unseen of copy.querySelectorAll("[hidden]")) unseen.remove();
    still.body.append(copy);
  }
  const policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)} – Retrace</title>
<style>
${styles()}
</style>
</head>
<body>
<main class="measure">
${still.body.innerHTML}
</main>
</body>
</html>
`;
};
