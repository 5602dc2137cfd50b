import { expect } from '@playwright/test';
import type { Page } from '@playwright/test';

/** Every question to the API goes with the page's own cookie. */
export async function ask(page: Page, path: string) {
  const answer = await page.request.get(new URL(path, page.url()).href);
  expect(answer.ok(), `${path}: ${answer.status()}`).toBe(true);
  return answer.json();
}

/** Waits until the plant is learnt; how long that takes is the machine's affair. */
export async function learnt(page: Page): Promise<void> {
  const learning = async () =>
    (await ask(page, '/api/v1/overview')).learning.filter((stage: { mode: string }) => stage.mode !== 'watching').map((stage: { scenario: string }) => stage.scenario);
  await expect.poll(learning, { timeout: 300_000, intervals: [1000] }).toEqual([]);
}

/** Has an attack come and waits until it has been played to its end. */
export async function play(page: Page, attack: string): Promise<void> {
  const running = async () => (await ask(page, '/api/v1/overview')).demo.running;
  await order(page, attack);
  await expect.poll(running, { timeout: 120_000, intervals: [100] }).toBe(attack);
  await expect.poll(running, { timeout: 120_000, intervals: [500] }).toBeNull();
}

/** Has an attack come and waits for the alert of its detection, which bears the same name in capitals. */
export async function stage(page: Page, attack: string): Promise<void> {
  await order(page, attack);
  const sources = async () => (await ask(page, '/api/v1/alerts?state=new,acknowledged&size=200')).items.map(({ source }: { source: string }) => source);
  await expect.poll(sources, { timeout: 300_000, intervals: [1000] }).toContain(attack.toUpperCase());
}

async function order(page: Page, attack: string): Promise<void> {
  const answer = await page.request.post(new URL(`/api/v1/demo/attacks/${attack}`, page.url()).href);
  expect(answer.ok(), `attack ${attack}: ${answer.status()}`).toBe(true);
}
