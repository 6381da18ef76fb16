// A test as people write them, told where things are by its environment alone: signs in by nothing but an e-mail address
// and prints who the app then shows.
import { clerk, clerkSetup } from '@clerk/testing/playwright';
import { startBrowser } from '../../lib/browser.js';

const browser = await startBrowser();
try {
  await clerkSetup({ dotenv: false });
  const page = await browser.newPage();
  await page.goto(process.env.APP_URL);
  await clerk.signIn({ page, emailAddress: process.env.EMAIL });
  console.log(await page.getByTestId('clerk').textContent());
} finally {
  await browser.stop();
}
