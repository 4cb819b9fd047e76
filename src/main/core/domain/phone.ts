/** Phone numbers as people write them. In the product a number is `+` and digits, as text. */
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { erasureOf, isPhone, readAddress } from './address.ts';

/**
 * The number or address in what somebody typed: spaces, brackets and a leading 00 are fine, a national
 * number without its country is not. `undefined` when it cannot be a recipient.
 */
export function parseRecipient(text: string): string | undefined {
  const trimmed = text.trim().replace(/^00/, '+');
  const address = readAddress(trimmed);
  if (address === undefined || erasureOf(address) !== undefined) return undefined;
  if (!isPhone(address)) return address;
  // No country's code begins with a nought: this is a number as it is dialled at home.
  if (address.startsWith('+0')) return undefined;
  // The library knows lengths by country; a number it has never heard of may still be real, so only shape decides.
  return parsePhoneNumberFromString(address)?.number ?? address;
}

/** As shown in full: `+44 7700 900219`; other addresses as they are. */
export function showAddress(address: string): string {
  return isPhone(address) ? (parsePhoneNumberFromString(address)?.formatInternational() ?? address) : address;
}

/** As shown where the full number is not needed: the country and the last three digits, `+44 ··· 219`. */
export function maskAddress(address: string): string {
  const digits = address.replace(/\D/g, '');
  if (!isPhone(address)) return `···${digits.slice(-3)}${address.slice(address.indexOf('@'))}`;
  const country = parsePhoneNumberFromString(address)?.countryCallingCode;
  return `${country ? `+${country} ` : ''}··· ${digits.slice(-3)}`;
}
