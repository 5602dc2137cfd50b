import { expect, test } from './fixtures.ts';
import { ask } from './steps.ts';

test('on a phone no page is moved sideways: what is wide moves within its own frame', async ({ inside: page, plant }) => {
  test.setTimeout(240_000);
  await page.setViewportSize({ width: 390, height: 844 });
  const hmi = await expect.poll(async () => (await ask(page, '/api/v1/assets?search=10.20.0.51')).items[0]?.id, { timeout: 60_000 }).toBeTruthy().then(async () => (await ask(page, '/api/v1/assets?search=10.20.0.51')).items[0].id);
  for (const place of ['/', '/alerts', '/assets', `/assets/${hmi}`, '/topology', '/topology/matrix', '/topology/changes', '/baseline?scenario=values', '/policy', '/edits']) {
    await page.goto(plant.address + place);
    await expect(page.locator('main h1')).toBeAttached();
    await page.waitForTimeout(500);
    const wide = await page.evaluate(() => {
      const clip = (element: Element | null): boolean => element !== null && element !== document.body && (getComputedStyle(element).overflowX !== 'visible' || clip(element.parentElement));
      const names = [...document.querySelectorAll('body *')].filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !clip(element.parentElement)).map((element) => `${element.tagName}.${element.className}`);
      return { by: document.documentElement.scrollWidth - innerWidth, names: names.slice(0, 8) };
    });
    console.log(place, JSON.stringify(wide));
    if (process.env['SHOTS']) await page.screenshot({ path: `${process.env['SHOTS']}/${place.replaceAll('/', '_').slice(0, 30)}.png`, fullPage: true });
  }
});
