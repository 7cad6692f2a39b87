// What the tests of apps at run time share.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { RawPusher } from './raw.mjs';

/** Makes an app and returns it as the libraries want it: id, key, secret. */
export async function makeApp(server, fields = {}) {
  const made = await server.manage('POST', '/v1/apps', fields);
  assert.equal(made.status, 201, made.text);
  return { id: made.json.id, ...made.json.keys[0] };
}

/** The code with which a newcomer of that key is refused. */
export async function refusal(server, key) {
  const raw = await RawPusher.connect(server.port, RawPusher.target(key));
  const { code } = await raw.nextClose();
  raw.destroy();
  return code;
}

/** The permissions of a file, in octal. */
export function mode(file) {
  return (statSync(file).mode & 0o777).toString(8);
}
