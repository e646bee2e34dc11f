import {attempt, fileOf, getBlob, getBytes} from './api.js';
import {choice, field, h, number} from './dom.js';
import {canvasOf, dropArea} from './files.js';
import {workplace} from './job.js';
import {readNpy} from './npy.js';
import {nameOf} from './scene.js';
import {settingsOf} from './settings.js';

/** See: what a photo shows, laid over it, with the numbers under the pointer. */
export const see = {
  title: 'See',
  open(studio) {
    let photo = null;
    const reading = h('div', {class: 'seen', hidden: true});
    const work = workplace(studio, {onDone: images => attempt(() => compare(reading, images[0]))});
    const chosen = h('p', {class: 'quiet', role: 'status'}, 'No photo yet.');
    const button = h('button', {class: 'main', disabled: true}, 'Read');
    const form = h('form', {},
      dropArea('Drop a photo here, or choose one', file => {
        photo = file;
        chosen.textContent = `${file.name}, ${Math.ceil(file.size / 1024)} KiB`;
        button.disabled = false;
        form.requestSubmit();
      }),
      chosen,
      field('Readings that are merged', number('ensemble', {value: 1, min: 1, max: studio.limits.ensemble, step: 1})),
      field('Photos of another shape', choice('fit', [['crop', 'their middle'], ['pad', 'whole, padded'],
        ['stretch', 'whole, squeezed'], ['tile', 'whole, in windows']], 'crop')),
      button);
    form.addEventListener('submit', event => {
      event.preventDefault();
      if (photo) {
        work.run('/v1/understand', settingsOf(form), {rgb: photo}, button);
      }
    });
    return {
      element: h('div', {class: 'view'},
        h('section', {class: 'panel', 'aria-label': 'Settings'}, h('h2', {}, 'See'),
          h('p', {}, 'Depth, normals and segmentation of a photo. Several readings tell where they are uncertain.'), form),
        h('div', {class: 'scenes'}, reading, work.element)),
    };
  },
};

/** Shows a modality over the photo up to a line that a slider moves. */
async function compare(place, image) {
  const others = image.modalities.filter(name => name !== 'rgb');
  const load = async name => canvasOf(await getBlob(fileOf(image, `${name}.png`)));
  const photo = await load('rgb');
  const layers = new Map();
  const canvas = h('canvas', {width: photo.width, height: photo.height, tabindex: 0, role: 'img'});
  const modality = choice('shown', others.map(name => [name, nameOf(name)]), others[0]);
  const slider = h('input', {type: 'range', min: 0, max: 100, value: 50, 'aria-label': 'Line between photo and modality'});
  const uncertainty = h('input', {type: 'checkbox'});
  const readout = h('output', {class: 'quiet'}, 'Point at a pixel to read its numbers.');

  async function layer(name) {
    if (!layers.has(name)) {
      const uncertain = image.uncertain.includes(name);
      layers.set(name, {
        picture: await load(name),
        numbers: readNpy(await getBytes(fileOf(image, `${name}.npy`))),
        doubt: uncertain ? readNpy(await getBytes(fileOf(image, `${name}.uncertainty.npy`))) : null,
      });
    }
    return layers.get(name);
  }

  async function paint() {
    const shown = await layer(modality.value);
    const context = canvas.getContext('2d');
    const line = Math.round(canvas.width * slider.value / 100);
    context.drawImage(photo, 0, 0);
    context.drawImage(shown.picture, 0, 0, line, canvas.height, 0, 0, line, canvas.height);
    uncertainty.disabled = !shown.doubt;
    if (shown.doubt && uncertainty.checked) {
      overlay(context, shown.doubt);
    }
    context.fillStyle = '#ffffff';
    context.fillRect(line, 0, Math.max(1, canvas.width / 200), canvas.height);
    canvas.setAttribute('aria-label', `${nameOf(modality.value)} over the photo up to ${slider.value} percent`);
  }

  async function read(event) {
    const box = canvas.getBoundingClientRect();
    const x = Math.min(canvas.width - 1, Math.max(0, Math.floor((event.clientX - box.left) / box.width * canvas.width)));
    const y = Math.min(canvas.height - 1, Math.max(0, Math.floor((event.clientY - box.top) / box.height * canvas.height)));
    readout.textContent = textOf(modality.value, await layer(modality.value), x, y, canvas.width);
  }

  const repaint = () => attempt(paint);
  modality.addEventListener('change', repaint);
  slider.addEventListener('input', repaint);
  uncertainty.addEventListener('change', repaint);
  canvas.addEventListener('pointermove', event => attempt(() => read(event)));
  place.replaceChildren(
    h('div', {class: 'row'}, field('Over the photo', modality),
      h('label', {class: 'row'}, uncertainty, 'Uncertainty')),
    canvas, slider, readout);
  await paint();
  place.hidden = false;
}

/** Paints doubt in red: the stronger, the more the readings differ. */
function overlay(context, doubt) {
  const most = doubt.values.reduce((a, b) => Math.max(a, b), 0) || 1;
  const pixels = context.getImageData(0, 0, context.canvas.width, context.canvas.height);
  doubt.values.forEach((value, i) => {
    const share = value / most;
    pixels.data[4 * i] += (230 - pixels.data[4 * i]) * share;
    pixels.data[4 * i + 1] *= 1 - share;
    pixels.data[4 * i + 2] *= 1 - share;
  });
  context.putImageData(pixels, 0, 0);
}

function textOf(name, {numbers, doubt}, x, y, width) {
  const at = y * width + x;
  const channels = numbers.shape[2] ?? 1;
  const values = [...numbers.values.slice(at * channels, (at + 1) * channels)];
  const kinds = {
    depth: () => `depth ${values[0].toFixed(3)} (0 far, 1 near)`,
    normal: () => `normal ${values.map(value => value.toFixed(2)).join(', ')} (right, up, towards you)`,
    segmentation: () => `segment ${values[0]}`,
  };
  const text = kinds[name]?.() ?? `${name} ${values.map(value => value.toFixed(3)).join(', ')}`;
  return `(${x}, ${y}): ${text}` + (doubt ? `, uncertainty ${doubt.values[at].toFixed(3)}` : '');
}
