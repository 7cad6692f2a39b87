// Reads a ledger while the server writes it.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import path from 'node:path';
import { Program, Server, sibling } from './server.mjs';
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

/** Makes a ledger of some apps (1, 2, …) of which in each minute so many
    percent come and go; `from` is a whole minute in Unix seconds. */
async function fill(ledger, { from, minutes, apps, percent }) {
  const maker = new Program(sibling('tidewire_ledger_ticks'), [
    'fill', ledger, from, minutes, apps, percent].map(String));
  await within(maker.exited, 'the ledger is made', 600_000);
  assert.equal(maker.code, 0, maker.stderr);
}

/** A server that finds such a ledger. */
export async function serverOnLedger(filled, options) {
  const first = await Server.start(options);
  first.signal('SIGTERM');
  await first.exited;
  const ledger = path.join(first.dir, 'data/ledger.db');
  rmSync(ledger);
  await fill(ledger, filled);
  return Server.startIn(first.dir, options);
}
