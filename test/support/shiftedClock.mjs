/** Loaded ahead of the app (`--import`): its clock runs this far ahead of ours, in its threads too. */
const ahead = Number(process.env.TICKLINE_CLOCK_AHEAD_MS ?? 0);
const RealDate = globalThis.Date;
const now = RealDate.now.bind(RealDate);
globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(now() + ahead);
    else super(...given);
  }
  static now() {
    return now() + ahead;
  }
};
