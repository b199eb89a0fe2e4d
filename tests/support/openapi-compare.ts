/** What of a newer description of the API breaks callers of an older one. */

interface Schema {
  readonly [key: string]: unknown;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Operation {
  readonly operationId?: string;
  readonly parameters?: readonly { name: string; in: string; required?: boolean; schema: Schema }[];
  readonly requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> };
  readonly responses: Readonly<Record<string, { content?: Record<string, { schema: Schema }> }>>;
}

/** One sentence for each break: an operation, an answer or a field that is gone, or a request that is refused now. */
export function breakingChanges(before: Document, after: Document): string[] {
  return Object.entries(before.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) => {
      const name = `${method.toUpperCase()} ${path}`;
      const now = after.paths[path]?.[method];
      if (!now) return [`${name} is gone`];
      return [
        ...parameterBreaks(operation, now).map((fault) => `${name}: ${fault}`),
        ...bodyBreaks(operation, now, before, after).map((fault) => `${name}: ${fault}`),
        ...answerBreaks(operation, now, before, after).map((fault) => `${name}: ${fault}`),
      ];
    }),
  );
}

function parameterBreaks(before: Operation, after: Operation): string[] {
  const keyOf = ({ name, in: place }: { name: string; in: string }) => `${place} ${name}`;
  const known = new Map((before.parameters ?? []).map((parameter) => [keyOf(parameter), parameter]));
  const now = new Map((after.parameters ?? []).map((parameter) => [keyOf(parameter), parameter]));
  const gone = [...known.keys()].filter((key) => !now.has(key)).map((key) => `the parameter ${key} is gone`);
  const required = [...now].filter(([key, { required }]) => required && !known.get(key)?.required);
  return [...gone, ...required.map(([key]) => `the parameter ${key} is required now`)];
}

function bodyBreaks(before: Operation, after: Operation, old: Document, now: Document): string[] {
  const schemaOf = ({ requestBody }: Operation) => requestBody?.content['application/json']?.schema;
  const [given, taken] = [schemaOf(before), schemaOf(after)];
  if (!taken) return given ? ['a body is not taken any more'] : [];
  if (!given) return after.requestBody?.required ? ['a body is required now'] : [];
  return differences(resolve(given, old), resolve(taken, now), [old, now], 'body').request;
}

function answerBreaks(before: Operation, after: Operation, old: Document, now: Document): string[] {
  return Object.entries(before.responses).flatMap(([status, { content }]) => {
    const answered = after.responses[status];
    if (!answered) return [`${status} is not answered any more`];
    const [given, taken] = [content, answered.content].map((each) => Object.values(each ?? {})[0]?.schema);
    if (!given) return [];
    if (!taken) return [`${status} has no body any more`];
    return differences(resolve(given, old), resolve(taken, now), [old, now], status).answer;
  });
}

/** What breaks where the schema is that of a request, and where it is that of an answer. */
function differences(
  before: Schema,
  after: Schema,
  documents: readonly [Document, Document],
  path: string,
): { request: string[]; answer: string[] } {
  const request: string[] = [];
  const answer: string[] = [];
  const types = [before, after].map(({ type }) => [type].flat().filter((one) => one !== undefined));
  const [was = [], is = []] = types;
  if (was.some((type) => !is.includes(type)) && is.length > 0)
    request.push(`${path} may not be ${was.join(' or ')} any more`);
  if (is.some((type) => !was.includes(type)) && was.length > 0)
    answer.push(`${path} may be ${is.join(' or ')} now`);
  const [oldEnum, newEnum] = [before.enum, after.enum].map((values) =>
    Array.isArray(values) ? values : undefined,
  );
  if (newEnum && oldEnum?.some((value) => !newEnum.includes(value)))
    request.push(`${path} takes fewer values`);
  const [oldNeeds, newNeeds] = [before.required, after.required].map((names) =>
    Array.isArray(names) ? names : [],
  );
  for (const name of newNeeds ?? [])
    if (!oldNeeds?.includes(name)) request.push(`${path}.${name} is required now`);
  for (const name of oldNeeds ?? [])
    if (!newNeeds?.includes(name)) answer.push(`${path}.${name} may be absent now`);
  for (const [name, schema] of childrenOf(before)) {
    const now = childrenOf(after).get(name);
    if (!now) {
      request.push(`${path}.${name} is not taken any more`);
      answer.push(`${path}.${name} is gone`);
      continue;
    }
    const [old, fresh] = [resolve(schema, documents[0]), resolve(now, documents[1])];
    const inside = differences(old, fresh, documents, `${path}.${name}`);
    request.push(...inside.request);
    answer.push(...inside.answer);
  }
  return { request, answer };
}

function childrenOf(schema: Schema): Map<string, Schema> {
  const { properties, items, anyOf } = schema as {
    properties?: Record<string, Schema>;
    items?: Schema;
    anyOf?: Schema[];
  };
  return new Map([
    ...Object.entries(properties ?? {}),
    ...(items ? [['[]', items] as const] : []),
    ...(anyOf ?? []).map((each, index) => [`(${index})`, each] as const),
  ]);
}

function resolve(schema: Schema, { components }: Document): Schema {
  const name = /^#\/components\/schemas\/(.+)$/.exec(String(schema.$ref ?? ''))?.[1];
  return name === undefined ? schema : (components.schemas[name] ?? {});
}
