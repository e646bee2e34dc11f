import {attempt, follow, post, remove} from './api.js';
import {h} from './dom.js';
import {scene} from './scene.js';

/**
 * The place where jobs of a view run: progress, previews, a button to cancel, and below it the results, the newest first.
 */
export function workplace(studio, {onDone = () => {}} = {}) {
  const line = h('p', {role: 'status', class: 'quiet'}, 'Nothing has been asked for yet.');
  const bar = h('progress', {max: 1, value: 0, hidden: true, 'aria-label': 'Progress'});
  const cancel = h('button', {type: 'button', class: 'small', hidden: true}, 'Cancel');
  const making = h('div', {class: 'scenes'});
  const results = h('div', {class: 'scenes'});
  const element = h('section', {'aria-label': 'Results'}, h('div', {class: 'row'}, line, cancel), bar, making, results);
  let current = null;
  cancel.addEventListener('click', () => current && attempt(() => remove(`/v1/jobs/${current.id}`)));

  function tell(job) {
    if (job.state === 'queued') {
      line.textContent = job.place > 1 ? `In the queue, place ${job.place}.` : 'Next in the queue.';
    } else if (job.state === 'running') {
      line.textContent = job.steps ? `${job.phase}, step ${job.step} of ${job.steps}` : 'Begun.';
      bar.max = job.steps || 1;
      bar.value = job.step;
    } else {
      const ends = {done: 'Done.', cancelled: 'Cancelled.', failed: job.problem?.detail ?? 'Failed.'};
      line.textContent = ends[job.state];
      line.classList.toggle('problem', job.state === 'failed');
    }
  }

  function preview({first, images}) {
    making.replaceChildren(...images.map((pictures, i) => h('div', {class: 'scene making'},
      h('h3', {}, `Image ${first + i + 1}, in the making`),
      h('div', {class: 'pictures'}, Object.entries(pictures).map(([name, url]) =>
        h('figure', {}, h('img', {src: url, alt: `${name}, not finished`}), h('figcaption', {}, name)))))));
  }

  /** Runs a request to its end; the button that started it rests meanwhile. Resolves to the images. */
  async function run(path, settings, files, button) {
    return attempt(async () => {
      button.disabled = true;
      line.classList.remove('problem');
      try {
        current = await post(path, {...settings, model: studio.model().name}, files);
        tell(current);
        bar.hidden = cancel.hidden = false;
        const job = await follow(current, tell, preview);
        results.prepend(...job.images.map(image => scene(studio, image)));
        if (job.state === 'done') {
          onDone(job.images);
        }
        return job.images;
      } finally {
        current = null;
        bar.hidden = cancel.hidden = true;
        making.replaceChildren();
        button.disabled = false;
      }
    });
  }

  return {element, run};
}
