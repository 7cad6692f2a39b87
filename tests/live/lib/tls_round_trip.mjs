// Run as a program with NODE_EXTRA_CA_CERTS: the unmodified SDKs meet a server
// over wss and https, each verifying its certificate, and an event makes the
// round. Prints what it heard, as JSON.
import { client, connected, disconnectAll, publisher, subscribed }
  from './sdk.mjs';

const port = Number(process.argv[2]);
const sdk = publisher({ port }, undefined, { useTLS: true });
const pusher = await connected(client({ port }, {
  forceTLS: true, wssPort: port, enabledTransports: ['ws', 'wss'],
}));
const heard = await subscribed(pusher, 'private-orders');
const answer = await sdk.trigger('private-orders', 'shipped', { id: 7 });
const data = await heard.next('shipped');
const { channels } = await (await sdk.get({ path: '/channels' })).json();
console.log(JSON.stringify(
  { data, status: answer.status, channels: Object.keys(channels) }));
disconnectAll();
