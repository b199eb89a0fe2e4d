/** What the generated description of the API lacks: errors, idempotency keys, and only those schemas that are used. */
import type { OpenAPIV3_1 } from 'openapi-types';

type Document = OpenAPIV3_1.Document;
type Operation = OpenAPIV3_1.OperationObject;

const METHODS = ['get', 'put', 'post', 'delete'] as const;

const IDEMPOTENCY_KEY: OpenAPIV3_1.ParameterObject = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  description:
    'Of the caller’s making, such as a UUID: the request is done once, however often it is sent in a day.',
  schema: { type: 'string', minLength: 1, maxLength: 128 },
};

const REFUSED: OpenAPIV3_1.ResponseObject = {
  description: 'Refused, or failed.',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

/** The operations of a description. */
export function operationsOf({
  paths = {},
}: Document): { method: string; path: string; operation: Operation }[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item?.[method];
      return operation ? [{ method, path, operation }] : [];
    }),
  );
}

/** Completes a description in place. */
export function completeDocument(document: Document): Document {
  for (const { method, operation } of operationsOf(document)) {
    const isKeyed = operation.security === undefined;
    if (isKeyed && method !== 'get')
      operation.parameters = [...(operation.parameters ?? []), IDEMPOTENCY_KEY];
    operation.responses = { ...operation.responses, default: REFUSED };
    const done = operation.responses['204'];
    if (done && 'content' in done) delete done.content;
  }
  document.security = [{ apiKey: [] }];
  const { components = {} } = document;
  document.components = { ...components, schemas: onlyUsed(document.paths ?? {}, components.schemas ?? {}) };
  return document;
}

type Schemas = NonNullable<OpenAPIV3_1.ComponentsObject['schemas']>;

/** The schemas that the paths refer to, also through others. */
function onlyUsed(paths: object, schemas: Schemas): Schemas {
  const used = new Set<string>();
  const visit = (part: unknown): void => {
    for (const [, name = ''] of JSON.stringify(part).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(schemas[name]);
    }
  };
  visit(paths);
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => used.has(name)));
}
