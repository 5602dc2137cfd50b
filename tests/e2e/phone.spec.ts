import { expect, test } from './fixtures.ts';
import { ask } from './steps.ts';

test('on a phone no page moves sideways: what is wide moves within its own frame', async ({ inside: page, plant }) => {
  test.setTimeout(240_000);
  await page.setViewportSize({ width: 390, height: 844 });
  const find = async () => (await ask(page, '/api/v1/assets?search=10.20.0.51')).items[0]?.id;
  await expect.poll(find, { timeout: 60_000 }).toBeTruthy();
  for (const place of ['/', '/alerts', '/assets', `/assets/${await find()}`, '/topology', '/topology/matrix', '/topology/changes', '/baseline?scenario=values', '/policy']) {
    await page.goto(plant.address + place);
    await expect(page.locator('main h1')).toBeAttached();
    await expect(page.locator('main .waiting')).toHaveCount(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth), place).toBe(0);
  }
  await page.goto(`${plant.address}/topology/matrix`);
  const frame = page.getByRole('region', { name: '通信矩阵' });
  await expect(frame).toBeVisible();
  expect(await frame.evaluate((element) => element.scrollWidth > element.clientWidth)).toBe(true);
});
