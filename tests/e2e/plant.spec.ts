import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { ask, learnt, play, stage } from './steps.ts';

test('a staged attack shows up as an alert without a reload', async ({ inside: page }) => {
  test.setTimeout(360_000);
  await learnt(page);
  const latest = page.getByRole('region', { name: '最新告警' });
  const stopped = latest.getByRole('link', { name: /控制器被停止/ });
  const menu = page.getByRole('navigation', { name: '主导航' }).getByRole('link', { name: '告警' });
  await expect(latest.getByRole('listitem').or(latest.getByText('没有未关闭的告警')).first()).toBeVisible();
  await expect(stopped).toHaveCount(0);
  const before = await menu.textContent();
  await page.evaluate(() => Object.assign(window, { notReloaded: true }));

  // No other test has this one played: it is an alert more.
  await page.getByRole('button', { name: /^S7-03/ }).click();
  await expect(stopped.first()).toBeVisible({ timeout: 120_000 });
  await expect(menu).not.toHaveText(before ?? '');
  expect(await page.evaluate(() => 'notReloaded' in window), 'the page is still the same').toBe(true);
});

test('an alert says what happened, and its packets are what it says they are', async ({ inside: page }) => {
  test.setTimeout(360_000);
  await learnt(page);
  // Two acts of the engineering station on one controller make an incident.
  await play(page, 's7-08');
  await openAlert(page, 's7-03');
  for (const part of ['发生了什么', '经过', '这意味着什么', '该怎么做', '可能的正常原因', '攻击手法']) {
    await expect(page.getByRole('heading', { name: part })).toBeVisible();
  }
  await expect(page.getByText('T0858')).toBeVisible();
  const steps = page.getByRole('region', { name: '经过' }).getByRole('listitem');
  await expect(steps.filter({ hasText: '控制器被停止' }).first()).toBeVisible();
  await expect(steps.filter({ hasText: '工程操作过程' }).first(), 'the incident that this act is part of').toBeVisible();

  const shown = page.locator('.hash code');
  await expect(shown).toHaveText(/^[0-9a-f]{64}$/, { timeout: 60_000 });
  const coming = page.waitForEvent('download');
  await page.getByRole('link', { name: '下载数据包' }).click();
  const download = await coming;
  const file = await download.path();
  expect(download.suggestedFilename()).toMatch(/\.pcapng$/);
  expect(createHash('sha256').update(await readFile(file)).digest('hex')).toBe(await shown.textContent());

  const kept = Number(/(\d+) 个数据包/.exec((await page.getByText(/^\d+ 个数据包/).textContent()) ?? '')?.[1]);
  const capinfos = run('capinfos', ['-Mc', file]);
  if (capinfos !== null) expect(capinfos).toMatch(new RegExp(`Number of packets\\s*[:=]\\s*${kept}\\b`));
  // 0x29 is the PLC stop of S7comm.
  const stops = run('tshark', ['-r', file, '-Y', 's7comm.param.func == 0x29', '-T', 'fields', '-e', 'frame.number']);
  if (stops !== null) expect(stops.trim()).not.toBe('');
});

test('an alert is acknowledged and closed as an incident, with a comment', async ({ inside: page }) => {
  test.setTimeout(360_000);
  await openAlert(page, 's7-03');
  await page.getByRole('button', { name: '我来处理' }).click();
  await expect(page.getByText('已有人在处理')).toBeVisible();

  await page.getByRole('button', { name: '确认为事件' }).click();
  const dialog = page.getByRole('dialog', { name: '确认为事件' });
  await dialog.getByLabel('备注').fill('夜班没有计划停机');
  await dialog.getByRole('button', { name: '关闭告警' }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByText('夜班没有计划停机')).toBeVisible();

  await page.getByRole('link', { name: '全部告警' }).click();
  await page.getByRole('button', { name: '已关闭', exact: true }).click();
  await expect(page.getByRole('row', { name: /控制器被停止/ }).first()).toContainText('确认为事件');
});

test('an alert closed as normal is learnt: the same act is silent from then on', async ({ inside: page }) => {
  test.setTimeout(360_000);
  await openAlert(page, 'mb-04');
  const path = `/api/v1${new URL(page.url()).pathname}`;
  await page.getByRole('button', { name: '这是正常的' }).click();
  const dialog = page.getByRole('dialog', { name: '这是正常的' });
  await expect(dialog.getByText('探针会记住这种行为')).toBeVisible();
  await dialog.getByRole('button', { name: '关闭告警' }).click();
  await expect(page.getByText('正常行为，已学习')).toHaveCount(2);
  const closed = await ask(page, path);
  expect(closed).toMatchObject({ state: 'closed', closing: 'normal' });

  await play(page, 'mb-04');
  const { items } = await ask(page, '/api/v1/alerts?state=new,acknowledged&search=MB-04&size=200');
  const open = await Promise.all(items.map(({ id }: { id: string }) => ask(page, `/api/v1/alerts/${id}`)));
  const same = open.filter(({ title, reasons }) => title.en === closed.title.en && JSON.stringify(reasons) === JSON.stringify(closed.reasons));
  expect(same).toEqual([]);
  expect((await ask(page, path)).count).toBe(closed.count);
});

test('the list is filtered, searched and sorted by the sensor, and the address keeps it', async ({ inside: page }) => {
  test.setTimeout(360_000);
  await openAlert(page, 'mb-01');
  await page.getByRole('link', { name: '全部告警' }).click();
  await page.getByRole('searchbox').fill('MB-01');
  await expect(page).toHaveURL(/search=MB-01/);
  const rows = page.locator('tbody tr.alert-row');
  await expect(rows.filter({ hasNotText: 'MB-01' })).toHaveCount(0);
  await expect(rows.first()).toBeVisible();

  await page.getByRole('searchbox').fill('10.20.0.12');
  await expect(rows.filter({ hasNotText: '10.20.0.12' })).toHaveCount(0);
  await expect(rows.filter({ hasText: 'MB-01' }).first()).toBeVisible();

  await page.getByRole('button', { name: '信息', exact: true }).click();
  await expect(page.getByText('没有符合条件的告警')).toBeVisible();
  await page.getByRole('button', { name: '清除筛选' }).click();
  await expect(rows.first()).toBeVisible();

  const asked = page.waitForRequest((request) => request.url().includes('sort=severity'));
  await page.getByRole('columnheader', { name: '等级' }).click();
  await asked;
  await page.reload();
  await expect(page).toHaveURL(/sort=severity/);
  await expect(page.getByRole('columnheader', { name: '等级' })).toHaveAttribute('aria-sort', 'descending');
});

/** Has an attack come and opens its latest open alert. */
async function openAlert(page: Page, attack: string): Promise<void> {
  await learnt(page);
  await stage(page, attack);
  await page.goto(new URL(`/alerts?search=${attack.toUpperCase()}`, page.url()).href);
  await page.locator('tbody .row-title').first().click();
  await expect(page.getByRole('heading', { name: '发生了什么' })).toBeVisible();
}

/** A program's output; null where this machine has no such program. */
function run(program: string, args: string[]): string | null {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
