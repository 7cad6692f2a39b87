// Webhooks of apps that are made, changed, disabled and deleted while the
// server runs.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { mainApp } from './lib/apps.mjs';
import { Receiver, hookToml, hookedApp } from './lib/hooks.mjs';
import { RawPusher } from './lib/raw.mjs';
import { publisher } from './lib/sdk.mjs';
import { Server } from './lib/server.mjs';
import { patience, until } from './lib/until.mjs';

const occupancy = ['channel_occupied', 'channel_vacated'];

describe('webhooks at run time', { timeout: 300_000 * patience }, () => {
  let server, one, two;

  before(async () => {
    one = await Receiver.start();
    two = await Receiver.start();
    server = await Server.start({ sections: { webhooks: { delay: '100ms' } } });
  });

  after(async () => {
    await server?.stop();
    await one?.stop();
    await two?.stop();
  });

  /** An app with these webhooks, as the libraries want it. */
  async function make(webhooks) {
    const made = await server.manage('POST', '/v1/apps', { webhooks });
    assert.equal(made.status, 201, made.text);
    return { id: made.json.id, ...made.json.keys[0] };
  }

  async function change(app, fields, status = 200) {
    const { id } = app;
    const answer = await server.manage('PATCH', `/v1/apps/${id}`, fields);
    assert.equal(answer.status, status, answer.text);
    return answer.json;
  }

  async function join(app, channel) {
    const raw = await RawPusher.join(server, { key: app.key });
    await raw.subscribe(channel);
    return raw;
  }

  const namesAt = (receiver, channel) => receiver.events
    .filter((e) => e.channel === channel).map((e) => e.name);
  const hookAt = (receiver, channel) =>
    receiver.next(`a hook of ${channel}`, (e) => e.channel === channel);

  test('an app that was just made has its webhooks', async () => {
    const app = await make([{ url: `${one.origin}/made`, events: occupancy,
                              channels: ['made-*'] }]);
    await join(app, 'elsewhere');
    const raw = await join(app, 'made-1');
    const hook = await hookAt(one, 'made-1');
    assert.ok(publisher(server, app).webhook(hook).isValid());
    await raw.leave();
    await one.event('channel_vacated', 'made-1');
    assert.deepEqual(namesAt(one, 'elsewhere'), []);
  });

  test('a first webhook hears who is there already', async () => {
    const app = await make([]);
    const raw = await join(app, 'there');
    await change(app, { webhooks: [{ url: `${one.origin}/first`,
                                     events: occupancy }] });
    await one.event('channel_occupied', 'there');
    await raw.leave();
    await one.event('channel_vacated', 'there');
    assert.deepEqual(namesAt(one, 'there'), occupancy);
  });

  test('another URL or filter takes effect at once', async () => {
    const app = await make([{ url: `${one.origin}/old`, events: occupancy }]);
    const stays = await join(app, 'stays');
    await one.event('channel_occupied', 'stays');
    await change(app, { webhooks: [{ url: `${two.origin}/new`,
                                     events: occupancy,
                                     channels: ['stays', 'new-*'] }] });
    const raw = await join(app, 'new-1');
    const other = await join(app, 'old-1');
    await two.event('channel_occupied', 'new-1');
    await stays.leave();
    await two.event('channel_vacated', 'stays');
    assert.deepEqual(namesAt(one, 'stays'), ['channel_occupied']);
    assert.deepEqual([...namesAt(one, 'new-1'), ...namesAt(one, 'old-1'),
                      ...namesAt(two, 'old-1')], []);
    await raw.leave();
    await other.leave();
  });

  test('who left while nobody wanted to know is not remembered', async () => {
    const webhooks = [{ url: `${one.origin}/pause`, events: occupancy }];
    const app = await make(webhooks);
    const raw = await join(app, 'pause');
    await one.event('channel_occupied', 'pause');
    await change(app, { webhooks: [] });
    await raw.leave();
    await change(app, { webhooks });
    const again = await join(app, 'pause');
    await one.event('channel_occupied', 'pause');
    await again.leave();
    await one.event('channel_vacated', 'pause');
    assert.deepEqual(namesAt(one, 'pause'), ['channel_occupied', ...occupancy]);
  });

  test('the oldest key signs, and after it was removed the next', async () => {
    const app = await make([{ url: `${one.origin}/keys`, events: occupancy }]);
    const target = `/v1/apps/${app.id}/keys`;
    const added = await server.manage('POST', target);
    assert.equal(added.status, 201, added.text);
    const fresh = { ...app, ...added.json };
    await join(app, 'keys-1');
    assert.equal((await hookAt(one, 'keys-1')).headers['x-pusher-key'],
                 app.key);
    await server.manage('DELETE', `${target}/${app.key}`);
    await join(fresh, 'keys-2');
    const hook = await hookAt(one, 'keys-2');
    assert.equal(hook.headers['x-pusher-key'], fresh.key);
    assert.ok(publisher(server, fresh).webhook(hook).isValid());
  });

  test('of an app that is disabled the last departures are told', async () => {
    const app = await make([{ url: `${one.origin}/off`, events: occupancy }]);
    await join(app, 'off');
    await one.event('channel_occupied', 'off');
    await change(app, { enabled: false });
    await one.event('channel_vacated', 'off');
  });

  test('of an app that is deleted nothing is told, and what waited is a dead ' +
       'letter', async () => {
    const app = await make([{ url: `${two.origin}/gone`, events: occupancy }]);
    two.answer = () => 503;
    const raw = await join(app, 'gone');
    await until(() => two.hooks.some((h) => h.path === '/gone'), 'it is tried');
    const deleted = await server.manage('DELETE', `/v1/apps/${app.id}`);
    assert.equal(deleted.status, 204, deleted.text);
    two.answer = () => 200;
    assert.equal((await raw.nextClose()).code, 4003);
    const dead = `/v1/apps/${app.id}/webhooks/dead`;
    let answer;
    await until(async () => {
      answer = await server.manage('GET', dead);
      return answer.json.total === 1;
    }, 'it is a dead letter', 10_000);
    assert.equal(answer.json.dead[0].reason,
                 'the app has no such webhook any more');
    assert.match(answer.json.dead[0].body, /"channel_occupied"/);
    assert.deepEqual(namesAt(two, 'gone'), []);
  });

  test('a reload of the file changes webhooks, and says so', async () => {
    server.configure({ apps: hookedApp(mainApp, [
      hookToml(`${two.origin}/file`, { events: occupancy })]) });
    const answer = await server.manage('POST', '/v1/reload');
    assert.equal(answer.status, 200, answer.text);
    assert.ok(answer.json.changes.some((each) =>
      each.key === 'apps.1.webhooks' && each.result === 'applied'),
      answer.text);
    await join(mainApp, 'file');
    await two.event('channel_occupied', 'file');
  });

  const wrong = {
    'no URL': [{ url: 'example.com', events: occupancy }, /webhooks\[0\]\.url/],
    'an event that there is not': [
      { url: 'http://a.example', events: ['channel_ocupied'] },
      /channel_occupied/],
    'no event': [{ url: 'http://a.example', events: [] }, /at least one event/],
    'a pattern of no channel': [
      { url: 'http://a.example', channels: ['a b'] }, /webhooks\[0\]\.channel/],
    'a batch that never ends': [
      { url: 'http://a.example', batch: true, batch_interval: '61s' },
      /batch_interval/],
  };
  for (const [name, [webhook, sentence]] of Object.entries(wrong))
    test(`a webhook with ${name} is refused`, async () => {
      const answer =
        await server.manage('POST', '/v1/apps', { webhooks: [webhook] });
      assert.ok(answer.status === 400 || answer.status === 422, answer.text);
      assert.match(answer.json.error, sentence);
    });

  test('what is not asked rightly about dead letters is refused', async () => {
    const dead = '/v1/apps/1/webhooks/dead';
    for (const [method, target, status] of [
      ['POST', dead, 405], ['GET', '/v1/apps/1/webhooks/replay', 405],
      ['GET', `${dead}?limit=0`, 400], ['GET', `${dead}?limit=1001`, 400],
    ]) {
      const answer = await server.manage(method, target);
      assert.equal(answer.status, status, `${method} ${target}`);
      assert.ok(answer.json.error.length > 10);
    }
    assert.equal((await server.get(dead)).status, 401, 'without the token');
  });
});
