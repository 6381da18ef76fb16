// Takes docs/sign-in.png and docs/sign-in-next.png: Clerk's own sign-in form, as it runs on the emulator in a modal and on a page
// of an app whose form is for signing up too. `npm run screenshot`
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { nextApp, viteApp } from './lib/apps.js';
import { Stage } from './lib/stage.js';

const limit = 150 * 1024;

const pictures = [
  { file: 'sign-in.png', app: viteApp(), size: { width: 800, height: 560 }, path: '/', button: 'Sign in' },
  { file: 'sign-in-next.png', app: nextApp('next16'), size: { width: 456, height: 300 }, path: '/sign-in' },
];

for (const { file, app, size, path, button } of pictures) {
  const stage = new Stage();
  try {
    await stage.start(app);
    const page = await stage.open(path);
    await page.setViewportSize(size);
    if (button) await page.getByRole('button', { name: button }).click();
    await page.getByLabel('Email address').fill('alice@example.com');
    await page.evaluate(() => Promise.all(document.getAnimations().map(({ finished }) => finished)));
    await take(page, file);
  } finally {
    await stage.stop();
  }
}

async function take(page, file) {
  const picture = fileURLToPath(new URL(`../../docs/${file}`, import.meta.url));
  await page.screenshot({ path: picture });
  const { size } = await stat(picture);
  if (size > limit) throw new Error(`${picture} has ${size} bytes, more than ${limit}`);
}
