// What the console does beyond plain pages: copy buttons, search as you type,
// times that stay right, and regions that follow what happens. Everything works
// without it. It shows only HTML that the server rendered for this very page.

const root = document.documentElement;
const one = (selector, from = document) => from.querySelector(selector);
const all = (selector, from = document) => [...from.querySelectorAll(selector)];

const focusable = 'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]';

/** Fetches one part of a page, an element with an id. */
async function part(url, id, signal) {
  const response = await fetch(url, { headers: { 'X-Part': id }, signal });
  const html = new DOMParser().parseFromString(await response.text(), 'text/html');
  return html.getElementById(id);
}

/** What an element says, apart from what this script or the reader changes in it. */
function gist(element) {
  const copy = element.cloneNode(true);
  for (const time of all('time', copy)) time.textContent = '';
  for (const button of all('.copy', copy)) button.replaceWith();
  for (const fresh of all('[data-key]', copy)) fresh.classList.remove('fresh');
  for (const d of all('details', copy)) d.open = false;
  return copy.innerHTML;
}

/** How to find what has the focus again in a new version of an element: by its id, else as the same thing of the same row. */
function spot(old) {
  const focused = document.activeElement;
  if (!old.contains(focused)) return null;
  if (focused.id) return (next) => all('[id]', next).find(({ id }) => id === focused.id);
  const key = focused.closest('[data-key]')?.dataset.key;
  const same = (from) => all('[data-key]', from).filter((e) => e.dataset.key === key).flatMap((e) => [...(e.matches(focusable) ? [e] : []), ...all(focusable, e)]);
  const place = same(old).indexOf(focused);
  return key === undefined ? null : (next) => same(next)[place];
}

/** Puts a new version of an element in place, without losing what the reader opened or focused. */
function swap(old, next) {
  if (gist(old) === gist(next)) return;
  const open = new Set(all('details[open][id]', old).map((d) => d.id));
  const known = new Set(all('[data-key]', old).map((e) => e.dataset.key));
  const focused = spot(old);
  for (const d of all('details[id]', next)) d.open ||= open.has(d.id);
  for (const e of all('[data-key]', next)) e.classList.toggle('fresh', known.size > 0 && !known.has(e.dataset.key));
  old.replaceWith(next);
  focused?.(next)?.focus({ preventScroll: true });
  enhance(next);
}

// --- copy ---

function enhance(from) {
  for (const button of all('.copy', from)) button.hidden = !navigator.clipboard;
  localTimes(from);
  tick();
}

document.addEventListener('click', async (event) => {
  const button = event.target.closest('.copy');
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
  button.textContent = 'Copied';
  setTimeout(() => { button.textContent = 'Copy'; }, 1500);
});

// --- times: the words are those of moment.go ---

const units = [[86400000, 'd'], [3600000, 'h'], [60000, 'min'], [1000, 's']];
const skew = Number(root.dataset.now) - Date.now();

function relative(ms) {
  const away = ms - (Date.now() + skew);
  const [size, name] = units.find(([size]) => Math.abs(away) >= size) ?? [1000, 's'];
  const span = `${Math.floor(Math.abs(away) / size)} ${name}`;
  if (away > 0) return `in ${span}`;
  return away > -2000 ? 'just now' : `${span} ago`;
}

function tick() {
  if ('frozen' in root.dataset || document.hidden) return;
  for (const time of all('time[data-ms]')) {
    const text = relative(Number(time.dataset.ms));
    if (time.textContent !== text) time.textContent = text;
  }
}

// --- search ---

let typing;
let searching;

async function search(form) {
  searching?.abort();
  searching = new AbortController();
  const url = `${form.getAttribute('action')}?${new URLSearchParams(new FormData(form))}`;
  history.replaceState(null, '', url); // first, as live regions look at the page's address
  try {
    const next = await part(url, form.dataset.part, searching.signal);
    if (next) {
      swap(document.getElementById(form.dataset.part), next);
      announceFound(next);
    }
  } catch (error) {
    if (error.name !== 'AbortError') form.submit();
  }
}

document.addEventListener('input', (event) => {
  const form = event.target.closest('form[data-part]');
  if (!form) return;
  clearTimeout(typing);
  typing = setTimeout(() => search(form), event.target.type === 'search' ? 200 : 0);
});

// --- live regions: <section id data-live="message attempt" data-about="msg_…"> ---

const pace = 300; // ms: a burst of events is one look
const waiting = new Map();
let source;
let last = '';

function refresh(region) {
  if (waiting.has(region.id)) return;
  waiting.set(region.id, setTimeout(async () => {
    waiting.delete(region.id);
    const { href } = location;
    const next = await part(href, region.id).catch(() => null);
    const old = document.getElementById(region.id);
    if (!next || !old || href !== location.href) return; // a search was faster
    swap(old, next);
    announceFresh(next);
  }, region.dataset.pace ?? pace));
}

function happened(event) {
  last = event.lastEventId || last;
  for (const region of all('[data-live]')) {
    const { live, about } = region.dataset;
    if (event.type === 'reload' || live.split(' ').includes(event.type) && (!about || event.data.includes(about))) refresh(region);
  }
}

function tell(state) {
  const line = one('[data-stream-state]');
  if (!line) return;
  if (state === 'lost' || line.dataset.streamState === 'lost') announce(state === 'lost' ? 'Live updates stopped, reconnecting.' : 'Live updates are back.');
  line.hidden = false;
  line.dataset.streamState = state;
  line.textContent = { live: 'Live', lost: 'Reconnecting…', paused: 'Paused' }[state];
}

function openStream() {
  if (source || document.hidden || !one('[data-live]')) return;
  source = new EventSource(last ? `${root.dataset.stream}?after=${last}` : root.dataset.stream);
  source.onopen = () => { // what happened since the page was rendered told nobody
    tell('live');
    all('[data-live]').forEach(refresh);
  };
  source.onerror = () => {
    tell('lost');
    if (source?.readyState !== EventSource.CLOSED) return; // it reconnects by itself
    closeStream();
    setTimeout(openStream, 3000);
  };
  for (const kind of ['attempt', 'message', 'reload', 'request', 'user']) source.addEventListener(kind, happened);
}

function closeStream() {
  source?.close();
  source = undefined;
}

// A browser has six connections to a host; a tab nobody looks at needs none.
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) {
    openStream();
  } else if (source) {
    closeStream();
    tell('paused');
  }
});
addEventListener('pagehide', closeStream);
addEventListener('pageshow', openStream);

// What was done is said once, not again after a reload.
const here = new URL(location.href);
if (here.searchParams.has('done')) {
  here.searchParams.delete('done');
  history.replaceState(null, '', here);
}

// --- wall times: <time data-local="ms">, in the reader's own zone ---

function localTimes(from) {
  for (const time of all('time[data-local]', from)) {
    const at = new Date(Number(time.dataset.local));
    const two = (n) => String(n).padStart(2, '0');
    time.textContent = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`;
  }
}

// --- regions that change as time goes by, even when nothing happens ---

setInterval(() => { if (source) all('[data-idle]').forEach(refresh); }, 15000);


// --- what changes is said to screen readers too, in one sentence and not more often than they can read it ---

const readingMS = 3000;
const unsaid = new Map(); // what a list is called → how many rows are new
let saying;

function announce(text) {
  const status = one('[data-announce]');
  if (status) status.textContent = text;
}

/** What the list around an element is called. */
function nameOf(element) {
  const label = element.closest('[aria-labelledby]')?.getAttribute('aria-labelledby');
  return (label && document.getElementById(label)?.textContent.trim()) || one('h1')?.textContent.trim() || document.title;
}

function announceFresh(region) {
  const n = all('.fresh', region).length;
  if (!n) return;
  unsaid.set(nameOf(one('.fresh', region)), (unsaid.get(nameOf(one('.fresh', region))) ?? 0) + n);
  saying ??= setTimeout(() => {
    announce(`${[...unsaid].map(([name, n]) => `${name}: ${n} new`).join(', ')}.`);
    unsaid.clear();
    saying = undefined;
  }, readingMS);
}

function announceFound(region) {
  const n = rows(region).length;
  announce(n ? `${n} shown${one('.pager', region) ? ', there are more' : ''}.` : 'Nothing matches.');
}

// --- keyboard: the dialog in keys.html lists the keys ---

const help = document.getElementById('keys');
const keysOn = document.getElementById('keys-on');
const keysOff = 'nightclerk-keys-off'; // a name in localStorage; who dictates or slips may not want single keys

const rows = (from = document) => all('.rows > .row, tbody > tr', from);
const hold = (row) => one('.row-link', row) ?? all(focusable, row).find((e) => e.checkVisibility());

/** Goes to the next row of the page's lists, or to the one before. */
function step(by) {
  const list = rows().filter((row) => row.checkVisibility());
  const at = list.indexOf(document.activeElement.closest('.rows > .row, tbody > tr'));
  const row = list[at < 0 ? 0 : Math.min(Math.max(at + by, 0), list.length - 1)];
  if (!row) return;
  const target = hold(row) ?? row;
  if (target === row) row.tabIndex = -1;
  target.focus();
  row.scrollIntoView({ block: 'nearest' });
}

function findField() {
  const field = one('input[type=search]') ?? one('form[role=search] :is(input, select)') ?? one('.filters :is(input, select)');
  field?.focus();
  field?.select?.();
}

const keys = { '/': findField, '?': () => help.showModal(), j: () => step(1), k: () => step(-1) };

document.addEventListener('keydown', (event) => {
  const field = event.target.closest('input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]');
  if (event.key === 'Escape' && !help.open) {
    if (field) return field.blur();
    for (const details of all('details.confirm[open]')) {
      details.open = false;
      one('summary', details).focus();
    }
  }
  const act = Object.hasOwn(keys, event.key) && keys[event.key];
  if (!act || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || field || help.open || !keysOn.checked) return;
  event.preventDefault();
  act();
});

document.addEventListener('click', (event) => {
  if (event.target.closest('[data-keys]')) help.showModal();
  if (event.target === help) help.close(); // beside the box
});

function setUpKeys() {
  for (const button of all('[data-keys]')) button.hidden = false;
  try {
    keysOn.checked = !localStorage.getItem(keysOff);
    keysOn.addEventListener('change', () => (keysOn.checked ? localStorage.removeItem(keysOff) : localStorage.setItem(keysOff, '1')));
  } catch { /* no storage: the choice holds for this page */ }
}

setUpKeys();
setInterval(tick, 1000);
root.classList.add('js');
enhance(document);
openStream();

// On a phone the navigation scrolls: the section one is in should be seen.
one('nav [aria-current=page]')?.scrollIntoView({ block: 'nearest', inline: 'center' });

// --- preview: <form data-preview="/tokens/preview" data-load="/tokens"> ---
// What the form would do is shown as one types. A select with data-loads leads to
// the page of what was chosen, as its button does without a script.

let drafting;
let previewing;

async function preview(form) {
  previewing?.abort();
  previewing = new AbortController();
  try {
    const response = await fetch(form.dataset.preview, {
      method: 'POST', body: new URLSearchParams(new FormData(form)), headers: { 'X-Part': 'preview' }, signal: previewing.signal,
    });
    const html = new DOMParser().parseFromString(await response.text(), 'text/html');
    const next = html.getElementById('preview');
    const old = document.getElementById('preview');
    if (next && old) swap(old, next);
  } catch (error) {
    if (error.name !== 'AbortError') throw error;
  }
}

document.addEventListener('input', (event) => {
  const form = event.target.closest('form[data-preview]');
  if (!form || 'loads' in event.target.dataset) return;
  clearTimeout(drafting);
  drafting = setTimeout(() => preview(form), 250);
});

document.addEventListener('change', (event) => {
  if (!('loads' in event.target.dataset)) return;
  const form = event.target.form;
  const query = new URLSearchParams({ template: event.target.value, user: form.elements.user.value });
  location.assign(`${form.dataset.load}?${query}`);
});
