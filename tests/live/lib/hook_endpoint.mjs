// An endpoint in a process of its own, to be killed at any moment:
//   node hook_endpoint.mjs PORT FILE SEED
// Every webhook is a line of FILE before it is answered. Now and then it goes
// wrong: a reset before or after that, a 503, an answer that takes its time.
import { openSync, writeSync } from 'node:fs';
import http from 'node:http';
import { dice } from './hook_checker.mjs';

const [port, file, seed] = process.argv.slice(2);
const log = openSync(file, 'a');
const roll = dice(Number(seed));

const server = http.createServer(async (request, response) => {
  const parts = [];
  for await (const part of request) parts.push(part);
  const fate = roll(100);
  if (fate === 0) return request.socket.resetAndDestroy();
  writeSync(log, JSON.stringify({
    path: request.url,
    type: request.headers['content-type'],
    key: request.headers['x-pusher-key'],
    signature: request.headers['x-pusher-signature'],
    id: request.headers['x-tidewire-delivery'],
    body: Buffer.concat(parts).toString(),
  }) + '\n');
  if (fate === 1) return request.socket.resetAndDestroy();
  const answer = () => response.writeHead(fate === 2 ? 503 : 200).end();
  if (fate < 5) setTimeout(answer, 100);
  else answer();
});
server.listen(Number(port), '127.0.0.1', () => {
  console.log(`listening on ${server.address().port}`);
});
