import {h} from './dom.js';
import {workplace} from './job.js';
import {drawingInputs, fill, settingsOf} from './settings.js';

/** Draw: images of a category with all their modalities. */
export const draw = {
  title: 'Draw',
  open(studio) {
    const work = workplace(studio);
    const inputs = h('div', {class: 'fields'});
    const button = h('button', {class: 'main'}, 'Draw');
    const form = h('form', {}, inputs, button);
    let rest = {};
    const renew = () => inputs.replaceChildren(...drawingInputs(studio));
    renew();
    form.addEventListener('submit', event => {
      event.preventDefault();
      work.run('/v1/generate', {...rest, ...settingsOf(form)}, {}, button);
      rest = {};
    });
    return {
      element: h('div', {class: 'view'},
        h('section', {class: 'panel', 'aria-label': 'Settings'}, h('h2', {}, 'Draw'),
          h('p', {}, 'An image and its depth, normals and segmentation, all at once.'), form),
        work.element),
      modelChanged: renew,
      accept({settings, run}) {
        if (settings.model) {
          studio.choose(settings.model);
        }
        rest = fill(form, settings);
        if (run) {
          form.requestSubmit();
        }
      },
    };
  },
};
