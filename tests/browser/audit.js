// What a screen reader or a keyboard would stumble over on this page, as sentences; none is what we want.
// After the rules of WCAG 2.2 that a machine can judge: 1.1.1, 1.3.1, 2.4.2, 2.4.6, 3.1.1, 4.1.2, and 1.4.10 for reflow.
() => {
  const found = [];
  const where = (element) => element.outerHTML.slice(0, 120).replaceAll(/\s+/g, " ");
  const isShown = (element) => element.checkVisibility();
  const nameOf = (element) => {
    const labelled = element.getAttribute("aria-labelledby");
    if (labelled) return labelled.split(/\s+/).map((id) => document.getElementById(id)?.textContent ?? "").join(" ").trim();
    const label = element.getAttribute("aria-label") ?? [...(element.labels ?? [])].map((one) => one.textContent).join(" ");
    const pictures = [...element.querySelectorAll("img")].map((image) => image.alt).join(" ");
    return (label || element.textContent + pictures).trim();
  };

  if (!document.documentElement.lang) found.push("the document has no language");
  if (!document.title.trim()) found.push("the document has no title");
  if (document.querySelectorAll("main").length !== 1) found.push("there is not exactly one main");
  if (document.querySelectorAll("h1").length !== 1) found.push("there is not exactly one h1");

  let last = 0;
  for (const heading of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    const level = Number(heading.localName[1]);
    if (level > last + 1) found.push(`a heading skips a level: ${where(heading)}`);
    if (!heading.textContent.trim()) found.push(`a heading is empty: ${where(heading)}`);
    last = level;
  }

  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  for (const id of new Set(ids.filter((one, place) => ids.indexOf(one) !== place))) found.push(`two elements have the id ${id}`);
  for (const element of document.querySelectorAll("[aria-labelledby], [aria-describedby]"))
    for (const id of `${element.getAttribute("aria-labelledby") ?? ""} ${element.getAttribute("aria-describedby") ?? ""}`.trim().split(/\s+/))
      if (!document.getElementById(id)) found.push(`nothing has the id ${id} named by ${where(element)}`);

  for (const image of document.images) {
    if (!image.hasAttribute("alt")) found.push(`a picture has no alternative text: ${where(image)}`);
    if (!image.closest("[data-preview]") && !(image.width && image.getAttribute("width") && image.getAttribute("height")))
      found.push(`a picture keeps no room while it loads: ${where(image)}`);
  }
  for (const field of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (!nameOf(field)) found.push(`a field has no label: ${where(field)}`);
  for (const control of document.querySelectorAll("a[href], button, summary"))
    if (!nameOf(control)) found.push(`a control has no name: ${where(control)}`);
  for (const section of document.querySelectorAll("section, nav"))
    if (!section.hasAttribute("aria-label") && !section.hasAttribute("aria-labelledby"))
      found.push(`a landmark has no name: ${where(section)}`);
  for (const element of document.querySelectorAll("[style], [onclick], style, script:not([src])"))
    found.push(`style or script stands in the page: ${where(element)}`);

  // Chips and links of a list are 24 px high at least, or have that much room (2.5.8); links in a sentence are exempt.
  for (const control of document.querySelectorAll("button, .button, .facet, input:not([type=hidden])"))
    if (isShown(control) && control.getBoundingClientRect().height < 24) found.push(`a target is too small: ${where(control)}`);

  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) found.push(`the page is ${scrollWidth - clientWidth} px wider than the window`);
  return found;
};
