// Writes ../src/api.d.ts from the OpenAPI document of the console's API. The result is committed: the generator wants a
// compiler of its own (package.json here), which the build of the console then needs neither to fetch nor to run.
// tests/openapi.rs keeps the document true.
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

const here = new URL('.', import.meta.url);
const document = JSON.parse(await readFile(new URL('../../openapi.json', here), 'utf8'));

// Operation ids are names of Rust functions and may repeat (`list`, `detail`); without them each operation's types
// stand at its path, where nothing can be confused.
for (const methods of Object.values(document.paths)) {
  for (const operation of Object.values(methods)) delete operation.operationId;
}

const head = '// Made by `npm run types` from ../../openapi.json. Do not edit.\n\n';
await writeFile(new URL('../src/api.d.ts', here), head + astToString(await openapiTS(document)));
