import {choice, field, h, number} from './dom.js';

/**
 * Inputs of the settings of drawing; those that are left empty are the model's own, or its student's if all are. Guidance that a model
 * has in it already is not asked for.
 */
export function drawingInputs(studio, {category = true, count = 1, given = false, defaults = studio.model().drawing} = {}) {
  const {categories, distilled} = studio.model();
  return [
    category && field('Category', categories.length
      ? choice('category', [['', 'any'], ...categories.map(name => [name, name])])
      : number('category', {min: 0, max: studio.model().classes - 1, step: 1, placeholder: 'any'})),
    h('div', {class: 'pair'},
      field('Seed', number('seed', {value: 0, step: 1})),
      field('Images', number('count', {value: count, min: 1, max: studio.limits.images, step: 1}))),
    h('div', {class: 'pair'},
      field('Steps', number('steps', {placeholder: defaults.steps, min: 1, max: studio.limits.steps, step: 1})),
      field('Shift', number('shift', {placeholder: defaults.shift, min: 0.01, max: 100}))),
    !distilled.includes('GUIDANCE') && field('Guidance', number('guidance', {placeholder: defaults.guidance, min: 0, max: 100})),
    given && !distilled.includes('CONDITION_GUIDANCE') && field('Condition guidance',
      number('conditionGuidance', {placeholder: defaults.conditionGuidance, min: 0, max: 100})),
  ].filter(Boolean);
}

const TEXTS = new Set(['name', 'pictures', 'modality', 'replaces', 'sampler', 'fit', 'depthCoding', 'normalCoding']);

/** Returns the settings of a form: numbers as numbers, empty ones left out. */
export function settingsOf(form) {
  const settings = {};
  for (const [name, value] of new FormData(form)) {
    if (value !== '' && typeof value === 'string') {
      settings[name] = TEXTS.has(name) || !/^-?[0-9.]+(e[0-9]+)?$/i.test(value) ? value : Number(value);
    }
  }
  return settings;
}

/** Puts settings into a form's inputs; what a form has no input for is returned. */
export function fill(form, settings) {
  const rest = {...settings};
  for (const input of form.elements) {
    if (input.name) {
      input.value = settings[input.name] ?? '';
      delete rest[input.name];
    }
  }
  delete rest.model;
  return rest;
}
