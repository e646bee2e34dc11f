import {attempt} from './api.js';
import {choice, field, h} from './dom.js';
import {canvasOf, dropArea, filesOf, keptChoice} from './files.js';
import {workplace} from './job.js';
import {painter} from './painter.js';
import {nameOf} from './scene.js';
import {drawingInputs, settingsOf} from './settings.js';

/** Inpaint: a region, painted on any modality, that is drawn anew in all of them. */
export const inpaint = {
  title: 'Inpaint',
  open(studio) {
    const work = workplace(studio);
    let pictures = {};
    const inputs = h('div', {class: 'fields'});
    const button = h('button', {class: 'main', disabled: true}, 'Draw the region anew');
    const state = h('p', {class: 'quiet', role: 'status'}, 'No picture yet.');
    const shown = h('select', {'aria-label': 'Painted on', disabled: true});
    const brush = painter('mask', () => {
      button.disabled = !pictures.rgb || !brush.isPainted();
    });
    const easel = h('div', {class: 'paint', hidden: true}, field('Painted on', shown), brush.element);
    const form = h('form', {}, inputs,
      field('Photos of another shape', choice('fit', [['crop', 'around the region'], ['pad', 'whole, padded'],
        ['stretch', 'whole, squeezed']], 'crop')),
      button);
    const kept = keptChoice(image => accept(image));

    const lay = () => attempt(async () => brush.below(await canvasOf(pictures[shown.value])));
    shown.addEventListener('change', lay);

    async function take(files, text) {
      pictures = files;
      state.textContent = text;
      shown.replaceChildren(...Object.keys(files).map(name => h('option', {value: name}, nameOf(name))));
      shown.disabled = false;
      easel.hidden = false;
      await lay();
      button.disabled = !brush.isPainted();
    }

    const accept = image => attempt(async () =>
      take(await filesOf(image), 'Paint over what is to be drawn anew; all modalities change together.'));

    form.addEventListener('submit', event => {
      event.preventDefault();
      attempt(async () =>
        work.run('/v1/inpaint', settingsOf(form), {...pictures, mask: await brush.blob()}, button));
    });
    const renew = () => inputs.replaceChildren(...drawingInputs(studio, {defaults: studio.model().inpainting}));
    renew();
    return {
      element: h('div', {class: 'view'},
        h('section', {class: 'panel', 'aria-label': 'Settings'}, h('h2', {}, 'Inpaint'),
          h('p', {}, 'A region is drawn anew in all modalities; the rest stays as it is.'), kept.element,
          dropArea('Or drop a photo, which is read first', file =>
            attempt(() => take({rgb: file}, `${file.name}: its other modalities are read first.`))),
          state, form),
        h('div', {class: 'scenes'}, easel, work.element)),
      shown: kept.renew,
      modelChanged: renew,
      accept,
    };
  },
};
