import { defineConfig } from '@playwright/test';

// The distribution's browser; nothing is downloaded.
const executablePath = process.env['FENGSUI_CHROMIUM'] ?? '/usr/bin/chromium';

export default defineConfig({
  testDir: '.',
  reporter: 'list',
  // The tests share one demo plant, and small machines run them.
  workers: 1,
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
