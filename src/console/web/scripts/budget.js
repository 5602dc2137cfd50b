// Fails where the built console has grown too heavy for an old factory PC. Sizes are gzip, as a browser fetches them.
import { readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const FIRST_LOAD = 240_000;
const LAZY_CHUNK = 200_000;

const dist = new URL('../dist/', import.meta.url);
const size = (name) => gzipSync(readFileSync(new URL(name, dist))).length;
const page = readFileSync(new URL('index.html', dist), 'utf8');

// What the page itself names is fetched before the first picture; everything else comes when a page wants it.
const first = ['index.html', ...Array.from(page.matchAll(/(?:src|href)="\/([^"]+)"/g), (match) => match[1])];
const lazy = readdirSync(new URL('assets/', dist)).map((name) => `assets/${name}`).filter((name) => !first.includes(name));

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1).padStart(7)} kB`;
const firstLoad = first.reduce((sum, name) => sum + size(name), 0);
console.log(`${kilobytes(firstLoad)}  first load, of ${kilobytes(FIRST_LOAD).trim()}`);

const sizes = lazy.map((name) => ({ name, bytes: size(name) })).sort((a, b) => b.bytes - a.bytes);
for (const { name, bytes } of sizes) console.log(`${kilobytes(bytes)}  ${name}`);

const heavy = sizes.filter(({ bytes }) => bytes > LAZY_CHUNK);
for (const { name } of heavy) console.error(`over the budget of ${kilobytes(LAZY_CHUNK).trim()}: ${name}`);
if (firstLoad > FIRST_LOAD) console.error('over the budget: the first load');
process.exitCode = heavy.length > 0 || firstLoad > FIRST_LOAD ? 1 : 0;
