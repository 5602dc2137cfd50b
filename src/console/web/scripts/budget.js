// Fails where the built console has grown too heavy for an old factory PC, or names an address outside of the sensor,
// which an intranet could not reach. Sizes are gzip, as a browser fetches them.
import { readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const FIRST_LOAD = 240_000;
const LAZY_CHUNK = 200_000;
// Named by the libraries in error messages and as names of XML vocabularies; nothing is fetched from there.
const NAMED_ONLY = new Set(['www.w3.org', 'react.dev', 'localhost']);

const dist = new URL('../dist/', import.meta.url);
const size = (name) => gzipSync(readFileSync(new URL(name, dist))).length;
const page = readFileSync(new URL('index.html', dist), 'utf8');

// What the page itself names is fetched before the first picture; everything else comes when a page wants it.
const first = ['index.html', ...Array.from(page.matchAll(/(?:src|href)="\/([^"]+)"/g), (match) => match[1])];
const lazy = readdirSync(new URL('static/', dist)).map((name) => `static/${name}`).filter((name) => !first.includes(name));

const kilobytes = (bytes) => `${(bytes / 1000).toFixed(1).padStart(7)} kB`;
const firstLoad = first.reduce((sum, name) => sum + size(name), 0);
console.log(`${kilobytes(firstLoad)}  first load, of ${kilobytes(FIRST_LOAD).trim()}`);

const sizes = lazy.map((name) => ({ name, bytes: size(name) })).sort((a, b) => b.bytes - a.bytes);
for (const { name, bytes } of sizes) console.log(`${kilobytes(bytes)}  ${name}`);

const heavy = sizes.filter(({ bytes }) => bytes > LAZY_CHUNK);
for (const { name } of heavy) console.error(`over the budget of ${kilobytes(LAZY_CHUNK).trim()}: ${name}`);
if (firstLoad > FIRST_LOAD) console.error('over the budget: the first load');

const everything = [...new Set([...first, ...lazy])];
const outside = everything.flatMap((name) => {
  const text = readFileSync(new URL(name, dist), 'utf8');
  // In a page or a style sheet an address is fetched; in a script a host must be known to be only a name.
  const urls = name.endsWith('.js') ? text.matchAll(/["'`](?:https?|wss?):\/\/([\w.-]+)/g) : text.matchAll(/(?:src|href|url|@import)[\s="'(]+(?:https?:)?\/\/([\w.-]+)/g);
  return Array.from(urls, ([, host]) => ({ name, host })).filter(({ host }) => !(name.endsWith('.js') && NAMED_ONLY.has(host)));
});
for (const { name, host } of outside) console.error(`names an address outside: ${name}: ${host}`);
process.exitCode = heavy.length > 0 || firstLoad > FIRST_LOAD || outside.length > 0 ? 1 : 0;
