import { fileURLToPath } from 'node:url';

// The lock files above this folder are not this app's.
const root = fileURLToPath(new URL('.', import.meta.url));

// Several of one app may be served at a time.
const distDir = process.env.NEXT_DIST_DIR;

export default { distDir, turbopack: { root }, outputFileTracingRoot: root, devIndicators: false };
