// When a console tells that it is touched, and when it looks whether it is locked. Times in ms.

const least = 5_000;
const most = 60_000;
const grace = 400; // after the lock: the server's clock must have passed it

/** How often a touch is told where the console locks after so long; never locks: 0. */
export const everyMs = (after: number): number => (after === 0 ? most : Math.min(most, Math.max(least, after / 4)));

/** Whether a touch now is to be told. */
export const due = (told: number, now: number, every: number): boolean => now - told >= every;

/** When to look whether the console is locked; browsers count at most 24.8 days. */
export const untilLock = (leftSeconds: number): number => Math.min(Math.max(0, leftSeconds * 1000) + grace, 2 ** 31 - 1);
