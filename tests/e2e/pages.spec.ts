import { expect, test } from './fixtures.ts';
import { learnt, stage } from './steps.ts';

test('assets are found by role and search, and each fact names its source', async ({ inside: page }) => {
  test.setTimeout(360_000);
  await learnt(page);
  await page.getByRole('link', { name: '设备', exact: true }).click();
  await page.getByRole('button', { name: '控制器', exact: true }).click();
  const rows = page.locator('tbody .ant-table-row');
  await expect(rows.first()).toBeVisible();
  await expect(rows.filter({ hasNotText: '控制器' })).toHaveCount(0);

  await page.getByRole('searchbox').fill('10.20.0.22');
  await expect(rows).toHaveCount(1);
  await rows.getByRole('link').click();
  const facts = page.getByRole('region', { name: '身份信息' });
  await expect(facts.getByRole('listitem').filter({ hasText: '固件' })).toContainText(/来自 szl.*第 \d/i);
  await expect(page.getByRole('region', { name: '角色与依据' })).toContainText('应答 S7 请求');
  await expect(page.getByRole('region', { name: '操作' }).first()).toContainText('read_var');
  await expect(page.getByRole('table').getByRole('row').nth(1)).toContainText('S7comm');
});

test('the report shows exactly what leaves, and no inner address is in it', async ({ inside: page, plant }) => {
  test.setTimeout(360_000);
  await learnt(page);
  await stage(page, 'ua-05');
  await page.getByRole('link', { name: '上报', exact: true }).click();
  const leaves = page.getByRole('region', { name: '将离开工厂的内容' });
  await leaves.getByText('查看原始 JSON').first().click();
  let shown = '';
  // What is sent meanwhile leaves the page a moment after it has left the queue.
  await expect(async () => {
    shown = (await leaves.locator('pre').first().textContent({ timeout: 2000 })) ?? '';
    const said = await (await page.request.get(`${plant.address}/api/v1/uplink/preview`)).json();
    expect(said.records.map((record: { alert_id: string }) => record.alert_id)).toContain(JSON.parse(shown).alert_id);
  }).toPass({ timeout: 20_000 });

  const assets = await (await page.request.get(`${plant.address}/api/v1/assets?size=200`)).json();
  const inner = assets.items.flatMap((asset: { ips: string[]; macs: string[]; id: string }) => [...asset.ips, ...asset.macs, asset.id]);
  expect(inner.length).toBeGreaterThan(5);
  for (const name of inner) expect(shown).not.toContain(`"${name}"`);
  await expect(page.getByRole('region', { name: '上报前如何脱敏' })).toContainText('代号');
});

test('reporting is turned off and on only after a question', async ({ inside: page }) => {
  await page.getByRole('link', { name: '上报', exact: true }).click();
  await page.getByRole('button', { name: '关闭上报' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '取消' }).click();
  await expect(page.getByRole('button', { name: '关闭上报' })).toBeVisible();

  await page.getByRole('button', { name: '关闭上报' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '关闭上报' }).click();
  await expect(page.getByText('没有任何内容离开工厂')).toBeVisible();

  await page.getByRole('button', { name: '开启上报' }).click();
  await expect(page.getByRole('dialog')).toContainText('https://127.0.0.1');
  await page.getByRole('dialog').getByRole('button', { name: '开启上报' }).click();
  await expect(page.getByText('上报已开启，运行正常')).toBeVisible();
});

test('language and theme switch without a reload and stay', async ({ inside: page }) => {
  await page.evaluate(() => Object.assign(window, { notReloaded: true }));
  await page.getByRole('button', { name: 'English' }).click();
  await expect(page.getByRole('link', { name: 'Assets', exact: true })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'en');
  await page.getByRole('button', { name: 'Dark' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  expect(await page.evaluate(() => 'notReloaded' in window)).toBe(true);
  await page.reload();
  await expect(page.getByRole('link', { name: 'Assets', exact: true })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});

test.describe('an English browser', () => {
  test.use({ locale: 'en-GB', colorScheme: 'dark' });
  test('is met in English, and in its own theme', async ({ inside: page }) => {
    await expect(page.getByRole('link', { name: 'Overview' })).toBeVisible();
    await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  });
});

test('everything can be reached by keyboard', async ({ inside: page }) => {
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: '跳到正文' })).toBeFocused();
  const reached = new Set<string>();
  for (let step = 0; step < 30; step += 1) {
    await page.keyboard.press('Tab');
    reached.add(await page.evaluate(() => document.activeElement?.textContent ?? ''));
  }
  for (const name of ['总览', '设备', '上报', 'English', '退出', '查看全部']) expect([...reached].some((text) => text.includes(name)), name).toBe(true);
});
