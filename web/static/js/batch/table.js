// Rows of the page, made of its templates: text goes in as text, whatever a file or a title is called.

import { day, firstSeen } from "./rows.js";

const THUMBNAIL_SIDE_PX = 384; // of the catalogue's thumbnails
const LONGEST_PLACE = 60;
const LONGEST_TITLE = 80;

const cloneOf = (name) => document.querySelector(`[data-template="${name}"]`).content.firstElementChild.cloneNode(true);

const shorten = (text, longest) => {
  const signs = [...text];
  if (signs.length <= longest) return text;
  const tail = Math.floor(longest / 3);
  return `${signs.slice(0, longest - tail - 1).join("")}…${signs.slice(-tail).join("")}`;
};

const isWebAddress = (place) => /^https?:\/\//i.test(place);

const titleOf = (image) => {
  if (image.title?.trim()) return shorten(image.title.trim(), LONGEST_TITLE);
  const place = image.sources[0]?.place;
  if (!place) return `Picture ${image.id}`;
  return shorten(place.split("?")[0].replace(/\/+$/, "").split("/").at(-1) || place, LONGEST_PLACE);
};

const confidenceOf = ({ probability, score }) => {
  if (probability === null) return `similarity ${score.toFixed(2)}`;
  if (probability >= 1) return "100 %"; // of what is certain alone
  const percent = Math.round(100 * probability);
  return percent > 99 ? "> 99 %" : percent < 1 ? "< 1 %" : `${percent} %`;
};

export const imageOf = ({ src, width, height }) => {
  const image = new Image(width, height);
  image.src = src;
  image.alt = ""; // the name beside it says what it is
  image.className = width > height ? "wide" : "tall";
  return image;
};

const placeOf = (image) => {
  const place = image.sources[0]?.place;
  if (!place) return "unknown source";
  if (!isWebAddress(place)) return shorten(place, LONGEST_PLACE);
  const link = document.createElement("a");
  link.href = place;
  link.target = "_blank";
  link.rel = "noopener nofollow ugc";
  link.textContent = shorten(place.replace(/^https?:\/\//i, "").replace(/\/+$/, ""), LONGEST_PLACE);
  return link;
};

export const foundRow = (name, hit) => {
  const row = cloneOf("found");
  const slot = (of) => row.querySelector(`[data-slot="${of}"]`);
  const { image } = hit;
  const theirs = row.querySelector('.batch-theirs [data-slot="picture"]');
  const share = Math.min(1, THUMBNAIL_SIDE_PX / Math.max(image.width, image.height));
  theirs.append(
    imageOf({
      src: image.links.thumbnail,
      width: Math.max(1, Math.round(share * image.width)),
      height: Math.max(1, Math.round(share * image.height)),
    }),
  );
  slot("mine").textContent = name;
  slot("theirs").textContent = titleOf(image);
  slot("theirs").href = image.links.page;
  slot("verdict").append(cloneOf(hit.verdict));
  slot("what").textContent = hit.what_was_done;
  slot("confidence").textContent = confidenceOf(hit);
  slot("source").append(placeOf(image));
  const more = image.sources.length - 1;
  slot("more").textContent = more > 0 ? `and ${more} more ${more === 1 ? "place" : "places"}` : "";
  slot("seen").textContent = day(new Date(firstSeen(image)));
  slot("seen").dateTime = firstSeen(image);
  return row;
};

// A small version of one's own picture, once it is drawn.
export const showMine = (row, small) => {
  row.querySelector('.batch-mine [data-slot="picture"]').append(imageOf(small));
};

export const failedRow = (name, sentence) => {
  const row = cloneOf("failed");
  row.querySelector('[data-slot="mine"]').textContent = name;
  row.querySelector('[data-slot="problem"]').textContent = sentence;
  return row;
};
