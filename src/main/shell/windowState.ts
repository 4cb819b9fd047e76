import { readFileSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

export type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
export type WindowState = { readonly box: Box | undefined; readonly maximised: boolean };

/** The smallest window that the screens are drawn for, in px. */
export const SMALLEST = { width: 1024, height: 640 };
const USUAL = { width: 1280, height: 800 };

const schema = z.object({
  box: z.object({ x: z.int(), y: z.int(), width: z.int(), height: z.int() }).optional(),
  maximised: z.boolean(),
});

/** How the window was left; the usual size when nothing (or nonsense) was remembered. */
export function readWindowState(path: string): WindowState {
  try {
    const { box, maximised } = schema.parse(JSON.parse(readFileSync(path, 'utf8')));
    return { box, maximised };
  } catch {
    return { box: undefined, maximised: false };
  }
}

/** A window whose place cannot be remembered is not worth a message: failures are ignored. */
export function writeWindowState(path: string, state: WindowState): void {
  try {
    writeFileSync(path, JSON.stringify(state), { mode: 0o600 });
  } catch {
    // the folder may be gone while the app closes
  }
}

/**
 * The place and size for the window on the displays there are now (their work areas). A window that was
 * left on a display since unplugged comes back in the middle of the first one.
 */
export function placeWindow(remembered: Box | undefined, areas: readonly Box[]): Partial<Box> & { readonly width: number; readonly height: number } {
  const home = remembered && areas.find((area) => overlap(area, remembered) >= 0.25);
  const area = home ?? areas[0];
  const limit = (wanted: number, smallest: number, room: number | undefined) => Math.max(smallest, Math.min(wanted, room ?? wanted));
  const width = limit(remembered?.width ?? USUAL.width, SMALLEST.width, area?.width);
  const height = limit(remembered?.height ?? USUAL.height, SMALLEST.height, area?.height);
  if (remembered === undefined || home === undefined) return { width, height };
  const inside = (at: number, size: number, from: number, room: number) => Math.max(from, Math.min(at, from + room - size));
  return { x: inside(remembered.x, width, home.x, home.width), y: inside(remembered.y, height, home.y, home.height), width, height };
}

/** The share of `box` that lies on `area`. */
function overlap(area: Box, box: Box): number {
  const width = Math.min(area.x + area.width, box.x + box.width) - Math.max(area.x, box.x);
  const height = Math.min(area.y + area.height, box.y + box.height) - Math.max(area.y, box.y);
  return width <= 0 || height <= 0 ? 0 : (width * height) / (box.width * box.height);
}
