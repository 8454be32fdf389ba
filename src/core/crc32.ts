const BYTE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});
/** The same with one, two and three bytes of zeros after it: four bytes are looked up at once. */
const AFTER_ONE = BYTE.map(withZero);
const AFTER_TWO = AFTER_ONE.map(withZero);
const AFTER_THREE = AFTER_TWO.map(withZero);

function withZero(crc: number): number {
  return (crc >>> 8) ^ (BYTE[crc & 0xff] ?? 0);
}

/** CRC-32 of gzip and zip. Pass the result on to continue with more bytes; 0 at the start. */
export function crc32(bytes: Uint8Array, before = 0): number {
  let crc = ~before;
  const whole = bytes.length - (bytes.length % 4);
  const view = new DataView(bytes.buffer, bytes.byteOffset, whole);
  for (let at = 0; at < whole; at += 4) {
    crc ^= view.getInt32(at, true);
    crc =
      (AFTER_THREE[crc & 0xff] ?? 0) ^
      (AFTER_TWO[(crc >>> 8) & 0xff] ?? 0) ^
      (AFTER_ONE[(crc >>> 16) & 0xff] ?? 0) ^
      (BYTE[crc >>> 24] ?? 0);
  }
  for (let at = whole; at < bytes.length; at++) {
    crc = (BYTE[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0) ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
