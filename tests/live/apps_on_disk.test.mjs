// Apps that were made at run time, after crashes and with a disk that is no use.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { publish } from './lib/api.mjs';
import { RawPusher } from './lib/raw.mjs';
import { mode, refusal } from './lib/run_time_apps.mjs';
import { client, connected, disconnectAll } from './lib/sdk.mjs';
import { Server } from './lib/server.mjs';
import { patience, until } from './lib/until.mjs';

describe('apps on disk', { timeout: 300_000 * patience }, () => {
  const servers = [];
  after(async () => {
    disconnectAll();
    for (const server of servers) {
      await server.kill();
      rmSync(server.dir, { recursive: true, force: true });
    }
  });
  const track = (server) => {
    servers.push(server);
    return server;
  };

  test('kill -9 between changes loses no answered change', async () => {
    let server = track(await Server.start());
    const { dir } = server;
    const known = new Map(); // id → what was last answered
    const unsure = new Map(); // id → changes that were never answered
    let number = 0;

    // Changes its own apps, one after the other, until the server is gone.
    async function changes(worker, answered) {
      for (let i = 0; ; ++i) {
        const id = String(1000 * (worker + 1) + (i % 5));
        const fields = { client_events_per_second: ++number };
        const [method, target, body] =
          i % 7 === 6 && known.has(id) ? ['DELETE', `/v1/apps/${id}`]
            : known.has(id) ? ['PATCH', `/v1/apps/${id}`, fields]
              : ['POST', '/v1/apps', { id, ...fields }];
        const value = method === 'DELETE' ? undefined : number;
        unsure.set(id, value);
        const answer =
          await server.manage(method, target, body).catch(() => null);
        if (!answer) return;
        assert.ok(answer.status < 300, answer.text);
        unsure.delete(id);
        if (value === undefined) known.delete(id);
        else known.set(id, value);
        answered();
      }
    }

    for (let round = 0; round < 8; ++round) {
      let count = 0;
      const enough = 5 + (round * 13) % 40;
      const all = [0, 1, 2].map((worker) => changes(worker, () => {
        if (++count === enough) server.signal('SIGKILL');
      }));
      await Promise.all(all);
      await server.exited;
      server = track(await Server.startIn(dir));
      const { json } = await server.manage('GET', '/v1/apps');
      const there = new Map(
        json.apps.filter(({ source }) => source === 'api')
          .map((app) => [app.id, app.client_events_per_second]));
      for (const id of new Set([...known.keys(), ...there.keys(),
                                ...unsure.keys()])) {
        const allowed = [known.get(id)];
        if (unsure.has(id)) allowed.push(unsure.get(id));
        assert.ok(allowed.includes(there.get(id)),
                  `app ${id} is ${there.get(id)}, expected one of ${allowed}`);
        if (there.has(id)) known.set(id, there.get(id));
        else known.delete(id);
      }
      unsure.clear();
    }
    assert.ok(number > 100, `${number} changes`);
    await server.stop();
  });

  test('an app of the file hides one of its id, with a warning', async () => {
    const first = track(await Server.start());
    const mine = await first.manage('POST', '/v1/apps', {
      id: '77', keys: [{ key: 'from-api', secret: 's1' }],
    });
    assert.equal(mine.status, 201, mine.text);
    first.configure({ apps: `
[[apps]]
id = "77"
keys = [{ key = "from-file", secret = "s2" }]
` });
    await first.kill();
    const second = track(await Server.startIn(first.dir));
    assert.match(second.stderr, /"event":"app_conflict"[^\n]*App 77/);
    assert.equal(await refusal(second, 'from-api'), 4001);
    await RawPusher.join(second, { key: 'from-file' }).then((x) => x.leave());
    const { json } = await second.manage('GET', '/v1/apps');
    assert.deepEqual(json.apps.map(({ id, source }) => [id, source]),
                     [['77', 'configuration']]);
    assert.match(json.warnings[0], /App 77/);
    await second.stop();
  });

  test('without a place to write, the file is served and the rest said',
       async () => {
    const server = track(await Server.start());
    const { dir } = server;
    await server.kill();
    rmSync(path.join(dir, 'data'), { recursive: true });
    writeFileSync(path.join(dir, 'data'), 'a file in the way');
    const poor = track(await Server.startIn(dir));
    assert.match(poor.stderr, /"event":"data_dir_unusable"/);
    assert.match(poor.stderr, /"event":"admin_token_missing"/);
    await connected(client(poor));
    const event = { name: 'e', channel: 'c', data: '{}' };
    assert.equal((await publish(poor, event)).status, 200);
    const answer = await poor.get('/v1/apps', { method: 'POST' });
    assert.equal(answer.status, 503);
    assert.match((await answer.json()).error, /data_dir/);
    disconnectAll();
    await poor.stop();
  });

  test('stored apps that cannot be read keep a server from starting',
       async () => {
    const server = track(await Server.start());
    const { dir } = server;
    await server.kill();
    for (const name of ['apps.db', 'apps.db-wal', 'apps.db-shm'])
      rmSync(path.join(dir, 'data', name), { force: true });
    writeFileSync(path.join(dir, 'data/apps.db'),
                  'this was a database, once upon a time');
    await assert.rejects(Server.startIn(dir), /apps\.db/);
  });

  test('the token can be one of the operator, and be replaced', async () => {
    const server = track(await Server.start());
    const file = path.join(server.dir, 'my-token');
    writeFileSync(file, 'a-token-of-my-own\n', { mode: 0o600 });
    server.configure({ sections: { admin: { token_file: file } } });
    const reload = await server.manage('POST', '/v1/reload');
    assert.deepEqual(reload.json.changes,
                     [{ key: 'admin.token_file', result: 'applied' }]);
    const header = { Authorization: 'Bearer a-token-of-my-own' };
    assert.equal((await server.manage('GET', '/v1/apps')).status, 401);
    assert.equal((await server.manage('GET', '/v1/apps', undefined, header))
      .status, 200);
    await server.stop();
  });
});
