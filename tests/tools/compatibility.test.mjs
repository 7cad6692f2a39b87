// docs/compatibility.md: every test that it names as a proof exists, and every
// row names one.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)),
                          '../..');
const document = readFileSync(path.join(root, 'docs/compatibility.md'), 'utf8');

const proof = /`([\w.]+\.test\.mjs)` "([^"]+)"/g;

/** The cells of every row that is not a heading. */
const rows = document.split('\n')
  .filter((line) => line.startsWith('| ') && !line.endsWith('| Proved by |'))
  .map((line) => line.slice(2, -2).split(' | '));

const namesOf = (row) => [...row.at(-1).matchAll(proof)];

test('there are rows, and they name tests', () => {
  assert.ok(rows.length > 60, `${rows.length} rows`);
  assert.ok(rows.flatMap(namesOf).length > 50);
});

for (const row of rows)
  test(`a test proves: ${row.slice(0, 2).join(': ')}`, () => {
    const names = namesOf(row);
    if (names.length === 0) {
      assert.equal(row.at(-1), 'none');
      assert.match(row[1], /^(no|not yet)\b/, 'what has no test is not there');
    }
    for (const [, file, title] of names) {
      const where = path.join(root, 'tests/live', file);
      assert.ok(existsSync(where), `${file} is not in tests/live`);
      const source = readFileSync(where, 'utf8').replace(/'\s*\+\s*'/g, '');
      assert.ok(source.includes(title), `${file} has no test "${title}"`);
    }
  });
