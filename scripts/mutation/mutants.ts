/** Small faults that could be made in a source: what a test should notice. */
import { parseAst } from 'vite';

export interface Mutant {
  /** The file, from the project's folder. */
  readonly file: string;
  readonly line: number;
  /** What stands there, and what is put in its place. */
  readonly from: string;
  readonly to: string;
  /** Where it stands in the source. */
  readonly start: number;
  readonly end: number;
}

/** A node of the tree, as ESTree has it. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  '<': ['<=', '>='],
  '<=': ['<', '>'],
  '>': ['>=', '<='],
  '>=': ['>', '<'],
  '===': ['!=='],
  '!==': ['==='],
  '+': ['-'],
  '-': ['+'],
  '*': ['/'],
  '/': ['*'],
  '%': ['*'],
  '&&': ['||'],
  '||': ['&&'],
  '??': ['&&'],
};

/** What is not run, or says nothing of what it does. */
const SKIPPED = /^(TS|Import|ExportAll)/;

/** The faults that are made in a source of this file. */
export function mutantsOf(file: string, source: string): Mutant[] {
  const found: Mutant[] = [];
  const put = (start: number, end: number, to: string) => {
    const from = source.slice(start, end);
    const line = source.slice(0, start).split('\n').length;
    if (from !== to) found.push({ file, line, from, to, start, end });
  };
  walk(parseAst(source, { lang: 'ts' }) as unknown as Node, (node, parent) =>
    mutate(node, parent, source, put),
  );
  return found;
}

function walk(node: Node, visit: (node: Node, parent: Node) => void, parent: Node = node): void {
  if (SKIPPED.test(node.type)) return;
  visit(node, parent);
  for (const value of Object.values(node)) {
    for (const child of [value].flat()) if (isNode(child)) walk(child, visit, node);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

type Put = (start: number, end: number, to: string) => void;

function mutate(node: Node, parent: Node, source: string, put: Put): void {
  const { left, right, operator, test, argument } = node;
  if (isNode(left) && isNode(right) && typeof operator === 'string') {
    for (const other of OPERATORS[operator] ?? []) {
      put(left.end, right.start, source.slice(left.end, right.start).replace(operator, other));
    }
  }
  if (isNode(test)) for (const constant of ['true', 'false']) put(test.start, test.end, constant);
  if (node.type === 'UnaryExpression' && operator === '!' && isNode(argument)) {
    put(node.start, argument.start, '');
  }
  if (node.type === 'Literal') mutateLiteral(node, parent, put);
  // Left out: what is done for its effect, and the work of a function.
  if (node.type === 'ExpressionStatement' && !isDirective(node)) put(node.start, node.end, ';');
  if (node.type === 'ReturnStatement' && isNode(argument))
    put(argument.start, argument.end, 'undefined as never');
  if (node.type === 'SpreadElement' && isNode(argument)) put(argument.start, argument.end, '[]');
}

function mutateLiteral({ value, start, end }: Node, parent: Node, put: Put): void {
  if (typeof value === 'boolean') put(start, end, String(!value));
  if (typeof value === 'number') put(start, end, String(value + 1));
  // A name of a property is none that is compared with anything.
  if (typeof value === 'string' && parent.type !== 'Property') put(start, end, value === '' ? '"x"' : '""');
}

function isDirective(node: Node): boolean {
  return typeof node.directive === 'string';
}
