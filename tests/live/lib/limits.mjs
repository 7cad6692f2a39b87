// Apps with limits, and newcomers who run into them.
import { RawPusher, op } from './raw.mjs';

export const appOf = (id) => ({ id: String(id), key: `key-${id}`,
                         secret: `secret-${id}` });

/** `[[apps]]` with these ids and lines. */
export function appsWith(lines) {
  return Object.entries(lines).map(([id, more]) => `
[[apps]]
id = "${id}"
keys = [{ key = "key-${id}", secret = "secret-${id}" }]
${more}
`).join('');
}

/** What becomes of a handshake: a socket that is served, or its close frame. */
export async function knock(server, key = 'key-1', options = {}) {
  const { headers, query = 'protocol=7', ...rest } = options;
  const raw = await RawPusher.connect(
    server.port, RawPusher.target(key, query), headers, rest);
  const first = await raw.nextFrame();
  if (first.opcode === op.text &&
      JSON.parse(first.payload).event === 'pusher:connection_established') {
    raw.socketId = JSON.parse(JSON.parse(first.payload).data).socket_id;
    return { raw };
  }
  raw.destroy();
  return { code: first.code, reason: first.reason };
}

export const codes = (all) =>
  all.filter((one) => one.code).map((one) => one.code);
export const opened = (all) =>
  all.filter((one) => one.raw).map((one) => one.raw);

export function refusals(server, reason, appId) {
  return server.metric('tidewire_connections_refused_total',
                       { reason, ...(appId ? { app_id: appId } : {}) });
}
