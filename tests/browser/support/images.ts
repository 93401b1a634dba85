/** Small valid pictures, made in code. */

import { crc32, deflateSync } from "node:zlib";

/** A file as Playwright's setInputFiles takes it. */
export interface TestFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** A PNG of 240 by 180 pixels: a sky over hills, in a colour that depends on the name. */
export function png(name: string): TestFile {
  const hue = crc32(name) % 360;
  const pixel = (x: number, y: number): readonly [number, number, number] => {
    const hill = 110 + 25 * Math.sin(x / 31 + hue) + 12 * Math.sin(x / 11);
    return y < hill ? rgb(hue, 0.75 - y / 600) : rgb(hue + 150, 0.45 - y / 900);
  };
  return { name, mimeType: "image/png", buffer: encode(240, 180, pixel) };
}

/** A PNG of noise, which does not compress: a little over 8 MiB, so that the page sends it in parts. */
export function largePng(name: string): TestFile {
  let seed = 1;
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) & 255;
  return { name, mimeType: "image/png", buffer: encode(1_700, 1_700, () => [random(), random(), random()]) };
}

type Pixel = (x: number, y: number) => readonly [number, number, number];

function encode(width: number, height: number, pixel: Pixel): Buffer {
  const rows: Buffer[] = [];
  for (let y = 0; y < height; y++) {
    const row = Buffer.alloc(1 + width * 3);
    for (let x = 0; x < width; x++) {
      row.set(pixel(x, y), 1 + x * 3);
    }
    rows.push(row);
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8); // 8 bits per channel, RGB
  const data = deflateSync(Buffer.concat(rows), { level: 1 });
  return Buffer.concat([SIGNATURE, chunk("IHDR", header), chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(type: string, data: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(typed), 4);
  return Buffer.concat([frame.subarray(0, 4), typed, frame.subarray(4)]);
}

/** A colour of medium saturation by hue in degrees and lightness from 0 to 1. */
function rgb(hue: number, lightness: number): readonly [number, number, number] {
  const amplitude = 0.45 * Math.min(lightness, 1 - lightness);
  const channel = (n: number): number => {
    const k = (n + hue / 30) % 12;
    return Math.round(255 * (lightness - amplitude * Math.max(-1, Math.min(k - 3, 9 - k, 1))));
  };
  return [channel(0), channel(8), channel(4)];
}
