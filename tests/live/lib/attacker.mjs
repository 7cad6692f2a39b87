// A process of its own that is as rude as it can: half handshakes that are kept
// alive byte by byte, and one socket that floods the server with pings.
//
//   node attacker.mjs PORT HALF_HANDSHAKES PINGS_PER_SECOND
//
// Writes a line of JSON when all of it runs, and another one when its stdin
// ends: what it did.
import net from 'node:net';
import { ping, text } from './frames.mjs';
import { RawPusher } from './raw.mjs';

const [port, half, rate] = process.argv.slice(2).map(Number);
const beginning =
  'GET /app/app-key?protocol=7 HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ';
const done = { opened: 0, ended: 0, pings: 0, pongs: 0, floodSeconds: 0 };

// -- half handshakes ----------------------------------------------------------

const sockets = new Set();

function open() {
  const socket = net.connect({ port, host: '127.0.0.1' });
  socket.on('connect', () => {
    ++done.opened;
    socket.write(beginning);
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    sockets.delete(socket);
    ++done.ended;
  });
  sockets.add(socket);
}

// A part of them says a byte every tick, so that each does every two seconds;
// whoever was ended is replaced.
const ticks = 40;
let tick = 0;
const drip = setInterval(() => {
  let i = 0;
  for (const socket of sockets)
    if (i++ % ticks === tick && socket.writable) socket.write('a');
  tick = (tick + 1) % ticks;
  for (let missing = half - sockets.size, n = 0; n < missing && n < 250; ++n)
    open();
}, 50);

// -- the flood ----------------------------------------------------------------

// Half of them are frames of the protocol, half events, masked once.
const pair = Buffer.concat([
  ping('x'), text('{"event":"pusher:ping","data":{}}')]);
const pairsPerBlock = 250;
const block = Buffer.concat(Array(pairsPerBlock).fill(pair));

let flooding = null;
async function flood() {
  const raw = await RawPusher.connect(port, RawPusher.target());
  let bytes = 0;
  raw.pipe((data) => { bytes += data.length; });
  const began = performance.now();
  let due = began;
  flooding = setInterval(() => {
    const now = performance.now();
    // A server that is slow to read is not helped by a queue of ours.
    while (due < now && raw.socket.writableLength < 8 * block.length) {
      raw.write(block);
      done.pings += 2 * pairsPerBlock;
      due += 1000 * 2 * pairsPerBlock / rate;
    }
    due = Math.max(due, now - 100);
    done.floodSeconds = (now - began) / 1000;
    done.answeredBytes = bytes;
    done.floodEnded = raw.closed;
  }, 2);
}

// -- begin and end ------------------------------------------------------------

if (rate > 0) await flood();
const started = setInterval(() => {
  if (sockets.size < half || done.opened < half) return;
  clearInterval(started);
  console.log(JSON.stringify({ ready: true, ...done }));
}, 20);
process.stdin.resume();
process.stdin.on('end', () => {
  clearInterval(drip);
  clearInterval(flooding);
  console.log(JSON.stringify(done));
  process.exit(0);
});
