// Who may come in: a token that the home keeps, in a file that only its owner reads, and the cookie that a browser gets for it.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { z } from 'zod';
import { writeFileAtomically, type Home } from '#runs';

/** `token` signs in once by link or each time as Bearer; `session` is what the cookie carries. Both are kept over restarts, so that an open page stays signed in. */
export type Credentials = { token: string; session: string; cookie: string };

const digest = (text: string) => createHash('sha256').update(text).digest();

/** Compares without telling by its time how much agreed. */
export const sameSecret = (given: string, secret: string): boolean => timingSafeEqual(digest(given), digest(secret));

const secret = z.string().regex(/^[\w-]{43}$/);
const keptSchema = z.strictObject({ token: secret, session: secret });
const random = (): string => randomBytes(32).toString('base64url');

function readKept(file: string): z.infer<typeof keptSchema> | null {
  try {
    chmodSync(file, 0o600); // a copy may have lost it
    return keptSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null; // none yet, or not ours to read: new ones replace it
  }
}

/**
 * The credentials of a home: those of the last start, or new random ones where there are none or `renew` asks for them, which signs everybody out.
 * Cookies know no ports: the server adds its own to the cookie's name, so that two do not sign each other's users out.
 */
export function openCredentials({ root }: Pick<Home, 'root'>, { renew = false } = {}): Credentials {
  const file = join(root, 'token.json');
  const kept = renew ? null : readKept(file);
  const own = kept ?? { token: random(), session: random() };
  if (kept === null) writeFileAtomically(file, [JSON.stringify(own), '\n']);
  return { ...own, cookie: 'vsgd-lab' };
}

/** Whether a request carries the cookie or `Authorization: Bearer`. A token in an address counts nowhere but at the sign-in. */
export function isSignedIn({ headers }: Pick<IncomingMessage, 'headers'>, { token, session, cookie }: Credentials): boolean {
  const bearer = /^Bearer ([\w-]{1,200})$/.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) return sameSecret(bearer, token);
  const cookies = (headers.cookie ?? '').split(';').map((part) => part.trim()).filter((part) => part.startsWith(`${cookie}=`));
  return cookies.length === 1 && sameSecret((cookies[0] as string).slice(cookie.length + 1), session);
}

/** The Set-Cookie line of a sign-in. */
export const sessionCookie = ({ cookie, session }: Credentials): string => `${cookie}=${session}; HttpOnly; SameSite=Strict; Path=/`;

/** Where the token lies, and a page that opens the app with it: a token in a command line could be read by others. */
export type CredentialFiles = { file: string; page: string; remove(): void };

/** Writes server.json and open.html into the home, mode 0600. `remove` takes them away unless a later server has written its own. */
export function writeCredentials(home: Pick<Home, 'root'>, address: string, { token }: Credentials): CredentialFiles {
  const [file, page] = [join(home.root, 'server.json'), join(home.root, 'open.html')];
  writeFileAtomically(file, [JSON.stringify({ pid: process.pid, address, token }, null, 2), '\n']);
  writeFileAtomically(page, [`<!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer"><meta http-equiv="refresh" content="0;url=${address}/?token=${token}"><title>VSGD Lab</title>\n`]);
  return {
    file, page,
    remove() {
      try {
        const { pid, address: written } = JSON.parse(readFileSync(file, 'utf8')) as { pid: number; address: string };
        if (pid !== process.pid || written !== address) return;
      } catch {
        return; // gone already
      }
      rmSync(file, { force: true });
      rmSync(page, { force: true });
    },
  };
}
