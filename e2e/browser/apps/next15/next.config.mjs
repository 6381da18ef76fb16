import { fileURLToPath } from 'node:url';

// The lock files above this folder are not this app's.
const root = fileURLToPath(new URL('.', import.meta.url));

export default { outputFileTracingRoot: root, devIndicators: false };
