// End-to-end encrypted channels: publisher and client share a key that the
// server never has. tweetnacl opens what a raw client saw.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { afterEach, test } from 'node:test';
import PusherJs from 'pusher-js';
import Pusher7 from 'pusher-js-7';
import nacl from 'tweetnacl';
import { channelAuth } from './lib/api.mjs';
import { RawPusher } from './lib/raw.mjs';
import {
  Heard, client, connected, disconnectAll, publisher, subscribed,
} from './lib/sdk.mjs';
import { withServer } from './lib/suite.mjs';

const masterKey = randomBytes(32);
const name = 'private-encrypted-orders';
const secret = { card: '4111', note: 'ä “q” \u{1F30A}' };

function sharedSecret(channel) {
  return createHash('sha256').update(channel).update(masterKey).digest();
}

/** Opens a sealed event; null when key or text is another. */
function open(data, key) {
  const { nonce, ciphertext } = JSON.parse(data);
  return nacl.secretbox.open(Buffer.from(ciphertext, 'base64'),
                             Buffer.from(nonce, 'base64'), key);
}

withServer('encrypted channels', {}, (run) => {
  afterEach(disconnectAll);
  const sealing = () => publisher(run.server, undefined, {
    encryptionMasterKeyBase64: masterKey.toString('base64'),
  });
  const reader = (options) => {
    const sdk = sealing();
    return client(run.server, {
      auth: (id, channel) => sdk.authorizeChannel(id, channel), ...options,
    });
  };

  for (const [label, Library] of [['8', PusherJs], ['7', Pusher7]])
    test(`pusher-js ${label} opens what the server SDK sealed`, async () => {
      const heard =
        await subscribed(await connected(reader({ Library })), name);
      await sealing().trigger(name, 'paid', secret);
      assert.deepEqual(await heard.next('paid'), secret);
    });

  test('the server sees only ciphertext, which tweetnacl opens', async () => {
    const raw = await RawPusher.join(run.server);
    await raw.subscribe(name, channelAuth(raw.socketId, name));
    await sealing().trigger(name, 'paid', secret);
    const event = await raw.nextEvent('paid');
    assert.equal(event.channel, name);
    assert.deepEqual(Object.keys(JSON.parse(event.data)).sort(),
                     ['ciphertext', 'nonce']);
    assert.ok(!JSON.stringify(event).includes(secret.card));
    const opened = open(event.data, sharedSecret(name));
    assert.deepEqual(JSON.parse(Buffer.from(opened).toString()), secret);
    assert.equal(open(event.data, sharedSecret(`${name}-2`)), null);
    raw.destroy();
  });

  test('a subscriber without the key is not shown the event', async () => {
    const pusher = await connected(reader({
      auth: (id, channel) => {
        const answer = sealing().authorizeChannel(id, channel);
        return { ...answer,
                 shared_secret: randomBytes(32).toString('base64') };
      },
    }));
    const heard = await subscribed(pusher, name);
    const right = await subscribed(await connected(reader()), name);
    await sealing().trigger(name, 'paid', secret);
    await right.next('paid');
    // The next event on another channel: by then the sealed one has come.
    const plain = await subscribed(pusher, 'plain');
    await publisher(run.server).trigger('plain', 'e', 1);
    await plain.next('e');
    assert.equal(heard.count('paid'), 0);
  });

  test('an encrypted channel is private: no signature, no entry', async () => {
    const pusher = await connected(reader({
      auth: () => ({ auth: `app-key:${'0'.repeat(64)}`,
                     shared_secret: sharedSecret(name).toString('base64') }),
    }));
    const heard = new Heard(pusher.subscribe(name));
    const error = await heard.next('pusher:subscription_error');
    assert.equal(error.status, 401);
  });
});
