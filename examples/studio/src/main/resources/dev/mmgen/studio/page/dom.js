/** Elements made in one line: h('button', {type: 'button', onclick: keep}, 'Keep'). */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) {
      continue;
    }
    if (key.startsWith('on')) {
      element.addEventListener(key.slice(2), value);
    } else if (key === 'value') {
      element.value = value;
    } else {
      element.setAttribute(key, value === true ? '' : value);
    }
  }
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

/** A labelled input; a number that is left empty is the model's own. */
export function field(label, input) {
  return h('label', {}, label, input);
}

export function number(name, options = {}) {
  return h('input', {type: 'number', name, step: 'any', ...options});
}

export function choice(name, values, selected) {
  return h('select', {name},
    values.map(([value, text]) => h('option', {value, selected: value === selected}, text)));
}

/** The line that tells of what has gone wrong, on every view. */
export function notice(text) {
  const line = document.getElementById('notice');
  line.textContent = text ?? '';
  line.hidden = !text;
}
