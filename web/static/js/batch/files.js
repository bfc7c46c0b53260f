// Files of one's own, with their names: of a choice, of a folder, of what was dropped.

const MOST_LOOKED_AT = 20_000; // entries of dropped folders: a whole disk is not walked through
const ENDINGS = /\.(jpe?g|png|webp|gif|bmp|tiff?|hei[cf]|avif)$/i; // some systems know no type for a few of them

const isPicture = (file) => file === null || file.type.startsWith("image/") || ENDINGS.test(file.name);

const inOrder = (files) => files.sort((one, other) => (one.name < other.name ? -1 : Number(one.name > other.name)));

// Of chosen files all are taken: what they are their bytes tell the site. A folder holds other things, too.
export const chosenFiles = (list) => ({ files: [...list].map((file) => ({ name: file.name, file })), passedOver: 0 });

const ofFolder = (found) => {
  const files = found.filter(({ file }) => isPicture(file));
  return { files: inOrder(files), passedOver: found.length - files.length };
};

export const folderFiles = (list) =>
  ofFolder([...list].map((file) => ({ name: file.webkitRelativePath || file.name, file })));

async function* walk(entry) {
  if (entry.isFile) {
    yield entry;
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (!some.length) return; // a reader gives a hundred at a time
    for (const one of some) yield* walk(one);
  }
}

// A file that the browser may not read is null, and is told of as any other that cannot be searched with.
const fileOf = (entry) =>
  new Promise((resolve) => {
    entry.file(resolve, () => resolve(null));
  });

// Call it while the drop is dealt with: afterwards a browser has forgotten what it was.
export const droppedFiles = async (transfer) => {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.() ?? null);
  const plain = chosenFiles(transfer.files);
  if (!entries.some((entry) => entry?.isDirectory)) return plain;
  const found = [];
  for (const entry of entries.filter(Boolean)) {
    for await (const one of walk(entry)) {
      if (found.length >= MOST_LOOKED_AT) return ofFolder(found);
      found.push({ name: one.fullPath.slice(1), file: await fileOf(one) });
    }
  }
  return ofFolder(found);
};
