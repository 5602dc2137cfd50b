// Fails where the console says something that a language file lacks, or where a language file says something that the
// console never does.
import { readFileSync, readdirSync } from 'node:fs';

const here = new URL('..', import.meta.url);
const table = (lang) => JSON.parse(readFileSync(new URL(`../../event/text/${lang}.json`, here), 'utf8'));
const tables = { zh: table('zh'), en: table('en') };

const sources = readdirSync(new URL('src/', here), { recursive: true }).filter((name) => /(?<!\.d)\.tsx?$/.test(name));
const texts = sources.map((name) => ({ name, text: readFileSync(new URL(`src/${name}`, here), 'utf8') }));

// A key is written out ('console.copy'), or made of a fixed beginning and a name (`console.theme.${theme}`, which a
// call of `name('console.fact', kind)` makes as well).
const uses = texts.flatMap(({ name, text }) => [
  ...Array.from(text.matchAll(/name\('(console\.[\w.-]+)'/g), ([, group]) => ({ name, key: group, made: /^\.[^.]+$/ })),
  ...Array.from(text.matchAll(/(?<!name\(|group: )'(console\.[\w.-]+)'/g), ([, key]) => ({ name, key, made: /^(\.one|\.other)?$/ })),
  ...Array.from(text.matchAll(/`(console\.[\w.-]*)\$\{[^}]*\}([\w.-]*)`/g), ([, key, end]) => ({ name, key, made: new RegExp(`^-?\\w+${end}$`) })),
]);

const keys = [...new Set(Object.values(tables).flatMap(Object.keys))].filter((key) => key.startsWith('console.'));
const fits = ({ key: start, made }, key) => key.startsWith(start) && made.test(key.slice(start.length));

const problems = [
  ...Object.entries(tables).flatMap(([lang, known]) => keys.filter((key) => !(key in known)).map((key) => `${lang}.json lacks ${key}`)),
  ...uses.filter((use) => !keys.some((key) => fits(use, key))).map(({ name, key }) => `src/${name} says ${key}, which no language file has`),
  ...keys.filter((key) => !uses.some((use) => fits(use, key))).map((key) => `nothing says ${key}`),
  ...Object.entries(tables).flatMap(([lang, known]) => {
    const names = Object.keys(known);
    return names.filter((key, index) => index > 0 && key < names[index - 1]).map((key) => `${lang}.json: ${key} is out of order`);
  }),
];
for (const problem of problems) console.error(problem);
console.log(`${keys.length} keys, ${uses.length} uses, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
