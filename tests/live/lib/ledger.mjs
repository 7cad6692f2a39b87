// Reads a ledger while the server writes it.
import assert from 'node:assert/strict';
import { Program, sibling } from './server.mjs';
import { within } from './until.mjs';

/** What it says of each second after `from` up to `to` that it knows. */
export async function ticksOf(ledger, from, to, app) {
  const words = [ledger, from, to, ...(app ? [app] : [])].map(String);
  const reader = new Program(sibling('tidewire_ledger_ticks'), words);
  await within(reader.exited, 'the ledger is read', 60_000);
  assert.equal(reader.code, 0, reader.stderr);
  const lines = reader.stdout.split('\n').filter(Boolean);
  return new Map(lines.map((x) => JSON.parse(x)).map((x) => [x.at, x]));
}
