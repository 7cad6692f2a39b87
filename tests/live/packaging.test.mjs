// What stands in packaging/ for operators: the example for HAProxy and the unit
// for systemd are taken by the programs that read them, and do what they say.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { publish } from './lib/api.mjs';
import { Cluster, freePorts } from './lib/cluster.mjs';
import { ctl } from './lib/commands.mjs';
import { RawPusher } from './lib/raw.mjs';
import { Program, binary, run } from './lib/server.mjs';
import { until } from './lib/until.mjs';

const packaging = fileURLToPath(new URL('../../packaging/', import.meta.url));
const example = path.join(packaging, 'haproxy.cfg');
const unit = path.join(packaging, 'tidewire.service');

/** Runs it to its end: `{code, out}`; no code if there is no such program. */
async function runs(...words) {
  const program = new Program(words[0], words.slice(1));
  const { code } = await program.exited;
  return { code, out: program.stdout + program.stderr };
}

const haproxy = (await runs('haproxy', '-v')).code === 0 ? undefined
  : 'haproxy is not installed';
const systemd = (await runs('systemd-analyze', '--version')).code === 0
  ? undefined : 'systemd-analyze is not installed';

test('the HAProxy example is valid', { skip: haproxy }, async () => {
  const { code, out } = await runs('haproxy', '-c', '-f', example);
  assert.equal(code, 0, out);
  assert.doesNotMatch(out, /WARNING|ALERT/);
});

test('behind it clients go to the node that has the fewest, and to none that ' +
     'drains', { skip: haproxy, timeout: 60_000 }, async () => {
  const cluster = await Cluster.start(3);
  const [port] = await freePorts(1);
  // The example, with the ports of these nodes.
  const lines = readFileSync(example, 'utf8').replace(/127\.0\.0\.1:6000/,
                                                      `127.0.0.1:${port}`)
    .replace(/127\.0\.0\.1:600(\d) check port 960\d/g, (_, n) =>
      `127.0.0.1:${cluster.nodes[n - 1].port} check port ${
        cluster.nodes[n - 1].adminPort}`);
  const file = path.join(cluster.dir, 'haproxy.cfg');
  writeFileSync(file, lines);
  const balancer = new Program('haproxy', ['-db', '-f', file]);
  const clients = [];
  const come = async (count) => {
    for (let i = 0; i < count; ++i) {
      const raw = await RawPusher.join({ host: '127.0.0.1', port });
      await raw.subscribe('news');
      clients.push(raw);
    }
  };
  const open = () => Promise.all(cluster.nodes.map((node) =>
    node.metric('tidewire_connections')));
  try {
    await until(() => come(1).then(() => true), 'it balances', 15_000);
    await come(8);
    assert.deepEqual(await open(), [3, 3, 3]);
    assert.equal((await publish({ host: '127.0.0.1', port }, {
      name: 'told', channel: 'news', data: 'x' })).status, 200);
    for (const raw of clients) await raw.nextEvent('told');
    const { code } = await ctl(cluster.nodes[0],
                               ['drain', 'node-1', '--within', '1s']);
    assert.equal(code, 0);
    await cluster.nodes[1].reaches(0, 'tidewire_connections', {}, 10_000);
    // Two checks, a second apart, and it is out.
    await until(() => /node-2 is DOWN/.test(balancer.stdout + balancer.stderr),
                'the balancer knows that it drains', 15_000);
    await come(6);
    assert.deepEqual(await open(), [6, 0, 6]);
  } finally {
    clients.forEach((raw) => raw.destroy());
    await balancer.kill();
    await cluster.kill();
  }
});

/** `{key: [values]}` of a unit. */
function settings(text) {
  const out = {};
  for (const [, key, value] of text.matchAll(/^(\w+)=(.*)$/gm))
    (out[key] ??= []).push(value);
  return out;
}

test('systemd takes the unit, and finds little to harden',
     { skip: systemd }, async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'tidewire-unit-'));
  try {
    const file = path.join(dir, 'tidewire.service');
    writeFileSync(file, readFileSync(unit, 'utf8')
      .replace(/\/usr\/bin\/tidewire/g, binary)
      .replace(/^Documentation=.*\n/m, ''));
    const { code, out } = await runs('systemd-analyze', 'verify', file);
    assert.equal(code, 0, out);
    assert.equal(out.trim(), '');
    const hard = await runs('systemd-analyze', 'security', '--offline=true',
                            '--threshold=20', '--no-pager', file);
    assert.equal(hard.code, 0, hard.out);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('the unit waits for a drain, and its command line is one', async () => {
  const has = settings(readFileSync(unit, 'utf8'));
  const [, drain] = /^duration = "(\d+)s"$/m.exec(
    (await run(['config', 'default'])).stdout.split('[drain]')[1]);
  assert.ok(parseInt(has.TimeoutStopSec[0], 10) >= Number(drain) + 2 + 1,
            `${has.TimeoutStopSec} for ${drain} s`);
  assert.ok(Number(has.LimitNOFILE[0]) >= 1_000_000);
  const words = has.ExecStart[0].split(' ');
  assert.equal(words[1], 'serve');
  const help = (await run(['serve', '--help'])).stdout;
  for (const flag of words.filter((x) => x.startsWith('--')))
    assert.ok(help.includes(flag), flag);
  // It is started anew for 5 and for failures, and not for a wrong file.
  assert.deepEqual(has.Restart, ['on-failure']);
  assert.deepEqual(has.RestartPreventExitStatus, ['2']);
});
