/** What the guides say, where it can be held against the code. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { grantsOf } from '../../src/auth/grants.ts';
import { codes } from '../../src/protocol/codes.ts';
import { GRANTS } from '../../src/protocol/grants.ts';

const project = fileURLToPath(new URL('../../', import.meta.url));
const read = (file: string) => readFileSync(join(project, file), 'utf8');
const pages = [
  'README.md',
  ...readdirSync(join(project, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

test.each(pages)('what %s links to is there', (page) => {
  const links = [...read(page).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)].map(([, link = '']) => link);
  expect(links.filter((link) => !existsSync(join(project, dirname(page), link)))).toEqual([]);
});

test.each(pages)('the variables that %s names are in .env.example', (page) => {
  const names = [...read(page).matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`/g)].map(
    ([, name]) => name,
  );
  // Those of the set-up and the tests, which the server does not read.
  const others = new Set(['MEDIASOUP_WORKER_BIN', 'CHROMIUM_PATH', 'FIREFOX_PATH']);
  const known = read('.env.example');
  const unknown = names.filter((name = '') => !others.has(name) && !known.includes(`\n${name}=`));
  expect(unknown).toEqual([]);
});

test.each([
  ['docs/raw-protocol.md', 'js', 'docs/guides/raw-protocol.js'],
  ['docs/embedding.md', 'html', 'docs/guides/embedding.html'],
])('the code in %s is that of its file', (page, language, file) => {
  const [, code] = new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'ms').exec(read(page)) ?? [];
  expect(code).toBeDefined();
  expect(read(file)).toContain(code);
});

describe('docs/token.md', () => {
  const token = read('docs/token.md');
  const rows = token.split('\n').filter((line) => line.startsWith('| `'));
  const cellsOf = (row: string) => row.split('|').slice(1, -1);

  test.each(['host', 'presenter', 'guest', 'viewer', 'agent'])('the row of a %s has its grants', (type) => {
    const [heads = []] = rows.filter((row) => row.includes('`publish:mic`')).map(cellsOf);
    const [cells = []] = rows.filter((row) => row.startsWith(`| \`${type}\``)).map(cellsOf);
    const granted = heads.flatMap((head, index) =>
      cells[index]?.includes('✓') ? head.match(/[\w:]+/g) : [],
    );
    expect(new Set(granted)).toEqual(grantsOf(type));
    expect(heads.slice(1).flatMap((head) => head.match(/[\w:]+/g))).toEqual(
      expect.arrayContaining([...GRANTS]),
    );
  });

  test('names every code with which a token is refused', () => {
    for (const code of Object.keys(codes).filter((code) => code.startsWith('token_'))) {
      expect(token).toContain(`\`${code}\``);
    }
  });
});
