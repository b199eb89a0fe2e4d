/** The variables of webhooks. */
import { expect, test } from 'vitest';
import { ConfigError, loadConfig, secretsOf } from '../../../src/config.ts';

const base = { JWT_SECRET: 'tests-4Qx7vW2nL9sK6pYdR3fHz8BcJ5mGtUeA1' };
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const url = 'https://app.example/hooks';

test('receivers have addresses, and secrets that reach no log', () => {
  const config = loadConfig({
    ...base,
    WEBHOOK_URLS: `${url}, http://127.0.0.1:1/`,
    WEBHOOK_SECRETS: secret,
  });
  expect(config.webhooks).toMatchObject({ urls: [url, 'http://127.0.0.1:1/'], secrets: [secret] });
  expect(secretsOf(config)).toContain(secret);
});

test('production warns of a receiver without TLS', () => {
  const variables = { ...base, WEBHOOK_URLS: 'http://app.example/', WEBHOOK_SECRETS: secret };
  const { warnings } = loadConfig({ ...variables, ENVIRONMENT: 'production' });
  expect(warnings).toEqual([expect.stringContaining('WEBHOOK_URLS')]);
});

test.each([
  ['no secret', { WEBHOOK_URLS: url }],
  ['a secret that is too short', { WEBHOOK_URLS: url, WEBHOOK_SECRETS: 'whsec_MTIz' }],
  ['a secret without its prefix', { WEBHOOK_URLS: url, WEBHOOK_SECRETS: secret.slice(6) }],
  ['three secrets', { WEBHOOK_URLS: url, WEBHOOK_SECRETS: [secret, secret, secret].join() }],
  ['an address twice', { WEBHOOK_URLS: `${url},${url}`, WEBHOOK_SECRETS: secret }],
  ['another scheme', { WEBHOOK_URLS: 'file:///etc/passwd', WEBHOOK_SECRETS: secret }],
  ['a password in the address', { WEBHOOK_URLS: 'https://a:b@app.example/', WEBHOOK_SECRETS: secret }],
  ['no type of event', { WEBHOOK_EVENTS: 'Room Started' }],
  ['no network', { WEBHOOK_ALLOWED_NETWORKS: 'localhost' }],
])('%s is refused', (_what, variables) => {
  expect(() => loadConfig({ ...base, ...variables })).toThrow(ConfigError);
});
