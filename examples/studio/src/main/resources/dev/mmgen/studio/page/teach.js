import {attempt, getJson, remove, send} from './api.js';
import {field, h, number} from './dom.js';
import {nameOf} from './scene.js';
import {settingsOf} from './settings.js';

/** Teach: a modality of one's own, learnt from a folder of pictures on the server, with its losses as they come. */
export const teach = {
  title: 'Teach',
  open(studio) {
    const line = h('p', {role: 'status', class: 'quiet'}, 'No lesson yet.');
    const bar = h('progress', {max: 1, value: 0, hidden: true, 'aria-label': 'Progress of the lesson'});
    const curve = h('canvas', {class: 'curve', width: 640, height: 260, role: 'img', 'aria-label': 'Losses', hidden: true});
    const samples = h('img', {class: 'samples', alt: 'Held-out samples: truth and what is read', hidden: true});
    const warnings = h('ul', {class: 'quiet'});
    const scores = h('div', {});
    const pictures = h('select', {name: 'pictures', required: true});
    const replaces = h('select', {name: 'replaces'});
    const begin = h('button', {class: 'main'}, 'Begin');
    const stop = h('button', {type: 'button', hidden: true, onclick: () => attempt(() => remove('/v1/lesson'))}, 'Stop');
    const closed = h('p', {hidden: true}, 'This studio teaches nothing: start it with --pictures FOLDER and --models FOLDER.');
    const form = h('form', {},
      field('Folder of pictures, with rgb/ and others', pictures),
      field('Name of the new model', h('input', {name: 'name', required: true, pattern: '[A-Za-z0-9][A-Za-z0-9_\\-]*', value: 'my-model'})),
      field('New modality, named like its folder', h('input', {name: 'modality', pattern: '[a-z0-9][a-z0-9_\\-]*', placeholder: 'none: read better'})),
      field('It takes the place of', replaces),
      h('div', {class: 'pair'},
        field('Steps', number('steps', {value: 600, min: 1, step: 1})),
        field('LoRA rank', number('lora', {min: 1, max: 256, step: 1, placeholder: 'all weights'}))),
      h('div', {class: 'row'}, begin, stop));
    let listening = null;

    function tell(lesson) {
      const words = {
        preparing: lesson.phase,
        learning: `Step ${lesson.step} of ${lesson.steps}; ${lesson.phase}.`,
        done: `Done: ${lesson.name} is among the models.`,
        stopped: `Stopped after step ${lesson.step}. Begin again with the same settings to go on.`,
        failed: lesson.problem?.detail ?? 'Failed.',
      };
      line.textContent = words[lesson.state];
      warnings.replaceChildren(...lesson.warnings.map(text => h('li', {}, text)));
      line.classList.toggle('problem', lesson.state === 'failed');
      const ended = !['preparing', 'learning'].includes(lesson.state);
      begin.disabled = !ended;
      stop.hidden = bar.hidden = ended;
      bar.max = lesson.steps;
      bar.value = lesson.step;
      draw(curve, lesson.losses);
      scores.replaceChildren(...Object.entries(lesson.scores).map(([name, score]) => h('p', {class: 'quiet'},
        `${nameOf(name)}: mean difference ${score.after.toFixed(1)} of 255 levels; before ${score.before.toFixed(1)}, a mean picture ${score.meanPicture.toFixed(1)}`)));
      const url = `/v1/lesson/samples.png?step=${Math.floor(5 * lesson.step / lesson.steps)}-${lesson.state}`;
      if (lesson.step > 0 && samples.dataset.url !== url) {
        samples.dataset.url = url;
        samples.src = url;
      }
      return ended;
    }
    samples.addEventListener('load', () => {
      samples.hidden = false;
    });
    samples.addEventListener('error', () => {
      samples.hidden = true;
    });

    function listen() {
      listening?.close();
      listening = new EventSource('/v1/lesson/events');
      listening.addEventListener('lesson', event => {
        if (tell(JSON.parse(event.data))) {
          listening.close();
          attempt(studio.refresh);
        }
      });
    }

    form.addEventListener('submit', event => {
      event.preventDefault();
      attempt(async () => {
        const settings = {...settingsOf(form), model: studio.model().name};
        if (!settings.modality) {
          delete settings.replaces;
        }
        const headers = {'Content-Type': 'application/json'};
        const response = await send('/v1/lesson', {method: 'POST', headers, body: JSON.stringify(settings)});
        tell(await response.json());
        listen();
      });
    });

    const renew = () => replaces.replaceChildren(h('option', {value: ''}, 'none: a place of its own'),
      ...studio.model().modalities.filter(modality => modality.name !== 'rgb')
        .map(modality => h('option', {value: modality.name}, nameOf(modality.name))));
    renew();
    return {
      element: h('div', {class: 'view'},
        h('section', {class: 'panel', 'aria-label': 'Settings'}, h('h2', {}, 'Teach'),
          h('p', {}, 'A copy of the model learns from pictures: a modality of your own, or to read its own ones better.'),
          closed, form),
        h('section', {class: 'scenes', 'aria-label': 'Lesson'}, line, bar, curve, scores, samples, warnings)),
      modelChanged: renew,
      shown: () => attempt(async () => {
        const state = await getJson('/v1/lesson');
        closed.hidden = state.open;
        form.hidden = !state.open;
        const before = pictures.value;
        pictures.replaceChildren(...state.pictures.map(name => h('option', {value: name}, name)));
        pictures.value = state.pictures.includes(before) ? before : state.pictures[0] ?? '';
        if (state.lesson && !tell(state.lesson)) {
          listen();
        }
      }),
    };
  },
};

/** Draws losses over steps: each one faintly, their running mean clearly. */
function draw(canvas, losses) {
  canvas.hidden = losses.length < 2;
  if (canvas.hidden) {
    return;
  }
  const style = getComputedStyle(document.documentElement);
  const context = canvas.getContext('2d');
  const [left, bottom] = [46, canvas.height - 26];
  const most = losses.reduce((a, [, loss]) => Math.max(a, loss), 0) || 1;
  const last = losses.at(-1)[0];
  const at = ([step, loss]) => [left + (canvas.width - left - 10) * step / last, bottom - (bottom - 12) * loss / most];
  const path = points => {
    context.beginPath();
    points.forEach(point => context.lineTo(...at(point)));
    context.stroke();
  };
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.font = '12px system-ui, sans-serif';
  context.fillStyle = style.getPropertyValue('--quiet');
  context.strokeStyle = style.getPropertyValue('--line');
  context.lineWidth = 1;
  path([[0, 0], [last, 0]]);
  context.fillText(most.toPrecision(2), 4, 18);
  context.fillText('0', left - 14, bottom + 4);
  context.fillText(`step ${last}`, canvas.width - 80, canvas.height - 6);
  path(losses);
  let mean = losses[0][1];
  context.strokeStyle = style.getPropertyValue('--accent');
  context.lineWidth = 2;
  path(losses.map(([step, loss], i) => {
    mean += (loss - mean) * Math.max(.05, 1 / (i + 1));
    return [step, mean];
  }));
  canvas.setAttribute('aria-label', `Losses up to step ${last}; their mean is now ${mean.toPrecision(3)}`);
}
