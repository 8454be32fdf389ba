/**
 * Controls that XML forbids, the bidirectional ones that could reorder a table, and characters
 * without a width that could make two names look alike. The two joiners are not among them: scripts
 * and emoji need them.
 */
const UNSEEN =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** Text as it is, with what cannot be seen but changes what is seen as escapes: `\u202e`. */
export function visibleText(text: string): string {
  return text.replace(
    UNSEEN,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
