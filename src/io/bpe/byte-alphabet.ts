/**
 * One printable character per byte, so that tokens of bytes can stand in JSON: printable Latin-1
 * stands for itself, the rest follows from U+0100 on.
 * @source GPT-2, `bytes_to_unicode`
 */
export const BYTE_CHARACTERS: readonly string[] = byteCharacters();

/** Byte of each character of the alphabet. */
export const CHARACTER_BYTES: ReadonlyMap<string, number> = new Map(
  BYTE_CHARACTERS.map((character, byte) => [character, byte]),
);

function byteCharacters(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable =
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte !== 0xad && byte <= 0xff);
    return String.fromCharCode(printable ? byte : next++);
  });
}
