// Somebody who dials the cluster port and says what the test wants: the
// handshake of net/cluster/handshake.hpp, written a second time.
import { createHmac, randomBytes } from 'node:crypto';
import net from 'node:net';
import { until } from './until.mjs';

const steps = { challenge: 1, greeting: 2, answer: 3, refused: 6 };
const form = 1;

function number(x) {
  const out = [];
  for (let rest = BigInt(x); ; rest >>= 7n) {
    if (rest < 0x80n) return Buffer.from([...out, Number(rest)]);
    out.push(Number(rest & 0x7fn) | 0x80);
  }
}

const text = (x) => Buffer.concat([number(Buffer.byteLength(x)),
                                   Buffer.from(x)]);

function hello(x) {
  return Buffer.concat([
    number(x.oldest), number(x.newest), text(x.types), text(x.cluster),
    text(x.node), number(x.incarnation), number(1), number(1),
    text('127.0.0.1:1'), text(x.nonce),
  ]);
}

function sign(secret, label, parts) {
  const key = createHmac('sha256', 'tidewire cluster secret 1').update(secret)
    .digest();
  const out = createHmac('sha256', key);
  for (const part of [Buffer.from(label), ...parts]) {
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(part.length));
    out.update(size).update(part);
  }
  return out.digest();
}

function frame(step, bytes, inForm) {
  const head = Buffer.from([...Buffer.from('TIDE'), inForm, step,
                            bytes.length >> 8, bytes.length & 0xff]);
  return Buffer.concat([head, bytes]);
}

/** Reads a varint at `at`: `[value, next]`. */
function readNumber(bytes, at) {
  let value = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes[at++];
    value += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) return [value, at];
  }
}

/**
 * Dials and greets as a node that is what `says` says. Returns how that ended:
 * `{code, sentence}` of a refusal, or `{answered: true}`.
 */
export async function knock(port, says = {}) {
  const who = {
    oldest: 1, newest: 1, types: 'none', cluster: 'test', node: 'stranger',
    incarnation: 0x1234567890abcdefn, nonce: randomBytes(32), form,
    secret: 'shared-secret', ...says,
  };
  const socket = net.connect({ port, host: '127.0.0.1' });
  let got = Buffer.alloc(0);
  let closed = false;
  socket.on('data', (bytes) => { got = Buffer.concat([got, bytes]); });
  socket.on('error', () => {}).on('close', () => { closed = true; });
  const next = async () => {
    await until(() => closed || (got.length >= 8 &&
      got.length >= 8 + got.readUInt16BE(6)), 'a frame comes');
    const size = 8 + got.readUInt16BE(6);
    const whole = got.subarray(0, size);
    got = got.subarray(size);
    return { step: whole[5], bytes: whole.subarray(8) };
  };
  try {
    const challenge = await next();
    const mine = hello(who);
    const proof = sign(who.secret, 'tidewire 1 greeting of the dialler',
                       [challenge.bytes, mine]);
    socket.write(frame(steps.greeting, Buffer.concat([mine, proof]),
                       who.form));
    const said = await next();
    if (said.step !== steps.refused)
      return { answered: said.step === steps.answer };
    const [code, at] = readNumber(said.bytes, 0);
    const [size, from] = readNumber(said.bytes, at);
    return { code, sentence: said.bytes.toString('latin1', from, from + size) };
  } finally {
    socket.destroy();
  }
}

/** What nodes of this build carry; they say so to whoever carries less. */
export async function carriedTypes(port) {
  const { sentence } = await knock(port);
  return /node "[^"]+" carries "([^"]+)"; build/.exec(sentence)[1];
}
