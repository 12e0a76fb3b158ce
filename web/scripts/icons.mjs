// Draws the panel's icon: a house with three claw marks. Writes public/icon.svg and the PNG files that
// phones want, from the same shapes, with nothing but Node. Run by hand (`npm run icons`) when it changes.
import { writeFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';

const GREEN = [47, 125, 107];
const PAPER = [250, 248, 243];

// In a square of 100 by 100.
const HOUSE = [
  [50, 19],
  [83, 47],
  [76, 47],
  [76, 80],
  [24, 80],
  [24, 47],
  [17, 47],
];
const CLAWS = [
  { from: [41, 50], to: [37, 69], width: 3.1 },
  { from: [51.5, 46], to: [48.5, 72], width: 3.4 },
  { from: [62, 50], to: [60, 69], width: 3.1 },
];
const HOUSE_ROUNDING = 4;

function distanceToSegment([x, y], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const t = Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy)));
  return Math.hypot(x - ax - t * dx, y - ay - t * dy);
}

function distanceToHouse(point) {
  let inside = false;
  let distance = Number.POSITIVE_INFINITY;
  for (let i = 0, j = HOUSE.length - 1; i < HOUSE.length; j = i++) {
    const [a, b] = [HOUSE[i], HOUSE[j]];
    distance = Math.min(distance, distanceToSegment(point, a, b));
    const crosses = a[1] > point[1] !== b[1] > point[1];
    if (crosses && point[0] < ((b[0] - a[0]) * (point[1] - a[1])) / (b[1] - a[1]) + a[0]) inside = !inside;
  }
  return inside ? -distance : distance;
}

function distanceToTile([x, y], radius) {
  const [qx, qy] = [Math.abs(x - 50) - 50 + radius, Math.abs(y - 50) - 50 + radius];
  return Math.hypot(Math.max(qx, 0), Math.max(qy, 0)) + Math.min(Math.max(qx, qy), 0) - radius;
}

function png(size, { radius, scale }) {
  const rows = Buffer.alloc(size * (size * 4 + 1));
  const pixel = 100 / size;
  const cover = (distance) => Math.max(0, Math.min(1, 0.5 - distance / pixel));
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const at = [(x + 0.5) * pixel, (y + 0.5) * pixel];
      const drawn = [(at[0] - 50) / scale + 50, (at[1] - 50) / scale + 50];
      const house = cover((distanceToHouse(drawn) - HOUSE_ROUNDING) * scale);
      const claws = CLAWS.map(({ from, to, width }) =>
        cover((distanceToSegment(drawn, from, to) - width) * scale),
      );
      const paper = house * (1 - Math.max(...claws));
      const offset = y * (size * 4 + 1) + 1 + x * 4;
      for (let c = 0; c < 3; c++) rows[offset + c] = Math.round(GREEN[c] + (PAPER[c] - GREEN[c]) * paper);
      rows[offset + 3] = Math.round(255 * cover(distanceToTile(at, radius)));
    }
  }
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(body.length + 8);
    frame.writeUInt32BE(data.length, 0);
    body.copy(frame, 4);
    frame.writeUInt32BE(crc32(body), body.length + 4);
    return frame;
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function svg() {
  const color = (rgb) => `rgb(${rgb.join(' ')})`;
  const house = HOUSE.map((point) => point.join(',')).join(' ');
  const line = ({ from, to, width }) =>
    `<path d="M${from.join(' ')}L${to.join(' ')}" stroke="${color(GREEN)}" stroke-width="${width * 2}"/>`;
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" stroke-linecap="round" stroke-linejoin="round">',
    `<rect width="100" height="100" rx="23" fill="${color(GREEN)}"/>`,
    `<polygon points="${house}" fill="${color(PAPER)}" stroke="${color(PAPER)}" stroke-width="${HOUSE_ROUNDING * 2}"/>`,
    ...CLAWS.map(line),
    '</svg>\n',
  ].join('');
}

const to = (name) => new URL(`../public/${name}`, import.meta.url);
writeFileSync(to('icon.svg'), svg());
writeFileSync(to('icon-192.png'), png(192, { radius: 23, scale: 1 }));
writeFileSync(to('icon-512.png'), png(512, { radius: 23, scale: 1 }));
// A maskable icon may be cut to a circle of 80 %: drawn smaller, to the edges.
writeFileSync(to('icon-maskable-512.png'), png(512, { radius: 0, scale: 0.78 }));
