/** The SDK with others: packed, installed, type-checked, built by Vite and in a call; and as the README shows it. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchLight, loudness, seesMotion } from '../support/browser.ts';
import { RawClient } from '../support/raw-client.ts';
import { startServer, type TestServer } from '../support/server.ts';
import { FakeVerto } from '../support/telnyx/verto.ts';

const exec = promisify(execFile);
const inProject = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const tool = (path: string, args: string[], cwd: string) =>
  exec(process.execPath, [inProject(`node_modules/${path}`), ...args], { cwd });

/** A softphone of others, whose types are checked and which shows its state as its title. */
const SOFTPHONE = `
import { CallEvents, Phone, PhoneError, type PhoneState } from 'aq-server-sdk/phone';

const events = new CallEvents({ url: 'ws://localhost/ws', getToken: () => 'token' });
const phone = new Phone({
  login: { username: 'consumer', password: 'password' },
  host: new URLSearchParams(location.search).get('host') ?? '',
  iceServers: [],
  events,
});
phone.on('state', (state: PhoneState) => {
  document.title = state.name === 'failed' ? state.reason : state.name;
});
phone.on('call', (call) => call.on('failed', ({ code }) => console.log(code, call.hangupCause)));
try {
  phone.dial('+15550002');
} catch (error) {
  if (error instanceof PhoneError) document.body.title = error.code;
}
void phone.connect();
`;

let consumer: string;
let site: Server;
let server: TestServer;
let browser: Browser;

beforeAll(async () => {
  consumer = await mkdtemp(join(tmpdir(), 'aq-consumer-'));
  site = createServer(async (request, response) => {
    const { type, body } = await answer(request.url ?? '/');
    response.setHeader('content-type', type).end(body);
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  server = await startServer({ ALLOWED_ORIGINS: originOfSite() });
  browser = await launchLight();
});
afterAll(async () => {
  await browser?.close();
  await server?.close();
  site?.close();
  await rm(consumer, { recursive: true, force: true });
});

function originOfSite(): string {
  const address = site.address();
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
}

/** The consumer's site: what Vite has built, and a backend that mints tokens. */
async function answer(target: string): Promise<{ type: string; body: string | Buffer }> {
  const { pathname, searchParams } = new URL(target, 'http://site');
  const name = searchParams.get('name') ?? '';
  if (pathname === '/api/token') {
    return { type: 'text/plain', body: server.token({ user_id: name, room: 'consumer' }) };
  }
  if (pathname === '/my/token') {
    return { type: 'text/plain', body: server.token({ user_id: 'reader', room: 'readme' }) };
  }
  if (pathname === '/readme') {
    const page = await exampleOf('README.md', 'html');
    const body = `<!doctype html><body>${page.replaceAll('https://your.host', server.url)}</body>`;
    return { type: 'text/html', body };
  }
  if (pathname.endsWith('.ico')) return { type: 'image/x-icon', body: '' };
  const file = pathname === '/' ? 'index.html' : pathname.slice(1);
  const type = file.endsWith('.js') ? 'text/javascript' : 'text/html';
  return { type, body: await readFile(join(consumer, 'dist', file)) };
}

/** The first code in this language that a guide shows. */
async function exampleOf(guide: string, language: string): Promise<string> {
  const text = await readFile(inProject(guide), 'utf8');
  return new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms').exec(text)?.[1] ?? '';
}

test('a project of others installs the packed SDK, and tsc is content with its types', async () => {
  const { stdout } = await exec('npm', ['pack', '--json', '--pack-destination', consumer], {
    cwd: inProject('dist/sdk-package'),
  });
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }];
  expect(files.map(({ path }) => path).toSorted()).toEqual(
    [
      ...['LICENSE', 'README.md', 'package.json'],
      ...['backend', 'index', 'phone'].flatMap((name) => [`${name}.d.ts`, `${name}.js`, `${name}.js.map`]),
    ].toSorted(),
  );

  const manifest = { name: 'consumer', private: true, type: 'module' };
  await writeFile(join(consumer, 'package.json'), JSON.stringify(manifest));
  const quiet = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  await exec('npm', ['install', `./${filename}`, ...quiet], { cwd: consumer });

  await mkdir(join(consumer, 'src'));
  await writeFile(join(consumer, 'src/main.ts'), await exampleOf('docs/sdk.md', 'ts'));
  await writeFile(join(consumer, 'src/softphone.ts'), SOFTPHONE);
  for (const [name, script] of [
    ['index', 'main'],
    ['softphone', 'softphone'],
  ]) {
    const page = `<!doctype html><html><body><script type="module" src="/src/${script}.ts"></script></body></html>`;
    await writeFile(join(consumer, `${name}.html`), page);
  }
  const compilerOptions = {
    ...{ strict: true, noUncheckedIndexedAccess: true, exactOptionalPropertyTypes: true, noEmit: true },
    // The types of the package are checked as well.
    skipLibCheck: false,
    ...{ target: 'es2022', module: 'esnext', moduleResolution: 'bundler' },
    ...{ lib: ['es2022', 'dom', 'dom.iterable'], types: [] },
  };
  await writeFile(join(consumer, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
  await tool('typescript/bin/tsc', ['-p', '.'], consumer);

  await writeFile(
    join(consumer, 'src/wrong.ts'),
    "import { Room } from 'aq-server-sdk';\nnew Room({ token: 1 }).on('nothing', () => {});\n" +
      "import { Phone } from 'aq-server-sdk/phone';\nnew Phone({ login: 1 }).on('nothing', () => {});\n",
  );
  const refused = await tool('typescript/bin/tsc', ['-p', '.'], consumer).catch((error) => error.stdout);
  expect(refused).toMatch(/wrong\.ts\(2,12\).*'number' is not assignable/);
  expect(refused).toMatch(/wrong\.ts\(2,27\).*"nothing"/);
  expect(refused).toMatch(/wrong\.ts\(4,13\).*'number' is not assignable/);
  expect(refused).toMatch(/wrong\.ts\(4,28\).*"nothing"/);
  await rm(join(consumer, 'src/wrong.ts'));
});

test('Vite builds it, and two people see and hear each other', async () => {
  const input = ['index.html', 'softphone.html'];
  const config = `export default ${JSON.stringify({ build: { rollupOptions: { input } } })};`;
  await writeFile(join(consumer, 'vite.config.js'), config);
  await tool('vite/bin/vite.js', ['build', '--logLevel', 'error'], consumer);
  const [ann, bob] = [await open('ann'), await open('bob')];
  for (const [page, other] of [
    [ann, 'bob'],
    [bob, 'ann'],
  ] as const) {
    await seesMotion(page, `video[title=${other}]`);
    await page.waitForSelector(`audio[title=${other}]`, { state: 'attached' });
    expect(await loudness(page, `audio[title=${other}]`)).toBeGreaterThan(0.05);
  }
  await bob.close();
  await ann.waitForSelector('video', { state: 'detached' });
});

test('the softphone is a module of its own, which logs in, and rooms have nothing of it', async () => {
  const script = async (page: string) => {
    const html = await readFile(join(consumer, `dist/${page}.html`), 'utf8');
    const names = [...html.matchAll(/assets\/[\w.-]+\.js/g)].map(([name]) => name);
    return (await Promise.all(names.map((name) => readFile(join(consumer, 'dist', name), 'utf8')))).join();
  };
  const contents = await Promise.all(['softphone', 'index'].map(script));
  expect(contents.map((text) => text.includes('telnyx_rtc'))).toEqual([true, false]);
  expect(contents.map((text) => text.includes('aq.v1'))).toEqual([false, true]);

  const verto = await FakeVerto.listen(({ login }) => (login === 'consumer' ? '+15550001' : undefined));
  try {
    const page = await openAt(`/softphone.html?${new URLSearchParams({ host: verto.url })}`);
    await page.waitForFunction(() => document.title === 'ready');
    expect(await page.evaluate(() => document.body.title)).toBe('not_ready');
    await page.close();
  } finally {
    await verto.close();
  }
});

test('the page of the README, which is of another origin, has a call and ends its elements', async () => {
  const pages = [await openAt('/readme'), await openAt('/readme'), await openAt('/readme')] as const;
  const elements = (page: Page) => page.locator('#call :is(video, audio)').count();
  for (const page of pages) {
    await seesMotion(page, 'video[title=reader]');
    await expect.poll(() => elements(page)).toBe(4);
  }
  const [first, second, third] = pages;
  await third.close();
  for (const page of [first, second]) await expect.poll(() => elements(page)).toBe(2);

  const host = await RawClient.join(
    server,
    server.token({ user_id: 'host', room: 'readme', user_type: 'host' }),
  );
  await host.request('endRoom', {});
  for (const page of [first, second]) {
    await page.getByText('The call is over: room_ended').waitFor();
    expect(await elements(page)).toBe(0);
  }
});

test('the page of the README on a site that ALLOWED_ORIGINS does not name says so', async () => {
  const page = await openAt('/readme', originOfSite().replace('127.0.0.1', 'localhost'));
  const refusal = page.waitForEvent('pageerror');
  await page.reload();
  expect((await refusal).message).toContain('this origin is not allowed');
});

function open(name: string): Promise<Page> {
  return openAt(`/?${new URLSearchParams({ name, server: server.url })}`);
}

async function openAt(path: string, origin = originOfSite()): Promise<Page> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${origin}${path}`);
  return page;
}
