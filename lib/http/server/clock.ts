/** Time, as the server reads and awaits it. Tests put one of their own in its place. */
export interface Clock {
  /** Milliseconds that only go forward. */
  now(): number;
  /** Calls back once; the timer keeps no process alive. */
  after(milliseconds: number, callback: () => void): Timer;
}

export interface Timer {
  cancel(): void;
}

/** Timers hold 31 bits. */
const longest = 0x7fffffff;

export const systemClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, callback) {
    const timer = setTimeout(callback, Math.min(milliseconds, longest));
    timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** No timer at all, for a limit that is Infinity. */
export function afterLimit(clock: Clock, milliseconds: number, callback: () => void): Timer | undefined {
  return milliseconds === Infinity ? undefined : clock.after(milliseconds, callback);
}
