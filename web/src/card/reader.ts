// A reader of cards is a keyboard that types a number in a burst, mostly with Enter at its end.

/** Longest time (ms) between two characters of a reader; people type more slowly. */
const gap = 50;

/** How long (ms) nothing more must come before a burst is taken for the whole number. */
export const settles = 250;

/** Fewest characters of a number. */
export const shortest = 4;

/** Whether characters that came at these times (ms) were typed by a reader. */
export function byReader(at: readonly number[]): boolean {
  return at.length >= shortest && at.every((t, i) => i === 0 || t - (at[i - 1] ?? t) <= gap);
}

/** The times of the characters of a field after it holds `now` characters: what is taken away or pasted begins anew. */
export function typed(at: readonly number[], before: number, now: number, time: number): number[] {
  if (now === before + 1) return [...at, time];
  return now <= before ? [] : [time];
}

export const longestPIN = 12;

/** A PIN after a key of the pad. */
export function pressed(pin: string, key: string): string {
  switch (key) {
    case "clear": return "";
    case "back": return pin.slice(0, -1);
  }
  return pin.length < longestPIN ? pin + key : pin;
}
