import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const BINARY = resolve(HERE, process.env['FENGSUI_BINARY'] ?? '../../target/debug/fengsui');
export const CAPTURES = resolve(HERE, '../../pcaps');
/** What the program prints: its address, the one-time link as long as there is no account, and how to end it. */
const ADDRESS = /console\s+(https:\/\/\S+)/;
const LINK = /https:\/\/\S+\/setup\?token=[0-9a-f]+/;
const READY = 'Ctrl-C';
/** Of its output, to show where it does not start. */
const KEPT = 4000;

/** The real binary playing the demo plant. */
export interface Demo {
  /** `https://127.0.0.1:port` */
  address: string;
  /** Empty where there is an account already. */
  setupLink: string;
  /** Ends the program; a new one at the same address knows what this one knew. */
  interrupt: () => Promise<void>;
  resume: () => Promise<Demo>;
  /** Ends the program for good. */
  stop: () => Promise<void>;
}

/** Attacks come four times as fast as they happened; learning ends by its own rule, or after `learnFor`. */
export async function startDemo(learnFor?: string): Promise<Demo> {
  return startAt('127.0.0.1:0', await mkdtemp(join(tmpdir(), 'fengsui-e2e-')), learnFor === undefined ? [] : ['--learn-for', learnFor]);
}

async function startAt(listen: string, data: string, more: string[]): Promise<Demo> {
  const args = ['demo', '--listen', listen, '--data', data, '--captures', CAPTURES, '--attack-every', '0s', '--attack-speed', '4', ...more];
  const child = spawn(BINARY, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = async () => {
    await ended(child);
    await rm(data, { recursive: true, force: true });
  };
  try {
    const greeting = await greetingOf(child);
    const address = ADDRESS.exec(greeting)?.[1] ?? '';
    const setupLink = LINK.exec(greeting)?.[0] ?? '';
    return { address, setupLink, interrupt: () => ended(child), resume: () => startAt(new URL(address).host, data, more), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function greetingOf(child: ChildProcess): Promise<string> {
  let output = '';
  return new Promise((found, failed) => {
    const read = (bytes: Buffer) => {
      output = (output + bytes.toString()).slice(-KEPT);
      if (output.includes(READY)) found(output);
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('error', (error) => failed(new Error(`${BINARY} cannot be started: ${error.message}`)));
    child.once('exit', (code) => failed(new Error(`${BINARY} ended with ${code} before it was ready:\n${output}`)));
  });
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
  return new Promise((done) => {
    child.once('exit', () => done());
    child.kill('SIGINT');
  });
}
