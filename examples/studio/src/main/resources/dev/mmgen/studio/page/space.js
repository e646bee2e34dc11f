import {attempt, fileOf, getBytes} from './api.js';
import {field, h, number} from './dom.js';
import {dropArea, filesOf, keptChoice} from './files.js';
import {workplace} from './job.js';
import {settingsOf} from './settings.js';
import {stage} from './stage.js';

/** 3D: what an image shows as a mesh, to turn, to light from elsewhere, and to take home. */
export const space = {
  title: '3D',
  open(studio) {
    const view = stage();
    let photo = null;
    const work = workplace(studio, {onDone: images => accept(images[0])});
    const state = h('p', {class: 'quiet', role: 'status'}, 'No scene yet.');
    const link = h('a', {class: 'button small', hidden: true, download: 'scene.glb'}, 'Download scene.glb');
    const button = h('button', {class: 'main', disabled: true}, 'Make the mesh again');
    const lit = h('input', {type: 'checkbox'});
    const around = h('input', {type: 'range', min: -180, max: 180, value: 40, 'aria-label': 'Light from left to right'});
    const above = h('input', {type: 'range', min: -80, max: 80, value: 30, 'aria-label': 'Light from below to above'});
    const light = () => view.light(lit.checked, Number(around.value), Number(above.value));
    [lit, around, above].forEach(input => input.addEventListener('input', () => {
      if (input !== lit) {
        lit.checked = true;
      }
      light();
    }));
    const form = h('form', {},
      h('div', {class: 'pair'},
        field('Field of view', number('fieldOfView', {min: 1, max: 170, placeholder: 'found'})),
        field('Segments left out', number('background', {min: 0, max: 100, step: 1, value: 2}))),
      button);
    form.addEventListener('submit', event => {
      event.preventDefault();
      attempt(async () => {
        const files = photo instanceof Blob ? {rgb: photo} : await filesOf(photo);
        await work.run('/v1/reconstruct', settingsOf(form), files, button);
      });
    });
    const kept = keptChoice(image => accept(image));

    const accept = image => attempt(async () => {
      photo = image;
      button.disabled = false;
      state.textContent = 'Making the mesh …';
      try {
        const glb = await getBytes(fileOf(image, 'scene.glb'));
        const triangles = await view.show(glb);
        state.textContent = `${triangles} triangles. Drag to turn, scroll to come nearer.`;
        link.href = fileOf(image, 'scene.glb');
        link.hidden = false;
        light();
      } catch (problem) {
        state.textContent = 'No mesh.';
        throw problem;
      }
    });
    return {
      element: h('div', {class: 'view'},
        h('section', {class: 'panel', 'aria-label': 'Settings'}, h('h2', {}, '3D'),
          h('p', {}, 'A mesh out of depth, normals and segments.'), kept.element,
          dropArea('Or drop a photo', file => {
            photo = file;
            button.disabled = false;
            form.requestSubmit();
          }),
          form, h('h3', {}, 'Light'),
          h('div', {class: 'fields'}, h('label', {class: 'row'}, lit, 'Light it anew'), field('Left to right', around),
            field('Below to above', above))),
        h('div', {class: 'scenes'}, view.element, h('div', {class: 'row'}, state, link), work.element)),
      shown: kept.renew,
      accept,
    };
  },
};
