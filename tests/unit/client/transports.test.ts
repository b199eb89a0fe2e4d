/** How DTLS begins, with mediasoup-client's own handler for tests in place of a browser's. */
import { Device, FakeHandler, testFakeParameters } from 'mediasoup-client';
import { expect, test } from 'vitest';
import type { Certificate } from '../../../src/client/preparation.ts';
import type { Signaling } from '../../../src/client/signaling.ts';
import { Transports } from '../../../src/client/transports.ts';
import type { TransportOptions } from '../../../src/protocol/transports.ts';

const fingerprints = [{ algorithm: 'sha-256', value: 'AA:BB' }] as const;
/** Stands for a certificate, which only a browser could use. */
const certificate = { certificate: {}, fingerprints: [...fingerprints] } as unknown as Certificate;

const remote = (id: string): TransportOptions => ({
  id,
  iceParameters: { usernameFragment: 'u', password: 'p' },
  iceCandidates: [],
  dtlsParameters: { role: 'auto', fingerprints: [...fingerprints] },
  sctpParameters: { port: 5000, OS: 1024, MIS: 1024, maxMessageSize: 65_536 },
});

async function open(handlerName: string, ofBrowser: Certificate | undefined) {
  const factory = FakeHandler.createFactory(testFakeParameters);
  const device = new Device({ handlerFactory: { ...factory, name: handlerName } });
  await device.load({ routerRtpCapabilities: testFakeParameters.generateRouterRtpCapabilities() });
  const requests: [method: string, params: unknown][] = [];
  const request = ((method: string, params: unknown) => {
    requests.push([method, params]);
    return Promise.resolve({});
  }) as Signaling['request'];
  const transports = new Transports({
    preparation: { device, capabilitiesHash: 'hash', certificate: ofBrowser },
    remote: { send: remote('send'), recv: remote('recv') },
    iceServers: [],
    request,
    onState: () => {},
  });
  return { transports, requests };
}

test('a browser whose certificate is known tells its fingerprints once, ahead of both transports', async () => {
  const { transports, requests } = await open('Firefox120', certificate);
  expect(transports.dtls).toEqual({
    send: { role: 'client', fingerprints },
    recv: { role: 'client', fingerprints },
  });
  transports.warmRecv();
  transports.warmSend();
  await transports.produceData('reliable');
  expect(requests).toEqual([]);
  transports.close();
});

test('of Chromium the sending side is the server of the handshake', async () => {
  const { transports } = await open('Chrome111', certificate);
  expect(transports.dtls?.send?.role).toBe('server');
  expect(transports.dtls?.recv?.role).toBe('client');
  transports.close();
});

test.each([
  'Chrome111',
  'Firefox120',
])('%s without a certificate tells nothing ahead, and of each transport when it starts', async (handler) => {
  const { transports, requests } = await open(handler, undefined);
  expect(transports.dtls).toBeUndefined();
  expect(requests).toEqual([]);
  transports.warmRecv();
  await expect.poll(() => requests.length).toBe(1);
  transports.warmSend();
  await transports.produceData('reliable');
  const { fingerprints: made } = testFakeParameters.generateLocalDtlsParameters();
  expect(requests).toMatchObject([
    ['connect', { recv: { fingerprints: made } }],
    ['connect', { send: { fingerprints: made } }],
  ]);
  transports.close();
});
