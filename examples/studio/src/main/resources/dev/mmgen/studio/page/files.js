import {attempt, fileOf, getBlob, getJson} from './api.js';
import {h} from './dom.js';
import {nameOf} from './scene.js';

/** An area that takes a picture: dropped, or chosen as a file. onFile is told of each. */
export function dropArea(text, onFile, accept = 'image/*') {
  const input = h('input', {type: 'file', accept, 'aria-label': text});
  const area = h('div', {class: 'drop'}, h('p', {}, text), input);
  const take = files => files[0] && onFile(files[0]);
  input.addEventListener('change', () => take(input.files));
  area.addEventListener('dragover', event => {
    event.preventDefault();
    area.classList.add('over');
  });
  area.addEventListener('dragleave', () => area.classList.remove('over'));
  area.addEventListener('drop', event => {
    event.preventDefault();
    area.classList.remove('over');
    take(event.dataTransfer.files);
  });
  return area;
}

/** A choice among the kept images, filled anew whenever it is opened. onImage is told of the chosen one. */
export function keptChoice(onImage) {
  const select = h('select', {'aria-label': 'From the gallery'});
  let images = [];
  const renew = () => attempt(async () => {
    images = (await getJson('/v1/images')).images;
    select.replaceChildren(h('option', {value: ''}, images.length ? 'From the gallery …' : 'The gallery is empty'),
      ...images.map((image, i) =>
        h('option', {value: i}, `${image.kind}, seed ${image.trace.Seed ?? '–'}, ${image.modalities.map(nameOf).join(', ')}`)));
  });
  select.addEventListener('change', () => select.value !== '' && onImage(images[Number(select.value)]));
  return {element: select, renew};
}

/** Fetches pictures of an image as files by modality. */
export async function filesOf(image, modalities = image.modalities) {
  const files = {};
  for (const modality of modalities) {
    files[modality] = await getBlob(fileOf(image, `${modality}.png`));
  }
  return files;
}

/** Returns the pixels of a picture, as large as it is, or as large as asked for. */
export async function canvasOf(blob, width, height) {
  const bitmap = await createImageBitmap(blob);
  const canvas = h('canvas', {width: width ?? bitmap.width, height: height ?? bitmap.height});
  canvas.getContext('2d').drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas;
}

export const blobOf = canvas => new Promise(resolve => canvas.toBlob(resolve, 'image/png'));
