import {attempt, getJson} from './api.js';
import {h} from './dom.js';
import {scene} from './scene.js';

/** Gallery: the kept images, with their settings. They stay until they are removed or the studio ends. */
export const gallery = {
  title: 'Gallery',
  open(studio) {
    const list = h('div', {class: 'scenes'});
    const none = h('p', {class: 'quiet'}, 'Nothing is kept yet. Press Keep below an image.');
    return {
      element: h('section', {class: 'scenes', 'aria-label': 'Gallery'},
        h('h2', {}, 'Gallery'), h('p', {class: 'quiet'}, 'Kept images stay until the studio ends; download what is to stay longer.'),
        none, list),
      shown: () => attempt(async () => {
        const {images} = await getJson('/v1/images');
        const count = () => {
          none.hidden = list.childElementCount > 0;
        };
        list.replaceChildren(...images.reverse().map(image => scene(studio, image, {onGone: count})));
        count();
      }),
    };
  },
};
