// The bytes that answers of recorded loads name.
import { readFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';

/** A picture of one colour, as PNG. */
function png(side, rgba) {
  const chunk = (type, data) => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head.set([8, 6], 8);
  const row = Buffer.concat([Buffer.from([0]), Buffer.concat(Array(side).fill(Buffer.from(rgba)))]);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', head), chunk('IDAT', deflateSync(Buffer.concat(Array(side).fill(row)))), chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** A tenth of a second of silence. */
function wav() {
  const samples = Buffer.alloc(1600);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(16000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}

export const ASSETS = {
  png: png(10, [255, 0, 0, 255]),
  clear: png(50, [0, 0, 0, 0]),
  wav: wav(),
  // Debian's fonts-dejavu-core.
  get font() {
    return readFileSync('/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf');
  },
};
