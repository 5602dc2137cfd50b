import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const BINARY = resolve(HERE, process.env['FENGSUI_BINARY'] ?? '../../target/debug/fengsui');
const CAPTURES = resolve(HERE, '../../pcaps');
/** The one-time link as the program prints it. */
const LINK = /https:\/\/\S+\/setup\?token=[0-9a-f]+/;
/** Of its output, to show where it does not start. */
const KEPT = 4000;

/** The real binary playing the demo plant. */
export interface Demo {
  /** `https://127.0.0.1:port` */
  address: string;
  setupLink: string;
  stop: () => Promise<void>;
}

export async function startDemo(): Promise<Demo> {
  const data = await mkdtemp(join(tmpdir(), 'fengsui-e2e-'));
  const args = ['demo', '--listen', '127.0.0.1:0', '--data', data, '--captures', CAPTURES, '--attack-every', '0s'];
  const child = spawn(BINARY, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = async () => {
    await ended(child);
    await rm(data, { recursive: true, force: true });
  };
  try {
    const setupLink = await linkOf(child);
    return { address: new URL(setupLink).origin, setupLink, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function linkOf(child: ChildProcess): Promise<string> {
  let output = '';
  return new Promise((found, failed) => {
    const read = (bytes: Buffer) => {
      output = (output + bytes.toString()).slice(-KEPT);
      const link = LINK.exec(output);
      if (link) found(link[0]);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', (error) => failed(new Error(`${BINARY} cannot be started: ${error.message}`)));
    child.once('exit', (code) => failed(new Error(`${BINARY} ended with ${code} before it printed the setup link:\n${output}`)));
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((done) => {
    child.once('exit', () => done());
    child.kill('SIGINT');
  });
}
