import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// The app is written for @clerk/react; @clerk/clerk-react, which older apps use, exports the same names.
const clerk = process.env.CLERK_PACKAGE ?? '@clerk/react';

// Without TLS the browser may reach the emulator through this server.
const emulator = process.env.NIGHTCLERK_URL;

export default defineConfig({
  plugins: [react()],
  resolve: { alias: [{ find: /^@clerk\/react$/, replacement: clerk }] },
  cacheDir: `node_modules/.vite/${clerk}`,
  server: { proxy: emulator && { '/__clerk': { target: emulator, changeOrigin: false } } },
});
