// The console in a browser, over the real binary and its demo plant. Build the console and the binary first; then
//   npm ci && npm test
// FENGSUI_BINARY and FENGSUI_CHROMIUM name another binary or browser, FENGSUI_PICTURES a folder for pictures of all pages.
import { defineConfig } from '@playwright/test';

// The distribution's browser; nothing is downloaded.
const executablePath = process.env['FENGSUI_CHROMIUM'] ?? '/usr/bin/chromium';

export default defineConfig({
  testDir: '.',
  reporter: 'list',
  // Each of the two has a demo plant that all its tests share; more would be too much for a small machine.
  workers: 2,
  // The lab's own plant takes a machine for itself, so it comes when all others are through.
  projects: [
    { name: 'console', testIgnore: 'live.spec.ts' },
    { name: 'live', testMatch: 'live.spec.ts', dependencies: ['console'] },
  ],
  // A machine that is too busy for a moment must not fail the run; what passed only then is reported as flaky.
  retries: 1,
  timeout: 120_000,
  expect: { timeout: 20_000 },
  use: {
    // The appliance makes its own certificate.
    ignoreHTTPSErrors: true,
    locale: 'zh-CN',
    viewport: { width: 1280, height: 900 },
    trace: 'retain-on-failure',
    launchOptions: { executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'] },
  },
});
