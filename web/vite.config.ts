import { defineConfig } from 'vitest/config';
import { precompress } from './build/precompress.ts';
import { serviceWorker } from './build/service-worker.ts';

// The hub that `npm run dev` forwards to.
const hub = process.env.HOMECLAW_URL ?? 'http://127.0.0.1:8080';

const proxy = { '/api': { target: hub, ws: true } };

export default defineConfig({
  build: {
    target: 'es2022',
    // The panel is one page for one household: a single script starts faster than many.
    modulePreload: false,
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: { proxy },
  preview: { proxy },
  plugins: [serviceWorker(), precompress({ limit: 120_000 })],
  test: { environment: 'happy-dom', include: ['test/**/*.test.{ts,tsx}'] },
});
