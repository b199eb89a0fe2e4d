/** What a first visit moves, until the first remote picture. */
import type { Browser, Page } from 'playwright-core';

export interface Visit {
  requests: { url: string; bytes: number }[];
  /** Of all requests, with their headers, and of the WebSocket's frames, both ways. */
  bytes: number;
}

/** Opens a link in a browser that has never been there, and waits for another peer's picture. */
export async function visit(browser: Browser, link: string): Promise<Visit> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const counted = await count(page);
  await page.goto(link);
  await page.waitForFunction(() => {
    const video = document.querySelector<HTMLVideoElement>('video[data-peer-id]');
    return video !== null && video.videoWidth > 0;
  });
  const requests = [...counted.requests.values()];
  await context.close();
  const bytes = requests.reduce((sum, { bytes }) => sum + bytes, counted.frames());
  return { requests, bytes };
}

/** Counts what the page's network says of itself. */
async function count(page: Page) {
  const requests = new Map<string, { url: string; bytes: number }>();
  let frames = 0;
  const cdp = await page.context().newCDPSession(page);
  cdp.on('Network.requestWillBeSent', ({ requestId, request: { url } }) => {
    if (url.startsWith('http')) requests.set(requestId, { url, bytes: 0 });
  });
  cdp.on('Network.webSocketCreated', ({ requestId, url }) => requests.set(requestId, { url, bytes: 0 }));
  cdp.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
    const request = requests.get(requestId);
    if (request) request.bytes = encodedDataLength;
  });
  const onFrame = ({ response }: { response: { payloadData: string } }) => {
    frames += response.payloadData.length;
  };
  cdp.on('Network.webSocketFrameReceived', onFrame);
  cdp.on('Network.webSocketFrameSent', onFrame);
  await cdp.send('Network.enable');
  return { requests, frames: () => frames };
}
