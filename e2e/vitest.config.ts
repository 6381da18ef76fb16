import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The app names the packages as every such app does; here they are installed under names that tell the majors apart.
  resolve: { alias: { svix: 'svix1', '@clerk/backend': 'clerk-backend3' } },
  test: {
    include: ['convex-app/*.test.ts'],
    environment: 'edge-runtime',
    silent: 'passed-only',
    globalSetup: ['convex-app/deliveries.ts'],
    server: { deps: { inline: ['convex-test'] } },
  },
});
