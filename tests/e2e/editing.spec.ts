import { expect, test } from './fixtures.ts';
import { ask } from './steps.ts';

test('two entries are merged, the merge is taken back, and addresses are split off', async ({ inside: page }) => {
  await expect.poll(async () => (await ask(page, '/api/v1/assets')).total, { timeout: 120_000 }).toBeGreaterThan(5);
  const { items } = await ask(page, '/api/v1/assets?search=10.20.0.1&size=200');
  const [one, other] = items.filter(({ ips }: { ips: string[] }) => ips.length === 1);
  await page.goto(new URL(`/assets/${one.id}`, page.url()).href);
  const editing = page.getByRole('region', { name: '合并与拆分' });
  await editing.getByRole('combobox').fill(other.ips[0]);
  // By its address: what it is called may become known meanwhile.
  const options = page.locator('.ant-select-item-option');
  await expect(options).toHaveCount(1);
  await options.click();
  await editing.getByRole('button', { name: '合并' }).click();
  await expect.poll(async () => (await ask(page, `/api/v1/assets/${one.id}`)).ips).toContain(other.ips[0]);

  await page.goto(new URL('/edits', page.url()).href);
  await page.getByRole('row').nth(1).getByRole('button', { name: '撤销' }).click();
  await expect(page.getByRole('row').nth(1)).toContainText('已撤销');
  expect((await ask(page, `/api/v1/assets/${one.id}`)).ips).not.toContain(other.ips[0]);

  const before = (await ask(page, '/api/v1/assets')).total;
  await page.goto(new URL(`/assets/${other.id}`, page.url()).href);
  await editing.getByRole('checkbox').first().check();
  await editing.getByRole('button', { name: '拆分' }).click();
  await expect.poll(async () => (await ask(page, '/api/v1/assets')).total).toBe(before + 1);
  await page.goto(new URL('/edits', page.url()).href);
  await page.getByRole('row').nth(1).getByRole('button', { name: '撤销' }).click();
  await expect.poll(async () => (await ask(page, '/api/v1/assets')).total).toBe(before);
});

test('a zone with working hours, announced work and a permission are written down and taken away', async ({ inside: page }) => {
  await page.goto(new URL('/policy', page.url()).href);
  const zones = page.getByRole('region', { name: '区域' });
  await zones.getByLabel('区域名称').fill('灌装线');
  await zones.getByLabel(/地址段/).fill('10.20.0.0/24, 10.21.0.0/24');
  await zones.getByRole('button', { name: '添加', exact: true }).click();
  await zones.getByRole('button', { name: '添加工作时间' }).click();
  await expect(zones.getByText(/08:00–18:00/)).toBeVisible();
  const policy = async () => ask(page, '/api/v1/policy');
  expect((await policy()).zones).toMatchObject([{ name: '灌装线', ranges: ['10.20.0.0/24', '10.21.0.0/24'], hours: [{ days: [1, 2, 3, 4, 5], from: 480, to: 1080 }] }]);

  const times = async (region: import('@playwright/test').Locator) => {
    await region.getByLabel('起止时间').first().fill('2030-01-01 08:00');
    await page.keyboard.press('Enter');
    await page.keyboard.type('2030-01-01 12:00');
    await page.keyboard.press('Enter');
  };
  const windows = page.getByRole('region', { name: /检修/ });
  await windows.getByLabel('检修名称').fill('年度检修');
  await times(windows);
  await windows.getByRole('button', { name: '添加' }).click();
  await expect(windows.getByText('年度检修')).toBeVisible();
  const permissions = page.getByRole('region', { name: '限时许可' });
  await permissions.getByLabel('许可名称').fill('厂家调试');
  await permissions.getByLabel('客户端地址').fill('10.20.0.99');
  await times(permissions);
  await permissions.getByRole('button', { name: '添加' }).click();
  await expect(permissions.getByText('厂家调试')).toBeVisible();
  expect(await policy()).toMatchObject({ windows: [{ name: '年度检修' }], permissions: [{ name: '厂家调试', client: '10.20.0.99' }] });
  for (const name of ['灌装线', '年度检修', '厂家调试']) await page.getByRole('button', { name: `删除 ${name}` }).click();
  const written = async () => {
    const { zones, windows, permissions } = await policy();
    return [...zones, ...windows, ...permissions];
  };
  await expect.poll(written).toEqual([]);
});

test('what is refused is named, and a page that is there no more leads to the last one', async ({ inside: page }) => {
  await page.goto(new URL('/policy', page.url()).href);
  const zones = page.getByRole('region', { name: '区域' });
  await zones.getByLabel('区域名称').fill('灌装线');
  await zones.getByLabel(/地址段/).fill('10.20.0.0/24, upstairs');
  await zones.getByRole('button', { name: '添加', exact: true }).click();
  await expect(page.getByRole('alert')).toContainText('upstairs');
  expect((await ask(page, '/api/v1/policy')).zones).toEqual([]);

  await page.goto(new URL('/assets?page=999', page.url()).href);
  await expect(page.locator('tbody .ant-table-row').first()).toBeVisible();

  await page.goto(new URL('/rules', page.url()).href);
  await page.getByLabel(/选择 \.rules/).setInputFiles({ name: 'picture.yar', mimeType: 'image/png', buffer: Buffer.from('\x89PNG\r\n\x1a\n\0\0', 'latin1') });
  await expect(page.getByRole('status').filter({ hasText: '检查结果' })).toContainText(/1 条被拒绝.*zero byte/);
});

test('the matrix opens a cell to its functions, and what changed since a time is listed', async ({ inside: page }) => {
  await expect.poll(async () => (await ask(page, '/api/v1/matrix')).cells.length, { timeout: 120_000 }).toBeGreaterThan(2);
  await page.goto(new URL('/topology/matrix', page.url()).href);
  await page.getByRole('button', { name: /Modbus/ }).first().click();
  await expect(page.getByRole('table').nth(1)).toContainText(/read_/);
  await page.getByRole('link', { name: '变化' }).click();
  await expect(page.getByRole('region', { name: '新设备' }).getByRole('listitem').first()).toBeVisible();
});

test('machines leave as CSV and come back with what a person added, and a bad row is named', async ({ inside: page }) => {
  await page.goto(new URL('/assets', page.url()).href);
  await expect(page.locator('tbody .ant-table-row').first()).toBeVisible();
  const csv = await (await page.request.get(new URL('/api/v1/assets/table?format=csv', page.url()).href)).text();
  const [head, first] = csv.split(/\r?\n/);
  expect(head).toContain('ips');
  expect(first).toMatch(/10\.20\.0\./);
  await page.getByLabel('导入').setInputFiles({ name: 'assets.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await expect(page.getByRole('status').filter({ hasText: '新增 0 台' })).toBeVisible();
  await page.getByLabel('导入').setInputFiles({ name: 'bad.csv', mimeType: 'text/csv', buffer: Buffer.from('nothing,of,use\n1,2,3\n') });
  await expect(page.getByRole('alert').or(page.getByRole('status').filter({ hasText: '1 行未采用' })).first()).toBeVisible();
});
