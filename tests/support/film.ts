/** A film for Chromium's fake camera: so small that to code and decode it takes little of a machine. */
import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const WIDTH = 320;
const HEIGHT = 180;
const FRAMES_PER_SECOND = 10;
const FRAMES = 20;

/** Writes stripes that wander, as an endless film in YUV4MPEG2, and removes it again when asked to. */
export async function makeFilm(): Promise<{ path: string; remove(): void }> {
  const folder = await mkdtemp(join(tmpdir(), 'aq-film-'));
  const path = join(folder, 'film.y4m');
  const header = `YUV4MPEG2 W${WIDTH} H${HEIGHT} F${FRAMES_PER_SECOND}:1 Ip A1:1 C420jpeg\n`;
  const frames = Array.from({ length: FRAMES }, (_, n) => ['FRAME\n', stripes(n)]).flat();
  await writeFile(path, Buffer.concat([header, ...frames].map((part) => Buffer.from(part))));
  return { path, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** One picture in YUV 4:2:0: brightness for each pixel, two colours for each four of them. */
function stripes(n: number): Uint8Array {
  const picture = new Uint8Array((WIDTH * HEIGHT * 3) / 2).fill(128);
  for (let at = 0; at < WIDTH * HEIGHT; at++) {
    const [x, y] = [at % WIDTH, Math.floor(at / WIDTH)];
    picture[at] = (2 * x + y + (n * 256) / FRAMES) % 256;
  }
  return picture;
}
