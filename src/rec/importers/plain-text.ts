import { decodeHTMLStrict } from 'entities/decode';

/** Elements that break a line: without a space two words would become one. */
const BLOCKS =
  'address|article|aside|blockquote|br|center|dd|div|dl|dt|figure|footer|form|h[1-6]|header|hr|li|main|nav|ol|option|p|pre|section|select|table|tbody|td|tfoot|th|thead|tr|ul';
const INLINE =
  'a|abbr|acronym|b|bdi|bdo|big|button|cite|code|del|dfn|em|font|i|iframe|img|input|ins|kbd|label|mark|q|s|samp|small|span|strike|strong|sub|sup|time|tt|u|var|wbr';
/** Attributes have values: "<b and c>" is a comparison. */
const ATTRIBUTES = String.raw`(?:\s+[\w:-]+\s*=\s*(?:"[^"]*"|'[^']*'|[^\s"'<>]+))*\s*\/?`;

const UNSEEN = /<!--.*?-->|<(script|style)\b[^<>]*>.*?<\/\1\s*>/gis;
const BLOCK_TAG = new RegExp(`<(?:/(?:${BLOCKS})\\s*|(?:${BLOCKS})${ATTRIBUTES})>`, 'gi');
const INLINE_TAG = new RegExp(`<(?:/(?:${INLINE})\\s*|(?:${INLINE})${ATTRIBUTES})>`, 'gi');
/** What a limit of length has left of a tag at the end. */
const CUT_TAG = new RegExp(`<(?:${BLOCKS}|${INLINE})\\s+[\\w:-]+\\s*=[^<>]*$`, 'i');

/**
 * A text as a reader sees it: tags of HTML go, entities become their characters, once, so that
 * `&amp;lt;` is `&lt;`. Only what is HTML beyond doubt is taken for it: `AT&T`, `a < b` and
 * `<Untitled>` stay.
 */
export function plainText(text: string): string {
  const untagged = text.includes('<')
    ? text
        .replaceAll(UNSEEN, ' ')
        .replaceAll(BLOCK_TAG, ' ')
        .replaceAll(INLINE_TAG, '')
        .replace(CUT_TAG, '')
    : text;
  return untagged.includes('&') ? decodeHTMLStrict(untagged) : untagged;
}
