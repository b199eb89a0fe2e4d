import type { Page } from 'playwright-core';
import { bringPens } from './drawing.ts';

/** Makes drawings of the page's camera and screen, before it is opened. The colour is a hue, 0 to 360. */
export async function drawCameras(page: Page, hue: number): Promise<void> {
  await page.addInitScript(bringPens);
  await page.addInitScript(replaceCameras, hue);
}

/** Runs in the page. */
function replaceCameras(hue: number): void {
  const { track, person, slide } = window.drawing;
  const size = { width: 1280, height: 720 };
  const drawn = (draw: typeof slide) => new MediaStream([track(size, 20, draw)].filter((one) => !!one));
  const { mediaDevices } = navigator;
  const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async ({ audio, video } = {}) => {
    const stream = video ? drawn(person(hue)) : new MediaStream();
    if (audio) for (const track of (await getUserMedia({ audio })).getTracks()) stream.addTrack(track);
    return stream;
  };
  mediaDevices.getDisplayMedia = async () => drawn(slide);
}
