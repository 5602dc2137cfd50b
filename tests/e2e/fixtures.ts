import { expect, request, test as base } from '@playwright/test';
import type { Page } from '@playwright/test';
import { startDemo } from './demo.ts';
import type { Demo } from './demo.ts';

export const USER = { name: 'li', password: 'beacon tower 9' };

/** A demo plant with an account, and the cookie of somebody logged in there. */
export interface Plant extends Demo {
  cookies: Awaited<ReturnType<import('@playwright/test').APIRequestContext['storageState']>>['cookies'];
}

interface WorkerFixtures {
  plant: Plant;
}

interface TestFixtures {
  /** A page of somebody who is logged in. */
  inside: Page;
}

export const test = base.extend<TestFixtures, WorkerFixtures>({
  plant: [
    async ({}, use) => {
      const demo = await startDemo('70s');
      const api = await request.newContext({ baseURL: demo.address, ignoreHTTPSErrors: true });
      const token = new URL(demo.setupLink).searchParams.get('token');
      const answer = await api.post('/api/v1/setup', { data: { token, user: USER.name, password: USER.password } });
      expect(answer.status()).toBe(200);
      const { cookies } = await api.storageState();
      await api.dispose();
      await use({ ...demo, cookies });
      await demo.stop();
    },
    // It learns while tests run that need nothing learnt.
    { scope: 'worker', auto: true, timeout: 60_000 },
  ],

  // Every page of every test is watched: the console must not complain and must not ask anybody but the sensor.
  page: async ({ page }, use) => {
    const complaints = watch(page);
    await use(page);
    expect(complaints).toEqual([]);
  },

  inside: async ({ page, context, plant }, use) => {
    await context.addCookies(plant.cookies);
    await page.goto(plant.address);
    await expect(page.getByRole('navigation', { name: /主导航|Main/ })).toBeVisible();
    await use(page);
  },
});

function watch(page: Page): string[] {
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('console', (message) => {
    // A refused request, or one to a program that was ended, is the test's own doing, and the browser reports each.
    const refused = /^Failed to load resource: (the server responded with a status of 4|net::ERR_(CONNECTION_REFUSED|EMPTY_RESPONSE|CONNECTION_RESET|INCOMPLETE_CHUNKED_ENCODING))/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !refused) complaints.push(`console: ${message.text()}`);
  });
  page.on('request', (asked) => {
    const url = new URL(asked.url());
    const own = url.hostname === '127.0.0.1' || url.protocol === 'data:' || url.protocol === 'blob:';
    if (!own) complaints.push(`asked outside: ${asked.url()}`);
  });
  return complaints;
}

export { expect };
