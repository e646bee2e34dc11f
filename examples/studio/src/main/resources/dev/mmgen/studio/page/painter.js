import {field, h} from './dom.js';
import {blobOf} from './files.js';

const COLOURS = ['#d7473f', '#4f8a3c', '#3f6fd1', '#e0b03a', '#8b5fbf', '#3fa7a0', '#d98f3f', '#7a7a7a'];
const GREYS = ['#ffffff', '#d0d0d0', '#a0a0a0', '#707070', '#404040', '#000000'];
const MASK = '#e6007e';

/** Returns the colours that fill at least a hundredth of a picture each, the commonest first. */
function commonest(pixels) {
  const bins = new Map();
  for (let i = 0; i < pixels.length; i += 4) {
    const key = (pixels[i] >> 5) << 6 | (pixels[i + 1] >> 5) << 3 | pixels[i + 2] >> 5;
    const bin = bins.get(key) ?? [0, 0, 0, 0];
    bins.set(key, [bin[0] + 1, bin[1] + pixels[i], bin[2] + pixels[i + 1], bin[3] + pixels[i + 2]]);
  }
  const hex = (sum, count) => Math.round(sum / count).toString(16).padStart(2, '0');
  return [...bins.values()].filter(bin => bin[0] >= pixels.length / 400).sort((a, b) => b[0] - a[0]).slice(0, 8)
    .map(([count, red, green, blue]) => `#${hex(red, count)}${hex(green, count)}${hex(blue, count)}`);
}

/**
 * A picture to paint on: by pointer, or by the arrow keys with the space bar down. Kinds: 'colour' and 'grey' paint into the
 * picture, 'mask' paints a region over it, which blob() gives in white on black.
 */
export function painter(kind, onChange = () => {}) {
  const base = h('canvas', {width: 64, height: 64});
  const paint = h('canvas', {width: 64, height: 64});
  const canvas = h('canvas', {width: 64, height: 64, tabindex: 0, role: 'application',
    'aria-label': 'Picture to paint on: arrow keys move, the space bar paints'});
  const size = h('input', {type: 'range', min: 1, max: 32, value: 6});
  const usual = kind === 'mask' ? [] : kind === 'grey' ? GREYS : COLOURS;
  const swatches = h('div', {class: 'swatches'});
  const undoing = [];
  let colour = kind === 'mask' ? MASK : usual[0];
  let last = null;
  let cursor = null;
  let painted = false;

  /** Offers the usual colours, and those of the picture below: segments keep the colours that the model knows. */
  function offer(others) {
    swatches.replaceChildren(...[...usual, ...others].map(offered => {
      const dot = h('canvas', {width: 1, height: 1});
      const context = dot.getContext('2d');
      context.fillStyle = offered;
      context.fillRect(0, 0, 1, 1);
      return h('button', {type: 'button', 'aria-label': `Paint with ${offered}`, 'aria-pressed': String(offered === colour),
        onclick: event => choose(event.currentTarget, offered)}, h('img', {src: dot.toDataURL(), alt: '', width: 28, height: 28}));
    }));
  }

  function choose(button, newColour) {
    colour = newColour;
    [...swatches.children].forEach(swatch => swatch.setAttribute('aria-pressed', String(swatch === button)));
  }

  function show() {
    const context = canvas.getContext('2d');
    context.globalAlpha = 1;
    context.drawImage(base, 0, 0);
    context.globalAlpha = kind === 'mask' ? .6 : 1;
    context.drawImage(paint, 0, 0);
    if (cursor) {
      context.globalAlpha = 1;
      context.strokeStyle = '#ffffff';
      context.strokeRect(cursor.x - 1.5, cursor.y - 1.5, 3, 3);
    }
  }

  /** Whole pixels without soft edges: a mask and segments know no half ones. */
  function stroke(from, to) {
    const context = paint.getContext('2d');
    const radius = size.value * paint.width / 128;
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    context.fillStyle = colour;
    for (let done = 0; done <= length; done += .5) {
      const x = from.x + (to.x - from.x) * (length ? done / length : 0);
      const y = from.y + (to.y - from.y) * (length ? done / length : 0);
      for (let row = Math.ceil(y - radius); row <= y + radius; row++) {
        const half = Math.sqrt(Math.max(0, radius * radius - (row - y) ** 2));
        const left = Math.round(x - half);
        context.fillRect(left, row, Math.max(1, Math.round(2 * half)), 1);
      }
    }
    painted = true;
    show();
    onChange();
  }

  function remember() {
    undoing.push(paint.getContext('2d').getImageData(0, 0, paint.width, paint.height));
    if (undoing.length > 20) {
      undoing.shift();
    }
  }

  const at = event => {
    const box = canvas.getBoundingClientRect();
    return {x: (event.clientX - box.left) / box.width * canvas.width, y: (event.clientY - box.top) / box.height * canvas.height};
  };
  canvas.addEventListener('pointerdown', event => {
    canvas.setPointerCapture(event.pointerId);
    remember();
    cursor = null;
    last = at(event);
    stroke(last, last);
  });
  canvas.addEventListener('pointermove', event => {
    if (last) {
      const now = at(event);
      stroke(last, now);
      last = now;
    }
  });
  const lift = () => {
    last = null;
  };
  canvas.addEventListener('pointerup', lift);
  canvas.addEventListener('pointercancel', lift);
  canvas.addEventListener('keydown', event => {
    const moves = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]};
    const move = moves[event.key];
    if (!move && event.key !== ' ') {
      return;
    }
    event.preventDefault();
    cursor ??= {x: canvas.width / 2, y: canvas.height / 2};
    if (move) {
      const step = Math.max(1, canvas.width / 64);
      cursor = {x: Math.min(canvas.width, Math.max(0, cursor.x + move[0] * step)),
        y: Math.min(canvas.height, Math.max(0, cursor.y + move[1] * step))};
      show();
    } else {
      remember();
      stroke(cursor, cursor);
    }
  });

  const undo = h('button', {type: 'button', class: 'small', onclick: () => {
    const before = undoing.pop();
    if (before) {
      paint.getContext('2d').putImageData(before, 0, 0);
      painted = undoing.length > 0;
      show();
      onChange();
    }
  }}, 'Undo');
  const clear = h('button', {type: 'button', class: 'small', onclick: () => {
    remember();
    paint.getContext('2d').clearRect(0, 0, paint.width, paint.height);
    painted = false;
    show();
    onChange();
  }}, 'Clear');

  offer([]);
  return {
    element: h('div', {class: 'paint'}, canvas, swatches,
      h('div', {class: 'row'}, field('Brush', size), undo, clear)),
    isPainted: () => painted,

    /** Lays a picture below; a colour instead of one fills all. */
    below(picture, width = picture.width, height = picture.height) {
      const same = base.width === width && base.height === height;
      base.width = canvas.width = width;
      base.height = canvas.height = height;
      if (!same) {
        paint.width = width;
        paint.height = height;
        painted = false;
        undoing.length = 0;
      }
      const context = base.getContext('2d');
      if (typeof picture === 'string') {
        context.fillStyle = picture;
        context.fillRect(0, 0, width, height);
      } else {
        context.drawImage(picture, 0, 0, width, height);
      }
      if (kind === 'colour') {
        offer(typeof picture === 'string' ? [picture] : commonest(context.getImageData(0, 0, width, height).data));
      }
      show();
    },

    /** Returns the painted picture, or the mask in white on black, as a PNG. */
    blob() {
      const result = h('canvas', {width: base.width, height: base.height});
      const context = result.getContext('2d');
      if (kind === 'mask') {
        const pixels = paint.getContext('2d').getImageData(0, 0, paint.width, paint.height);
        for (let i = 0; i < pixels.data.length; i += 4) {
          pixels.data.fill(pixels.data[i + 3] > 0 ? 255 : 0, i, i + 3);
          pixels.data[i + 3] = 255;
        }
        context.putImageData(pixels, 0, 0);
      } else {
        context.drawImage(base, 0, 0);
        context.drawImage(paint, 0, 0);
      }
      return blobOf(result);
    },
  };
}
