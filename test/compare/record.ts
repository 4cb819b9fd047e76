/** What a contestant knew and when: the first moment of each status, by the message's ids. */
import type { Said } from '../../src/main/core/domain/status.ts';

export type KnownSteps = Partial<Record<Said, number>>;
/** By WhatsApp's id (`w…`) or the provider's (`p…`). */
export type Known = ReadonlyMap<string, KnownSteps>;

export const waName = (id: string) => `w${id}`;
export const providerName = (id: string | number) => `p${id}`;

export function createRecord() {
  const known = new Map<string, KnownSteps>();
  return {
    known,
    note(name: string, said: Said, at: number): void {
      const steps = known.get(name) ?? {};
      steps[said] ??= at;
      known.set(name, steps);
    },
  };
}
