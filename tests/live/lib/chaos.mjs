// A cluster under a crowd, with a witness who asks every node again and again,
// and a judge who compares what they said with the crowd's own record.
import assert from 'node:assert/strict';
import path from 'node:path';
import { Cluster } from './cluster.mjs';
import { Crowd } from './crowd.mjs';
import { dice } from './dice.mjs';
import { ticksOf } from './ledger.mjs';
import { run } from './server.mjs';
import { patience, until } from './until.mjs';

/** The long form (`./dev chaos`): how many minutes each random part takes. */
export const minutes = Number(process.env.TIDEWIRE_CHAOS ?? 0);
export const long = minutes > 0;
export const seed = Number(process.env.TIDEWIRE_SEED ?? 1);

/** Chooses as the seed says, otherwise in each part of a test. */
export class Chance {
  constructor(part) {
    this.random = dice(seed * 7919 + part);
  }

  /** A whole number from `low` to `high`. */
  whole(low, high) {
    return low + Math.floor(this.random() * (high - low + 1));
  }

  one(list) {
    return list[this.whole(0, list.length - 1)];
  }

  /** Some of them, in any order. */
  some(list, count) {
    const left = [...list];
    return Array.from({ length: count }, () =>
      left.splice(this.whole(0, left.length - 1), 1)[0]);
  }
}

export const pause = (ms) =>
  new Promise((done) => { setTimeout(done, ms); });
export const seconds = () => Date.now() / 1000;

const appOf = (id) => ({ id, key: `key-${id}`, secret: `secret-${id}` });
export const crowdApps = ['1', '2', '3'].map(appOf);
/** The app of those who are not the crowd's: see `Rig.company`. */
export const companyApp = appOf('9');
const appsToml = [...crowdApps, companyApp].map(({ id, key, secret }) => `
[[apps]]
id = "${id}"
keys = [{ key = "${key}", secret = "${secret}" }]
`).join('');

const iso = (second) =>
  new Date(second * 1000).toISOString().replace('.000Z', 'Z');

/** Asks each living node for its gauge, several times a second. */
export class Witness {
  samples = [];
  #watching = true;
  #loops = [];

  constructor(cluster) {
    this.#loops = cluster.ports.map((_, i) => this.#watch(cluster, i));
  }

  async #watch(cluster, i) {
    while (this.#watching) {
      const node = cluster.nodes[i];
      const asked = seconds();
      try {
        if (node && !node.ended) {
          const answer = await node.get('/v1/gauge', {
            signal: AbortSignal.timeout(1000),
          });
          const { cluster: said } = await answer.json();
          this.samples.push({ node: i, pid: node.pid, asked,
                              told: seconds(), ...said });
        }
      } catch {
        // It is stopped, or it has just been killed.
      }
      await pause(150);
    }
  }

  /** The newest that node `i` has said. */
  newest(i) {
    return this.samples.findLast((x) => x.node === i);
  }

  async end() {
    this.#watching = false;
    await Promise.all(this.#loops);
  }
}

/** How long after a node is killed its last connections may still be counted,
    or not be: a tick, and the way to the others (I2). */
const before = 1.7;
const after = 0.6;

export class Rig {
  /** Others are connected, too: then the record says nothing of all apps. */
  company = false;
  pauses = []; // {node, from, to}
  deaths = []; // {node, from, to, back}: Unix seconds
  begun = Math.ceil(seconds());
  #judged = 0;

  static async start(count, { level, churn, settings, part = 0, ...more }) {
    const rig = new Rig();
    rig.chance = new Chance(part);
    rig.cluster = await Cluster.start(count, {
      // Each knows all the others: any of them may be down.
      homes: Array.from({ length: count }, () => ({})),
      apps: appsToml, ...more,
      settings: {
        'limits.activity_timeout': '24h', 'limits.pong_timeout': '1h',
        ...settings,
      },
    });
    rig.crowd = Crowd.start(crowdApps, seed);
    rig.crowd.nodes(rig.cluster.nodes);
    rig.crowd.level(level, churn);
    rig.witness = new Witness(rig.cluster);
    await rig.crowd.told();
    await rig.crowd.told();
    return rig;
  }

  get nodes() {
    return this.cluster.nodes;
  }

  get running() {
    return this.nodes.flatMap((one, i) => one && !one.ended ? [i] : []);
  }

  /** Kills node `i`; the crowd finds out by itself. */
  async kill(i) {
    const node = this.nodes[i];
    const from = seconds();
    await node.kill();
    this.deaths.push({ node: i, from, to: seconds() });
    this.crowd.node(i, null);
  }

  /** SIGSTOP, until `go`. */
  stop(i) {
    this.pauses.push({ node: i, from: seconds(), to: Infinity });
    this.nodes[i].signal('SIGSTOP');
  }

  go(i) {
    this.nodes[i].signal('SIGCONT');
    const last = this.pauses.findLast((x) => x.node === i);
    last.to = seconds();
    return last;
  }

  /** SIGTERM; it leaves in order, and its clients with it. */
  async drain(i, ms = 20_000) {
    const node = this.nodes[i];
    const from = seconds();
    this.crowd.node(i, null);
    node.signal('SIGTERM');
    await until(() => node.ended, `node-${i} ends`, ms);
    this.deaths.push({ node: i, from, to: seconds() });
    return { took: seconds() - from, end: node.ended };
  }

  /** Clients come when it is a member: a life that nobody has heard of yet may
      be missing in the tick in which it begins. */
  async restart(i, more) {
    this.nodes[i] = await this.cluster.launch(i, more);
    await until(async () => (await this.nodes[i].manage(
      'GET', '/v1/commands/cluster')).json.members > 1 ||
      this.running.length === 1, `node-${i} is a member`, 15_000);
    for (const one of this.deaths)
      if (one.node === i) one.back ??= seconds();
    this.crowd.node(i, this.nodes[i]);
  }

  /** Every node that runs holds one view of all of them, and a tick that has
      ended since is final on each; then all that was said so far is judged. */
  async healed(ms = 15_000) {
    const from = seconds();
    await this.agrees(ms);
    const view = seconds();
    const at = Math.ceil(view);
    await this.finalOnAll(at, ms);
    const took = { view: view - from, final: seconds() - view };
    await this.crowd.told(at);
    this.judge();
    return took;
  }

  async agrees(ms = 15_000) {
    let views;
    await until(async () => {
      views = await Promise.all(this.running.map(async (i) =>
        (await this.nodes[i].manage('GET', '/v1/commands/cluster')).json));
      return views.every((x) => x.members === views.length &&
                                x.view_hash === views[0].view_hash);
    }, `${this.running.length} nodes hold one view`, ms).catch((error) => {
      error.message += `\n${JSON.stringify(views, null, 1)}`;
      throw error;
    });
  }

  async finalOnAll(at, ms = 15_000) {
    const late = () => this.running.filter((i) =>
      !(this.witness.newest(i)?.final?.at >= at));
    await until(() => late().length === 0, `tick ${at} is final`, ms)
      .catch((error) => {
        for (const i of late())
          error.message += `\nnode-${i}: ${JSON.stringify(
            this.witness.newest(i))}`;
        throw error;
      });
  }

  /** The least and the most that a final tick may say, of an app or of all;
      undefined where the crowd has no record. */
  bounds(at, app) {
    if (!app && this.company) return undefined;
    const known = this.crowd.at(at, app);
    if (!known) return undefined;
    let [low] = known;
    for (const { node, from, to } of this.deaths)
      if (at >= from - before && at <= to + after)
        low -= this.crowd.on(node, at, app);
    // Who left while a node was stopped has left, for it, when it stopped.
    for (const { node, from, to } of this.pauses)
      if (at >= from - before && at <= to + after)
        low -= this.crowd.left(node, at, Math.ceil(Math.min(to, seconds())) + 1,
                               app);
    return [Math.max(0, low), known[1]];
  }

  /** I1, I3, I4 and I8 of every final tick that anybody told of. */
  judge() {
    const wrong = [];
    let judged = 0;
    for (; this.#judged < this.witness.samples.length; ++this.#judged) {
      const x = this.witness.samples[this.#judged];
      const newest = this.crowd.last?.at ?? 0;
      if (x.newest?.least < 0)
        wrong.push({ node: x.node, least: x.newest.least });
      if (!x.final) continue;
      if (x.final.at > newest) break; // the crowd has yet to tell of it
      const told = [[undefined, x.final.total],
                    ...this.crowd.apps.map((id) =>
                      [id, x.final.apps[id] ?? 0])];
      for (const [app, open] of told) {
        const bounds = this.bounds(x.final.at, app);
        if (!bounds) continue;
        ++judged;
        if (open < bounds[0] || open > bounds[1])
          wrong.push({ node: x.node, at: x.final.at, app: app ?? 'all', open,
                       bounds, unknown: x.final.unknown_nodes });
      }
    }
    this.judged = (this.judged ?? 0) + judged;
    assert.deepEqual(wrong, [], `${wrong.length} of ${judged} figures: ${
      JSON.stringify({ deaths: this.deaths.slice(-4) })}`);
  }

  /** What node `i` has on disk, second by second, against the record: figures
      that are wrong, and seconds that it does not know (I2). */
  async ledger(i, from, to) {
    const file = path.join(this.nodes[i].dir, 'data/ledger.db');
    const wrong = [];
    const unknown = new Set();
    for (const app of [undefined, ...this.crowd.apps]) {
      const stated = await ticksOf(file, from - 1, to, app);
      for (let at = from; at <= to; ++at) {
        const bounds = this.bounds(at, app);
        if (!bounds) continue;
        const tick = stated.get(at);
        if (!tick) unknown.add(at);
        else if (tick.open < bounds[0] || tick.open > bounds[1])
          wrong.push({ node: i, at, app: app ?? 'all', open: tick.open,
                       bounds });
      }
    }
    return { wrong, unknown: [...unknown] };
  }

  /**
   * I2: whatever second a ledger knows it has as the record has it, and each
   * second is in one of them. With `filled` it is in all of them: what was
   * before a node came, or while it was down, it fetches when the links of the
   * chains are compared, once a minute. Those whose ledger is whole.
   */
  async ledgersAgree(from, to, { filled = long } = {}) {
    let told = [];
    const unknown = (one, at) => one.unknown.includes(at);
    const missing = () => Array.from({ length: to - from + 1 }, (_, k) =>
      from + k).filter((at) => filled ? told.some((x) => unknown(x, at))
      : told.every((x) => unknown(x, at)));
    await until(async () => {
      told = await Promise.all(this.running.map((i) =>
        this.ledger(i, from, to)));
      return missing().length === 0;
    }, 'the ledgers know every second', filled ? 250_000 : 20_000)
      .catch((error) => {
        error.message += told.map((x, k) =>
          `\nnode-${this.running[k]}: ${x.unknown}`).join('');
        error.message += `\n${JSON.stringify(this.deaths)}`;
        throw error;
      });
    const wrong = told.flatMap((x) => x.wrong);
    assert.equal(wrong.length, 0, wrong.map((x) => JSON.stringify(x))
      .concat(JSON.stringify({ deaths: this.deaths, pauses: this.pauses }))
      .join('\n'));
    return this.running.filter((_, k) => told[k].unknown.length === 0);
  }

  /** I4: the same statement on each node, whose peak there really was. */
  async statementsAgree(from, to, nodes = this.running) {
    if (nodes.length === 0) return undefined;
    const told = await Promise.all(nodes.map(async (i) => {
      const { stdout, stderr } = await run([
        'ctl', 'usage', 'all', '--from', iso(from - 1), '--to', iso(to),
        '--sample', '1s', '--json', '--data-dir',
        path.join(this.nodes[i].dir, 'data')]);
      assert.notEqual(stdout, '', stderr);
      return JSON.parse(stdout).connections;
    }));
    for (const one of told)
      assert.deepEqual(one, told[0], 'the nodes state the same');
    if (this.company) return told[0];
    const record = [];
    for (let at = from; at <= to; ++at)
      if (this.bounds(at)) record.push(this.bounds(at));
    const most = Math.max(...record.map(([, high]) => high));
    const least = Math.max(...record.map(([low]) => low));
    assert.ok(told[0].peak <= most, `${told[0].peak} above ${most}`);
    assert.ok(told[0].peak >= least, `${told[0].peak} below ${least}`);
    return told[0];
  }

  /** How many of the seconds of the record are one number. */
  sharpness() {
    const all = [...this.crowd.record.keys()].map((x) => this.bounds(x, '1'));
    return { seconds: all.length,
             sharp: all.filter(([low, high]) => low === high).length };
  }

  async end() {
    this.nodes?.forEach((one) => one?.signal('SIGCONT'));
    await this.witness?.end();
    await this.crowd?.end();
    await this.cluster?.kill();
  }
}

/** A loop of the long form: until its minutes are over, `least` times. */
export function* rounds(short, least) {
  const end = seconds() + minutes * 60;
  for (let i = 0; long ? i < least || seconds() < end : i < short; ++i) yield i;
}

export { patience };
