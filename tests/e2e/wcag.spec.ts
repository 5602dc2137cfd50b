import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { ask, learnt, stage } from './steps.ts';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const PLANT = ['/', '/alerts', '/assets', '/topology', '/topology/matrix', '/topology/changes', '/baseline', '/policy', '/edits'];
const REST = ['/catalogue', '/rules', '/suppressions', '/coverage', '/analyses', '/report', '/login', '/nowhere'];

// Each takes long by itself: two workers share them.
test.describe.configure({ mode: 'parallel' });

test('no page of the plant breaks a rule of WCAG AA, in either language and theme', async ({ inside: page, plant }) => {
  test.setTimeout(600_000);
  await learnt(page);
  await stage(page, 'mb-15');
  expect(await violationsOf(page, plant.address, [...PLANT, `/assets/${await first(page, '/api/v1/assets?role=plc')}`])).toEqual([]);
});

test('no other page and no dialog breaks a rule of WCAG AA, in either language and theme', async ({ inside: page, plant }) => {
  test.setTimeout(600_000);
  await learnt(page);
  await stage(page, 'mb-15');
  const alert = `/alerts/${await first(page, '/api/v1/alerts?search=MB-15')}`;
  const found = await violationsOf(page, plant.address, [...REST, alert]);
  await page.goto(plant.address + alert);
  for (const name of [/这是正常的|This is normal/, /以后不再告警|Suppress this/]) {
    await page.getByRole('button', { name }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    // Nothing behind a dialog can be clicked, and the buttons that switch the look are behind it.
    found.push(...(await violations(page, `${name}`)));
    await page.getByRole('dialog').getByRole('button', { name: /取消|Cancel/ }).click();
    await expect(page.getByRole('dialog')).toBeHidden();
  }
  expect(found).toEqual([]);
});

async function first(page: Page, path: string): Promise<string> {
  return (await ask(page, path)).items[0].id;
}

async function violationsOf(page: Page, address: string, places: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const place of places) {
    await page.goto(address + place);
    await expect(page.locator('main h1')).toBeAttached();
    await expect(page.locator('.waiting')).toHaveCount(0);
    if (place === '/catalogue') await page.locator('details').first().locator('summary').click();
    found.push(...(await everyLook(page, place)));
  }
  return found;
}

/** The page as it stands in both themes and both languages, switched as a person switches them; it ends as it began. */
async function everyLook(page: Page, where: string): Promise<string[]> {
  const found: string[] = [];
  const theme = page.getByRole('button', { name: /^(深色|浅色|Dark|Light)$/ });
  const lang = page.getByRole('button', { name: /^(English|中文)$/ });
  for (const turn of [theme, lang, theme, lang]) {
    const look = async () => `${await page.locator('html').getAttribute('lang')} ${await page.locator('html').getAttribute('data-theme')}`;
    const before = await look();
    found.push(...(await violations(page, `${before} ${where}`)));
    await turn.click();
    await expect.poll(look).not.toBe(before);
  }
  return found;
}

async function violations(page: Page, where: string): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${where}: ${id}: ${node.target.join(' ')}: ${node.any[0]?.message ?? node.all[0]?.message ?? ''}`));
}
