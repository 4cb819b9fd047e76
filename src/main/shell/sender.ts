/** Where the desktop app's page lives; the scheme is ours alone. */
export const SCHEME = 'app';
export const PAGE_ORIGIN = `${SCHEME}://tickline`;
export const PAGE_URL = `${PAGE_ORIGIN}/`;

/** The part of Electron's frame that the check looks at. `null` when the frame is gone already. */
export type Frame = { readonly url: string; readonly parent: unknown } | null | undefined;

/** Whether a message comes from the top frame of our own page, and from nowhere else. */
export function isOurFrame(frame: Frame): boolean {
  return frame !== null && frame !== undefined && frame.parent === null && isOurPage(frame.url);
}

/** Whether an address is one of our own page. Compared piece by piece, because "app://tickline.evil/" begins alike. */
export function isOurPage(address: string): boolean {
  try {
    const url = new URL(address);
    return url.protocol === `${SCHEME}:` && url.host === 'tickline' && url.username === '' && url.password === '';
  } catch {
    return false;
  }
}

/** Of all that a page can ask for, ours may put text on the clipboard: what it does when its owner copies details. */
export function isAllowedPermission(permission: string, address: string): boolean {
  return permission === 'clipboard-sanitized-write' && isOurPage(address);
}
