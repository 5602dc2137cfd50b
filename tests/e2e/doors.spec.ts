import type { Page } from '@playwright/test';
import { USER, expect, test as base } from './fixtures.ts';
import { startDemo } from './demo.ts';
import type { Demo } from './demo.ts';
import { ask } from './steps.ts';

// The one-time link can be used only once, so these tests have a plant of their own and go in this order.
const test = base.extend<{}, { fresh: Demo }>({
  fresh: [
    async ({}, use) => {
      const demo = await startDemo('20s');
      await use(demo);
      await demo.stop();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
});
test.describe.configure({ mode: 'serial' });

test('without an account every page leads to the login, which says how to make one', async ({ page, fresh }) => {
  await page.goto(`${fresh.address}/alerts`);
  await expect(page).toHaveURL(/\/login\?next=%2Falerts/);
  await expect(page.getByText('还没有任何账号')).toBeVisible();
});

test('the one-time link makes the first account and logs in', async ({ page, fresh }) => {
  await page.goto(fresh.setupLink);
  await page.getByLabel('用户名').fill(USER.name);
  await page.getByLabel('密码（至少 10 个字符）').fill(USER.password);
  await page.getByLabel('再输一次密码').fill('something else');
  await page.getByRole('button', { name: '创建账号' }).click();
  await expect(page.getByRole('alert')).toHaveText('两次输入的密码不同');

  await page.getByLabel('再输一次密码').fill(USER.password);
  await page.getByRole('button', { name: '创建账号' }).click();
  await expect(page.getByRole('heading', { name: '学习日常行为' })).toBeVisible();
});

test('the link works once only', async ({ page, fresh, request }) => {
  await page.goto(fresh.setupLink);
  await expect(page.getByText('此链接不再有效')).toBeVisible();
  await expect(page.getByRole('button', { name: '创建账号' })).toHaveCount(0);
  const token = new URL(fresh.setupLink).searchParams.get('token');
  const again = await request.post(`${fresh.address}/api/v1/setup`, { data: { token, user: 'wang', password: 'long enough' } });
  expect(again.status()).toBe(403);
});

test('a wrong password is refused, the right one leads to where one wanted to go, and logging out ends it', async ({ page, fresh }) => {
  await page.goto(`${fresh.address}/assets?role=plc`);
  await page.getByLabel('用户名').fill(USER.name);
  await page.getByLabel('密码').fill('not the password');
  await page.getByRole('button', { name: '登录' }).click();
  await expect(page.getByRole('alert')).toHaveText('用户名或密码不对');

  await page.getByLabel('密码').fill(USER.password);
  await page.getByLabel('密码').press('Enter');
  await expect(page).toHaveURL(`${fresh.address}/assets?role=plc`);

  await page.getByRole('button', { name: '退出' }).click();
  await expect(page).toHaveURL(`${fresh.address}/login`);
  await page.goto(fresh.address);
  await expect(page.getByRole('button', { name: '登录' })).toBeVisible();
});

test('the login page loads none of the console before it is drawn', async ({ page, fresh }) => {
  await page.goto(`${fresh.address}/login`);
  const named = await page.locator('script[src], link[rel=modulepreload], link[rel=stylesheet]').evaluateAll((all) => all.map((one) => one.getAttribute('src') ?? one.getAttribute('href') ?? ''));
  const html = await (await page.request.get(`${fresh.address}/login`)).text();
  expect(named.length).toBeGreaterThan(0);
  expect(html).not.toContain('Shell');
});

test('learning comes to its end while one looks', async ({ page, fresh }) => {
  test.setTimeout(360_000);
  await logIn(page, fresh);
  await expect(page.getByText('已学完，正在监视')).toBeVisible({ timeout: 300_000 });
  const { learning } = await ask(page, '/api/v1/overview');
  await expect(page.getByRole('img', { name: /: 100 %$/ })).toHaveCount(learning.length);
});

test('a lost connection is said plainly, and mends itself with the session still good', async ({ page, fresh }) => {
  await logIn(page, fresh);
  await expect(page.getByRole('heading', { name: '采集质量' })).toBeVisible();
  const line = page.getByText('与探针失去联系');
  await expect(line).toHaveCount(0);

  await fresh.interrupt();
  await expect(line).toBeVisible({ timeout: 60_000 });
  const resumed = await fresh.resume();
  try {
    expect(resumed.address).toBe(fresh.address);
    await expect(line).toHaveCount(0, { timeout: 60_000 });
  } finally {
    await resumed.interrupt();
  }
});

async function logIn(page: Page, demo: Demo): Promise<void> {
  await page.goto(demo.address);
  await page.getByLabel('用户名').fill(USER.name);
  await page.getByLabel('密码').fill(USER.password);
  await page.getByRole('button', { name: '登录' }).click();
}
