// Spans and times of the site that never was.

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;

/** A time as the API writes it in texts. */
export const iso = (ms) => new Date(ms).toISOString().replace(/\.\d+Z$/, "Z");
