import type { Millis } from '../domain/ids.ts';

/** The only source of time. Tests bring one that stands still. */
export interface Clock {
  /** The wall clock, integer milliseconds UTC. May jump. */
  now(): Millis;
  /** A clock that only rises, in milliseconds; for durations. */
  monotonic(): number;
  /** Runs `task` once after `ms` of this clock's time; the returned function cancels it. Never keeps the process alive by itself. */
  after(ms: number, task: () => void): () => void;
}
