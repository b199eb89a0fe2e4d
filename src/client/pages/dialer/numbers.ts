/** Phone numbers, as people write and paste them. */

/** What may be dialled: a number, which may begin with `+`, or a SIP address. */
const DIALLABLE = /^(\+?[\d*#]{2,20}|sip:[^\s@]+@[^\s@]+)$/i;

/** What is meant by it: without spaces, brackets and dashes, and without the `tel:` of a link. */
export function plainNumber(text: string): string {
  const trimmed = text.trim();
  if (/^sip:/i.test(trimmed)) return trimmed;
  return trimmed
    .replace(/^tel:/i, '')
    .replace(/[\s().\-\u2010-\u2015/\u00a0\u202a-\u202e\u2066-\u2069]/g, '');
}

/** @param number a plain one */
export function isDiallable(number: string): boolean {
  return DIALLABLE.test(number);
}

/** `1:05`, or `1:02:03` from an hour on. @param ms milliseconds */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = two(seconds % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}
