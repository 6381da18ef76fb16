// Takes docs/sign-in.png: Clerk's own sign-in form, as it runs on the emulator. `npm run screenshot`
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { viteApp } from './lib/apps.js';
import { Stage } from './lib/stage.js';

const picture = fileURLToPath(new URL('../../docs/sign-in.png', import.meta.url));
const limit = 150 * 1024;

const stage = new Stage();
try {
  await stage.start(viteApp());
  const page = await stage.open();
  await page.setViewportSize({ width: 800, height: 560 });
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByLabel('Email address').fill('alice@example.com');
  await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
  await page.screenshot({ path: picture });
  const { size } = await stat(picture);
  if (size > limit) throw new Error(`${picture} has ${size} bytes, more than ${limit}`);
} finally {
  await stage.stop();
}
