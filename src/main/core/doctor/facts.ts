/** What the checks are told: plain values, gathered by the runner. A check never asks anything itself. */
import type { IntakeView, SessionView, TunnelSettings } from '../../../shared/contract/views.ts';
import type { Millis } from '../domain/ids.ts';
import type { ProviderInfo } from '../ports/provider.ts';

export type AccountFacts = {
  readonly id: string;
  readonly name: string;
  readonly demo: boolean;
  readonly provider: Pick<ProviderInfo, 'name' | 'can'>;
  readonly tunnel: TunnelSettings;
  readonly session: SessionView;
  readonly intake: IntakeView;
  /** The names of the credentials that are there. */
  readonly secrets: readonly string[];
};

export type Facts = {
  readonly now: Millis;
  readonly accounts: readonly AccountFacts[];
};
