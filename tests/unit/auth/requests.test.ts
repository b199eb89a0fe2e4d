import type { IncomingHttpHeaders } from 'node:http';
import { describe, expect, test } from 'vitest';
import { readToken } from '../../../src/auth/requests.ts';

const protocols = (value: string): IncomingHttpHeaders => ({ 'sec-websocket-protocol': value });

describe('a token is read', () => {
  test.each<[string, string, IncomingHttpHeaders]>([
    ['from the query', '/aq_server/websocket?token=T', {}],
    ['from the query among others', '/?a=1&token=T&b=2', {}],
    ['from the query, percent-encoded', '/?token=%54', {}],
    ['from a target that is no URL', '//?token=T', {}],
    ['from the header', '/', { authorization: 'Bearer T' }],
    ['from the header in any case', '/?', { authorization: 'bEARER  T' }],
    ['from the header when the query is empty', '/?token=', { authorization: 'Bearer T' }],
    ['from a subprotocol', '/', protocols('aq.v1, bearer.T')],
    ['from the first subprotocol', '/', protocols('bearer.T,aq.v1')],
    [
      'from the query before the header',
      '/?token=T',
      { authorization: 'Bearer H', ...protocols('bearer.P') },
    ],
    ['from the header before the subprotocol', '/', { authorization: 'Bearer T', ...protocols('bearer.P') }],
  ])('%s', (_, url, headers) => expect(readToken({ url, headers })).toBe('T'));
});

describe('no token is', () => {
  test.each<[string, string | undefined, IncomingHttpHeaders]>([
    ['nothing', '/', {}],
    ['no target', undefined, {}],
    ['an empty query', '/?token=', {}],
    ['one in the path', '/token=T', {}],
    ['another scheme', '/', { authorization: 'Basic T' }],
    ['a scheme alone', '/', { authorization: 'Bearer' }],
    ['two words', '/', { authorization: 'Bearer T T' }],
    ['an empty subprotocol', '/', protocols('aq.v1, bearer.')],
    ['other subprotocols', '/', protocols('aq.v1, token.T')],
  ])('%s', (_, url, headers) => {
    expect(() => readToken({ url, headers })).toThrow(expect.objectContaining({ code: 'token_missing' }));
  });
});
