// Certificates of an authority of our own, made by openssl when they are
// needed and gone with the test.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync }
  from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
                '-nodes'];

export class Authority {
  #count = 0;

  constructor() {
    this.dir = mkdtempSync(path.join(tmpdir(), 'tidewire-tls-'));
    this.file = this.#path('authority.pem');
    this.#run('req', '-x509', ...newKey, '-days', '2',
              '-subj', '/CN=Tidewire test authority',
              '-keyout', this.#path('authority.key'), '-out', this.file);
    this.pem = readFileSync(this.file, 'utf8');
  }

  #path(name) {
    return path.join(this.dir, name);
  }

  #run(...args) {
    return execFileSync('openssl', args, { cwd: this.dir, stdio: 'pipe' });
  }

  // Since 3.4 openssl makes no certificate whose days are negative, but one of
  // any two dates, which it did not know before.
  #period(expired) {
    if (!expired) return ['-days', '1'];
    const old = /^OpenSSL 3\.[0-3]\./.test(this.#run('version').toString());
    return old ? ['-days', '-1']
      : ['-not_before', '20200101000000Z', '-not_after', '20200102000000Z'];
  }

  /** `{certificate, key}` in PEM, for 127.0.0.1 and localhost, or what else
      `extensions` (as openssl has them) say. */
  issue(name = 'localhost', { expired = false,
                              extensions = ['subjectAltName=' +
                                            'IP:127.0.0.1,DNS:localhost'],
  } = {}) {
    const base = this.#path(`issued-${++this.#count}`);
    writeFileSync(`${base}.ext`, `${extensions.join('\n')}\n`);
    this.#run('req', ...newKey, '-subj', `/CN=${name}`,
              '-keyout', `${base}.key`, '-out', `${base}.csr`);
    this.#run('x509', '-req', '-in', `${base}.csr`, '-CA', this.file,
              '-CAkey', this.#path('authority.key'), '-CAcreateserial',
              ...this.#period(expired), '-extfile', `${base}.ext`,
              '-out', `${base}.pem`);
    return { certificate: readFileSync(`${base}.pem`, 'utf8'),
             key: readFileSync(`${base}.key`, 'utf8') };
  }

  /** Puts files where a server looks for them: `{certificate, key}`. */
  install({ certificate, key }, name = 'server') {
    const files = { certificate: this.#path(`${name}.pem`),
                    key: this.#path(`${name}.key`) };
    for (const [what, text] of [['certificate', certificate], ['key', key]]) {
      writeFileSync(`${files[what]}.new`, text, { mode: 0o600 });
      renameSync(`${files[what]}.new`, files[what]);
    }
    return files;
  }

  remove() {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
