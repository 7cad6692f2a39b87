// Through random joins and leaves, crashes of the endpoints and kill -9 of the
// server: occupied and vacated alternate, none is lost, none goes astray.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { channelAuth } from './lib/api.mjs';
import { mainApp, quietApp } from './lib/apps.mjs';
import { HookChecker, dice } from './lib/hook_checker.mjs';
import { hookToml, hookedApp } from './lib/hooks.mjs';
import { RawPusher } from './lib/raw.mjs';
import { Program, Server } from './lib/server.mjs';
import { patience, until } from './lib/until.mjs';

const total = Number(process.env.TIDEWIRE_HOOKS ?? 10_000);
const seed = Number(process.env.TIDEWIRE_SEED ?? Date.now() % 1_000_000);
const roll = dice(seed);
const delay = 60;
const sure = 600; // so long without anybody that it must have been announced
const apps = [mainApp, quietApp];
const clientsPerApp = 12;
const events = ['channel_occupied', 'channel_vacated', 'member_added',
                'member_removed'];
const folder = mkdtempSync(path.join(tmpdir(), 'tidewire-hooks-'));
const channelsOf = (app) => Array.from({ length: 12 }, (_, i) =>
  `${i % 3 === 0 ? 'presence-' : i % 3 === 1 ? 'private-' : ''}of-${app.id}-` +
  i);
const owns = (app) => (channel) => channel.includes(`of-${app.id}-`);

/** The backend of one app: a process, its record, and what to make of it. */
class Endpoint {
  crashes = 0;
  #read = 0;

  constructor(app) {
    this.app = app;
    this.file = path.join(folder, `app-${app.id}`);
    this.checkers = { '/one': new HookChecker(app, owns(app)),
                      '/batch': new HookChecker(app, owns(app)) };
  }

  async start(port = 0) {
    const script =
      fileURLToPath(new URL('lib/hook_endpoint.mjs', import.meta.url));
    this.program = new Program(process.execPath, [
      script, String(port), this.file, String(roll(1_000_000))]);
    const match =
      await this.program.prints(/listening on (\d+)/, 60_000);
    this.port = Number(match[1]);
  }

  async crash() {
    ++this.crashes;
    await this.program.kill();
    await new Promise((done) => setTimeout(done, roll(300)));
    await this.start(this.port);
  }

  /** Judges what was recorded since the last call. */
  judge() {
    const text = readFileSync(this.file, 'utf8');
    const end = text.lastIndexOf('\n') + 1;
    for (const line of text.slice(this.#read, end).split('\n').slice(0, -1)) {
      const hook = JSON.parse(line);
      this.checkers[hook.path].take(hook);
    }
    this.#read = end;
    return Object.entries(this.checkers);
  }
}

/** One client, and what it is subscribed to. */
class Client {
  subscribed = new Set();

  constructor(world, app, number) {
    Object.assign(this, { world, app, user: `user-${number % 5}` });
  }

  async act() {
    if (!this.raw) {
      const { kills, server } = this.world;
      const fresh = await RawPusher.join(server, { key: this.app.key });
      // What was buffered of a server that is dead by now is no connection.
      if (kills === this.world.kills) this.raw = fresh;
      else fresh.destroy();
      return;
    }
    const fate = roll(20);
    if (fate === 0) return this.end((raw) => raw.leave());
    if (fate === 1) return this.end((raw) => raw.resetNow());
    // Few channels each: some are busy, others are empty most of the time.
    const leaves = this.subscribed.size > roll(3);
    const channel = leaves ? [...this.subscribed][roll(this.subscribed.size)]
      : channelsOf(this.app)[Math.min(roll(12), roll(12))];
    if (!leaves && this.subscribed.has(channel)) return;
    const { raw } = this;
    ++this.world.done;
    if (leaves) {
      raw.send('pusher:unsubscribe', { channel });
      this.subscribed.delete(channel);
      await raw.fence();
      if (this.raw === raw) this.world.left(channel);
    } else {
      const data = channel.startsWith('presence-')
        ? JSON.stringify({ user_id: this.user }) : undefined;
      const auth = /^(presence|private)-/.test(channel)
        ? channelAuth(raw.socketId, channel, data, this.app) : {};
      await raw.subscribe(channel, auth);
      if (this.raw !== raw) return; // the server was killed
      this.subscribed.add(channel);
      this.world.joined(channel);
    }
  }

  async end(how) {
    const { raw, world: { kills } } = this;
    this.raw = undefined;
    const left = [...this.subscribed];
    this.subscribed.clear();
    this.world.done += left.length;
    await how(raw);
    if (this.world.kills === kills)
      for (const channel of left) this.world.left(channel);
  }

  /** The server is gone, and everything with it. */
  lose() {
    this.raw?.destroy();
    this.raw = undefined;
    this.subscribed.clear();
  }
}

class World {
  done = 0;
  kills = 0;
  clients = [];
  must = new Map(); // channel → occupations that must have been announced
  #emptySince = new Map(); // in the life of this server

  constructor(endpoints) {
    this.endpoints = endpoints;
    for (const app of apps)
      for (let i = 0; i < clientsPerApp; ++i)
        this.clients.push(new Client(this, app, i));
  }

  anybody(channel) {
    return this.clients.some((c) => c.subscribed.has(channel));
  }

  joined(channel) {
    const since = this.#emptySince.get(channel);
    this.#emptySince.delete(channel);
    if (since !== undefined && performance.now() - since > sure * patience)
      this.must.set(channel, (this.must.get(channel) ?? 0) + 1);
  }

  left(channel) {
    if (!this.anybody(channel))
      this.#emptySince.set(channel, performance.now());
  }

  async start() {
    const config = apps.map((app, i) => hookedApp(app, ['one', 'batch'].map(
      (name) => hookToml(`http://127.0.0.1:${this.endpoints[i].port}/${name}`,
                         { events, batch: name === 'batch',
                           batch_interval: '100ms' }))));
    this.server = await Server.start({
      // The clients answer no pings, and on a busy machine they are slow.
      sections: { webhooks: { delay: `${delay}ms`, settle: '500ms' },
                  limits: { activity_timeout: '24h' } },
      apps: config.join(''),
    });
  }

  /** Kills and starts the server; one kill after the other. */
  async kill() {
    const before = this.up;
    this.up = (async () => {
      await before;
      ++this.kills;
      await this.server.kill();
      for (const one of this.clients) one.lose();
      this.#emptySince.clear();
      this.server = await Server.startIn(this.server.dir);
    })();
    await this.up;
  }

  /** Lets every client act until `target` things were done in all. */
  async run(target) {
    await Promise.all(this.clients.map(async (one) => {
      while (this.done < target) {
        await this.up;
        const { server } = this;
        try {
          await one.act();
        } catch (error) {
          if (server.ended === undefined && server === this.server
              && !this.server.child.killed)
            throw error;
          await this.up;
          one.lose();
        }
      }
    }));
  }

  truth(app) {
    const present = new Set();
    for (const one of this.clients.filter((c) => c.app === app))
      for (const channel of one.subscribed) {
        present.add(channel);
        if (channel.startsWith('presence-'))
          present.add(`${channel}\n${one.user}`);
      }
    return present;
  }

  /** What was announced becomes, and is, what is there. */
  async check() {
    let wrong;
    const agree = () => {
      wrong = this.endpoints.flatMap((endpoint) => {
        const truth = this.truth(endpoint.app);
        return endpoint.judge().flatMap(([name, checker]) => [
          ...checker.faults,
          ...checker.difference(truth).map(
            (x) => `${endpoint.app.id}${name}: ${x}`),
          ...channelsOf(endpoint.app).filter(
            (c) => checker.occupations(c) < (this.must.get(c) ?? 0)).map(
            (c) => `${c}: an occupation was lost`),
        ]);
      });
      return wrong.length === 0;
    };
    await until(agree, 'webhooks agree with the truth', 40_000).catch(
      (error) => {
        error.message += `\n${wrong.slice(0, 20).join('\n')}`;
        throw error;
      });
  }
}

test(`webhooks tell the truth through ${total} joins and leaves (seed ${seed})`,
     { timeout: 600_000 * patience }, async () => {
  const endpoints = apps.map((app) => new Endpoint(app));
  const world = new World(endpoints);
  let over = false;
  after(async () => {
    over = true;
    for (const one of world.clients) one.lose();
    await world.server?.kill();
    if (world.server)
      rmSync(world.server.dir, { recursive: true, force: true });
    for (const one of endpoints) await one.program?.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  for (const one of endpoints) await one.start();
  await world.start();

  const rounds = 8;
  for (let round = 1; round <= rounds; ++round) {
    const from = world.done;
    const target = Math.ceil((total * round) / rounds);
    const at = (share) => from + (target - from) * share;
    const happens = async (share, what) => {
      await until(() => over || world.done >= at(share), 'its time', 300_000);
      if (!over) await what();
    };
    await Promise.all([
      world.run(target),
      happens(0.2 + roll(20) / 100, () => endpoints[0].crash()),
      happens(0.3 + roll(20) / 100, () => world.kill()),
      happens(0.5 + roll(20) / 100, () => endpoints[1].crash()),
      happens(0.7 + roll(20) / 100, () => world.kill()),
    ]);
    await world.check();
  }
  for (const one of world.clients)
    if (one.raw) await one.end((raw) => raw.leave());
  await world.check();
  await world.server.reaches(0, 'tidewire_webhooks_queue', {}, 20_000);
  await world.check();

  const must = [...world.must.values()].reduce((a, b) => a + b, 0);
  assert.ok(must > total / 1000, `${must} occupations are certain`);
  for (const endpoint of endpoints)
    for (const [name, { counts, repeated }] of endpoint.judge()) {
      console.log(endpoint.app.id, name, counts, `${repeated} repeated`);
      assert.equal(counts.channel_occupied, counts.channel_vacated);
      assert.equal(counts.member_added, counts.member_removed);
      assert.ok(counts.channel_occupied > total / 200);
    }
  assert.equal(world.kills, 2 * rounds);
});
