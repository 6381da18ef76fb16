// The console in a real browser: what people come for, on a desk, on a phone and without scripts; what axe finds; the keyboard.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { Console, pages, sizes } from './lib/console.js';
import { assertReachable } from './lib/keyboard.js';

describe('The console', () => {
  const its = new Console();
  before(() => its.start());
  after(() => its.stop());

  const ways = { 'on a desk': sizes.desktop, 'on a phone': sizes.phone, 'without scripts': { ...sizes.phone, javaScriptEnabled: false } };
  for (const [way, options] of Object.entries(ways)) {
    describe(way, () => {
      let page;
      before(async () => { page = await its.tab(options); });
      after(() => page.context().close());
      for (const entry of pages) {
        it(`does what people come for: ${entry.name}`, async () => {
          await its.open(page, entry);
          await entry.task(page, its);
          its.assertQuiet();
        });
      }
    });
  }

  describe('for everybody', () => {
    let desk, phone;
    before(async () => {
      desk = await its.tab();
      phone = await its.tab(sizes.phone);
      await its.control('POST', '/clock/advance', { duration: '1h' }); // a bar on every page
    });
    for (const entry of pages) {
      it(`has nothing that axe calls serious, light or dark: ${entry.name}`, async () => {
        await its.open(desk, entry);
        await assertAccessible(desk);
        await desk.emulateMedia({ colorScheme: 'dark' });
        await assertAccessible(desk);
        await desk.emulateMedia({ colorScheme: 'light' });
        its.assertQuiet();
      });

      it(`fits a phone: ${entry.name}`, async () => {
        await its.open(phone, entry);
        await assertFits(phone);
        await assertAccessible(phone);
        its.assertQuiet();
      });

      it(`has all in the order of Tab, the focus in sight, and its landmarks: ${entry.name}`, async () => {
        await its.open(desk, entry);
        await assertLandmarks(desk);
        await assertReachable(desk);
        its.assertQuiet();
      });
    }
  });
});

async function assertAccessible(page) {
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']).analyze();
  const grave = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
  const lines = grave.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary}`));
  assert.deepEqual(lines, [], page.url());
}

async function assertFits(page) {
  const wide = await page.evaluate(() => {
    const most = document.documentElement.clientWidth;
    const scrolls = (e) => e && e !== document.documentElement && (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(e).overflowX) || scrolls(e.parentElement));
    const out = [...document.body.querySelectorAll('*')].filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > most + 0.5 && !scrolls(e.parentElement) && !scrolls(e));
    return { by: document.documentElement.scrollWidth - most, out: out.slice(0, 5).map((e) => e.outerHTML.slice(0, 200)) };
  });
  assert.deepEqual(wide, { by: 0, out: [] }, page.url());
}

async function assertLandmarks(page) {
  const counts = {};
  for (const role of ['banner', 'main', 'heading']) counts[role] = await page.getByRole(role, role === 'heading' ? { level: 1 } : {}).count();
  assert.deepEqual(counts, { banner: 1, main: 1, heading: 1 }, page.url());
  assert.equal(await page.getByRole('navigation', { name: 'Sections' }).count(), 1);
  assert.match(await page.title(), /^\S.* · Nightclerk$/);
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  await page.evaluate(() => document.activeElement.blur());
}
