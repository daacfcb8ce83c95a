// The app's own protocol: the table of files, the server's headers, and nothing from the disk.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CustomScheme } from 'electron';
import { expect, test } from 'vitest';
import { contentSecurityPolicy, listAssets } from '#server';
import { scratchFolder } from '#test/scratch.ts';
import { createResponder, registerScheme } from '../../../src-main/electron/page/protocol.ts';

function setUp() {
  const folder = scratchFolder();
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(join(folder, 'assets', 'a.js'), 'export {};');
  writeFileSync(join(folder, '..', 'secret.txt'), 'secret');
  const respond = createResponder(listAssets(folder));
  return (url: string, method = 'GET') => respond({ url, method });
}

test('pages come with the headers of the server', async () => {
  const get = setUp();
  const page = get('app://vsgd-lab/');
  expect([page.status, await page.text(), page.headers.get('content-type')]).toEqual([200, '<!doctype html>', 'text/html; charset=utf-8']);
  const script = get('app://vsgd-lab/assets/a.js?v=1');
  expect([script.status, script.headers.get('content-type')]).toEqual([200, 'text/javascript; charset=utf-8']);
  for (const response of [page, script, get('app://vsgd-lab/none'), get('app://evil/'), get('app://vsgd-lab/', 'POST')]) {
    expect(response.headers.get('content-security-policy')).toBe(contentSecurityPolicy);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  }
  expect(contentSecurityPolicy).not.toMatch(/unsafe|\*|https?:/);
  expect(await get('app://vsgd-lab/', 'HEAD').text()).toBe('');
});

test('paths lead to the table only', () => {
  const get = setUp();
  for (const path of ['../secret.txt', '%2e%2e/secret.txt', '..%2fsecret.txt', '%252e%252e/secret.txt', '..\\secret.txt', 'assets/../../secret.txt', 'assets/a.js%00', 'assets/', 'etc/passwd', '/etc/passwd', 'assets;a.js', '__proto__', 'constructor']) {
    expect([path, get(`app://vsgd-lab/${path}`).status]).toEqual([path, 404]);
  }
  expect([get('app://evil/').status, get('file:///etc/passwd').status, get('app://vsgd-lab/', 'POST').status]).toEqual([403, 403, 405]);
});

test('the scheme is an origin of its own and bypasses no policy (stand-in)', () => {
  let registered: CustomScheme[] = [];
  registerScheme({ registerSchemesAsPrivileged: (schemes) => { registered = schemes; } });
  expect(registered).toEqual([{ scheme: 'app', privileges: { standard: true, secure: true, supportFetchAPI: true } }]);
});
