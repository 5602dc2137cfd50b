// The whole road, for real: the lab's plant in network namespaces, `fengsui run` at its mirror port, python-snap7 stopping
// a PLC, a real listener for the webhook, the receiver of the next tier, and the console in a browser.
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { createServer as createListener } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, test } from '@playwright/test';
import type { APIRequestContext } from '@playwright/test';

const REPOSITORY = resolve(import.meta.dirname, '../..');
const BINARY = resolve(process.env['FENGSUI_BINARY'] ?? join(REPOSITORY, 'target/debug/fengsui'));
const LAB = 'e2e';
const CODE = 'one-time-code-of-the-test';
const READ_TOKEN = 'reads-what-was-received';
/** A slow machine must pass; milliseconds. */
const PATIENCE = 180_000;

interface Delivery {
  id: string;
  timestamp: string;
  signature: string;
  body: string;
}

test.skip(process.getuid?.() !== 0, 'the lab needs root for its network namespaces');
test.setTimeout(6 * PATIENCE);

const folder = mkdtempSync(join(tmpdir(), 'fengsui-live-'));
const secret = randomBytes(32);
const deliveries: Delivery[] = [];
const processes: ChildProcess[] = [];
let hook: Server;

test.afterAll(async () => {
  for (const child of processes) await stopped(child);
  hook?.close();
  lab('down');
  rmSync(folder, { recursive: true, force: true });
});

test('a stopped PLC reaches the webhook, the next tier and the console, and nothing is sent to the plant', async ({ page, request }) => {
  const span = await test.step('the plant runs', () => {
    lab('up');
    return spanPort();
  });
  const receiver = await test.step('the next tier listens', startReceiver);
  const hookAddress = await test.step('the webhook listens', startHook);
  const { address, link } = await test.step('the sensor runs at the mirror port', () => startSensor(span.name, receiver, hookAddress));

  await test.step('a person makes the first user', async () => {
    await page.goto(link);
    await page.locator('input[autocomplete=username]').fill('wang');
    const passwords = page.locator('input[autocomplete=new-password]');
    await passwords.nth(0).fill('correct horse battery');
    await passwords.nth(1).fill('correct horse battery');
    await page.locator('button[type=submit]').click();
    await expect(page.getByRole('navigation').first()).toBeVisible();
  });
  const signedIn = page.context().request;
  await test.step('learning ends by itself', () =>
    expect.poll(async () => (await overview(signedIn, address)).learning.every((stage) => stage.mode === 'watching'), { timeout: PATIENCE }).toBe(true));

  await test.step('python-snap7 stops a PLC', () => lab('attack', 's7-03'));

  await test.step('the webhook is called, and its signature is right', async () => {
    await expect.poll(() => deliveries.some(isStop), { timeout: PATIENCE }).toBe(true);
    const delivery = deliveries.find(isStop);
    expect(delivery).toBeDefined();
    const wanted = createHmac('sha256', secret).update(`${delivery?.id}.${delivery?.timestamp}.${delivery?.body}`).digest('base64');
    expect(delivery?.signature.split(' ')).toContain(`v1,${wanted}`);
  });

  await test.step('the next tier has it, masked', async () => {
    await expect.poll(async () => (await received(request, receiver)).some(({ rule_id }) => rule_id === 'S7-03'), { timeout: PATIENCE }).toBe(true);
    const records = await received(request, receiver);
    expect(JSON.stringify(records)).not.toMatch(/10\.20\.0\.\d|([0-9a-f]{2}:){5}[0-9a-f]{2}/i);
  });

  await test.step('the console shows it, with its packets', async () => {
    const alerts = await signedIn.get(`${address}/api/v1/alerts?search=S7-03`);
    const { items } = (await alerts.json()) as { items: { id: string; title: { zh: string; en: string } }[] };
    const stop = items[0];
    expect(stop).toBeDefined();
    await page.goto(`${address}/alerts/${stop?.id}`);
    const heading = page.getByRole('heading', { level: 1 });
    await expect(heading).toHaveText(new RegExp(`^(${escape(stop?.title.zh)}|${escape(stop?.title.en)})$`));
    // The packets after the act are part of it, so it is written a little later.
    const packets = () => signedIn.get(`${address}/api/v1/alerts/${stop?.id}/evidence`);
    await expect.poll(async () => (await packets()).status(), { timeout: PATIENCE }).toBe(200);
    const evidence = await packets();
    const file = join(folder, 'evidence.pcapng');
    writeFileSync(file, await evidence.body());
    const stops = execFileSync('tshark', ['-r', file, '-Y', 's7comm.param.func == 0x29', '-T', 'fields', '-e', 'frame.number'], { encoding: 'utf8' });
    expect(stops.trim()).not.toBe('');
  });

  await test.step('nothing was sent to the mirror port', () => expect(spanPort().sent).toBe(0));
});

function lab(...given: string[]): string {
  return execFileSync(join(REPOSITORY, 'tests/lab/lab'), ['--lab', LAB, ...given], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}

function spanPort(): { name: string; sent: number } {
  const status = JSON.parse(lab('status', '--json')) as { span: string; span_tx_packets: number };
  return { name: status.span, sent: status.span_tx_packets };
}

async function startReceiver(): Promise<string> {
  const port = await freePort();
  const config = join(folder, 'receiver.toml');
  writeFileSync(
    config,
    `listen = "127.0.0.1:${port}"
folder = "${folder}/receiver"
enrolment_codes = ["${CODE}"]
read_token = "${READ_TOKEN}"
`,
  );
  await started(['receiver', '--config', config], /receiving/);
  return `https://127.0.0.1:${port}`;
}

async function startHook(): Promise<string> {
  hook = createServer((message, answer) => {
    void bodyOf(message).then((body) => {
      const header = (name: string) => String(message.headers[name] ?? '');
      deliveries.push({ id: header('webhook-id'), timestamp: header('webhook-timestamp'), signature: header('webhook-signature'), body });
      answer.writeHead(204).end();
    });
  });
  await new Promise<void>((ready) => hook.listen(0, '127.0.0.1', ready));
  return `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`;
}

async function startSensor(span: string, receiver: string, hookAddress: string): Promise<{ address: string; link: string }> {
  const port = await freePort();
  const config = join(folder, 'fengsui.toml');
  writeFileSync(
    config,
    `[capture]
interfaces = ["${span}"]
[data]
folder = "${folder}/sensor"
[learning]
set_time = "40s"
[console]
listen = "127.0.0.1:${port}"
[[webhook]]
name = "duty"
url = "${hookAddress}"
secret = "whsec_${secret.toString('base64')}"
min_severity = "medium"
allow_private = true
[uplink]
enabled = true
url = "${receiver}"
ca = "${folder}/receiver/certificate.pem"
enrolment_code = "${CODE}"
batch_every = "5s"
[uplink.enterprise]
name = "测试厂"
credit_code = "91440300MA5EXAMPLA"
region = "440306"
industry = "C3484"
`,
  );
  const said = await started(['run', '--config', config], /\/setup\?token=\S+/);
  return { address: `https://127.0.0.1:${port}`, link: said.match(/https:\S+\/setup\?token=[\w-]+/)?.[0] ?? '' };
}

/** Starts the binary; what it said until the words looked for came. */
function started(given: string[], words: RegExp): Promise<string> {
  const child = spawn(BINARY, given, { stdio: ['ignore', 'pipe', 'pipe'] });
  processes.push(child);
  return new Promise((ready, fail) => {
    let said = '';
    const hear = (chunk: Buffer) => {
      said += chunk.toString();
      if (words.test(said)) ready(said);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('exit', (code) => fail(new Error(`fengsui ${given[0]} ended with ${code}:\n${said}`)));
  });
}

/** Ends the binary as systemd would; it must end well. */
async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise<number | null>((done) => child.removeAllListeners('exit').on('exit', done));
  child.kill('SIGTERM');
  expect(await ended).toBe(0);
}

async function overview(api: APIRequestContext, address: string): Promise<{ learning: { mode: string }[] }> {
  return (await api.get(`${address}/api/v1/overview`)).json() as Promise<{ learning: { mode: string }[] }>;
}

async function received(api: APIRequestContext, receiver: string): Promise<{ rule_id: string }[]> {
  const answer = await api.get(`${receiver}/api/v1/alerts`, { headers: { authorization: `Bearer ${READ_TOKEN}` } });
  const { alerts } = (await answer.json()) as { alerts: { record: { rule_id: string } }[] };
  return alerts.map(({ record }) => record);
}

function isStop({ body }: Delivery): boolean {
  return body.includes('S7-03');
}

function escape(text = ''): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

async function bodyOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function freePort(): Promise<number> {
  return new Promise((ready) => {
    const listener = createListener().listen(0, '127.0.0.1', () => {
      const { port } = listener.address() as AddressInfo;
      listener.close(() => ready(port));
    });
  });
}
