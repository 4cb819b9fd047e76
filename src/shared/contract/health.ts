/** What the doctor found, and what the Health screen is shown. Plain values; every time is integer milliseconds UTC. */
/** `note`: worth knowing, nothing to do. `warning`: look at it some day. `problem`: something does not work now. */
export type FindingLevel = 'ok' | 'note' | 'warning' | 'problem';

/** What a finding's button may ask for; each takes the account alone. */
export type ActionRequest = 'intake.open' | 'intake.tell' | 'session.takeKey';

/** What the window can offer as a button beside a finding. */
export type FindingAction =
  /** Goes to a screen; `account` where the screen is about one. */
  | { readonly kind: 'go'; readonly label: string; readonly screen: 'events' | 'settings' | 'connect'; readonly account: string | null }
  /** Makes a request for this account, then looks again. */
  | { readonly kind: 'ask'; readonly label: string; readonly request: ActionRequest; readonly account: string };

export type Finding = {
  /** The check and the cause, e.g. `door.firewall`; the same while the cause is the same. */
  readonly id: string;
  readonly level: FindingLevel;
  readonly account: string | null;
  /** What it is, in a few words. */
  readonly title: string;
  /** Why, and what Tickline does about it. */
  readonly cause: string;
  /** What was seen, one fact a line; masked. */
  readonly evidence: readonly string[];
  /** What the owner can do; null when there is nothing to do. */
  readonly nextStep: string | null;
  readonly action: FindingAction | null;
};

/** How large the database is and what waits in it; null where the system does not tell. */
export type DatabaseFigures = {
  readonly bytes: number | null;
  /** The journal beside it, which is moved into it from time to time. */
  readonly journalBytes: number | null;
  readonly freeBytes: number | null;
  /** Events kept and not understood yet. */
  readonly waiting: number;
  readonly quarantined: number;
};

export type DoctorReport = {
  /** When the looking ended. */
  readonly at: number;
  /** Whether the providers and the public addresses were asked just then, which costs a request each. */
  readonly asked: boolean;
  /** Most urgent first. */
  readonly findings: readonly Finding[];
  /** How many findings need the owner: warnings and problems. */
  readonly needs: number;
  /** Null when nothing could be read. */
  readonly database: DatabaseFigures | null;
  /** The whole report for a support letter; masked like the rest. */
  readonly text: string;
};
