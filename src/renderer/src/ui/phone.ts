/** Phone numbers for the eye: grouped in full, or masked to the country and the last three digits. */

const ONE_DIGIT = ['1', '7'];
const TWO_DIGITS = new Set(
  '20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 81 82 84 86 90 91 92 93 94 95 98'.split(' '),
);

/** The country calling code in front of `digits` (ITU E.164: codes are 1 to 3 digits, none the start of another). */
function callingCode(digits: string): string {
  if (ONE_DIGIT.includes(digits.charAt(0))) return digits.slice(0, 1);
  return TWO_DIGITS.has(digits.slice(0, 2)) ? digits.slice(0, 2) : digits.slice(0, 3);
}

function digitsOf(recipient: string): string | undefined {
  return /^\+[0-9]{6,15}$/.test(recipient) ? recipient.slice(1) : undefined;
}

/** "+44 ··· 481"; addresses that are not numbers are shortened to say what they are. */
export function maskedRecipient(recipient: string): string {
  const digits = digitsOf(recipient);
  if (digits === undefined) return addressWords(recipient);
  return `+${callingCode(digits)} ··· ${digits.slice(-3)}`;
}

/** "+44 7700 900 481": the national part in threes, the odd digits in front. */
export function fullRecipient(recipient: string): string {
  const digits = digitsOf(recipient);
  if (digits === undefined) return recipient;
  const code = callingCode(digits);
  const rest = digits.slice(code.length);
  if (code === '1' && rest.length === 10) return `+1 ${rest.slice(0, 3)} ${rest.slice(3, 6)} ${rest.slice(6)}`;
  const head = rest.length % 3 === 0 ? 3 : 3 + (rest.length % 3);
  const groups = [rest.slice(0, head), ...(rest.slice(head).match(/.{3}/g) ?? [])];
  return `+${code} ${groups.join(' ')}`;
}

function addressWords(recipient: string): string {
  if (recipient.endsWith('@g.us')) return 'Group';
  if (recipient.endsWith('@lid')) return 'Hidden number';
  if (recipient.endsWith('@newsletter')) return 'Channel';
  return recipient.length > 18 ? `${recipient.slice(0, 6)} ··· ${recipient.slice(-3)}` : recipient;
}

/** "3EB0…9A41" for long ids. */
export function shortId(id: string): string {
  return id.length > 12 ? `${id.slice(0, 4)}…${id.slice(-4)}` : id;
}
