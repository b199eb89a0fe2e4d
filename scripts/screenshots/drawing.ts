/** Drawn people and slides, in place of cameras and screens. */

export interface Drawing {
  /** The track of a canvas that is drawn anew so many times a second. */
  track(size: Size, rate: number, draw: Draw): MediaStreamTrack | undefined;
  /** Somebody before a wall of this hue, 0 to 360. */
  person(hue: number): Draw;
  slide: Draw;
}

interface Size {
  width: number;
  height: number;
}

/** Draws on a field of 1280 by 720, whatever the canvas has. */
type Draw = (pen: CanvasRenderingContext2D, seconds: number) => void;

declare global {
  interface Window {
    drawing: Drawing;
  }
}

/** Runs in a page, before what draws there. */
export function bringPens(): void {
  const ellipse = (pen: CanvasRenderingContext2D, x: number, y: number, rx: number, ry: number) => {
    pen.beginPath();
    pen.ellipse(x, y, rx, ry, 0, 0, 2 * Math.PI);
    pen.fill();
  };
  window.drawing = {
    track({ width, height }, rate, draw) {
      const canvas = document.createElement('canvas');
      Object.assign(canvas, { width, height });
      const pen = canvas.getContext('2d');
      pen?.scale(width / 1280, height / 720);
      if (pen) setInterval(() => draw(pen, performance.now() / 1000), 1000 / rate);
      return canvas.captureStream(rate).getVideoTracks()[0];
    },
    person: (hue) => (pen, seconds) => {
      const wall = pen.createLinearGradient(0, 0, 1280, 720);
      wall.addColorStop(0, `hsl(${hue} 33% 75%)`);
      wall.addColorStop(1, `hsl(${hue} 36% 51%)`);
      pen.fillStyle = wall;
      pen.fillRect(0, 0, 1280, 720);
      const sway = 8 * Math.sin(seconds);
      pen.fillStyle = `hsl(${(hue + 190) % 360} 32% 33%)`;
      ellipse(pen, 640 + sway / 2, 770, 310, 250);
      pen.fillStyle = `hsl(${(hue + 20) % 360} 33% 85%)`;
      ellipse(pen, 640 + sway, 345, 126, 162);
    },
    slide(pen, seconds) {
      pen.fillStyle = '#fbfaf7';
      pen.fillRect(0, 0, 1280, 720);
      pen.fillStyle = '#23303f';
      pen.font = 'bold 54px sans-serif';
      pen.fillText('Visitors, by month', 90, 130);
      for (let bar = 0; bar < 8; bar++) {
        const height = 60 + 46 * bar + 6 * Math.sin(seconds + bar);
        pen.fillStyle = `hsl(${210 + 5 * bar} 52% 51%)`;
        pen.fillRect(90 + 140 * bar, 650 - height, 90, height);
      }
    },
  };
}
