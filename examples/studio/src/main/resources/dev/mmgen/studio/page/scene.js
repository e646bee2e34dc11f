import {attempt, fileOf, put, remove} from './api.js';
import {h} from './dom.js';

const NAMES = {rgb: 'RGB', depth: 'Depth', normal: 'Normals', segmentation: 'Segmentation'};

export const nameOf = modality => NAMES[modality] ?? modality;

/** An image with its pictures, its settings, and all that can be done with it. */
export function scene(studio, image, {onGone = () => {}} = {}) {
  const trace = image.trace;
  const title = trace.Seed === undefined ? 'Image' : `Seed ${trace.Seed}, image ${Number(trace.Image) + 1}`;
  const keep = h('button', {type: 'button', class: 'small', 'aria-pressed': String(image.kept)}, image.kept ? 'Kept' : 'Keep');
  keep.addEventListener('click', () => attempt(async () => {
    const kept = keep.getAttribute('aria-pressed') === 'true';
    if (kept) {
      await remove(fileOf(image, 'kept'));
    } else {
      await put(fileOf(image, 'kept'));
    }
    keep.setAttribute('aria-pressed', String(!kept));
    keep.textContent = kept ? 'Keep' : 'Kept';
  }));
  const act = (text, view, what = image) =>
    h('button', {type: 'button', class: 'small', onclick: () => studio.hand(view, what)}, text);
  const again = image.kind === 'generate' && [
    act('Draw again', 'draw', {settings: settingsOf(image), run: true}),
    act('Vary', 'draw', {settings: {...settingsOf(image), seed: Math.floor(Math.random() * 1e9), first: 0, count: 4}, run: true}),
  ];
  const element = h('article', {class: 'scene', 'aria-label': title},
    h('h3', {}, title),
    h('div', {class: 'pictures'}, image.modalities.map(modality => h('figure', {},
      h('img', {src: fileOf(image, `${modality}.png`), alt: `${nameOf(modality)} of ${title}`, loading: 'lazy'}),
      h('figcaption', {}, nameOf(modality))))),
    h('div', {class: 'row'},
      keep,
      again,
      image.modalities.length > 1 && act('As condition', 'condition'),
      image.modalities.includes('rgb') && [act('Inpaint', 'inpaint'), act('In 3D', 'space')],
      h('button', {type: 'button', class: 'small', onclick: () => attempt(async () => {
        await remove(`/v1/images/${image.id}`);
        element.remove();
        onGone();
      })}, 'Remove')),
    h('details', {}, h('summary', {}, 'Download'), downloads(image)),
    h('details', {}, h('summary', {}, 'Settings'),
      h('dl', {}, Object.entries(trace).map(([key, value]) => [h('dt', {}, key), h('dd', {}, value)]))));
  return element;
}

/** The settings that draw this one image, alone. */
function settingsOf(image) {
  return {...image.settings, first: Number(image.trace.Image), count: 1};
}

function downloads(image) {
  const link = (file, text) =>
    h('a', {class: 'button small', href: fileOf(image, file), download: `mmgen-${image.trace.Seed ?? 'image'}.${file}`}, text);
  const rows = [['8 bits', '.png'], ['16 bits', '.16.png'], ['numbers', '.npy']].map(([label, ending]) =>
    h('div', {class: 'row'}, h('span', {class: 'quiet'}, label), image.modalities.map(name => link(name + ending, name + ending))));
  return h('div', {}, rows, h('div', {class: 'row'}, image.extras.includes('photo.png') && link('photo.png', 'whole photo'), link('scene.glb', 'scene.glb'), link('all.zip', 'all.zip')));
}
