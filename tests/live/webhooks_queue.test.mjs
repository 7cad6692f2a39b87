// What becomes of webhooks that cannot be delivered at once: dead letters,
// crashes and stops of the server, a full disk.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { mainApp } from './lib/apps.mjs';
import { Receiver, hookToml, hookedApp } from './lib/hooks.mjs';
import { RawPusher } from './lib/raw.mjs';
import { Server } from './lib/server.mjs';
import { patience, until } from './lib/until.mjs';

const occupancy = { events: ['channel_occupied', 'channel_vacated'] };

describe('undelivered webhooks', { timeout: 300_000 * patience }, () => {
  const ends = [];
  after(async () => {
    for (const end of ends.reverse()) await end();
  });

  async function started(webhooks, options = {}) {
    const receiver = await Receiver.start();
    ends.push(() => receiver.stop());
    const server = await Server.start({
      sections: { webhooks: { delay: '100ms', settle: '1s', ...webhooks },
                  drain: { duration: '300ms' } },
      apps: hookedApp(mainApp, [hookToml(`${receiver.origin}/h`, occupancy)]),
      ...options,
    });
    ends.push(() => server.kill());
    ends.push(() => rmSync(server.dir, { recursive: true, force: true }));
    return { server, receiver };
  }

  async function again(server) {
    const next = await Server.startIn(server.dir);
    ends.push(() => next.kill());
    return next;
  }

  async function join(server, channel) {
    const raw = await RawPusher.join(server);
    await raw.subscribe(channel);
    return raw;
  }

  /** The admin API: `{status, json}`. */
  async function ask(server, method, pathname) {
    const token = path.join(server.dir, 'data/admin-token');
    const headers = existsSync(token)
      ? { Authorization: `Bearer ${readFileSync(token, 'utf8').trim()}` } : {};
    const answer = await server.get(pathname, { method, headers });
    return { status: answer.status, json: await answer.json() };
  }

  const namesOf = (receiver, channel) => receiver.events
    .filter((e) => e.channel === channel).map((e) => e.name);

  test('after its time a webhook is a dead letter, and can be replayed',
       async () => {
    const { server, receiver } = await started({ retry_for: '1s' });
    receiver.answer = () => 503;
    const raw = await join(server, 'dead');
    await server.reaches(1, 'tidewire_webhooks_dead_total');
    const dead = '/v1/apps/1/webhooks/dead';
    const { json } = await ask(server, 'GET', dead);
    assert.equal(json.total, 1);
    const [letter] = json.dead;
    assert.equal(letter.reason, 'it answered 503');
    assert.equal(letter.attempts, 2);
    assert.equal(letter.url, `${receiver.origin}/h`);
    assert.equal(letter.body, receiver.hooks[0].rawBody);
    assert.equal(letter.id, receiver.hooks[0].id);
    assert.match(server.stderr, /"webhook_dead"/);

    receiver.answer = () => 200;
    const replay = '/v1/apps/1/webhooks/replay';
    assert.equal((await ask(server, 'POST', `${replay}?id=x`)).status, 404);
    const answer = await ask(server, 'POST', replay);
    assert.deepEqual(answer, { status: 200, json: { replayed: 1, left: 0 } });
    const hook = await receiver.next('the replay');
    assert.equal(hook.id, letter.id);
    assert.equal(hook.rawBody, letter.body);
    await until(async () => (await ask(server, 'GET', dead)).json.total === 0,
                'no dead letter is left');
    assert.equal((await ask(server, 'GET', `${dead}?limit=1`)).status, 200);
    await raw.leave();
    await server.stop();
  });

  test('a queue survives kill -9, and the truth is announced after it',
       async () => {
    const { server, receiver } = await started({});
    const stays = await join(server, 'stays');
    await join(server, 'goes');
    await receiver.event('channel_occupied', 'stays');
    await receiver.event('channel_occupied', 'goes').catch(() => {});
    receiver.answer = () => 'reset';
    await join(server, 'queued');
    await until(() => receiver.hooks.some((h) =>
      h.events[0].channel === 'queued'), 'it is tried');
    const { id } = receiver.hooks.find((h) =>
      h.events[0].channel === 'queued');
    await server.kill();
    receiver.answer = () => 200;

    const next = await again(server);
    const back = await join(next, 'stays');
    const hook = await receiver.next('the queued one',
                                     (e) => e.channel === 'queued');
    assert.equal(hook.id, id);
    await receiver.event('channel_vacated', undefined, 10_000);
    await until(() => namesOf(receiver, 'goes').length === 2 &&
      namesOf(receiver, 'queued').length === 2, 'the lost are vacated');
    const both = ['channel_occupied', 'channel_vacated'];
    assert.deepEqual(namesOf(receiver, 'goes'), both);
    assert.deepEqual(namesOf(receiver, 'queued'), both);
    assert.deepEqual(namesOf(receiver, 'stays'), ['channel_occupied'],
                     'it came back in time');
    await back.leave();
    await receiver.event('channel_vacated', 'stays');
    stays.destroy();
    await next.stop();
  });

  test('clients that are sent away by a stop have not left for good',
       async () => {
    const { server, receiver } = await started({});
    await join(server, 'returns');
    await join(server, 'ends');
    await until(() => receiver.events.length === 2, 'both are occupied');
    server.signal('SIGTERM');
    await server.exited;
    assert.equal(receiver.events.length, 2, 'nothing was vacated');
    const next = await again(server);
    await join(next, 'returns');
    await receiver.event('channel_vacated', 'ends');
    assert.deepEqual(namesOf(receiver, 'returns'), ['channel_occupied']);
    await next.stop();
  });

  test('with a full disk webhooks are sent, and it is said once', async () => {
    const { server, receiver } =
      await started({}, { shell: 'trap "" XFSZ; ulimit -S -f 96' });
    const joined = [];
    const failed = () =>
      (server.stderr.match(/"webhooks_journal_failed"/g) ?? []).length;
    for (let i = 0; failed() === 0 && i < 2000; ++i) {
      const raw = await join(server, `full-${i}`);
      await receiver.event('channel_occupied', `full-${i}`);
      await raw.leave();
    }
    assert.equal(failed(), 1, 'the disk is full');
    for (let i = 0; i < 20; ++i) {
      joined.push(await join(server, `sent-${i}`));
      await receiver.event('channel_occupied', `sent-${i}`);
    }
    assert.equal(failed(), 1);
    execFileSync('prlimit', ['--pid', String(server.pid), '--fsize=unlimited']);
    await until(() => server.stderr.includes('"webhooks_journal_back"'),
                'it recovers by itself', 10_000);
    await server.kill();
    const next = await again(server);
    for (let i = 0; i < 20; ++i)
      await until(() => namesOf(receiver, `sent-${i}`).at(-1) ===
        'channel_vacated', `sent-${i} is vacated after the crash`);
    await next.stop();
  });
});
