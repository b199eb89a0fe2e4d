/** German, which the room page loads for those who read it. */
export { de as texts } from './room/texts/de.ts';
