/** What this computer says of itself. */
export interface Host {
  /** Sizes around the data folder; fields that the system does not tell are absent. Never rejects. */
  disk(): Promise<DiskFacts>;
  /** e.g. `Node 24.11.1`. */
  readonly parts: readonly { readonly name: string; readonly version: string }[];
  /** The window's frame and how old it is; absent in the browser way. */
  readonly frame?: FrameFacts;
  /** e.g. `Europe/Madrid`; empty when the system does not know. */
  timeZone(): string;
}

export type DiskFacts = {
  readonly folder: string;
  readonly databaseBytes?: number;
  /** The journal beside the database, which a checkpoint shrinks. */
  readonly walBytes?: number;
  /** What an ordinary user may still write. */
  readonly freeBytes?: number;
  readonly totalBytes?: number;
  /** The network file system that the folder lies on, e.g. `NFS`. */
  readonly network?: string;
};

export type FrameFacts = {
  readonly name: string;
  readonly version: string;
  /** The newest release of the same line, and the oldest line still mended, as known on `asOf` (`YYYY-MM-DD`). */
  readonly newest: string | undefined;
  readonly oldestSupported: number;
  readonly asOf: string;
};
