// Tiers, accounts and grace at the doors (docs/tiers.md): what newcomers,
// publishers and the operator are told, and when.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { rmSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { publish } from './lib/api.mjs';
import { Receiver } from './lib/hooks.mjs';
import { appOf, appsWith, knock } from './lib/limits.mjs';
import { Server } from './lib/server.mjs';
import { patience, until } from './lib/until.mjs';
import { rawSignin, userAuth } from './lib/users.mjs';

const secret = 'operator-secret';
const tier = (name, lines) => `[[tiers]]\nname = "${name}"\n${lines}\n`;
const tiers = tier('soft', 'connections = 2\ngrace = "3s"') +
  tier('hard', 'connections = 2\ngrace = "1s"\nover = "refuse_4004"') +
  tier('watch', 'connections = 1\ngrace = "0s"\nover = "observe"') +
  tier('loud', 'broadcasts = 3\ngrace = "2s"') +
  tier('wide', 'connections = 100') +
  tier('long', 'connections = 2\ngrace = "8s"');
const accounts = `[[accounts]]
name = "acme"
tier = "soft"
max_apps = 3
[[accounts]]
name = "small"
max_apps = 1
`;
const apps = {
  1: 'tier = "soft"', 2: 'tier = "hard"', 3: 'tier = "watch"',
  4: 'tier = "loud"', 5: 'account = "acme"', 6: 'account = "acme"',
  7: 'tier = "hard"\nauthorized_only = true', 8: 'tier = "long"',
  9: 'tier = "hard"\ninternal = true',
};
const file = (changed = {}) =>
  tiers + accounts + appsWith({ ...apps, ...changed });

const levels = { ok: 0, near: 1, grace: 2, over: 3 };

describe('tiers', { timeout: 300_000 * patience }, () => {
  let server, operator;
  const open = new Set();
  const sections = () => ({
    server: { reactors: 2 },
    meter: { webhook_url: `${operator.origin}/caps`, webhook_secret: secret },
  });

  before(async () => {
    operator = await Receiver.start();
    server = await Server.start({ sections: sections(), apps: file() });
  });
  after(async () => {
    for (const raw of open) raw.destroy();
    await server?.kill();
    if (server) rmSync(server.dir, { recursive: true, force: true });
    await operator?.stop();
  });

  const enter = async (id) => {
    const one = await knock(server, `key-${id}`);
    if (one.raw) open.add(one.raw);
    return one;
  };
  const fill = async (id, count) => {
    for (let i = 0; i < count; ++i) assert.ok((await enter(id)).raw);
  };
  const stands = (id, level) => server.reaches(
    levels[level], 'tidewire_cap_state', { app_id: String(id) }, 15_000);
  const step = (id, to, cap = 'connections') => until(
    () => operator.events.find((e) => e.cap === cap && e.to === to &&
      (e.app_id ?? e.account) === String(id)),
    `${id} goes to ${to}`, 20_000);
  const event = (data = '') => ({ name: 'e', channel: 'c', data });

  test('a spike is let in, and after the grace newcomers get 4100', async () => {
    await stands(1, 'ok');
    await fill(1, 3);
    await stands(1, 'grace');
    await fill(1, 3); // inside the grace nobody is refused
    const said = await step(1, 'over');
    assert.deepEqual(
      [said.from, said.cause, said.value, said.limit, said.tier],
      ['grace', 'deadline', 6, 2, 'soft']);
    assert.ok(Date.parse(said.at) >= Date.parse(said.deadline));
    await stands(1, 'over');
    const late = await enter(1);
    assert.equal(late.code, 4100);
    await server.reaches(1, 'tidewire_connections_refused_total',
                         { app_id: '1', reason: 'tier_cap' });
    // Whoever is open stays, and is served.
    assert.equal(await server.connections('1'), 6);
    const [raw] = open;
    await raw.fence();
    // 95 % of 2 or less is below the cap again.
    for (const one of [...open].slice(1)) one.destroy();
    await server.reaches(1, 'tidewire_connections', { app_id: '1' });
    await until(async () => (await enter(1)).raw, 'newcomers are let in again');
  });

  test('each step was told, signed, in its order', async () => {
    const mine = operator.hooks.filter(({ events: [e] }) => e.app_id === '1');
    const steps = mine.map(({ events: [e] }) => e.to);
    assert.deepEqual(steps.filter((to) => to !== 'near').slice(0, 2),
                     ['grace', 'over']);
    for (const hook of mine) {
      const right = createHmac('sha256', secret).update(hook.rawBody)
        .digest('hex');
      assert.equal(hook.headers['x-tidewire-signature'], right);
      assert.equal(hook.headers['x-pusher-signature'], undefined);
      assert.ok(hook.id.startsWith(
        '@operator/app/1/connections/cap_changed/'), hook.id);
    }
  });

  test('a tier may answer 4004, or only watch', async () => {
    await fill(9, 5); // internal, and over the cap for longer than the next
    await fill(2, 3);
    await fill(3, 2);
    await stands(2, 'over');
    await stands(3, 'over');
    assert.equal((await enter(2)).code, 4004);
    assert.ok((await enter(3)).raw);
    assert.ok((await enter(9)).raw);
    const states = await server.metrics();
    assert.equal(states.filter(({ name, labels }) =>
      name === 'tidewire_cap_state' && labels.app_id === '9').length, 0);
  });

  test('who waits to be authorized is refused when the cap bites', async () => {
    const waiting = (await enter(7)).raw;
    for (let i = 0; i < 3; ++i)
      await rawSignin((await enter(7)).raw, { id: `u${i}` }, appOf(7));
    await stands(7, 'over');
    waiting.send('pusher:signin',
                 userAuth(waiting.socketId, '{"id":"late"}', appOf(7)));
    assert.equal((await waiting.nextFrame()).code, 4004);
    await server.reaches(1, 'tidewire_connections_refused_total',
                         { app_id: '7', reason: 'tier_cap' });
    assert.equal(await server.connections('7'), 3);
  });

  test('broadcasts over the month: a grace, then 403', async () => {
    const app = appOf(4);
    for (let i = 0; i < 4; ++i)
      assert.equal((await publish(server, event(), { app })).status, 200);
    await step(4, 'grace', 'broadcasts');
    assert.equal((await publish(server, event(), { app })).status, 200);
    await step(4, 'over', 'broadcasts');
    const no = await publish(server, event(), { app });
    assert.equal(no.status, 403);
    assert.match(no.text, /tier "loud".*grace is over/s);
    await server.reaches(1, 'tidewire_limited_total',
                         { app_id: '4', reason: 'tier_broadcasts' });
    assert.ok((await enter(4)).raw); // connections are another cap
  });

  test('an account is the sum of its apps', async () => {
    await fill(5, 1);
    await fill(6, 2);
    assert.equal((await step('acme', 'over')).value, 3);
    await stands(5, 'over');
    assert.equal((await enter(5)).code, 4100);
    assert.equal((await enter(6)).code, 4100);
  });

  test('a larger tier opens the door at once', async () => {
    assert.equal((await enter(2)).code, 4004);
    server.configure({ apps: file({ 2: 'tier = "wide"' }) });
    const { json } = await server.manage('POST', '/v1/reload');
    assert.deepEqual(json.changes,
                     [{ key: 'apps.2.tier', result: 'applied' }]);
    await until(async () => (await enter(2)).raw, 'newcomers are let in');
  });

  test('an account has at most its number of apps', async () => {
    const make = (fields) => server.manage('POST', '/v1/apps', fields);
    const first = await make({ account: 'small', tier: 'wide' });
    assert.equal(first.status, 201, first.text);
    assert.equal(first.json.tier, 'wide');
    const second = await make({ account: 'small' });
    assert.equal(second.status, 409);
    assert.match(second.json.error, /small has as many apps.*max_apps = 1/);
    const unknown = await make({ tier: 'wid' });
    assert.equal(unknown.status, 400);
    assert.match(unknown.json.error, /no tier of the configuration/);
    assert.equal((await make({ account: 'nobody' })).status, 400);
    const { id } = first.json;
    assert.equal((await server.manage('DELETE', `/v1/apps/${id}`)).status, 204);
    assert.equal((await make({ account: 'small' })).status, 201);
  });

  test('kill -9 in the middle of a grace keeps its deadline', async () => {
    await fill(8, 3);
    const begun = await step(8, 'grace');
    await server.kill();
    open.clear();
    server = await Server.startIn(server.dir, { sections: server.sections });
    await fill(8, 3);
    const over = await step(8, 'over');
    assert.equal(over.deadline, begun.deadline);
    const late = Date.parse(over.at) - Date.parse(begun.deadline);
    assert.ok(late >= 0 && late < 6000 * patience, `${late} ms late`);
    assert.equal((await enter(8)).code, 4100);
  });
});
