/**
 * Addresses as WhatsApp and its gateways write them. A person's phone has one form everywhere in the
 * product, `+` and digits; everything that is not a phone keeps its own form.
 */

const PERSON = /^\+?(\d{5,15})(?:[._]\d{1,4})?(?::\d{1,5})?@(?:s\.whatsapp\.net|c\.us)$/i;
const LID = /^(\d{1,32})(?:[._]\d{1,4})?(?::\d{1,5})?@lid$/i;
const OTHER = /^[0-9a-z][0-9a-z_-]{0,63}@(?:g\.us|newsletter|broadcast)$/i;
const PHONE = /^\+?\d{5,15}$/;
const ERASED = /^\+?(erased-\d{1,12})(?:[._]\d{1,4})?(?::\d{1,5})?(?:@(?:s\.whatsapp\.net|c\.us|lid))?$/;
const SEPARATORS = /[\s().-]/g;

/**
 * The address in `text`, or `undefined` when it is none: `+` and digits for a person (the number of the
 * device after `:` is dropped, since all devices of a person are one person), `…@lid` without its device,
 * `…@g.us`, `…@newsletter`, `…@broadcast` in small letters, and `erased-…` for what stands where an erased
 * person's address was.
 */
export function readAddress(text: string): string | undefined {
  if (text.length > 100) return undefined;
  const erased = ERASED.exec(text);
  if (erased) return erased[1];
  const at = text.indexOf('@');
  if (at === -1) {
    const digits = PHONE.test(text) ? text : text.replace(SEPARATORS, '');
    if (!PHONE.test(digits)) return undefined;
    return digits.startsWith('+') ? digits : `+${digits}`;
  }
  const person = PERSON.exec(text);
  if (person) return `+${person[1]}`;
  const lid = LID.exec(text);
  if (lid) return `${lid[1]}@lid`;
  return OTHER.test(text) ? text.toLowerCase() : undefined;
}

/** Whether an address (as `readAddress` gives it) is a phone number. */
export function isPhone(address: string): boolean {
  return address.startsWith('+');
}

/** Whether an address (as `readAddress` gives it) is a hidden one that stands for an unknown number. */
export function isLid(address: string): boolean {
  return address.endsWith('@lid');
}

/** Whether a message to this address reaches several people, each with a state of their own. */
export function hasManyPeople(address: string): boolean {
  return address.endsWith('@g.us') || address.endsWith('@broadcast');
}

/** What stands in kept bytes where the address of the person of this erasure was; letters and digits that fit wherever digits do. */
export function erasedMark(erasure: number): string {
  return `erased-${erasure}`;
}

/** The erasure whose mark an address (as `readAddress` gives it) is; `undefined` for everybody else. */
export function erasureOf(address: string): number | undefined {
  return address.startsWith('erased-') && !address.includes('@') ? Number(address.slice(7)) : undefined;
}
