/** The ways in which people and programs write one and the same address. */
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { isPhone } from './address.ts';
import { BETWEEN_DIGITS } from './mask.ts';

/** The same number in other scripts: Arabic, Persian, Devanagari, full width. */
const OTHER_ZEROS = [0x0660, 0x06f0, 0x0966, 0xff10];
const BETWEEN = `${BETWEEN_DIGITS}{0,3}`;

function inAnyScript(digits: string): string {
  return [...digits].map((digit) => `[${digit}${OTHER_ZEROS.map((zero) => String.fromCharCode(zero + Number(digit))).join('')}]`).join(BETWEEN);
}

/** Patterns (for `u`) of the ways in which one address (as `readAddress` gives it) is written: in full, as dialled at home, and with the (0) that people put between. */
export function spellings(address: string): readonly string[] {
  const digits = address.replace(/\D/g, '');
  const alone = (pattern: string) => `(?<!\\p{Nd})${pattern}(?!\\p{Nd})`;
  if (!isPhone(address)) return [alone(inAnyScript(digits))];
  const prefix = `(?:(?:\\+|00)${BETWEEN})?\\(?`;
  const { country, national } = partsOf(address);
  if (national === undefined) return [alone(prefix + inAnyScript(digits))];
  const full = `${prefix}${inAnyScript(country)}${BETWEEN}(?:\\(0\\)${BETWEEN})?${inAnyScript(national)}`;
  return [alone(full), alone(`\\(?0${BETWEEN}${inAnyScript(national)}`)];
}

function partsOf(phone: string): { readonly country: string; readonly national: string | undefined } {
  const parsed = parsePhoneNumberFromString(phone);
  const whole = parsed !== undefined && `+${parsed.countryCallingCode}${parsed.nationalNumber}` === phone && parsed.nationalNumber.length >= 6;
  return whole ? { country: parsed.countryCallingCode, national: parsed.nationalNumber } : { country: phone.slice(1), national: undefined };
}

/** Every run of digits by which the address can be recognised later: in full, and as dialled at home. */
export function digitForms(address: string): readonly string[] {
  const digits = address.replace(/\D/g, '');
  const national = isPhone(address) ? partsOf(address).national : undefined;
  return national === undefined ? [digits] : [digits, `0${national}`];
}

/** Digits of any of these scripts as the usual ones. */
export function asciiDigits(digits: string): string {
  return digits.replace(/[^0-9]/g, (digit) => {
    const zero = OTHER_ZEROS.find((code) => digit.charCodeAt(0) >= code && digit.charCodeAt(0) < code + 10);
    return zero === undefined ? digit : String(digit.charCodeAt(0) - zero);
  });
}
