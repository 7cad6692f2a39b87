// What an endpoint has to do with frames, section by section of RFC 6455.
// `endpoint` says how messages look there: `wrap(bytes)` makes the payload of a
// message around some bytes, `reply(payload, opcode)` what comes back for it.
import { close, frame, op, ping, pong, text } from './frames.mjs';

const hex = (digits) => Buffer.from(digits.replaceAll(' ', ''), 'hex');
const x = (count) => Buffer.alloc(count, 'x');
const closes = (...codes) => ({ close: codes });
const pongs = (payload) => ({ pong: Buffer.from(payload) });

/** The bytes of a message cut into frames at `cuts`. */
function fragments(opcode, payload, cuts) {
  const ends = [...cuts, payload.length];
  return ends.map((end, i) => frame(
    i === 0 ? opcode : op.continuation,
    payload.subarray(i === 0 ? 0 : ends[i - 1], end),
    { fin: i === ends.length - 1 }));
}

function sizes(endpoint) {
  const { wrap, reply, maxMessage } = endpoint;
  const overhead = wrap('').length;
  const lengths = [0, 1, 125, 126, 127, 128, 1000, 65_535, 65_536]
    .filter((n) => n >= overhead && n <= maxMessage);
  return lengths.flatMap((n) => {
    const payload = wrap(x(n - overhead));
    const one = { send: [text(payload)], expect: [reply(payload)] };
    return [
      { name: `a text of ${n} bytes`, ...one },
      { name: `a text of ${n} bytes in pieces`, ...one,
        chop: n > 1000 ? 997 : 1 },
    ];
  });
}

function binaries({ binary, wrap, reply }) {
  if (!binary)
    return [
      { name: 'a binary message', send: [frame(op.binary, x(5))],
        expect: [closes(1003)] },
      { name: 'the first fragment of a binary message',
        send: [frame(op.binary, x(5), { fin: false })],
        expect: [closes(1003)] },
      { name: 'a binary message after a text',
        send: [text(wrap('a')), frame(op.binary, x(5))],
        expect: [reply(wrap('a')), closes(1003)] },
    ];
  return [0, 1, 125, 126, 65_535, 65_536].map((n) => ({
    name: `a binary message of ${n} bytes`,
    send: [frame(op.binary, Buffer.alloc(n, 0xfe))],
    expect: [reply(Buffer.alloc(n, 0xfe), op.binary)],
  }));
}

function pings({ wrap, reply }) {
  const all = Buffer.from(Array.from({ length: 125 }, (_, i) => 255 - i));
  return [
    { name: 'an empty ping', send: [ping()], expect: [pongs('')] },
    { name: 'a ping with text', send: [ping('Hello')],
      expect: [pongs('Hello')] },
    { name: 'a ping that is no UTF-8', send: [ping(hex('00 ff fe fd'))],
      expect: [pongs(hex('00 ff fe fd'))] },
    { name: 'a ping of 125 bytes', send: [ping(all)], expect: [pongs(all)] },
    { name: 'a ping of 125 bytes, byte by byte', send: [ping(all)],
      expect: [pongs(all)], chop: 1 },
    { name: 'a ping of 126 bytes', send: [ping(x(126))],
      expect: [closes(1002)] },
    { name: 'a pong of 126 bytes', send: [pong(x(126))],
      expect: [closes(1002)] },
    { name: 'ten pings at once',
      send: Array.from({ length: 10 }, (_, i) => ping(String(i))),
      expect: Array.from({ length: 10 }, (_, i) => pongs(String(i))) },
    { name: 'a pong nobody asked for', send: [pong('x'), ping('y')],
      expect: [pongs('y')] },
    { name: 'a ping between two texts',
      send: [text(wrap('a')), ping('p'), text(wrap('b'))],
      expect: [reply(wrap('a')), pongs('p'), reply(wrap('b'))] },
    { name: 'a fragmented ping', send: [ping('a', { fin: false })],
      expect: [closes(1002)] },
    { name: 'a fragmented pong', send: [pong('a', { fin: false })],
      expect: [closes(1002)] },
    { name: 'a fragmented close',
      send: [frame(op.close, hex('03e8'), { fin: false })],
      expect: [closes(1002)] },
  ];
}

function reserved({ wrap, reply }) {
  const hello = wrap('a');
  const refused = (name, bad) => [
    { name, send: [bad], expect: [closes(1002)] },
    { name: `${name}, after a text and before another`,
      send: [text(hello), bad, text(hello)],
      expect: [reply(hello), closes(1002)] },
  ];
  const bits = [1, 2, 3, 4, 5, 6, 7].flatMap(
    (rsv) => refused(`reserved bits ${rsv}`, text(hello, { rsv })));
  const kinds = [[op.ping, 'ping'], [op.pong, 'pong'], [op.close, 'close'],
                 [op.continuation, 'continuation']];
  const others = kinds.flatMap(([code, name]) =>
    refused(`a reserved bit on a ${name}`, frame(code, '', { rsv: 4 })));
  const codes = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15].flatMap(
    (code) => refused(`opcode ${code}`, frame(code, code % 2 ? hello : '')));
  return [...bits, ...others, ...codes];
}

function masks({ wrap, reply }) {
  const hello = wrap('mask me if you can');
  return [
    { name: 'a frame without a mask', send: [text(hello, { mask: false })],
      expect: [closes(1002)] },
    { name: 'a ping without a mask', send: [ping('', { mask: false })],
      expect: [closes(1002)] },
    { name: 'a mask of zeros', send: [text(hello, { key: hex('00000000') })],
      expect: [reply(hello)] },
    ...[1, 2, 3, 4, 5, 6, 7].map((chop) => ({
      name: `a masked text in pieces of ${chop}`,
      send: [text(hello, { key: hex('0102f3f4') })], chop,
      expect: [reply(hello)] })),
  ];
}

function fragmentation({ wrap, reply }) {
  const hello = wrap('Hello, fragments');
  const empty = Array.from({ length: 50 }, () => 5);
  const start = text(hello.subarray(0, 5), { fin: false });
  const rest = frame(op.continuation, hello.subarray(5));
  const bare = (fin) => frame(op.continuation, 'x', { fin });
  return [
    { name: 'a text in two fragments', send: [start, rest],
      expect: [reply(hello)] },
    { name: 'a text in two fragments, byte by byte', send: [start, rest],
      chop: 1, expect: [reply(hello)] },
    { name: 'a text in fragments of one byte',
      send: fragments(op.text, hello, [...hello.keys()].slice(1)),
      expect: [reply(hello)] },
    { name: 'a text whose first and last fragments are empty',
      send: fragments(op.text, hello, [0, 5, hello.length]),
      expect: [reply(hello)] },
    { name: 'fifty empty fragments in a text',
      send: fragments(op.text, hello, empty), expect: [reply(hello)] },
    { name: 'a ping between fragments', send: [start, ping('p'), rest],
      expect: [pongs('p'), reply(hello)] },
    { name: 'ten pings between fragments',
      send: [start, ...Array(10).fill(ping('p')), rest],
      expect: [...Array(10).fill(pongs('p')), reply(hello)] },
    { name: 'a close between fragments', send: [start, close(1000)],
      expect: [closes(1000)] },
    { name: 'a text inside a text', send: [start, text(wrap('b'))],
      expect: [closes(1002)] },
    { name: 'a first fragment inside a text', send: [start, start],
      expect: [closes(1002)] },
    { name: 'a last fragment of nothing', send: [bare(true)],
      expect: [closes(1002)] },
    { name: 'a middle fragment of nothing', send: [bare(false)],
      expect: [closes(1002)] },
    { name: 'a fragment after a whole text', send: [text(hello), bare(true)],
      expect: [reply(hello), closes(1002)] },
    { name: 'two fragmented texts', send: [start, rest, start, rest],
      expect: [reply(hello), reply(hello)] },
  ];
}

const validTexts = {
  'five Greek letters': 'ce ba e1 bd b9 cf 83 ce bc ce b5',
  'the first of two bytes': 'c2 80', 'the last of two bytes': 'df bf',
  'the first of three bytes': 'e0 a0 80', 'the last of three': 'ef bf bf',
  'the first of four bytes': 'f0 90 80 80', 'the last of all': 'f4 8f bf bf',
  'before the surrogates': 'ed 9f bf', 'after the surrogates': 'ee 80 80',
  'the replacement character': 'ef bf bd', 'noncharacters': 'ef bf be',
  'DEL': '7f', 'an emoji of several': 'f0 9f 8c 8a ef b8 8f e2 80 8d',
};

const invalidTexts = {
  'a lone continuation byte': '80', 'two of them': '80 bf',
  'a surrogate': 'ed a0 80', 'the last surrogate': 'ed bf bf',
  'a pair of surrogates': 'ed a0 80 ed b0 80',
  'an overlong slash of two bytes': 'c0 af',
  'an overlong slash of three bytes': 'e0 80 af',
  'an overlong slash of four bytes': 'f0 80 80 af',
  'an overlong 7f': 'c1 bf', 'an overlong 7ff': 'e0 9f bf',
  'an overlong ffff': 'f0 8f bf bf', 'above the last': 'f4 90 80 80',
  'a start of five bytes': 'f8 88 80 80 80',
  'a start of six bytes': 'fc 84 80 80 80 80', 'fe': 'fe', 'ff': 'ff',
  'f5': 'f5 80 80 80', 'two bytes cut short': 'df',
  'three bytes cut short': 'e0 a0', 'four bytes cut short': 'f0 90 80',
  'a start before a letter': 'c3 28',
  'good text around one bad byte': 'ce ba 61 ff 62 ce ba',
};

function utf8({ wrap, reply }) {
  const good = Object.entries(validTexts).flatMap(([name, digits]) => {
    const payload = wrap(hex(digits));
    const at = wrap('').length > 0 ? payload.indexOf(hex(digits)) : 0;
    const cuts = [...hex(digits).keys()].map((i) => at + i).filter(Boolean);
    return [
      { name: `UTF-8: ${name}`, send: [text(payload)],
        expect: [reply(payload)] },
      { name: `UTF-8: ${name}, cut into fragments everywhere`,
        send: fragments(op.text, payload, cuts), expect: [reply(payload)] },
    ];
  });
  const bad = Object.entries(invalidTexts).flatMap(([name, digits]) => {
    const payload = wrap(hex(digits));
    return [
      { name: `no UTF-8: ${name}`, send: [text(payload)],
        expect: [closes(1007)] },
      { name: `no UTF-8: ${name}, byte by byte`, send: [text(payload)],
        chop: 1, expect: [closes(1007)] },
    ];
  });
  const early = hex('61 f4 90 80 80');
  return [...good, ...bad,
    { name: 'no UTF-8 is refused at the fragment that shows it',
      send: [text(early, { fin: false })], expect: [closes(1007)] },
    { name: 'no UTF-8 is refused before its frame is complete',
      send: [text(early, { length: 1000 })], expect: [closes(1007)] },
    { name: 'a code point cut by the end of a fragmented text',
      send: [text('a', { fin: false }), frame(op.continuation, hex('f0 90'))],
      expect: [closes(1007)] }];
}

function closing({ wrap, reply }) {
  const cases = [
    { name: 'a close without a code', send: [close()],
      expect: [closes(1000, 1005)] },
    { name: 'a close with a reason of 123 bytes',
      send: [close(1000, x(123))], expect: [closes(1000)] },
    { name: 'a close with a reason of 124 bytes',
      send: [close(1000, x(124))], expect: [closes(1002)] },
    { name: 'a close with half a code', send: [frame(op.close, hex('03'))],
      expect: [closes(1002)] },
    { name: 'a close with a reason that is no UTF-8',
      send: [close(1000, hex('ce ba ed a0 80'))], expect: [closes(1007)] },
    { name: 'two closes', send: [close(1000), close(1000)],
      expect: [closes(1000)] },
    { name: 'a ping after a close', send: [close(1000), ping('late')],
      expect: [closes(1000)] },
    { name: 'a text after a close', send: [close(1000), text(wrap('late'))],
      expect: [closes(1000)] },
    { name: 'a text before a close', send: [text(wrap('a')), close(1000)],
      expect: [reply(wrap('a')), closes(1000)] },
    { name: 'half a text before a close',
      send: [text(wrap('a'), { fin: false }), close(1000)],
      expect: [closes(1000)] },
    { name: 'a close byte by byte', send: [close(1000, 'bye')], chop: 1,
      expect: [closes(1000)] },
  ];
  for (const code of [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011,
                      3000, 3999, 4000, 4001, 4200, 4999])
    cases.push({ name: `a close with ${code}`, send: [close(code)],
                 expect: [closes(code, 1000)] });
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999,
                      5000, 65_535])
    cases.push({ name: `a close with ${code}, which must not be sent`,
                 send: [close(code)], expect: [closes(1002)] });
  return cases;
}

function limits({ wrap, reply, maxMessage }) {
  const overhead = wrap('').length;
  const largest = wrap(x(maxMessage - overhead));
  const half = Math.floor(maxMessage / 2);
  const header = (length, lengthBytes = 8) =>
    text('', { length, lengthBytes });
  return [
    { name: 'a text of exactly the limit', send: [text(largest)],
      expect: [reply(largest)] },
    { name: 'fragments of exactly the limit',
      send: fragments(op.text, largest, [1, half, half + 1]),
      expect: [reply(largest)] },
    { name: 'a length over the limit, refused by its header',
      send: [header(maxMessage + 1)], expect: [closes(1009)] },
    { name: 'a length over the limit, all of it sent',
      send: [text(x(maxMessage + 1))], expect: [closes(1009)] },
    { name: 'a length far over the limit, and a part of it',
      send: [header(2n ** 40n), x(1_000_000)], expect: [closes(1009)] },
    { name: 'fragments that together are over the limit',
      send: [text(largest.subarray(0, -1), { fin: false }),
             frame(op.continuation, '', { length: 2 })],
      expect: [closes(1009)] },
    { name: 'a length of 2^63', send: [header(2n ** 63n)],
      expect: [closes(1002)] },
    { name: 'a length of 2^64 - 1', send: [header(2n ** 64n - 1n)],
      expect: [closes(1002)] },
    { name: 'a short length in 16 bits',
      send: [text(wrap('a'), { lengthBytes: 2 })], expect: [closes(1002)] },
    { name: 'a short length in 64 bits',
      send: [text(wrap('a'), { lengthBytes: 8 })], expect: [closes(1002)] },
    { name: 'a text after a violation',
      send: [header(maxMessage + 1), text(wrap('late'))],
      expect: [closes(1009)] },
  ];
}

export function framingCases(endpoint) {
  return [sizes, binaries, pings, reserved, masks, fragmentation, utf8,
          closing, limits].flatMap((section) => section(endpoint));
}
