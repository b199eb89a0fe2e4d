/** `GET /api/v1/docs`: a page to read and try the API, of a package that is served from here. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { loadFiles, type StaticFile, sendFile } from '../pages/static-files.ts';

const PATH = '/api/v1/docs';
const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js'] as const;

/** Swagger UI sets styles by attribute, and has pictures in its styles. It loads nothing from elsewhere. */
const CSP = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const PAGE = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>aq-server API</title>
<link rel="stylesheet" href="${PATH}/swagger-ui.css">
<div id="docs"></div>
<script src="${PATH}/swagger-ui-bundle.js"></script>
<script src="${PATH}/start.js"></script>
</html>
`;

const START = `SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  docExpansion: 'list',
  validatorUrl: null,
});
`;

/** The files are read when somebody asks for the first time. */
export function docsPage(server: FastifyInstance): void {
  let files: Promise<Map<string, StaticFile>> | undefined;
  server.get(PATH, async (_request, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .headers({ 'content-security-policy': CSP, 'cache-control': 'no-cache' })
      .send(PAGE),
  );
  server.get(`${PATH}/start.js`, async (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').header('cache-control', 'no-cache').send(START),
  );
  for (const name of FILES) {
    server.get(`${PATH}/${name}`, async (request, reply) => {
      files ??= loadFiles(folderOfPackage(), { deep: false });
      const file = (await files).get(name);
      return file ? sendFile(file, 'no-cache', request, reply) : reply.callNotFound();
    });
  }
}

function folderOfPackage(): string {
  return join(dirname(createRequire(import.meta.url).resolve('@fastify/swagger-ui')), 'static');
}
