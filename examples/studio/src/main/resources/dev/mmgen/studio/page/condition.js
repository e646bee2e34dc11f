import {attempt} from './api.js';
import {choice, field, h} from './dom.js';
import {canvasOf, dropArea, filesOf, keptChoice} from './files.js';
import {workplace} from './job.js';
import {painter} from './painter.js';
import {nameOf} from './scene.js';
import {drawingInputs, settingsOf} from './settings.js';

/** A picture that the browser can show; a NumPy array is for the server alone. */
const isShown = value => value instanceof Blob && !/\.(npy|tiff?)$/i.test(value.name ?? '');

/** Condition: images that fit given modalities, which come from the gallery, a file, or a brush. */
export const condition = {
  title: 'Condition',
  open(studio) {
    const work = workplace(studio);
    const given = new Map();
    const list = h('div', {class: 'scenes'});
    const inputs = h('div', {class: 'fields'});
    const button = h('button', {class: 'main'}, 'Draw to fit');
    const coding = h('div', {class: 'fields'},
      field('Depth files', choice('depthCoding', [['near-is-white', 'near is white'], ['far-is-white', 'far is white'],
        ['distance', 'distances, in any unit']], 'near-is-white')),
      field('Files of normals', choice('normalCoding', [['opengl', 'OpenGL, y up'], ['directx', 'DirectX, y down']], 'opengl')));
    const form = h('form', {}, inputs, coding, button);
    const kept = keptChoice(image => accept(image));

    function renew() {
      inputs.replaceChildren(...drawingInputs(studio, {count: 4, given: true}));
      list.replaceChildren(...studio.model().modalities.map(modality => source(modality.name)));
    }

    /** One modality: nothing, a file, or a painting, which begins with what is given. */
    function source(name) {
      const state = h('p', {class: 'quiet', role: 'status'});
      const picture = h('img', {class: 'picked', alt: '', hidden: true});
      const easel = h('div', {});
      const tell = () => {
        const value = given.get(name);
        state.textContent = value ? `Given${value instanceof File ? ` by ${value.name}` : ''}.` : 'Not given.';
        picture.hidden = !isShown(value);
        if (isShown(value)) {
          URL.revokeObjectURL(picture.src);
          picture.src = URL.createObjectURL(value);
          picture.alt = `The given ${nameOf(name)}`;
        }
      };
      const paint = async () => {
        const brush = painter(name === 'depth' ? 'grey' : 'colour');
        const side = studio.model().resolution;
        const before = given.get(name);
        if (isShown(before)) {
          brush.below(await canvasOf(before, side, side));
        } else {
          brush.below(name === 'depth' ? '#202020' : name === 'normal' ? '#8080ff' : '#7a7a7a', side, side);
        }
        given.set(name, brush);
        easel.replaceChildren(brush.element);
        tell();
      };
      tell();
      return h('section', {class: 'panel', 'aria-label': nameOf(name), 'data-modality': name},
        h('h3', {}, nameOf(name)), picture, state,
        dropArea(`${nameOf(name)} from a file`, file => {
          given.set(name, file);
          easel.replaceChildren();
          tell();
        }, 'image/*,.npy,.tif,.tiff'),
        h('div', {class: 'row'},
          h('button', {type: 'button', class: 'small', onclick: () => attempt(paint)}, 'Paint'),
          h('button', {type: 'button', class: 'small', onclick: () => {
            given.delete(name);
            easel.replaceChildren();
            tell();
          }}, 'Leave out')),
        easel);
    }

    function accept(image) {
      return attempt(async () => {
        const files = await filesOf(image, image.modalities.filter(name => name !== 'rgb'));
        given.clear();
        Object.entries(files).forEach(([name, file]) => given.set(name, file));
        list.replaceChildren(...studio.model().modalities.map(modality => source(modality.name)));
      });
    }

    form.addEventListener('submit', event => {
      event.preventDefault();
      attempt(async () => {
        const files = {};
        for (const [name, value] of given) {
          files[name] = value instanceof Blob ? value : await value.blob();
        }
        await work.run('/v1/condition', settingsOf(form), files, button);
      });
    });
    renew();
    return {
      element: h('div', {class: 'view'},
        h('div', {class: 'scenes'},
          h('section', {class: 'panel', 'aria-label': 'Settings'}, h('h2', {}, 'Condition'),
            h('p', {}, 'Give any of the modalities; the others are drawn to fit.'), kept.element, form),
          list),
        work.element),
      shown: kept.renew,
      modelChanged() {
        given.clear();
        renew();
      },
      accept,
    };
  },
};
