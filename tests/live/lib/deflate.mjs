// Compressed events: what to send, and how to look at what arrives.
import assert from 'node:assert/strict';
import { publish } from './api.mjs';
import { op } from './frames.mjs';
import { RawPusher } from './raw.mjs';

export const header = 'Sec-WebSocket-Extensions';
export const minSize = 200; // bytes

/** A server of two reactors that compresses. */
export const sections = {
  compression: { enabled: true, min_size: `${minSize}B`, level: 6 },
  server: { reactors: 2 },
};

/** Text that compresses as events do, and no two of the same seed differ. */
export function words(size, seed = 1) {
  let dice = seed;
  let out = '';
  while (out.length < size) {
    dice = (Math.imul(dice, 1664525) + 1013904223) >>> 0;
    out += `${['price', 'order', 'user', 'total'][dice >>> 30]}:${
      dice % 1000} `;
  }
  return out.slice(0, size);
}

export async function send(server, channel, name, data) {
  const answer = await publish(server, { name, channel, data });
  assert.equal(answer.status, 200, answer.text);
}

export const join = (server, offer, options = {}) => RawPusher.join(
  server, { ...options, headers: offer ? { [header]: offer } : {} });

/** The next event of that name with what its frame looked like. */
export async function nextFrame(raw, name) {
  const wanted = (one) => one.opcode === op.text &&
    JSON.parse(one.payload).event === name;
  const one = await raw.frames.next(name, 5000, wanted);
  return { ...one, data: JSON.parse(one.payload).data };
}
