// Drop, paste and preview for the search form. The form works without this file; here is only comfort.

import { takeDrops } from "./drop.js";

const form = document.querySelector("[data-search-form]");

if (form) {
  const file = form.elements.namedItem("file");
  const url = form.elements.namedItem("url"); // absent where searching by address is switched off
  const words = form.elements.namedItem("words");
  const submit = form.querySelector("[data-submit]");
  const submitText = form.querySelector("[data-submit-text]");
  const note = form.querySelector("[data-note]");
  const preview = form.querySelector("[data-preview]");
  const picture = form.querySelector("[data-preview-picture]");
  const previewText = form.querySelector("[data-preview-text]");
  const again = form.closest("[data-again]");
  const maxPictureBytes = Number(form.dataset.maxBytes);
  const maxVideoBytes = Number(form.dataset.maxVideoBytes ?? 0); // 0 where no video is taken
  const restingText = submitText.textContent;

  for (const element of form.querySelectorAll("[data-needs-script]")) element.hidden = false;

  const inWords = (bytes) => (bytes < 1e6 ? `${Math.ceil(bytes / 1e3)} kB` : `${(bytes / 1e6).toFixed(1)} MB`);

  const say = (sentence) => {
    note.textContent = sentence;
  };

  const isVideo = () => maxVideoBytes > 0 && file.files.length > 0 && file.files[0].type.startsWith("video/");
  const maxBytes = () => (isVideo() ? maxVideoBytes : maxPictureBytes);
  const isTooLarge = () => file.files.length > 0 && file.files[0].size > maxBytes();

  const forgetPreview = () => {
    if (picture.src) URL.revokeObjectURL(picture.src);
    picture.removeAttribute("src");
    preview.hidden = true;
  };

  const rest = () => {
    submit.removeAttribute("aria-busy");
    submitText.textContent = restingText;
  };

  const showChoice = () => {
    rest();
    forgetPreview();
    say("");
    const [chosen] = file.files;
    submit.setAttribute("aria-disabled", String(isTooLarge()));
    if (!chosen) return;
    if (url) url.value = "";
    if (isTooLarge()) {
      say(`This file has ${inWords(chosen.size)}; at most ${maxBytes() / 2 ** 20} MB are taken. Save it smaller and try again.`);
      return;
    }
    previewText.textContent = `${chosen.name}, ${inWords(chosen.size)}`;
    picture.hidden = isVideo();
    if (isVideo()) {
      preview.hidden = false;
      return;
    }
    picture.src = URL.createObjectURL(chosen);
    preview.hidden = false;
  };

  picture.addEventListener("load", () => {
    previewText.textContent += `, ${picture.naturalWidth}\u00a0×\u00a0${picture.naturalHeight}`;
  });

  // TIFF and HEIC are read by the server but drawn by few browsers.
  picture.addEventListener("error", () => {
    picture.hidden = true;
    previewText.textContent += ". Your browser cannot show this format; it can be searched all the same.";
  });

  const takeFile = (chosen) => {
    const list = new DataTransfer();
    list.items.add(chosen);
    file.files = list.files;
    if (again) again.open = true;
    showChoice();
    form.scrollIntoView({ block: "nearest" });
    submit.focus();
  };

  const takeAddress = (text) => {
    if (!url || !/^https?:\/\/\S+$/i.test(text)) return false;
    file.value = "";
    showChoice();
    url.value = text;
    if (again) again.open = true;
    submit.focus();
    return true;
  };

  // A transfer of files, or of an address as when a picture is dragged out of another page. In a list of addresses,
  // lines that begin with # are remarks (RFC 2483).
  const take = (transfer) => {
    const [chosen] = transfer.files;
    if (chosen) {
      takeFile(chosen);
      return true;
    }
    const lines = (transfer.getData("text/uri-list") || transfer.getData("text/plain")).trim().split(/[\r\n]+/);
    return takeAddress(lines.find((line) => !line.startsWith("#")) ?? "");
  };

  file.addEventListener("change", showChoice);

  url?.addEventListener("input", () => {
    if (!url.value || !file.files.length) return;
    file.value = "";
    showChoice();
  });

  form.addEventListener("submit", (event) => {
    const isBusy = submit.getAttribute("aria-busy") === "true";
    const isEmpty = !file.files.length && !url?.value.trim() && !words.value.trim();
    if (isBusy || isTooLarge() || isEmpty) {
      event.preventDefault();
      if (isEmpty) {
        say(url ? "Choose a picture, give the address of one, or write words." : "Choose a picture, or write words.");
        file.focus();
      }
      return;
    }
    submit.setAttribute("aria-busy", "true");
    submitText.textContent = submitText.dataset.busyText;
  });

  // Whoever stops the loading stays on this page. A browser without the Navigation API tells of the key alone.
  window.navigation?.addEventListener("navigateerror", rest);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") rest();
  });

  // Coming back by the browser's button shows the page as it was left: busy.
  window.addEventListener("pageshow", () => {
    rest();
    if (file.files.length && preview.hidden) showChoice();
  });

  document.addEventListener("paste", (event) => {
    const isTyping = event.target instanceof HTMLInputElement && event.target.type !== "file";
    if (isTyping && !event.clipboardData.files.length) return;
    if (take(event.clipboardData)) event.preventDefault();
  });

  takeDrops(document.querySelector("[data-drop-veil]"), ["Files", "text/uri-list"], take);
}
