/** Imported as a module, `node:http` would load all that it exports lazily, with the client behind `fetch`: 2 MiB. */
const { STATUS_CODES } = process.getBuiltinModule('node:http');

/** The reason phrase of an HTTP status (RFC 9110 section 15), or an empty string. */
export function statusText(status: number): string {
  return STATUS_CODES[status] ?? '';
}
