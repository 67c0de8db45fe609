/** `12.3 ms`, `4.56 s` */
export function durationText(milliseconds: number): string {
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(2)} s`;
  return `${milliseconds.toFixed(milliseconds >= 100 ? 0 : 1)} ms`;
}

/** `until 2026-11-20 20:15:00 UTC (in 9 h 48 min)` */
export function untilText(date: Date, now = Date.now()): string {
  const stamp = date
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, ' UTC');
  const minutes = Math.round((date.getTime() - now) / 60_000);
  return minutes < 0 ? `expired at ${stamp}` : `until ${stamp} (in ${spanText(minutes)})`;
}

function spanText(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  return hours > 0 ? `${hours} h ${minutes % 60} min` : `${minutes} min`;
}

/** `1,542 bytes` */
export function bytesText(count: number): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? 'byte' : 'bytes'}`;
}
