// Nodes in network namespaces of their own, between which packets can be
// dropped, one way or both ways.
//
// The test file runs itself anew in a network and mount namespace, which is the
// router between the nodes' namespaces; when it ends, all of them are gone, and
// the machine's own network was never touched.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { Program } from './server.mjs';
import { patience } from './until.mjs';

const address = (i) => `10.77.${i}.2`;
const sh = (line) => {
  const [command, ...args] = line.split(' ');
  execFileSync(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
};

const unshare = process.getuid() === 0
  ? ['--net', '--mount']
  : ['--user', '--map-root-user', '--net', '--mount'];

/** Why this machine lets nobody make networks; '' if it does. */
function trouble() {
  const probe = [
    'mount -t tmpfs none /run', 'ip link set lo up', 'ip netns add probe',
    'ip link add veth-probe type veth peer name eth0 netns probe',
    'ip rule add from 10.77.0.2 to 10.77.1.2 blackhole',
    'echo 1 > /proc/sys/net/ipv4/ip_forward',
    'nsenter --net=/run/netns/probe true',
  ].join(' && ');
  const end = spawnSync('unshare', [...unshare, 'sh', '-c', probe],
                        { encoding: 'utf8' });
  if (end.status === 0) return '';
  return `no network namespaces here: ${
    (end.stderr || String(end.error ?? end.status)).trim().split('\n')[0]}`;
}

/**
 * Tests that need networks: `cases` are bodies by name. Each runs in a process
 * of its own, which starts the file again.
 */
export function inNetworks(url, seconds, cases) {
  const timeout = seconds * 1000 * patience;
  const inside = process.env.TIDEWIRE_NETWORKS;
  if (inside !== undefined) {
    const [name, body] = Object.entries(cases)[inside];
    return void test(name, { timeout }, body);
  }
  Object.keys(cases).forEach((name, i) =>
    test(name, { timeout: timeout + 10_000 }, async (t) => {
      const why = trouble();
      if (why) return t.skip(why);
      return rerun(t, url, i);
    }));
}

async function rerun(t, url, i) {
  const { NODE_TEST_CONTEXT, ...env } = process.env;
  void NODE_TEST_CONTEXT;
  const inner = new Program('unshare', [
    ...unshare, '--fork', '--pid', '--kill-child', process.execPath,
    '--test-reporter=tap', fileURLToPath(url)],
  { env: { ...env, TIDEWIRE_NETWORKS: String(i) } });
  try {
    const { code } = await inner.exited;
    for (const line of inner.stdout.split('\n'))
      if (/^\s*# /.test(line) && !/^# \w+ [\d.]+$|# Subtest/.test(line))
        t.diagnostic(line.trim().slice(2));
    assert.equal(code, 0, `${inner.stdout}\n${inner.stderr}`);
  } finally {
    await inner.kill();
  }
}

/** The networks of `count` nodes. */
export class Network {
  #cuts = new Set();

  constructor(count) {
    sh('mount -t tmpfs none /run');
    sh('ip link set lo up');
    writeFileSync('/proc/sys/net/ipv4/ip_forward', '1');
    for (let i = 0; i < count; ++i) {
      sh(`ip netns add n${i}`);
      sh(`ip link add v${i} type veth peer name eth0 netns n${i}`);
      sh(`ip addr add 10.77.${i}.1/24 dev v${i}`);
      sh(`ip link set v${i} up`);
      sh(`ip -n n${i} addr add ${address(i)}/24 dev eth0`);
      sh(`ip -n n${i} link set lo up`);
      sh(`ip -n n${i} link set eth0 up`);
      sh(`ip -n n${i} route add default via 10.77.${i}.1`);
    }
    /** For `Cluster.start`: where each node lives. */
    this.homes = Array.from({ length: count }, (_, i) => ({
      host: address(i),
      wrap: ['nsenter', `--net=/run/netns/n${i}`],
    }));
  }

  /** What `from` sends to `to` arrives no more; nobody is told. */
  cut(from, to) {
    sh(`ip rule add from ${address(from)} to ${address(to)} blackhole`);
    this.#cuts.add(`from ${address(from)} to ${address(to)} blackhole`);
  }

  /** Neither way, between each of these and each of those. */
  part(these, those) {
    for (const a of these)
      for (const b of those) {
        this.cut(a, b);
        this.cut(b, a);
      }
  }

  mend() {
    for (const rule of this.#cuts) sh(`ip rule del ${rule}`);
    this.#cuts.clear();
  }
}
