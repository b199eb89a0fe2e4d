import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { load, temporaryFolder } from '../../support/scripts.ts';

const { bundleDeclarations } = await load('declarations');
const { buildClient } = await load('client');
const { buildSdk } = await load('sdk');

describe('declarations', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });

  const bundle = async (files: Record<string, string>): Promise<string> => {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, `${name}.d.ts`), text);
    return bundleDeclarations(join(folder, 'index.d.ts'));
  };

  test('are all that the exports need, with their comments, and nothing else', async () => {
    const text = await bundle({
      index: "/** The SDK. */\nexport type { A } from './a.ts';\nexport { B, type C } from './b.ts';\n",
      a: "import { type Inner } from './b.ts';\n/** Of use. Not Hidden. */\nexport interface A {\n    inner: Inner;\n}\n",
      b: [
        "import type { Z } from 'zod';",
        'export declare class B {\n    #private;\n}',
        "/** One. */\nexport type C = 'Hidden' | D;",
        "declare const table: {\n    readonly a: 'x';\n};\ntype D = keyof typeof table;",
        'interface Inner {\n    c: C;\n}',
        'export declare class Hidden {\n    z: Z;\n}',
        'export {};\n',
      ].join('\n'),
    });
    expect(text).toBe(
      [
        '/** The SDK. */\n',
        '/** Of use. Not Hidden. */\ninterface A {\n    inner: Inner;\n}\n',
        'interface Inner {\n    c: C;\n}\n',
        "/** One. */\ntype C = 'Hidden' | D;\n",
        'type D = keyof typeof table;\n',
        "declare const table: {\n    readonly a: 'x';\n};\n",
        'declare class B {\n    #private;\n}\n',
        'export { A, B, C };\n',
      ].join('\n'),
    );
  });

  test('do not name another package', async () => {
    const index = "export type { A } from './a.ts';\n";
    const a = "import { z } from 'zod';\nexport type A = z.infer<typeof x>;\n";
    await expect(bundle({ index, a })).rejects.toThrow('the types need z of zod');
  });

  test('have one name for one thing', async () => {
    const index = "export type { A } from './a.ts';\nexport type { B } from './b.ts';\n";
    const a = 'type Options = 1;\nexport type A = Options;\n';
    const b = 'type Options = 2;\nexport type B = Options;\n';
    await expect(bundle({ index, a, b })).rejects.toThrow(/both declare Options/);
  });
});

/** A type whose members have comments, which tsc writes into the first column. */
const UNION = "/** Why. */\nexport type Code =\n  /** It is one. */\n  | 'one' | 'two';\n";

describe('the build', () => {
  let project: string;
  const write = (file: string, text: string) => writeFile(join(project, file), text);
  const read = (file: string) => readFile(join(project, 'dist', file), 'utf8');
  const about = {
    version: '1.2.3',
    license: 'ISC',
    dependencies: { '@telnyx/webrtc': '^2.0.0', 'mediasoup-client': '^3.0.0' },
  };

  beforeEach(async () => {
    project = await temporaryFolder();
    await mkdir(join(project, 'src/client/phone'), { recursive: true });
    await mkdir(join(project, 'src/client/backend'), { recursive: true });
    await mkdir(join(project, 'docs'));
    await write('package.json', JSON.stringify(about));
    await write('LICENSE', 'ISC');
    await write('docs/sdk.md', '# SDK');
    await write('src/client/index.ts', "/** The SDK. */\nexport { answer } from './answer.ts';\n");
    await write('src/client/answer.ts', "import 'mediasoup-client';\nexport const answer: number = 42;\n");
    await write(
      'src/client/phone/index.ts',
      "/** The softphone. */\nexport type { Code } from './code.ts';\n",
    );
    await write('src/client/phone/code.ts', UNION);
    await write(
      'src/client/backend/index.ts',
      "/** For backends. */\nexport type { Key } from './key.ts';\n",
    );
    await write('src/client/backend/key.ts', 'export type Key = string;\n');
  });

  const build = async () => {
    await mkdir(join(project, 'node_modules/mediasoup-client'), { recursive: true });
    await write('node_modules/mediasoup-client/index.js', 'globalThis.loaded = true;');
    await buildClient(project);
    await buildSdk(project);
  };

  test('makes types, a file for the version, and a package', async () => {
    await build();
    expect(await read('sdk.d.ts')).toBe(
      '/** The SDK. */\n\ndeclare const answer: number;\n\nexport { answer };\n',
    );
    expect(await read('phone.d.ts')).toMatch(
      /^\/\*\* The softphone\. \*\/\s+\/\*\* Why\. \*\/\s+type Code =\s+\/\*\* It is one\. \*\/\s+'one' \| 'two';\s+export \{ Code \};\n$/,
    );
    expect(await read('sdk-1.2.3.js')).toMatch(/\/\/# sourceMappingURL=sdk-1\.2\.3\.js\.map\n$/);
    expect(await read('sdk-1.2.3.js.map')).toBe(await read('sdk.js.map'));
    expect((await readdir(join(project, 'dist/sdk-package'))).toSorted()).toEqual(
      [
        ...['LICENSE', 'README.md', 'package.json'],
        ...['index', 'phone', 'backend'].flatMap((name) => [`${name}.d.ts`, `${name}.js`, `${name}.js.map`]),
      ].toSorted(),
    );
    expect(await read('sdk-package/index.js')).toContain('import "mediasoup-client"');
    expect(JSON.parse(await read('sdk-package/package.json'))).toMatchObject({
      version: '1.2.3',
      dependencies: about.dependencies,
    });
  });

  test('is done again for changed sources alone, and leaves no older version', async () => {
    await build();
    await write('dist/sdk-package/README.md', 'as it was');
    await build();
    expect(await read('sdk-package/README.md')).toBe('as it was');

    await write('package.json', JSON.stringify({ ...about, version: '1.3.0' }));
    const later = new Date(Date.now() + 5000);
    await utimes(join(project, 'package.json'), later, later);
    await build();
    expect(await read('sdk-package/README.md')).toBe('# SDK');
    const versions = (await readdir(join(project, 'dist'))).filter((name) => name.startsWith('sdk-1'));
    expect(versions.toSorted()).toEqual(['sdk-1.3.0.js', 'sdk-1.3.0.js.map']);
  });

  test('of a type that cannot stand on its own is refused in one sentence', async () => {
    await write(
      'src/client/answer.ts',
      "import type { Device } from 'mediasoup-client';\nexport type answer = Device;\n",
    );
    await write('src/client/index.ts', "export type { answer } from './answer.ts';\n");
    await expect(build()).rejects.toThrow(
      /^The types of the SDK could not be built: the types need Device of mediasoup-client\.$/,
    );
  });
});
