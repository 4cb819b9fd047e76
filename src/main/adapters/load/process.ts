import type { Load } from '../../core/ports/freshness.ts';

/** This process, with all its threads. */
export function createProcessLoad(): Load {
  return {
    sample() {
      const { user, system } = process.cpuUsage();
      return { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() };
    },
  };
}
