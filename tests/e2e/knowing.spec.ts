import { expect, test } from './fixtures.ts';
import { ask, learnt } from './steps.ts';

test('a learnt row is searched, locked, kept from being removed, and removed', async ({ inside: page }) => {
  test.setTimeout(360_000);
  // As long as the plant learns it would be learnt anew at once.
  await learnt(page);
  await page.goto(new URL('/baseline?scenario=values', page.url()).href);
  await expect(page.getByRole('heading', { level: 1, name: '基线' })).toBeVisible();
  const { stages } = await ask(page, '/api/v1/baseline');
  await expect(page.getByRole('img', { name: /新内容随时间的变化/ })).toHaveCount(stages.length);
  const row = page.getByRole('row').nth(1);
  await row.getByRole('button', { name: '锁定' }).click();
  await expect(row.getByRole('button', { name: '删除' })).toBeDisabled();
  const locked = (await ask(page, '/api/v1/baseline/rows?scenario=values&locked=true')).items;
  expect(locked).toHaveLength(1);
  await row.getByRole('button', { name: '解锁' }).click();
  await row.getByRole('button', { name: '删除' }).click();
  const status = async () => (await page.request.get(new URL(`/api/v1/baseline/row?id=${encodeURIComponent(locked[0].id)}`, page.url()).href)).status();
  await expect.poll(status).toBe(404);
});

test('the map shows the plant by level, zone and subnet, finds a machine, and a machine is named by a person', async ({ inside: page }) => {
  await expect.poll(async () => (await ask(page, '/api/v1/topology')).edges.length, { timeout: 120_000 }).toBeGreaterThan(3);
  await page.goto(new URL('/topology', page.url()).href);
  await expect(page.getByRole('img', { name: '拓扑' }).locator('canvas').first()).toBeVisible();
  await page.getByText('按区域').click();
  await expect(page).toHaveURL(/by=zone/);
  await page.getByText('按子网').click();
  await expect(page).toHaveURL(/by=subnet/);
  const { nodes } = await ask(page, '/api/v1/topology');
  expect(new Set(nodes.map(({ subnet }: { subnet: string }) => subnet))).toContain('10.20.0.0/24');
  await page.getByRole('searchbox', { name: '查找设备' }).fill('10.20.0.22');
  await expect(page.getByText('找到 1 台')).toBeVisible();
  const { items } = await ask(page, '/api/v1/assets?role=plc');
  await page.goto(new URL(`/assets/${items[0].id}`, page.url()).href);
  await page.getByLabel('名称').fill('一号灌装机');
  await page.getByRole('button', { name: '保存' }).click();
  await expect(page.getByRole('heading', { level: 1, name: '一号灌装机' })).toBeVisible();
});
