/** Runs in a page: its camera and its screen are drawings from now on. The colour is a hue, 0 to 360. */
export function drawCameras(hue: number): void {
  const drawn = (
    width: number,
    height: number,
    draw: (pen: CanvasRenderingContext2D, time: number) => void,
  ) => {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width, height });
    const pen = canvas.getContext('2d');
    if (pen) setInterval(() => draw(pen, performance.now() / 1000), 50);
    return canvas.captureStream(20);
  };
  const ellipse = (pen: CanvasRenderingContext2D, x: number, y: number, rx: number, ry: number) => {
    pen.beginPath();
    pen.ellipse(x, y, rx, ry, 0, 0, 2 * Math.PI);
    pen.fill();
  };
  const person = (pen: CanvasRenderingContext2D, time: number) => {
    const wall = pen.createLinearGradient(0, 0, 1280, 720);
    wall.addColorStop(0, `hsl(${hue} 40% 78%)`);
    wall.addColorStop(1, `hsl(${hue} 45% 52%)`);
    pen.fillStyle = wall;
    pen.fillRect(0, 0, 1280, 720);
    const sway = 8 * Math.sin(time);
    pen.fillStyle = `hsl(${(hue + 180) % 360} 35% 32%)`;
    ellipse(pen, 640 + sway / 2, 760, 330, 250);
    pen.fillStyle = `hsl(${hue} 35% 88%)`;
    ellipse(pen, 640 + sway, 330, 130, 165);
  };
  const slide = (pen: CanvasRenderingContext2D, time: number) => {
    pen.fillStyle = '#fbfaf7';
    pen.fillRect(0, 0, 1280, 720);
    pen.fillStyle = '#23303f';
    pen.font = 'bold 54px sans-serif';
    pen.fillText('Visitors, by month', 90, 130);
    for (let bar = 0; bar < 8; bar++) {
      const height = 60 + 46 * bar + 10 * Math.sin(time + bar);
      pen.fillStyle = `hsl(${205 + 6 * bar} 55% 50%)`;
      pen.fillRect(90 + 140 * bar, 650 - height, 90, height);
    }
  };
  const { mediaDevices } = navigator;
  const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
  mediaDevices.getUserMedia = async ({ audio, video } = {}) => {
    const stream = video ? drawn(1280, 720, person) : new MediaStream();
    if (audio) for (const track of (await getUserMedia({ audio })).getTracks()) stream.addTrack(track);
    return stream;
  };
  mediaDevices.getDisplayMedia = async () => drawn(1280, 720, slide);
}
