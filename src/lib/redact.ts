/** Keeps tokens and secrets out of the log. */

/** What stands in the place of a credential. */
const REDACTED = '[redacted]';
/** How deep objects are followed; what is deeper is left out of the log. */
const MAX_DEPTH = 16;

/** Words with dots between, as a JWT is, and host names too. Each word is looked at once, however long it is. */
const DOTTED = /(?<![\w-])[\w-]+(?:\.[\w-]*)+/g;
/** The base64url of a JSON object, as the header of a JWT is: it begins with a brace, and a quote or white space. */
const JWT_HEADER = /eyJ|(?<![\w-])(?:eyA|ewo|ew0)/;
/** An API key of Telnyx. */
const TELNYX_KEY = /\bKEY[0-9A-Za-z]{16}[\w-]*/g;

/** The last part of the names of credentials. */
const NAMES = 'token|secret|passw(?:or)?d|credential|authorization|api[-_]?key';
const CREDENTIAL_NAME = new RegExp(`(?:${NAMES})$`, 'i');
/** A name and what separates it from its value, as in a query, a header, or JSON that is quoted in a text. */
const NAMED = `(?:${NAMES})\\\\*["']?\\s*[=:]\\s*\\\\*`;
/** Of `Authorization` without quotes everything goes up to the end of the line, as its value has words of its own. */
const WHOLE_LINE = '(authorization\\s*[=:]\\s*)(?!["\'\\\\])[^\\r\\n]+';
/** Without its other quote, a quoted value ends where the next name begins, or with the text. */
const QUOTED = `(${NAMED})(["'])(?:\\\\.|(?!\\3|${NAMED}).)*\\3?`;
const UNQUOTED = `(${NAMED})(?:(?:Bearer|Basic)\\s+)?[^\\s"'&,;})\\\\]+`;
const CREDENTIAL = new RegExp([WHOLE_LINE, QUOTED, UNQUOTED].join('|'), 'gis');

/** Takes credentials out of a JSON value: out of its texts, and the values of names such as `password`. */
export type Redact = (value: unknown) => unknown;

/** @param secrets texts that are taken out wherever they are */
export function createRedact(secrets: readonly string[] = []): Redact {
  // The longest first, as one may be a part of another.
  const known = secrets.filter(Boolean).sort((one, other) => other.length - one.length);
  const redact = (value: unknown, depth: number): unknown => {
    if (typeof value === 'string') return redactText(value, known);
    if (typeof value !== 'object' || value === null) return value;
    if (depth === 0) return '[too deep]';
    if (Array.isArray(value)) return value.map((item) => redact(item, depth - 1));
    const entries = Object.entries(value).map(([name, item]) => [
      redactText(name, known),
      isCredential(name, item) ? REDACTED : redact(item, depth - 1),
    ]);
    return Object.fromEntries(entries);
  };
  return (value) => redact(value, MAX_DEPTH);
}

/** The text without tokens and credentials. */
export function redactText(text: string, secrets: readonly string[] = []): string {
  return secrets
    .reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text)
    .replace(DOTTED, redactToken)
    .replace(TELNYX_KEY, '[key]')
    .replace(CREDENTIAL, `$1$2$3$4${REDACTED}$3`);
}

/** Takes a JWT out of words with dots between, whole or with its signature cut off. */
function redactToken(words: string): string {
  const start = words.search(JWT_HEADER);
  return start < 0 || words.indexOf('.', start) < 0 ? words : `${words.slice(0, start)}[token]`;
}

function isCredential(name: string, value: unknown): boolean {
  return CREDENTIAL_NAME.test(name) && value !== null && typeof value !== 'boolean';
}
