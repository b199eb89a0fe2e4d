/**
 * Chromium or Firefox as a client program: `BROWSER` in the environment is `chromium` (by default) or `firefox`, `SIMULCAST`
 * makes three layers, and `CODEC` is offered first.
 */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { launchLight, launchShell } from '../browser.ts';
import { firefoxPage, launchFirefox } from '../firefox.ts';
import { answerOffers, postOffer, type Report, readArguments, reportRegularly } from './signalling.ts';

const SCRIPT = readFileSync(join(import.meta.dirname, 'page.js'), 'utf8');

/** Where the page is. Firefox leaves out addresses that pages on other ones should not learn of. */
const { PAGE_HOST: HOST = '127.0.0.1' } = process.env;

/** Runs an expression in the page, and resolves to its value. */
type Evaluate = (expression: string) => Promise<unknown>;

const { mode, url } = readArguments();
const evaluate = await openPage();
reportRegularly(async () => (await evaluate('readReport()')) as Report);
if (mode === 'answer') {
  await evaluate('addTracks()');
  await answerOffers(url, (offer) => call('answerOffer', offer));
} else {
  const { CODEC: codec = '', SIMULCAST } = process.env;
  const offer = await call('makeOffer', mode, { codec, simulcast: SIMULCAST !== undefined });
  await call('acceptAnswer', await postOffer(url, offer));
}

async function call(name: string, ...args: unknown[]): Promise<string> {
  return String(await evaluate(`${name}(${args.map((arg) => JSON.stringify(arg)).join(',')})`));
}

async function openPage(): Promise<Evaluate> {
  const origin = await servePage();
  if (process.env.BROWSER === 'firefox') {
    const page = await firefoxPage(await launchFirefox(), origin);
    return (expression) => page.evaluate(expression);
  }
  const browser = await (process.env.SIMULCAST === undefined ? launchLight() : launchShell());
  const page = await browser.newPage();
  await page.goto(origin);
  return (expression) => page.evaluate(expression);
}

/** A page; on loopback all browsers allow cameras. */
async function servePage(): Promise<string> {
  const server = createServer((_, response) => {
    response.setHeader('Content-Type', 'text/html');
    response.end(`<!doctype html><title>client</title><body><script>${SCRIPT}</script>`);
  });
  await new Promise<void>((resolve) => server.listen(0, HOST, resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://${HOST}:${address.port}/`;
}
