// What a person does in Clerk's own prebuilt forms, by the words they show.

export const password = 'correct-horse-battery';

/** The button that goes on, not one of those that name a provider. */
const next = (page) => page.getByRole('button', { name: 'Continue', exact: true });

/** Fills in who it is, on the sign-in form that is open. */
export async function identify(page, email) {
  await page.getByLabel('Email address').fill(email);
  await next(page).click();
}

/** Fills in the password that the form then asks for. */
export async function enterPassword(page, text) {
  await page.getByRole('heading', { name: 'Enter your password' }).waitFor();
  await page.getByLabel('Password', { exact: true }).fill(text);
  await next(page).click();
}

/** Opens the modal with the app's button, and fills in who it is. */
export async function startSignIn(page, email) {
  await page.getByRole('button', { name: 'Sign in' }).click();
  await identify(page, email);
}

/** Signs in through the modal that the app's button opens. */
export async function signIn(page, email, text = password) {
  await startSignIn(page, email);
  await enterPassword(page, text);
}

/** Chooses another way to sign in than the form that is open, by the words of its button. */
export async function useAnotherMethod(page, name) {
  await page.getByRole('link', { name: 'Use another method' }).click();
  await page.getByRole('button', { name }).click();
}

/** Signs out through Clerk's user button, whose entries are a menu in one major and buttons in the other. */
export async function signOut(page) {
  await page.getByRole('button', { name: 'Open user menu' }).click();
  const entry = { name: 'Sign out' };
  await page.getByRole('menuitem', entry).or(page.getByRole('button', entry)).click();
}

/** Signs up through the modal, up to the form that asks for the code. */
export async function signUp(page, email, text) {
  await page.getByRole('button', { name: 'Sign up' }).click();
  await page.getByLabel('Email address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(text);
  await next(page).click();
}

/** Types the code that was sent by e-mail. */
export async function enterCode(page, code) {
  await page.getByRole('heading', { name: 'Verify your email' }).waitFor();
  await page.getByLabel('Enter verification code').pressSequentially(code);
}

/** Waits until the app shows who is signed in, as Clerk and as Convex say. */
export async function waitForUser(page, email) {
  await page.getByTestId('clerk').getByText(email, { exact: true }).waitFor();
  await page.getByTestId('convex').getByText(email, { exact: true }).waitFor();
}

export const waitForNobody = (page) => page.getByText('Nobody is signed in.').waitFor();
