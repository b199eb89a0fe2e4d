// @ts-check
/** The types of a module in one file, from the declarations that tsc writes for each of its files. */
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * @typedef {object} Declarations what one file declares
 * @property {Map<string, string>} texts by name, with their comments
 * @property {Map<string, { name: string, file: string }>} imports what a name stands for that another file declares
 */

/**
 * All that the exports of a module need and nothing else, as one module without imports.
 *
 * @param {string} entry a `.d.ts` that only exports from other files; its first comment heads the result
 * @returns {Promise<string>}
 * @throws Error where the types need those of a package, or two files have one name for two things
 */
export async function bundleDeclarations(entry) {
  const exported = await read(entry);
  /** @type {Map<string, Declarations>} */
  const files = new Map();
  /** @type {Map<string, { file: string, text: string }>} */
  const found = new Map();

  /** @param {string} name @param {string} file */
  const find = async (name, file) => {
    const known = found.get(name);
    if (known?.file === file) return;
    if (known) throw new Error(`${known.file} and ${file} both declare ${name}`);
    if (!file.startsWith('/') && !/^\w:/.test(file)) throw new Error(`the types need ${name} of ${file}`);
    const declarations = files.get(file) ?? (await read(file));
    files.set(file, declarations);
    const text = declarations.texts.get(name);
    if (text === undefined) throw new Error(`${file} does not declare ${name}`);
    found.set(name, { file, text });
    for (const word of wordsOf(text)) {
      const imported = declarations.imports.get(word);
      if (imported && imported.name !== word) throw new Error(`${file} renames ${imported.name}`);
      if (imported) await find(word, imported.file);
      else if (declarations.texts.has(word)) await find(word, file);
    }
  };
  for (const { name, file } of exported.imports.values()) await find(name, file);

  const names = [...exported.imports.keys()].toSorted();
  const head = /^\/\*\*.*?\*\/\n/s.exec(await readFile(entry, 'utf8'))?.[0] ?? '';
  return [head, ...[...found.values()].map(({ text }) => text), `export { ${names.join(', ')} };\n`].join(
    '\n',
  );
}

/** @param {string} file @returns {Promise<Declarations>} */
async function read(file) {
  /** @type {Declarations} */
  const declarations = { texts: new Map(), imports: new Map() };
  for (const statement of statementsOf(await readFile(file, 'utf8'))) {
    const [, names, from] = /^(?:import|export)\b[^{]*\{(.*)\} from '(.*)';$/s.exec(code(statement)) ?? [];
    if (names !== undefined && from !== undefined) {
      for (const [local, name] of importedNames(names)) {
        declarations.imports.set(local, { name, file: resolve(from, file) });
      }
    }
    const declared = /^(?:export )?(?:declare )?(?:class|interface|type|const|function) (\w+)/.exec(
      code(statement),
    );
    if (declared?.[1]) declarations.texts.set(declared[1], unexported(statement));
  }
  return declarations;
}

/** Where a statement begins, or the comment before it: those of a union's members stand in the first column too. */
const STATEMENT = /^(?=(?:\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?(?:import|export|declare|interface|type|class) )/m;

/** The statements of a file with the comments before them: what tsc writes begins each in the first column. @param {string} text */
function statementsOf(text) {
  return text.split(STATEMENT).reduce((/** @type {string[]} */ statements, part) => {
    const last = statements.at(-1);
    // A comment belongs to what follows it.
    if (last !== undefined && code(last) === '') statements[statements.length - 1] = last + part;
    else statements.push(part);
    return statements;
  }, []);
}

/** @param {string} names as in `type A, B as C` @returns {[local: string, name: string][]} */
function importedNames(names) {
  return names
    .split(',')
    .map((part) => part.trim().replace(/^type /, ''))
    .filter(Boolean)
    .map((part) => {
      const [name = '', local = name] = part.split(' as ');
      return [local, name];
    });
}

/** @param {string} from @param {string} file */
function resolve(from, file) {
  return from.startsWith('.') ? join(dirname(file), from.replace(/\.tsx?$/, '.d.ts')) : from;
}

/** @param {string} statement */
function unexported(statement) {
  const declaration = statement.replace(/^export (?=declare |interface |type )/m, '');
  return declaration.replace(/^(?=const |class |function )/m, 'declare ');
}

/** The names that a declaration mentions, outside of comments and strings. @param {string} text */
function wordsOf(text) {
  return new Set(
    code(text)
      .replace(/'[^']*'/g, '')
      .match(/[A-Za-z_]\w*/g),
  );
}

/** @param {string} text */
function code(text) {
  return text.replace(/\/\*.*?\*\//gs, '').trim();
}
