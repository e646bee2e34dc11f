import {notice} from './dom.js';

/** A problem document (RFC 9457) as an error. */
export class Problem extends Error {
  constructor(problem) {
    super(problem.detail ?? problem.title ?? 'the server gave no reason');
    this.status = problem.status;
  }
}

/** Sends a request; a refusal is thrown as a Problem. */
export async function send(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Problem({detail: 'The studio does not answer. Is it still running? Start it again, then try once more.'});
  }
  if (!response.ok) {
    throw new Problem(await response.json().catch(() => ({status: response.status})));
  }
  return response;
}

export const getJson = async path => (await send(path)).json();
export const getBytes = async path => (await send(path)).arrayBuffer();
export const getBlob = async path => (await send(path)).blob();
export const put = async path => (await send(path, {method: 'PUT'})).json();
export const remove = path => send(path, {method: 'DELETE'});
export const fileOf = (image, file) => `/v1/images/${image.id}/${file}`;

/** Sends a request with its settings, and files where there are any; returns its job. */
export async function post(path, settings, files = {}) {
  if (Object.keys(files).length === 0 && path === '/v1/generate') {
    const headers = {'Content-Type': 'application/json'};
    return (await send(path, {method: 'POST', headers, body: JSON.stringify(settings)})).json();
  }
  const form = new FormData();
  form.append('request', new Blob([JSON.stringify(settings)], {type: 'application/json'}));
  for (const [name, file] of Object.entries(files)) {
    form.append(name, file, name);
  }
  return (await send(path, {method: 'POST', body: form})).json();
}

/**
 * Follows a job to its end: onJob and onPreview are told of its events. Resolves to the job at its end. Where the events break off,
 * the job is asked for, so that a server that has gone is told of.
 */
export function follow(job, onJob, onPreview = () => {}) {
  return new Promise((resolve, reject) => {
    const events = new EventSource(`/v1/jobs/${job.id}/events`);
    const end = last => {
      events.close();
      resolve(last);
    };
    const heard = state => {
      onJob(state);
      if (!['queued', 'running'].includes(state.state)) {
        end(state);
      }
    };
    events.addEventListener('job', event => heard(JSON.parse(event.data)));
    events.addEventListener('preview', event => onPreview(JSON.parse(event.data)));
    events.addEventListener('error', async () => {
      try {
        heard(await getJson(`/v1/jobs/${job.id}`));
      } catch (problem) {
        events.close();
        reject(problem);
      }
    });
  });
}

/** Runs what a button starts; what goes wrong is told on the page. */
export async function attempt(work) {
  notice('');
  try {
    return await work();
  } catch (problem) {
    notice(problem.message);
    return undefined;
  }
}
