const timerMilliseconds = 2;

/**
 * The delay of a timer in milliseconds, which is how long an event at a random moment would have to wait.
 * (monitorEventLoopDelay counts the timer's own period as delay: 1 ms of it, however idle the loop is, would make any ratio
 * look good.)
 */
export async function lateness() {
  const start = performance.now();
  await new Promise((resolve) => setTimeout(resolve, timerMilliseconds));
  return Math.max(0, performance.now() - start - timerMilliseconds);
}
