import { chromium } from 'playwright-core'; import { readFileSync } from 'node:fs';
const { address, token } = JSON.parse(readFileSync('/tmp/uih/server.json','utf8'));
const b = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
for (const scheme of (process.argv[4] ?? 'light').split(',')) {
const c = await b.newContext({ viewport: { width: Number(process.argv[5] ?? 1440), height: Number(process.argv[6] ?? 900) }, colorScheme: scheme });
const p = await c.newPage(); p.on('console', m => m.type()==='error' && console.log(m.text())); p.on('pageerror', e => console.log(String(e)));
await p.goto(`${address}/?token=${token}`); await p.goto(`${address}/${process.argv[2]}`); await p.waitForTimeout(1200);
if (process.argv[7]) { for (const s of process.argv[7].split('|')) { await p.getByRole('button', { name: s, exact: true }).first().click(); await p.waitForTimeout(900); } }
await p.screenshot({ path: `/tmp/shots-${process.argv[3]}-${scheme}.png` }); await c.close(); }
await b.close();
