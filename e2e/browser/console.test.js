// The console in a real browser: what people come for, on a desk, on a phone and without scripts; what axe finds; the keyboard.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { AxeBuilder } from '@axe-core/playwright';
import { Console, pages, sizes } from './lib/console.js';
import { assertInert, attackEverything, forms, texts } from './lib/hostile.js';
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
      phone = await its.tab({ ...sizes.phone, colorScheme: 'dark' });
      await its.control('POST', '/clock/advance', { duration: '1h' }); // a bar on every page
    });
    for (const entry of pages) {
      it(`has all in the order of Tab, the focus in sight, and nothing that axe calls serious: ${entry.name}`, async () => {
        await its.open(desk, entry);
        await assertReachable(desk);
        await assertAccessible(desk);
        its.assertQuiet();
      });

      it(`fits a phone, has its landmarks, and nothing that axe calls serious in the dark: ${entry.name}`, async () => {
        await its.open(phone, entry);
        await assertFits(phone);
        await assertAccessible(phone);
        await assertLandmarks(phone);
        its.assertQuiet();
      });
    }
  });

  describe('by keyboard', () => {
    let page;
    const focused = () => page.evaluate(() => document.activeElement.closest('.row')?.dataset.key ?? document.activeElement.id);
    const keysOf = (list) => page.locator(list).evaluateAll((rows) => rows.map((row) => row.dataset.key));
    before(async () => { page = await its.tab(); });

    it('goes through a list by j and k, and opens what it is at', async () => {
      await its.open(page, { at: () => '/users' });
      const [first, second] = await keysOf('#users .row');
      const way = [];
      for (const key of ['j', 'j', 'k', 'k']) {
        await page.keyboard.press(key);
        way.push(await focused());
      }
      assert.deepEqual(way, [first, second, first, first]);
      await page.keyboard.press('Enter');
      await page.waitForURL(`**/users/${first}`);
    });

    it('goes to the search by /, and types there', async () => {
      await its.open(page, { at: () => '/users' });
      await page.keyboard.type('/j?k');
      assert.equal(await page.getByLabel('Search users').inputValue(), 'j?k');
      assert.equal(await page.getByRole('dialog').count(), 0);
      await page.keyboard.press('Escape');
      assert.equal(await focused(), '');
    });

    it('lists its keys by ?, which do nothing meanwhile, and closes by Escape', async () => {
      await its.open(page, { at: () => '/users' });
      await page.keyboard.press('?');
      const help = page.getByRole('dialog', { name: 'Keyboard' });
      await help.waitFor();
      for (const key of ['/', 'j', 'k', '?', 'Esc']) await help.getByText(key, { exact: true }).waitFor();
      await assertAccessible(page);
      await page.keyboard.press('j');
      assert.ok(await page.evaluate(() => document.activeElement.closest('dialog')));
      await page.keyboard.press('Escape');
      await help.waitFor({ state: 'hidden' });
    });

    it('can be told not to listen to single keys', async () => {
      await its.open(page, { at: () => '/users' });
      await page.keyboard.press('?');
      await page.getByLabel('Listen to single keys').uncheck();
      await page.keyboard.press('Escape');
      await page.reload();
      await page.keyboard.press('j');
      assert.equal(await focused(), '');
      await page.getByRole('button', { name: 'Keyboard' }).click();
      await page.getByLabel('Listen to single keys').check();
    });

    for (const reducedMotion of ['no-preference', 'reduce']) {
      it(`says what is new, keeps the focus and moves nothing where that is not wanted: ${reducedMotion}`, async () => {
        await page.emulateMedia({ reducedMotion });
        await its.open(page, { at: () => '/webhooks' });
        await page.locator('[data-stream-state=live]').waitFor({ state: 'attached' });
        const [first] = await keysOf('#messages .row');
        await page.locator(`[data-key="${first}"] a`).focus();
        await its.api('POST', '/users', { email_address: [`new.${reducedMotion}@example.com`] });
        const fresh = page.locator('#messages .fresh');
        await fresh.waitFor();
        assert.equal(await fresh.evaluate((row) => row.getAnimations().length), reducedMotion === 'reduce' ? 0 : 1);
        assert.equal(await focused(), first);
        await page.locator('[data-announce]', { hasText: 'Messages: 1 new.' }).waitFor({ state: 'attached' });
        its.assertQuiet();
      });
    }
  });

  describe('with hostile texts everywhere', () => {
    let page, attacked;
    before(async () => {
      page = await its.tab(sizes.phone);
      attacked = await attackEverything(its);
    });

    it('shows them as text, and none too wide for a phone', async () => {
      for (const [path, text] of attacked.shown) {
        await its.open(page, { at: () => path });
        for (const details of await page.locator('details.more-settings, .attempt details, .reveal').all()) await details.evaluate((d) => { d.open = true; });
        await assertInert(page, text);
        await assertFits(page);
      }
      its.assertQuiet();
    });

    it('shows them as text where they are typed and something else is wrong', async () => {
      for (const { path, button, wrong } of forms) {
        for (const text of [texts[1], texts[6]]) {
          await its.open(page, { at: () => path });
          for (const field of await page.locator('main form[method=post] :is(input:not([type=radio], [type=checkbox], [type=number], [type=hidden], [type=password]), textarea)').all()) {
            if (await field.isVisible()) await field.fill(text);
          }
          await page.locator('main form').evaluateAll((all) => all.forEach((form) => { form.noValidate = true; }));
          for (const [name, value] of Object.entries(wrong)) await page.locator(`[name=${name}]`).first().fill(value);
          const [answer] = await Promise.all([page.waitForResponse((r) => r.request().method() === 'POST' && r.request().isNavigationRequest()), page.getByRole('button', { name: button, exact: true }).click()]);
          assert.equal(answer.status(), 422, path);
          await page.waitForLoadState();
          await assertInert(page, text);
          await assertFits(page);
        }
      }
      its.assertQuiet();
    });

    it('shows them as text in tokens', async () => {
      for (const user of attacked.people.slice(0, 3)) {
        await its.open(page, { at: () => `/tokens?user=${user.id}` });
        await page.getByLabel('Kind').selectOption('hostile');
        await page.getByRole('button', { name: 'Mint', exact: true }).click();
        await page.getByRole('heading', { name: 'Claims' }).waitFor();
        await assertInert(page, user.first_name);
        await assertFits(page);
      }
    });

    it('shows them as text where there is no page and no instance', async () => {
      for (const text of texts) {
        const path = encodeURIComponent(text);
        await its.open(page, { at: () => `/webhooks/${path}`, status: 404 });
        await assertInert(page, '');
        await its.open(page, { at: () => `/i/${path}/`, status: 404 });
        await assertInert(page, '');
      }
      its.assertQuiet();
    });
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
}
