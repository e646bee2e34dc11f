import {attempt, getJson} from './api.js';
import {h} from './dom.js';
import {nameOf} from './scene.js';

/** Models: those that can be chosen, and what the studio runs on. */
export const models = {
  title: 'Models',
  open(studio) {
    const table = h('div', {class: 'wide', tabindex: 0, role: 'region', 'aria-label': 'Models'});
    const doctor = h('pre', {tabindex: 0, 'aria-label': 'Doctor'});

    function row(model) {
      const {sampler, steps, shift, guidance} = model.drawing;
      return h('tr', {},
        h('th', {scope: 'row'}, model.name),
        h('td', {}, `${model.resolution} × ${model.resolution}`),
        h('td', {}, model.modalities.map(modality => nameOf(modality.name)).join(', ')),
        h('td', {}, String(model.classes)),
        h('td', {}, `${sampler}, ${steps} steps, shift ${shift}, guidance ${guidance}`),
        h('td', {}, h('button', {type: 'button', class: 'small', disabled: model.name === studio.model().name,
          onclick: () => {
            studio.choose(model.name);
            show(studio.all);
          }}, model.name === studio.model().name ? 'In use' : 'Use')));
    }

    function show(all) {
      table.replaceChildren(h('table', {},
        h('thead', {}, h('tr', {}, ['Name', 'Pixels', 'Modalities', 'Categories', 'Draws by', 'Choice']
          .map(title => h('th', {scope: 'col'}, title)))),
        h('tbody', {}, all.map(row))));
    }

    return {
      element: h('div', {class: 'scenes'},
        h('section', {class: 'panel', 'aria-label': 'Models'}, h('h2', {}, 'Models'),
          h('p', {}, 'A model is opened when the next request uses it.'), table),
        h('section', {class: 'panel', 'aria-label': 'Doctor'}, h('h2', {}, 'Doctor'), doctor)),
      shown: () => attempt(async () => {
        show((await getJson('/v1/models')).models);
        doctor.textContent = (await getJson('/v1/doctor')).lines.join('\n');
      }),
      modelChanged: () => show(studio.all),
    };
  },
};
