/** Times as they are written in the language of the page. */
const TIME = { hour: '2-digit', minute: '2-digit' } as const;
/** On a clock of 24 hours everywhere, as in logs. */
const TIME_WITH_SECONDS = { ...TIME, second: '2-digit', hourCycle: 'h23' } as const;
const DAY = { weekday: 'short', ...TIME } as const;

/** The time of the day. @param at milliseconds since 1970-01-01 UTC */
export function timeOf(at: number): string {
  return new Date(at).toLocaleTimeString(document.documentElement.lang, TIME_WITH_SECONDS);
}

/** The time, with the day of the week where it was not today; empty for NaN. */
export function whenOf(at: number): string {
  if (Number.isNaN(at)) return '';
  const date = new Date(at);
  const today = date.toDateString() === new Date().toDateString();
  return date.toLocaleTimeString(document.documentElement.lang, today ? TIME : DAY);
}
