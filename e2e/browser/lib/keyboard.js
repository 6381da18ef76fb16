// A page as somebody without a mouse finds it.
import assert from 'node:assert/strict';

/** Runs in the page: keeps what the Tab key has to reach, and returns how many that are. */
function note() {
  globalThis.able = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]')].filter((e) =>
    e.checkVisibility({ visibilityProperty: true }) && e.tabIndex >= 0 && !e.disabled && e.type !== 'hidden' && !isOther(e));
  /** Of radio buttons with a name, Tab reaches the one that is chosen. */
  function isOther(e) {
    const chosen = e.type === 'radio' && document.querySelector(`input[type=radio][name="${e.name}"]:checked`);
    return chosen && chosen !== e;
  }
  return globalThis.able.length;
}

/** Runs in the page: the place of what has the focus, -1 for what has none, and what is wrong with how that looks. */
function look() {
  const e = document.activeElement;
  const shown = e.matches('.tab') ? e.nextElementSibling : e;
  const { outlineStyle, outlineWidth } = getComputedStyle(shown);
  const { top, bottom } = shown.getBoundingClientRect();
  const bar = document.querySelector('.unusual:not([hidden])');
  const covered = bar && !bar.contains(e) && getComputedStyle(bar).position === 'sticky' ? bar.getBoundingClientRect().bottom : 0;
  const html = e.outerHTML.slice(0, 160);
  const place = globalThis.able.findIndex((one) => one === e || (e.id && one.id === e.id)); // what follows what happens may have been put in anew
  if (e === document.body) return { place };
  if (outlineStyle === 'none' || parseFloat(outlineWidth) < 2) return { place, wrong: `no visible focus: ${html}` };
  if (bottom <= covered || top >= innerHeight) return { place, wrong: `out of sight (${top} to ${bottom}, bar to ${covered}): ${html}` };
  return { place, html };
}

/** Tab goes through all of the page from top to bottom, and what has the focus can be seen. */
export async function assertReachable(page) {
  const count = await page.evaluate(note);
  const order = [];
  const wrong = [];
  for (let i = 0; i < count; i++) {
    await page.keyboard.press('Tab');
    const seen = await page.evaluate(look);
    order.push(seen.place);
    if (seen.wrong) wrong.push(seen.wrong);
  }
  assert.deepEqual(wrong, [], page.url());
  assert.deepEqual(order, [...Array(count).keys()], page.url());
}
