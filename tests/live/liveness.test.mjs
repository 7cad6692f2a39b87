// Inbound silence decides who is alive, protocol.md §2.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { publish } from './lib/api.mjs';
import { ping, pong, text } from './lib/frames.mjs';
import { RawPusher, op } from './lib/raw.mjs';
import { client, connected, disconnectAll } from './lib/sdk.mjs';
import { withServer } from './lib/suite.mjs';
import { patience, until } from './lib/until.mjs';

const activity = 2000 * patience;
const wait = 1000 * patience;
const limits = { activity_timeout: `${activity}ms`, pong_timeout: `${wait}ms` };
// The wheel is coarse and the machine busy; a second is what we allow.
const slack = 1000 * patience;

const now = () => performance.now();

/** Whether a frame of the server asks for a sign of life. */
function asks(one) {
  return one.opcode === op.ping ||
    (one.opcode === op.text && JSON.parse(one.payload).event === 'pusher:ping');
}

withServer('liveness', { sections: { limits } }, (run) => {
  afterEach(disconnectAll);

  // The first question comes early, at a moment of its own for each connection,
  // so that a crowd that came together is not asked together ever after.
  const joinAndAnswer = async () => {
    const raw = await RawPusher.join(run.server);
    await raw.frames.next('a ping', activity + slack, asks);
    raw.write(pong());
    return raw;
  };

  const timeouts = () =>
    run.server.metric('tidewire_connections_closed_total',
                      { reason: 'timeout' });

  test('the handshake announces the activity timeout in seconds', async () => {
    const raw = await RawPusher.join(run.server);
    assert.equal(raw.activityTimeout, activity / 1000);
    raw.destroy();
  });

  test('pusher:ping is answered with pusher:pong', async () => {
    const raw = await RawPusher.join(run.server);
    for (const sent of ['{"event":"pusher:ping","data":{}}',
                        '{"event":"pusher:ping","data":"{}"}',
                        '{"event":"pusher:ping"}']) {
      raw.sendText(sent);
      const answer = await raw.nextEvent('pusher:pong');
      assert.deepEqual(Object.keys(answer).sort(), ['data', 'event']);
      assert.ok(['{}', '""'].includes(JSON.stringify(answer.data)) ||
                answer.data === '{}', JSON.stringify(answer));
    }
    raw.destroy();
  });

  test('a WebSocket ping is answered with its own payload', async () => {
    const raw = await RawPusher.join(run.server);
    for (const payload of ['', 'x', 'ä\u{1F30A}', 'y'.repeat(125)]) {
      raw.write(ping(payload));
      const answer = await raw.frames.next('a pong', 2000,
                                           (f) => f.opcode === op.pong);
      assert.equal(answer.payload.toString(), payload);
    }
    raw.destroy();
  });

  test('the server asks after silence and closes with 4201', async () => {
    const before = await timeouts();
    const raw = await joinAndAnswer();
    const silentSince = now();
    await raw.frames.next('a ping', activity + slack, asks);
    const asked = now() - silentSince;
    assert.ok(asked >= activity - 50, `asked after ${asked} ms`);
    const end = await raw.nextClose(wait + slack);
    const closed = now() - silentSince;
    assert.equal(end.code, 4201);
    assert.ok(closed >= activity + wait - 100, `closed after ${closed} ms`);
    assert.ok(closed <= activity + wait + slack, `closed after ${closed} ms`);
    assert.equal(raw.frames.length, 0);
    await raw.gone();
    raw.destroy();
    assert.equal(await timeouts(), before + 1);
    assert.equal(await run.server.connections(), 0);
  });

  const answers = {
    'a pong frame': (raw) => raw.write(pong()),
    'pusher:pong': (raw) => raw.send('pusher:pong', {}),
    'a ping of its own': (raw) => raw.write(ping('me too')),
    'any message': (raw) => raw.send('pusher:unsubscribe', { channel: 'x' }),
  };
  for (const [name, answer] of Object.entries(answers))
    test(`a client that answers with ${name} stays`, async () => {
      const raw = await RawPusher.join(run.server);
      const joined = now();
      while (now() - joined < 2 * (activity + wait)) {
        await raw.frames.next('a ping', activity + slack, asks);
        answer(raw);
      }
      await raw.fence();
      raw.destroy();
    });

  test('a client that talks is not asked', async () => {
    const raw = await joinAndAnswer();
    const joined = now();
    let asked = 0;
    await until(() => {
      raw.write(pong());
      return now() - joined > 2 * activity;
    }, 'two activity timeouts pass', 3 * activity);
    while (raw.frames.length > 0)
      if (asks(await raw.nextFrame())) ++asked;
    assert.equal(asked, 0);
    raw.destroy();
  });

  test('a client that only receives is closed all the same', async () => {
    const raw = await joinAndAnswer();
    await raw.subscribe('busy');
    const silentSince = now();
    let published = 0;
    await until(async () => {
      if (raw.closed) return true;
      await publish(run.server, { name: 'e', channel: 'busy', data: '{}' });
      ++published;
      return false;
    }, 'the client is closed', activity + wait + 2 * slack);
    const closed = now() - silentSince;
    assert.ok(closed <= activity + wait + slack, `closed after ${closed} ms`);
    assert.equal((await raw.nextClose()).code, 4201);
    assert.ok(published > 10, `${published} events while it was silent`);
  });

  test('half a frame now and then is a sign of life', async () => {
    const raw = await RawPusher.join(run.server);
    const message = '{"event":"pusher:ping","data":{}}';
    const bytes = [...text(message)];
    const joined = now();
    // The whole of it takes longer than the server waits for anything.
    for (const [i, byte] of bytes.entries()) {
      const due = joined + (i * (activity + wait) * 1.3) / bytes.length;
      await until(() => now() >= due, 'the time of the next byte');
      raw.write(Buffer.from([byte]));
    }
    await raw.nextEvent('pusher:pong');
    raw.destroy();
  });

  test('pusher-js stays through many timeouts', async () => {
    const pusher = await connected(client(run.server));
    const id = pusher.connection.socket_id;
    const joined = now();
    await until(() => now() - joined > 3 * (activity + wait),
                'three timeouts pass', 4 * (activity + wait));
    assert.equal(pusher.connection.state, 'connected');
    assert.equal(pusher.connection.socket_id, id);
  });

  test('a stopped client leaves the gauge in time', async () => {
    // What SIGSTOP of a client looks like from here: the kernel still takes
    // what the server writes, and nobody answers.
    await run.server.reaches(0, 'tidewire_connections');
    const raw = await joinAndAnswer();
    raw.socket.pause();
    await run.server.reaches(1, 'tidewire_connections');
    await run.server.reaches(0, 'tidewire_connections', {},
                             activity + wait + slack);
    raw.destroy();
  });
});
