// Very many connections on several nodes, of which one is killed: the gauge is
// exact on every node at every tick, and all are back soon. The clients are
// those of `tidewire bench`, whose own reports are the record. `./dev chaos`
// has 6 nodes with 15,800 each.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Witness, long, pause, seconds } from '../lib/chaos.mjs';
import { Cluster } from '../lib/cluster.mjs';
import { ctlJson } from '../lib/commands.mjs';
import { Program, binary } from '../lib/server.mjs';
import { patience, sanitized, until, within } from '../lib/until.mjs';

const count = long ? 6 : 3;
const each = Number(process.env.TIDEWIRE_EACH ?? (long ? 15_800 : 300));
const all = count * each;
const rate = 300; // a second, on each node
const calm = long ? 30 : 4; // seconds of looking on
const backWithin = 20; // seconds
const openedWithin = 1; // seconds
const share = each / (count - 1);
assert.equal(share, Math.floor(share));

/** Clients of one node: `report()` ends them and says what they were. */
class Clients {
  static #sources = 0;

  constructor(node, hold) {
    // An address has some 28,000 ports towards one server.
    const source = `127.${1 + (++Clients.#sources)}.0.1`;
    this.begun = seconds();
    this.program = new Program(binary, [
      'bench', 'connections', '--url', `ws://127.0.0.1:${node.port}`,
      '--hold', String(hold), '--for', '1h', '--source', source,
      '--in-flight', '64', '--rate', String(rate), '--json', '--quiet']);
  }

  async report() {
    this.program.signal('SIGINT');
    await within(this.program.exited, 'the clients end', 120_000);
    return JSON.parse(this.program.stdout);
  }
}

/** The account of a dead node, as `node` has it. */
const account = async (node, name) => (await ctlJson(node, ['failovers']))
  .json.failovers.find((x) => x.node === name);

const iso = (second) => new Date(Math.floor(second) * 1000)
  .toISOString().replace('.000Z', 'Z');

const overflows = () => {
  const [names, values] = readFileSync('/proc/net/netstat', 'utf8')
    .split('\n').filter((line) => line.startsWith('TcpExt:'))
    .map((line) => line.split(' '));
  return Number(values[names.indexOf('ListenOverflows')]);
};

test(`${count} nodes with ${each} connections each`,
     { timeout: 900_000 * patience }, async (t) => {
  const cluster = await Cluster.start(count, {
    settings: { 'server.reactors': 1, 'limits.accepts_per_second': 400 },
  });
  const before = overflows();
  const witness = new Witness(cluster);
  const clients = [];
  const newcomers = [];
  const full = (since) => until(() => cluster.nodes.every((node, i) => {
    const said = witness.newest(i)?.final;
    return node.ended || (said?.at > since && said.total === all);
  }), `every node says ${all}`, 180_000).catch((error) => {
    error.message += cluster.nodes.map((_, i) =>
      `\n${JSON.stringify(witness.newest(i))}`).join('');
    error.message += clients.map((x) => x.program.stderr).join('');
    throw error;
  });
  try {
    for (const node of cluster.nodes) clients.push(new Clients(node, each));
    await full(0);
    const steady = seconds();
    await pause(calm * 1000);

    const victim = 1;
    const killed = seconds();
    await cluster.nodes[victim].kill();
    const others = cluster.nodes.filter((node) => !node.ended);
    for (const node of others) newcomers.push(new Clients(node, share));
    const opened = await Promise.all(others.map((node) => until(async () => {
      const known = await account(node, `node-${victim}`);
      return known?.lost === each && Date.parse(known.opened) / 1000 - killed;
    }, `there is an account of ${each}`)));
    await full(killed + 0.6);
    const back = seconds() - killed;
    await pause(calm * 1000);
    await witness.end();
    const stated = (await ctlJson(others[0], [
      'usage', 'all', '--from', iso(steady - 1), '--to', iso(seconds() - 2),
      '--sample', '1s'])).json;
    const accounts = await Promise.all(others.map((node) =>
      account(node, `node-${victim}`)));

    const after = overflows();
    const reports = await Promise.all(clients.map((x) => x.report()));
    const returned = await Promise.all(newcomers.map((x) => x.report()));

    // What the clients themselves say.
    reports.forEach((x, i) => {
      assert.equal(x.opened, each, JSON.stringify(x));
      assert.equal(x.held_at_end, i === victim ? 0 : each);
    });
    const took = newcomers.map((x, i) =>
      x.begun - killed + returned[i].open_seconds);
    for (const x of returned) {
      assert.equal(x.opened, share, JSON.stringify(x));
      assert.equal(x.held_at_end, share);
    }

    for (const x of opened)
      assert.ok(x <= openedWithin, `accounts are opened after ${opened} s`);
    for (const x of accounts) {
      assert.equal(x.lost, each);
      assert.equal(x.identified + x.attributed + x.outstanding, each);
    }
    assert.equal(stated.connections.peak, all);

    // I1, I4: what the nodes said at each tick.
    const finals = witness.samples.filter((x) => x.final);
    assert.ok(finals.every((x) => x.final.total <= all), 'never more');
    const wrong = finals.filter((x) => {
      const { at, total } = x.final;
      if (at > steady && at < killed - 1.7) return total !== all;
      if (at > killed + Math.max(...took) + 1) return total !== all;
      return at > killed + 0.6 && total < all - each;
    });
    assert.deepEqual(wrong, []);
    const ticks = new Set(finals.filter((x) => x.final.at > steady)
      .map((x) => `${x.node} ${x.final.at}`));
    t.diagnostic(`${all} connections; ${ticks.size} ticks looked at; ` +
      `all back after ${
        Math.max(...took).toFixed(1)} s (as all nodes said after ${
        back.toFixed(1)} s); accounts are open after ${
        Math.max(...opened).toFixed(2)} s`);
    assert.equal(after - before, 0, 'ListenOverflows');
    if (!sanitized)
      assert.ok(Math.max(...took) <= backWithin, `back after ${took} s`);
  } finally {
    await witness.end();
    for (const x of [...clients, ...newcomers]) await x.program.kill();
    await cluster.kill();
  }
});
