// A process of its own that opens and closes connections in time with the
// seconds of the wall clock, and keeps its own record of how many were open at
// the end of each: nothing happens around a second's end, so that there is one
// true number.
//
//   node metronome.mjs        commands as lines of JSON on stdin:
//
//   {"port": 6001, "run": 5, "target": 2000, "churn": 500}
//
// runs five seconds in each of which `churn` connections open and as many
// close, beside those that it takes to come to the target; then writes a line
//
//   {"seconds": [{"at": 1800000000, "low": 2000, "high": 2000}, …],
//    "opened": …, "closed": …, "lost": …, "sureMs": …, "mostMs": …}
//
// `low` and `high` differ where something was unanswered at that instant, as far
// as this process knows.
// `lost` are those the server ended without being asked. Those that we closed
// were open for `sureMs` together from the greeting to our goodbye, and for no
// more than `mostMs`, from the call to the end of the socket.
import net from 'node:net';
import { createInterface } from 'node:readline';
import { frame, op } from './frames.mjs';
import { RawPusher } from './raw.mjs';

const goodbye = frame(op.close, Buffer.from([0x03, 0xe8]));
const request = [
  `GET ${RawPusher.target()} HTTP/1.1`, 'Host: 127.0.0.1',
  'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '', ''].join('\r\n');

const open = new Set();
let opening = 0; // asked for, not established
let closing = 0; // told to close, not gone
const sum = {
  opened: 0, closed: 0, lost: 0, refused: 0, sureMs: 0, mostMs: 0,
};

// What happened after the second's end, before this process came to look.
const noLate = { asked: 0, established: 0, told: 0, gone: 0 };
let ends = Infinity; // the end of the present second
let late = { ...noLate };
const note = (what) => {
  if (Date.now() >= ends) ++late[what];
};

function connect(port) {
  ++opening;
  note('asked');
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
  socket.asked = performance.now();
  let heard = '';
  socket.on('connect', () => socket.write(request));
  socket.on('data', (data) => {
    if (heard === null) return;
    heard += data.latin1Slice();
    if (!heard.includes('connection_established')) return;
    heard = null;
    --opening;
    ++sum.opened;
    note('established');
    socket.greeted = performance.now();
    open.add(socket);
  });
  socket.on('error', () => {});
  socket.on('close', () => {
    if (heard !== null) {
      --opening;
      ++sum.refused;
    } else if (open.delete(socket)) {
      ++sum.lost;
    } else {
      --closing;
      ++sum.closed;
      sum.sureMs += socket.told - socket.greeted;
      sum.mostMs += performance.now() - socket.asked;
      note('gone');
    }
  });
}

// Half of them as RFC 6455 has it, half just hang up.
let politely = false;
function disconnect() {
  const [socket] = open;
  if (!socket) return;
  open.delete(socket);
  ++closing;
  note('told');
  socket.told = performance.now();
  politely = !politely;
  if (politely) socket.write(goodbye);
  else socket.end();
}

const sleepUntil = (ms) =>
  new Promise((done) => setTimeout(done, Math.max(0, ms - Date.now())));

// Where in a second something may begin; what it takes fits into the rest.
const from = 80;
const to = 560;
const slice = 20;

async function second(port, start, target, churn) {
  const have = open.size;
  ends = start + 1000;
  late = { ...noLate };
  let opens = churn + Math.max(0, target - have);
  let closes = churn + Math.max(0, have - target);
  for (let at = from; at < to; at += slice) {
    await sleepUntil(start + at);
    const left = Math.max(1, (start + to - Date.now()) / slice);
    for (let n = Math.ceil(opens / left); n > 0 && opens > 0; --n, --opens)
      connect(port);
    for (let n = Math.ceil(closes / left); n > 0 && closes > 0; --n, --closes)
      disconnect();
  }
  await sleepUntil(start + 1000);
  // Surely open at the end: who was established by then and not told to close.
  return {
    at: Math.round(start / 1000) + 1,
    low: open.size - late.established,
    high: open.size + opening + closing + late.gone - late.asked,
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  const { port, run, target, churn } = JSON.parse(line);
  const seconds = [];
  let start = Math.ceil((Date.now() + 20) / 1000) * 1000;
  for (let i = 0; i < run; ++i, start += 1000) {
    await sleepUntil(start);
    seconds.push(await second(port, start, target, churn));
  }
  process.stdout.write(`${JSON.stringify({ seconds, ...sum })}\n`);
}
process.exit(0);
