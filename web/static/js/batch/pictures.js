// Small versions of pictures, which a saved page can hold.

const LONGEST_SIDE_PX = 176; // as in the command's report
const QUALITY = 0.75;

// Of a file or of a picture of the page; null where this browser cannot draw it, as few can TIFF and HEIC.
export const smallPicture = async (source) => {
  let bitmap;
  try {
    if (source instanceof HTMLImageElement) await source.decode(); // it may still be on its way
    bitmap = await createImageBitmap(source);
  } catch {
    return null;
  }
  const share = Math.min(1, LONGEST_SIDE_PX / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(share * bitmap.width));
  canvas.height = Math.max(1, Math.round(share * bitmap.height));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return { src: canvas.toDataURL("image/webp", QUALITY), width: canvas.width, height: canvas.height };
};
