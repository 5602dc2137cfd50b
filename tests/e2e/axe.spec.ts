import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { expect, test } from './fixtures.ts';
import { learnt, stage } from './steps.ts';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const LOOKS = ['zh', 'en'].flatMap((lang) => ['light', 'dark'].map((theme) => ({ lang, theme })));

test('no page breaks a rule of WCAG AA, in either language and theme', async ({ inside: page, plant }) => {
  test.setTimeout(600_000);
  await learnt(page);
  await stage(page, 'mb-15');
  const first = async (path: string) => (await (await page.request.get(plant.address + path)).json()).items[0].id;
  const places = ['/', '/alerts', `/alerts/${await first('/api/v1/alerts?search=MB-15')}`, '/assets', `/assets/${await first('/api/v1/assets?role=plc')}`, '/topology', '/baseline', '/report', '/login', '/nowhere'];
  const found: string[] = [];
  for (const look of LOOKS) {
    await page.evaluate(({ lang, theme }) => {
      localStorage.setItem('fengsui.lang', lang);
      localStorage.setItem('fengsui.theme', theme);
    }, look);
    for (const place of places) {
      await page.goto(plant.address + place);
      await expect(page.locator('main h1')).toBeAttached();
      await page.waitForLoadState('load');
      await expect(page.locator('.waiting')).toHaveCount(0);
      found.push(...(await violations(page, `${look.lang} ${look.theme} ${place}`)));
    }
    await page.goto(plant.address + places[2]!);
    await page.getByRole('button', { name: /这是正常的|This is normal/ }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    found.push(...(await violations(page, `${look.lang} ${look.theme} dialog`)));
  }
  expect(found).toEqual([]);
});

async function violations(page: Page, where: string): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).withTags(TAGS).analyze();
  return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${where}: ${id}: ${node.target.join(' ')}: ${node.any[0]?.message ?? node.all[0]?.message ?? ''}`));
}
