import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CAPTURES } from './demo.ts';
import { expect, test } from './fixtures.ts';
import { ask, learnt, play, stage } from './steps.ts';

test('a detection is found in the catalogue, explained, and switched off and on', async ({ inside: page }) => {
  await page.goto(new URL('/catalogue?search=S7-03', page.url()).href);
  const row = page.getByRole('listitem').filter({ hasText: 'S7-03' }).first();
  await row.locator('summary').click();
  for (const part of ['这意味着什么', '该怎么做', '可能的正常原因', '攻击手法']) await expect(row.getByText(part)).toBeVisible();
  const isOn = async () => (await ask(page, '/api/v1/catalogue')).find(({ id }: { id: string }) => id === 'S7-03').on;
  const toggle = row.getByRole('switch');
  await toggle.click();
  await expect(toggle).toHaveAttribute('aria-checked', 'false');
  expect(await isOn()).toBe(false);
  await toggle.click();
  await expect(toggle).toHaveAttribute('aria-checked', 'true');
  expect(await isOn()).toBe(true);
});

test('a rule file is checked rule by rule, taken into use, switched, and removed', async ({ inside: page }) => {
  const good = 'alert tcp any any -> any 502 (msg:"browser test"; content:"|00 00|"; sid:9900001; rev:1;)';
  const bad = 'alert tcp any any -> any 502 (msg:"broken"; nonsense:1; sid:9900002;)';
  await page.goto(new URL('/rules', page.url()).href);
  const before = (await ask(page, '/api/v1/rules')).loaded;
  await page.getByLabel(/选择 \.rules/).setInputFiles({ name: 'browser.rules', mimeType: 'text/plain', buffer: Buffer.from(`${good}\n${bad}\n`) });
  const check = page.getByRole('status').filter({ hasText: '检查结果' });
  await expect(check).toContainText('1 条可加载');
  await expect(check.getByRole('listitem')).toContainText(/第 2 行.*9900002.*拒绝/);
  expect((await ask(page, '/api/v1/rules')).loaded, 'a check keeps nothing').toBe(before);

  await page.getByRole('button', { name: '启用 browser.rules' }).click();
  await expect(page.getByRole('status').filter({ hasText: '已启用' })).toBeVisible();
  await page.getByRole('searchbox').fill('browser test');
  const row = page.locator('tbody .ant-table-row').filter({ hasText: '1:9900001' });
  await row.getByRole('switch').click();
  await expect(row.getByRole('switch')).toHaveAttribute('aria-checked', 'false');
  expect((await ask(page, '/api/v1/rules?search=9900001')).items[0]).toMatchObject({ on: false, brought: true });

  page.once('dialog', (dialog) => void dialog.accept());
  await page.getByRole('button', { name: '删除 browser.rules' }).click();
  await expect.poll(async () => (await ask(page, '/api/v1/rules')).loaded).toBe(before);
});

test('a rule file is refused by a name that leads elsewhere, and one of another site is not taken', async ({ inside: page }) => {
  const send = (name: string, headers = {}) => page.request.post(new URL(`/api/v1/rules/files/${name}`, page.url()).href, { data: 'x', headers: { 'content-type': 'text/plain', ...headers } });
  expect((await (await send('..%2Fx.rules')).json()).error).toBe('error.rule_file_name');
  expect((await send('x.rules', { 'sec-fetch-site': 'cross-site' })).status()).toBe(403);
});

test('an act is suppressed from its alert with scope, reason and time, stays silent and counted, and speaks again', async ({ inside: page }) => {
  test.setTimeout(360_000);
  await learnt(page);
  // To its end: nothing of it may come later.
  await play(page, 's7-04');
  await page.goto(new URL('/alerts?search=S7-04', page.url()).href);
  await page.locator('tbody .row-title').first().click();
  await expect(page).toHaveURL(/alerts\/[0-9a-f]+$/);
  const path = `/api/v1${new URL(page.url()).pathname}`;
  await page.getByRole('button', { name: '以后不再告警…' }).click();
  const dialog = page.getByRole('dialog', { name: '静默 S7-04' });
  await dialog.getByLabel(/凡针对/).check();
  await dialog.getByLabel('原因').fill('夜间调试');
  await dialog.getByRole('button', { name: '静默' }).click();
  await expect(page.getByText('以后不再告警。')).toBeVisible();

  const before = (await ask(page, path)).count;
  await play(page, 's7-04');
  await expect.poll(async () => (await ask(page, '/api/v1/suppressions'))[0].held_back).toBeGreaterThan(0);
  expect((await ask(page, path)).count).toBe(before);

  await page.goto(new URL('/suppressions', page.url()).href);
  const row = page.getByRole('row').filter({ hasText: '夜间调试' });
  await expect(row).toContainText('S7-04');
  await row.getByRole('button', { name: '取消静默' }).click();
  await expect(page.getByText('没有静默任何告警')).toBeVisible();
});

test('the coverage says what is seen and what cannot be, and leaves as a Navigator layer', async ({ inside: page }) => {
  await page.goto(new URL('/coverage', page.url()).href);
  await expect(page.getByRole('region', { name: '影响', exact: true }).getByText('是结果，不是网络行为').first()).toBeVisible();
  await expect(page.getByRole('region', { name: '执行', exact: true }).getByRole('listitem').filter({ hasText: 'T0858' })).toContainText('项检测');
  const coming = page.waitForEvent('download');
  await page.getByRole('link', { name: '导出 Navigator 图层' }).click();
  const layer = JSON.parse(await readFile(await (await coming).path(), 'utf8'));
  expect(layer).toMatchObject({ domain: 'ics-attack', versions: { layer: '4.5' } });
  const stop = layer.techniques.find(({ techniqueID }: { techniqueID: string }) => techniqueID === 'T0858');
  expect(stop.comment).toContain('S7-03');
  expect(new Set(layer.techniques.map(({ techniqueID }: { techniqueID: string }) => techniqueID)).size).toBe(layer.techniques.length);
});

test('alerts are ticked and acted upon together, handed over and commented, and a view of them is kept', async ({ inside: page }) => {
  test.setTimeout(360_000);
  await learnt(page);
  await stage(page, 's7-08');
  await page.goto(new URL('/alerts?search=S7-08', page.url()).href);
  await page.getByLabel('视图名称').fill('程序下载');
  await page.getByRole('button', { name: '保存此视图' }).click();
  await expect(page.getByRole('button', { name: '程序下载', exact: true })).toHaveAttribute('aria-pressed', 'true');

  await page.getByRole('checkbox', { name: '选择本页全部' }).check();
  const bar = page.getByRole('region', { name: '批量操作' });
  await bar.getByLabel('负责人').fill('王工');
  await bar.getByRole('button', { name: '指派' }).click();
  await expect(page.locator('tbody .ant-table-row').first()).toContainText('王工');
  await page.getByRole('checkbox', { name: '选择本页全部' }).check();
  await bar.getByRole('button', { name: '我来处理' }).click();
  await expect.poll(async () => (await ask(page, '/api/v1/alerts?search=S7-08&state=new')).total).toBe(0);

  await page.locator('tbody .row-title').first().click();
  await page.getByLabel('写评论').fill('已电话确认');
  await page.getByRole('button', { name: '添加评论' }).click();
  await expect(page.getByText('已电话确认')).toBeVisible();
});

test('a capture is brought, looked at apart from what is live, tried with rules, and another one stopped', async ({ inside: page, plant }) => {
  test.setTimeout(240_000);
  const live = await ask(page, '/api/v1/alerts?source=S7-03&state=all&size=200');
  await page.goto(`${plant.address}/analyses`);
  await page.getByLabel(/抓包文件/).setInputFiles(join(CAPTURES, 'attack-s7-03.pcapng'));
  await expect(page.getByRole('heading', { level: 1, name: 'attack-s7-03.pcapng' })).toBeVisible({ timeout: 60_000 });
  const alerts = page.getByRole('region', { name: '告警' });
  await expect(alerts.getByText('S7-03').first()).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole('region', { name: '设备' }).first()).toContainText('10.20.0.22');
  expect((await ask(page, '/api/v1/alerts?source=S7-03&state=all&size=200')).total, 'nothing of it is live').toBe(live.total);

  await page.getByLabel(/粘贴一条或多条规则/).fill('alert tcp any any -> any 102 (msg:"a stop"; content:"|29 00 00 00 00 00 09|"; sid:9900003;)\nalert nothing');
  await page.getByRole('button', { name: '试一试' }).click();
  const result = page.getByRole('region', { name: '用规则试这份抓包' }).getByRole('status');
  await expect(result).toContainText('1:9900003', { timeout: 60_000 });
  await expect(result.locator('.check-refused')).toHaveCount(1);

  const bring = async (name: string) => (await (await page.request.post(`${plant.address}/api/v1/analyses?name=${name}`, { data: await readFile(join(CAPTURES, 'benign.pcapng')), headers: { 'content-type': 'application/octet-stream' } })).json()).id;
  const [first, second] = [await bring('first.pcapng'), await bring('second.pcapng')];
  await page.request.post(`${plant.address}/api/v1/analyses/${second}/cancel`);
  await expect.poll(async () => (await ask(page, `/api/v1/analyses/${second}`)).state, { timeout: 60_000 }).toBe('cancelled');
  for (const id of [first, second]) await page.request.post(`${plant.address}/api/v1/analyses/${id}/remove`);
  await page.goto(`${plant.address}/analyses`);
  await expect(page.getByText('attack-s7-03.pcapng').first()).toBeVisible();
  await expect(page.getByText('second.pcapng')).toHaveCount(0);
});

test('what is no capture is said to be none, and an empty upload is refused', async ({ inside: page, plant }) => {
  const send = (data: string) => page.request.post(`${plant.address}/api/v1/analyses?name=x.pcap`, { data, headers: { 'content-type': 'application/octet-stream' } });
  expect((await (await send('')).json()).error).toBe('error.empty_file');
  const { id } = await (await send('this is a letter and no capture at all')).json();
  await expect.poll(async () => (await ask(page, `/api/v1/analyses/${id}`)).faults.length).toBeGreaterThan(0);
  await page.request.post(`${plant.address}/api/v1/analyses/${id}/remove`);
});
