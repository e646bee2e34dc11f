import {getJson, attempt} from './api.js';
import {h, notice} from './dom.js';
import {draw} from './draw.js';
import {see} from './see.js';
import {condition} from './condition.js';
import {inpaint} from './inpaint.js';
import {space} from './space.js';
import {gallery} from './gallery.js';
import {teach} from './teach.js';
import {models} from './models.js';

/** The views by their names in the address. Each is made when it is first opened, and keeps its state. */
const VIEWS = {draw, see, condition, inpaint, space, gallery, teach, models};

const main = document.getElementById('main');
const select = document.getElementById('model');
const opened = new Map();

/** What views share: the chosen model, the limits, and the way to hand an image to another view. */
const studio = {
  all: [],
  limits: {},
  model: () => studio.all.find(model => model.name === select.value),
  choose(name) {
    select.value = name;
    select.dispatchEvent(new Event('change'));
  },

  /** Reads the list of models, to which lessons add. */
  async refresh() {
    const {models: all, default: first, limits} = await getJson('/v1/models');
    const before = select.value || first;
    studio.all = all;
    studio.limits = limits;
    select.replaceChildren(...all.map(model => h('option', {value: model.name}, model.name)));
    select.value = all.some(model => model.name === before) ? before : first;
  },

  hand(view, image) {
    location.hash = view;
    show(view);
    opened.get(view).accept?.(image);
  },
};

function show(name) {
  notice('');
  for (const view of opened.values()) {
    view.element.hidden = true;
  }
  if (!opened.has(name)) {
    const view = VIEWS[name].open(studio);
    opened.set(name, view);
    main.append(view.element);
  }
  const view = opened.get(name);
  view.element.hidden = false;
  view.shown?.();
  document.title = `${VIEWS[name].title} – MMGen studio`;
  for (const link of document.querySelectorAll('nav a')) {
    if (link.hash === `#${name}`) {
      link.setAttribute('aria-current', 'page');
    } else {
      link.removeAttribute('aria-current');
    }
  }
}

const wanted = () => VIEWS[location.hash.slice(1)] ? location.hash.slice(1) : 'draw';

document.getElementById('views').append(...Object.entries(VIEWS)
  .map(([name, view]) => h('a', {href: `#${name}`}, view.title)));

attempt(async () => {
  await studio.refresh();
  select.addEventListener('change', () => {
    for (const view of opened.values()) {
      view.modelChanged?.();
    }
  });
  addEventListener('hashchange', () => show(wanted()));
  show(wanted());
  document.body.dataset.ready = 'true';
});
