// Several nodes of one cluster, as real processes on this machine.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ctlJson } from './commands.mjs';
import { Server } from './server.mjs';
import { until } from './until.mjs';

const listens = (port) => new Promise((done) => {
  const one = createServer().on('error', () => done(false))
    .listen(port, '127.0.0.1', () => one.close(() => done(true)));
});

/** Ports that nobody has now, so that a node can be started anew on the one it
    had. They are below those that the kernel gives to clients and to port 0:
    nobody gets one of them by chance while its node is down. */
export async function freePorts(count) {
  const ports = new Set();
  while (ports.size < count) {
    const port = 10_000 + Math.floor(Math.random() * 22_000);
    if (!ports.has(port) && await listens(port)) ports.add(port);
  }
  return [...ports];
}

export class Cluster {
  /**
   * `count` nodes that know the first one; `settings` are more `--set` values
   * of all of them, `each(i)` those of one; `apps` replaces the apps of the
   * configuration. `homes` are `{host, wrap}` of each, where they do not all
   * live here, and `program` is another build (Server.launch).
   */
  static async start(count, { settings = {}, each = () => ({}), apps,
                              homes = [], name = 'test', program } = {}) {
    const cluster = new Cluster();
    cluster.each = each;
    cluster.program = program;
    cluster.dir = mkdtempSync(path.join(tmpdir(), 'tidewire-cluster-'));
    cluster.homes = homes;
    cluster.ports = await freePorts(Math.max(count, homes.length));
    cluster.settings = {
      'cluster.name': name, 'cluster.secret': 'shared-secret',
      'server.reactors': 2, 'drain.duration': '1s', ...settings,
    };
    cluster.apps = apps;
    cluster.nodes = [];
    try {
      for (let i = 0; i < count; ++i)
        cluster.nodes.push(await cluster.launch(i));
      await cluster.agrees();
    } catch (error) {
      await cluster.kill();
      throw error;
    }
    return cluster;
  }

  /** Node `i`, started (anew) on its port and its folder; `how` goes to
      Server.launch. */
  async launch(i, more = {}, how = {}) {
    const dir = path.join(this.dir, `node-${i}`);
    const home = this.homes[i] ?? {};
    const settings = {
      'server.node': `node-${i}`, 'data_dir': path.join(dir, 'data'),
      'cluster.listen': this.address(i), 'cluster.peers': this.peers,
      ...this.settings, ...this.each(i), ...more,
    };
    const args = Object.entries(settings)
      .flatMap(([key, value]) => ['--set', `${key}=${value}`]);
    if (this.apps) {
      const file = path.join(this.dir, 'apps.toml');
      writeFileSync(file, this.apps);
      args.push('--config', file);
    }
    const node = await Server.launch(args, {
      dir, program: this.program, ...home, ...how });
    node.node = `node-${i}`;
    return node;
  }

  /** Where node `i` listens for the others. */
  address(i) {
    return `${this.homes[i]?.host ?? '127.0.0.1'}:${this.ports[i]}`;
  }

  /** The first one; where homes are given, all of them. */
  get peers() {
    return (this.homes.length > 0 ? this.ports : [this.ports[0]])
      .map((_, i) => this.address(i)).join(',');
  }

  get alive() {
    return this.nodes.filter((one) => one && !one.ended);
  }

  /** Waits until all who live hold the same view, of just them. */
  async agrees(ms = 10_000) {
    let views;
    await until(async () => {
      views = await Promise.all(this.alive.map(async (one) =>
        (await ctlJson(one, ['cluster'])).json));
      return views.every((view) => view.members === views.length &&
        view.view_hash === views[0].view_hash);
    }, `${this.alive.length} nodes hold one view`, ms).catch((error) => {
      error.message += `\n${JSON.stringify(views)}`;
      throw error;
    });
  }

  /** What each living node says that the cluster has open. */
  gauges() {
    return Promise.all(this.alive.map((one) =>
      one.metric('tidewire_cluster_connections')));
  }

  /** Waits until all who live say so. */
  async counts(expected, ms = 10_000) {
    let last;
    await until(async () => {
      last = await this.gauges();
      return last.every((one) => one === expected);
    }, `the cluster gauge is ${expected} on every node`, ms)
      .catch((error) => {
        error.message += `; it is ${last}`;
        throw error;
      });
  }

  async kill() {
    await Promise.all((this.nodes ?? []).map((one) => one?.kill()));
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** SIGTERM to all, and the end they have to come to. */
  async stop() {
    await Promise.all(this.alive.map((one) => one.stop(20_000)));
    await this.kill();
  }
}
