// Takes pictures of every page into the folder FENGSUI_PICTURES, to look at; without it nothing happens.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CAPTURES } from './demo.ts';
import { expect, test } from './fixtures.ts';
import { learnt, stage } from './steps.ts';

const FOLDER = process.env['FENGSUI_PICTURES'];

test.describe('pictures', () => {
  test.skip(!FOLDER, 'FENGSUI_PICTURES names no folder');

  test('every page, in both languages, themes and widths', async ({ inside: page, plant }) => {
    test.setTimeout(1_800_000);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.waitForTimeout(15_000);
    await page.screenshot({ path: `${FOLDER}/learning.png`, fullPage: true });
    await learnt(page);
    for (const attack of ['s7-08', 'ua-05', 'mb-15', 'mb-01', 's7-03']) await stage(page, attack);
    await page.waitForTimeout(12_000);
    await page.screenshot({ path: `${FOLDER}/console-zh.png` });
    await page.getByRole('button', { name: 'English' }).click();
    await page.mouse.move(5, 500);
    await page.screenshot({ path: `${FOLDER}/console.png` });
    const alerts = (await (await page.request.get(`${plant.address}/api/v1/alerts?sort=severity`)).json()).items;
    const assets = (await (await page.request.get(`${plant.address}/api/v1/assets?role=plc`)).json()).items;
    const upload = { data: readFileSync(join(CAPTURES, 'attack-s7-03.pcapng')), headers: { 'content-type': 'application/octet-stream' } };
    const capture = await (await page.request.post(`${plant.address}/api/v1/analyses?name=s7-03.pcapng`, upload)).json();
    const suppression = { source: 'S7-04', client: null, server: '10.20.0.22', reason: '夜间调试 night shift', until: null };
    await page.request.post(`${plant.address}/api/v1/suppressions`, { data: suppression });
    const zone = { name: '灌装线 filling', ranges: ['10.20.0.0/24'], members: [], mode: 'adaptive', level: 1, hours: [{ days: [1, 2, 3, 4, 5], from: 480, to: 1080 }] };
    await page.request.put(`${plant.address}/api/v1/policy`, { data: { zones: [zone] } });
    const places = {
      overview: '/',
      alerts: '/alerts',
      alert: `/alerts/${alerts[0].id}`,
      assets: '/assets',
      asset: `/assets/${assets[0].id}`,
      topology: '/topology',
      zones: '/topology?by=zone&news=hour',
      matrix: '/topology/matrix',
      changes: '/topology/changes',
      baseline: '/baseline?scenario=values',
      policy: '/policy',
      edits: '/edits',
      catalogue: '/catalogue',
      rules: '/rules',
      suppressions: '/suppressions',
      coverage: '/coverage',
      analyses: '/analyses',
      analysis: `/analyses/${capture.id}`,
      report: '/report',
      login: '/login',
    };
    for (const lang of ['en', 'zh']) {
      for (const theme of ['light', 'dark']) {
        await page.evaluate(([lang, theme]) => {
          localStorage.setItem('fengsui.lang', lang!);
          localStorage.setItem('fengsui.theme', theme!);
        }, [lang, theme]);
        for (const width of [1440, 1280, 390]) {
          await page.setViewportSize({ width, height: width < 500 ? 844 : 900 });
          for (const [name, place] of Object.entries(places)) {
            await page.goto(plant.address + place);
            await expect(page.locator('main h1')).toBeAttached();
            await page.waitForTimeout(700);
            const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
            if (wide > 0) console.log(`${name} ${lang} ${theme} ${width}: ${wide} px too wide`);
            await page.screenshot({ path: `${FOLDER}/${name}-${lang}-${theme}-${width}.png`, fullPage: width !== 1440 });
          }
        }
      }
    }
  });
});
