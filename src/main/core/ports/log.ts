/** Facts with ids. Every body masks phone numbers and known secrets before a byte is written. */
export interface Log {
  info(event: string, facts?: Facts): void;
  warn(event: string, facts?: Facts): void;
  error(event: string, facts?: Facts): void;
}

export type Facts = Readonly<Record<string, string | number | boolean | null | undefined>>;
